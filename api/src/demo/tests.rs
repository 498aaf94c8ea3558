use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta};
use domain::{
    Error, Facets, Result,
    db::Db,
    is_staff,
    text::{MAX_BODY, MAX_SUBJECT, MAX_WORD, is_email},
};
use entity::{
    CategoryId, EventKind, TicketStatus, Timestamp, category, context_link, event, message, ticket,
    ticket_co_assignee, ticket_tag, user,
};
use sea_orm::{EntityTrait, QueryOrder};
use sea_orm_migration::MigratorTrait;
use uuid::Uuid;

use super::{
    DemoOptions, fill,
    people::Known,
    story::Story,
    tale::tell,
    texts::{Kind, Texts},
    world::World,
};

const CATEGORIES: [&str; 8] = [
    "getting_started",
    "buying",
    "selling",
    "payments",
    "account",
    "dispute",
    "bug",
    "other",
];

fn until() -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_500) + TimeDelta::microseconds(1_234_567)
}

fn world(tickets: u64, seed: u64) -> Result<World> {
    let categories: Vec<_> = (1..)
        .zip(CATEGORIES)
        .map(|(place, code)| category::Model {
            id: CategoryId(Uuid::from_u128(place)),
            code: code.to_owned(),
            name: code.to_owned(),
            position: i32::try_from(place).unwrap_or_default(),
        })
        .collect();
    let options = DemoOptions {
        tickets,
        seed,
        until: until(),
    };
    World::new(&options, &categories, &Known::default(), 1)
}

fn stories(world: &World) -> Result<Vec<Story>> {
    (0..world.tickets).map(|index| tell(world, index)).collect()
}

#[test]
fn the_same_seed_tells_the_same_stories_and_another_one_others() -> Result<()> {
    let (one, same, other) = (world(300, 7)?, world(300, 7)?, world(300, 8)?);
    assert_eq!(one.people.new_users, same.people.new_users);
    assert_eq!(one.people.new_teams, same.people.new_teams);
    assert_eq!(stories(&one)?, stories(&same)?);
    assert_eq!(tell(&one, 250)?, tell(&same, 250)?, "in any order");
    assert_ne!(stories(&one)?, stories(&other)?);
    Ok(())
}

#[test]
fn stories_are_what_the_rules_allow() -> Result<()> {
    let world = world(2_000, 1)?;
    let roles: HashMap<_, _> = world
        .people
        .new_users
        .iter()
        .map(|row| (row.id, row.role))
        .collect();
    let mut before = world.calendar.start;
    for (
        index,
        Story {
            ticket,
            messages,
            events,
            links,
        },
    ) in stories(&world)?.iter().enumerate()
    {
        let what = format!("{index}: {ticket:#?}\n{events:#?}");
        assert_eq!(ticket.number, index as i64 + 1);
        assert!(
            before <= ticket.created_at,
            "opened in the order of the numbers: {what}"
        );
        before = ticket.created_at;
        let last = events.last().map_or(before, |event| event.at);
        assert!(last < until(), "{what}");
        assert!(messages.len() <= 10, "{what}");

        // The times that hang on the status.
        assert_eq!(
            ticket.closed_at.is_some(),
            ticket.status == TicketStatus::Closed,
            "{what}"
        );
        match ticket.status {
            TicketStatus::Open | TicketStatus::InProgress | TicketStatus::WaitingOnUser => {
                assert_eq!(ticket.resolved_at, None, "{what}");
            }
            TicketStatus::Resolved => assert!(ticket.resolved_at.is_some(), "{what}"),
            TicketStatus::Closed => assert!(ticket.resolved_at <= ticket.closed_at, "{what}"),
        }
        assert_eq!(
            ticket.assignee_id.is_some(),
            ticket.status != TicketStatus::Open,
            "{what}"
        );
        assert!(
            !ticket
                .assignee_id
                .is_some_and(|id| ticket.co_assignees.0.contains(&id))
        );
        assert!(ticket.co_assignees.0.is_sorted() && ticket.tags.0.is_sorted());

        // The thread.
        let answers = messages
            .iter()
            .filter(|row| !row.internal && is_staff(row.author_role));
        let first = answers.map(|row| row.created_at).next();
        let on_behalf = events
            .first()
            .is_some_and(|event| is_staff(event.actor.role));
        let responded = if on_behalf {
            Some(ticket.created_at)
        } else {
            first
        };
        assert_eq!(ticket.first_response_at, responded, "{what}");
        assert!(
            ticket.status != TicketStatus::WaitingOnUser || first.is_some(),
            "{what}"
        );
        assert!(
            messages.is_sorted_by(|a, b| a.created_at < b.created_at),
            "{what}"
        );
        for message in messages {
            let author = message.author_id.and_then(|id| roles.get(&id));
            assert_eq!(author, Some(&message.author_role), "{what}");
            assert!(
                is_staff(message.author_role) || message.author_id == Some(ticket.requester_id)
            );
            assert!(is_staff(message.author_role) || !message.internal, "{what}");
        }

        // The log.
        let kinds = [EventKind::ReplyAdded, EventKind::InternalNoteAdded];
        let told = events.iter().filter(|event| kinds.contains(&event.kind));
        let told: Vec<_> = told.map(|event| event.message_id).collect();
        assert_eq!(
            told,
            messages.iter().map(|row| Some(row.id)).collect::<Vec<_>>(),
            "{what}"
        );
        assert!(
            events.is_sorted_by_key(|event| (event.at, event.ticket_version)),
            "{what}"
        );
        assert_eq!(
            events.last().map(|event| event.ticket_version),
            Some(ticket.version),
            "{what}"
        );
        let mut public = events
            .iter()
            .filter(|event| event.kind != EventKind::InternalNoteAdded);
        assert_eq!(
            public.next_back().map(|event| event.at),
            Some(ticket.updated_at),
            "{what}"
        );
        let versions: HashSet<_> = events.iter().map(|event| event.ticket_version).collect();
        assert_eq!(
            versions.len() as i32,
            ticket.version,
            "each version has an event: {what}"
        );

        // What domain checks of a new ticket.
        assert!(
            (1..=MAX_SUBJECT).contains(&ticket.subject.chars().count()),
            "{what}"
        );
        let bodies = messages
            .iter()
            .map(|row| &row.body)
            .chain([&ticket.description]);
        for body in bodies
            .chain(&ticket.resolution_notes)
            .chain([&ticket.subject])
        {
            assert!((1..=MAX_BODY).contains(&body.chars().count()), "{what}");
            assert!(
                !body.contains(['{', '}', '\0']),
                "something was not filled in: {body}"
            );
            assert_eq!(body.trim(), body);
        }
        assert!(
            links
                .iter()
                .all(|(kind, id)| kind.len() <= 50 && id.len() <= MAX_WORD),
            "{what}"
        );
        assert_eq!(ticket.id.0.get_version_num(), 7);
    }
    Ok(())
}

