//! Short lists that the desk is configured with, kept in memory for some seconds.

use std::{sync::Arc, time::Duration};

use entity::{CategoryId, SubjectId, category, subject};
use moka::sync::Cache;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value, sea_query::ArrayType,
};

use crate::{
    Error, Result,
    db::{Db, among},
};

/// For how long a list is not read again.
const FRESH: Duration = Duration::from_secs(10);

/// A table of few rows that hardly ever change, each with a code that clients send.
pub(crate) trait Listed: EntityTrait<Model: Send + Sync + 'static> {
    /// The type of its ids.
    type Id: Copy + PartialEq + Into<Value> + Send + Sync;
    /// The column of the ids.
    const ID: Self::Column;
    /// The column of the codes.
    const CODE: Self::Column;
    /// What a row is called.
    const NAME: &'static str;
    /// The field of the API that lists the rows.
    const LIST: &'static str;
    /// A row's id and code.
    fn names(row: &Self::Model) -> (Self::Id, &str);
}

impl Listed for category::Entity {
    type Id = CategoryId;
    const ID: Self::Column = category::Column::Id;
    const CODE: Self::Column = category::Column::Code;
    const NAME: &'static str = "category";
    const LIST: &'static str = "categories";
    fn names(row: &Self::Model) -> (Self::Id, &str) {
        (row.id, &row.code)
    }
}

impl Listed for subject::Entity {
    type Id = SubjectId;
    const ID: Self::Column = subject::Column::Id;
    const CODE: Self::Column = subject::Column::Code;
    const NAME: &'static str = "subject";
    const LIST: &'static str = "subjects";
    fn names(row: &Self::Model) -> (Self::Id, &str) {
        (row.id, &row.code)
    }
}

/// The rows of such a table, as they were some seconds ago at most.
#[derive(Clone, Debug)]
pub(crate) struct Kept<E: Listed>(Cache<(), Arc<Vec<E::Model>>>);

impl<E: Listed> Default for Kept<E> {
    fn default() -> Self {
        Self(Cache::builder().time_to_live(FRESH).build())
    }
}

impl<E: Listed> Kept<E> {
    /// All rows. Who is in a transaction reads by its connection: to wait for another one could be
    /// for ever.
    async fn all(&self, db: &impl ConnectionTrait) -> Result<Arc<Vec<E::Model>>> {
        if let Some(known) = self.0.get(&()) {
            return Ok(known);
        }
        let rows = Arc::new(E::find().all(db).await?);
        self.0.insert((), Arc::clone(&rows));
        Ok(rows)
    }

    /// Rows by id, in no order.
    pub(crate) async fn by_id(&self, db: &Db, ids: &[E::Id]) -> Result<Vec<E::Model>> {
        let known = self.all(db.read()).await?;
        let wanted = known.iter().filter(|row| ids.contains(&E::names(row).0));
        let found: Vec<_> = wanted.cloned().collect();
        if found.len() == ids.len() {
            return Ok(found);
        }
        // One is newer than what is kept.
        let wanted = among(db.backend(), E::ID, ArrayType::Uuid, ids.iter().copied());
        Ok(E::find().filter(wanted).all(db.read()).await?)
    }

    /// The id of the row with this code.
    pub(crate) async fn id(&self, db: &impl ConnectionTrait, code: &str) -> Result<Option<E::Id>> {
        let known = self.all(db).await?;
        let mut names = known.iter().map(E::names);
        if let Some((id, _)) = names.find(|(_, known)| *known == code) {
            return Ok(Some(id));
        }
        let row = E::find().filter(E::CODE.eq(code)).one(db).await?;
        Ok(row.as_ref().map(|row| E::names(row).0))
    }

    /// The ids of the rows with these codes, which a filter names.
    ///
    /// # Errors
    /// `BadInput` if there is no row with one of them.
    pub(crate) async fn ids(&self, db: &Db, codes: &[String]) -> Result<Vec<E::Id>> {
        let mut ids = Vec::with_capacity(codes.len());
        for code in codes {
            let id = self.id(db.read(), code).await?;
            ids.push(id.ok_or_else(|| {
                Error::BadInput(format!(
                    "The filter names a {} that does not exist. Ask `{}` for the codes there are.",
                    E::NAME,
                    E::LIST
                ))
            })?);
        }
        Ok(ids)
    }
}
