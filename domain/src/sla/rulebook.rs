//! Policies and calendars as they are at one moment, ready to be applied.

use std::{collections::HashMap, sync::Arc};

use entity::{
    CalendarId, CategoryId, EscalationAction, Priority, SlaPolicyId, TeamId, TicketSource,
    TimerKind, calendar,
    sla_policy::{At, Conditions, Model, Step},
    ticket,
};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};

use super::{calendar::Calendar, store};
use crate::{Facets, Result, db::Db};

/// The level at which a target is used up.
pub(crate) const DUE: &str = "100%";

/// What of a ticket decides which policy applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// What the ticket is about.
    pub category: CategoryId,
    /// The customer's tier when the ticket was opened.
    pub tier: Option<&'a str>,
    /// The team that has it.
    pub team: Option<TeamId>,
    /// How it came in.
    pub source: TicketSource,
    /// How urgent it is.
    pub priority: Priority,
}

impl<'a> Subject<'a> {
    /// The ticket behind `facets`, whose customer had `tier`.
    pub fn new(facets: &Facets, tier: Option<&'a str>) -> Self {
        Self {
            category: facets.category,
            tier,
            team: facets.team,
            source: facets.source,
            priority: facets.priority,
        }
    }
}

impl<'a> From<&'a ticket::Model> for Subject<'a> {
    fn from(ticket: &'a ticket::Model) -> Self {
        Self {
            category: ticket.category_id,
            tier: ticket.requester_tier.as_deref(),
            team: ticket.team_id,
            source: ticket.source,
            priority: ticket.priority,
        }
    }
}

/// A moment in a timer's life at which something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level<'a> {
    /// Its name, the same whatever the target is.
    pub name: String,
    /// The counted time at which it is reached, in seconds.
    pub seconds: i64,
    /// What happens.
    pub steps: Vec<&'a Step>,
}

/// All policies in order with their calendars.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// Grows with every change of a policy or a calendar.
    pub revision: i64,
    policies: Vec<Model>,
    calendars: HashMap<CalendarId, (i32, Arc<Calendar>)>,
    always_open: Arc<Calendar>,
}

impl Rulebook {
    /// Policies in order, the catch-all last, with all calendars that they name.
    ///
    /// # Errors
    /// `Internal` for a calendar that cannot be counted with.
    pub fn new(revision: i64, policies: Vec<Model>, rows: &[calendar::Model]) -> Result<Self> {
        let calendars = rows.iter().map(|row| {
            let calendar = Arc::new(Calendar::try_from(row)?);
            Ok((row.id, (row.version, calendar)))
        });
        Ok(Self {
            revision,
            policies,
            calendars: calendars.collect::<Result<_>>()?,
            always_open: Arc::new(Calendar::always_open()),
        })
    }

    /// Reads the rules of a database as they are now, for what makes up a history under them. What
    /// works on tickets takes them within its transaction instead, so that they hold until its end.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn current(db: &Db) -> Result<Self> {
        let db = db.read();
        Self::load(db, store::revision(db).await?).await
    }

    /// Reads the rules as they are now; `revision` is theirs.
    pub(crate) async fn load(db: &impl ConnectionTrait, revision: i64) -> Result<Self> {
        let policies = store::live_policies()
            .order_by_asc(entity::sla_policy::Column::CatchAll)
            .order_by_asc(entity::sla_policy::Column::Position)
            .order_by_asc(entity::sla_policy::Column::Id);
        let calendars = calendar::Entity::find().all(db).await?;
        Self::new(revision, policies.all(db).await?, &calendars)
    }

    /// The same rules with `policy` in place of the one with its id, or before the catch-all.
    pub(crate) fn with_policy(&self, policy: Model) -> Self {
        let mut changed = self.clone();
        changed.policies.retain(|known| known.id != policy.id);
        changed.policies.push(policy);
        changed
            .policies
            .sort_by_key(|policy| (policy.catch_all, policy.position, policy.id));
        changed
    }

    /// The policy that applies; `None` in a desk that has none at all.
    pub fn policy_for(&self, subject: Subject<'_>) -> Option<&Model> {
        self.policies
            .iter()
            .find(|policy| policy.catch_all || matches(&policy.conditions, subject))
    }

    /// A policy by id.
    pub fn policy(&self, id: SlaPolicyId) -> Option<&Model> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    /// All policies in order.
    pub fn policies(&self) -> &[Model] {
        &self.policies
    }

    /// The calendar on which timers of `kind` count under `policy`. What customers are given in
    /// days counts around the clock.
    pub fn calendar(&self, policy: &Model, kind: TimerKind) -> Arc<Calendar> {
        let known = uses_calendar(kind).then(|| self.calendars.get(&policy.calendar_id));
        let known = known.flatten().map(|(_, calendar)| calendar);
        Arc::clone(known.unwrap_or(&self.always_open))
    }

    /// The version of a calendar.
    pub fn calendar_version(&self, id: CalendarId) -> Option<i32> {
        self.calendars.get(&id).map(|(version, _)| *version)
    }
}

