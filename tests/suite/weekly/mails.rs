//! Who gets the report by mail: each supervisor who wants it, once.

use std::fs;

use deskwire_tests::{Backend, Client, World, on_both};
use domain::{
    db::Db,
    stats::{Aggregator, WeeklyReports},
};
use entity::{DeliveryState, Role, user};
use futures_util::future::join_all;
use mail_parser::{Message, MessageParser, MimeHeaders};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::{Value, json};

use super::scene::{at, deliver, figure, files, planned, report, run, sarah, weeks};
use crate::common::People;

const KIND: &str = "WEEKLY_REPORT";
const SET: &str = "setNotificationPreferences";

/// A desk on which there was a week, and two supervisors.
async fn after_a_week(world: &World) -> (People, Client) {
    let people = People::of(world);
    for client in [&people.alice, &people.bob, &people.susan] {
        client.id().await;
    }
    let sarah = sarah(world).await;
    let ticket = people.carla.open_ticket("It broke").await;
    people.otto.open_ticket("Mine too").await;
    at(world, "2026-03-02T11:05:00Z");
    let reply = json!({ "ticketId": ticket, "body": "We look into it." });
    people.alice.run("replyToTicket", reply, "").await;
    let done = json!({ "ticketId": ticket, "notes": "Done." });
    people.alice.run("resolveTicket", done, "").await;
    at(world, "2026-03-09T08:00:00Z");
    (people, sarah)
}

async fn each_supervisor_gets_it_once(world: World) {
    let (people, _) = after_a_week(&world).await;
    assert_eq!(run(world.server().desk()).await.reports, 1);
    assert_eq!(planned(&world).await.len(), 2);
    assert_eq!(deliver(&world).await, [DeliveryState::Sent; 2]);
    let mails = files(&world);
    assert_eq!(mails.len(), 2);
    let read: Vec<_> = mails.iter().map(|path| fs::read(path).unwrap()).collect();
    let parsed = |bytes| MessageParser::default().parse(bytes).unwrap();
    let to = |mail: &Message<'_>| {
        let to = mail.to().unwrap().first().unwrap();
        to.address().unwrap().to_owned()
    };
    let mut recipients: Vec<_> = read.iter().map(|bytes| to(&parsed(bytes))).collect();
    recipients.sort();
    assert_eq!(recipients, ["sarah@example.com", "susan@example.com"]);
    for bytes in &read {
        let mail = parsed(bytes);
        assert_eq!(mail.subject(), Some("Week 2026-W10: 2 opened, 1 resolved"));
        looks_right(&mail);
        // It is about no ticket, and answers nothing.
        assert!(mail.header_raw("X-Deskwire-Ticket").is_none());
        assert!(mail.header_raw("In-Reply-To").is_none());
        assert!(mail.header_raw("List-Unsubscribe").is_some());
    }
    // What the API says stands in the mail.
    let report = report(&people.susan, "2026-W10").await;
    assert_eq!(figure(&report, "FIRST_RESPONSE_AVERAGE")["value"], 7_500.0);
    // Whatever runs again, nobody gets it twice.
    for _ in 0..3 {
        run(world.server().desk()).await;
        assert_eq!(deliver(&world).await.len(), 2);
    }
    assert_eq!(files(&world).len(), 2);
}

