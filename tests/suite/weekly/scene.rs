//! A desk on which weeks go by.

use std::path::PathBuf;

use delivery::Deliverer;
use deskwire_tests::{Client, World};
use domain::{
    Actor, Desk,
    stats::{SetStatsSettings, StatsReport, WEEKLY_FORMAT, WeeklyReport},
};
use entity::{
    DeliveryState, NotificationKind, Role, Timestamp, delivery as outbox, user, weekly_report,
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};

/// All of a report.
pub const REPORT: &str = "week from to timeZone createdAt \
    figures { name value previous target direction isMet } days { day created resolved } \
    categories { ...G } teams { ...G } agents { ...G } peakHour { weekday hour created } \
    backlogByAge { fromSeconds toSeconds tickets } spikes { kind name now expected ratio }";

/// What a row of its tables has.
pub const GROUP: &str = "fragment G on WeeklyGroup { name created createdBefore resolved \
    resolvedBefore firstResponseMedianSeconds compliance }";

/// Sets the clock; it never goes back.
pub fn at(world: &World, time: &str) {
    let time: Timestamp = time.parse().unwrap();
    let ahead = time - world.clock.now();
    assert!(ahead >= chrono::TimeDelta::zero(), "{time} is past");
    world.clock.advance(ahead);
}

/// Runs the job.
pub async fn run(desk: &Desk) -> StatsReport {
    loop {
        let report = desk.aggregator().run(None).await;
        assert_eq!(report.error, None);
        // On PostgreSQL a transaction of another test can hold back the log.
        if report.left == 0 {
            return report;
        }
        tokio::task::yield_now().await;
    }
}

/// The weeks of which there are reports, the oldest first.
pub async fn weeks(world: &World) -> Vec<String> {
    let rows = weekly_report::Entity::find().order_by_asc(weekly_report::Column::Week);
    let rows = rows.all(world.server().desk().db().read()).await.unwrap();
    rows.into_iter().map(|row| row.week).collect()
}

/// The mails about reports, in the order in which they were planned.
pub async fn planned(world: &World) -> Vec<outbox::Model> {
    let rows = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq(NotificationKind::WeeklyReport))
        .order_by_asc(outbox::Column::Id);
    rows.all(world.server().desk().db().read()).await.unwrap()
}

/// Sends all mails about reports that are due, and says what became of them.
pub async fn deliver(world: &World) -> Vec<DeliveryState> {
    let (config, desk) = (world.config(), world.server().desk());
    let (db, clock) = (desk.db().clone(), world.clock.clone());
    let worker = Deliverer::open(db, clock, &config.delivery, &config.data_dir, 14).await;
    let report = worker.unwrap().run(None).await;
    assert_eq!((report.failed, report.error), (0, None));
    planned(world).await.iter().map(|row| row.state).collect()
}

/// The files of the mails about reports that were sent, by name.
pub fn files(world: &World) -> Vec<PathBuf> {
    let Ok(folder) = std::fs::read_dir(world.config().data_dir.join("mail")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
    files.retain(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.contains("Subject: Week ")
    });
    files.sort();
    files
}

/// The report of `week`.
pub async fn report(client: &Client, week: &str) -> Value {
    let query =
        format!("query($week: String!) {{ weeklyReport(week: $week) {{ {REPORT} }} }} {GROUP}");
    client.get(&query, json!({ "week": week })).await["weeklyReport"].clone()
}

/// A figure of a report.
pub fn figure<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut figures = report["figures"].as_array().unwrap().iter();
    figures.find(|figure| figure["name"] == name).unwrap()
}

/// Sets the time zone of the desk.
pub async fn set_zone(world: &World, zone: &str) {
    let settings = SetStatsSettings {
        time_zone: Some(zone.to_owned()),
        targets: None,
        idempotency_key: None,
    };
    let desk = world.server().desk();
    desk.execute(supervisor(world).await, settings)
        .await
        .unwrap();
}

/// A supervisor.
pub async fn supervisor(world: &World) -> Actor {
    let found = user::Entity::find().filter(user::Column::Role.eq(Role::Supervisor));
    let found = found.one(world.server().desk().db().read()).await.unwrap();
    Actor {
        id: found.unwrap().id,
        role: Role::Supervisor,
    }
}

/// Another supervisor, who has signed in once.
pub async fn sarah(world: &World) -> Client {
    let claims = json!({ "sub": "sarah", "name": "Sarah", "email": "sarah@example.com", "role": "supervisor" });
    let sarah = world.client_with(claims);
    sarah.id().await;
    sarah
}

/// Puts an empty report of a week on record.
pub async fn put(world: &World, week: &str) {
    let now = world.clock.now();
    let report = WeeklyReport {
        format: WEEKLY_FORMAT,
        week: week.to_owned(),
        from: now,
        to: now,
        time_zone: "UTC".to_owned(),
        created_at: now,
        figures: Vec::new(),
        days: Vec::new(),
        categories: Vec::new(),
        teams: Vec::new(),
        agents: Vec::new(),
        peak_hour: None,
        backlog_by_age: Vec::new(),
        spikes: Vec::new(),
    };
    let row = weekly_report::Model {
        week: week.to_owned(),
        time_zone: "UTC".to_owned(),
        from_at: now,
        to_at: now,
        data: serde_json::to_value(report).unwrap(),
        created_at: now,
    };
    let row = row.into_active_model();
    let row = weekly_report::Entity::insert(row);
    let db = world.server().desk().db().admin();
    row.exec_without_returning(db).await.unwrap();
}
