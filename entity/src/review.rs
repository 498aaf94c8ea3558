//! How reviewers scored the tickets of samples: one row per sample, ticket and reviewer.

use sea_orm::entity::prelude::*;

use crate::{ReviewSampleId, TicketId, Timestamp, UserId};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// The sample.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sample_id: ReviewSampleId,
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// Who scored it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reviewer_id: UserId,
    /// From 1, the worst, to 5, the best.
    pub score: i16,
    /// Why.
    pub notes: Option<String>,
    /// When it was first scored.
    pub created_at: Timestamp,
    /// When score and notes were last written.
    pub updated_at: Timestamp,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
