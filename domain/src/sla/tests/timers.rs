//! Random histories of a ticket, with jobs that come whenever they come: what must hold always.

use std::collections::{BTreeMap, BTreeSet};

use entity::{
    EscalationAction::{Escalate, HandToTeam, NotifyAssignees, RaisePriority},
    EventKind, Priority,
    TicketStatus::{InProgress, Resolved, WaitingOnUser},
    TimerKind::{self, FirstResponse, NextResponse, Resolution},
    Timestamp,
    calendar::Hours,
    sla_policy::{At, Step},
};
use proptest::{prelude::*, sample::select};

use super::{
    super::{Fact, Rulebook, Subject, clock::Clock},
    history::{Act, Desk, calendar, policy, step, target, team_id, time},
    told::in_order,
};

/// Friday noon in Berlin, before the clocks go forward.
pub(super) const FRIDAY: i64 = 1_774_609_200;
const HOUR: i64 = 3_600;

/// Office hours for all; nights in New York, other targets and other steps for team 1.
fn rules(scale: i64, housekeeping: bool) -> Rulebook {
    let office: Vec<_> = (0..5)
        .map(|day| Hours {
            day,
            from: 540,
            to: 1_020,
        })
        .collect();
    let nights: Vec<_> = (0..7)
        .map(|day| Hours {
            day,
            from: 1_080,
            to: 1_920,
        })
        .collect();
    let hours = |of: [(Priority, [i64; 3]); 4]| {
        let targets = of.into_iter().flat_map(|(priority, hours)| {
            TimerKind::SLA
                .into_iter()
                .zip(hours)
                .filter(|(_, hours)| *hours > 0)
                .map(move |(kind, hours)| target(kind, priority, hours * HOUR / scale))
        });
        targets.collect::<Vec<_>>()
    };
    let (mut steps, mut others) = (Vec::new(), Vec::new());
    for kind in TimerKind::SLA {
        steps.push(step(kind, At::Percent(80), NotifyAssignees));
        steps.push(step(kind, At::Offset(-600), NotifyAssignees));
        steps.push(step(kind, At::Percent(150), Escalate));
        others.push(step(kind, At::Percent(50), Escalate));
        others.push(step(kind, At::Percent(100), Escalate));
    }
    // From the due time on, steps may change which targets there are.
    steps.push(step(Resolution, At::Percent(100), RaisePriority));
    steps.push(Step {
        team: Some(team_id(1)),
        ..step(FirstResponse, At::Offset(1_800), HandToTeam)
    });
    others.push(step(NextResponse, At::Percent(120), RaisePriority));
    let all = hours([
        (Priority::Urgent, [1, 1, 4]),
        (Priority::High, [2, 1, 8]),
        (Priority::Medium, [4, 3, 16]),
        (Priority::Low, [8, 8, 0]),
    ]);
    let of_team = hours([
        (Priority::Urgent, [1, 2, 5]),
        (Priority::High, [3, 0, 6]),
        (Priority::Medium, [0, 4, 12]),
        (Priority::Low, [6, 6, 48]),
    ]);
    let mut policies = [
        policy(1, Some(1), of_team, others),
        policy(2, None, all, steps),
    ];
    if housekeeping {
        for policy in &mut policies {
            policy.unattended_seconds = Some(6 * HOUR / scale);
            policy.follow_up_seconds = Some(24 * HOUR / scale);
            policy.close_seconds = Some(72 * HOUR / scale);
        }
    }
    let calendars = [
        calendar(1, "America/New_York", &nights, &[]),
        calendar(2, "Europe/Berlin", &office, &["2026-03-30", "2026-04-03"]),
    ];
    Rulebook::new(1, policies.to_vec(), &calendars).unwrap()
}

/// How the rules may be.
fn scale() -> impl Strategy<Value = i64> {
    select(vec![1, 4, 60])
}

fn act() -> impl Strategy<Value = Act> {
    let status = select(vec![
        InProgress,
        WaitingOnUser,
        WaitingOnUser,
        Resolved,
        Resolved,
    ]);
    prop_oneof![
        4 => Just(Act::Staff),
        4 => Just(Act::Customer),
        1 => Just(Act::Note),
        5 => status.prop_map(Act::Set),
        1 => Just(Act::CloseByCustomer),
        1 => Just(Act::CloseByStaff),
        2 => any::<bool>().prop_map(|by_customer| Act::Reopen { by_customer }),
        2 => select(Priority::ALL).prop_map(Act::Priority),
        1 => prop::option::of(0..2_u8).prop_map(Act::Team),
    ]
}

