//! How many people are active: noticed in requests, reported by the host product, kept by the day.

use chrono::TimeDelta;
use deskwire_tests::{Client, Person, World, eventually, on_both};
use domain::active::close_days;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::common::keyed;

/// The day on which worlds begin, and those after it.
const MONDAY: &str = "2026-03-02";
const TUESDAY: &str = "2026-03-03";
const WEDNESDAY: &str = "2026-03-04";

const DAYS: &str = "query($from: String!, $to: String!) {
    activeUsers(from: $from, to: $to) { day count source } }";

fn counted(day: &str, count: i32) -> Value {
    json!({ "day": day, "count": count, "source": "COUNTED" })
}

fn reported(day: &str, count: i32) -> Value {
    json!({ "day": day, "count": count, "source": "REPORTED" })
}

/// What a supervisor sees of February to April.
async fn days(world: &World) -> Vec<Value> {
    let susan = world.client(Person::Susan);
    let range = json!({ "from": "2026-02-01", "to": "2026-04-30" });
    let data = susan.get(DAYS, range).await;
    data["activeUsers"].as_array().unwrap().clone()
}

async fn become_days(world: &World, expected: &[Value]) {
    eventually("who was active is written down", async || {
        days(world).await == expected
    })
    .await;
}

/// A customer of whom nobody has heard before.
fn customer(world: &World, name: &str) -> Client {
    world.client_with(json!({ "sub": name, "name": name, "role": "customer" }))
}

async fn asks(client: &Client) {
    client.get("{ viewer { id } }", json!({})).await;
}

async fn number(world: &World, sql: &str) -> i64 {
    let db = world.server().desk().db();
    let statement = Statement::from_string(db.backend(), sql);
    let row = db.read().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "number").unwrap()
}

/// How many people of how many days are on record.
async fn on_record(world: &World) -> (i64, i64) {
    let people = "SELECT COUNT(DISTINCT user_id) AS number FROM active_user";
    let days = "SELECT COUNT(DISTINCT day) AS number FROM active_user";
    (number(world, people).await, number(world, days).await)
}

async fn run(world: &World, sql: &str) {
    let db = world.server().desk().db();
    db.admin().execute_unprepared(sql).await.unwrap();
}

async fn close(world: &World) -> u64 {
    let desk = world.server().desk();
    close_days(desk.db(), desk.clock()).await.unwrap()
}

async fn each_person_counts_once_a_day(world: World) {
    let second = world.second_server().await;
    let other = format!("http://{}", second.address());
    let carla = world.client(Person::Carla);
    for _ in 0..3 {
        asks(&carla).await;
        asks(&carla.at(&other)).await;
    }
    // Who only opens a socket, and whose request makes no sense, was there too.
    let _socket = world.client(Person::Otto).at(&other).socket().await;
    let answer = customer(&world, "dora").ask("{ wombat }", json!({})).await;
    assert_eq!(answer.code(), "BAD_INPUT");
    // Staff, nobody, and somebody whose token is not good do not count.
    for person in [Person::Alice, Person::Bob, Person::Susan] {
        asks(&world.client(person)).await;
        world.client(person).at(&other).socket().await;
    }
    world.anonymous().ask("{ viewer { id } }", json!({})).await;
    let expired = json!({ "sub": "ivan", "role": "customer", "exp": 1 });
    let ivan = world.client_with(expired);
    let refused = ivan.ask("{ viewer { id } }", json!({})).await;
    assert_eq!(refused.code(), "UNAUTHENTICATED");
    become_days(&world, &[counted(MONDAY, 3)]).await;
    world.clock.advance(TimeDelta::hours(15));
    asks(&carla).await;
    asks(&carla.at(&other)).await;
    become_days(&world, &[counted(MONDAY, 3), counted(TUESDAY, 1)]).await;
    second.stop().await.unwrap();
    assert_eq!(
        days(&world).await,
        [counted(MONDAY, 3), counted(TUESDAY, 1)]
    );
}

/// Two processes that are told to stop, right after their customers came.
async fn nothing_is_lost_when_servers_stop(world: World) {
    let (one, two) = (world.process().await, world.process().await);
    let customers: Vec<Client> = (0..30)
        .map(|number| customer(&world, &format!("customer {number}")))
        .collect();
    let (first, second) = (one.base().to_owned(), two.base().to_owned());
    join_all(customers[..20].iter().map(async |client| {
        asks(&client.at(&first)).await;
    }))
    .await;
    join_all(customers[10..].iter().map(async |client| {
        asks(&client.at(&second)).await;
    }))
    .await;
    assert_eq!(one.terminate().await, Some(0));
    assert_eq!(two.terminate().await, Some(0));
    assert_eq!(on_record(&world).await.0, 30);
}