/// Both forms, the pictures, and all numbers.
fn looks_right(mail: &Message<'_>) {
    let kind = |part: &mail_parser::MessagePart<'_>| {
        let kind = part.content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
    };
    let kinds: Vec<_> = mail.parts.iter().map(kind).collect();
    let expected = [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
    ];
    assert_eq!(kinds, expected);
    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for part in mail.parts.iter().filter(|part| kind(part) == "image/png") {
        let id = part.content_id().unwrap();
        assert!(html.contains(&format!("src=\"cid:{id}\"")), "{id}");
        // Signature, header, width and height.
        let png = part.contents();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!((size(16), size(20)), (1_200, 480));
    }
    for said in [
        "2–8 March 2026",
        "Tickets opened",
        "First response, average",
        "2 h 5 min",
        "below 12 h",
        "Mon 2",
        "Sun 8",
        "Monday, 9:00–10:00: 2.",
        "under 1 day",
        "over 30 days",
    ] {
        assert!(text.contains(said) && html.contains(said), "{said}: {text}");
    }
    let lines = [
        "- Tickets opened: 2, the week before 0",
        "- In work at the end: 1, the week before 0",
        "- First response, average: 2 h 5 min, the week before –",
        "- Mon 2: 2 opened, 1 resolved",
        "- Tue 3: 0 opened, 0 resolved",
        "- 3–7 days: 1",
        "- Other: 2 opened (the week before 0), 1 resolved (the week before 0), first response",
    ];
    for line in lines {
        assert!(text.contains(line), "{line}: {text}");
    }
    // What the pictures show is also said where they are not shown.
    assert!(html.contains("Mon 2: 2 opened, 1 resolved; Tue 3: 0 opened"));
    assert!(html.contains("3–7 days: 1; "), "{html}");
}

/// Whether one's preferences name the report, and what they say.
async fn preference(client: &Client) -> Option<Value> {
    let query = "{ notificationPreferences { kinds { kind mail inApp isUsual } } }";
    let all = client.get(query, json!({})).await;
    let all = all["notificationPreferences"]["kinds"].as_array().unwrap();
    all.iter().find(|row| row["kind"] == KIND).cloned()
}

async fn who_does_not_want_it_gets_none(world: World) {
    let (people, sarah) = after_a_week(&world).await;
    let usual = json!({ "kind": KIND, "mail": "IMMEDIATE", "inApp": false, "isUsual": true });
    assert_eq!(preference(&people.susan).await, Some(usual));
    assert_eq!(preference(&people.alice).await, None);
    assert_eq!(preference(&people.carla).await, None);
    let choose = |more: Value| {
        let mut kind = json!({ "kind": KIND });
        kind.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "kinds": [kind] })
    };
    // It is a mail of its own.
    for (client, more) in [
        (&people.susan, json!({ "mail": "DIGEST" })),
        (&people.susan, json!({ "inApp": true })),
        (&people.alice, json!({ "mail": "OFF" })),
        (&people.carla, json!({ "mail": "OFF" })),
    ] {
        assert_eq!(client.user_error(SET, choose(more)).await, "INVALID");
    }
    people
        .susan
        .run(SET, choose(json!({ "mail": "OFF" })), "")
        .await;
    run(world.server().desk()).await;
    assert_eq!(deliver(&world).await, [DeliveryState::Sent]);
    let mail = fs::read(&files(&world)[0]).unwrap();
    let mail = MessageParser::default().parse(&mail).unwrap();
    assert_eq!(
        mail.to().unwrap().first().unwrap().address(),
        Some("sarah@example.com")
    );

    // One click ends it.
    let link: String = mail
        .header_raw("List-Unsubscribe")
        .unwrap()
        .split_whitespace()
        .collect();
    let path = link
        .trim_matches(['<', '>'])
        .strip_prefix("http://localhost:8080");
    let url = format!("{}{}", world.base(), path.unwrap());
    let sent = sarah
        .http()
        .post(&url)
        .body("List-Unsubscribe=One-Click")
        .send();
    assert_eq!(sent.await.unwrap().status(), 200);
    assert_eq!(preference(&sarah).await.unwrap()["mail"], "OFF");
    at(&world, "2026-03-17T08:00:00Z");
    assert_eq!(run(world.server().desk()).await.reports, 1);
    assert_eq!(planned(&world).await.len(), 1);
    assert_eq!(weeks(&world).await.len(), 2);
}

