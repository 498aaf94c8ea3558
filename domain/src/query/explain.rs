//! How a deadline was worked out (requirement S5).

use std::{collections::HashMap, sync::Arc};

use entity::{
    EventKind, TicketId, TicketStatus, TimerKind, Timestamp, calendar, calendar_version, event,
    sla_policy, timer,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Actor, Desk, Error, EventData, Result,
    permission::{Action, permit},
    sla::{calendar::Calendar, clock, clock::SegmentKind, from_second},
};

/// How many segments are told.
const MOST_SEGMENTS: usize = 2_000;

/// How many events are looked at to say what began a segment.
const MOST_EVENTS: u64 = 5_000;

/// How a deadline was worked out (requirement S5).
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The timer.
    pub timer: timer::Model,
    /// The policy that applied.
    pub policy: Option<sla_policy::Model>,
    /// The calendar that applied, as it was then.
    pub calendar: Option<calendar::Model>,
    /// The stretches from the start to the due time, or to where it stopped or has come to.
    pub segments: Vec<Segment>,
    /// The time counted in them, in seconds.
    pub counted: i64,
    /// Whether there would be more of them than are told.
    pub truncated: bool,
}

/// A stretch of a timer's time.
#[derive(Clone, Debug)]
pub struct Segment {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// What it is.
    pub kind: SegmentKind,
    /// What began it, if it was not the calendar.
    pub event: Option<event::Model>,
}

impl Desk {
    /// How a deadline was worked out, the last one of its kind if no cycle is named; `None` if the ticket is not there for
    /// `actor`, or has no target of that kind.
    pub async fn explain(
        &self,
        actor: Actor,
        ticket: TicketId,
        kind: TimerKind,
        cycle: Option<i32>,
    ) -> Result<Option<Explanation>> {
        permit(actor, Action::ViewSla)?;
        let Some(ticket) = self.ticket(actor, ticket).await? else {
            return Ok(None);
        };
        let rows = timer::Entity::find()
            .filter(timer::Column::TicketId.eq(ticket.id))
            .filter(timer::Column::Kind.eq(kind));
        let rows = match cycle {
            Some(cycle) => rows.filter(timer::Column::Cycle.eq(cycle)),
            None => rows.filter(timer::Column::Latest.eq(true)),
        };
        let Some(timer) = rows.one(self.db.read()).await? else {
            return Ok(None);
        };
        let Some(target) = timer.target_seconds else {
            return Ok(None);
        };
        let policy = match timer.policy_id {
            Some(id) => self.sla_policies_by_id(actor, &[id]).await?.pop(),
            None => None,
        };
        let row = self.calendar_row(&timer).await?;
        let calendar = self.calendar_of(&timer).await?;
        let start = timer.started_at.timestamp();
        let clock = clock::Clock::new(&calendar, start, &timer.pauses.0);
        let stopped = timer.stopped_at.map(|at| at.timestamp());
        let due = clock.reaches(target);
        let end = match (due, stopped) {
            (Some(due), Some(stopped)) => due.min(stopped),
            (Some(end), None) | (None, Some(end)) => end,
            (None, None) => self.clock.now().timestamp(),
        };
        let began = self.what_began(&timer).await?;
        let mut found: Vec<_> = clock.until(end).take(MOST_SEGMENTS + 1).collect();
        let truncated = found.len() > MOST_SEGMENTS;
        found.truncate(MOST_SEGMENTS);
        let counted = found
            .iter()
            .filter(|segment| segment.kind == SegmentKind::Counted);
        let counted = counted.map(|segment| segment.to - segment.from).sum();
        let segments = found.into_iter().map(|segment| Segment {
            from: from_second(segment.from),
            to: from_second(segment.to),
            kind: segment.kind,
            event: began.get(&segment.from).cloned(),
        });
        Ok(Some(Explanation {
            segments: segments.collect(),
            timer,
            policy,
            calendar: row,
            counted,
            truncated,
        }))
    }

