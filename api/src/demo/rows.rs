//! Some tickets' worth of rows, in the order in which foreign keys want them.

use domain::Result;
use entity::{
    TicketId, context_link, message, rating, team, team_member, ticket, ticket_co_assignee,
    ticket_subject, ticket_tag, timer, timer_firing, user,
};

use super::{story::Event, tale::tell, world::World};

/// Rows that are written in one transaction.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) users: Vec<user::Model>,
    pub(super) teams: Vec<team::Model>,
    pub(super) members: Vec<team_member::Model>,
    pub(super) tickets: Vec<ticket::Model>,
    pub(super) tags: Vec<ticket_tag::Model>,
    pub(super) subjects: Vec<ticket_subject::Model>,
    pub(super) co_assignees: Vec<ticket_co_assignee::Model>,
    pub(super) links: Vec<context_link::Model>,
    pub(super) messages: Vec<message::Model>,
    pub(super) ratings: Vec<rating::Model>,
    pub(super) timers: Vec<timer::Model>,
    pub(super) firings: Vec<timer_firing::Model>,
    /// In the order in which they happened.
    pub(super) events: Vec<(TicketId, Event)>,
}

impl Rows {
    /// The people, who come before all tickets.
    pub(super) fn of_people(world: &World) -> Self {
        Self {
            users: world.people.new_users.clone(),
            teams: world.people.new_teams.clone(),
            members: world.people.new_members.clone(),
            ..Self::default()
        }
    }

    /// Adds the tickets with the indexes `from` to before `to`.
    ///
    /// # Errors
    /// As [`tell`].
    pub(super) fn add_tickets(&mut self, world: &World, from: u64, to: u64) -> Result<()> {
        for index in from..to {
            let story = tell(world, index)?;
            let ticket_id = story.ticket.id;
            let tags = story.ticket.tags.0.iter().cloned();
            self.tags
                .extend(tags.map(|tag| ticket_tag::Model { ticket_id, tag }));
            let subjects = (0..).zip(&story.ticket.subjects.0);
            self.subjects.extend(
                subjects.map(|(position, &subject_id)| ticket_subject::Model {
                    ticket_id,
                    position,
                    subject_id,
                }),
            );
            let people = story.ticket.co_assignees.0.iter();
            self.co_assignees
                .extend(people.map(|&user_id| ticket_co_assignee::Model { ticket_id, user_id }));
            let links = (0..)
                .zip(story.links)
                .map(|(position, (kind, external_id))| context_link::Model {
                    ticket_id,
                    position,
                    kind,
                    external_id,
                });
            self.links.extend(links);
            self.messages.extend(story.messages);
            self.ratings.extend(story.rating);
            let (timers, firings) = story.clocks.into_rows();
            self.timers.extend(timers);
            self.firings.extend(firings);
            self.events
                .extend(story.events.into_iter().map(|event| (ticket_id, event)));
            self.tickets.push(story.ticket);
        }
        // Stable: what happened to one ticket stays in its order.
        self.events.sort_by_key(|(_, event)| event.at);
        Ok(())
    }
}
