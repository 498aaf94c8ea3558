//! Events for the tests.

use domain::{EventData, Facets, rating::RatingNote, sla::SlaNote};
use entity::{
    EventKind, MessageId, Priority, Role, SlaState, TicketId, TicketSource, TicketStatus,
    TimerKind, Timestamp, UserId, Visibility, event, message,
};
use uuid::Uuid;

use super::TicketRef;

pub(super) const SOURCE: &str = "https://desk.example.com";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(0x0197_5e3a_0000_7000_8000_0000_0000_0000 + number).into()
}

pub(super) fn ticket() -> TicketRef {
    TicketRef {
        number: "SUP-00042".to_owned(),
        subject: "My order is late".to_owned(),
    }
}

fn facets() -> Facets {
    Facets {
        status: TicketStatus::InProgress,
        priority: Priority::High,
        category: id(1),
        source: TicketSource::App,
        requester: id(2),
        assignee: Some(id(3)),
        co_assignees: vec![id(4)],
        team: None,
        tags: vec!["vip".to_owned()],
        created_at: at("2026-03-02T09:14:07.5Z"),
        escalated: false,
        sla_state: Some(SlaState::Running),
        unattended: false,
        assignee_away: false,
        sensitive: false,
        subjects: vec![id(9)],
    }
}

/// The message that [`event`] tells of.
pub(super) fn message(body: &str, internal: bool) -> message::Model {
    message::Model {
        id: id::<MessageId>(6),
        ticket_id: id::<TicketId>(5),
        author_id: Some(id::<UserId>(3)),
        author_role: Role::Agent,
        body: body.to_owned(),
        internal,
        created_at: at("2026-03-02T09:20:31.25Z"),
    }
}

/// An event of this kind, much as the desk writes it.
pub(super) fn event(kind: EventKind) -> (event::Model, EventData) {
    let after = facets();
    let mut data = EventData {
        before: None,
        after: after.clone(),
        subject: None,
        sla: None,
        rating: None,
    };
    let note = SlaNote {
        kind: TimerKind::Resolution,
        cycle: 1,
        level: "100%".to_owned(),
        due_at: at("2026-03-02T09:20:31Z"),
        policy: "Standard".to_owned(),
        tell: Vec::new(),
    };
    let mut by_the_desk = false;
    let mut visibility = Visibility::Staff;
    match kind {
        EventKind::TicketCreated | EventKind::ReplyAdded => visibility = Visibility::Public,
        EventKind::InternalNoteAdded => {}
        EventKind::StatusChanged | EventKind::TicketResolved | EventKind::TicketReopened => {
            visibility = Visibility::Public;
            data.before = Some(Facets {
                status: TicketStatus::WaitingOnUser,
                ..after
            });
        }
        EventKind::TicketRated => {
            visibility = Visibility::Public;
            data.rating = Some(RatingNote {
                score: 4,
                comment: Some("Quick and friendly.".to_owned()),
            });
        }
        EventKind::TicketAssigned => {
            visibility = Visibility::Public;
            data.before = Some(Facets {
                assignee: None,
                ..after
            });
        }
        EventKind::TicketUpdated => {
            visibility = Visibility::Public;
            data.before = Some(Facets {
                priority: Priority::Low,
                category: id(7),
                team: Some(id(8)),
                tags: Vec::new(),
                subjects: vec![id(10)],
                ..after
            });
            data.subject = Some(("Late".to_owned(), "My order is very late".to_owned()));
        }
        EventKind::CoAssigneesChanged => {
            data.before = Some(Facets {
                co_assignees: Vec::new(),
                ..after
            });
        }
        EventKind::AssigneeAwayChanged => {
            data.before = Some(Facets {
                assignee_away: true,
                ..after
            });
        }
        EventKind::SlaChanged => {
            by_the_desk = true;
            data.before = Some(Facets {
                sla_state: None,
                ..after
            });
        }
        EventKind::TicketClosed | EventKind::FollowUpDue => {
            by_the_desk = true;
            visibility = Visibility::Public;
            data.sla = Some(note);
            data.before = Some(Facets {
                status: TicketStatus::Resolved,
                ..after
            });
        }
        EventKind::SlaWarning | EventKind::SlaOverdue => {
            by_the_desk = true;
            data.sla = Some(note);
        }
        EventKind::SlaBreached | EventKind::TicketEscalated => {
            by_the_desk = true;
            data.sla = Some(note);
            data.before = Some(Facets {
                escalated: true,
                ..after
            });
        }
        EventKind::TicketUnattended => {
            by_the_desk = true;
            data.sla = Some(note);
            data.before = Some(Facets {
                unattended: true,
                ..after
            });
        }
    }
    let writes = matches!(kind, EventKind::ReplyAdded | EventKind::InternalNoteAdded);
    let event = event::Model {
        seq: 4711,
        xid: 99,
        ticket_id: id(5),
        ticket_version: 3,
        kind,
        actor_id: (!by_the_desk).then(|| id(3)),
        actor_role: if by_the_desk {
            Role::System
        } else {
            Role::Agent
        },
        visibility,
        at: at("2026-03-02T09:20:31.25Z"),
        message_id: writes.then(|| id(6)),
        data: serde_json::to_value(&data).unwrap(),
    };
    (event, data)
}
