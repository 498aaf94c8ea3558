//! What is written can be read back.

use std::{fmt::Debug, sync::Arc};

use domain::{Error, Result, db::Db, sla::Rulebook};
use entity::{
    category, context_link, event, follower, message, rating, subject, ticket, ticket_co_assignee,
    ticket_subject, ticket_tag, timer, timer_firing, user,
};
use sea_orm::{EntityTrait, QueryOrder};
use sea_orm_migration::MigratorTrait;

use super::{
    clocks::{Told, replay},
    stories, until,
};
use crate::demo::{DemoOptions, fill, people::Known, world::World};

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
    let subjects = subject::Entity::find().all(db.read()).await?;
    let rules = Arc::new(Rulebook::current(&db).await?);
    let world = World::new(
        &options,
        &categories,
        &subjects,
        &Known::default(),
        1,
        Arc::clone(&rules),
    )?;
    let told = stories(&world)?;
    let tickets = ticket::Entity::find()
        .order_by_asc(ticket::Column::Number)
        .all(db.read())
        .await?;
    let of_stories: Vec<_> = told.iter().map(|story| story.ticket.clone()).collect();
    assert_eq!(tickets, of_stories);
    let mut messages = message::Entity::find().all(db.read()).await?;
    let of_stories = told.iter().flat_map(|story| story.messages.clone());
    same_rows(&mut messages, of_stories, |row| row.id);
    let mut ratings = rating::Entity::find().all(db.read()).await?;
    let of_stories = told.iter().filter_map(|story| story.rating.clone());
    same_rows(&mut ratings, of_stories, |row| row.ticket_id);
    let mut people = user::Entity::find().all(db.read()).await?;
    same_rows(&mut people, world.people.new_users.clone(), |row| row.id);

    let log = event::Entity::find()
        .order_by_asc(event::Column::Seq)
        .all(db.read())
        .await?;
    assert!(log.is_sorted_by_key(|row| row.at));
    let timers = timer::Entity::find().all(db.read()).await?;
    let firings = timer_firing::Entity::find().all(db.read()).await?;
    for ticket in &tickets {
        let events = log.iter().filter(|row| row.ticket_id == ticket.id);
        let events: Vec<_> = events.map(told_by).collect::<Result<_>>()?;
        let timers = timers.iter().filter(|row| row.ticket_id == ticket.id);
        let firings = firings.iter().filter(|row| row.ticket_id == ticket.id);
        let timers: Vec<_> = timers.cloned().collect();
        replay(
            &rules,
            ticket,
            &events,
            &timers,
            &firings.cloned().collect::<Vec<_>>(),
        );
    }
    let followers = follower::Entity::find().all(db.read()).await?;
    for follower in &followers {
        let end = log.last().map(|row| (row.xid, row.seq));
        assert_eq!(
            end,
            Some((follower.xid, follower.seq)),
            "nobody is told about the past"
        );
    }
    assert_eq!(followers.len(), 2);
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
    let mut subjects = ticket_subject::Entity::find().all(db.read()).await?;
    let of_stories = told.iter().flat_map(|story| {
        (0..)
            .zip(&story.ticket.subjects.0)
            .map(|(position, &subject_id)| ticket_subject::Model {
                ticket_id: story.ticket.id,
                position,
                subject_id,
            })
    });
    same_rows(&mut subjects, of_stories, |row| {
        (row.ticket_id, row.position)
    });
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

/// Fails unless both are the same rows, in whatever order. `key` tells them apart.
fn same_rows<M: Debug + PartialEq, K: Ord>(
    found: &mut [M],
    told: impl IntoIterator<Item = M>,
    key: impl Fn(&M) -> K,
) {
    let mut told: Vec<M> = told.into_iter().collect();
    found.sort_by_key(&key);
    told.sort_by_key(&key);
    assert_eq!(found, told);
}

fn told_by(row: &event::Model) -> Result<Told> {
    Ok(Told {
        version: row.ticket_version,
        kind: row.kind,
        actor: row.actor_id,
        role: row.actor_role,
        at: row.at,
        data: serde_json::from_value(row.data.clone()).map_err(Error::internal)?,
    })
}
