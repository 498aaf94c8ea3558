//! The arithmetic against the reference, and laws that hold without one.

use entity::{calendar::Hours, timer::Pause};
use proptest::prelude::*;

use super::{
    super::{
        calendar::Calendar,
        clock::{Clock, SegmentKind},
    },
    strategies::{Case, MONROVIA, ZONES, calendar, case, case_in, due, from, pauses},
};

/// As many as the requirement asks for.
fn config() -> ProptestConfig {
    ProptestConfig::with_cases(10_000)
}

/// How many seconds are walked: hours mostly, a day and a half now and then.
fn window() -> impl Strategy<Value = i64> {
    prop_oneof![14 => 1..3 * 3_600_i64, 1 => 1..36 * 3_600_i64]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn each_second_is_what_the_wall_says(
        case in prop_oneof![15 => case_in(ZONES), 1 => case_in(&[MONROVIA])],
        // The clocks change within four hours after the start, so look there.
        skip in prop_oneof![1 => Just(0), 3 => 0..4 * 3_600_i64],
        length in 1..400_i64,
    ) {
        let (calendar, reference) = (case.calendar(), case.reference());
        let (from, to) = (case.start + skip, case.start + skip + length);
        let mut next = from;
        for span in calendar.spans(from).take_while(|span| span.from < to) {
            prop_assert_eq!(span.from, next);
            prop_assert!(span.from < span.to);
            next = span.to;
            // No cache and no steps of a minute here: each second by itself.
            for second in span.from..span.to.min(to) {
                prop_assert_eq!(span.kind, reference.kind(second), "at {}", second);
            }
        }
        prop_assert!(next >= to);
    }

    #[test]
    fn a_clock_does_what_the_reference_does(
        case in case(),
        pauses in pauses(3 * 3_600, 0..=4),
        length in window(),
        target in 1..3 * 3_600_i64,
    ) {
        let (calendar, pauses) = (case.calendar(), from(case.start, &pauses));
        let clock = Clock::new(&calendar, case.start, &pauses);
        let end = case.start + length;
        let walk = case.reference().walk(case.start, &pauses, target, end);
        prop_assert_eq!(&clock.until(end).collect::<Vec<_>>(), &walk.segments);
        prop_assert_eq!(clock.counted(end), walk.counted);
        // What the reference has not seen by the end comes later, if at all.
        let due = clock.reaches(target);
        prop_assert_eq!(due.filter(|due| *due <= end), walk.due);
        // A target that is used up when a stretch ends is due then, not when the next one begins.
        let mut counted = 0;
        for segment in walk.segments {
            if segment.kind == SegmentKind::Counted {
                counted += segment.to - segment.from;
                prop_assert_eq!(clock.reaches(counted), Some(segment.to));
            }
        }
    }

    #[test]
    fn forward_is_backward(
        case in case(),
        pauses in pauses(4 * 86_400, 0..=4),
        any in any::<i64>(),
    ) {
        let (calendar, pauses) = (case.calendar(), from(case.start, &pauses));
        let clock = Clock::new(&calendar, case.start, &pauses);
        let target = case.target(any);
        let Some(due) = clock.reaches(target) else {
            // Only a pause without an end keeps a calendar with open hours from getting there.
            let last = pauses.last().filter(|pause| pause.to.is_none());
            prop_assert!(last.is_some_and(|last| clock.counted(last.from + 1_000_000) < target));
            return Ok(());
        };
        prop_assert_eq!(clock.counted(due), target);
        prop_assert_eq!(clock.counted(due - 1), target - 1);
        let (mut at, mut counted, mut before) = (case.start, 0, None);
        for segment in clock.until(due) {
            prop_assert_eq!(segment.from, at);
            prop_assert!(segment.from < segment.to);
            prop_assert_ne!(before, Some(segment.kind));
            if segment.kind == SegmentKind::Counted {
                counted += segment.to - segment.from;
            }
            (at, before) = (segment.to, Some(segment.kind));
        }
        prop_assert_eq!((at, before), (due, Some(SegmentKind::Counted)));
        prop_assert_eq!(counted, target);
    }

    #[test]
    fn no_pause_brings_a_due_time_nearer(
        case in case(),
        pauses in pauses(2 * 86_400, 1..=4),
        which in any::<usize>(),
        longer in 0..86_400_i64,
        any in any::<i64>(),
    ) {
        let (calendar, target) = (case.calendar(), case.target(any));
        let pauses = from(case.start, &pauses);
        let when = |pauses: &[Pause]| due(&calendar, case.start, pauses, target).unwrap_or(i64::MAX);
        let due = when(&pauses);
        let which = which % pauses.len();
        let (mut without, mut more) = (pauses.clone(), pauses);
        without.remove(which);
        prop_assert!(when(&without) <= due);
        // The next one begins when this one ends at the latest.
        let limit = more.get(which + 1).map_or(i64::MAX, |next| next.from);
        more[which].to = more[which].to.map(|to| (to + longer).min(limit));
        prop_assert!(when(&more) >= due);
    }

    #[test]
    fn a_pause_in_two_parts_is_the_same(
        case in case(),
        pauses in pauses(2 * 86_400, 1..=4),
        which in any::<usize>(),
        part in 0..=100_i64,
        any in any::<i64>(),
    ) {
        let (calendar, target) = (case.calendar(), case.target(any));
        let whole = from(case.start, &pauses);
        let mut parts = whole.clone();
        let which = which % parts.len();
        let pause = parts[which];
        let length = pause.to.map_or(86_400, |to| to - pause.from);
        // At either end one part is empty.
        let middle = pause.from + length * part / 100;
        parts[which].from = middle;
        parts.insert(which, Pause { from: pause.from, to: Some(middle) });
        let (one, two) = (
            Clock::new(&calendar, case.start, &whole),
            Clock::new(&calendar, case.start, &parts),
        );
        prop_assert_eq!(one.reaches(target), two.reaches(target));
        let end = case.start + 2 * 86_400;
        prop_assert!(one.until(end).eq(two.until(end)));
    }

    #[test]
    fn more_open_hours_never_make_it_later(
        case in case(),
        pauses in pauses(2 * 86_400, 0..=3),
        bits in any::<u32>(),
        cut in 0..120_u16,
        any in any::<i64>(),
    ) {
        let pauses = from(case.start, &pauses);
        // Fewer hours: some are left out or begin later.
        let mut fewer: Vec<Hours> = Vec::new();
        for (place, hours) in case.week.iter().enumerate() {
            let mut hours = *hours;
            match bits >> (place % 16 * 2) & 3 {
                0 => continue,
                1 if hours.from + cut < hours.to.min(1_440) => hours.from += cut,
                2 if hours.from + cut < hours.to => hours.to -= cut,
                1..=3 => {}
                4.. => unreachable!(),
            }
            fewer.push(hours);
        }
        if fewer.is_empty() {
            fewer.push(case.week[0]);
        }
        let few = calendar(case.zone, &fewer, &case.holidays);
        let fewer = Case { week: fewer, ..case.clone() };
        // The week with few hours sets the target, so that it is not years away.
        let target = fewer.target(any);
        let when = |calendar| due(calendar, case.start, &pauses, target).unwrap_or(i64::MAX);
        let many = case.calendar();
        prop_assert!(when(&many) <= when(&few));
        let working = calendar(case.zone, &case.week, &[]);
        prop_assert!(when(&working) <= when(&many));
        let always = Calendar::always_open();
        prop_assert!(when(&always) <= when(&working));
    }
}

/// Found by the laws above: an empty pause cut a stretch short.
#[test]
fn an_empty_pause_is_none() {
    let calendar = Calendar::always_open();
    let empty = [Pause {
        from: 10,
        to: Some(10),
    }];
    let clock = Clock::new(&calendar, 0, &empty);
    assert_eq!(clock.reaches(20), Some(20));
    assert_eq!(clock.counted(20), 20);
}
