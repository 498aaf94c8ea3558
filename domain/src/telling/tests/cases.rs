//! One case after the other, as the requirements name them (N1, S4, S7).

use entity::{Audience, EventKind, MailMode, NotificationKind, Priority, TimerKind, Timestamp};
use entity::{Role, UserId, Visibility};
use uuid::Uuid;

use super::*;
use crate::{sla::SlaNote, telling::preference::Preference};

/// What is told of an event of `kind` that `actor` caused, where nothing else happened.
fn of(kind: EventKind, actor: Option<u128>) -> Vec<String> {
    with(kind, actor, &[kind], |_| ())
}

fn with(
    kind: EventKind,
    actor: Option<u128>,
    together: &[EventKind],
    change: impl FnOnce(&mut EventData),
) -> Vec<String> {
    let staff_only = [
        EventKind::InternalNoteAdded,
        EventKind::CoAssigneesChanged,
        EventKind::SlaWarning,
        EventKind::SlaBreached,
        EventKind::TicketUnattended,
    ];
    let visibility = if staff_only.contains(&kind) {
        Visibility::Staff
    } else {
        Visibility::Public
    };
    let mut data = data(facets());
    change(&mut data);
    let event = event(kind, actor.map(id), visibility);
    told(&planned(&event, &data, together, &directory()))
}

fn note(kind: TimerKind, tell: &[Audience]) -> SlaNote {
    SlaNote {
        kind,
        cycle: 1,
        level: "100%".to_owned(),
        due_at: Timestamp::default(),
        policy: "Everything".to_owned(),
        tell: tell.to_vec(),
    }
}

#[test]
fn a_new_ticket_is_acknowledged_and_the_admin_team_is_told() {
    assert_eq!(
        of(EventKind::TicketCreated, Some(CARLA)),
        [
            "TICKET_OPENED admin@desk.example mail",
            "TICKET_RECEIVED carla mail"
        ]
    );
}

#[test]
fn without_addresses_the_admin_team_are_the_supervisors() {
    let (event, data) = (
        event(
            EventKind::TicketCreated,
            Some(id(CARLA)),
            Visibility::Public,
        ),
        data(facets()),
    );
    let directory = Directory {
        admin_team: Vec::new(),
        ..directory()
    };
    assert_eq!(
        told(&planned(&event, &data, &[], &directory)),
        [
            "TICKET_OPENED sara mail",
            "TICKET_OPENED simon mail",
            "TICKET_RECEIVED carla mail"
        ]
    );
}

#[test]
fn replies_reach_the_other_side() {
    assert_eq!(
        of(EventKind::ReplyAdded, Some(ALICE)),
        ["STAFF_REPLIED carla app", "STAFF_REPLIED carla mail"]
    );
    assert_eq!(
        of(EventKind::ReplyAdded, Some(CARLA)),
        [
            "CUSTOMER_REPLIED alice app",
            "CUSTOMER_REPLIED alice mail",
            "CUSTOMER_REPLIED bob app",
            "CUSTOMER_REPLIED bob mail"
        ]
    );
}

#[test]
fn a_note_is_for_colleagues_and_not_mailed() {
    assert_eq!(
        of(EventKind::InternalNoteAdded, Some(ALICE)),
        ["NOTE_ADDED bob app"]
    );
}

#[test]
fn an_assignment_is_told_once_to_each_side() {
    let both = [EventKind::TicketAssigned, EventKind::StatusChanged];
    assert_eq!(
        with(EventKind::TicketAssigned, Some(SARA), &both, |_| ()),
        [
            "ASSIGNED_TO_YOU alice app",
            "ASSIGNED_TO_YOU alice mail",
            "TICKET_ASSIGNED carla app",
            "TICKET_ASSIGNED carla mail"
        ]
    );
    let nothing: [&str; 0] = [];
    assert_eq!(
        with(EventKind::StatusChanged, Some(SARA), &both, |_| ()),
        nothing
    );
    // Who takes a ticket knows it; who gives one back leaves nobody to tell.
    assert_eq!(
        of(EventKind::TicketAssigned, Some(ALICE)),
        ["TICKET_ASSIGNED carla app", "TICKET_ASSIGNED carla mail"]
    );
    let unassigned = with(EventKind::TicketAssigned, Some(ALICE), &[], |data| {
        data.after.assignee = None;
    });
    assert_eq!(unassigned, nothing);
}

#[test]
fn only_new_co_assignees_are_told() {
    let added = with(EventKind::CoAssigneesChanged, Some(ALICE), &[], |data| {
        data.before = Some(facets());
        data.after.co_assignees = vec![id(BOB), id(CHRIS)];
    });
    assert_eq!(
        added,
        ["ASSIGNED_TO_YOU chris app", "ASSIGNED_TO_YOU chris mail"]
    );
}

#[test]
fn the_end_of_a_ticket() {
    assert_eq!(
        of(EventKind::TicketResolved, Some(ALICE)),
        [
            "SURVEY carla mail",
            "TICKET_RESOLVED carla app",
            "TICKET_RESOLVED carla mail"
        ]
    );
    let closed = |actor, before| {
        with(EventKind::TicketClosed, actor, &[], |data| {
            data.after.status = TicketStatus::Closed;
            data.before = Some(Facets {
                status: before,
                ..facets()
            });
        })
    };
    // They were asked when it was resolved.
    assert_eq!(
        closed(None, TicketStatus::Resolved),
        ["STATUS_CHANGED carla app", "STATUS_CHANGED carla mail"]
    );
    // Who closes it knows that, and is asked all the same.
    assert_eq!(
        closed(Some(CARLA), TicketStatus::InProgress),
        ["SURVEY carla mail"]
    );
    let nothing: [&str; 0] = [];
    assert_eq!(of(EventKind::TicketRated, Some(CARLA)), nothing);
}