    /// The calendar of a timer, as it was when the timer was last worked out; `None` if it counts
    /// around the clock.
    async fn calendar_row(&self, timer: &timer::Model) -> Result<Option<calendar::Model>> {
        let Some(id) = timer.calendar_id else {
            return Ok(None);
        };
        let row = calendar::Entity::find_by_id(id).one(self.db.read()).await?;
        let Some(mut row) = row else {
            return Ok(None);
        };
        if let Some(version) = timer.calendar_version.filter(|then| *then != row.version) {
            let then = calendar_version::Entity::find_by_id((id, version));
            if let Some(then) = then.one(self.db.read()).await? {
                row.version = then.version;
                row.time_zone = then.time_zone;
                row.week = then.week;
                row.holidays = then.holidays;
            }
        }
        Ok(Some(row))
    }

    /// The calendar of a timer, ready to count with. A version of a calendar never changes, so it is
    /// read once.
    async fn calendar_of(&self, timer: &timer::Model) -> Result<Arc<Calendar>> {
        let (Some(id), Some(version)) = (timer.calendar_id, timer.calendar_version) else {
            return Ok(Arc::new(Calendar::always_open()));
        };
        // All who need it at once wait for one of them to read it.
        let read = async {
            match self.calendar_row(timer).await? {
                Some(row) => Ok(Arc::new(Calendar::try_from(&row)?)),
                None => Err(Error::internal("a timer has no calendar")),
            }
        };
        let found = self.calendars.try_get_with((id, version), read).await;
        found.map_err(|error| match &*error {
            Error::Unavailable(cause) => Error::Unavailable(cause.to_string().into()),
            Error::Unauthenticated
            | Error::Forbidden(_)
            | Error::BadInput(_)
            | Error::User(_)
            | Error::Internal(_) => Error::internal(error.to_string()),
        })
    }

    /// The time counted by a timer until now, or until it stopped, in seconds.
    pub async fn counted(&self, timer: &timer::Model) -> Result<i64> {
        let calendar = self.calendar_of(timer).await?;
        let end = timer.stopped_at.unwrap_or_else(|| self.clock.now());
        let start = timer.started_at.timestamp();
        let clock = clock::Clock::new(&calendar, start, &timer.pauses.0);
        Ok(clock.counted(end.timestamp()))
    }

    /// By second, the events at which a timer started, stood still and went on.
    async fn what_began(&self, timer: &timer::Model) -> Result<HashMap<i64, event::Model>> {
        let kinds = [
            EventKind::TicketCreated,
            EventKind::ReplyAdded,
            EventKind::StatusChanged,
            EventKind::TicketResolved,
            EventKind::TicketClosed,
            EventKind::TicketReopened,
        ];
        let events = event::Entity::find()
            .filter(event::Column::TicketId.eq(timer.ticket_id))
            .filter(event::Column::Kind.is_in(kinds))
            .filter(event::Column::At.gte(timer.started_at))
            .order_by_asc(event::Column::Xid)
            .order_by_asc(event::Column::Seq)
            .limit(MOST_EVENTS)
            .all(self.db.read())
            .await?;
        let start = timer.started_at.timestamp();
        let paused = |second| timer.pauses.0.iter().any(|pause| pause.from == second);
        let went_on = |second| timer.pauses.0.iter().any(|pause| pause.to == Some(second));
        let mut began = HashMap::new();
        for event in events {
            let second = event.at.timestamp();
            let starts = match timer.kind {
                TimerKind::NextResponse => event.kind == EventKind::ReplyAdded,
                TimerKind::FirstResponse
                | TimerKind::Resolution
                | TimerKind::Unattended
                | TimerKind::FollowUp
                | TimerKind::AutoClose => event.kind == EventKind::TicketCreated,
            };
            let status =
                |data: EventData| (data.before.map(|facets| facets.status), data.after.status);
            let moved = serde_json::from_value(event.data.clone()).ok().map(status);
            let stands_still = |status| match status {
                TicketStatus::WaitingOnUser | TicketStatus::Resolved | TicketStatus::Closed => true,
                TicketStatus::Open | TicketStatus::InProgress => false,
            };
            let fits = match moved {
                _ if second == start && starts => true,
                Some((Some(before), after)) if before != after => {
                    (paused(second) && stands_still(after))
                        || (went_on(second) && !stands_still(after))
                }
                Some(_) | None => false,
            };
            if fits {
                // Where it stood still and went on within a second, the last one counts.
                began.insert(second, event);
            }
        }
        Ok(began)
    }
}
