//! Letters to try templates with: of each kind some with everything and some with as little as can be.

use chrono::DateTime;
use entity::{NotificationKind, Priority, TicketStatus, TimerKind};

use super::letter::{Entry, Letter, Promise, Reader, TicketLine};

/// Letters of each kind, to staff and to a customer.
pub(super) fn letters() -> impl Iterator<Item = Letter> {
    let kinds = NotificationKind::ALL.iter();
    kinds.flat_map(|kind| {
        [true, false]
            .into_iter()
            .flat_map(|staff| [full(*kind, staff), scant(*kind, staff)])
    })
}

/// A letter that has all that one of its kind can have.
pub(super) fn full(kind: NotificationKind, staff: bool) -> Letter {
    Letter {
        reader: Reader {
            name: Some("Ada".to_owned()),
            staff,
        },
        actor: Some("Bob".to_owned()),
        message: Some("First line\n\n  Second line".to_owned()),
        unsubscribe_url: Some("http://localhost:8080/unsubscribe?token=sample".to_owned()),
        ..scant(kind, staff)
    }
}

/// A letter that has only what each of its kind has.
pub(super) fn scant(kind: NotificationKind, staff: bool) -> Letter {
    let digest = kind == NotificationKind::Digest;
    let sla = matches!(
        kind,
        NotificationKind::SlaWarning | NotificationKind::SlaBreach
    );
    let noon = DateTime::UNIX_EPOCH;
    let entry = |number: &str, kind| Entry {
        kind,
        number: number.to_owned(),
        subject: "The printer is on fire".to_owned(),
        url: format!("http://localhost:8080/tickets/{number}"),
        at: noon,
        actor: None,
    };
    Letter {
        kind,
        reader: Reader { name: None, staff },
        ticket: (!digest).then(|| TicketLine {
            number: "SUP-00001".to_owned(),
            subject: "The printer is on fire".to_owned(),
            status: TicketStatus::InProgress,
            priority: Priority::High,
            url: "http://localhost:8080/tickets/SUP-00001".to_owned(),
        }),
        actor: None,
        message: None,
        new_status: (kind == NotificationKind::StatusChanged).then_some(TicketStatus::InProgress),
        promise: sla.then_some(Promise {
            target: TimerKind::FirstResponse,
            due_at: noon,
            policy: None,
        }),
        reopen_days: 14,
        survey_url: (kind == NotificationKind::Survey)
            .then(|| "http://localhost:8080/survey?token=sample".to_owned()),
        unsubscribe_url: None,
        entries: if digest {
            vec![
                entry("SUP-00001", NotificationKind::CustomerReplied),
                entry("SUP-00002", NotificationKind::AssignedToYou),
                entry("SUP-00001", NotificationKind::NoteAdded),
            ]
        } else {
            Vec::new()
        },
        product: "Support".to_owned(),
    }
}
