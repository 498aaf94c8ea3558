//! Sensitive data is masked before it is stored (requirement A2): it is in no table, event, mail or
//! log, and staff see that there was something.

use deskwire_tests::{Backend, Client, Person, Process, World, eventually, on_both, uploads::png};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::common::{People, next_message, text};

/// A card number that nobody has, and what stays of it.
const CARD: &str = "4111 1111 1111 1111";
const MASKED: &str = "•••• •••• •••• 1111";

/// Fails if the card's number is in `bytes`, however it is separated.
#[track_caller]
fn holds_no_card(what: &str, bytes: &[u8]) {
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| !matches!(b, b' ' | b'-' | b'\n' | b'\r' | b'='))
        .collect();
    let card = CARD.replace(' ', "");
    let found = digits
        .windows(card.len())
        .any(|window| window == card.as_bytes());
    assert!(!found, "{what} holds the card's number");
}

/// Everything that is in the database.
async fn everything(world: &World) -> Vec<u8> {
    let db = world.server().desk().db().admin();
    if world.backend == Backend::Sqlite {
        let file = world.config().data_dir.join("deskwire.db");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.extend(std::fs::read(file.with_extension("db-wal")).unwrap_or_default());
        return bytes;
    }
    let backend = db.get_database_backend();
    let ask = async |sql: String| {
        let rows = db
            .query_all_raw(Statement::from_string(backend, sql))
            .await
            .unwrap();
        let text = |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(0).unwrap();
        rows.iter().map(text).collect::<Vec<_>>()
    };
    let mut all = String::new();
    for table in
        ask("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'".to_owned()).await
    {
        all.push_str(
            &ask(format!("SELECT row_to_json(t)::text FROM \"{table}\" t"))
                .await
                .concat(),
        );
    }
    all.into_bytes()
}

/// Writes the card's number wherever a text can be written, and gives back the ticket.
async fn write_everywhere(carla: &Client, alice: &Client, susan: &Client) -> String {
    let picture = png("card");
    let name = format!("my card {CARD}.png");
    let file = carla.upload(&name, "image/png", &picture).await;
    let input = json!({ "subject": format!("Card {CARD}"), "attachmentIds": [file],
        "description": format!("It is\n{CARD}\nand does not work"), "idempotencyKey": "k1",
        "environment": { "errorText": format!("declined: {CARD}"), "stepsToReproduce": "none" } });
    let ticket = carla.run("createTicket", input, "ticket { id }").await;
    let ticket = text(&ticket, "/ticket/id");
    let on = |more: Value| {
        let mut input = json!({ "ticketId": ticket });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let body = format!("again: {}", CARD.replace(' ', "-"));
    carla
        .run(
            "replyToTicket",
            on(json!({ "body": body, "idempotencyKey": "k2" })),
            "",
        )
        .await;
    let note = json!({ "body": format!("she wrote {CARD}"), "idempotencyKey": "k3" });
    alice.run("addInternalNote", on(note), "").await;
    let change = json!({ "subject": format!("Her card {CARD}"), "tags": [format!("card {CARD}")] });
    alice.run("updateTicket", on(change), "").await;
    let notes = json!({ "notes": format!("told her not to send {CARD}") });
    alice.run("resolveTicket", on(notes), "").await;
    let rules = json!({ "from": "2026-01-01T00:00:00Z", "to": "9999-01-01T00:00:00Z" });
    let draw = json!({ "name": format!("Like {CARD}"), "size": 1, "rules": rules, "idempotencyKey": "k4" });
    let drawn = susan.run("drawReviewSample", draw, "sample { id }").await;
    let review = json!({ "sampleId": drawn["sample"]["id"], "score": 1, "idempotencyKey": "k5",
        "notes": format!("did not mask {CARD}") });
    susan.run("reviewTicket", on(review), "").await;
    ticket
}

async fn it_is_nowhere(world: World) {
    let log = world.config().data_dir.join("log");
    let mut command = Process::command(world.config());
    command
        .env("DESKWIRE_LOG", "trace")
        .stderr(std::fs::File::create(&log).unwrap());
    let mut child = command.spawn().unwrap();
    let address = || {
        let text = std::fs::read_to_string(&log).unwrap();
        let (_, rest) = text.split_once("Deskwire listens on ")?;
        Some(
            rest.split([',', ' ', '\u{1b}', '\n'])
                .next()
                .unwrap()
                .to_owned(),
        )
    };
    eventually("the server listens", || async { address().is_some() }).await;
    let base = address().unwrap();
    let (carla, alice) = (
        world.client(Person::Carla).at(&base),
        world.client(Person::Alice).at(&base),
    );
    let susan = world.client(Person::Susan).at(&base);
    let ticket = write_everywhere(&carla, &alice, &susan).await;
    // All mails that follow: received, noted, resolved.
    let mails = world.config().data_dir.join("mail");
    let written = || {
        let files = std::fs::read_dir(&mails)
            .into_iter()
            .flatten()
            .map(|file| file.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|name| name == "eml"));
        files
            .map(|path| std::fs::read(path).unwrap())
            .collect::<Vec<_>>()
    };
    eventually("the mails are written", || async { written().len() >= 2 }).await;
    for mail in written() {
        holds_no_card("a mail", &mail);
        let read = mail_parser::MessageParser::default().parse(&mail).unwrap();
        holds_no_card(
            "a mail's text",
            read.body_text(0).unwrap_or_default().as_bytes(),
        );
        holds_no_card(
            "a mail's HTML",
            read.body_html(0).unwrap_or_default().as_bytes(),
        );
    }
    holds_no_card("the database", &everything(&world).await);
    let seen = "query($id: ID!) { ticket(id: $id) { subject description resolutionNotes tags
        environment { errorText } attachments { fileName } messages { nodes { body } } } }";
    let seen = alice.get(seen, json!({ "id": ticket })).await["ticket"].clone();
    assert_eq!(seen["subject"], format!("Her card {MASKED}"));
    assert_eq!(
        seen["description"],
        format!("It is\n{MASKED}\nand does not work")
    );
    assert_eq!(
        seen["attachments"][0]["fileName"],
        format!("my card {MASKED}.png")
    );
    assert_eq!(
        seen["messages"]["nodes"][1]["body"],
        format!("again: {}", MASKED.replace(' ', "-"))
    );
    holds_no_card("the ticket", seen.to_string().as_bytes());
    child.kill().await.unwrap();
    let log = std::fs::read(&log).unwrap();
    let says = |word: &str| log.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(says("DEBUG"), "the log says too little to tell");
    holds_no_card("the log", &log);
}

