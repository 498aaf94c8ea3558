//! Timers: everything that falls due on a ticket (`sla.md`, "Clocks"). One row is one cycle of one
//! kind; a ticket keeps all its cycles.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{CalendarId, SlaPolicyId, TicketId, TimerKind, Timestamp};

/// A time during which a clock stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it began, in seconds since 1970.
    pub from: i64,
    /// When it ended; `None` while it lasts.
    pub to: Option<i64>,
}

/// The pauses of a clock in order, none of which touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Pauses(pub Vec<Pause>);

/// Names of the levels that a cycle is done with: fired, or overtaken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Levels(pub Vec<String>);

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timer")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: TicketId,
    /// What it measures.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TimerKind,
    /// Which run of this kind it is on this ticket, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cycle: i32,
    /// Whether it is the last one of its kind.
    pub latest: bool,
    /// From when time counts, a whole second. A later cycle of RESOLUTION counts from the first
    /// cycle's start, and what lies between the cycles is a pause.
    pub started_at: Timestamp,
    /// When time did not count.
    pub pauses: Pauses,
    /// When it stopped, to the microsecond; `None` while it runs or is paused.
    pub stopped_at: Option<Timestamp>,
    /// The due time that was missed, if one was.
    pub breached_at: Option<Timestamp>,
    /// The policy that applies.
    pub policy_id: Option<SlaPolicyId>,
    /// The calendar by which it counts; `None` if it counts around the clock.
    pub calendar_id: Option<CalendarId>,
    /// The version of the calendar.
    pub calendar_version: Option<i32>,
    /// The counted time allowed; `None` for best effort.
    pub target_seconds: Option<i64>,
    /// When the target is used up; `None` without a target, and while it is paused before that.
    pub due_at: Option<Timestamp>,
    /// When a job has to look at it next; `None` if it need not.
    pub fire_at: Option<Timestamp>,
    /// The levels that are done with.
    pub levels: Levels,
}

/// No relations are declared: joins are written where they are used.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
