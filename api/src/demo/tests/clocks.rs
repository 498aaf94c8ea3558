//! The timers of a story are what its events make of them.

use std::sync::Arc;

use domain::{
    EventData, Result, is_staff,
    sla::{Fact, Occasion, Preset, Rulebook, Subject, Timers, fire},
};
use entity::{
    EscalationAction, EventKind, Role, TicketStatus, Timestamp, UserId, calendar,
    sla_policy::{self, At, Step},
    ticket, timer, timer_firing,
};
use uuid::Uuid;

use super::{policy, rules, stories, until, world_under};
use crate::demo::story::Event;

/// An event as the log tells of it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) version: i32,
    pub(super) kind: EventKind,
    pub(super) actor: Option<UserId>,
    pub(super) role: Role,
    pub(super) at: Timestamp,
    pub(super) data: EventData,
}

impl From<&Event> for Told {
    fn from(event: &Event) -> Self {
        Self {
            version: event.ticket_version,
            kind: event.kind,
            actor: event.actor,
            role: event.role,
            at: event.at,
            data: event.data.clone(),
        }
    }
}

/// Plays the events of `stored` once more, and checks that they make it what it is, with its
/// timers and all that fired.
pub(super) fn replay(
    rules: &Rulebook,
    stored: &ticket::Model,
    events: &[Told],
    timers: &[timer::Model],
    firings: &[timer_firing::Model],
) {
    let what = format!("{stored:#?}\n{events:#?}");
    let mut ticket = ticket::Model {
        version: 0,
        first_response_at: None,
        escalated: false,
        escalated_at: None,
        escalation_tier: None,
        escalation_target: None,
        sla_state: None,
        sla_due_at: ticket::NEVER,
        ..stored.clone()
    };
    let mut played = Timers::none(stored.id);
    let mut fired = Vec::new();
    let mut rest = events;
    while let Some((event, later)) = rest.split_first() {
        if event.data.sla.is_none() {
            let missed = fire(&mut ticket, &mut played, event.at, Occasion::Command, rules);
            assert_eq!(missed, [], "{what}");
            play(&mut ticket, &mut played, event, rules);
            rest = later;
            continue;
        }
        // All that one job fires, or a command before it does anything else.
        let with_it = |other: &&Told| other.data.sla.is_some() && other.at == event.at;
        let (together, later) = rest.split_at(rest.iter().take_while(with_it).count());
        let occasion = if later.first().is_some_and(|next| next.at == event.at) {
            Occasion::Command
        } else {
            Occasion::Job
        };
        let all = fire(&mut ticket, &mut played, event.at, occasion, rules);
        assert_eq!(all.len(), together.len(), "{what}");
        for (one, event) in all.iter().zip(together) {
            assert_eq!((event.actor, event.role), (None, Role::System), "{what}");
            assert_eq!(
                (event.kind, event.version),
                (one.event, one.after.0.version)
            );
            assert_eq!(event.data, one.data(), "{what}");
            fired.push(timer_firing::Model {
                ticket_id: stored.id,
                kind: one.note.kind,
                cycle: one.note.cycle,
                level: one.note.level.clone(),
                due_at: one.note.due_at,
                fired_at: event.at,
            });
        }
        rest = later;
    }
    assert_eq!(&ticket, stored, "{what}");
    let key = |row: &timer::Model| (row.kind.as_str(), row.cycle);
    let (mut rows, mut kept) = (played.rows().to_vec(), timers.to_vec());
    rows.sort_by_key(key);
    kept.sort_by_key(key);
    assert_eq!(rows, kept, "{what}");
    let mut firings = firings.to_vec();
    firings.sort_by_key(|row| (row.fired_at, row.due_at, row.kind.as_str(), row.cycle));
    fired.sort_by_key(|row| (row.fired_at, row.due_at, row.kind.as_str(), row.cycle));
    assert_eq!(fired, firings, "{what}");
    let overlooked = timers
        .iter()
        .find(|row| row.fire_at.is_some_and(|at| at <= until()));
    assert_eq!(overlooked, None, "{what}");
    assert!(timers.iter().all(|row| row.latest || row.fire_at.is_none()));
}

