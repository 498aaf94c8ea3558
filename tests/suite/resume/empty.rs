//! The position of a desk without tickets.

use deskwire_tests::{Backend, Person, World, postgres_or_skip};
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;

use super::{
    reader::origin,
    story::{subscribe, told},
};

/// PostgreSQL's numbers have gaps where transactions were taken back, also at the beginning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_position_of_an_empty_desk_is_a_good_one() {
    if postgres_or_skip().is_none() {
        return;
    }
    let world = World::start(Backend::Postgres).await;
    let alice = world.client(Person::Alice);
    let position = origin(&alice).await;
    let db = Database::connect(world.config().database_url())
        .await
        .unwrap();
    db.execute_unprepared("SELECT nextval(pg_get_serial_sequence('event', 'seq'))")
        .await
        .unwrap();
    let ticket = world.client(Person::Carla).open_ticket("The first").await;

    let mut socket = alice.socket().await;
    subscribe(&mut socket, &json!({}), Some(&position)).await;
    assert_eq!(socket.event("queue").await["kind"], "READY");
    let event = socket.event("queue").await;
    assert_eq!(event["kind"], "ENTERED", "nothing was missed");
    assert_eq!(told(&event).2, ticket);
}