/// Whether timers of a kind keep to business hours.
pub(super) fn uses_calendar(kind: TimerKind) -> bool {
    match kind {
        TimerKind::FirstResponse
        | TimerKind::NextResponse
        | TimerKind::Resolution
        | TimerKind::Unattended => true,
        TimerKind::FollowUp | TimerKind::AutoClose => false,
    }
}

fn matches(conditions: &Conditions, subject: Subject<'_>) -> bool {
    fn any_of<T: PartialEq>(wanted: &[T], value: Option<&T>) -> bool {
        wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
    }
    let tiers = &conditions.tiers;
    any_of(&conditions.categories, Some(&subject.category))
        && any_of(&conditions.teams, subject.team.as_ref())
        && any_of(&conditions.sources, Some(&subject.source))
        && any_of(&conditions.priorities, Some(&subject.priority))
        && (tiers.is_empty()
            || subject
                .tier
                .is_some_and(|tier| tiers.iter().any(|wanted| wanted == tier)))
}

/// The counted time that `policy` allows at `priority`; `None` for best effort.
pub fn target(policy: &Model, kind: TimerKind, priority: Priority) -> Option<i64> {
    match kind {
        TimerKind::FirstResponse | TimerKind::NextResponse | TimerKind::Resolution => {
            let of = |target: &&entity::sla_policy::Target| {
                target.kind == kind && target.priority == priority
            };
            policy
                .targets
                .0
                .iter()
                .find(of)
                .map(|target| target.seconds)
        }
        TimerKind::Unattended => policy.unattended_seconds,
        TimerKind::FollowUp => policy.follow_up_seconds,
        TimerKind::AutoClose => policy.close_seconds,
    }
}

/// The name of a level: what it is measured by, so that it stays when the target changes.
pub fn level_name(at: At) -> String {
    match at {
        At::Offset(0) => DUE.to_owned(),
        At::Percent(percent) => format!("{percent}%"),
        At::Offset(seconds) => format!("{seconds:+}s"),
    }
}

/// The counted time at which a step is taken, in seconds.
pub fn threshold(at: At, target: i64) -> i64 {
    match at {
        At::Percent(percent) => target.saturating_mul(i64::from(percent)) / 100,
        At::Offset(seconds) => target.saturating_add(i64::from(seconds)).max(0),
    }
}

/// The levels of a timer, earliest first; the one at which the target is used up is always there.
pub fn levels(policy: &Model, kind: TimerKind, priority: Priority, target: i64) -> Vec<Level<'_>> {
    let mut levels = vec![Level {
        name: DUE.to_owned(),
        seconds: target,
        steps: Vec::new(),
    }];
    let steps = policy.steps.0.iter().filter(|step| {
        step.kind == kind && (step.priorities.is_empty() || step.priorities.contains(&priority))
    });
    for step in steps {
        let name = level_name(step.at);
        match levels.iter_mut().find(|level| level.name == name) {
            Some(level) => level.steps.push(step),
            None => levels.push(Level {
                seconds: threshold(step.at, target),
                name,
                steps: vec![step],
            }),
        }
    }
    // What raises the priority comes last: it changes which levels there are.
    for level in &mut levels {
        level
            .steps
            .sort_by_key(|step| step.action == EscalationAction::RaisePriority);
    }
    levels.sort_by(|a, b| (a.seconds, &a.name).cmp(&(b.seconds, &b.name)));
    levels
}
