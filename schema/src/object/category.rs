//! Categories.

use std::sync::Arc;

use async_graphql::{ID, Object};
use entity::category;

use crate::id::GlobalId;

/// What a ticket is about.
#[derive(Clone, Debug)]
pub(crate) struct Category(pub(crate) Arc<category::Model>);

/// What a ticket is about, one of a configurable list.
#[Object]
impl Category {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Category(self.0.id).encode()
    }

    /// The stable name that inputs and filters take.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The name that people read.
    async fn name(&self) -> &str {
        &self.0.name
    }
}
