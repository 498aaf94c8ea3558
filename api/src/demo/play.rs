//! What each beat of a plot comes to: who does it, in which words.

use domain::{Actor, Result, is_staff};
use entity::{Priority, Role, TicketStatus, Timestamp, UserId, message, ticket};

use super::{
    dice::Dice,
    opening::by_customer,
    people::Team,
    plot::Beat,
    story::{Step, customer as as_customer},
    tale::Tale,
};

impl<'a> Tale<'a> {
    /// Somebody does what the beat says, at `at`.
    ///
    /// # Errors
    /// If `domain` would refuse it, which is a mistake in the plot.
    pub(super) fn play(&mut self, beat: Beat<'_>, at: Timestamp, dice: &mut Dice) -> Result<()> {
        let world = self.world;
        let phrases = &world.texts.phrases;
        let customer = Step {
            actor: as_customer(self.customer.id),
            at,
        };
        match beat {
            Beat::Triage => self.triage(at, dice)?,
            Beat::Take | Beat::HandOver => self.give_to_somebody(at, dice)?,
            Beat::Helpers => self.ask_for_help(at, dice)?,
            Beat::Staff(text) => {
                let (step, first, colleague) = self.on_it(at, 92.0, dice)?;
                let body = self.by_staff(text, first, colleague, dice);
                self.story.reply(step, dice.id(at), body)?;
            }
            Beat::Customer(text) => {
                let agent = self.on_it(at, 100.0, dice)?.1;
                let text = self.details.fill(text, agent, "");
                let body = by_customer(world, &self.details, &text, dice);
                self.story.reply(customer, dice.id(at), body)?;
            }
            Beat::Told(text) => {
                let (step, first, colleague) = self.on_it(at, 90.0, dice)?;
                let told = dice.word(&phrases.on_the_phone);
                let body = format!("{told}{}", self.details.fill(text, first, colleague));
                self.story.note(step, dice.id(at), body)?;
                match self.story.ticket.status {
                    TicketStatus::WaitingOnUser | TicketStatus::Resolved | TicketStatus::Closed => {
                        self.story
                            .set_status(step, TicketStatus::InProgress, None)?;
                    }
                    TicketStatus::Open | TicketStatus::InProgress => {}
                }
            }
            Beat::Note(text) => {
                let (step, first, colleague) = self.on_it(at, 70.0, dice)?;
                let body = self.details.fill(text, first, colleague);
                self.story.note(step, dice.id(at), body)?;
            }
            Beat::Wait => {
                let step = self.after_last_reply(at, dice)?;
                self.story
                    .set_status(step, TicketStatus::WaitingOnUser, None)?;
            }
            Beat::Resolve(notes) => {
                let step = self.after_last_reply(at, dice)?;
                let notes = dice.chance(88.0).then(|| self.details.fill(notes, "", ""));
                self.story.set_status(step, TicketStatus::Resolved, notes)?;
            }
            Beat::CloseByCustomer => self.close(customer)?,
            Beat::CloseByStaff => {
                let step = self.on_it(at, 80.0, dice)?.0;
                self.close(step)?;
            }
        }
        Ok(())
    }

    /// Closes the ticket. Who comes too late finds that it has closed itself.
    fn close(&mut self, step: Step) -> Result<()> {
        self.story.come_to(step.at);
        match self.story.ticket.status {
            TicketStatus::Closed => Ok(()),
            TicketStatus::Open
            | TicketStatus::InProgress
            | TicketStatus::WaitingOnUser
            | TicketStatus::Resolved => self.story.close(step),
        }
    }