/// What a command did.
fn play(ticket: &mut ticket::Model, timers: &mut Timers, event: &Told, rules: &Rulebook) {
    let (before, after) = (&event.data.before, &event.data.after);
    let by_customer = event.actor == Some(ticket.requester_id);
    if !by_customer && matches!(event.kind, EventKind::TicketCreated | EventKind::ReplyAdded) {
        ticket.first_response_at.get_or_insert(event.at);
    }
    ticket.status = after.status;
    match after.status {
        TicketStatus::Resolved => {
            ticket.resolved_at.get_or_insert(event.at);
        }
        TicketStatus::Closed => {
            ticket.closed_at.get_or_insert(event.at);
        }
        TicketStatus::Open | TicketStatus::InProgress | TicketStatus::WaitingOnUser => {
            (ticket.resolved_at, ticket.closed_at) = (None, None);
        }
    }
    ticket.priority = after.priority;
    ticket.category_id = after.category;
    ticket.team_id = after.team;
    ticket.assignee_id = after.assignee;
    ticket.co_assignees = ticket::Ids(after.co_assignees.clone());
    ticket.tags = ticket::Tags(after.tags.clone());
    ticket.subjects = ticket::Subjects(after.subjects.clone());
    ticket.version = event.version;
    if !event.data.leaves_the_row(event.kind) {
        ticket.updated_at = event.at;
    }
    let fact = Fact {
        kind: event.kind,
        at: event.at,
        by_customer,
        by_system: event.role == Role::System,
        before: before.as_ref().unwrap_or(after).status,
        after: after.status,
        responded: ticket.first_response_at.is_some(),
        subject: Subject::new(after, ticket.requester_tier.as_deref()),
    };
    timers.apply(&fact, rules);
    timers.summarize(ticket);
    let facets = domain::Facets::of(ticket, timers.unattended());
    assert_eq!(after, &facets, "{event:#?}");
    assert!(is_staff(event.role) || by_customer, "{event:#?}");
}

fn replay_all(rules: &Arc<Rulebook>, seeds: std::ops::Range<u64>) -> Result<()> {
    for seed in seeds {
        let world = world_under(Arc::clone(rules), 400, seed)?;
        for story in stories(&world)? {
            let events: Vec<_> = story.events.iter().map(Told::from).collect();
            let (timers, firings) = story.clocks.into_rows();
            let tier = world
                .people
                .new_users
                .iter()
                .find(|person| person.id == story.ticket.requester_id)
                .and_then(|person| person.tier.clone());
            assert_eq!(story.ticket.requester_tier, tier);
            replay(rules, &story.ticket, &events, &timers, &firings);
        }
    }
    Ok(())
}

#[test]
fn the_events_of_a_ticket_make_its_timers() -> Result<()> {
    replay_all(&rules()?, 20..26)
}

#[test]
fn whatever_the_rules_of_the_desk_are() -> Result<()> {
    let shipped = policy();
    let hours = |day| calendar::Hours {
        day,
        from: 9 * 60,
        to: 17 * 60,
    };
    let office = calendar::Model {
        id: shipped.calendar_id,
        version: 3,
        name: "Office".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        week: calendar::Week((0..5).map(hours).collect()),
        holidays: calendar::Holidays::default(),
        created_at: until(),
        updated_at: until(),
        deleted_at: None,
    };
    // Everything that steps can do, and tickets that close themselves soon.
    let step = |kind, at, action| Step {
        kind,
        at,
        priorities: Vec::new(),
        action,
        tier: Some(2),
        target: None,
        team: None,
    };
    let mut steps = Preset::Severity.steps();
    for kind in entity::TimerKind::SLA {
        steps.push(step(kind, At::Percent(50), EscalationAction::RaisePriority));
        steps.push(step(kind, At::Offset(3_600), EscalationAction::Escalate));
    }
    let severe = sla_policy::Model {
        id: entity::SlaPolicyId(Uuid::from_u128(201)),
        name: "Plus".to_owned(),
        catch_all: false,
        conditions: sla_policy::Conditions {
            tiers: vec!["plus".to_owned(), "standard".to_owned()],
            ..sla_policy::Conditions::default()
        },
        targets: sla_policy::Targets(Preset::Severity.targets()),
        steps: sla_policy::Steps(steps),
        close_seconds: Some(1),
        ..shipped.clone()
    };
    let rules = Rulebook::new(7, vec![severe, shipped], &[office])?;
    replay_all(&Arc::new(rules), 30..33)
}

#[test]
fn a_desk_without_rules_has_no_timers_that_fire() -> Result<()> {
    let rules = Arc::new(Rulebook::new(1, Vec::new(), &[])?);
    replay_all(&rules, 40..41)
}