/// What a request is recognised by is its masked text: two cards that end alike are one request.
async fn it_is_not_in_a_hash(world: World) {
    let People { carla, .. } = People::of(&world);
    let open = |card: &str| json!({ "subject": "a", "description": format!("card {card}"), "idempotencyKey": "one" });
    let first = carla.run("createTicket", open(CARD), "ticket { id }").await;
    let again = carla
        .run("createTicket", open("4012 0000 3337 1111"), "ticket { id }")
        .await;
    assert_eq!(first, again);
}

async fn staff_see_that_there_was_something(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let ticket = carla.open_ticket("Money").await;
    let flag = "query($id: ID!) { ticket(id: $id) { version sensitive sensitiveKinds } }";
    let of = async |who: &Client| who.get(flag, json!({ "id": ticket })).await["ticket"].clone();
    assert_eq!(
        of(&alice).await,
        json!({ "version": 1, "sensitive": false, "sensitiveKinds": [] })
    );
    let hidden = json!({ "version": 1, "sensitive": null, "sensitiveKinds": null });
    assert_eq!(of(&carla).await, hidden);
    // In a note: the customer learns nothing, not even by the version; staff see it live.
    let mut socket = alice.socket().await;
    let follow = "subscription($id: ID!) { ticket(id: $id) { kind ticket { version sensitive sensitiveKinds } } }";
    socket.subscribe(follow, json!({ "id": ticket })).await;
    assert_eq!(socket.event("ticket").await["kind"], "READY");
    let note = json!({ "ticketId": ticket, "body": "her IBAN is DE89 3704 0044 0532 0130 00" });
    let noted = alice
        .run(
            "addInternalNote",
            note,
            "message { body } ticket { sensitive }",
        )
        .await;
    assert_eq!(noted["ticket"]["sensitive"], true);
    let body = text(&noted, "/message/body");
    assert!(
        body.starts_with("her IBAN is DE") && body.ends_with("30 00"),
        "{body}"
    );
    let event = next_message(&mut socket).await;
    let flagged = json!({ "version": 1, "sensitive": true, "sensitiveKinds": ["IBAN"] });
    assert_eq!(event["ticket"], flagged);
    assert_eq!(of(&alice).await, flagged);
    assert_eq!(of(&carla).await, hidden);
    // Another note masks something else: the version is still the same.
    let note = json!({ "ticketId": ticket, "body": "password: hunter2" });
    alice.run("addInternalNote", note, "").await;
    let event = next_message(&mut socket).await;
    let more = json!({ "version": 1, "sensitive": true, "sensitiveKinds": ["IBAN", "SECRET"] });
    assert_eq!(event["ticket"], more);
    // In a reply: both kinds, each once.
    let reply = json!({ "ticketId": ticket, "body": format!("{CARD}, cvv 123, and {CARD}") });
    carla.run("replyToTicket", reply, "").await;
    let event = next_message(&mut socket).await;
    let kinds = json!(["CARD_NUMBER", "SECURITY_CODE", "IBAN", "SECRET"]);
    assert_eq!(event["ticket"]["sensitiveKinds"], kinds, "{event:#}");
    // The feed says with what it came; customers are not told.
    let feed = "query($id: ID!) { ticket(id: $id) { activity { nodes { kind changes { field after } } } } }";
    let changes = async |who: &Client| {
        let feed = who.get(feed, json!({ "id": ticket })).await;
        feed["ticket"]["activity"]["nodes"].clone()
    };
    let flagged = json!({ "field": "sensitive", "after": "true" });
    let noted = changes(&alice).await[2].clone();
    assert_eq!(
        noted,
        json!({ "kind": "INTERNAL_NOTE_ADDED", "changes": [flagged] })
    );
    assert!(!changes(&carla).await.to_string().contains("sensitive"));
}

