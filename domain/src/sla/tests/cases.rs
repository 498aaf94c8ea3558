//! The cases of `sla.md` with numbers worked out by hand. Office hours are 9 to 17 in Berlin, at
//! UTC+1 until the 29th of March 2026 and at UTC+2 from then on; Easter is the 5th of April.

use entity::{
    EscalationAction::{Escalate, NotifyAssignees, RaisePriority},
    Priority::{self, High, Low, Medium, Urgent},
    SlaState,
    TicketStatus::{InProgress, Resolved, WaitingOnUser},
    TimerKind::{self, FirstResponse, NextResponse, Resolution},
    Timestamp,
    calendar::Hours,
    sla_policy::At,
    timer::{Model, Pause},
};

use super::{
    super::{
        Rulebook,
        clock::{Clock, SegmentKind},
        state,
    },
    at,
    history::{Act, Desk, calendar, policy, step, target},
};

pub(super) const HOUR: i64 = 3_600;
/// Monday the 23rd of March 2026, 9:00 in Berlin.
pub(super) const MONDAY: &str = "2026-03-23T08:00:00Z";

/// Office hours for all, with `resolution` hours for a ticket of MEDIUM priority; around the clock
/// for team 1. Resolving one of LOW priority is best effort.
pub(super) fn rules(resolution: i64) -> Rulebook {
    let hours = |day, from, to| Hours { day, from, to };
    let office: Vec<_> = (0..5).map(|day| hours(day, 540, 1_020)).collect();
    let always: Vec<_> = (0..7).map(|day| hours(day, 0, 1_440)).collect();
    let mut targets = Vec::new();
    for (priority, first, next, resolution) in [
        (Urgent, 1, 1, 4),
        (High, 2, 1, 8),
        (Medium, 4, 3, resolution),
    ] {
        targets.push(target(FirstResponse, priority, first * HOUR));
        targets.push(target(NextResponse, priority, next * HOUR));
        targets.push(target(Resolution, priority, resolution * HOUR));
    }
    targets.push(target(FirstResponse, Low, 8 * HOUR));
    let mut steps = Vec::new();
    for kind in TimerKind::SLA {
        steps.push(step(kind, At::Percent(80), NotifyAssignees));
        steps.push(step(kind, At::Percent(100), Escalate));
    }
    let of_team = vec![target(Resolution, Medium, 10 * HOUR)];
    let policies = vec![
        policy(1, Some(1), of_team, Vec::new()),
        policy(2, None, targets, steps),
    ];
    let calendars = [
        calendar(1, "UTC", &always, &[]),
        calendar(2, "Europe/Berlin", &office, &["2026-04-03", "2026-04-06"]),
    ];
    Rulebook::new(1, policies, &calendars).unwrap()
}

