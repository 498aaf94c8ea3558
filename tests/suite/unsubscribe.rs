//! The link in a mail that ends mails of its kind: without signing in, by a person or a mail program.

use deskwire_tests::{Client, World, on_both};
use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::common::{People, mails, text};

/// The link of a mail; an empty text if there is none.
fn link(mail: &str) -> String {
    let mail = MessageParser::default().parse(mail).unwrap();
    let header = mail.header_raw("List-Unsubscribe").unwrap_or_default();
    let one_click = mail.header_raw("List-Unsubscribe-Post").unwrap_or_default();
    assert_eq!(header.is_empty(), one_click.is_empty());
    let url: String = header.split_whitespace().collect();
    let url = url.trim_matches(['<', '>']);
    url.strip_prefix("http://localhost:8080")
        .unwrap_or_default()
        .to_owned()
}

async fn status(staff: &Client, ticket: &str, status: &str) {
    let input = json!({ "ticketId": ticket, "status": status });
    staff.run("setTicketStatus", input, "").await;
}

async fn preference(client: &Client, kind: &str) -> Value {
    let query = "{ notificationPreferences { kinds { kind mail inApp } } }";
    let all = client.get(query, json!({})).await;
    let all = all["notificationPreferences"]["kinds"].as_array().unwrap();
    all.iter().find(|row| row["kind"] == kind).unwrap().clone()
}

async fn a_reader_ends_mails(world: World) {
    let people = People::of(&world);
    let ticket = people.carla.open_ticket("It broke").await;
    status(&people.alice, &ticket, "IN_PROGRESS").await;
    let all = mails(&world).await;
    let links: Vec<String> = all.iter().map(|mail| link(mail)).collect();
    let links: Vec<&String> = links.iter().filter(|link| !link.is_empty()).collect();
    // That it has arrived, and what the admin team gets, cannot be ended.
    assert_eq!((all.len(), links.len()), (3, 1), "{all:#?}");
    let url = format!("{}{}", world.base(), links[0]);
    let http = people.carla.http();

    // To look at the link ends nothing.
    let page = http.get(&url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("form-action 'self'")
    );
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert!(page.text().await.unwrap().contains("End these mails"));
    let usual = json!({ "kind": "STATUS_CHANGED", "mail": "IMMEDIATE", "inApp": true });
    assert_eq!(preference(&people.carla, "STATUS_CHANGED").await, usual);

    // What a mail program does (RFC 8058). Twice is as good as once.
    for _ in 0..2 {
        let sent = http.post(&url).body("List-Unsubscribe=One-Click").send();
        assert_eq!(sent.await.unwrap().status(), 200);
    }
    let ended = json!({ "kind": "STATUS_CHANGED", "mail": "OFF", "inApp": true });
    assert_eq!(preference(&people.carla, "STATUS_CHANGED").await, ended);
    let other = preference(&people.carla, "STAFF_REPLIED").await;
    assert_eq!(other["mail"], "IMMEDIATE");
    let reply = json!({ "ticketId": ticket, "body": "Which one?" });
    people.alice.run("replyToTicket", reply, "").await;
    status(&people.alice, &ticket, "WAITING_ON_USER").await;
    assert_eq!(mails(&world).await.len(), all.len() + 1, "the reply alone");
}

/// A digest is ended with all that comes with it, and for its reader alone.
async fn a_digest_is_ended(world: World) {
    let people = People::of(&world);
    let ticket = people.carla.open_ticket("It broke").await;
    let me = people.alice.id().await;
    let input = json!({ "ticketId": ticket, "assigneeId": me });
    people.alice.run("assignTicket", input, "").await;
    for client in [&people.alice, &people.bob] {
        let input = json!({ "digestMinutes": 30, "kinds": [{ "kind": "CUSTOMER_REPLIED", "mail": "DIGEST" }] });
        client.run("setNotificationPreferences", input, "").await;
    }
    let before = mails(&world).await.len();
    let reply = json!({ "ticketId": ticket, "body": "Hello?" });
    people.carla.run("replyToTicket", reply, "").await;
    assert_eq!(mails(&world).await.len(), before, "it is held");
    world.clock.advance(chrono::TimeDelta::minutes(30));
    let all = mails(&world).await;
    assert_eq!(all.len(), before + 1);
    let mut digests = all.iter().filter(|mail| mail.contains("alice@example.com"));
    let url = format!("{}{}", world.base(), link(digests.next_back().unwrap()));
    let sent = people.alice.http().post(&url).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let mode = async |client| text(&preference(client, "CUSTOMER_REPLIED").await, "/mail");
    assert_eq!(mode(&people.alice).await, "OFF");
    assert_eq!(mode(&people.bob).await, "DIGEST");
    let kept = preference(&people.alice, "SLA_BREACH").await;
    assert_eq!(kept["mail"], "IMMEDIATE");
}

async fn what_is_no_link_ends_nothing(world: World) {
    let client = world.anonymous();
    let long = "x".repeat(5_000);
    for token in ["", "x", "a.b", "%00", long.as_str()] {
        for post in [false, true] {
            let url = format!("{}/mail/unsubscribe?token={token}", world.base());
            let http = client.http();
            let request = if post {
                http.post(&url)
            } else {
                http.get(&url)
            };
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 404, "{token}");
            assert!(
                answer
                    .text()
                    .await
                    .unwrap()
                    .contains("This link does not work")
            );
        }
    }
}

on_both!(
    a_reader_ends_mails,
    a_digest_is_ended,
    what_is_no_link_ends_nothing
);
