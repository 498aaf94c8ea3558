//! Agents see what was theirs, supervisors everything, customers nothing.

use deskwire_tests::{World, on_both};
use serde_json::json;

use super::scene::{ALWAYS, DURING, Job, Scene, ask, stats};

const SOME: &str = "totals { resolved met breached backlog compliance { value } }";

async fn agents_see_their_own(world: World) {
    let scene = Scene::play(world, Job::Never).await;
    let people = &scene.desk.people;
    let (alice, bob) = (people.alice.id().await, people.bob.id().await);
    for _ in 0..2 {
        // Hers were D, with three promises that were kept, and E, with two.
        let found = stats(&people.alice, DURING, SOME).await;
        let expected = json!({ "resolved": 2, "met": 5, "breached": 0, "backlog": 0,
            "compliance": { "value": 1.0 } });
        assert_eq!(found["totals"], expected);
        // Bob's were B and F, and he was late with B and G, of which G is in his backlog.
        let found = stats(&people.bob, DURING, SOME).await;
        let expected = json!({ "resolved": 2, "met": 2, "breached": 2, "backlog": 1,
            "compliance": { "value": 0.5 } });
        assert_eq!(found["totals"], expected);
        // As supervisors see them, and as agents ask for themselves.
        for (who, id) in [(&people.alice, &alice), (&people.bob, &bob)] {
            let args = format!("{DURING}, filter: {{ agent: [\"{id}\"] }}");
            let own = stats(who, DURING, SOME).await;
            assert_eq!(stats(who, &args, SOME).await, own);
            assert_eq!(scene.stats(&args, SOME).await, own);
        }
        // Groups of others are not there.
        let args = format!("{ALWAYS}, groupBy: AGENT");
        let found = stats(&people.alice, &args, "groups { name }").await;
        assert_eq!(found["groups"], json!([{ "name": "Alice" }]));
        scene.aggregate().await;
    }
    for other in [format!("\"{bob}\""), format!("\"{alice}\", \"{bob}\"")] {
        let args = format!("{DURING}, filter: {{ agent: [{other}] }}");
        let answer = ask(&people.alice, &args, SOME).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        assert!(
            answer.message().contains("your own figures only"),
            "{}",
            answer.message()
        );
        let query = format!("{{ statsEntries(figure: CREATED, {args}) {{ totalCount }} }}");
        let answer = people.alice.ask(&query, json!({})).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    }
}

async fn customers_see_nothing(world: World) {
    let scene = Scene::play(world, Job::Never).await;
    let entries = format!("{{ statsEntries(figure: CREATED, {ALWAYS}) {{ totalCount }} }}");
    for who in [&scene.desk.people.carla, &scene.desk.people.otto] {
        let answer = ask(who, ALWAYS, "totals { created }").await;
        assert_eq!(
            (answer.code(), &answer.body["data"]),
            ("FORBIDDEN", &json!(null))
        );
        let answer = who.ask(&entries, json!({})).await;
        assert_eq!(
            (answer.code(), &answer.body["data"]),
            ("FORBIDDEN", &json!(null))
        );
    }
}

on_both!(agents_see_their_own, customers_see_nothing);
