//! Buckets of statistics, many at once, in the words of each database.

use entity::stats_bucket::{self, Model};
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Statement, Value,
    sea_query::{ArrayType, OnConflict},
};

use crate::Result;

/// What names a bucket: dimension, key, level, start.
pub(crate) type BucketName = (i16, String, i16, i32);

/// How many buckets one statement names on SQLite, which allows 32,766 parameters.
const NAMES: usize = 4_000;
/// How many it writes.
const ROWS: usize = 2_000;
/// The same for PostgreSQL, where each column is one parameter.
const MANY: usize = 20_000;

/// Those of the buckets that are there.
pub(crate) async fn load_buckets<C: ConnectionTrait>(
    tx: &C,
    names: &[BucketName],
) -> Result<Vec<Model>> {
    let backend = tx.get_database_backend();
    let mut found = Vec::new();
    for some in names.chunks(size(backend, NAMES)) {
        let sql = if backend == DbBackend::Postgres {
            format!(
                "SELECT b.* FROM {WANTED} JOIN stats_bucket b USING (dimension, key, level, start)"
            )
        } else {
            let wanted = vec!["(?, ?, ?, ?)"; some.len()].join(", ");
            format!(
                "WITH w(dimension, key, level, start) AS (VALUES {wanted}) SELECT b.* FROM w \
                 JOIN stats_bucket b ON b.dimension = w.dimension AND b.key = w.key \
                 AND b.level = w.level AND b.start = w.start"
            )
        };
        let statement = Statement::from_sql_and_values(backend, sql, values(backend, some));
        let rows = stats_bucket::Entity::find().from_raw_sql(statement);
        found.extend(rows.all(tx).await?);
    }
    Ok(found)
}

/// Writes buckets, in place of those of the same name.
pub(crate) async fn save_buckets<C: ConnectionTrait>(tx: &C, rows: Vec<Model>) -> Result<()> {
    let backend = tx.get_database_backend();
    for some in rows.chunks(size(backend, ROWS)) {
        if backend == DbBackend::Postgres {
            let names: Vec<BucketName> = some.iter().map(name).collect();
            let mut values = values(backend, &names);
            let columns: [fn(&Model) -> &Vec<u8>; 6] = [
                |row| &row.numbers,
                |row| &row.first_response,
                |row| &row.next_response,
                |row| &row.first_resolution,
                |row| &row.total_resolution,
                |row| &row.hours,
            ];
            for column in columns {
                let bytes = some.iter().map(|row| Value::from(column(row).clone()));
                values.push(array(ArrayType::Bytes, bytes));
            }
            let sql = "INSERT INTO stats_bucket \
                (dimension, key, level, start, numbers, first_response, next_response, \
                first_resolution, total_resolution, hours) \
                SELECT * FROM unnest($1::smallint[], $2::text[], $3::smallint[], $4::int[], \
                $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[]) \
                ON CONFLICT (dimension, key, level, start) DO UPDATE SET \
                numbers = EXCLUDED.numbers, first_response = EXCLUDED.first_response, \
                next_response = EXCLUDED.next_response, \
                first_resolution = EXCLUDED.first_resolution, \
                total_resolution = EXCLUDED.total_resolution, hours = EXCLUDED.hours";
            let statement = Statement::from_sql_and_values(backend, sql, values);
            tx.execute_raw(statement).await?;
            continue;
        }
        use stats_bucket::Column as C;
        let replace = OnConflict::columns([C::Dimension, C::Key, C::Level, C::Start])
            .update_columns([
                C::Numbers,
                C::FirstResponse,
                C::NextResponse,
                C::FirstResolution,
                C::TotalResolution,
                C::Hours,
            ])
            .to_owned();
        let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
        stats_bucket::Entity::insert_many(rows)
            .on_conflict(replace)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Deletes buckets.
pub(crate) async fn delete_buckets<C: ConnectionTrait>(tx: &C, names: &[BucketName]) -> Result<()> {
    let backend = tx.get_database_backend();
    for some in names.chunks(size(backend, NAMES)) {
        let sql = if backend == DbBackend::Postgres {
            format!(
                "DELETE FROM stats_bucket b USING {WANTED} WHERE b.dimension = w.dimension \
                 AND b.key = w.key AND b.level = w.level AND b.start = w.start"
            )
        } else {
            let wanted = vec!["(?, ?, ?, ?)"; some.len()].join(", ");
            format!(
                "DELETE FROM stats_bucket WHERE (dimension, key, level, start) IN (VALUES {wanted})"
            )
        };
        let statement = Statement::from_sql_and_values(backend, sql, values(backend, some));
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

const WANTED: &str = "unnest($1::smallint[], $2::text[], $3::smallint[], $4::int[]) AS w(dimension, key, level, start)";

fn size(backend: DbBackend, on_sqlite: usize) -> usize {
    if backend == DbBackend::Postgres {
        MANY
    } else {
        on_sqlite
    }
}

fn name(row: &Model) -> BucketName {
    (row.dimension, row.key.clone(), row.level, row.start)
}

fn values(backend: DbBackend, names: &[BucketName]) -> Vec<Value> {
    if backend == DbBackend::Postgres {
        return vec![
            array(ArrayType::SmallInt, names.iter().map(|name| name.0.into())),
            array(
                ArrayType::String,
                names.iter().map(|name| name.1.clone().into()),
            ),
            array(ArrayType::SmallInt, names.iter().map(|name| name.2.into())),
            array(ArrayType::Int, names.iter().map(|name| name.3.into())),
        ];
    }
    let each = names
        .iter()
        .map(|(dimension, key, level, start)| -> [Value; 4] {
            [
                (*dimension).into(),
                key.clone().into(),
                (*level).into(),
                (*start).into(),
            ]
        });
    each.flatten().collect()
}

pub(super) fn array(kind: ArrayType, values: impl Iterator<Item = Value>) -> Value {
    Value::Array(kind, Some(Box::new(values.collect())))
}

/// A stretch of buckets of one level, and what is read of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BucketRun {
    /// The level.
    pub(crate) level: i16,
    /// The first start.
    pub(crate) from: i32,
    /// The start behind the last.
    pub(crate) to: i32,
    /// What is read.
    pub(crate) columns: Columns,
}

/// The columns of distributions.
const SKETCHES: [&str; 4] = [
    "first_response",
    "next_response",
    "first_resolution",
    "total_resolution",
];

/// What is read of buckets beside the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Columns {
    /// The distributions, in the order of [`SKETCHES`].
    pub(crate) sketches: [bool; 4],
    /// Hours.
    pub(crate) hours: bool,
}

impl Columns {
    /// The numbers alone.
    pub(crate) const NUMBERS: Self = Self {
        sketches: [false; 4],
        hours: false,
    };
    /// Numbers and hours.
    pub(crate) const HOURS: Self = Self {
        sketches: [false; 4],
        hours: true,
    };

    /// Those of both.
    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            sketches: std::array::from_fn(|place| self.sketches[place] || other.sketches[place]),
            hours: self.hours || other.hours,
        }
    }

    /// Numbers, and those distributions that are wanted.
    pub(crate) const fn with_sketches(sketches: [bool; 4]) -> Self {
        Self {
            sketches,
            hours: false,
        }
    }
}