async fn no_request_fails_because_of_it(world: World) {
    run(&world, "ALTER TABLE active_user RENAME TO elsewhere").await;
    let carla = world.client(Person::Carla);
    for _ in 0..10 {
        carla.open_ticket("Broken").await;
    }
    // A server stops in order all the same.
    let second = world.second_server().await;
    asks(&carla.at(&format!("http://{}", second.address()))).await;
    second.stop().await.unwrap();
    run(&world, "ALTER TABLE elsewhere RENAME TO active_user").await;
    become_days(&world, &[counted(MONDAY, 1)]).await;
}

async fn days_are_closed(world: World) {
    for name in ["anna", "ben", "carl"] {
        asks(&customer(&world, name)).await;
    }
    become_days(&world, &[counted(MONDAY, 3)]).await;
    assert_eq!(close(&world).await, 0, "it is still the day");
    world.clock.advance(TimeDelta::days(1));
    asks(&customer(&world, "ben")).await;
    become_days(&world, &[counted(MONDAY, 3), counted(TUESDAY, 1)]).await;
    // Several at once, on two servers.
    let second = world.second_server().await;
    let desks = [world.server().desk(), second.desk()];
    let closing = (0..8).map(|number| close_days(desks[number % 2].db(), &world.clock));
    let closed = join_all(closing).await.into_iter().map(Result::unwrap);
    assert!(closed.sum::<u64>() >= 1);
    assert_eq!(close(&world).await, 0, "again");
    let both = [counted(MONDAY, 3), counted(TUESDAY, 1)];
    assert_eq!(days(&world).await, both);
    // Somebody who came just before midnight and was written down after it.
    let late = "INSERT INTO active_user (day, user_id) SELECT MIN(day), \
                (SELECT id FROM user_account WHERE name = 'Susan') FROM active_user";
    run(&world, late).await;
    assert_eq!(days(&world).await[0], counted(MONDAY, 4));
    assert_eq!(close(&world).await, 1);
    // Closed days are not counted any more.
    world.clock.advance(TimeDelta::days(5));
    assert_eq!(close(&world).await, 1);
    let closed = [counted(MONDAY, 4), counted(TUESDAY, 1)];
    assert_eq!(days(&world).await, closed);
    assert_eq!(on_record(&world).await, (4, 2));
    // Who it was is forgotten after seven days.
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(close(&world).await, 0);
    assert_eq!(on_record(&world).await, (4, 2));
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(close(&world).await, 0);
    assert_eq!(on_record(&world).await, (1, 1));
    assert_eq!(days(&world).await, closed);
    second.stop().await.unwrap();
}

/// Nothing closed any day for a month, and there are more people than one statement forgets.
async fn days_are_closed_however_late(world: World) {
    asks(&world.client(Person::Carla)).await;
    become_days(&world, &[counted(MONDAY, 1)]).await;
    let many = "INSERT INTO active_user (day, user_id) WITH RECURSIVE number(n) AS \
                (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 5000) SELECT 20514, ";
    let id = if world.server().desk().db().is_postgres() {
        "gen_random_uuid() FROM number"
    } else {
        "randomblob(16) FROM number"
    };
    run(&world, &format!("{many}{id}")).await;
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(close(&world).await, 1);
    assert_eq!(days(&world).await, [counted(MONDAY, 5_001)]);
    assert_eq!(on_record(&world).await, (0, 0));
}

