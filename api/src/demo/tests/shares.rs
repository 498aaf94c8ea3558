//! How much of what there is.

use std::collections::HashSet;

use domain::Result;
use entity::{EventKind, SlaState, TicketStatus};

use super::{CATEGORIES, SUBJECTS, stories, world};
use crate::demo::story::Story;

#[test]
fn shares_are_as_they_should_be() -> Result<()> {
    let world = world(6_000, 1)?;
    let stories = stories(&world)?;
    let all = stories.len() as f64;
    let percent = |wanted: &dyn Fn(&Story) -> bool| {
        stories.iter().filter(|story| wanted(story)).count() as f64 * 100.0 / all
    };
    let shares = [8.0, 12.0, 8.0, 6.0, 66.0];
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
    let of_tickets = stories.iter().flat_map(|story| &story.ticket.subjects.0);
    let subjects: HashSet<_> = of_tickets.collect();
    assert_eq!(subjects.len(), SUBJECTS.len());
    let with = |count: usize| percent(&|story| story.ticket.subjects.0.len() == count);
    let (none, two) = (with(0), with(2));
    assert!(
        none == 0.0 && (10.0..30.0).contains(&two),
        "{none} % are about nothing, {two} % about two subjects"
    );
    let sorted = percent(&|story| {
        let mut changes = story.events.iter().filter_map(|event| {
            let before = event.data.before.as_ref()?;
            Some((before.subjects.clone(), event.data.after.subjects.clone()))
        });
        changes.any(|(before, after)| before != after)
    });
    assert!(sorted > 2.0, "of {sorted} % staff changed the subjects");
    let medium = percent(&|story| story.ticket.priority == entity::Priority::Medium);
    assert!(medium > 50.0, "{medium} % are of medium priority");
    let follow_ups = percent(&|story| story.ticket.follow_up_of_id.is_some());
    assert!(follow_ups > 0.3, "{follow_ups} % continue another one");
    let kinds: HashSet<_> = stories
        .iter()
        .flat_map(|story| story.events.iter().map(|event| event.kind))
        .collect();
    // Nobody is away, nobody is asked, nobody changes the rules, and the shipped ones have no further
    // steps.
    let never = [
        EventKind::AssigneeAwayChanged,
        EventKind::SlaChanged,
        EventKind::SlaOverdue,
        EventKind::TicketEscalated,
    ];
    for kind in EventKind::ALL {
        assert_ne!(kinds.contains(kind), never.contains(kind), "{kind:?}");
    }
    let breached = percent(&|story| story.ticket.sla_state == Some(SlaState::Breached));
    assert!(
        (5.0..15.0).contains(&breached),
        "{breached} % missed a target"
    );
    let rated = percent(&|story| story.rating.is_some());
    assert!((10.0..30.0).contains(&rated), "{rated} % are rated");
    let ratings = stories.iter().filter_map(|story| story.rating.as_ref());
    let scores: Vec<_> = ratings.map(|rating| rating.score).collect();
    assert_eq!(scores.iter().collect::<HashSet<_>>().len(), 5);
    let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / scores.len() as f64;
    assert!((3.8..4.5).contains(&mean), "rated {mean} on average");
    let by_link = percent(&|story| story.rating.as_ref().is_some_and(|rating| rating.by_link));
    assert!(
        0.0 < by_link && by_link < rated,
        "{by_link} % are rated by the link in a mail, {rated} % at all"
    );
    let by_itself = percent(&|story| {
        let of_it = story.events.iter().rev();
        let mut of_it = of_it.filter(|event| event.kind != EventKind::TicketRated);
        let last = of_it.next();
        last.is_some_and(|event| event.kind == EventKind::TicketClosed && event.actor.is_none())
    });
    assert!(
        (5.0..15.0).contains(&by_itself),
        "{by_itself} % closed themselves"
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
