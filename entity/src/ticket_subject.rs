//! The subjects of tickets. `ticket.subjects` holds a copy.

use sea_orm::entity::prelude::*;

use crate::{SubjectId, TicketId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_subject")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// Where it stands in the ticket's list, from 0: the first is the primary one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The subject.
    pub subject_id: SubjectId,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
