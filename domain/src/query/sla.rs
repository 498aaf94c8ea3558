//! Deadlines, the rules behind them, and how they were worked out.

use std::sync::Arc;

use entity::{
    CalendarId, SlaPolicyId, TicketId, TimerKind, Timestamp, UserId, absence, calendar, job_run,
    sla_policy, ticket, timer,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Value,
    sea_query::ArrayType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queue::{count, time};
use crate::{
    Actor, Desk, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
    sla::{
        Rulebook, is_away,
        store::{live_calendars, live_policies},
    },
};

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
            .fetch(
                self.db.read(),
                live_policies(),
                &[CatchAll, Position, Id],
                true,
            )
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
        count(live_policies().count(self.db.read()).await?)
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
            .fetch(self.db.read(), live_calendars(), &columns, true)
            .await
    }

    /// How many calendars there are.
    pub async fn calendars_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ViewSla)?;
        count(live_calendars().count(self.db.read()).await?)
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

    /// The rules as they are now.
    pub(super) async fn rulebook(&self) -> Result<Arc<Rulebook>> {
        Ok(Arc::new(Rulebook::current(&self.db).await?))
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
