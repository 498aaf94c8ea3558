//! Tickets from before there were timers: worked out from the event log, they are those that the
//! commands would have left.

use deskwire_tests::{World, on_both};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::json;

use super::scene::Scene;

async fn replayed(world: World) {
    let scene = Scene::new(world);
    let (alice, carla) = (&scene.people.alice, &scene.people.carla);
    let office = scene.office("Europe/Berlin").await;
    scene.promise(&office, 4, 4, 16).await;
    // All sorts of lives: never touched; asked and answered; paused; reopened; withdrawn and back.
    let tickets: Vec<String> = {
        let mut tickets = Vec::new();
        for priority in ["LOW", "MEDIUM", "HIGH", "URGENT", "HIGH", "LOW"] {
            tickets.push(scene.open(json!({ "priority": priority })).await);
        }
        tickets
    };
    for (place, ticket) in tickets.iter().enumerate().skip(1) {
        scene.at(&format!("03-03 1{place}:00"));
        scene.reply(alice, ticket).await;
        scene.reply(carla, ticket).await;
        let change = json!({ "priority": "MEDIUM" });
        scene.act(alice, "updateTicket", ticket, change).await;
        if place > 2 {
            scene.status(ticket, "WAITING_ON_USER").await;
            scene.at(&format!("03-03 1{place}:30"));
            scene.reply(carla, ticket).await;
        }
    }
    for (at, ticket) in [("03-05 09:00", &tickets[4]), ("03-05 09:30", &tickets[5])] {
        scene.at(at);
        scene.resolve(ticket).await;
        scene
            .world
            .clock
            .advance(chrono::TimeDelta::microseconds(1_234_567));
        scene.reply(carla, ticket).await;
    }
    scene.resolve(&tickets[5]).await;
    let called = json!({ "subject": "a", "description": "b", "requesterId": carla.id().await });
    alice.run("createTicket", called, "").await;
    let desk = scene.world.server().desk();
    let db = desk.db();
    let timers = async || {
        let rows = entity::timer::Entity::find()
            .order_by_asc(entity::timer::Column::TicketId)
            .order_by_asc(entity::timer::Column::Kind)
            .order_by_asc(entity::timer::Column::Cycle);
        rows.all(db.read()).await.unwrap()
    };
    let rows = async || {
        let rows = entity::ticket::Entity::find().order_by_asc(entity::ticket::Column::Number);
        rows.all(db.read()).await.unwrap()
    };
    // What fired is no part of it: nothing does again.
    let mut expected = timers().await;
    let before = rows().await;
    assert!(expected.len() > 25, "{}", expected.len());
    for sql in [
        "DELETE FROM timer",
        "UPDATE ticket SET sla_state = NULL, sla_due_at = '9999-12-31T00:00:00+00:00'",
    ] {
        db.admin().execute_unprepared(sql).await.unwrap();
    }
    assert_eq!(domain::sla::adopt(db).await.unwrap(), 7);
    let mut found = timers().await;
    for row in expected.iter_mut().chain(&mut found) {
        row.levels.0.clear();
        row.fire_at = None;
    }
    assert_eq!(found, expected);
    assert_eq!(rows().await, before);
    assert_eq!(domain::sla::adopt(db).await.unwrap(), 0);
}

on_both!(replayed);
