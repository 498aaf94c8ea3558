//! However the sums came about, they are the same: step by step, in one go, by eight jobs at once, by
//! jobs that were killed, by a rebuild, and in another time zone.

use std::time::Duration;

use chrono::DateTime;
use chrono::TimeDelta;
use deskwire_tests::{Backend, World, eventually, on_both, postgres_or_skip};
use domain::{
    Desk,
    db::Db,
    stats::{Aggregator, SetStatsSettings},
};
use entity::{stats_bucket, stats_fact, stats_ticket};
use futures_util::future::join_all;
use rand::RngExt;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Statement};

use super::{
    compare::{compare, supervisor},
    story::Story,
};

/// All that was worked out.
#[derive(Debug, PartialEq)]
struct Kept {
    tickets: Vec<stats_ticket::Model>,
    facts: Vec<stats_fact::Model>,
    buckets: Vec<stats_bucket::Model>,
}

async fn kept(db: &Db) -> Kept {
    use stats_bucket::Column as C;
    let tickets = stats_ticket::Entity::find().order_by_asc(stats_ticket::Column::TicketId);
    let facts = stats_fact::Entity::find()
        .order_by_asc(stats_fact::Column::TicketId)
        .order_by_asc(stats_fact::Column::Ordinal);
    let mut buckets = stats_bucket::Entity::find();
    for column in [C::Dimension, C::Key, C::Level, C::Start] {
        buckets = buckets.order_by_asc(column);
    }
    let mut buckets = buckets.all(db.read()).await.unwrap();
    // Databases sort text in their own ways.
    buckets.sort_by(|a, b| {
        let name =
            |row: &stats_bucket::Model| (row.dimension, row.key.clone(), row.level, row.start);
        name(a).cmp(&name(b))
    });
    Kept {
        tickets: tickets.all(db.read()).await.unwrap(),
        facts: facts.all(db.read()).await.unwrap(),
        buckets,
    }
}

/// Throws away everything, so that the next run begins with the beginning of the log.
async fn forget(db: &Db) {
    for sql in [
        "DELETE FROM stats_ticket",
        "DELETE FROM stats_fact",
        "DELETE FROM stats_bucket",
        "UPDATE stats_state SET xid = 0, seq = 0",
    ] {
        db.admin().execute_unprepared(sql).await.unwrap();
    }
}

/// A desk with a history that was worked out bit by bit while it happened.
async fn followed(world: World, seed: u64) -> Story {
    let mut story = Story::begin(world, seed).await;
    for _ in 0..8 {
        story.go_on(20).await;
        run(&story, 7).await;
    }
    story
}

async fn run(story: &Story, batch: u64) {
    let desk = story.world.server().desk();
    let aggregator = desk.aggregator().with_batch(batch);
    // On PostgreSQL a transaction of another test can hold back the log.
    eventually("everything is in the sums", || async {
        let report = aggregator.run(None).await;
        assert_eq!((report.error, report.busy), (None, false));
        is_done(desk).await
    })
    .await;
}

/// Whether all events are in the sums, also those that nobody may read yet, and all days are summed
/// up.
async fn is_done(desk: &Desk) -> bool {
    let db = desk.db();
    let sql = "SELECT (SELECT COUNT(*) FROM event \
        WHERE (event.xid, event.seq) > (stats_state.xid, stats_state.seq)) + rolled_from AS n \
        FROM stats_state";
    let row = db
        .read()
        .query_one_raw(Statement::from_string(db.backend(), sql))
        .await;
    row.unwrap().unwrap().try_get::<i64>("", "n").unwrap() == 0
}

async fn one_go_is_the_same(world: World) {
    let story = followed(world, 21).await;
    let db = story.world.server().desk().db();
    let bit_by_bit = kept(db).await;
    assert!(bit_by_bit.buckets.len() > 1_000);
    // Once more: nothing changes.
    run(&story, 7).await;
    assert_eq!(kept(db).await, bit_by_bit);
    forget(db).await;
    run(&story, 100_000).await;
    assert_eq!(kept(db).await, bit_by_bit);
    // After an update that counts in another way, everything is worked out again.
    db.admin()
        .execute_unprepared("UPDATE stats_state SET format = 0")
        .await
        .unwrap();
    run(&story, 50).await;
    assert_eq!(kept(db).await, bit_by_bit);
}
on_both!(one_go_is_the_same);