    fn team(&self, dice: &mut Dice) -> Option<&'a Team> {
        let teams = &self.world.people.teams;
        let known = teams.iter().find(|team| team.name == self.case.team);
        known
            .or_else(|| dice.pick(teams))
            .filter(|team| !team.members.is_empty())
    }

    /// Somebody of the team that knows about it.
    fn somebody(&self, dice: &mut Dice) -> usize {
        let team = self.team(dice).map(|team| team.members.as_slice());
        let from_team = team.and_then(|members| dice.pick(members).copied());
        from_team.unwrap_or_else(|| dice.below(self.world.people.staff.len()))
    }

    /// Who does something for staff, with their name and a colleague's: mostly the one who has the
    /// ticket, in `percent` of 100 cases.
    fn on_it(
        &self,
        at: Timestamp,
        percent: f64,
        dice: &mut Dice,
    ) -> Result<(Step, &'a str, &'a str)> {
        let other = self.somebody(dice);
        let place = match self.assignee {
            Some(assignee) if dice.chance(percent) => assignee,
            _ => other,
        };
        let staff = &self.world.people.staff;
        let mut colleague = if other == place {
            dice.below(staff.len())
        } else {
            other
        };
        if colleague == place {
            colleague = (place + 1) % staff.len().max(1);
        }
        let (author, colleague) = (self.world.staff(place)?, self.world.staff(colleague)?);
        Ok((
            Step {
                actor: author.actor,
                at,
            },
            &author.first,
            &colleague.first,
        ))
    }

    /// The one of staff who wrote last does this too.
    fn after_last_reply(&self, at: Timestamp, dice: &mut Dice) -> Result<Step> {
        let staff_wrote = |row: &&message::Model| is_staff(row.author_role);
        let last = self.story.messages.iter().rev().find(staff_wrote);
        match last.and_then(|row| {
            Some(Actor {
                id: row.author_id?,
                role: row.author_role,
            })
        }) {
            Some(actor) => Ok(Step { actor, at }),
            None => Ok(self.on_it(at, 100.0, dice)?.0),
        }
    }

    fn by_staff(&self, text: &str, agent: &str, colleague: &str, dice: &mut Dice) -> String {
        let phrases = &self.world.texts.phrases;
        let last = self
            .story
            .messages
            .iter()
            .rev()
            .find(|message| !message.internal);
        let answers = last.is_some_and(|message| !is_staff(message.author_role));
        let greetings = if answers {
            &phrases.staff_again
        } else {
            &phrases.staff_greetings
        };
        let greeting = dice.word(greetings);
        let closing = dice.word(&phrases.staff_closings);
        let text = self.details.fill(text, agent, colleague);
        let around = |text: &str| self.details.fill(text, agent, colleague);
        format!("{}\n\n{text}\n\n{}", around(greeting), around(closing))
    }

    fn triage(&mut self, at: Timestamp, dice: &mut Dice) -> Result<()> {
        let step = self.on_it(at, 60.0, dice)?.0;
        let team = self.team(dice).map(|team| team.id);
        let mut tags: Vec<String> = self
            .case
            .tags
            .iter()
            .filter(|_| dice.chance(60.0))
            .cloned()
            .collect();
        if dice.chance(8.0) {
            tags.push("vip".to_owned());
        }
        tags.sort_unstable();
        tags.dedup();
        let priority = match self.story.ticket.priority {
            _ if dice.chance(86.0) => None,
            Priority::Urgent | Priority::Low => Some(Priority::Medium),
            Priority::High => Some(Priority::Urgent),
            Priority::Medium => Some(Priority::High),
        };
        let category = self.world.category_by_code(self.case.category);
        let unclear = self.case.links.iter().any(|kind| kind == "order") && dice.chance(4.0);
        let subject = unclear.then(|| {
            let order = self.details.fill("{order}", "", "");
            let subject = &self.story.ticket.subject;
            if subject.contains(&order) {
                subject.clone()
            } else {
                format!("{subject} ({order})")
            }
        });
        let about = self.about.clone();
        self.story.update(step, |ticket| {
            ticket.team_id = team.or(ticket.team_id);
            ticket.tags = ticket::Tags(tags);
            ticket.priority = priority.unwrap_or(ticket.priority);
            ticket.category_id = category.unwrap_or(ticket.category_id);
            ticket.subjects = about;
            ticket.subject = subject.unwrap_or_else(|| ticket.subject.clone());
        })
    }

    /// Somebody takes the ticket, or a supervisor gives it to them.
    fn give_to_somebody(&mut self, at: Timestamp, dice: &mut Dice) -> Result<()> {
        let mut place = self.somebody(dice);
        if self.assignee == Some(place) {
            place = (place + 1) % self.world.people.staff.len().max(1);
        }
        let assignee = self.world.staff(place)?.actor;
        let staff = self.world.people.staff.iter().map(|staff| staff.actor);
        let supervisors: Vec<_> = staff
            .filter(|actor| actor.role == Role::Supervisor)
            .collect();
        let given = dice
            .chance(30.0)
            .then(|| dice.pick(&supervisors).copied())
            .flatten();
        self.story.assign(
            Step {
                actor: given.unwrap_or(assignee),
                at,
            },
            assignee.id,
        )?;
        self.assignee = Some(place);
        Ok(())
    }

    fn ask_for_help(&mut self, at: Timestamp, dice: &mut Dice) -> Result<()> {
        let step = self.on_it(at, 90.0, dice)?.0;
        let count = if dice.chance(80.0) { 1 } else { 2 };
        let mut people: Vec<UserId> = Vec::with_capacity(count);
        for _ in 0..count {
            let place = dice.below(self.world.people.staff.len());
            people.push(self.world.staff(place)?.actor.id);
        }
        self.story.set_co_assignees(step, people)
    }
}
