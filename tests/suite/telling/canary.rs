//! What is internal, what belongs to other customers and where staff can be reached never gets to a
//! customer, whichever way; and to other systems goes no note and no address.

use deskwire_tests::{Client, Person};
use entity::EventKind;
use mail_parser::MessageParser;
use serde_json::{Value, json};

use super::{post::Arrived, scene::Scene as Desk};
use crate::canary_scene::Scene;

/// What Carla must get, so that looking for something proves something.
const PUBLIC: &str = "answer 3";
/// What only Otto and staff may know.
const OTTOS: &str = "Ottos-secret-order";

/// All that is in a mail, as it came and decoded.
fn all_of(mail: &Arrived) -> Vec<(String, String)> {
    let parsed = MessageParser::default().parse(&mail.bytes).unwrap();
    let mut all = vec![(
        "raw".to_owned(),
        String::from_utf8_lossy(&mail.bytes).into_owned(),
    )];
    for header in parsed.headers() {
        all.push((header.name().to_owned(), format!("{:?}", header.value())));
    }
    all.push(("text".to_owned(), parsed.body_text(0).unwrap().into_owned()));
    all.push(("html".to_owned(), parsed.body_html(0).unwrap().into_owned()));
    all
}

/// The words that must not be in what a customer gets: addresses of staff.
fn of_staff() -> [String; 4] {
    ["alice", "bob", "susan", "canary"].map(|name| format!("{name}@example.com"))
}

async fn notifications(client: &Client) -> Value {
    let query = "{ notifications(first: 100) { nodes { kind text actor { name email } message { body internal }
        ticket { id number subject tags messages(first: 100) { nodes { body } } } } } }";
    client.get(query, json!({})).await["notifications"]["nodes"].clone()
}

async fn nothing_gets_out(desk: Desk) {
    let world = &desk.world;
    desk.endpoint("all", &[]).await;
    let mut scene = Scene::make(world).await;
    scene.note(world).await;
    let (otto, bob) = (world.client(Person::Otto), world.client(Person::Bob));
    let his = otto.open_ticket(&format!("About {OTTOS}")).await;
    let me = bob.id().await;
    let on = |more: Value| {
        let mut input = json!({ "ticketId": his });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    bob.run("assignTicket", on(json!({ "assigneeId": me })), "")
        .await;
    let note = json!({ "body": format!("The CANARY knows of {OTTOS}") });
    bob.run("addInternalNote", on(note), "").await;
    bob.run(
        "replyToTicket",
        on(json!({ "body": format!("{OTTOS} is on its way") })),
        "",
    )
    .await;
    // Whoever works on it gets notes by mail, if they like.
    let kinds = json!([{ "kind": "NOTE_ADDED", "mail": "IMMEDIATE" }]);
    let coworker = world.client_with(
        json!({ "sub": "c", "name": "Canary Coworker", "role": "agent",
        "email": "canary@example.com" }),
    );
    coworker
        .run("setNotificationPreferences", json!({ "kinds": kinds }), "")
        .await;
    for mutation in ["resolveTicket", "reopenTicket", "closeTicket"] {
        let notes = if mutation == "resolveTicket" {
            json!({ "notes": "Mended." })
        } else {
            json!({})
        };
        scene.staff(mutation, notes).await;
    }
    scene.note(world).await;

    let worker = desk.deliverer_with(|settings| {
        settings.survey.url = "https://desk.example/survey/{id}".to_owned();
    });
    desk.deliver(&worker.await).await;

    let carlas = desk.mails_to("carla@example.com");
    let ottos = desk.mails_to("otto@example.com");
    assert!(
        carlas.len() >= 8 && ottos.len() >= 3,
        "{} {}",
        carlas.len(),
        ottos.len()
    );
    for (who, mails) in [("Carla", &carlas), ("Otto", &ottos)] {
        for mail in mails {
            for (part, text) in all_of(mail) {
                scene.hears_nothing(&format!("{who}'s mail, {part}"), &text);
                for address in of_staff() {
                    assert!(!text.contains(&address), "{who} {part} {text}");
                }
                assert!(who == "Otto" || !text.contains(OTTOS), "{part} {text}");
                let hers = ["carla@example.com", "It broke", PUBLIC];
                assert!(
                    who == "Carla" || !hers.iter().any(|word| text.contains(word)),
                    "{text}"
                );
            }
        }
    }
    // Looking finds what is there.
    let found = |mails: &[Arrived], word: &str| {
        let mut parts = mails.iter().flat_map(all_of);
        parts.any(|(part, text)| (part == "text" || part == "html") && text.contains(word))
    };
    assert!(found(&carlas, PUBLIC) && found(&ottos, OTTOS));
    let staffs = desk.mails_to("canary@example.com");
    assert!(
        found(&staffs, "wrote an internal note"),
        "{} mails",
        staffs.len()
    );
    // What notes say stays on the desk, even if colleagues are mailed that there is one.
    for (part, text) in desk.post.mails().iter().flat_map(all_of) {
        assert!(
            !text.contains("sings") && !text.contains("CANARY"),
            "{part} {text}"
        );
    }
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for (part, text) in staffs.iter().flat_map(all_of) {
            scene.hears_nothing(&part, &text);
        }
    }));
    assert!(caught.is_err());

    // In the app.
    for (who, client, theirs) in [("Carla", &scene.own, PUBLIC), ("Otto", &otto, OTTOS)] {
        let news = notifications(client).await;
        let kinds: Vec<_> = news
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["kind"].clone())
            .collect();
        assert!(kinds.contains(&json!("STAFF_REPLIED")), "{kinds:?}");
        let text = news.to_string();
        scene.hears_nothing(who, &text);
        assert!(text.contains(theirs), "{who} {text}");
        assert!(who == "Otto" || !text.contains(OTTOS), "{text}");
        for address in of_staff() {
            assert!(!text.contains(&address), "{who} {text}");
        }
    }

    to_systems(&desk).await;
}

async fn to_systems(desk: &Desk) {
    let log = desk.log().await;
    let notes = log
        .iter()
        .filter(|event| event.kind == EventKind::InternalNoteAdded);
    assert_eq!(notes.count(), 3);
    let mut payloads: Vec<_> = desk
        .hooks
        .requests("all")
        .into_iter()
        .map(|one| one.body)
        .collect();
    assert_eq!(payloads.len(), log.len());
    payloads.extend(desk.kafka.read().await.into_iter().map(|one| one.payload));
    assert_eq!(payloads.len(), 2 * log.len());
    for payload in &payloads {
        for word in [
            "CANARY",
            "sings",
            "@example.com",
            "Alice",
            "Canary Coworker",
            "Carla",
            "Otto\"",
        ] {
            assert!(!payload.contains(word), "{word} {payload}");
        }
        let event: Value = serde_json::from_str(payload).unwrap();
        let message = &event["data"]["message"];
        if message["internal"] == true {
            assert!(message.get("body").is_none_or(Value::is_null), "{payload}");
            assert_eq!(event["data"]["visibility"], "STAFF");
        }
    }
    for word in [PUBLIC, OTTOS, "canary-tag", "ticket_note_added"] {
        let found = payloads.iter().filter(|payload| payload.contains(word));
        assert!(found.count() >= 2, "{word}");
    }
}

on_both!(nothing_gets_out);