#[test]
fn each_event_begins_where_the_one_before_it_ended() -> Result<()> {
    let world = world(1_000, 3)?;
    for Story { ticket, events, .. } in stories(&world)? {
        let mut facets: Option<Facets> = None;
        for event in &events {
            let before = event.data.before.clone().or_else(|| facets.clone());
            assert_eq!(before, facets, "{event:#?}");
            assert_ne!(
                event.data.before.as_ref(),
                Some(&event.data.after),
                "{event:#?}"
            );
            let unchanged = event.data.before.is_none() && event.kind != EventKind::TicketCreated;
            assert!(
                !unchanged || facets.as_ref() == Some(&event.data.after),
                "{event:#?}"
            );
            facets = Some(event.data.after.clone());
        }
        assert_eq!(facets, Some(Facets::of(&ticket, false)));
    }
    Ok(())
}

#[test]
fn shares_are_as_they_should_be() -> Result<()> {
    let world = world(6_000, 1)?;
    let stories = stories(&world)?;
    let all = stories.len() as f64;
    let percent = |wanted: &dyn Fn(&Story) -> bool| {
        stories.iter().filter(|story| wanted(story)).count() as f64 * 100.0 / all
    };
    let shares = [8.0, 12.0, 8.0, 12.0, 60.0];
    for (status, share) in TicketStatus::ALL.iter().zip(shares) {
        let is = percent(&|story| story.ticket.status == *status);
        assert!((is - share).abs() < 1.5, "{status:?}: {is} %");
    }
    let messages = stories
        .iter()
        .map(|story| story.messages.len())
        .sum::<usize>() as f64
        / all;
    assert!((4.5..5.5).contains(&messages), "{messages} messages each");
    let sources: HashSet<_> = stories
        .iter()
        .map(|story| story.ticket.source.as_str())
        .collect();
    assert_eq!(sources.len(), entity::TicketSource::ALL.len());
    let categories: HashSet<_> = stories
        .iter()
        .map(|story| story.ticket.category_id.0)
        .collect();
    assert_eq!(categories.len(), CATEGORIES.len());
    let medium = percent(&|story| story.ticket.priority == entity::Priority::Medium);
    assert!(medium > 50.0, "{medium} % are of medium priority");
    let follow_ups = percent(&|story| story.ticket.follow_up_of_id.is_some());
    assert!(follow_ups > 0.3, "{follow_ups} % continue another one");
    let kinds: HashSet<_> = stories
        .iter()
        .flat_map(|story| story.events.iter().map(|event| event.kind))
        .collect();
    assert_eq!(
        kinds.len(),
        EventKind::ALL.len(),
        "every kind of event occurs"
    );
    let dev = world
        .people
        .dev_customer
        .as_ref()
        .map(|customer| customer.id);
    let of_dev = stories
        .iter()
        .filter(|story| Some(story.ticket.requester_id) == dev)
        .count();
    assert!(
        (10..=14).contains(&of_dev),
        "{of_dev} tickets of the development customer"
    );
    Ok(())
}