/// What happens when; the time is since the step before, and some steps come at the same time.
fn acts() -> impl Strategy<Value = Vec<(Timestamp, Act)>> {
    let wait = prop_oneof![
        2 => Just(0),
        3 => 1..120_i64,
        5 => 1..4 * HOUR,
        // On the dot, often.
        4 => (1..=16_i64).prop_map(|quarters| quarters * 900),
        2 => 1..48 * HOUR,
    ];
    // Half a second, or none: a job then never comes at the very same time.
    prop::collection::vec((wait, any::<bool>(), act()), 1..16).prop_map(|steps| {
        let (mut second, mut half) = (FRIDAY, false);
        let mut acts = Vec::new();
        for (wait, later, act) in steps {
            half = later || (half && wait == 0);
            second += wait;
            acts.push((time(second, u32::from(half) * 500_000), act));
        }
        acts
    })
}

/// When jobs come.
fn jobs() -> impl Strategy<Value = BTreeSet<Timestamp>> {
    let job = prop_oneof![0..12 * HOUR, 0..300 * HOUR];
    prop::collection::btree_set(job.prop_map(|after| time(FRIDAY + after, 250_000)), 0..12)
}

fn desk(scale: i64, housekeeping: bool, on_behalf: bool) -> Desk {
    let rules = rules(scale, housekeeping);
    Desk::new(rules, Priority::Medium, on_behalf, time(FRIDAY, 0))
}

/// Plays acts and jobs in the order of their times, with `look` after each.
fn play(
    desk: &mut Desk,
    acts: &[(Timestamp, Act)],
    jobs: &BTreeSet<Timestamp>,
    mut look: impl FnMut(&Desk, Timestamp) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut jobs = jobs.iter().copied().peekable();
    for &(at, act) in acts {
        while let Some(job) = jobs.next_if(|job| *job < at) {
            desk.job(job);
            look(desk, job)?;
        }
        desk.act(at, act);
        look(desk, at)?;
    }
    for job in jobs {
        desk.job(job);
        look(desk, job)?;
    }
    Ok(())
}

/// What a late job leaves as it is.
fn outcome(desk: &Desk) -> BTreeMap<String, (Option<Timestamp>, Option<Timestamp>)> {
    let rows = desk.rows.values().filter(|row| row.kind.is_sla());
    rows.map(|row| {
        let name = format!("{} {}", row.kind.as_str(), row.cycle);
        (name, (row.due_at, row.breached_at))
    })
    .collect()
}

