//! What nobody is shown, even if it were in the table: staff's news and notes to customers, and news
//! of tickets that are not theirs.

use deskwire_tests::{World, on_both};
use entity::NotificationKind;
use serde_json::{Value, json};

use super::scene::{News, ids, page, unread};
use crate::common::{People, ask, text};

const FOLLOW: &str = "subscription($after: String) { notifications(after: $after) {
    position kind unreadCount notification { id text message { body } ticket { number } } } }";

async fn customers_see_nothing_of_staff(world: World) {
    let People {
        carla, alice, bob, ..
    } = People::of(&world);
    let ticket = carla.open_ticket("Mine").await;
    let body = json!({ "ticketId": ticket, "body": "The canary sings" });
    let note = alice.run("addInternalNote", body, "message { id }").await;
    let note = text(&note, "/message/id");
    let start = text(&page(&carla, "").await, "/position");
    let mut live = carla.socket().await;
    live.subscribe(FOLLOW, json!({})).await;
    assert_eq!(live.event("notifications").await["kind"], "READY");

    let news = News::new(&world, &carla, &ticket).await.by(&alice).await;
    let mut never = Vec::new();
    for &kind in NotificationKind::ALL {
        if domain::telling::preference::is_for_staff(kind) {
            never.push(news.clone().of(kind).with(&note).told().await);
        }
    }
    assert_eq!(never.len(), 10);
    // Nothing of what is hidden moves the position either.
    let now = page(&carla, "").await;
    assert_eq!((ids(&now).len(), &now["unreadCount"]), (0, &json!(0)));
    assert_eq!(now["position"], start.as_str());
    for id in &never {
        let node = format!("{{ node(id: \"{id}\") {{ id }} }}");
        assert_eq!(ask(&carla, &node).await.data(), json!({ "node": null }));
        let input = json!({ "ids": [id] });
        let refused = carla.user_error("markNotificationsRead", input).await;
        assert_eq!(refused, "NOT_FOUND");
    }
    // One that is for her, with a note on it: she sees it, without the note.
    let hers = news.with(&note).told().await;
    let event = live.event("notifications").await;
    assert_eq!(
        (&event["kind"], &event["notification"]["id"]),
        (&json!("ADDED"), &json!(hers)),
        "{event:#}"
    );
    assert_eq!(event["notification"]["message"], json!(null));
    assert_eq!(event["unreadCount"], 1);
    assert!(!event.to_string().contains("canary"));
    let mut replayed = carla.socket().await;
    replayed.subscribe(FOLLOW, json!({ "after": start })).await;
    assert_eq!(replayed.event("notifications").await["kind"], "READY");
    let event = replayed.event("notifications").await;
    assert_eq!(event["notification"]["id"], hers.as_str());
    let list = "{ notifications { nodes { text message { body } } } }";
    let seen = ask(&carla, list).await.data();
    let nodes: &Value = &seen["notifications"]["nodes"];
    assert_eq!(nodes.as_array().unwrap().len(), 1, "{seen:#}");
    assert_eq!(nodes[0]["message"], json!(null));
    // A member of staff reads the note.
    let ours = News::new(&world, &bob, &ticket).await.by(&alice).await;
    let ours = ours.of(NotificationKind::NoteAdded).with(&note);
    ours.tell().await;
    let seen = ask(&bob, list).await.data();
    assert_eq!(
        seen["notifications"]["nodes"][0],
        json!({ "text": "Alice wrote a note on SUP-00001: Mine",
            "message": { "body": "The canary sings" } })
    );
}

async fn tickets_of_others_tell_nothing(world: World) {
    let People { carla, otto, .. } = People::of(&world);
    let ticket = carla.open_ticket("Hers").await;
    let own = otto.open_ticket("His").await;
    let mut live = otto.socket().await;
    live.subscribe(FOLLOW, json!({})).await;
    let ready = live.event("notifications").await;
    assert_eq!(ready["kind"], "READY");
    let foreign = News::new(&world, &otto, &ticket).await.told().await;
    let his = News::new(&world, &otto, &own).await.told().await;
    let event = live.event("notifications").await;
    assert_eq!(
        (&event["notification"]["id"], &event["unreadCount"]),
        (&json!(his), &json!(1)),
        "{event:#}"
    );
    assert_eq!(ids(&page(&otto, "").await), [his.as_str()]);
    let node = format!("{{ node(id: \"{foreign}\") {{ id }} }}");
    assert_eq!(ask(&otto, &node).await.data(), json!({ "node": null }));
    let after = json!({ "after": ready["position"] });
    let mut replayed = otto.socket().await;
    replayed.subscribe(FOLLOW, after).await;
    assert_eq!(replayed.event("notifications").await["kind"], "READY");
    let event = replayed.event("notifications").await;
    assert_eq!(event["notification"]["id"], his.as_str());
    assert_eq!(unread(&carla).await, 0);
}

on_both!(
    customers_see_nothing_of_staff,
    tickets_of_others_tell_nothing
);