/// A file's name is a text, too.
async fn a_masked_file_name_flags_the_ticket(world: World) {
    let People { carla, alice, .. } = People::of(&world);
    let attach = async |who: &Client, mutation: &str, mut input: Value| {
        let name = format!("scan of {CARD}.png");
        input["attachmentIds"] = json!([who.upload(&name, "image/png", &png("x")).await]);
        who.run(mutation, input, "ticket { id }").await["ticket"]["id"].clone()
    };
    let flag = "query($id: ID!) { ticket(id: $id) { sensitiveKinds } }";
    let kinds = async |ticket: &Value| {
        let seen = alice.get(flag, json!({ "id": ticket })).await;
        seen["ticket"]["sensitiveKinds"].clone()
    };
    let open = json!({ "subject": "a", "description": "b" });
    let ticket = attach(&carla, "createTicket", open).await;
    assert_eq!(kinds(&ticket).await, json!(["CARD_NUMBER"]));
    for (who, mutation) in [(&carla, "replyToTicket"), (&alice, "addInternalNote")] {
        let ticket = carla.open_ticket("Another").await;
        let input = json!({ "ticketId": ticket, "body": "c" });
        attach(who, mutation, input).await;
        assert_eq!(kinds(&json!(ticket)).await, json!(["CARD_NUMBER"]));
    }
}

/// The operator decides what is masked.
async fn it_can_be_switched_off(world: World) {
    let server = world.process_with(&[("DESKWIRE_MASK", "ibans")]).await;
    let carla = world.client(Person::Carla).at(server.base());
    let open =
        json!({ "subject": "a", "description": format!("{CARD} DE89 3704 0044 0532 0130 00") });
    let opened = carla
        .run("createTicket", open, "ticket { description }")
        .await;
    let description = text(&opened, "/ticket/description");
    assert!(
        description.starts_with(CARD) && !description.contains("3704"),
        "{description}"
    );
    server.kill().await;
    let mut command = Process::command(world.config());
    let refused = command
        .env("DESKWIRE_MASK", "cards,passports")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("passports") && said.contains("ibans"),
        "{said}"
    );
}

on_both!(
    it_is_nowhere,
    it_is_not_in_a_hash,
    staff_see_that_there_was_something,
    a_masked_file_name_flags_the_ticket,
    it_can_be_switched_off,
);
