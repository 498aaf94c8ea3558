//! Letters to try templates with: of each kind some with everything and some with as little as can be.

use chrono::{DateTime, NaiveDate, TimeDelta};
use domain::stats::{
    WEEKLY_FORMAT, WeeklyAge, WeeklyDay, WeeklyDirection, WeeklyFigure, WeeklyFigureName,
    WeeklyGroup, WeeklyPeakHour, WeeklyReport, WeeklySpike, WeeklySpikeKind,
};
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
        report: (kind == NotificationKind::WeeklyReport).then(|| report(true)),
        ..scant(kind, staff)
    }
}

/// A letter that has only what each of its kind has.
pub(super) fn scant(kind: NotificationKind, staff: bool) -> Letter {
    let digest = kind == NotificationKind::Digest;
    let weekly = kind == NotificationKind::WeeklyReport;
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
        ticket: (!digest && !weekly).then(|| TicketLine {
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
        report: weekly.then(|| report(false)),
        product: "Support".to_owned(),
    }
}

/// A report with all that one can have, or of a week in which nothing happened.
pub(super) fn report(full: bool) -> WeeklyReport {
    let from = DateTime::UNIX_EPOCH + TimeDelta::days(20_521);
    let monday = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap_or_default();
    let tickets = if full {
        [(9, 4), (14, 11), (7, 12), (0, 8), (11, 5), (2, 0), (1, 1)]
    } else {
        [(0, 0); 7]
    };
    let day = |(date, (created, resolved)): (NaiveDate, (i64, i64))| WeeklyDay {
        day: date.to_string(),
        created,
        resolved,
    };
    let group = |name: &str, created, resolved| WeeklyGroup {
        name: name.to_owned(),
        created,
        created_before: 7,
        resolved,
        resolved_before: 9,
        first_response_median_seconds: (resolved > 0).then_some(7_500.0),
        compliance: (resolved > 0).then_some(0.935),
    };
    let some = |rows: Vec<WeeklyGroup>| if full { rows } else { Vec::new() };
    let age = |(from, to, tickets): (i64, Option<i64>, i64)| WeeklyAge {
        from_seconds: from * 86_400,
        to_seconds: to.map(|to| to * 86_400),
        tickets: if full { tickets } else { 0 },
    };
    let ages = [
        (0, Some(1), 6),
        (1, Some(3), 9),
        (3, Some(7), 4),
        (7, Some(30), 2),
        (30, None, 1),
    ];
    WeeklyReport {
        format: WEEKLY_FORMAT,
        week: "2026-W11".to_owned(),
        from,
        to: from + TimeDelta::days(7),
        time_zone: "UTC".to_owned(),
        created_at: from + TimeDelta::days(7) + TimeDelta::minutes(15),
        figures: WeeklyFigureName::ALL
            .into_iter()
            .map(|name| figure(name, full))
            .collect(),
        days: monday.iter_days().zip(tickets).map(day).collect(),
        categories: some(vec![
            group("Payments", 18, 15),
            group("Bug", 12, 14),
            group("Account", 9, 0),
        ]),
        teams: some(vec![group("First line", 30, 28)]),
        agents: some(vec![group("Ada", 0, 22), group("Bob", 2, 19)]),
        peak_hour: full.then_some(WeeklyPeakHour {
            weekday: 1,
            hour: 9,
            created: 5,
        }),
        backlog_by_age: ages.into_iter().map(age).collect(),
        spikes: if full {
            vec![WeeklySpike {
                kind: WeeklySpikeKind::Category,
                name: "Payments".to_owned(),
                now: 18,
                expected: 7.5,
                ratio: 2.4,
            }]
        } else {
            Vec::new()
        },
    }
}

fn figure(name: WeeklyFigureName, full: bool) -> WeeklyFigure {
    use WeeklyDirection::{Above, Below};
    let (value, previous, target) = match name {
        WeeklyFigureName::Created => (44.0, 39.0, None),
        WeeklyFigureName::Resolved => (41.0, 45.0, None),
        WeeklyFigureName::Reopened => (3.0, 1.0, None),
        WeeklyFigureName::Escalated => (5.0, 6.0, None),
        WeeklyFigureName::Backlog => (22.0, 19.0, None),
        WeeklyFigureName::Compliance => (0.935, 0.88, Some((Above, 0.9))),
        WeeklyFigureName::FirstResponseMedian => (7_500.0, 9_000.0, Some((Below, 43_200.0))),
        WeeklyFigureName::FirstResponseAverage => (11_700.0, 14_400.0, None),
        WeeklyFigureName::FirstResponseP90 => (36_000.0, 50_400.0, None),
        WeeklyFigureName::FirstResolutionMedian => (190_000.0, 160_000.0, Some((Below, 172_800.0))),
        WeeklyFigureName::FirstResolutionAverage => (210_000.0, 180_000.0, None),
        WeeklyFigureName::FirstResolutionP90 => (400_000.0, 390_000.0, None),
        WeeklyFigureName::Satisfaction => (4.3, 4.1, Some((Above, 4.0))),
        WeeklyFigureName::Rated => (17.0, 12.0, None),
        WeeklyFigureName::FirstContactRate => (0.46, 0.51, None),
        WeeklyFigureName::ReopenedRate => (0.073, 0.022, Some((Below, 0.05))),
        WeeklyFigureName::EscalatedRate => (0.114, 0.154, Some((Below, 0.2))),
        WeeklyFigureName::TicketsPer100ActiveUsers => (3.4, 3.1, Some((Below, 5.0))),
    };
    let is_met = |(direction, target): (WeeklyDirection, f64)| match direction {
        Above => value > target,
        Below => value < target,
    };
    WeeklyFigure {
        name,
        value: full.then_some(value),
        previous: full.then_some(previous),
        target: target.map(|(_, target)| target),
        direction: target.map(|(direction, _)| direction),
        is_met: target.filter(|_| full).map(is_met),
    }
}
