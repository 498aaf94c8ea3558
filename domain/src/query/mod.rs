//! What people may read. Every read of tickets starts from `visible_to`.

mod activity;
mod explain;
mod lookup;
mod people;
mod possible;
mod queue;
mod simulate;
mod sla;
mod thread;

use entity::ticket;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};

pub use activity::ActivityKey;
pub use explain::{Explanation, Segment};
pub use lookup::{CategoryKey, SubjectKey, TeamKey};
pub use people::PersonKey;
pub use possible::TicketAction;
pub(crate) use queue::count;
pub use queue::{NewestKey, QueueCounts, QueueOrder, SlaDueKey, UrgencyKey, cursor, format_number};
pub use simulate::{MOST_TICKETS, SimulatedResult, Simulation, Tally};
pub use sla::{CalendarKey, JobRunKey, PolicyKey};
pub use thread::{MessageKey, ThreadPage};

use crate::{
    Actor,
    permission::{Action, Scope, scope},
};

/// The tickets that `actor` may see; all others do not exist for them.
pub(crate) fn visible_to(actor: Actor) -> Select<ticket::Entity> {
    ticket::Entity::find().filter(visible(actor))
}

/// [`visible_to`] as a condition.
pub(crate) fn visible(actor: Actor) -> Condition {
    match scope(actor.role, Action::ViewTicket) {
        Scope::Any => Condition::all(),
        Scope::Own => Condition::all().add(ticket::Column::RequesterId.eq(actor.id)),
        Scope::No => Condition::any(),
    }
}
