//! The examples of the docs work as they are written down.

use deskwire_tests::{World, on_both};
use entity::NotificationKind;
use serde_json::json;

use super::scene::News;
use crate::common::{People, text};

const API: &str = include_str!("../../../docs/api.md");
const LIVE: &str = include_str!("../../../docs/live.md");

/// The GraphQL documents of a page's section on notifications.
fn documents(page: &str) -> Vec<&str> {
    let (_, section) = page.split_once("\n## Notifications\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```graphql\n").skip(1);
    blocks
        .map(|block| block.split_once("```").unwrap().0)
        .collect()
}

async fn the_examples_work(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = carla.open_ticket("Cannot pay").await;
    let news = News::new(&world, &alice, &ticket).await.by(&carla).await;
    let news = news.of(NotificationKind::CustomerReplied);
    let told = news.told().await;
    let [inbox, seen, quiet] = documents(API)[..] else {
        panic!("docs/api.md has other examples");
    };
    let page = alice.get(inbox, json!({})).await["notifications"].clone();
    assert_eq!(
        (&page["unreadCount"], &page["nodes"][0]["text"]),
        (&json!(1), &json!("Carla replied to SUP-00001: Cannot pay"))
    );
    let [follow] = documents(LIVE)[..] else {
        panic!("docs/live.md has other examples");
    };
    let mut socket = alice.socket().await;
    let after = json!({ "after": page["position"] });
    socket.subscribe(follow, after).await;
    assert_eq!(socket.event("notifications").await["kind"], "READY");
    let payload = alice.get(seen, json!({ "upTo": told })).await;
    assert_eq!(
        payload["markNotificationsRead"],
        json!({ "markedCount": 1, "unreadCount": 0, "userErrors": [] })
    );
    assert_eq!(socket.event("notifications").await["kind"], "READ");
    let next = news.told().await;
    let event = socket.event("notifications").await;
    assert_eq!(text(&event, "/notification/id"), next);
    assert_eq!(
        (&event["kind"], &event["unreadCount"]),
        (&json!("ADDED"), &json!(1))
    );
    let payload = alice.get(quiet, json!({})).await["setNotificationPreferences"].clone();
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["preferences"]["digestMinutes"], 30);
}

on_both!(the_examples_work);
