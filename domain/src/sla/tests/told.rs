//! What a history of a ticket says about its clocks, read off the table of `sla.md`.

use std::collections::BTreeSet;

use entity::{
    TicketStatus::{Closed, InProgress, Open, Resolved, WaitingOnUser},
    TimerKind::{self, FirstResponse, NextResponse, Resolution},
    Timestamp,
    timer::{Model, Pause},
};
use proptest::prelude::*;

use super::{
    history::{Desk, Told, time},
    timers::FRIDAY,
};

/// The books, whoever wrote them.
pub(super) fn in_order(desk: &Desk, now: Timestamp) -> Result<(), TestCaseError> {
    for &kind in TimerKind::ALL {
        let rows = desk.cycles(kind);
        for (cycle, row) in (1..).zip(&rows) {
            prop_assert_eq!(row.cycle, cycle, "a gap in {:?}", kind);
            let last = usize::try_from(cycle).unwrap() == rows.len();
            prop_assert_eq!(row.latest, last);
            prop_assert!(last || row.stopped_at.is_some(), "two run: {:?}", kind);
            let mut end = i64::MIN;
            for (place, pause) in row.pauses.0.iter().enumerate() {
                prop_assert!(end < pause.from, "two touch: {row:?}");
                let may_last = place + 1 == row.pauses.0.len() && row.stopped_at.is_none();
                prop_assert!(pause.to.is_some() || may_last, "{row:?}");
                end = pause.to.unwrap_or(i64::MAX);
                prop_assert!(pause.from < end);
            }
            prop_assert!(row.stopped_at.is_none() || row.fire_at.is_none());
            // In time is what stopped by the due time, and nothing else.
            let late = row
                .stopped_at
                .zip(row.due_at)
                .is_some_and(|(at, due)| due < at);
            prop_assert!(!kind.is_sla() || !late || row.breached_at.is_some());
        }
    }
    as_told(desk, now)?;
    let mut once = BTreeSet::new();
    prop_assert!(desk.fired().into_iter().all(|fired| once.insert(fired)));
    Ok(())
}

/// When a clock ran, as the history tells.
#[derive(Debug, PartialEq, Eq)]
struct Ran {
    start: i64,
    stop: Option<Timestamp>,
    paused: Vec<Pause>,
}

/// The stretches in which `still` holds, from the first entry on.
fn stood(desk: &Desk, from: i64, still: impl Fn(&Told) -> Option<bool>) -> Vec<Pause> {
    let mut paused: Vec<Pause> = Vec::new();
    let mut is_still = false;
    for (at, told) in &desk.told {
        let at = at.timestamp();
        match still(told) {
            Some(true) if !is_still => match paused.last_mut() {
                Some(last) if last.to == Some(at) => last.to = None,
                Some(_) | None => paused.push(Pause { from: at, to: None }),
            },
            Some(false) if is_still => {
                if let Some(last) = paused.last_mut() {
                    last.to = Some(at);
                }
                paused.retain(|pause| pause.to != Some(pause.from));
            }
            Some(_) | None => continue,
        }
        is_still = !is_still;
    }
    paused.retain_mut(|pause| {
        pause.from = pause.from.max(from);
        pause.to.is_none_or(|to| to > pause.from)
    });
    paused
}

/// The clocks against the table of the specification, told anew from the history.
fn as_told(desk: &Desk, now: Timestamp) -> Result<(), TestCaseError> {
    let ran = |row: &Model| Ran {
        start: row.started_at.timestamp(),
        stop: row.stopped_at,
        paused: row.pauses.0.clone(),
    };
    // FIRST_RESPONSE.
    let first = desk.told.iter().find(|(_, told)| *told == Told::Staff);
    let first = first.map(|(at, _)| *at);
    let row = desk.row(FirstResponse, 1);
    prop_assert_eq!(desk.cycles(FirstResponse).len(), 1);
    prop_assert_eq!((row.started_at, row.stopped_at), (time(FRIDAY, 0), first));
    let withdrawn = |told: &Told| match *told {
        Told::Status {
            to: Closed,
            by_customer,
        } => by_customer.then_some(true),
        Told::Status {
            to: Open | InProgress | WaitingOnUser,
            ..
        } => Some(false),
        Told::Status { to: Resolved, .. } | Told::Staff | Told::Customer => None,
    };
    let mut paused = stood(desk, FRIDAY, withdrawn);
    paused.retain(|pause| first.is_none_or(|first| pause.from < first.timestamp()));
    prop_assert_eq!(&row.pauses.0, &paused);

    // NEXT_RESPONSE: from the oldest message without an answer.
    let mut cycles: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
    let mut answered = false;
    for &(at, told) in &desk.told {
        let open = cycles.last_mut().filter(|(_, end)| end.is_none());
        match (told, open) {
            (Told::Customer, None) if answered => cycles.push((at, None)),
            (Told::Staff, open) => {
                answered = true;
                if let Some(open) = open {
                    open.1 = Some(at);
                }
            }
            (
                Told::Status {
                    to: Resolved | Closed,
                    ..
                },
                Some(open),
            ) => open.1 = Some(at),
            (Told::Customer | Told::Status { .. }, _) => {}
        }
    }
    let rows = desk.cycles(NextResponse);
    prop_assert_eq!(rows.len(), cycles.len());
    let waiting = |told: &Told| match *told {
        Told::Status { to, .. } => Some(to == WaitingOnUser),
        Told::Staff | Told::Customer => None,
    };
    for (row, (start, stop)) in rows.into_iter().zip(cycles) {
        let mut paused = stood(desk, start.timestamp(), waiting);
        if let Some(stop) = stop.map(|stop| stop.timestamp()) {
            paused.retain(|pause| pause.from < stop);
            if let Some(last) = paused.last_mut() {
                last.to = Some(last.to.map_or(stop, |to| to.min(stop)));
            }
        }
        let start = start.timestamp();
        prop_assert_eq!(
            ran(row),
            Ran {
                start,
                stop,
                paused
            },
            "{:?}",
            now
        );
    }

    // RESOLUTION: whenever somebody should be at work.
    let still = |told: &Told| match *told {
        Told::Status { to, .. } => Some(matches!(to, WaitingOnUser | Resolved | Closed)),
        Told::Staff | Told::Customer => None,
    };
    let mut paused = stood(desk, FRIDAY, still);
    let row = desk.cycles(Resolution).pop().unwrap();
    let done = matches!(desk.ticket.status, Resolved | Closed);
    prop_assert_eq!(row.stopped_at.is_some(), done);
    let mut known = row.pauses.0.clone();
    if let Some(stop) = row.stopped_at.map(|stop| stop.timestamp()) {
        // Standing still from the stop on: the row need not say so, the history does.
        match known.last_mut() {
            Some(last) if last.to == Some(stop) => last.to = None,
            Some(_) | None => known.push(Pause {
                from: stop,
                to: None,
            }),
        }
    }
    paused.retain(|pause| pause.to != Some(pause.from));
    prop_assert_eq!(known, paused);
    Ok(())
}
