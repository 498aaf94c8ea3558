//! What is promised to whom.

use entity::{
    CalendarId, SlaPolicyId, calendar,
    sla_policy::{self, Conditions, Step, Steps, Target, Targets},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr,
};
use serde::Serialize;

use super::{
    Command, Work,
    sla_policy_draft::{check_reach, draft, taken},
};
use crate::{
    Error, Result, UserErrorCode,
    permission::Action,
    sla::{Preset, calendar::Calendar, rework::rework, store::live_policies},
};

/// What a policy says.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyRules {
    /// Its name.
    pub name: String,
    /// Which tickets it is for.
    pub conditions: Conditions,
    /// When time counts.
    pub calendar: CalendarId,
    /// How long things may take.
    pub targets: Vec<Target>,
    /// What happens as time goes by.
    pub steps: Vec<Step>,
    /// How long nobody may touch a ticket before it is flagged, in counted seconds.
    pub unattended_seconds: Option<i64>,
    /// How long after it is resolved a ticket's customer is asked again, in seconds.
    pub follow_up_seconds: Option<i64>,
    /// How long after it is resolved a ticket closes itself, in seconds.
    pub close_seconds: Option<i64>,
}

/// Makes a policy, or changes one: all running timers are worked out again. A new one goes before
/// the catch-all, behind all others.
#[derive(Clone, Debug, Serialize)]
pub struct SavePolicy {
    /// The policy to change; `None` makes one.
    pub id: Option<SlaPolicyId>,
    /// What it says.
    pub rules: PolicyRules,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for SavePolicy {
    type Output = SlaPolicyId;
    const NAME: &'static str = "saveSlaPolicy";
    const ACTION: Action = Action::ManageSla;
    const CHANGES_RULES: bool = true;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<SlaPolicyId> {
        let row = draft(work.tx(), self.id, &self.rules, work.now, work.clock()).await?;
        let id = row.id;
        if self.id.is_some() {
            let change = sla_policy::ActiveModel {
                name: Set(row.name),
                conditions: Set(row.conditions),
                calendar_id: Set(row.calendar_id),
                targets: Set(row.targets),
                steps: Set(row.steps),
                unattended_seconds: Set(row.unattended_seconds),
                follow_up_seconds: Set(row.follow_up_seconds),
                close_seconds: Set(row.close_seconds),
                updated_at: Set(row.updated_at),
                ..Default::default()
            };
            let change = sla_policy::Entity::update_many()
                .set(change)
                .filter(sla_policy::Column::Id.eq(id));
            change
                .exec(work.tx())
                .await
                .map_err(|error| Error::or_taken(error, taken))?;
        } else {
            let made = sla_policy::Entity::insert(row.into_active_model());
            made.exec_without_returning(work.tx())
                .await
                .map_err(|error| Error::or_taken(error, taken))?;
        }
        rework(work).await?;
        Ok(id)
    }
}

/// Removes a policy; its tickets go to the next one that is for them. The catch-all stays.
#[derive(Clone, Debug, Serialize)]
pub struct DeletePolicy {
    /// The policy.
    pub id: SlaPolicyId,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for DeletePolicy {
    type Output = SlaPolicyId;
    const NAME: &'static str = "deleteSlaPolicy";
    const ACTION: Action = Action::ManageSla;
    const CHANGES_RULES: bool = true;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<SlaPolicyId> {
        let row = live_policies().filter(sla_policy::Column::Id.eq(self.id));
        let row = row.one(work.tx()).await?;
        let row = row.ok_or_else(|| Error::not_found("SLA policy", &["policyId"]))?;
        if row.catch_all {
            return Err(Error::user(
                UserErrorCode::InUse,
                &["policyId"],
                "This policy is for every ticket that no other one is for, so it cannot be \
                 deleted. Change it instead.",
            ));
        }
        // The row stays: what is over still tells which policy applied.
        sla_policy::Entity::update_many()
            .col_expr(sla_policy::Column::DeletedAt, Expr::val(work.now))
            .filter(sla_policy::Column::Id.eq(self.id))
            .exec(work.tx())
            .await?;
        rework(work).await?;
        Ok(self.id)
    }
}

/// Puts the policies into another order; the catch-all stays last.
#[derive(Clone, Debug, Serialize)]
pub struct OrderPolicies {
    /// All policies but the catch-all, the first to be tried first.
    pub ids: Vec<SlaPolicyId>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for OrderPolicies {
    type Output = ();
    const NAME: &'static str = "orderSlaPolicies";
    const ACTION: Action = Action::ManageSla;
    const CHANGES_RULES: bool = true;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<()> {
        let rows = live_policies()
            .filter(sla_policy::Column::CatchAll.eq(false))
            .all(work.tx())
            .await?;
        let (mut known, mut wanted): (Vec<_>, _) =
            (rows.iter().map(|row| row.id).collect(), self.ids.clone());
        known.sort_unstable();
        wanted.sort_unstable();
        if known != wanted {
            return Err(Error::user(
                UserErrorCode::Invalid,
                &["policyIds"],
                "Name every policy but the catch-all exactly once; it stays last by itself. Load \
                 the list again if it has changed.",
            ));
        }
        for (position, id) in (1_i32..).zip(&self.ids) {
            sla_policy::Entity::update_many()
                .col_expr(sla_policy::Column::Position, Expr::val(position))
                .filter(sla_policy::Column::Id.eq(*id))
                .exec(work.tx())
                .await?;
        }
        rework(work).await
    }
}

/// Gives the catch-all policy the targets and steps of a shipped preset (requirement S1).
#[derive(Clone, Debug, Serialize)]
pub struct ApplyPreset {
    /// The preset.
    pub preset: Preset,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl Command for ApplyPreset {
    type Output = SlaPolicyId;
    const NAME: &'static str = "applySlaPreset";
    const ACTION: Action = Action::ManageSla;
    const CHANGES_RULES: bool = true;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<SlaPolicyId> {
        let row = sla_policy::Entity::find()
            .filter(sla_policy::Column::CatchAll.eq(true))
            .one(work.tx())
            .await?;
        let row = row.ok_or_else(|| Error::internal("there is no catch-all policy"))?;
        let change = sla_policy::ActiveModel {
            targets: Set(Targets(self.preset.targets())),
            steps: Set(Steps(self.preset.steps())),
            updated_at: Set(work.now),
            ..Default::default()
        };
        let changed = sla_policy::Model {
            targets: Targets(self.preset.targets()),
            steps: Steps(self.preset.steps()),
            ..row.clone()
        };
        let calendar = calendar::Entity::find_by_id(row.calendar_id)
            .one(work.tx())
            .await?;
        let calendar = calendar.ok_or_else(|| Error::internal("a policy has no calendar"))?;
        check_reach(
            &changed,
            &Calendar::try_from(&calendar)?,
            work.now,
            "preset",
        )?;
        sla_policy::Entity::update_many()
            .set(change)
            .filter(sla_policy::Column::Id.eq(row.id))
            .exec(work.tx())
            .await?;
        rework(work).await?;
        Ok(row.id)
    }
}