/// What fired that is no early warning of an SLA clock, nor the question after a resolution: these a
/// late job leaves out where what they warn of has come.
fn grave(desk: &Desk) -> BTreeSet<(String, Timestamp)> {
    let early = ["50%", "80%", "-600s"];
    let shots = desk.shots.iter().zip(desk.fired());
    shots
        .filter(|(shot, _)| !early.contains(&shot.note.level.as_str()))
        .filter(|(shot, _)| shot.note.kind != TimerKind::FollowUp)
        .map(|(shot, name)| (name, shot.note.due_at))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_books_are_in_order(scale in scale(), on_behalf in any::<bool>(), acts in acts(), jobs in jobs()) {
        let mut desk = desk(scale, true, on_behalf);
        let mut before = (desk.clone(), desk.shots.len());
        play(&mut desk, &acts, &jobs, |desk, now| {
            in_order(desk, now)?;
            for shot in &desk.shots[before.1..] {
                let place = (shot.note.kind.as_str(), shot.note.cycle);
                // What was there before ran; a policy that came by the shots before may matter.
                if let Some(row) = before.0.rows.get(&place) {
                    prop_assert!(row.latest && row.stopped_at.is_none(), "{:?}", shot);
                }
                prop_assert!(shot.note.due_at <= shot.at && shot.at == now);
                prop_assert!(shot.note.due_at >= desk.row(shot.note.kind, shot.note.cycle).started_at);
            }
            // A breach on record was told of, once, for the cycle or one that it goes on from.
            for row in desk.rows.values().filter(|row| row.breached_at.is_some()) {
                let told = desk.shots.iter().filter(|shot| {
                    let note = &shot.note;
                    note.kind == row.kind && note.level == "100%" && note.cycle <= row.cycle
                        && Some(note.due_at) == row.breached_at
                });
                prop_assert_eq!(told.count(), 1, "{:?}", row);
            }
            before = (desk.clone(), desk.shots.len());
            Ok(())
        })?;
        // Nothing that is due is forgotten.
        let end = time(FRIDAY + 9_000 * HOUR, 0);
        desk.job(end);
        in_order(&desk, end)?;
        for row in desk.rows.values().filter(|row| row.stopped_at.is_none()) {
            let late = row.due_at.is_some_and(|due| due <= end);
            prop_assert!(!late || row.breached_at.is_some(), "{:?}", row);
        }
        let shots = desk.shots.len();
        desk.job(end);
        prop_assert_eq!(desk.shots.len(), shots);
    }

    #[test]
    fn working_it_out_again_changes_nothing(
        scale in scale(), acts in acts(), jobs in jobs(), priority in select(Priority::ALL), team in prop::option::of(0..2_u8),
    ) {
        let mut desk = desk(scale, true, false);
        play(&mut desk, &acts, &jobs, |desk, _| {
            let known = desk.timers();
            let subject = Subject::from(&desk.ticket);
            let mut timers = known.clone();
            timers.rematch(subject, &desk.rules);
            prop_assert_eq!(&timers, &known);
            // There and back.
            let team = team.map(team_id);
            timers.rematch(Subject { priority, team, ..subject }, &desk.rules);
            for row in timers.rows() {
                let other = known.latest(row.kind).unwrap();
                prop_assert_eq!((row.started_at, &row.pauses, &row.levels, row.breached_at),
                    (other.started_at, &other.pauses, &other.levels, other.breached_at));
            }
            timers.rematch(subject, &desk.rules);
            prop_assert_eq!(&timers, &known);
            Ok(())
        })?;
        for row in desk.rows.values().filter(|row| row.stopped_at.is_none()) {
            let Some(due) = row.due_at else { continue };
            let policy = desk.rules.policy(row.policy_id.unwrap()).unwrap();
            let calendar = desk.rules.calendar(policy, row.kind);
            let clock = Clock::new(&calendar, row.started_at.timestamp(), &row.pauses.0);
            prop_assert_eq!(Some(clock.counted(due.timestamp())), row.target_seconds);
        }
    }

    /// What somebody thinks of the work is no work, whoever says it and whatever the ticket's status.
    #[test]
    fn a_rating_moves_no_clock(scale in scale(), acts in acts(), jobs in jobs(), by_customer in any::<bool>()) {
        let mut desk = desk(scale, true, false);
        play(&mut desk, &acts, &jobs, |desk, at| {
            let (known, status) = (desk.timers(), desk.ticket.status);
            let fact = Fact {
                kind: EventKind::TicketRated,
                at,
                by_customer,
                by_system: false,
                before: status,
                after: status,
                responded: desk.ticket.first_response_at.is_some(),
                subject: Subject::from(&desk.ticket),
            };
            let mut timers = known.clone();
            timers.apply(&fact, &desk.rules);
            prop_assert_eq!(timers, known);
            Ok(())
        })?;
    }

    #[test]
    fn many_jobs_do_what_one_late_job_does(scale in scale(), acts in acts(), jobs in jobs(), early in jobs()) {
        let mut often = desk(scale, true, false);
        play(&mut often, &acts, &early.into_iter().filter(|job| *job < acts[acts.len() - 1].0).collect(), |_, _| Ok(()))?;
        let mut once = often.clone();
        let end = time(FRIDAY + 1_200 * HOUR, 250_000);
        let last = acts[acts.len() - 1].0;
        for job in jobs.into_iter().filter(|job| *job > last) {
            often.job(job);
        }
        often.job(end);
        once.job(end);
        prop_assert_eq!(outcome(&once), outcome(&often));
        prop_assert_eq!(grave(&once), grave(&often));
        let (all, some): (BTreeSet<_>, BTreeSet<_>) = (often.fired().into_iter().collect(), once.fired().into_iter().collect());
        prop_assert!(some.is_subset(&all));
        // Oldest first, as far as the due times were known.
        let early = ["50%", "80%", "-600s"];
        let warnings = all.difference(&some).all(|name| {
            name.starts_with("FOLLOW_UP") || early.iter().any(|level| name.ends_with(level))
        });
        prop_assert!(warnings);
        prop_assert_eq!(often.ticket.priority, once.ticket.priority);
        prop_assert_eq!(often.ticket.status, once.ticket.status);
    }

    #[test]
    fn breaches_are_judged_by_the_time_of_events(scale in scale(), acts in acts(), jobs in jobs()) {
        // Without what sets the status by itself, which depends on when a job comes.
        let (mut often, mut never) = (desk(scale, false, false), desk(scale, false, false));
        play(&mut often, &acts, &jobs, |_, _| Ok(()))?;
        play(&mut never, &acts, &BTreeSet::new(), |_, _| Ok(()))?;
        let end = time(FRIDAY + 1_200 * HOUR, 250_000);
        often.job(end);
        never.job(end);
        prop_assert_eq!(outcome(&never), outcome(&often));
        prop_assert_eq!(grave(&never), grave(&often));
        prop_assert_eq!(never.ticket.priority, often.ticket.priority);
        prop_assert_eq!(never.ticket.team_id, often.ticket.team_id);
    }
}
