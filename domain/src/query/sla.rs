//! Deadlines, the rules behind them, and how they were worked out.

use std::{collections::HashMap, sync::Arc};

use entity::{
    CalendarId, EventKind, SlaPolicyId, TicketId, TicketStatus, TimerKind, Timestamp, UserId,
    absence, calendar, calendar_version, event, job_run, sla_policy, ticket, timer,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Value, sea_query::ArrayType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queue::{count, time};
use crate::{
    Actor, Desk, EventData, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
    sla::{Rulebook, calendar::Calendar, clock, clock::SegmentKind, from_second, is_away, store},
};

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

/// The sort key of the list of policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyKey(bool, i32, Uuid);

impl Key for PolicyKey {
    const TAG: &'static str = "policy";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into(), self.1.into(), self.2.into()]
    }
}

impl From<&sla_policy::Model> for PolicyKey {
    fn from(row: &sla_policy::Model) -> Self {
        Self(row.catch_all, row.position, row.id.0)
    }
}

/// The sort key of the list of calendars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarKey(String, Uuid);

impl Key for CalendarKey {
    const TAG: &'static str = "calendar";
    fn values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), self.1.into()]
    }
}

impl From<&calendar::Model> for CalendarKey {
    fn from(row: &calendar::Model) -> Self {
        Self(row.name.clone(), row.id.0)
    }
}

/// The sort key of the list of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRunKey(i64, Uuid);

impl Key for JobRunKey {
    const TAG: &'static str = "job";
    fn values(&self) -> Vec<Value> {
        vec![time(self.0), self.1.into()]
    }
}

impl From<&job_run::Model> for JobRunKey {
    fn from(row: &job_run::Model) -> Self {
        Self(row.started_at.timestamp_micros(), row.id)
    }
}

fn policies() -> sea_orm::Select<sla_policy::Entity> {
    sla_policy::Entity::find().filter(sla_policy::Column::DeletedAt.is_null())
}

fn calendars() -> sea_orm::Select<calendar::Entity> {
    calendar::Entity::find().filter(calendar::Column::DeletedAt.is_null())
}

