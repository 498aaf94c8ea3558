//! Subjects.

use std::sync::Arc;

use async_graphql::{ID, Object};
use entity::subject;

use crate::id::GlobalId;

/// What a ticket is about beside its category.
#[derive(Clone, Debug)]
pub(crate) struct Subject(pub(crate) Arc<subject::Model>);

/// What a ticket is about beside its category, one of a configurable list. Not to be confused with
/// `Ticket.subject`, the line that the customer wrote.
#[Object]
impl Subject {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Subject(self.0.id).encode()
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