/// The buckets of a dimension in `runs`, none of which overlap; those of some keys, or of all. What is
/// not to be read is empty.
pub(crate) async fn read_buckets<C: ConnectionTrait>(
    db: &C,
    dimension: i16,
    keys: Option<&[String]>,
    runs: &[BucketRun],
) -> Result<Vec<Model>> {
    let backend = db.get_database_backend();
    let mut values = vec![Value::from(dimension)];
    // The same words for any number of runs and keys, so that the statement is prepared once.
    let sql = if backend == DbBackend::Postgres {
        let flags = |flag: &dyn Fn(&BucketRun) -> bool| {
            let flags = runs.iter().map(|run| flag(run).into());
            array(ArrayType::Bool, flags)
        };
        values.extend([
            array(ArrayType::SmallInt, runs.iter().map(|run| run.level.into())),
            array(ArrayType::Int, runs.iter().map(|run| run.from.into())),
            array(ArrayType::Int, runs.iter().map(|run| run.to.into())),
            flags(&|run| run.columns.hours),
        ]);
        values.extend((0..SKETCHES.len()).map(|place| flags(&|run| run.columns.sketches[place])));
        let of_keys = keys.map_or("", |keys| {
            let keys = keys.iter().map(|key| key.clone().into());
            values.push(array(ArrayType::String, keys));
            "AND b.key = ANY($10)"
        });
        let sketches =
            SKETCHES.map(|name| format!("CASE WHEN r.{name} THEN b.{name} ELSE '' END AS {name}"));
        // OFFSET keeps each run a search in an index: the planner would go through all of the
        // dimension, since it takes a run for a large part of it.
        format!(
            "SELECT b.* FROM unnest($2::smallint[], $3::int[], $4::int[], $5::bool[], $6::bool[], \
             $7::bool[], $8::bool[], $9::bool[]) AS r(level, f, t, hours, {}) CROSS JOIN LATERAL (\
             SELECT b.dimension, b.key, b.level, b.start, b.numbers, {}, \
             CASE WHEN r.hours THEN b.hours ELSE '' END AS hours FROM stats_bucket b \
             WHERE b.dimension = $1 AND b.level = r.level AND b.start >= r.f AND b.start < r.t \
             {of_keys} OFFSET 0) AS b",
            SKETCHES.join(", "),
            sketches.join(", "),
        )
    } else {
        let runs = runs.iter().map(|run| {
            let Columns { sketches, hours } = run.columns;
            (run.level, run.from, run.to, hours, sketches)
        });
        let runs: Vec<_> = runs.collect();
        values.push(serde_json::json!(runs).to_string().into());
        let of_keys = keys.map_or("", |keys| {
            values.push(serde_json::json!(keys).to_string().into());
            "AND b.key IN (SELECT value FROM json_each(?3))"
        });
        let sketches = (0..).zip(SKETCHES).map(|(place, name): (usize, _)| {
            let wanted = format!("json_extract(r.value, '$[4][{place}]')");
            format!("CASE WHEN {wanted} THEN b.{name} ELSE x'' END AS {name}")
        });
        let sketches: Vec<_> = sketches.collect();
        format!(
            "SELECT b.dimension, b.key, b.level, b.start, b.numbers, {}, \
             CASE WHEN json_extract(r.value, '$[3]') THEN b.hours ELSE x'' END AS hours \
             FROM json_each(?2) AS r CROSS JOIN stats_bucket b \
             WHERE b.dimension = ?1 AND b.level = json_extract(r.value, '$[0]') \
             AND b.start >= json_extract(r.value, '$[1]') \
             AND b.start < json_extract(r.value, '$[2]') {of_keys}",
            sketches.join(", ")
        )
    };
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = stats_bucket::Entity::find().from_raw_sql(statement);
    Ok(rows.all(db).await?)
}
