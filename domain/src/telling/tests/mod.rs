//! What is told to whom, case by case and at random.

mod cases;
mod random;

use std::collections::HashMap;

use entity::{
    EventKind, NotificationKind, Priority, Role, TicketSource, TicketStatus, Timestamp, UserId,
    Visibility, event,
};
use uuid::Uuid;

use super::{Directory, News, Person, Telling, To, Via, plan, preference::Preferences};
use crate::{EventData, Facets};

/// The people of the tests: a customer, three of staff, two supervisors.
pub(super) const CARLA: u128 = 1;
pub(super) const ALICE: u128 = 2;
pub(super) const BOB: u128 = 3;
pub(super) const CHRIS: u128 = 4;
pub(super) const SARA: u128 = 5;
pub(super) const SIMON: u128 = 6;

pub(super) fn id(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

/// Carla's ticket, on which Alice works together with Bob.
pub(super) fn facets() -> Facets {
    Facets {
        status: TicketStatus::InProgress,
        priority: Priority::Medium,
        category: Uuid::from_u128(100).into(),
        source: TicketSource::App,
        requester: id(CARLA),
        assignee: Some(id(ALICE)),
        co_assignees: vec![id(BOB)],
        team: None,
        tags: Vec::new(),
        created_at: Timestamp::default(),
        escalated: false,
        sla_state: None,
        unattended: false,
        assignee_away: false,
        sensitive: false,
        subjects: Vec::new(),
    }
}

pub(super) fn data(after: Facets) -> EventData {
    EventData {
        before: None,
        after,
        subject: None,
        sla: None,
        rating: None,
    }
}

pub(super) fn event(
    kind: EventKind,
    actor: Option<UserId>,
    visibility: Visibility,
) -> event::Model {
    event::Model {
        seq: 1,
        xid: 0,
        ticket_id: Uuid::from_u128(50).into(),
        ticket_version: 1,
        kind,
        actor_id: actor,
        actor_role: Role::Agent,
        visibility,
        at: Timestamp::default(),
        message_id: None,
        data: serde_json::Value::Null,
    }
}

pub(super) fn person(role: Role) -> Person {
    Person {
        role,
        has_address: true,
        preferences: Preferences::default(),
    }
}

pub(super) fn directory() -> Directory {
    let people: HashMap<_, _> = [
        (CARLA, Role::Customer),
        (ALICE, Role::Agent),
        (BOB, Role::Agent),
        (CHRIS, Role::Agent),
        (SARA, Role::Supervisor),
        (SIMON, Role::Supervisor),
    ]
    .into_iter()
    .map(|(number, role)| (id(number), person(role)))
    .collect();
    Directory {
        people,
        supervisors: vec![id(SARA), id(SIMON)],
        admin_team: vec!["admin@desk.example".to_owned()],
        endpoints: Vec::new(),
        survey: true,
    }
}

/// What is told, as "KIND name channel", sorted.
pub(super) fn told(tellings: &[Telling]) -> Vec<String> {
    let names = ["", "carla", "alice", "bob", "chris", "sara", "simon"];
    let mut lines: Vec<_> = tellings
        .iter()
        .map(|telling| {
            let kind = telling.kind.map_or("EVENT", NotificationKind::as_str);
            let to = match &telling.to {
                To::Person(id) => usize::try_from(id.0.as_u128())
                    .ok()
                    .and_then(|number| names.get(number).copied())
                    .unwrap_or("?")
                    .to_owned(),
                To::Address(address) => address.clone(),
                To::Endpoint(id) => id.to_string(),
            };
            let via = match telling.via {
                Via::App => "app",
                Via::Mail => "mail",
                Via::Digest(_) => "digest",
                Via::Webhook => "webhook",
            };
            format!("{kind} {to} {via}")
        })
        .collect();
    lines.sort();
    lines
}

pub(super) fn planned(
    event: &event::Model,
    data: &EventData,
    together: &[EventKind],
    directory: &Directory,
) -> Vec<Telling> {
    plan(
        News {
            event,
            data,
            together,
        },
        directory,
    )
}