#[test]
fn without_a_survey_nobody_is_asked() {
    let directory = Directory {
        survey: false,
        ..directory()
    };
    for kind in [EventKind::TicketResolved, EventKind::TicketClosed] {
        let event = event(kind, Some(id(CARLA)), Visibility::Public);
        let told = told(&planned(&event, &data(facets()), &[], &directory));
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn a_reply_that_reopens_is_told_as_a_reply() {
    let both = [EventKind::ReplyAdded, EventKind::TicketReopened];
    let nothing: [&str; 0] = [];
    assert_eq!(
        with(EventKind::TicketReopened, Some(CARLA), &both, |_| ()),
        nothing
    );
    assert_eq!(
        of(EventKind::TicketReopened, Some(CARLA)),
        [
            "TICKET_REOPENED alice app",
            "TICKET_REOPENED alice mail",
            "TICKET_REOPENED bob app",
            "TICKET_REOPENED bob mail"
        ]
    );
    assert_eq!(
        of(EventKind::TicketReopened, Some(ALICE)),
        ["STATUS_CHANGED carla app", "STATUS_CHANGED carla mail"]
    );
}

#[test]
fn deadlines_reach_whom_the_policy_names() {
    let warned = with(EventKind::SlaWarning, None, &[], |data| {
        let both = [Audience::AdminTeam, Audience::Assignees];
        data.sla = Some(note(TimerKind::Resolution, &both));
    });
    assert_eq!(
        warned,
        [
            "SLA_WARNING admin@desk.example mail",
            "SLA_WARNING alice app",
            "SLA_WARNING alice mail",
            "SLA_WARNING bob app",
            "SLA_WARNING bob mail",
            "SLA_WARNING sara app",
            "SLA_WARNING simon app"
        ]
    );
    let nobody = with(EventKind::SlaBreached, None, &[], |data| {
        data.sla = Some(note(TimerKind::Resolution, &[]));
    });
    assert!(nobody.is_empty(), "{nobody:?}");
    let asked = with(EventKind::FollowUpDue, None, &[], |data| {
        data.sla = Some(note(TimerKind::FollowUp, &[Audience::Requester]));
    });
    assert_eq!(asked, ["FOLLOW_UP carla app", "FOLLOW_UP carla mail"]);
}

/// Digests take what is not urgent; breaches and urgent tickets go at once (requirement N4).
#[test]
fn digests_wait_and_urgent_news_do_not() {
    let mut directory = directory();
    let digest = Preference {
        mail: MailMode::Digest,
        in_app: false,
    };
    let wishes = NotificationKind::ALL
        .iter()
        .fold(Preferences::default(), |wishes, kind| {
            wishes.with(*kind, digest)
        });
    for number in [ALICE, BOB] {
        if let Some(person) = directory.people.get_mut(&id(number)) {
            person.preferences = wishes.clone();
        }
    }
    let of = |kind, priority| {
        let mut data = data(facets());
        data.after.priority = priority;
        data.sla = Some(note(TimerKind::Resolution, &[Audience::Assignees]));
        let event = event(kind, Some(id(CARLA)), Visibility::Public);
        told(&planned(&event, &data, &[], &directory))
    };
    assert_eq!(
        of(EventKind::ReplyAdded, Priority::High),
        [
            "CUSTOMER_REPLIED alice digest",
            "CUSTOMER_REPLIED bob digest"
        ]
    );
    assert_eq!(
        of(EventKind::ReplyAdded, Priority::Urgent),
        ["CUSTOMER_REPLIED alice mail", "CUSTOMER_REPLIED bob mail"]
    );
    assert_eq!(
        of(EventKind::SlaBreached, Priority::Low),
        ["SLA_BREACH alice mail", "SLA_BREACH bob mail"]
    );
}

#[test]
fn endpoints_get_the_kinds_that_they_named() {
    let (all, some): (u128, u128) = (70, 71);
    let directory = Directory {
        endpoints: vec![
            (Uuid::from_u128(all).into(), Vec::new()),
            (Uuid::from_u128(some).into(), vec![EventKind::TicketClosed]),
        ],
        people: std::collections::HashMap::<UserId, Person>::new(),
        admin_team: Vec::new(),
        ..directory()
    };
    let count = |kind| {
        let event = event(kind, None, Visibility::Public);
        planned(&event, &data(facets()), &[], &directory).len()
    };
    assert_eq!(count(EventKind::TicketUpdated), 1);
    assert_eq!(count(EventKind::TicketClosed), 2);
}

/// Somebody who was staff once.
#[test]
fn who_left_is_not_told_of_what_is_internal() {
    let mut directory = directory();
    directory.people.insert(id(ALICE), person(Role::Customer));
    let event = event(EventKind::ReplyAdded, Some(id(CARLA)), Visibility::Public);
    let told = told(&planned(&event, &data(facets()), &[], &directory));
    assert_eq!(
        told,
        ["CUSTOMER_REPLIED bob app", "CUSTOMER_REPLIED bob mail"]
    );
}