pub(super) fn when(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A ticket of MEDIUM priority that its customer opened.
pub(super) fn opened(text: &str) -> Desk {
    Desk::new(rules(16), Medium, false, when(text))
}

/// What happens at which times.
pub(super) fn play(desk: &mut Desk, acts: &[(&str, Act)]) {
    for &(text, act) in acts {
        desk.act(when(text), act);
    }
}

pub(super) fn latest(desk: &Desk, kind: TimerKind) -> &Model {
    desk.cycles(kind).pop().unwrap()
}

pub(super) fn due(desk: &Desk, kind: TimerKind) -> Option<Timestamp> {
    latest(desk, kind).due_at
}

const WAIT: Act = Act::Set(WaitingOnUser);

#[test]
fn a_pause_over_a_night_and_a_weekend() {
    // One hour until Friday 16:00, and 15 from Monday 10:00: 7 on Monday, 8 on Tuesday.
    let mut desk = opened("2026-03-27T14:00:00Z");
    play(
        &mut desk,
        &[
            ("2026-03-27T14:30:00Z", Act::Staff),
            ("2026-03-27T15:00:00Z", WAIT),
        ],
    );
    assert_eq!(due(&desk, Resolution), None);
    assert_eq!(desk.ticket.sla_state, Some(SlaState::Paused));
    play(&mut desk, &[("2026-03-30T08:00:00Z", Act::Customer)]);
    assert_eq!(due(&desk, Resolution), Some(when("2026-03-31T15:00:00Z")));

    let row = latest(&desk, Resolution);
    let policy = desk.rules.policy(row.policy_id.unwrap()).unwrap();
    let calendar = desk.rules.calendar(policy, Resolution);
    let clock = Clock::new(&calendar, row.started_at.timestamp(), &row.pauses.0);
    let segments = clock.until(at("2026-03-31T15:00:00Z"));
    let segments: Vec<_> = segments
        .map(|part| (part.to - part.from, part.kind))
        .collect();
    let expected = [
        (HOUR, SegmentKind::Counted),
        // From Friday 16:00 to Monday 10:00, with an hour less on Sunday.
        (65 * HOUR, SegmentKind::Paused),
        (7 * HOUR, SegmentKind::Counted),
        (16 * HOUR, SegmentKind::ClosedHours),
        (8 * HOUR, SegmentKind::Counted),
    ];
    assert_eq!(segments, expected);
}

#[test]
fn a_pause_over_holidays() {
    // Half an hour on Thursday; after Easter 7.5 hours on Tuesday and 8 on Wednesday.
    let mut desk = opened("2026-04-02T14:00:00Z");
    // 1 on Thursday, 8 on Tuesday, 7 on Wednesday.
    assert_eq!(due(&desk, Resolution), Some(when("2026-04-08T14:00:00Z")));
    play(
        &mut desk,
        &[
            ("2026-04-02T14:10:00Z", Act::Staff),
            ("2026-04-02T14:30:00Z", WAIT),
        ],
    );
    play(&mut desk, &[("2026-04-07T07:30:00Z", Act::Customer)]);
    assert_eq!(due(&desk, Resolution), Some(when("2026-04-08T15:00:00Z")));
}

#[test]
fn a_pause_while_closed_changes_nothing() {
    // 1 on Thursday, 8 on Friday, 7 on Monday.
    let mut desk = opened("2026-03-26T15:00:00Z");
    let before = due(&desk, Resolution);
    assert_eq!(before, Some(when("2026-03-30T14:00:00Z")));
    play(
        &mut desk,
        &[
            ("2026-03-27T19:00:00Z", Act::Staff),
            ("2026-03-27T19:00:00Z", WAIT),
        ],
    );
    play(&mut desk, &[("2026-03-28T11:00:00Z", Act::Set(InProgress))]);
    assert_eq!(due(&desk, Resolution), before);
}

#[test]
fn paused_twice() {
    // 9 to 10, 11 to 16, Tuesday 10 to 17: 13 hours; the other 3 on Wednesday.
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            ("2026-03-23T09:00:00Z", WAIT),
            ("2026-03-23T10:00:00Z", Act::Set(InProgress)),
            ("2026-03-23T15:00:00Z", WAIT),
            ("2026-03-24T09:00:00Z", Act::Set(InProgress)),
        ],
    );
    assert_eq!(due(&desk, Resolution), Some(when("2026-03-25T11:00:00Z")));
    let pause = |from, to| Pause {
        from: at(from),
        to: Some(at(to)),
    };
    let expected = [
        pause("2026-03-23T09:00:00Z", "2026-03-23T10:00:00Z"),
        pause("2026-03-23T15:00:00Z", "2026-03-24T09:00:00Z"),
    ];
    assert_eq!(latest(&desk, Resolution).pauses.0, expected);
}

#[test]
fn a_pause_after_the_breach_takes_nothing_back() {
    // Due on Tuesday at 17:00; no job has come by when staff begin to wait on Wednesday.
    let missed = when("2026-03-24T16:00:00Z");
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            ("2026-03-25T09:00:00Z", WAIT),
        ],
    );
    assert_eq!(desk.fired(), ["RESOLUTION 1 100%"]);
    assert_eq!(latest(&desk, Resolution).breached_at, Some(missed));
    assert_eq!(state(latest(&desk, Resolution)), Some(SlaState::Breached));
    assert_eq!(due(&desk, Resolution), Some(missed));
    play(&mut desk, &[("2026-03-25T10:00:00Z", Act::Customer)]);
    desk.job(when("2026-03-25T10:30:00Z"));
    assert_eq!(due(&desk, Resolution), Some(missed));
    assert_eq!(desk.shots.len(), 1);
}

#[test]
fn a_changed_priority_during_a_pause() {
    // Two of eight hours until 11:00; the other six from Tuesday 9:00.
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            ("2026-03-23T10:00:00Z", WAIT),
            ("2026-03-23T12:00:00Z", Act::Priority(High)),
        ],
    );
    assert_eq!(due(&desk, Resolution), None);
    play(&mut desk, &[("2026-03-24T08:00:00Z", Act::Customer)]);
    assert_eq!(due(&desk, Resolution), Some(when("2026-03-24T14:00:00Z")));
}

/// Found by `the_books_are_in_order`: nothing told of such a breach, but it was on record.
#[test]
fn a_target_that_was_used_up_before_the_pause_is_missed_in_it() {
    // Five hours until 14:00, then four are allowed: they were over at 13:00.
    let missed = Some(when("2026-03-23T12:00:00Z"));
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            ("2026-03-23T13:00:00Z", WAIT),
            ("2026-03-23T14:00:00Z", Act::Priority(Urgent)),
            ("2026-03-23T14:30:00Z", Act::Set(Resolved)),
        ],
    );
    assert_eq!(latest(&desk, Resolution).breached_at, missed);
    assert_eq!(desk.fired(), ["RESOLUTION 1 100%"]);
}

