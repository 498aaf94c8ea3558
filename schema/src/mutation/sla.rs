//! SLA policies and calendars.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::{command, sla::calendar::whole_week};
use entity::{CalendarId, SlaPolicyId};

use super::run::split;
use crate::{
    context::{Asked, signed_in},
    enums::SlaPreset,
    error::OrGraphql,
    id::GlobalId,
    object::{Calendar, HolidayInput, OpenHoursInput, SlaPolicy, UpsertSlaPolicyInput, UserError},
};

#[derive(Default)]
pub(crate) struct SlaMutation;

/// Which policy to delete.
#[derive(InputObject)]
pub(crate) struct DeleteSlaPolicyInput {
    /// The policy.
    policy_id: ID,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// The order of the policies.
#[derive(InputObject)]
pub(crate) struct OrderSlaPoliciesInput {
    /// Every policy but the catch-all, each once, the first one to be tried first.
    policy_ids: Vec<ID>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// Which preset to take.
#[derive(InputObject)]
pub(crate) struct ApplySlaPresetInput {
    /// The preset.
    preset: SlaPreset,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What a calendar is to be.
#[derive(InputObject)]
pub(crate) struct UpsertCalendarInput {
    /// The calendar to change; left out, a new one is made.
    id: Option<ID>,
    /// Its name, unique, at most 200 characters.
    name: String,
    /// Its time zone in the IANA database, such as Europe/Berlin.
    time_zone: String,
    /// The open hours, at most 100, which may not overlap. Leave it out for a calendar that is open
    /// around the clock but for its holidays.
    week: Option<Vec<OpenHoursInput>>,
    /// The holidays, in place of all there were; at most 2,000 together with those of `icalendar`.
    holidays: Option<Vec<HolidayInput>>,
    /// More holidays: the text of an iCalendar feed. What recurs is taken from last year on, for
    /// ten years.
    icalendar: Option<String>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// Which calendar to delete.
#[derive(InputObject)]
pub(crate) struct DeleteCalendarInput {
    /// The calendar.
    calendar_id: ID,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `upsertSlaPolicy` answers.
#[derive(SimpleObject)]
pub(crate) struct UpsertSlaPolicyPayload {
    /// The policy; null if something has to be mended.
    policy: Option<SlaPolicy>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `applySlaPreset` answers.
#[derive(SimpleObject)]
pub(crate) struct ApplySlaPresetPayload {
    /// The policy; null if something has to be mended.
    policy: Option<SlaPolicy>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `deleteSlaPolicy` answers.
#[derive(SimpleObject)]
pub(crate) struct DeleteSlaPolicyPayload {
    /// The id of the policy that is gone; null if something has to be mended.
    deleted_id: Option<ID>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `orderSlaPolicies` answers.
#[derive(SimpleObject)]
pub(crate) struct OrderSlaPoliciesPayload {
    /// The policies in their order, the catch-all last; null if something has to be mended.
    policies: Option<Vec<SlaPolicy>>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `upsertCalendar` answers.
#[derive(SimpleObject)]
pub(crate) struct UpsertCalendarPayload {
    /// The calendar; null if something has to be mended.
    calendar: Option<Calendar>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

/// What `deleteCalendar` answers.
#[derive(SimpleObject)]
pub(crate) struct DeleteCalendarPayload {
    /// The id of the calendar that is gone; null if something has to be mended.
    deleted_id: Option<ID>,
    /// What has to be mended; empty if it was done.
    user_errors: Vec<UserError>,
}

async fn policy(asked: &Asked, actor: domain::Actor, id: SlaPolicyId) -> Result<Option<SlaPolicy>> {
    asked.forget();
    let rows = asked.desk.sla_policies_by_id(actor, &[id]).await;
    Ok(rows.or_graphql()?.pop().map(|row| SlaPolicy(Arc::new(row))))
}

#[Object]
impl SlaMutation {
    /// Makes an SLA policy or changes one. All running clocks are worked out again, from the same
    /// start and the same pauses; what was missed stays missed. Supervisors only.
    async fn upsert_sla_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the policy is to say.")] input: UpsertSlaPolicyInput,
    ) -> Result<UpsertSlaPolicyPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let save = async {
            domain::permission::permit(actor, domain::permission::Action::ManageSla)?;
            asked.desk.execute(actor, input.parse(asked).await?).await
        };
        let (id, user_errors) = split(save.await)?;
        Ok(UpsertSlaPolicyPayload {
            policy: match id {
                Some(id) => policy(asked, actor, id).await?,
                None => None,
            },
            user_errors,
        })
    }

