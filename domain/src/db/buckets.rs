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
    let columns = "b.dimension, b.key, b.level, b.start, b.numbers, b.sketches, b.hours";
    let mut found = Vec::new();
    for some in names.chunks(size(backend, NAMES)) {
        let sql = if backend == DbBackend::Postgres {
            format!(
                "SELECT {columns} FROM {WANTED} JOIN stats_bucket b USING (dimension, key, level, start)"
            )
        } else {
            let wanted = vec!["(?, ?, ?, ?)"; some.len()].join(", ");
            format!(
                "WITH w(dimension, key, level, start) AS (VALUES {wanted}) SELECT {columns} FROM w \
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
            let columns: [fn(&Model) -> &Vec<u8>; 3] =
                [|row| &row.numbers, |row| &row.sketches, |row| &row.hours];
            for column in columns {
                let bytes = some.iter().map(|row| Value::from(column(row).clone()));
                values.push(array(ArrayType::Bytes, bytes));
            }
            let sql = "INSERT INTO stats_bucket \
                (dimension, key, level, start, numbers, sketches, hours) \
                SELECT * FROM unnest($1::smallint[], $2::text[], $3::smallint[], $4::int[], \
                $5::bytea[], $6::bytea[], $7::bytea[]) \
                ON CONFLICT (dimension, key, level, start) DO UPDATE SET \
                numbers = EXCLUDED.numbers, sketches = EXCLUDED.sketches, hours = EXCLUDED.hours";
            let statement = Statement::from_sql_and_values(backend, sql, values);
            tx.execute_raw(statement).await?;
            continue;
        }
        use stats_bucket::Column as C;
        let replace = OnConflict::columns([C::Dimension, C::Key, C::Level, C::Start])
            .update_columns([C::Numbers, C::Sketches, C::Hours])
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

fn array(kind: ArrayType, values: impl Iterator<Item = Value>) -> Value {
    Value::Array(kind, Some(Box::new(values.collect())))
}

/// A stretch of buckets of one level: the level, the first start, and that behind the last.
pub(crate) type BucketRun = (i16, i32, i32);

/// What is read of buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// The numbers alone.
    Numbers,
    /// Numbers and sketches.
    All,
    /// Numbers and hours.
    Hours,
}

/// The buckets of a dimension in `runs`; those of some keys, or of all.
pub(crate) async fn read_buckets<C: ConnectionTrait>(
    db: &C,
    dimension: i16,
    keys: Option<&[String]>,
    runs: &[BucketRun],
    columns: Columns,
) -> Result<Vec<Model>> {
    let backend = db.get_database_backend();
    let (sketches, hours) = match columns {
        Columns::Numbers => (EMPTY, EMPTY),
        Columns::All => ("b.sketches", EMPTY),
        Columns::Hours => (EMPTY, "b.hours"),
    };
    let columns = format!(
        "b.dimension, b.key, b.level, b.start, b.numbers, {sketches} AS sketches, {hours} AS hours"
    );
    let mut values = vec![Value::from(dimension)];
    // The same words for any number of runs and keys, so that the statement is prepared once.
    let sql = if backend == DbBackend::Postgres {
        values.push(array(
            ArrayType::SmallInt,
            runs.iter().map(|run| run.0.into()),
        ));
        values.push(array(ArrayType::Int, runs.iter().map(|run| run.1.into())));
        values.push(array(ArrayType::Int, runs.iter().map(|run| run.2.into())));
        let of_keys = keys.map_or("", |keys| {
            let keys = keys.iter().map(|key| key.clone().into());
            values.push(array(ArrayType::String, keys));
            "AND b.key = ANY($5)"
        });
        format!(
            "SELECT {columns} FROM unnest($2::smallint[], $3::int[], $4::int[]) AS r(level, f, t) \
             JOIN stats_bucket b ON b.dimension = $1 AND b.level = r.level AND b.start >= r.f \
             AND b.start < r.t {of_keys}"
        )
    } else {
        values.push(serde_json::json!(runs).to_string().into());
        let of_keys = keys.map_or("", |keys| {
            values.push(serde_json::json!(keys).to_string().into());
            "AND b.key IN (SELECT value FROM json_each(?3))"
        });
        format!(
            "SELECT {columns} FROM json_each(?2) AS r CROSS JOIN stats_bucket b \
             WHERE b.dimension = ?1 AND b.level = json_extract(r.value, '$[0]') \
             AND b.start >= json_extract(r.value, '$[1]') \
             AND b.start < json_extract(r.value, '$[2]') {of_keys}"
        )
    };
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = stats_bucket::Entity::find().from_raw_sql(statement);
    Ok(rows.all(db).await?)
}

/// No bytes, in the words of both databases.
const EMPTY: &str = "substr(b.numbers, 1, 0)";