#[test]
fn people_are_told_apart() -> Result<()> {
    let world = world(40_000, 1)?;
    let people = &world.people.new_users;
    let mut seen = HashSet::new();
    for person in people {
        assert!(person.email.as_deref().is_none_or(is_email), "{person:?}");
        assert!(
            person.email.iter().all(|email| seen.insert(email.clone())),
            "{person:?}"
        );
        assert!(
            person
                .subject
                .iter()
                .all(|subject| seen.insert(subject.clone())),
            "{person:?}"
        );
        assert_eq!(
            person.issuer.is_some(),
            person.subject.is_some(),
            "{person:?}"
        );
        assert!(
            person.search_text.starts_with(&person.name.to_lowercase()),
            "{person:?}"
        );
        assert!(
            person.signed_up_at.is_none_or(|at| at <= person.created_at),
            "{person:?}"
        );
    }
    let customers = people.iter().filter(|person| !is_staff(person.role));
    assert_eq!(customers.count(), 2_000 + 1);
    Ok(())
}

#[test]
fn the_words_fit_together() -> Result<()> {
    let texts = Texts::load()?;
    let world = world(100, 1)?;
    for kind in [
        Kind::Lead,
        Kind::Buyer,
        Kind::Seller,
        Kind::Restaurant,
        Kind::Driver,
    ] {
        assert!(
            texts.cases.iter().any(|case| case.who.contains(&kind)),
            "{kind:?}"
        );
    }
    let mut names = HashSet::new();
    for case in &texts.cases {
        let name = &case.name;
        assert!(names.insert(name), "{name} is there twice");
        assert!(
            !case.descriptions.is_empty() && !case.who.is_empty(),
            "{name}"
        );
        assert_eq!(case.subjects.len(), case.descriptions.len(), "{name}");
        assert!(
            world.people.teams.iter().any(|team| team.name == case.team),
            "{name}"
        );
        for variant in 0..case.descriptions.len() {
            assert!(
                case.ends.iter().any(|end| end.suits(variant)),
                "{name}, variant {variant}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_was_told_can_be_read_back_and_nothing_is_written_twice() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("deskwire-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(Error::internal)?;
    let result = fill_and_read_back(&format!("sqlite://{}/demo.db", folder.display())).await;
    std::fs::remove_dir_all(&folder).map_err(Error::internal)?;
    result
}

async fn fill_and_read_back(url: &str) -> Result<()> {
    let db = Db::connect(url, 2).await?;
    migration::Migrator::up(db.admin(), None).await?;
    let options = DemoOptions {
        tickets: 400,
        seed: 5,
        until: until(),
    };
    let summary = fill(&db, &options, &|_, _| {}).await?;

    let categories = category::Entity::find().all(db.read()).await?;
    let world = World::new(&options, &categories, &Known::default(), 1)?;
    let told = stories(&world)?;
    let tickets = ticket::Entity::find()
        .order_by_asc(ticket::Column::Number)
        .all(db.read())
        .await?;
    let of_stories: Vec<_> = told.iter().map(|story| story.ticket.clone()).collect();
    assert_eq!(tickets, of_stories);
    let mut messages = message::Entity::find().all(db.read()).await?;
    let mut of_stories: Vec<_> = told
        .iter()
        .flat_map(|story| story.messages.clone())
        .collect();
    messages.sort_by_key(|row| row.id);
    of_stories.sort_by_key(|row| row.id);
    assert_eq!(messages, of_stories);
    let mut people = user::Entity::find().all(db.read()).await?;
    let mut made_up = world.people.new_users.clone();
    people.sort_by_key(|row| row.id);
    made_up.sort_by_key(|row| row.id);
    assert_eq!(people, made_up);

    let log = event::Entity::find()
        .order_by_asc(event::Column::Seq)
        .all(db.read())
        .await?;
    assert!(log.is_sorted_by_key(|row| row.at));
    for story in &told {
        let of_ticket = log.iter().filter(|row| row.ticket_id == story.ticket.id);
        let read: Vec<domain::EventData> = of_ticket
            .map(|row| serde_json::from_value(row.data.clone()).map_err(Error::internal))
            .collect::<Result<_>>()?;
        let written: Vec<_> = story
            .events
            .iter()
            .map(|event| event.data.clone())
            .collect();
        assert_eq!(read, written);
    }
    let tags = ticket_tag::Entity::find().all(db.read()).await?.len();
    assert_eq!(
        tags,
        told.iter()
            .map(|story| story.ticket.tags.0.len())
            .sum::<usize>()
    );
    let helpers = ticket_co_assignee::Entity::find()
        .all(db.read())
        .await?
        .len();
    let of_stories = told.iter().map(|story| story.ticket.co_assignees.0.len());
    assert_eq!(helpers, of_stories.sum::<usize>());
    let links = context_link::Entity::find().all(db.read()).await?.len();
    assert_eq!(
        links,
        told.iter().map(|story| story.links.len()).sum::<usize>()
    );
    assert_eq!(
        (
            summary.tickets,
            summary.messages,
            summary.events,
            summary.customers,
            summary.teams
        ),
        (400, messages.len() as u64, log.len() as u64, 301, 4)
    );

    let again = fill(&db, &options, &|_, _| {}).await;
    assert!(matches!(again, Err(Error::BadInput(_))), "{again:?}");
    Ok(())
}