impl Desk {
    /// All timers of `tickets`, which must have been loaded for `actor`: by ticket, kind and cycle.
    /// With `latest`, only the last cycle of each kind.
    ///
    /// # Errors
    /// `Forbidden` for customers, `Unavailable` when the database does not answer; so for
    /// everything below.
    pub async fn timers(
        &self,
        actor: Actor,
        tickets: &[TicketId],
        latest: bool,
    ) -> Result<Vec<timer::Model>> {
        permit(actor, Action::ViewSla)?;
        let ids = tickets.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            timer::Column::TicketId,
            ArrayType::Uuid,
            ids,
        );
        let mut rows = timer::Entity::find().filter(wanted);
        if latest {
            rows = rows.filter(timer::Column::Latest.eq(true));
        }
        let mut rows = rows.all(self.db.read()).await?;
        let place = |kind| TimerKind::ALL.iter().position(|known| *known == kind);
        rows.sort_by_key(|row| (row.ticket_id, place(row.kind), row.cycle));
        Ok(rows)
    }

    /// A page of the policies in the order in which they are tried.
    pub async fn sla_policies(
        &self,
        actor: Actor,
        page: &PageArgs,
    ) -> Result<Page<sla_policy::Model>> {
        use sla_policy::Column::{CatchAll, Id, Position};
        permit(actor, Action::ViewSla)?;
        let window = page.window::<PolicyKey>()?;
        window
            .fetch(self.db.read(), policies(), &[CatchAll, Position, Id], true)
            .await
    }

    /// All policies in the order in which they are tried.
    pub async fn all_sla_policies(&self, actor: Actor) -> Result<Vec<sla_policy::Model>> {
        permit(actor, Action::ViewSla)?;
        Ok(self.rulebook().await?.policies().to_vec())
    }

    /// How many policies there are.
    pub async fn sla_policies_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ViewSla)?;
        count(policies().count(self.db.read()).await?)
    }

    /// Policies by id, deleted ones too, in no order.
    pub async fn sla_policies_by_id(
        &self,
        actor: Actor,
        ids: &[SlaPolicyId],
    ) -> Result<Vec<sla_policy::Model>> {
        permit(actor, Action::ViewSla)?;
        let ids = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            sla_policy::Column::Id,
            ArrayType::Uuid,
            ids,
        );
        let rows = sla_policy::Entity::find().filter(wanted);
        Ok(rows.all(self.db.read()).await?)
    }

    /// A page of the calendars by name.
    pub async fn calendars(&self, actor: Actor, page: &PageArgs) -> Result<Page<calendar::Model>> {
        permit(actor, Action::ViewSla)?;
        let window = page.window::<CalendarKey>()?;
        let columns = [calendar::Column::Name, calendar::Column::Id];
        window
            .fetch(self.db.read(), calendars(), &columns, true)
            .await
    }

    /// How many calendars there are.
    pub async fn calendars_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ViewSla)?;
        count(calendars().count(self.db.read()).await?)
    }

    /// Calendars by id, deleted ones too, in no order.
    pub async fn calendars_by_id(
        &self,
        actor: Actor,
        ids: &[CalendarId],
    ) -> Result<Vec<calendar::Model>> {
        permit(actor, Action::ViewSla)?;
        let ids = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            calendar::Column::Id,
            ArrayType::Uuid,
            ids,
        );
        let rows = calendar::Entity::find().filter(wanted);
        Ok(rows.all(self.db.read()).await?)
    }

    /// A page of what the scheduled jobs did, newest first.
    pub async fn job_runs(&self, actor: Actor, page: &PageArgs) -> Result<Page<job_run::Model>> {
        permit(actor, Action::ViewJobs)?;
        let window = page.window::<JobRunKey>()?;
        let columns = [job_run::Column::StartedAt, job_run::Column::Id];
        let rows = job_run::Entity::find();
        window.fetch(self.db.read(), rows, &columns, false).await
    }

    /// How many runs of jobs are on record.
    pub async fn job_runs_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ViewJobs)?;
        count(job_run::Entity::find().count(self.db.read()).await?)
    }

    /// When `people` are away or will be.
    pub async fn absences(&self, actor: Actor, people: &[UserId]) -> Result<Vec<absence::Model>> {
        permit(actor, Action::ViewTeams)?;
        let now = self.clock.now();
        let ids = people.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            absence::Column::UserId,
            ArrayType::Uuid,
            ids,
        );
        let planned = absence::Column::FromAt.gt(now);
        let rows = absence::Entity::find()
            .filter(wanted)
            .filter(Condition::any().add(is_away(now)).add(planned));
        Ok(rows.all(self.db.read()).await?)
    }

    /// How the latest deadline of a kind was worked out; `None` if the ticket is not there for
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
        let found: Vec<_> = clock.until(end).collect();
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
        if let Some(known) = self.calendars.get(&(id, version)) {
            return Ok(known);
        }
        let calendar = match self.calendar_row(timer).await? {
            Some(row) => Arc::new(Calendar::try_from(&row)?),
            None => return Ok(Arc::new(Calendar::always_open())),
        };
        self.calendars.insert((id, version), Arc::clone(&calendar));
        Ok(calendar)
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

    /// The rules as they are now.
    pub(super) async fn rulebook(&self) -> Result<Arc<Rulebook>> {
        let revision = store::revision(self.db.read()).await?;
        self.rules.get(self.db.read(), revision).await
    }

    /// The tickets that were opened in a time, newest first, by id.
    pub(super) fn opened_between(
        from: Timestamp,
        to: Timestamp,
    ) -> sea_orm::Select<ticket::Entity> {
        ticket::Entity::find()
            .filter(ticket::Column::CreatedAt.gte(from))
            .filter(ticket::Column::CreatedAt.lt(to))
            .order_by_desc(ticket::Column::CreatedAt)
            .order_by_desc(ticket::Column::Id)
    }
}