async fn a_rebuild_mends_what_was_damaged(world: World) {
    let story = followed(world, 22).await;
    let desk = story.world.server().desk();
    let (db, now) = (desk.db(), story.world.clock.now());
    let right = kept(db).await;
    let aggregator = desk.aggregator();
    let rebuild = async |days: i64| {
        let from = now - TimeDelta::days(days);
        let to = now + TimeDelta::days(1);
        let report = aggregator.rebuild(from, to, |_| {}).await;
        assert_eq!(report.error, None);
        report
    };
    let report = rebuild(90).await;
    assert_eq!((report.tickets, report.buckets), (0, 0));
    assert!(report.days > 5);
    assert_eq!(kept(db).await, right);
    // Facts that are wrong, sums that are missing, and such as nothing is behind.
    for sql in [
        "UPDATE stats_fact SET marks = 1 WHERE ordinal = 1",
        "DELETE FROM stats_bucket WHERE level = 1 AND dimension = 1",
        "DELETE FROM stats_bucket WHERE level = 0 AND start % 3 = 0",
        "INSERT INTO stats_bucket SELECT dimension, 'nobody', level, start, numbers, \
         first_response, next_response, first_resolution, total_resolution, hours FROM \
         stats_bucket WHERE dimension = 6 AND level < 2 AND key = ''",
    ] {
        let done = db.admin().execute_unprepared(sql).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
    }
    assert_ne!(kept(db).await, right);
    let first = rebuild(90).await;
    assert!(first.tickets > 0);
    assert_eq!(kept(db).await, right);
}
on_both!(a_rebuild_mends_what_was_damaged);

async fn another_time_zone_is_as_if_it_had_always_been(world: World) {
    let mut story = followed(world, 23).await;
    let desk = story.world.server().desk().clone();
    let susan = supervisor(&story).await;
    let first = kept(desk.db()).await;
    let begin = DateTime::from_timestamp(1_772_438_400, 0).unwrap();
    for zone in ["America/Havana", "Asia/Kathmandu", "UTC"] {
        let settings = SetStatsSettings {
            time_zone: Some(zone.to_owned()),
            targets: None,
            idempotency_key: None,
        };
        desk.execute(susan, settings).await.unwrap();
        // One day in each run, while things go on happening, and are asked for.
        for _ in 0..9 {
            let report = desk.aggregator().with_days(1).run(None).await;
            assert_eq!((report.error, report.unfinished), (None, true));
            story.go_on(2).await;
            compare(&mut story, begin).await;
        }
        story.go_on(3).await;
        run(&story, 9).await;
        let rolled = kept(desk.db()).await;
        forget(desk.db()).await;
        run(&story, 1_000).await;
        assert_eq!(kept(desk.db()).await, rolled, "{zone}");
    }
    let last = kept(desk.db()).await;
    assert!(last.buckets.len() >= first.buckets.len());
}
on_both!(another_time_zone_is_as_if_it_had_always_been);

/// Eight jobs at once, each with a connection of its own, and killed now and then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_at_once_are_as_good_as_one() {
    if postgres_or_skip().is_none() {
        return;
    }
    let mut story = followed(World::start(Backend::Postgres).await, 24).await;
    let desk = story.world.server().desk().clone();
    let one = kept(desk.db()).await;
    forget(desk.db()).await;
    let kills: Vec<u64> = (0..8).map(|_| story.chance.random_range(1..40)).collect();
    let jobs = kills.into_iter().map(async |kill| {
        let mut patience = kill;
        while !is_done(&desk).await {
            let own = Db::connect(desk.db().url(), 1).await.unwrap();
            let job = Aggregator::new(own, story.world.clock.clone()).with_batch(5);
            let run = job.run(None);
            // Longer each time, so that it comes to an end.
            let _killed = tokio::time::timeout(Duration::from_millis(patience), run).await;
            patience += kill;
        }
    });
    join_all(jobs).await;
    assert_eq!(kept(desk.db()).await, one);
}
