//! By the token of the link, without signing in.

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::scene::{PAYLOAD, Scene};
use crate::common::{People, ask, keyed, missing, state};

async fn an_answer_is_stored_once_and_seen_by_both_sides(world: World) {
    let scene = Scene::resolved(world).await;
    let People {
        carla, alice, otto, ..
    } = &scene.people;
    let (token, nobody) = (scene.token().await, scene.world.anonymous());
    let query = "query($id: ID!) { ticket(id: $id) {
        version updatedAt status slaState slaDueAt unattended sla { metric state stoppedAt } } }";
    let ours = async || alice.get(query, json!({ "id": scene.ticket })).await;
    let before = ours().await;
    assert_eq!(scene.seen(alice).await, Value::Null);
    scene.world.clock.advance(TimeDelta::hours(1));
    let rated_at = scene
        .world
        .clock
        .now()
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, false);
    let input = json!({ "token": token, "score": 4, "comment": " Quick and friendly.\n" });
    let expected = json!({ "score": 4, "comment": "Quick and friendly.", "ratedAt": rated_at, "byLink": true });
    // The very same again, as when an answer was lost, is as good as once.
    for _ in 0..2 {
        let payload = nobody.run("rateTicket", input.clone(), PAYLOAD).await;
        assert_eq!(
            (&payload["ticket"], &payload["rating"]),
            (&Value::Null, &expected)
        );
        scene.world.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(scene.seen(alice).await, expected);
    assert_eq!(scene.seen(carla).await, expected);
    // The ticket is as it was, and so are its deadlines.
    assert_eq!(ours().await, before);
    let told = json!({ "kind": "TICKET_RATED", "actor": { "name": "Carla" },
        "rating": { "score": 4, "comment": "Quick and friendly." } });
    for who in [alice, carla] {
        assert_eq!(scene.told(who).await, std::slice::from_ref(&told));
    }
    // Anything else comes too late, whichever way.
    let other = json!({ "token": token, "score": 5, "comment": "Quick and friendly." });
    let already = |field: &str| vec![("ALREADY_RATED".to_owned(), json!([field]))];
    assert_eq!(scene.wrongs(&nobody, other).await, already("token"));
    let own = json!({ "ticketId": scene.ticket, "score": 4, "comment": "Quick and friendly." });
    assert_eq!(scene.wrongs(carla, own).await, already("ticketId"));
    // Whoever is signed in, the token says who answers.
    assert_eq!(scene.wrongs(otto, input).await, []);
    assert_eq!(scene.seen(alice).await, expected);
}

async fn of_many_at_once_one_wins(world: World) {
    let scene = Scene::resolved(world).await;
    let (token, nobody) = (scene.token().await, scene.world.anonymous());
    let carla = &scene.people.carla;
    let all = (0..8).map(|number| {
        let comment = format!("Number {number}");
        let (who, mut input) = if number % 2 == 0 {
            (&nobody, json!({ "token": token }))
        } else {
            (carla, json!({ "ticketId": scene.ticket }))
        };
        input["score"] = json!(1 + number % 5);
        input["comment"] = json!(comment);
        async move { who.attempt("rateTicket", input, PAYLOAD).await }
    });
    let all = join_all(all).await;
    let (won, lost): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|payload| payload["userErrors"] == json!([]));
    assert_eq!((won.len(), lost.len()), (1, 7), "{all:#?}");
    assert!(
        lost.iter()
            .all(|payload| payload["userErrors"][0]["code"] == "ALREADY_RATED")
    );
    assert_eq!(scene.seen(&scene.people.alice).await, won[0]["rating"]);
    assert_eq!(scene.told(&scene.people.alice).await.len(), 1);
}

async fn it_works_until_it_expires(world: World) {
    let scene = Scene::resolved(world).await;
    let (token, nobody) = (scene.token().await, scene.world.anonymous());
    let wrong = json!({ "token": token, "score": 0 });
    let expired = [("SURVEY_EXPIRED".to_owned(), json!(["token"]))];
    scene
        .world
        .clock
        .advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    let invalid = [("INVALID".to_owned(), json!(["score"]))];
    assert_eq!(scene.wrongs(&nobody, wrong.clone()).await, invalid);
    scene.world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(scene.wrongs(&nobody, wrong).await, expired);
    let good = json!({ "token": token, "score": 5 });
    assert_eq!(scene.wrongs(&nobody, good).await, expired);
    assert_eq!(scene.seen(&scene.people.alice).await, Value::Null);
    // Who is signed in needs no link.
    let own = json!({ "ticketId": scene.ticket, "score": 5 });
    assert_eq!(scene.wrongs(&scene.people.carla, own).await, []);
}

