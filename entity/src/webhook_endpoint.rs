//! Endpoints of other systems that are told of events.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{EventKind, Timestamp, WebhookId};

/// Kinds of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct EventKinds(pub Vec<EventKind>);

/// The secrets of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Secrets(pub Vec<Secret>);

/// A secret with which what is sent is signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// `whsec_` and the key in base64, as receivers configure it.
    pub value: String,
    /// Until when it still signs beside a newer one; `None` for the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    /// The endpoint's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookId,
    /// Where events are posted.
    pub url: String,
    /// What it is for, in words for people.
    pub description: String,
    /// The kinds of events that it gets; none named means all.
    pub kinds: EventKinds,
    /// The secrets that sign, the newest first.
    pub secrets: Secrets,
    /// Whether it gets anything.
    pub enabled: bool,
    /// Why it was switched off, if the desk did it.
    pub disabled_because: Option<String>,
    /// How many attempts in a row failed.
    pub failures: i32,
    /// Since when all attempts have failed.
    pub failing_since: Option<Timestamp>,
    /// Until when nothing is tried.
    pub paused_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed by a person.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
