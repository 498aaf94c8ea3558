//! The queue's filter says the same as SQL and over the facets of events.

use std::collections::BTreeSet;

use deskwire_tests::{Person, World, on_both};
use domain::{Facets, page::PageArgs, query::QueueOrder};
use entity::{Priority, SlaState, TicketSource, TicketStatus, TimerKind};
use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Flags that only the job and absences set, on some tickets.
const FLAGS: [&str; 4] = [
    "UPDATE ticket SET escalated = TRUE WHERE number % 3 = 0",
    "UPDATE ticket SET assignee_away = TRUE WHERE number % 4 = 1",
    "UPDATE ticket SET sla_state = 'BREACHED' WHERE number % 5 < 2",
    "UPDATE timer SET breached_at = started_at WHERE kind = 'UNATTENDED' AND ticket_id IN \
     (SELECT id FROM ticket WHERE number % 7 < 3)",
];

fn some<T: Clone>(rng: &mut ChaCha8Rng, all: &[T]) -> Vec<T> {
    if rng.random_bool(0.6) {
        return Vec::new();
    }
    (0..rng.random_range(1..3))
        .map(|_| all.choose(rng).unwrap().clone())
        .collect()
}

async fn sql_and_facets_agree(world: World) {
    let (carla, alice, bob, susan) = (
        world.client(Person::Carla),
        world.client(Person::Alice),
        world.client(Person::Bob),
        world.client(Person::Susan),
    );
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let team = susan
        .run(
            "upsertTeam",
            json!({ "name": "Billing", "memberIds": [] }),
            "team { id }",
        )
        .await;
    let staff = [alice.id().await, bob.id().await];
    let sources = ["APP", "EMAIL", "PHONE"];
    let categories = ["bug", "buying", "other"];
    let subjects = ["complaint", "account_issue", "general_inquiry"];
    let tags = ["vip", "slow", "again"];
    let priorities = ["LOW", "MEDIUM", "HIGH", "URGENT"];
    for number in 0..60 {
        let mut about = some(&mut rng, &subjects);
        about.dedup();
        let input = json!({ "subject": format!("{number}"), "description": "text",
            "priority": (priorities.choose(&mut rng).unwrap()),
            "source": (sources.choose(&mut rng).unwrap()),
            "category": (categories.choose(&mut rng).unwrap()), "subjects": about });
        let id = carla.run("createTicket", input, "ticket { id }").await["ticket"]["id"].clone();
        world
            .clock
            .advance(chrono::TimeDelta::seconds(rng.random_range(0..3)));
        if rng.random_bool(0.5) {
            let tags: Vec<_> = tags.iter().filter(|_| rng.next_u32() % 2 == 0).collect();
            susan
                .run(
                    "updateTicket",
                    json!({ "ticketId": id, "tags": tags, "teamId": team["team"]["id"] }),
                    "",
                )
                .await;
        }
        if rng.random_bool(0.2) {
            let input = json!({ "ticketId": id, "subjects": [subjects.choose(&mut rng).unwrap()] });
            susan.run("updateTicket", input, "").await;
        }
        if rng.random_bool(0.5) {
            let input = json!({ "ticketId": id, "assigneeId": (staff.choose(&mut rng).unwrap()) });
            susan.run("assignTicket", input, "").await;
        }
        if rng.random_bool(0.3) {
            let input =
                json!({ "ticketId": id, "coAssigneeIds": [(staff.choose(&mut rng).unwrap())] });
            susan.run("setCoAssignees", input, "").await;
        }
        if rng.random_bool(0.4) {
            susan
                .run("resolveTicket", json!({ "ticketId": id }), "")
                .await;
            if rng.random_bool(0.5) {
                susan
                    .run("closeTicket", json!({ "ticketId": id }), "")
                    .await;
            }
        }
    }
    let desk = world.server().desk();
    // As the job and absences would have left them.
    for sql in FLAGS {
        desk.db().admin().execute_unprepared(sql).await.unwrap();
    }
    let flagged = entity::timer::Entity::find()
        .filter(entity::timer::Column::Kind.eq(TimerKind::Unattended))
        .filter(entity::timer::Column::StoppedAt.is_null())
        .filter(entity::timer::Column::BreachedAt.is_not_null())
        .all(desk.db().read())
        .await
        .unwrap();
    let flagged: BTreeSet<_> = flagged.iter().map(|row| row.ticket_id).collect();
    assert!(!flagged.is_empty());
    let tickets = entity::ticket::Entity::find()
        .all(desk.db().read())
        .await
        .unwrap();
    let facets: Vec<_> = tickets
        .iter()
        .map(|row| (row.number, Facets::of(row, flagged.contains(&row.id))))
        .collect();
    let people: Vec<_> = tickets.iter().filter_map(|row| row.assignee_id).collect();
    let times: Vec<_> = tickets.iter().map(|row| row.created_at).collect();
    let teams: Vec<_> = tickets.iter().filter_map(|row| row.team_id).collect();
    let kinds: Vec<_> = tickets.iter().map(|row| row.category_id).collect();
    let topics: Vec<_> = tickets
        .iter()
        .flat_map(|row| row.subjects.0.clone())
        .collect();
    let mut sizes = BTreeSet::new();
    for round in 0..400 {
        let one_of = |rng: &mut ChaCha8Rng| *times.choose(rng).unwrap();
        let filter = domain::QueueFilter {
            status: some(&mut rng, TicketStatus::ALL),
            priority: some(&mut rng, Priority::ALL),
            category: some(&mut rng, &kinds),
            subject: some(&mut rng, &topics),
            team: some(&mut rng, &teams),
            tag: some(&mut rng, &tags.map(str::to_owned)),
            source: some(&mut rng, TicketSource::ALL),
            assignee: rng
                .random_bool(0.2)
                .then(|| *people.choose(&mut rng).unwrap()),
            unassigned: rng.random_bool(0.2).then(|| rng.random_bool(0.5)),
            mine: rng.random_bool(0.3).then(|| rng.random_bool(0.5)),
            escalated: rng.random_bool(0.2).then(|| rng.random_bool(0.5)),
            sla_state: some(&mut rng, SlaState::ALL),
            unattended: rng.random_bool(0.2).then(|| rng.random_bool(0.5)),
            assignee_away: rng.random_bool(0.2).then(|| rng.random_bool(0.5)),
            created_after: rng.random_bool(0.2).then(|| one_of(&mut rng)),
            created_before: rng.random_bool(0.2).then(|| one_of(&mut rng)),
        };
        let me = *people.choose(&mut rng).unwrap();
        let actor = domain::Actor {
            id: me,
            role: entity::Role::Agent,
        };
        let page = PageArgs {
            first: Some(100),
            ..PageArgs::default()
        };
        let (page, _) = desk
            .queue(actor, &filter, QueueOrder::Urgency, &page)
            .await
            .unwrap();
        let by_sql: BTreeSet<_> = page.items.iter().map(|row| row.number).collect();
        let by_facets = facets
            .iter()
            .filter(|(_, facets)| filter.matches(facets, me));
        let by_facets: BTreeSet<_> = by_facets.map(|(number, _)| *number).collect();
        assert_eq!(by_sql, by_facets, "round {round}: {filter:?}");
        let counts = desk.queue_counts(actor, &filter).await.unwrap();
        assert_eq!(
            counts.total,
            i64::try_from(by_sql.len()).unwrap(),
            "{filter:?}"
        );
        let mine = page
            .items
            .iter()
            .filter(|row| row.assignee_id == Some(me) || row.co_assignees.0.contains(&me));
        assert_eq!(
            counts.mine,
            i64::try_from(mine.count()).unwrap(),
            "{filter:?}"
        );
        sizes.insert(by_sql.len());
    }
    assert!(
        sizes.len() > 15,
        "the filters were too much alike: {sizes:?}"
    );
}

on_both!(sql_and_facets_agree);
