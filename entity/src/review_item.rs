//! The tickets of samples for quality review.

use sea_orm::entity::prelude::*;

use crate::{ReviewSampleId, TicketId, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_item")]
pub struct Model {
    /// The sample.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sample_id: ReviewSampleId,
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// Its place in the sample, from 1. The order is random.
    pub position: i32,
    /// Who was accountable for the ticket when it was drawn: whose work is reviewed.
    pub assignee_id: Option<UserId>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
