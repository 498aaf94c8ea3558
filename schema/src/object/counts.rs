//! The queue in numbers.

use async_graphql::SimpleObject;
use domain::query;

use crate::enums::{Priority, TicketStatus};

/// How many tickets of the filtered queue there are, by what staff look at first.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct QueueCounts {
    /// All of them.
    total: i64,
    /// Assigned or co-assigned to the viewer.
    mine: i64,
    /// Without an assignee.
    unassigned: i64,
    /// By status, in the order of the lifecycle; statuses without tickets too.
    by_status: Vec<StatusCount>,
    /// By priority, most urgent first; priorities without tickets too.
    by_priority: Vec<PriorityCount>,
}

/// How many tickets have a status.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct StatusCount {
    /// The status.
    status: TicketStatus,
    /// How many.
    count: i64,
}

/// How many tickets have a priority.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct PriorityCount {
    /// The priority.
    priority: Priority,
    /// How many.
    count: i64,
}

impl From<query::QueueCounts> for QueueCounts {
    fn from(counts: query::QueueCounts) -> Self {
        let query::QueueCounts {
            total,
            mine,
            unassigned,
            by_status,
            by_priority,
        } = counts;
        let status = |(status, count): (entity::TicketStatus, _)| StatusCount {
            status: status.into(),
            count,
        };
        let priority = |(priority, count): (entity::Priority, _)| PriorityCount {
            priority: priority.into(),
            count,
        };
        Self {
            total,
            mine,
            unassigned,
            by_status: by_status.into_iter().map(status).collect(),
            by_priority: by_priority.into_iter().map(priority).collect(),
        }
    }
}
