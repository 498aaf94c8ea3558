//! What customers say of a ticket when it is done.

use domain::{Error, Result, rating::RatingNote};
use entity::EventKind;

use super::{
    dice::{Dice, Series},
    story::{Step, customer as as_customer},
    tale::Tale,
};

/// How many of 100 customers say what they think.
const ANSWERS: f64 = 28.0;
/// How many of 100 of those who can sign in do not wait for the mail that asks.
const UNASKED: f64 = 35.0;
/// How many of 100 add something in their own words.
const COMMENTS: f64 = 45.0;
/// How often each score is given as a rule.
const SCORES: [(i16, f64); 5] = [(5, 56.0), (4, 26.0), (3, 9.0), (2, 4.0), (1, 5.0)];
/// How often where a promise was broken, or what was resolved was not.
const SCORES_OF_TROUBLE: [(i16, f64); 5] = [(5, 24.0), (4, 25.0), (3, 21.0), (2, 14.0), (1, 16.0)];

impl Tale<'_> {
    /// The customer rates what is resolved or closed, if they care to.
    ///
    /// # Errors
    /// If `domain` would refuse it, which is a mistake here.
    pub(super) fn rate(&mut self) -> Result<()> {
        let world = self.world;
        let index = self.story.ticket.number - world.first_number;
        let index = u64::try_from(index).map_err(Error::internal)?;
        let mut dice = Dice::new(world.seed, Series::Rating(index));
        let ticket = &self.story.ticket;
        let done = ticket.closed_at.or(ticket.resolved_at);
        let (true, Some(done)) = (dice.chance(ANSWERS), done) else {
            return Ok(());
        };
        let unasked = self.customer.login && dice.chance(UNASKED);
        let until = world.calendar.until;
        let (from, hours) = if unasked {
            // They look at the ticket, now that all is said.
            let last = self.story.events.last();
            (last.map_or(done, |event| event.at), 2.0)
        } else if ticket.requester_email.is_some()
            && let Some(closed) = self.story.wait_for_close(until)
        {
            // The mail goes out when the ticket is closed.
            (closed, 6.0)
        } else {
            return Ok(());
        };
        let at = from + dice.about(hours * 3_600.0);
        if at >= until {
            return Ok(());
        }
        let mut kinds = self.story.events.iter().map(|event| event.kind);
        let trouble =
            kinds.any(|kind| matches!(kind, EventKind::SlaBreached | EventKind::TicketReopened));
        let scores = if trouble { SCORES_OF_TROUBLE } else { SCORES };
        let score = dice.weighted(&scores, 5);
        let phrases = &world.texts.phrases;
        let words = match score {
            4.. => &phrases.pleased,
            3 => &phrases.so_so,
            _ => &phrases.displeased,
        };
        // What is done was somebody's.
        let agent = &world.staff(self.assignee.unwrap_or_default())?.first;
        let comment = dice
            .chance(COMMENTS)
            .then(|| self.details.fill(dice.word(words), agent, ""));
        let step = Step {
            actor: as_customer(self.customer.id),
            at,
        };
        self.story
            .rate(step, RatingNote { score, comment }, !unasked)
    }
}
