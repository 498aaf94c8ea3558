mod clocks;
mod database;
mod shares;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta};
use domain::{
    Facets, Result, is_staff,
    rating::SCORES,
    sla::{Preset, Rulebook},
    text::{MAX_BODY, MAX_SUBJECT, MAX_WORD, is_email},
};
use entity::{
    CalendarId, CategoryId, EventKind, SlaPolicyId, SubjectId, TicketStatus, Timestamp, category,
    sla_policy, subject,
};
use uuid::Uuid;

use super::{
    DemoOptions,
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

const SUBJECTS: [&str; 5] = [
    "account_issue",
    "document_request",
    "technical_support",
    "general_inquiry",
    "complaint",
];

fn until() -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_500) + TimeDelta::microseconds(1_234_567)
}

fn world(tickets: u64, seed: u64) -> Result<World> {
    world_under(rules()?, tickets, seed)
}

fn world_under(rules: Arc<Rulebook>, tickets: u64, seed: u64) -> Result<World> {
    let categories: Vec<_> = (1..)
        .zip(CATEGORIES)
        .map(|(place, code)| category::Model {
            id: CategoryId(Uuid::from_u128(place)),
            code: code.to_owned(),
            name: code.to_owned(),
            position: i32::try_from(place).unwrap_or_default(),
        })
        .collect();
    let subjects: Vec<_> = (1..)
        .zip(SUBJECTS)
        .map(|(place, code)| subject::Model {
            id: SubjectId(Uuid::from_u128(place)),
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
    let known = Known::default();
    World::new(&options, &categories, &subjects, &known, 1, rules)
}

/// The rules that a new database has.
fn rules() -> Result<Arc<Rulebook>> {
    Ok(Arc::new(Rulebook::new(1, vec![policy()], &[])?))
}

/// The policy that a new database has.
fn policy() -> sla_policy::Model {
    sla_policy::Model {
        id: SlaPolicyId(Uuid::from_u128(200)),
        name: "Everything".to_owned(),
        position: 0,
        catch_all: true,
        conditions: sla_policy::Conditions::default(),
        calendar_id: CalendarId(Uuid::from_u128(100)),
        targets: sla_policy::Targets(Preset::Standard.targets()),
        steps: sla_policy::Steps(Preset::Standard.steps()),
        unattended_seconds: Some(2 * 86_400),
        follow_up_seconds: Some(3 * 86_400),
        close_seconds: Some(7 * 86_400),
        created_at: until(),
        updated_at: until(),
        deleted_at: None,
    }
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
            rating,
            ..
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
        // The job may run in the very last moment.
        let mut by_people = events.iter().filter(|event| event.actor.is_some());
        let last = by_people.next_back().map_or(before, |event| event.at);
        assert!(last < until(), "{what}");
        assert!(
            events.last().is_some_and(|event| event.at <= until()),
            "{what}"
        );
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
        let on_behalf = events.first().is_some_and(|event| is_staff(event.role));
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
        // Some events come without a new version: notes, warnings, questions to the customer.
        let mut newest = events
            .iter()
            .filter(|event| event.ticket_version == ticket.version);
        assert_eq!(
            newest.next().map(|event| event.at),
            Some(ticket.updated_at),
            "{what}"
        );
        let versions: HashSet<_> = events.iter().map(|event| event.ticket_version).collect();
        assert_eq!(
            versions.len() as i32,
            ticket.version,
            "each version has an event: {what}"
        );

        // What the customer said of it in the end.
        let told = events.iter().filter_map(|event| {
            let note = event.data.rating.as_ref()?;
            assert_eq!(event.kind, EventKind::TicketRated, "{what}");
            Some((event.actor, event.at, note.score, note.comment.clone()))
        });
        let said = rating.iter().map(|row| {
            let who = Some(row.requester_id);
            (who, row.rated_at, row.score, row.comment.clone())
        });
        assert_eq!(told.collect::<Vec<_>>(), said.collect::<Vec<_>>(), "{what}");
        if let Some(rating) = rating {
            assert_eq!(rating.requester_id, ticket.requester_id, "{what}");
            assert!(SCORES.contains(&rating.score), "{what}");
            let asked = ticket.closed_at.filter(|_| rating.by_link);
            let done = asked.or(ticket.resolved_at).or(ticket.closed_at);
            assert!(done.is_some_and(|done| done < rating.rated_at), "{what}");
            assert!(
                !rating.by_link || ticket.requester_email.is_some(),
                "nobody could ask: {what}"
            );
        }

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
            .chain(rating.iter().flat_map(|rating| &rating.comment))
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
    for story in stories(&world)? {
        let Story {
            ticket,
            events,
            clocks,
            ..
        } = story;
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
        let unattended = clocks.unattended();
        assert_eq!(facets, Some(Facets::of(&ticket, unattended)));
    }
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
        let about: HashSet<_> = case.about.iter().map(String::as_str).collect();
        assert!(
            (1..=2).contains(&about.len()) && about.len() == case.about.len(),
            "{name}"
        );
        assert!(about.iter().all(|code| SUBJECTS.contains(code)), "{name}");
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
