//! What the server says against what the oracle says.

use chrono::TimeDelta;
use deskwire_tests::{Backend, World, postgres_or_skip};
use domain::{
    Actor,
    stats::{
        Answer, Dimension, Duration, Durations, Figures, Interval, Mark, RELATIVE_ERROR,
        SetStatsSettings, StatsFilter, StatsQuestion, Wanted, id_key, priority_key,
    },
};
use entity::{Role, TicketStatus, Timestamp, UserId, user};
use rand::{RngExt, seq::IndexedRandom};
use sea_orm::EntityTrait;

use super::{
    oracle::{Expected, Past, everything, expected},
    story::Story,
};

const ZONES: [&str; 4] = [
    "UTC",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
];

/// A supervisor.
pub async fn supervisor(story: &Story) -> Actor {
    let people = user::Entity::find().all(story.world.server().desk().db().read());
    let people = people.await.unwrap();
    let susan = people.iter().find(|row| row.role == Role::Supervisor);
    Actor {
        id: susan.unwrap().id,
        role: Role::Supervisor,
    }
}

/// Asks for everything.
pub fn question(from: Timestamp, to: Timestamp) -> StatsQuestion {
    StatsQuestion {
        from,
        to,
        zone: None,
        filter: StatsFilter::default(),
        group_by: None,
        wanted: Wanted {
            of_totals: Durations::ALL,
            of_series: Durations::ALL,
            of_groups: Durations::ALL,
            backlog: true,
            previous: true,
            series: vec![Interval::Day, Interval::Week],
            groups: true,
            previous_groups: true,
            ages: true,
            peak_hours: true,
            ..Wanted::default()
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
#[expect(clippy::cast_sign_loss, reason = "no negative numbers")]
fn exact(sorted: &[i64], q: f64) -> f64 {
    sorted[(q * (sorted.len() - 1) as f64) as usize] as f64
}

/// Fails unless both say the same.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub fn same(figures: &Figures, expected: &Expected, what: &str) {
    for mark in Mark::ALL {
        if [Mark::Entered, Mark::Left].contains(&mark) {
            continue;
        }
        let wanted = expected.counts.get(&mark).copied().unwrap_or(0);
        assert_eq!(figures.count(mark), wanted, "{what}: {mark:?}");
    }
    for duration in Duration::ALL {
        let mut all = expected
            .durations
            .get(&duration)
            .cloned()
            .unwrap_or_default();
        all.sort_unstable();
        let found = figures.duration(duration);
        assert_eq!(found.count, i64::try_from(all.len()).unwrap(), "{what}");
        if all.is_empty() {
            assert_eq!((found.average, found.median, found.p90), (None, None, None));
            continue;
        }
        let average = all.iter().sum::<i64>() as f64 / all.len() as f64;
        assert_eq!(found.average, Some(average), "{what}: {duration:?}");
        for (q, found) in [(0.5, found.median), (0.9, found.p90)] {
            let (exact, found) = (exact(&all, q), found.unwrap());
            let error = (found - exact).abs();
            assert!(
                error <= exact * RELATIVE_ERROR * 1.000_001,
                "{what}: {duration:?} {q}: {found} for {exact}"
            );
        }
    }
    for status in TicketStatus::ALL {
        let all = expected.stays.get(status).cloned().unwrap_or_default();
        let count = i64::try_from(all.len()).unwrap();
        assert_eq!(
            figures.tally.stays(*status),
            (count, all.iter().sum()),
            "{what}: {status:?}"
        );
    }
    assert_eq!(figures.tally.scores(), expected.scores, "{what}: scores");
    if let Some(backlog) = figures.backlog {
        assert_eq!(backlog, expected.backlog, "{what}: backlog");
    }
}

/// A time within the story, at the edge of something or anywhere.
fn some_time(story: &mut Story, begin: Timestamp) -> Timestamp {
    let length = (story.world.clock.now() - begin)
        .num_microseconds()
        .unwrap();
    let at = begin + TimeDelta::microseconds(story.chance.random_range(0..length + 3_600_000_000));
    let cut = |seconds: i64| {
        let second = at.timestamp().div_euclid(seconds) * seconds;
        Timestamp::from_timestamp(second, 0).unwrap()
    };
    match story.chance.random_range(0..4) {
        0 => at,
        1 => cut(900),
        2 => cut(3_600),
        _ => cut(86_400),
    }
}

/// Compares what the server says of a random time in a random zone with what the oracle says: in all,
/// before, in each stretch, in each group.
pub async fn compare(story: &mut Story, begin: Timestamp) {
    let actor = supervisor(story).await;
    let desk = story.world.server().desk().clone();
    let past = everything(desk.db()).await;
    let (one, other) = (some_time(story, begin), some_time(story, begin));
    let (from, to) = (one.min(other), one.max(other) + TimeDelta::microseconds(1));
    let mut asked = question(from, to);
    asked.zone = Some((*ZONES.choose(&mut story.chance).unwrap()).to_owned());
    asked.group_by = Dimension::EVERY[1..].choose(&mut story.chance).copied();
    let answer = desk.stats(actor, &asked).await.unwrap();
    let what = format!("{from} to {to} in {}", answer.time_zone);
    let all = |_: &Past, _: Option<UserId>| true;
    same(&answer.totals, &expected(&past, (from, to), all), &what);
    let previous = answer.previous.as_ref().unwrap();
    assert_eq!(previous.to, from);
    let span = (previous.from, previous.to);
    same(
        &previous.figures,
        &expected(&past, span, all),
        &format!("before {what}"),
    );
    for series in &answer.series {
        let mut at = from;
        for entry in &series.entries {
            assert_eq!(entry.from, at);
            at = entry.to;
            let what = format!("{:?} {} of {what}", series.interval, entry.from);
            let span = (entry.from, entry.to);
            same(&entry.figures, &expected(&past, span, all), &what);
        }
        assert_eq!(at, to);
    }
    let dimension = asked.group_by.unwrap();
    let mut created = 0;
    for group in &answer.groups {
        let what = format!("{dimension:?} {:?} of {what}", group.key);
        let in_group =
            |past: &Past, agent: Option<UserId>| keys(past, agent, dimension).contains(&group.key);
        same(
            &group.figures,
            &expected(&past, (from, to), in_group),
            &what,
        );
        let before = group.previous.as_ref().unwrap();
        same(
            before,
            &expected(&past, span, in_group),
            &format!("before {what}"),
        );
        created += group.figures.count(Mark::Created);
    }
    if !dimension.is_many() {
        assert_eq!(created, answer.totals.count(Mark::Created), "{what}");
    }
    ages(&past, &answer.ages, story.world.clock.now());
    hours(&past, &answer, &what);
    crossed(&desk, actor, &past, &asked).await;
}

fn hours(past: &[Past], answer: &Answer, what: &str) {
    let zone = jiff::tz::TimeZone::get(&answer.time_zone).unwrap();
    let mut expected = [[0_i64; 24]; 7];
    let opened = past.iter().map(|past| past.ticket.created_at);
    for at in opened.filter(|at| (answer.from..answer.to).contains(at)) {
        let at = jiff::Timestamp::from_microsecond(at.timestamp_micros()).unwrap();
        let wall = zone.to_datetime(at);
        let weekday = wall.weekday().to_monday_zero_offset();
        expected[usize::try_from(weekday).unwrap()][usize::try_from(wall.hour()).unwrap()] += 1;
    }
    assert_eq!(answer.peak_hours.len(), 7 * 24);
    for found in &answer.peak_hours {
        let (weekday, hour) = (found.weekday, found.hour);
        let wanted = expected[usize::try_from(weekday).unwrap()][usize::try_from(hour).unwrap()];
        assert_eq!(found.created, wanted, "{weekday}, {hour} o'clock, {what}");
    }
}

fn ages(past: &[Past], ages: &[domain::stats::AgeGroup], now: Timestamp) {
    let open = past.iter().filter(|past| past.ticket.closed_at.is_none());
    let open: Vec<_> = open
        .filter(|past| past.ticket.status != TicketStatus::Resolved)
        .map(|past| (now - past.ticket.created_at).num_seconds())
        .collect();
    for group in ages {
        let is_in = |age: &&i64| {
            **age >= group.from_seconds && group.to_seconds.is_none_or(|to| **age < to)
        };
        let wanted = i64::try_from(open.iter().filter(is_in).count()).unwrap();
        assert_eq!(group.tickets, wanted, "{group:?} at {now}");
    }
}

/// With filters, alone and several at once.
async fn crossed(desk: &domain::Desk, actor: Actor, past: &[Past], asked: &StatsQuestion) {
    let Some(some) = past.first() else { return };
    let agent = past.iter().find_map(|past| past.ticket.assignee_id);
    let by_category = StatsFilter {
        category: vec![some.ticket.category_id],
        ..StatsFilter::default()
    };
    let two_ways = StatsFilter {
        priority: vec![some.ticket.priority],
        agent: agent.into_iter().collect(),
        ..by_category.clone()
    };
    let by_merchant = StatsFilter {
        merchant: vec!["m-1".to_owned(), "m-2".to_owned()],
        ..StatsFilter::default()
    };
    for filter in [by_category, two_ways, by_merchant] {
        let mut asked = asked.clone();
        asked.filter = filter.clone();
        let answer = desk.stats(actor, &asked).await.unwrap();
        let keep = |past: &Past, agent: Option<UserId>| {
            let restrictions = filter.restrictions();
            restrictions.iter().all(|(dimension, wanted)| {
                let keys = keys(past, agent, *dimension);
                keys.iter().any(|key| wanted.contains(key))
            })
        };
        let what = format!("{filter:?} {} to {}", asked.from, asked.to);
        let wanted = expected(past, (asked.from, asked.to), keep);
        same(&answer.totals, &wanted, &what);
        for group in &answer.groups {
            let dimension = asked.group_by.unwrap();
            let both = |past: &Past, agent: Option<UserId>| {
                keep(past, agent) && keys(past, agent, dimension).contains(&group.key)
            };
            let what = format!("{dimension:?} {:?} of {what}", group.key);
            same(
                &group.figures,
                &expected(past, (asked.from, asked.to), both),
                &what,
            );
        }
    }
}

/// The values of a dimension, straight from the ticket's row.
fn keys(past: &Past, agent: Option<UserId>, dimension: Dimension) -> Vec<String> {
    let ticket = &past.ticket;
    let none = || vec![String::new()];
    match dimension {
        Dimension::All => none(),
        Dimension::Subject if ticket.subjects.0.is_empty() => none(),
        Dimension::Subject => {
            let subjects = ticket.subjects.0.iter();
            subjects.map(|id| id_key(id.0)).collect()
        }
        Dimension::Category => vec![id_key(ticket.category_id.0)],
        Dimension::Priority => vec![priority_key(ticket.priority).to_owned()],
        Dimension::Source => vec![ticket.source.as_str().to_owned()],
        Dimension::Team => ticket.team_id.map_or_else(none, |id| vec![id_key(id.0)]),
        Dimension::Agent => agent.map_or_else(none, |id| vec![id_key(id.0)]),
        Dimension::Merchant if past.merchants.is_empty() => none(),
        Dimension::Merchant => past.merchants.clone(),
    }
}

async fn histories(backend: Backend, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut story = Story::begin(World::start(backend).await, seed).await;
        let begin = story.world.clock.now() - TimeDelta::hours(1);
        // The desk's days are anybody's.
        let settings = SetStatsSettings {
            time_zone: ZONES
                .choose(&mut story.chance)
                .map(|zone| (*zone).to_owned()),
            targets: None,
            idempotency_key: None,
        };
        let susan = supervisor(&story).await;
        let desk = story.world.server().desk();
        desk.execute(susan, settings).await.unwrap();
        for round in 0..6 {
            story.go_on(25).await;
            if round % 2 == 0 {
                // Whether the job came by or not makes no difference.
                let batch = story.chance.random_range(1..40);
                let aggregator = story.world.server().desk().aggregator().with_batch(batch);
                let report = aggregator.run(None).await;
                assert_eq!(report.error, None, "seed {seed}");
            }
            for _ in 0..4 {
                compare(&mut story, begin).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_on_sqlite() {
    histories(Backend::Sqlite, 0..4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_on_postgres() {
    if postgres_or_skip().is_some() {
        histories(Backend::Postgres, 10..14).await;
    }
}
