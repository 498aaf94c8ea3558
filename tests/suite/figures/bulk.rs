//! What happens when nobody has kept the sums up to date for long.

use deskwire_tests::{World, on_both};
use sea_orm::ConnectionTrait;

use super::{
    compare::{question, supervisor},
    story::Story,
};

async fn an_answer_says_from_when_it_is(world: World) {
    let mut story = Story::begin(world, 31).await;
    let begin = story.world.clock.now();
    story.go_on(30).await;
    let (desk, actor) = (story.world.server().desk(), supervisor(&story).await);
    let asked = question(begin, story.world.clock.now());
    let fresh = desk.stats(actor, &asked).await.unwrap();
    assert_eq!(fresh.as_of, story.world.clock.now());
    // More tickets than are worked out for one question.
    let (id, some) = if desk.db().is_postgres() {
        ("gen_random_uuid()", "generate_series(1, 2001) AS n")
    } else {
        (
            "randomblob(16)",
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001) \
             SELECT i FROM n) AS n",
        )
    };
    let copy = format!(
        "INSERT INTO event (ticket_id, ticket_version, kind, actor_id, actor_role, visibility, at, data) \
         SELECT {id}, 1, kind, actor_id, actor_role, visibility, at, data FROM event, {some} \
         WHERE event.seq = (SELECT MIN(seq) FROM event WHERE kind = 'TICKET_CREATED')"
    );
    desk.db().admin().execute_unprepared(&copy).await.unwrap();
    let stale = desk.stats(actor, &asked).await.unwrap();
    assert!(stale.as_of < story.world.clock.now());
    assert_eq!(stale.totals.count(domain::stats::Mark::Created), 0);
    assert_eq!(desk.aggregator().run(None).await.error, None);
    let again = desk.stats(actor, &asked).await.unwrap();
    assert_eq!(again.as_of, story.world.clock.now());
    let created =
        |answer: &domain::stats::Answer| answer.totals.count(domain::stats::Mark::Created);
    assert_eq!(created(&again), created(&fresh) + 2_001);
}
on_both!(an_answer_says_from_when_it_is);