    /// Deletes an SLA policy. Its tickets go to the next policy that is for them. Supervisors only.
    async fn delete_sla_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy.")] input: DeleteSlaPolicyInput,
    ) -> Result<DeleteSlaPolicyPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let command = command::DeletePolicy {
            id: policy_id(&input.policy_id),
            idempotency_key: input.idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        Ok(DeleteSlaPolicyPayload {
            deleted_id: id.map(|id| GlobalId::SlaPolicy(id).encode()),
            user_errors,
        })
    }

    /// Puts the SLA policies into another order; the catch-all stays last. Supervisors only.
    async fn order_sla_policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] input: OrderSlaPoliciesInput,
    ) -> Result<OrderSlaPoliciesPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let command = command::OrderPolicies {
            ids: input.policy_ids.iter().map(policy_id).collect(),
            idempotency_key: input.idempotency_key,
        };
        let (done, user_errors) = split(asked.desk.execute(actor, command).await)?;
        let policies = match done {
            Some(()) => Some(asked.desk.all_sla_policies(actor).await.or_graphql()?),
            None => None,
        };
        let wrap = |row| SlaPolicy(Arc::new(row));
        Ok(OrderSlaPoliciesPayload {
            policies: policies.map(|rows| rows.into_iter().map(wrap).collect()),
            user_errors,
        })
    }

    /// Gives the catch-all policy the targets and the steps of a shipped preset. Supervisors only.
    async fn apply_sla_preset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which preset.")] input: ApplySlaPresetInput,
    ) -> Result<ApplySlaPresetPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let command = command::ApplyPreset {
            preset: input.preset.into(),
            idempotency_key: input.idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        Ok(ApplySlaPresetPayload {
            policy: match id {
                Some(id) => policy(asked, actor, id).await?,
                None => None,
            },
            user_errors,
        })
    }

    /// Makes a calendar or changes one. Deadlines that hang on it are worked out again. Supervisors
    /// only.
    async fn upsert_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the calendar is to be.")] input: UpsertCalendarInput,
    ) -> Result<UpsertCalendarPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let UpsertCalendarInput {
            id,
            name,
            time_zone,
            week,
            holidays,
            icalendar,
            idempotency_key,
        } = input;
        let week = match week {
            Some(hours) => hours.into_iter().map(Into::into).collect(),
            None => whole_week(),
        };
        let draft = command::CalendarDraft {
            id: id.as_ref().map(calendar_id),
            name,
            time_zone,
            week,
            holidays: holidays
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            icalendar,
            idempotency_key,
        };
        let save = async {
            domain::permission::permit(actor, domain::permission::Action::ManageSla)?;
            let command = draft.check(asked.desk.clock().now()).await?;
            asked.desk.execute(actor, command).await
        };
        let (id, user_errors) = split(save.await)?;
        asked.forget();
        let row = match id {
            Some(id) => asked
                .desk
                .calendars_by_id(actor, &[id])
                .await
                .or_graphql()?
                .pop(),
            None => None,
        };
        Ok(UpsertCalendarPayload {
            calendar: row.map(|row| Calendar(Arc::new(row))),
            user_errors,
        })
    }

    /// Deletes a calendar that no policy uses. Supervisors only.
    async fn delete_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which calendar.")] input: DeleteCalendarInput,
    ) -> Result<DeleteCalendarPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let command = command::DeleteCalendar {
            id: calendar_id(&input.calendar_id),
            idempotency_key: input.idempotency_key,
        };
        let (id, user_errors) = split(asked.desk.execute(actor, command).await)?;
        Ok(DeleteCalendarPayload {
            deleted_id: id.map(|id| GlobalId::Calendar(id).encode()),
            user_errors,
        })
    }
}

/// An id that names nothing is not found like one that names something that is not there.
fn policy_id(id: &ID) -> SlaPolicyId {
    GlobalId::sla_policy(id).unwrap_or(uuid::Uuid::nil().into())
}

fn calendar_id(id: &ID) -> CalendarId {
    GlobalId::calendar(id).unwrap_or(uuid::Uuid::nil().into())
}