async fn who_may_not_have_it_any_more_gets_none(world: World) {
    after_a_week(&world).await;
    run(world.server().desk()).await;
    let db = world.server().desk().db().admin();
    let change = async |name: &str, change: fn(&mut user::ActiveModel)| {
        let found = user::Entity::find().filter(user::Column::Name.eq(name));
        let mut found = found.one(db).await.unwrap().unwrap().into_active_model();
        change(&mut found);
        found.update(db).await.unwrap();
    };
    change("Susan", |row| row.role = Set(Role::Agent)).await;
    change("Sarah", |row| row.email = Set(None)).await;
    assert_eq!(deliver(&world).await, [DeliveryState::Skipped; 2]);
    let mut why: Vec<_> = planned(&world)
        .await
        .into_iter()
        .filter_map(|row| row.last_error)
        .collect();
    why.sort();
    assert_eq!(
        why,
        [
            "The recipient may not see reports any more.",
            "There is no address any more."
        ]
    );
    assert!(files(&world).is_empty());
}

on_both!(
    each_supervisor_gets_it_once,
    who_does_not_want_it_gets_none,
    who_may_not_have_it_any_more_gets_none,
    eight_at_once_make_one
);

/// Eight at once, each with connections of its own, when several weeks are due.
async fn eight_at_once_make_one(world: World) {
    after_a_week(&world).await;
    let desk = world.server().desk();
    run(desk).await;
    at(&world, "2026-04-01T08:00:00Z");
    let makers = join_all((0..8).map(async |_| {
        let own = Db::connect(desk.db().url(), 2).await.unwrap();
        WeeklyReports::new(own, world.clock.clone())
    }));
    let makers = makers.await;
    let made = join_all(
        makers
            .iter()
            .map(|maker| async { maker.make_due().await.unwrap() }),
    );
    assert_eq!(made.await.iter().sum::<u64>(), 3);
    assert_eq!(weeks(&world).await.len(), 4);
    // Two supervisors, four weeks.
    assert_eq!(planned(&world).await.len(), 8);
    assert_eq!(deliver(&world).await, [DeliveryState::Sent; 8]);
    assert_eq!(files(&world).len(), 8);
    // So are eight whole jobs.
    at(&world, "2026-04-06T00:15:00Z");
    let jobs = join_all((0..8).map(async |_| {
        let own = Db::connect(desk.db().url(), 2).await.unwrap();
        Aggregator::new(own, world.clock.clone()).run(None).await
    }));
    let reports: Vec<_> = jobs
        .await
        .into_iter()
        .map(|report| (report.reports, report.error))
        .collect();
    assert_eq!(
        reports.iter().map(|(made, _)| made).sum::<u64>(),
        1,
        "{reports:?}"
    );
    assert!(
        reports.iter().all(|(_, error)| error.is_none()),
        "{reports:?}"
    );
    assert_eq!(planned(&world).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_for_developers_shows_its_pictures() {
    let world = World::start(Backend::Sqlite).await;
    after_a_week(&world).await;
    run(world.server().desk()).await;
    deliver(&world).await;
    let name = files(&world)[0]
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let http = world.anonymous();
    let page = http
        .http()
        .get(format!("{}/dev/mail/{name}", world.base()))
        .send();
    let page = page.await.unwrap();
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("img-src data:;"),
        "{policy}"
    );
    let page = page.text().await.unwrap();
    assert_eq!(page.matches("data:image&#x2f;png;base64,").count(), 2);
    assert!(!page.contains("cid:"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_have_words_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let words = "Week in numbers: {{ report.opened }} of {{ report.days | length }} days";
    fs::write(folder.path().join("weekly-report.txt"), words).unwrap();
    let html = "<html><body>{{ report.span }}</body></html>";
    fs::write(folder.path().join("weekly-report.html"), html).unwrap();
    let world = World::start_with(Backend::Sqlite, |config| {
        config.delivery.mail.mail_templates = Some(folder.path().to_owned());
    })
    .await;
    after_a_week(&world).await;
    run(world.server().desk()).await;
    deliver(&world).await;
    let mail = fs::read(&files(&world)[0]).unwrap();
    let mail = MessageParser::default().parse(&mail).unwrap();
    assert_eq!(
        mail.body_text(0).unwrap().trim(),
        "Week in numbers: 2 of 7 days"
    );
    // What is not shown is not sent.
    assert!(
        mail.parts
            .iter()
            .all(|part| !part.is_content_type("image", "png"))
    );
}
