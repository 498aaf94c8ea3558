//! What a policy is to say.

use async_graphql::{ID, InputObject};
use domain::command::{PolicyRules, SavePolicy};
use entity::{
    TimerKind,
    sla_policy::{At, Conditions, Step, Target},
};

use crate::{
    enums::{EscalationAction, EscalationTarget, Priority, SlaMetric, TicketSource},
    id::GlobalId,
};

/// Which tickets a policy is for. All that is given must hold; what is left out or empty is any.
#[derive(Debug, Default, InputObject)]
pub(crate) struct SlaConditionsInput {
    /// What the ticket is about: categories by their codes, at most 100.
    categories: Option<Vec<String>>,
    /// The customer's account tier when the ticket was opened, at most 100.
    tiers: Option<Vec<String>>,
    /// The team that has the ticket, at most 100.
    team_ids: Option<Vec<ID>>,
    /// How the ticket came in.
    sources: Option<Vec<TicketSource>>,
    /// How urgent the ticket is.
    priorities: Option<Vec<Priority>>,
}

/// The targets at one priority. What is left out is best effort.
#[derive(Debug, InputObject)]
pub(crate) struct SlaTargetInput {
    /// The priority.
    priority: Priority,
    /// How long the first response may take, in counted seconds, more than 0.
    first_response_seconds: Option<i32>,
    /// How long every later response may take, in counted seconds, more than 0.
    next_response_seconds: Option<i32>,
    /// How long the resolution may take, in counted seconds, more than 0.
    resolution_seconds: Option<i32>,
}

/// Something that is to happen by itself as time goes by. Give either `atPercent` or `offsetSeconds`.
#[derive(Debug, InputObject)]
pub(crate) struct EscalationStepInput {
    /// The clock that it belongs to.
    metric: SlaMetric,
    /// At this share of the target, 0 to 1000; 100 is the due time.
    at_percent: Option<i32>,
    /// This many counted seconds after the due time, before it if negative.
    offset_seconds: Option<i32>,
    /// Only for tickets of these priorities; any if it is left out.
    priorities: Option<Vec<Priority>>,
    /// What is to happen.
    action: EscalationAction,
    /// For ESCALATE: the support tier, 1 to 9.
    tier: Option<i32>,
    /// For ESCALATE: whom to escalate to.
    target: Option<EscalationTarget>,
    /// For HAND_TO_TEAM: the team.
    team_id: Option<ID>,
}

/// What a policy is to say.
#[derive(Debug, InputObject)]
pub(crate) struct UpsertSlaPolicyInput {
    /// The policy to change; left out, a new one is made, which is tried after all others but the
    /// catch-all.
    id: Option<ID>,
    /// Its name, unique, at most 200 characters.
    name: String,
    /// Which tickets it is for; any if it is left out. The catch-all has none.
    conditions: Option<SlaConditionsInput>,
    /// When time counts.
    calendar_id: ID,
    /// How long things may take. A priority that is left out is best effort.
    targets: Vec<SlaTargetInput>,
    /// What happens as time goes by, at most 60 steps; nothing if it is left out. That a missed
    /// target is written down and shown needs no step.
    steps: Option<Vec<EscalationStepInput>>,
    /// How long nobody may touch a ticket before it is flagged, in counted seconds; left out: never.
    unattended_after_seconds: Option<i32>,
    /// How long after it is resolved a ticket's customer is asked again; left out: never.
    follow_up_after_seconds: Option<i32>,
    /// How long after it is resolved a ticket closes itself; left out: never.
    close_after_seconds: Option<i32>,
    /// A repeated request with the same key and input is done once and answered alike. A dry run
    /// ignores it.
    idempotency_key: Option<String>,
}