#[test]
fn another_policy_during_a_pause() {
    // Around the clock 2 of 10 hours until 10:00 UTC, the other 8 from 12:00.
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            ("2026-03-23T10:00:00Z", WAIT),
            ("2026-03-23T11:00:00Z", Act::Team(Some(1))),
            ("2026-03-23T12:00:00Z", Act::Set(InProgress)),
        ],
    );
    assert_eq!(due(&desk, Resolution), Some(when("2026-03-23T20:00:00Z")));
    // Office hours again: 2 and 4 on Monday, 8 on Tuesday, 2 on Wednesday.
    play(&mut desk, &[("2026-03-23T13:00:00Z", Act::Team(None))]);
    assert_eq!(due(&desk, Resolution), Some(when("2026-03-25T10:00:00Z")));
}

#[test]
fn a_target_that_goes_away_and_comes_back() {
    let mut desk = opened(MONDAY);
    let before = due(&desk, Resolution);
    play(&mut desk, &[("2026-03-23T09:00:00Z", Act::Priority(Low))]);
    let row = latest(&desk, Resolution);
    assert_eq!(
        (row.due_at, row.fire_at, row.target_seconds),
        (None, None, None)
    );
    assert_eq!((state(row), row.stopped_at), (None, None));
    assert_eq!(
        due(&desk, FirstResponse),
        Some(when("2026-03-23T16:00:00Z"))
    );
    desk.job(when("2026-03-30T09:00:00Z"));
    assert_eq!(desk.fired(), ["FIRST_RESPONSE 1 100%"]);
    // What was best effort for a week was a promise all along.
    play(
        &mut desk,
        &[("2026-03-30T09:00:00Z", Act::Priority(Medium))],
    );
    assert_eq!(due(&desk, Resolution), before);
}

#[test]
fn an_edited_policy_sends_no_warning_twice() {
    let mut desk = opened(MONDAY);
    play(&mut desk, &[("2026-03-23T08:30:00Z", Act::Staff)]);
    // 80 % are 12 hours 48 minutes: 8 on Monday, the rest on Tuesday until 13:48.
    desk.job(when("2026-03-24T12:47:59Z"));
    assert!(desk.shots.is_empty());
    desk.job(when("2026-03-24T12:48:00Z"));
    assert_eq!(desk.fired(), ["RESOLUTION 1 80%"]);
    desk.edit(rules(20));
    assert_eq!(due(&desk, Resolution), Some(when("2026-03-25T12:00:00Z")));
    assert_eq!(latest(&desk, Resolution).fire_at, due(&desk, Resolution));
    desk.job(when("2026-03-25T12:00:00Z"));
    assert_eq!(desk.fired(), ["RESOLUTION 1 80%", "RESOLUTION 1 100%"]);
}

/// Found by `the_books_are_in_order`: the level counted as done with, so nothing ever fired.
#[test]
fn a_target_shortened_while_resolved_is_missed_at_reopening() {
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            // After five hours, of which HIGH would allow eight and URGENT four.
            ("2026-03-23T13:00:00Z", Act::Set(Resolved)),
            ("2026-03-23T13:30:00Z", Act::Priority(Urgent)),
            ("2026-03-24T08:00:00Z", Act::Reopen { by_customer: false }),
        ],
    );
    desk.job(when("2026-03-24T08:01:00Z"));
    assert_eq!(desk.fired(), ["RESOLUTION 2 100%"]);
    let missed = Some(when("2026-03-23T12:00:00Z"));
    assert_eq!(latest(&desk, Resolution).breached_at, missed);
}

/// Found by `many_jobs_do_what_one_late_job_does`: the clock with the oldest warning went first.
#[test]
fn a_late_job_takes_breaches_in_their_order() {
    let always: Vec<_> = (0..7)
        .map(|day| Hours {
            day,
            from: 0,
            to: 1_440,
        })
        .collect();
    let of = |kind, priority: Priority, hours| target(kind, priority, hours * HOUR);
    let targets = vec![
        of(FirstResponse, Medium, 3),
        of(FirstResponse, High, 1),
        of(Resolution, Medium, 2),
        of(Resolution, High, 2),
    ];
    let steps = vec![
        step(FirstResponse, At::Percent(50), NotifyAssignees),
        step(Resolution, At::Percent(100), RaisePriority),
    ];
    let policies = vec![policy(1, None, targets, steps)];
    let rules = Rulebook::new(1, policies, &[calendar(1, "UTC", &always, &[])]).unwrap();
    let mut desk = Desk::new(rules, Medium, false, when(MONDAY));
    desk.job(when("2026-03-23T20:00:00Z"));
    // At 10:00 the ticket becomes urgent enough that its first response was due at 9:00.
    assert_eq!(desk.fired(), ["RESOLUTION 1 100%", "FIRST_RESPONSE 1 100%"]);
    let due: Vec<_> = desk.shots.iter().map(|shot| shot.note.due_at).collect();
    assert_eq!(
        due,
        [when("2026-03-23T10:00:00Z"), when("2026-03-23T09:00:00Z")]
    );
}