async fn a_report_goes_before_what_was_counted(world: World) {
    let susan = world.client(Person::Susan);
    asks(&world.client(Person::Carla)).await;
    become_days(&world, &[counted(MONDAY, 1)]).await;
    let report = async |input: Value| {
        let selection = "activeUsers { day count source }";
        susan.run("reportActiveUsers", input, selection).await["activeUsers"].clone()
    };
    let monday = |count: i32| json!({ "day": MONDAY, "count": count });
    assert_eq!(report(monday(900)).await, reported(MONDAY, 900));
    assert_eq!(days(&world).await, [reported(MONDAY, 900)]);
    // A later one replaces it; a repeated one changes nothing.
    let first = keyed(monday(950), "a");
    assert_eq!(report(first.clone()).await, reported(MONDAY, 950));
    assert_eq!(report(monday(1_000)).await, reported(MONDAY, 1_000));
    assert_eq!(report(first).await, reported(MONDAY, 1_000));
    let other = susan.user_error("reportActiveUsers", keyed(monday(1), "a"));
    assert_eq!(other.await, "IDEMPOTENCY_KEY_REUSED");
    // Closing the day leaves it, and so does another one of another day.
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(close(&world).await, 1);
    let none = json!({ "day": TUESDAY, "count": 0 });
    assert_eq!(report(none).await, reported(TUESDAY, 0));
    let tomorrow = json!({ "day": WEDNESDAY, "count": 2_000_000_000 });
    assert_eq!(report(tomorrow).await, reported(WEDNESDAY, 2_000_000_000));
    let all = [
        reported(MONDAY, 1_000),
        reported(TUESDAY, 0),
        reported(WEDNESDAY, 2_000_000_000),
    ];
    assert_eq!(days(&world).await, all);
    let long_ago = json!({ "day": "2000-01-01", "count": 1 });
    assert_eq!(report(long_ago).await, reported("2000-01-01", 1));
    let range = json!({ "from": TUESDAY, "to": TUESDAY });
    let tuesday = susan.get(DAYS, range).await;
    assert_eq!(tuesday["activeUsers"], json!([reported(TUESDAY, 0)]));
    // Who reported it, and when, is on record.
    let by = "SELECT COUNT(*) AS number FROM active_day JOIN user_account ON reported_by = id \
              WHERE name = 'Susan' AND reported_at IS NOT NULL";
    assert_eq!(number(&world, by).await, 4);
}

async fn mistakes(world: World) {
    let susan = world.client(Person::Susan);
    for (day, count, fields) in [
        ("2026-02-29", 1, &["day"][..]),
        ("2026-3-2", 1, &["day"]),
        ("", 1, &["day"]),
        ("1999-12-31", 1, &["day"]),
        (WEDNESDAY, 1, &["day"]),
        (MONDAY, -1, &["count"]),
        (MONDAY, 2_000_000_001, &["count"]),
        ("yesterday", -1, &["day", "count"]),
    ] {
        let input = json!({ "day": day, "count": count });
        let payload = susan
            .attempt("reportActiveUsers", input, "activeUsers { day }")
            .await;
        let expected: Vec<Value> = fields.iter().map(|field| json!([field])).collect();
        let errors = payload["userErrors"].as_array().unwrap();
        let told: Vec<_> = errors.iter().map(|error| error["field"].clone()).collect();
        assert_eq!(told, expected, "{day} {count}: {payload:#}");
        assert!(errors.iter().all(|error| error["code"] == "INVALID"));
        assert_eq!(payload["activeUsers"], Value::Null);
    }
    assert_eq!(days(&world).await, [] as [Value; 0]);
    let input = json!({ "day": WEDNESDAY, "count": 1 });
    let payload = susan.attempt("reportActiveUsers", input, "").await;
    let message = payload["userErrors"][0]["message"].as_str().unwrap();
    assert!(message.contains(TUESDAY), "{message}");
    for (from, to, words) in [
        ("2026-02-29", MONDAY, "`from` must be a day like"),
        (MONDAY, "today", "`to` must be a day like"),
        (TUESDAY, MONDAY, "must not be after"),
        ("2024-01-01", "2026-03-11", "801 days"),
    ] {
        let answer = susan.ask(DAYS, json!({ "from": from, "to": to })).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{from} {to}");
        assert!(answer.message().contains(words), "{}", answer.message());
    }
    let range = json!({ "from": "2024-01-02", "to": "2026-03-11" });
    susan.get(DAYS, range).await;
    for range in [("0001-01-01", "0001-01-01"), ("9999-12-31", "9999-12-31")] {
        let range = json!({ "from": range.0, "to": range.1 });
        susan.get(DAYS, range).await;
    }
}

/// The example of docs/api.md.
async fn the_documented_report(world: World) {
    let page = include_str!("../../docs/api.md");
    let section = page.split("\n## Active users\n").nth(1).unwrap();
    let example = section.split("```graphql\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let susan = world.client(Person::Susan);
    let data = susan
        .get(example, json!({ "day": MONDAY, "count": 7 }))
        .await;
    let expected = json!({ "activeUsers": reported(MONDAY, 7), "userErrors": [] });
    assert_eq!(data["reportActiveUsers"], expected);
}

on_both!(
    each_person_counts_once_a_day,
    nothing_is_lost_when_servers_stop,
    no_request_fails_because_of_it,
    days_are_closed,
    days_are_closed_however_late,
    a_report_goes_before_what_was_counted,
    mistakes,
    the_documented_report,
);
