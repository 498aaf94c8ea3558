//! What people choose to be told, and how.

use deskwire_tests::{Client, World, on_both};
use serde_json::{Value, json};

use crate::common::People;

const SET: &str = "setNotificationPreferences";
const ALL: &str = "digestMinutes kinds { kind mail inApp isUsual }";

async fn preferences(client: &Client) -> Value {
    let query = format!("{{ notificationPreferences {{ {ALL} }} }}");
    client.get(&query, json!({})).await["notificationPreferences"].clone()
}

fn of(preferences: &Value, kind: &str) -> Value {
    let kinds = preferences["kinds"].as_array().unwrap().iter();
    let mut found = kinds.filter(|one| one["kind"] == kind);
    found.next().cloned().unwrap_or_default()
}

fn names(preferences: &Value) -> Vec<&str> {
    let kinds = preferences["kinds"].as_array().unwrap().iter();
    kinds.map(|one| one["kind"].as_str().unwrap()).collect()
}

async fn each_side_has_its_own(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let (hers, ours) = (preferences(&carla).await, preferences(&alice).await);
    assert_eq!(
        names(&hers),
        [
            "TICKET_RECEIVED",
            "STAFF_REPLIED",
            "STATUS_CHANGED",
            "TICKET_ASSIGNED",
            "TICKET_RESOLVED",
            "FOLLOW_UP",
            "SURVEY"
        ]
    );
    assert_eq!(
        names(&ours),
        [
            "TICKET_OPENED",
            "CUSTOMER_REPLIED",
            "ASSIGNED_TO_YOU",
            "TICKET_REOPENED",
            "NOTE_ADDED",
            "SLA_WARNING",
            "SLA_BREACH",
            "UNATTENDED"
        ]
    );
    assert_eq!(
        (&hers["digestMinutes"], &ours["digestMinutes"]),
        (&json!(null), &json!(60))
    );
    let usual = json!({ "kind": "NOTE_ADDED", "mail": "OFF", "inApp": true, "isUsual": true });
    assert_eq!(of(&ours, "NOTE_ADDED"), usual);
}

async fn what_is_chosen_is_kept(world: World) {
    let People {
        carla, alice, bob, ..
    } = People::of(&world);
    let input = json!({ "digestMinutes": 5, "kinds": [
        { "kind": "CUSTOMER_REPLIED", "mail": "DIGEST" },
        { "kind": "NOTE_ADDED", "inApp": false },
        { "kind": "SLA_BREACH", "mail": "IMMEDIATE", "inApp": true },
    ] });
    let payload = alice
        .run(SET, input, &format!("preferences {{ {ALL} }}"))
        .await;
    let now = preferences(&alice).await;
    assert_eq!(payload["preferences"], now);
    assert_eq!(now["digestMinutes"], 5);
    let row = |kind: &str, mail: &str, in_app: bool, is_usual: bool| json!({ "kind": kind, "mail": mail, "inApp": in_app, "isUsual": is_usual });
    for expected in [
        row("CUSTOMER_REPLIED", "DIGEST", true, false),
        row("NOTE_ADDED", "OFF", false, false),
        row("SLA_BREACH", "IMMEDIATE", true, true),
    ] {
        let kind = expected["kind"].as_str().unwrap();
        assert_eq!(of(&now, kind), expected);
    }
    // What is left out stays as it is.
    let input = json!({ "kinds": [{ "kind": "CUSTOMER_REPLIED", "inApp": false }] });
    alice.run(SET, input, "").await;
    alice.run(SET, json!({}), "").await;
    let input = json!({ "digestMinutes": null, "kinds": [{ "kind": "NOTE_ADDED", "mail": null, "inApp": true }] });
    alice.run(SET, input, "").await;
    let now = preferences(&alice).await;
    assert_eq!(now["digestMinutes"], 5);
    assert_eq!(
        of(&now, "CUSTOMER_REPLIED"),
        row("CUSTOMER_REPLIED", "DIGEST", false, false)
    );
    assert_eq!(of(&now, "NOTE_ADDED"), row("NOTE_ADDED", "OFF", true, true));
    // Everybody for themselves.
    assert_eq!(
        of(&preferences(&bob).await, "CUSTOMER_REPLIED")["isUsual"],
        true
    );
    let input = json!({ "kinds": [{ "kind": "STAFF_REPLIED", "mail": "OFF" }] });
    carla.run(SET, input, "").await;
    let hers = of(&preferences(&carla).await, "STAFF_REPLIED");
    assert_eq!(hers, row("STAFF_REPLIED", "OFF", true, false));
    // Marking something as read leaves the digest as it is, and the other way round.
    let all = json!({ "all": true });
    alice.run("markNotificationsRead", all, "").await;
    assert_eq!(preferences(&alice).await["digestMinutes"], 5);
}

async fn what_cannot_be_chosen(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let before = (preferences(&carla).await, preferences(&alice).await);
    let one = |kind: &str, mail: &str| json!({ "kinds": [{ "kind": kind, "mail": mail }] });
    for (client, input, field, says) in [
        (
            &alice,
            json!({ "digestMinutes": 4 }),
            json!(["digestMinutes"]),
            "5 to 1440 minutes, not 4",
        ),
        (
            &alice,
            json!({ "digestMinutes": 1441 }),
            json!(["digestMinutes"]),
            "5 to 1440 minutes, not 1441",
        ),
        (
            &alice,
            json!({ "digestMinutes": -5 }),
            json!(["digestMinutes"]),
            "not -5",
        ),
        (
            &carla,
            json!({ "digestMinutes": 60 }),
            json!(["digestMinutes"]),
            "for the support team",
        ),
        (
            &alice,
            one("DIGEST", "OFF"),
            json!(["kinds", "kind"]),
            "The digest itself is no choice",
        ),
        (
            &alice,
            one("STAFF_REPLIED", "OFF"),
            json!(["kinds", "kind"]),
            "never told of STAFF_REPLIED",
        ),
        (
            &carla,
            one("NOTE_ADDED", "OFF"),
            json!(["kinds", "kind"]),
            "never told of NOTE_ADDED",
        ),
        (
            &carla,
            one("STAFF_REPLIED", "DIGEST"),
            json!(["kinds", "mail"]),
            "IMMEDIATE or OFF for STAFF_REPLIED",
        ),
    ] {
        let payload = client
            .attempt(SET, input.clone(), "preferences { digestMinutes }")
            .await;
        assert_eq!(payload["preferences"], json!(null), "{input}");
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("INVALID"), &field),
            "{input}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(says), "{input}: {message}");
    }
    // All mistakes at once, and nothing of what was right is kept.
    let input = json!({ "digestMinutes": 1, "kinds": [
        { "kind": "NOTE_ADDED", "inApp": false },
        { "kind": "NOTE_ADDED", "mail": "OFF" },
        { "kind": "SURVEY", "mail": "OFF" },
    ] });
    let payload = alice.attempt(SET, input, "").await;
    assert_eq!(
        payload["userErrors"].as_array().unwrap().len(),
        3,
        "{payload:#}"
    );
    let many = json!({ "kinds": vec![json!({ "kind": "NOTE_ADDED" }); 18] });
    assert_eq!(alice.user_error(SET, many).await, "TOO_LONG");
    assert_eq!(
        (preferences(&carla).await, preferences(&alice).await),
        before
    );
}

on_both!(
    each_side_has_its_own,
    what_is_chosen_is_kept,
    what_cannot_be_chosen
);