/// What leads nowhere says the same of all tickets, byte for byte, and writes nothing.
async fn what_the_desk_has_not_made_leads_nowhere(world: World) {
    let scene = Scene::resolved(world).await;
    let one = scene.token().await;
    let second = scene.people.carla.open_ticket("Another one").await;
    let input = json!({ "ticketId": second });
    scene.people.alice.run("resolveTicket", input, "").await;
    let two = scene.token().await;
    assert_ne!(one, two);
    let (what, seal) = one.split_once('.').unwrap();
    let (other, _) = two.split_once('.').unwrap();
    let mut longer = what.to_owned();
    longer.replace_range(longer.len() - 4.., "OTk5");
    let tokens = [
        String::new(),
        "x".repeat(20_000),
        scene.ticket.clone(),
        missing("Ticket"),
        what.to_owned(),
        format!("{other}.{seal}"),
        format!("{longer}.{seal}"),
        format!("{one}A"),
        one.to_uppercase(),
    ];
    let nobody = scene.world.anonymous();
    let mut answers = Vec::new();
    for token in tokens {
        let input = json!({ "token": token, "score": 5 });
        let answer = nobody.ask_mutation("rateTicket", input).await;
        assert_eq!(
            answer.body["data"]["rateTicket"]["userErrors"][0]["code"], "NOT_FOUND",
            "{token}"
        );
        // What it cost tells of the document alone.
        answers.push(answer.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(scene.seen(&scene.people.alice).await, Value::Null);
    // Each is good for its own ticket.
    let input = json!({ "token": two, "score": 2 });
    assert_eq!(scene.wrongs(&nobody, input).await, []);
    assert_eq!(scene.seen(&scene.people.alice).await, Value::Null);
    // A ticket that has become somebody else's is not there any more for who was asked.
    let sql = "UPDATE ticket SET requester_id = (SELECT id FROM user_account WHERE name = 'Otto')";
    scene.people.otto.id().await;
    let db = scene.world.server().desk().db().admin();
    db.execute_unprepared(sql).await.unwrap();
    let input = json!({ "token": one, "score": 2 });
    let gone = [("NOT_FOUND".to_owned(), json!(["token"]))];
    assert_eq!(scene.wrongs(&nobody, input).await, gone);
}

async fn what_is_wrong_is_said_and_nothing_is_stored(world: World) {
    let scene = Scene::resolved(world).await;
    let (token, nobody) = (scene.token().await, scene.world.anonymous());
    let before = state(&scene.people.alice, &scene.ticket).await;
    let invalid = ("INVALID".to_owned(), json!(["score"]));
    for score in [0, 6, -1, i32::MAX, i32::MIN, 65_541] {
        for input in [
            json!({ "token": token }),
            json!({ "ticketId": scene.ticket }),
        ] {
            let mut input = input;
            input["score"] = json!(score);
            assert_eq!(
                scene.wrongs(&scene.people.carla, input).await,
                std::slice::from_ref(&invalid),
                "{score}"
            );
        }
    }
    let both = json!({ "token": token, "score": 9, "comment": "x".repeat(5_001) });
    let too_long = ("TOO_LONG".to_owned(), json!(["comment"]));
    assert_eq!(scene.wrongs(&nobody, both).await, [invalid, too_long]);
    for input in [
        format!(
            "token: \"{token}\", ticketId: \"{}\", score: 5",
            scene.ticket
        ),
        "score: 5".to_owned(),
        format!("token: \"{token}\", score: 4.5"),
        format!("token: \"{token}\""),
    ] {
        let document =
            format!("mutation {{ rateTicket(input: {{ {input} }}) {{ userErrors {{ code }} }} }}");
        let answer = ask(&scene.people.carla, &document).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{input}");
    }
    assert_eq!(scene.seen(&scene.people.alice).await, Value::Null);
    assert_eq!(state(&scene.people.alice, &scene.ticket).await, before);
    let longest = json!({ "token": token, "score": 1, "comment": "x".repeat(5_000) });
    assert_eq!(scene.wrongs(&nobody, longest).await, []);
}

async fn it_works_for_a_reopened_ticket_too(world: World) {
    let scene = Scene::resolved(world).await;
    let (token, nobody) = (scene.token().await, scene.world.anonymous());
    scene.alice("reopenTicket").await;
    let own = json!({ "ticketId": scene.ticket, "score": 1 });
    let not_yet = [("NOT_RESOLVED".to_owned(), json!(["ticketId"]))];
    assert_eq!(scene.wrongs(&scene.people.carla, own).await, not_yet);
    let input = json!({ "token": token, "score": 1, "comment": "Not solved at all." });
    assert_eq!(scene.wrongs(&nobody, input).await, []);
    assert_eq!(scene.seen(&scene.people.alice).await["score"], 1);
}

async fn a_key_makes_repetitions_one(world: World) {
    let scene = Scene::resolved(world).await;
    let (token, nobody) = (scene.token().await, scene.world.anonymous());
    let input = keyed(json!({ "token": token, "score": 3 }), "k");
    let first = nobody.run("rateTicket", input.clone(), PAYLOAD).await;
    assert_eq!(nobody.run("rateTicket", input, PAYLOAD).await, first);
    let other = keyed(json!({ "token": token, "score": 2 }), "k");
    let reused = [(
        "IDEMPOTENCY_KEY_REUSED".to_owned(),
        json!(["idempotencyKey"]),
    )];
    assert_eq!(scene.wrongs(&nobody, other).await, reused);
    assert_eq!(scene.told(&scene.people.alice).await.len(), 1);
}

/// What is sensitive in a comment is masked before it is stored, and staff see that there was something.
async fn a_comment_is_masked(world: World) {
    let scene = Scene::resolved(world).await;
    let (token, nobody) = (scene.token().await, scene.world.anonymous());
    let alice = &scene.people.alice;
    let query = "query($id: ID!) { ticket(id: $id) { version sensitive sensitiveKinds } }";
    let flags = async || alice.get(query, json!({ "id": scene.ticket })).await["ticket"].clone();
    let before = flags().await;
    assert_eq!(before["sensitive"], false);
    let mut live = alice.socket().await;
    let follow = "subscription($id: ID!) { ticket(id: $id) { kind ticket { sensitive rating { comment } } } }";
    live.subscribe(follow, json!({ "id": scene.ticket })).await;
    assert_eq!(live.event("ticket").await["kind"], "READY");
    let comment = "You charged 4111 1111 1111 1111 twice";
    let input = json!({ "token": token, "score": 1, "comment": comment });
    let masked = "You charged •••• •••• •••• 1111 twice";
    let payload = nobody.run("rateTicket", input.clone(), PAYLOAD).await;
    assert_eq!(payload["rating"]["comment"], masked);
    assert_eq!(scene.seen(alice).await["comment"], masked);
    assert_eq!(scene.told(alice).await[0]["rating"]["comment"], masked);
    let expected = json!({ "version": before["version"], "sensitive": true, "sensitiveKinds": ["CARD_NUMBER"] });
    assert_eq!(flags().await, expected);
    let shown = live.event_where("ticket", |event| !event["ticket"]["rating"].is_null());
    assert_eq!(
        shown.await["ticket"],
        json!({ "sensitive": true, "rating": { "comment": masked } })
    );
    // A repetition is recognised by what is stored.
    assert_eq!(scene.wrongs(&nobody, input).await, []);
}

async fn the_example_of_the_docs_works(world: World) {
    let scene = Scene::resolved(world).await;
    let docs = include_str!("../../../docs/api.md");
    let (_, example) = docs.split_once("```graphql\nmutation Rate").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let example = format!("mutation Rate{example}");
    let token = json!({ "token": scene.token().await });
    let payload = scene.world.anonymous().get(&example, token).await["rateTicket"].clone();
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["rating"]["comment"], "Quick and friendly.");
    assert_eq!(scene.seen(&scene.people.alice).await["score"], 5);
}

on_both!(
    an_answer_is_stored_once_and_seen_by_both_sides,
    of_many_at_once_one_wins,
    it_works_until_it_expires,
    what_the_desk_has_not_made_leads_nowhere,
    what_is_wrong_is_said_and_nothing_is_stored,
    it_works_for_a_reopened_ticket_too,
    a_key_makes_repetitions_one,
    a_comment_is_masked,
    the_example_of_the_docs_works,
);
