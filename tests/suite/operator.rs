//! What an operator does with the binary.

use std::process::Output;

use deskwire_tests::{
    Backend, Client, Process, World, postgres_or_skip,
    telling::{plan_all, rules},
};
use entity::{TicketId, delivery};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;

use crate::notifications::scene::uuid;

async fn run(config: &deskwire_api::Config, args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Process::command(config);
    let running = command.args(args).envs(env.iter().copied()).output();
    let output = tokio::time::timeout(std::time::Duration::from_secs(60), running).await;
    output.expect("the server should have ended").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_work_is_refused_in_words() {
    let world = World::start(Backend::Sqlite).await;
    let cases: [(&[(&str, &str)], &str); 5] = [
        (
            &[("DESKWIRE_BIND", "0.0.0.0:0")],
            "The development identities let anybody be anybody",
        ),
        (
            &[
                ("DESKWIRE_DEV_IDENTITIES", "off"),
                ("DESKWIRE_JWT_SECRET", ""),
            ],
            "Nobody could sign in: set DESKWIRE_JWT_SECRET",
        ),
        (
            &[("DATABASE_URL", "mysql://localhost/x")],
            "DATABASE_URL must begin with postgres://",
        ),
        (
            &[("DESKWIRE_JWKS", "/nowhere/jwks.json")],
            "Cannot read the keys in DESKWIRE_JWKS",
        ),
        (
            &[("DESKWIRE_DB_CONNECTIONS", "many")],
            "invalid value 'many'",
        ),
    ];
    for (env, message) in cases {
        let output = run(world.config(), &[], env).await;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{env:?}: {text}");
        assert!(text.contains(message), "{env:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_is_migrated_however_many_start_at_once() {
    let Some(cluster) = postgres_or_skip() else {
        return;
    };
    let world = World::start(Backend::Postgres).await;
    let mut config = world.config().clone();
    config.database_url = Some(cluster.empty_database().await);
    let servers = futures_util::future::join_all((0..3).map(|_| Process::start(&config))).await;
    for (number, server) in servers.iter().enumerate() {
        let carla = world
            .client(deskwire_tests::Person::Carla)
            .at(server.base());
        let payload = carla
            .run(
                "createTicket",
                json!({ "subject": "Hi", "description": "x" }),
                "ticket { number }",
            )
            .await;
        assert_eq!(
            payload["ticket"]["number"],
            format!("SUP-0000{}", number + 1)
        );
    }
    let again = run(&config, &["migrate"], &[]).await;
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    for server in servers {
        assert_eq!(server.terminate().await, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_says_how_it_is_and_serves_the_explorer_in_development() {
    let world = World::start(Backend::Sqlite).await;
    let client: Client = world.anonymous();
    let get = async |path: &str| {
        let request = client.http().get(format!("{}{path}", client.base()));
        request.header("accept", "text/html").send().await.unwrap()
    };
    assert_eq!(get("/livez").await.status(), 200);
    assert_eq!(get("/readyz").await.text().await.unwrap(), "ready\n");
    let page = get("/graphql").await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains("<title>Deskwire GraphiQL</title>"), "{html}");
    // Everything that the page names is served from here.
    let assets: Vec<_> = html
        .split('"')
        .filter(|part| part.starts_with("/graphql/assets/"))
        .collect();
    assert!(!assets.is_empty(), "{html}");
    for asset in assets {
        assert_eq!(get(asset).await.status(), 200, "{asset}");
    }
    assert!(
        !html.contains("https://"),
        "the page needs nothing from elsewhere"
    );

    let closed = World::start_with(Backend::Sqlite, |config| {
        config.dev_identities = deskwire_api::Switch::Off;
    })
    .await;
    let client = closed.anonymous();
    let page = client.http().get(format!("{}/graphql", client.base()));
    assert_eq!(
        page.header("accept", "text/html")
            .send()
            .await
            .unwrap()
            .status(),
        406
    );
}

/// Another PostgreSQL server counts transactions anew: old events must not sort behind new ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_from_another_server_is_refused_until_it_is_mended() {
    if postgres_or_skip().is_none() {
        return;
    }
    let world = World::start(Backend::Postgres).await;
    let carla = world.client(deskwire_tests::Person::Carla);
    let id = carla.open_ticket("From before").await;
    let desk = world.server().desk().clone();
    plan_all(&desk, rules()).await;
    let told = async || {
        let mails = delivery::Entity::find().order_by_asc(delivery::Column::Id);
        let mails = mails.all(desk.db().read()).await.unwrap();
        mails
            .into_iter()
            .map(|mail| mail.ticket_id)
            .collect::<Vec<_>>()
    };
    let before = told().await;
    let untold = carla.open_ticket("Nobody was told of this one").await;
    // What a dump from a server that is far ahead leaves behind.
    let db = world.server().desk().db().admin().clone();
    for sql in [
        "ALTER TABLE event DISABLE TRIGGER event_append_only",
        "UPDATE event SET xid = xid + 1000000000",
        "UPDATE follower SET xid = xid + 1000000000",
        "ALTER TABLE event ENABLE TRIGGER event_append_only",
    ] {
        sea_orm::ConnectionTrait::execute_unprepared(&db, sql)
            .await
            .unwrap();
    }
    let refused = run(world.config(), &[], &[]).await;
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("deskwire after-restore"), "{text}");
    let mended = run(world.config(), &["after-restore"], &[]).await;
    assert!(
        mended.status.success(),
        "{}",
        String::from_utf8_lossy(&mended.stderr)
    );
    // Telling goes on where it was: what was told is not told again, the rest is.
    plan_all(&desk, rules()).await;
    let after = told().await;
    assert_eq!(after[..before.len()], before);
    let untold = Some(TicketId(uuid(&untold)));
    assert_eq!(after[before.len()..], vec![untold; before.len()]);
    let newer = carla.open_ticket("From after").await;
    plan_all(&desk, rules()).await;
    let newest = told().await;
    let newer = Some(TicketId(uuid(&newer)));
    assert_eq!(newest[after.len()..], vec![newer; before.len()]);

    let server = world.process().await;
    let carla = carla.at(server.base());
    carla
        .run(
            "replyToTicket",
            json!({ "ticketId": id, "body": "Still there?" }),
            "",
        )
        .await;
    let feed = "query($id: ID!) { ticket(id: $id) { activity { nodes { kind } } } }";
    let feed = carla.get(feed, json!({ "id": id })).await;
    let kinds = json!([{ "kind": "REPLY_ADDED" }, { "kind": "TICKET_CREATED" }]);
    assert_eq!(feed["ticket"]["activity"]["nodes"], kinds);
}

/// Demo data looks like what people did, and life goes on after it.
async fn demo_data_can_be_worked_with(world: World) {
    let filled = run(
        world.config(),
        &["demo", "--tickets", "300", "--seed", "7"],
        &[],
    )
    .await;
    assert!(
        filled.status.success(),
        "{}",
        String::from_utf8_lossy(&filled.stderr)
    );
    let again = run(world.config(), &["demo"], &[]).await;
    assert_eq!(again.status.code(), Some(2));
    let susan = world.client(deskwire_tests::Person::Susan);
    let query = "{ queue(first: 100) { totalCount counts { byStatus { status count } }
        nodes { number status closedAt assignee { name } messages(first: 1) { totalCount }
            activity(first: 100) { totalCount nodes { kind } } } } }";
    let queue = susan.get(query, json!({})).await["queue"].clone();
    assert_eq!(queue["totalCount"], 300);
    for count in queue["counts"]["byStatus"].as_array().unwrap() {
        assert!(count["count"].as_i64().unwrap() > 5, "{count}");
    }
    for ticket in queue["nodes"].as_array().unwrap() {
        let feed = ticket["activity"]["nodes"].as_array().unwrap();
        assert_eq!(feed.last().unwrap()["kind"], "TICKET_CREATED", "{ticket:#}");
        let messages = feed.iter().filter(|entry| {
            entry["kind"] == "REPLY_ADDED" || entry["kind"] == "INTERNAL_NOTE_ADDED"
        });
        assert_eq!(
            ticket["messages"]["totalCount"],
            messages.count(),
            "{ticket:#}"
        );
    }
    let query = "query($subjects: [String!]) { queue(first: 100, filter: { subject: $subjects }) {
        totalCount nodes { subjects { code } } } }";
    let mut about = 0;
    for code in ["complaint", "document_request", "technical_support"] {
        let found = susan.get(query, json!({ "subjects": [code] })).await["queue"].clone();
        for ticket in found["nodes"].as_array().unwrap() {
            let subjects = ticket["subjects"].as_array().unwrap();
            let has = subjects.iter().any(|subject| subject["code"] == code);
            assert!(has, "{code}: {ticket:#}");
        }
        assert!(found["totalCount"].as_i64().unwrap() > 5, "{code}");
        about += found["totalCount"].as_i64().unwrap();
    }
    assert!(about < 300, "not everything is about everything: {about}");
    let input = json!({ "subject": "After the demo", "description": "x" });
    let carla = world.client(deskwire_tests::Person::Carla);
    let payload = carla.run("createTicket", input, "ticket { number }").await;
    assert_eq!(payload["ticket"]["number"], "SUP-00301");
}

deskwire_tests::on_both!(demo_data_can_be_worked_with);