impl UpsertSlaPolicyInput {
    /// The command; a dry run takes it apart.
    ///
    /// # Errors
    /// User errors for what the domain has no words for.
    pub(crate) async fn parse(self, asked: &crate::context::Asked) -> domain::Result<SavePolicy> {
        let Self {
            id,
            name,
            conditions,
            calendar_id,
            targets,
            steps,
            unattended_after_seconds,
            follow_up_after_seconds,
            close_after_seconds,
            idempotency_key,
        } = self;
        let nothing = uuid::Uuid::nil();
        let SlaConditionsInput {
            categories,
            tiers,
            team_ids,
            sources,
            priorities,
        } = conditions.unwrap_or_default();
        let team = |id: &ID| GlobalId::team(id).unwrap_or(nothing.into());
        let categories = asked
            .desk
            .category_ids(&categories.unwrap_or_default())
            .await
            .map_err(unknown_category)?;
        let conditions = Conditions {
            categories,
            tiers: tiers.unwrap_or_default(),
            teams: team_ids.unwrap_or_default().iter().map(team).collect(),
            sources: all(sources),
            priorities: all(priorities),
        };
        let steps = steps.unwrap_or_default().into_iter().enumerate();
        let steps = steps.map(|(place, step)| step.parse(place));
        let rules = PolicyRules {
            name,
            conditions,
            calendar: GlobalId::calendar(&calendar_id).unwrap_or(nothing.into()),
            targets: targets
                .into_iter()
                .flat_map(SlaTargetInput::parse)
                .collect(),
            steps: steps.collect::<domain::Result<_>>()?,
            unattended_seconds: unattended_after_seconds.map(Into::into),
            follow_up_seconds: follow_up_after_seconds.map(Into::into),
            close_seconds: close_after_seconds.map(Into::into),
        };
        Ok(SavePolicy {
            id: id.map(|id| GlobalId::sla_policy(&id).unwrap_or(nothing.into())),
            rules,
            idempotency_key,
        })
    }
}

fn all<A, B: From<A>>(items: Option<Vec<A>>) -> Vec<B> {
    items
        .unwrap_or_default()
        .into_iter()
        .map(Into::into)
        .collect()
}

/// In a filter an unknown category is a mistake of the program, here of a person.
fn unknown_category(error: domain::Error) -> domain::Error {
    match error {
        domain::Error::BadInput(_) => domain::Error::user(
            domain::UserErrorCode::Invalid,
            &["conditions", "categories"],
            "There is no category with one of these codes. Ask `categories` for the codes there are.",
        ),
        domain::Error::Unauthenticated
        | domain::Error::Forbidden(_)
        | domain::Error::User(_)
        | domain::Error::Unavailable(_)
        | domain::Error::Internal(_) => error,
    }
}

impl SlaTargetInput {
    fn parse(self) -> impl Iterator<Item = Target> {
        let priority = self.priority.into();
        let targets = [
            (TimerKind::FirstResponse, self.first_response_seconds),
            (TimerKind::NextResponse, self.next_response_seconds),
            (TimerKind::Resolution, self.resolution_seconds),
        ];
        targets.into_iter().filter_map(move |(kind, seconds)| {
            Some(Target {
                priority,
                kind,
                seconds: seconds?.into(),
            })
        })
    }
}

impl EscalationStepInput {
    fn parse(self, place: usize) -> domain::Result<Step> {
        let at = match (self.at_percent, self.offset_seconds) {
            // Out of range is refused by the domain.
            (Some(percent), None) => At::Percent(u16::try_from(percent).unwrap_or(u16::MAX)),
            (None, Some(seconds)) => At::Offset(seconds),
            (None, None) | (Some(_), Some(_)) => {
                return Err(domain::Error::user(
                    domain::UserErrorCode::Invalid,
                    &["steps", &place.to_string()],
                    "Say when the step is taken: either by `atPercent` or by `offsetSeconds`.",
                ));
            }
        };
        Ok(Step {
            kind: self.metric.into(),
            at,
            priorities: all(self.priorities),
            action: self.action.into(),
            tier: self
                .tier
                .map(|tier| i16::try_from(tier).unwrap_or(i16::MAX)),
            target: self.target.map(Into::into),
            team: self
                .team_id
                .map(|id| GlobalId::team(&id).unwrap_or(uuid::Uuid::nil().into())),
        })
    }
}
