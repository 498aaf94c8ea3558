//! The cases of `sla.md` on how cycles begin and end, with numbers worked out by hand.

use entity::{
    Priority::Medium,
    SlaState,
    TicketStatus::Resolved,
    TimerKind::{FirstResponse, NextResponse, Resolution},
    timer::Model,
};

use super::{
    super::{clock::Clock, state},
    cases::{HOUR, MONDAY, due, latest, opened, play, rules, when},
    history::{Act, Desk},
};

fn counted(desk: &Desk, row: &Model) -> i64 {
    let policy = desk.rules.policy(row.policy_id.unwrap()).unwrap();
    let calendar = desk.rules.calendar(policy, row.kind);
    let clock = Clock::new(&calendar, row.started_at.timestamp(), &row.pauses.0);
    clock.counted(row.stopped_at.unwrap().timestamp())
}

#[test]
fn the_oldest_of_three_messages_counts() {
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            ("2026-03-23T09:00:00Z", Act::Customer),
            ("2026-03-23T09:30:00Z", Act::Customer),
            ("2026-03-23T09:45:00Z", Act::Note),
            ("2026-03-23T10:00:00Z", Act::Customer),
            ("2026-03-23T10:15:00Z", Act::Note),
        ],
    );
    assert_eq!(desk.cycles(NextResponse).len(), 1);
    let row = latest(&desk, NextResponse);
    assert_eq!(row.started_at, when("2026-03-23T09:00:00Z"));
    assert_eq!(
        (row.due_at, row.stopped_at),
        (Some(when("2026-03-23T12:00:00Z")), None)
    );
    // On the dot is in time.
    play(
        &mut desk,
        &[
            ("2026-03-23T12:00:00Z", Act::Staff),
            ("2026-03-23T13:00:00Z", Act::Customer),
        ],
    );
    assert_eq!(state(desk.row(NextResponse, 1)), Some(SlaState::Met));
    assert_eq!(latest(&desk, NextResponse).cycle, 2);
    assert_eq!(due(&desk, NextResponse), Some(when("2026-03-23T16:00:00Z")));
    // A microsecond later is not.
    play(&mut desk, &[("2026-03-23T16:00:00.000001Z", Act::Staff)]);
    assert_eq!(
        desk.row(NextResponse, 2).breached_at,
        Some(when("2026-03-23T16:00:00Z"))
    );
}

#[test]
fn next_response_waits_for_the_first() {
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:10:00Z", Act::Customer),
            ("2026-03-23T08:20:00Z", Act::Note),
            ("2026-03-23T08:30:00Z", Act::Customer),
        ],
    );
    desk.job(when("2026-03-24T08:00:00Z"));
    assert!(desk.cycles(NextResponse).is_empty());
    // Due at 13:00 on Monday.
    assert_eq!(desk.fired(), ["FIRST_RESPONSE 1 100%"]);
    play(&mut desk, &[("2026-03-24T08:30:00Z", Act::Staff)]);
    assert!(desk.cycles(NextResponse).is_empty());
    play(&mut desk, &[("2026-03-24T08:40:00Z", Act::Customer)]);
    assert_eq!(due(&desk, NextResponse), Some(when("2026-03-24T11:40:00Z")));
}

#[test]
fn staff_who_open_a_ticket_have_answered() {
    let desk = Desk::new(rules(16), Medium, true, when(MONDAY));
    assert_eq!(state(desk.row(FirstResponse, 1)), Some(SlaState::Met));
    assert_eq!(desk.row(FirstResponse, 1).stopped_at, Some(when(MONDAY)));
}

#[test]
fn resolved_reopened_and_resolved_again() {
    let mut desk = opened(MONDAY);
    play(
        &mut desk,
        &[
            ("2026-03-23T08:30:00Z", Act::Staff),
            ("2026-03-23T10:00:00Z", Act::Set(Resolved)),
            // "Thanks!"
            ("2026-03-24T09:00:00Z", Act::Customer),
        ],
    );
    // 14 hours from Tuesday 10:00 on: 7 and 7.
    assert_eq!(due(&desk, Resolution), Some(when("2026-03-25T15:00:00Z")));
    assert_eq!(
        latest(&desk, NextResponse).started_at,
        when("2026-03-24T09:00:00Z")
    );
    play(&mut desk, &[("2026-03-24T09:05:00Z", Act::Set(Resolved))]);
    assert_eq!(desk.cycles(Resolution).len(), 2);
    let (first, total) = (desk.row(Resolution, 1), desk.row(Resolution, 2));
    assert_eq!(counted(&desk, first), 2 * HOUR);
    assert_eq!(counted(&desk, total), 2 * HOUR + 300);
    assert_eq!(first.started_at, total.started_at);
    // Resolved is an answer, too.
    assert_eq!(
        latest(&desk, NextResponse).stopped_at,
        Some(when("2026-03-24T09:05:00Z"))
    );
}
