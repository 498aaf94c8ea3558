//! A ticket's story from beginning to end: who, what, and when.

use chrono::TimeDelta;
use domain::{Actor, Error, Result};
use entity::{Priority, TicketId, TicketSource, TicketStatus, Timestamp, UserId, ticket};

use super::{
    calendar::at_work,
    details::Details,
    dice::{Dice, Series},
    people::{Customer, Team},
    plot::{Beat, Plot, fate},
    story::{Step, Story, customer as as_customer},
    texts::{Case, Heat},
    world::World,
};

/// How many of 100 tickets continue one that is closed.
const FOLLOW_UPS: f64 = 1.5;
/// How long a ticket must have been closed before it is continued rather than reopened.
const LONG_CLOSED: TimeDelta = TimeDelta::days(15);
/// A ticket younger than this has not been looked at.
const FRESH: TimeDelta = TimeDelta::minutes(20);

/// Tells the story of the ticket with this index, from 0. The same world tells it the same way.
///
/// # Errors
/// `Internal` if the plot breaks a rule of `domain`, which is a mistake here.
pub(super) fn tell(world: &World, index: u64) -> Result<Story> {
    let mut dice = Dice::new(world.seed, Series::Ticket(index));
    let follows = is_follow_up(&mut dice);
    let at = world.opened_at(index, &mut dice);
    if follows {
        for _ in 0..4 {
            let earlier = dice.below(usize::try_from(index).unwrap_or(0)) as u64;
            if let Some(tale) = Tale::continuing(world, index, at, earlier, &mut dice)? {
                return tale.tell(&mut dice);
            }
        }
    }
    Tale::new(world, index, at, &mut dice)?.tell(&mut dice)
}

/// The first throw of each ticket decides, so that it is known without telling the story.
fn is_follow_up(dice: &mut Dice) -> bool {
    dice.chance(FOLLOW_UPS)
}

/// A story with what it is told from.
struct Tale<'a> {
    world: &'a World,
    case: &'a Case,
    variant: usize,
    customer: &'a Customer,
    details: Details,
    fate: TicketStatus,
    /// The place of the one who has the ticket.
    assignee: Option<usize>,
    story: Story,
}

fn nothing() -> Error {
    Error::internal("demo data: no customer, problem or category to begin with")
}

impl<'a> Tale<'a> {
    fn new(world: &'a World, index: u64, at: Timestamp, dice: &mut Dice) -> Result<Self> {
        let fate = fate_at(world, index, at, dice);
        let waits = fate == TicketStatus::Open;
        let customer = world
            .requester(index, at, waits, dice)
            .ok_or_else(nothing)?;
        let case = world.problem(customer.kind, dice).ok_or_else(nothing)?;
        let variant = dice.below(case.descriptions.len());
        let details = Details::new(&world.texts, customer, at, dice);
        let source = source(customer, waits, dice);
        let opener = opener(world, customer, case, source, dice)?;
        let category = world.category(case, dice).ok_or_else(nothing)?;
        let misfiled = dice
            .chance(5.0)
            .then(|| world.category_by_code("other"))
            .flatten();
        let environment = !case.errors.is_empty()
            || matches!(source, TicketSource::App | TicketSource::HelpCenter) && dice.chance(15.0);

        let agent = match opener {
            Some(place) => world.staff(place)?.first.as_str(),
            None => "",
        };
        let subject = case.subjects.get(variant).map_or("", String::as_str);
        let description = case.descriptions.get(variant).map_or("", String::as_str);
        let description = details.fill(description, agent, "");
        let description = if opener.is_some() {
            format!(
                "{}{description}",
                details.fill(introduction(world, source, dice), agent, "")
            )
        } else {
            by_customer(world, &details, &description, dice)
        };
        let mut ticket = ticket::Model {
            id: dice.id::<TicketId>(at),
            number: number(world, index)?,
            requester_id: customer.id,
            requester_email: customer.email.clone(),
            subject: details.fill(subject, agent, ""),
            description,
            category_id: misfiled.unwrap_or(category),
            priority: dice.weighted(&priorities(case.heat), Priority::Medium),
            status: TicketStatus::Open,
            source,
            assignee_id: None,
            co_assignees: ticket::Ids::default(),
            team_id: None,
            tags: ticket::Tags::default(),
            resolution_notes: None,
            environment: environment.then(|| details.environment(case, variant, source)),
            follow_up_of_id: None,
            version: 1,
            created_at: at,
            updated_at: at,
            first_response_at: None,
            resolved_at: None,
            closed_at: None,
        };
        let mut actor = as_customer(customer.id);
        if let Some(place) = opener {
            actor = world.staff(place)?.actor;
            ticket.assignee_id = Some(actor.id);
            ticket.status = TicketStatus::InProgress;
            ticket.first_response_at = Some(at);
        }
        let links = if dice.chance(85.0) {
            details.links(case)
        } else {
            Vec::new()
        };
        let story = Story::open(ticket, links, actor)?;
        Ok(Self {
            world,
            case,
            variant,
            customer,
            details,
            fate,
            assignee: opener,
            story,
        })
    }

    /// The story of a customer who writes on a ticket long closed, if the one with the index
    /// `earlier` is one.
    fn continuing(
        world: &'a World,
        index: u64,
        at: Timestamp,
        earlier: u64,
        dice: &mut Dice,
    ) -> Result<Option<Self>> {
        let mut old_dice = Dice::new(world.seed, Series::Ticket(earlier));
        if earlier >= index || is_follow_up(&mut old_dice) {
            return Ok(None);
        }
        let old_at = world.opened_at(earlier, &mut old_dice);
        let old = Self::new(world, earlier, old_at, &mut old_dice)?;
        let (case, customer, details) = (old.case, old.customer, old.details.clone());
        let variant = old.variant;
        let closed = old.tell(&mut old_dice)?;
        let long_closed = closed
            .ticket
            .closed_at
            .is_some_and(|then| at - then > LONG_CLOSED);
        if !customer.login || !long_closed {
            return Ok(None);
        }
        let body = details.fill(dice.word(&world.texts.phrases.follow_ups), "", "");
        let ticket = ticket::Model {
            id: dice.id::<TicketId>(at),
            number: number(world, index)?,
            description: by_customer(world, &details, &body, dice),
            status: TicketStatus::Open,
            assignee_id: None,
            co_assignees: ticket::Ids::default(),
            tags: ticket::Tags::default(),
            resolution_notes: None,
            follow_up_of_id: Some(closed.ticket.id),
            version: 1,
            created_at: at,
            updated_at: at,
            first_response_at: None,
            resolved_at: None,
            closed_at: None,
            ..closed.ticket
        };
        let fate = fate_at(world, index, at, dice);
        let story = Story::open(ticket, closed.links, as_customer(customer.id))?;
        Ok(Some(Self {
            world,
            case,
            variant,
            customer,
            details,
            fate,
            assignee: None,
            story,
        }))
    }

    fn tell(mut self, dice: &mut Dice) -> Result<Story> {
        let (world, case) = (self.world, self.case);
        let phrases = &world.texts.phrases;
        let plot = Plot::new(case, phrases, self.variant, self.customer.writes(), dice);
        let mut beats = plot.write(self.fate, self.assignee.is_some(), dice);
        if world.calendar.until - self.story.ticket.created_at < FRESH {
            beats.clear();
        }
        let times = self.times(&beats, dice);
        for (beat, at) in beats.into_iter().zip(times) {
            self.play(beat, at, dice).map_err(|error| {
                let number = self.story.ticket.number;
                let what = format!("demo data: {} on ticket {number}, {beat:?}", case.name);
                Error::internal(format!("{what}: {error}"))
            })?;
        }
        Ok(self.story)
    }

    /// When each beat comes: at its own pace, but all of them before the data end.
    fn times(&self, beats: &[Beat<'_>], dice: &mut Dice) -> Vec<Timestamp> {
        let ticket = &self.story.ticket;
        let until = self.world.calendar.until;
        let mut at = ticket.created_at;
        let mut times: Vec<_> = beats
            .iter()
            .map(|beat| {
                at += beat.after(ticket.priority, dice);
                if beat.by_staff() && ticket.priority != Priority::Urgent {
                    at = at_work(at, dice);
                }
                at
            })
            .collect();
        let available = until - ticket.created_at - TimeDelta::seconds(1);
        let natural = at - ticket.created_at;
        if natural > available {
            // Not all up to the last moment.
            let idle = micros(dice.about(8.0 * 3_600.0)).min(micros(available) * 0.8);
            let part = (micros(available) - idle) / micros(natural);
            for time in &mut times {
                let since = micros(*time - ticket.created_at) * part;
                *time = ticket.created_at + TimeDelta::microseconds(since as i64);
            }
            return times;
        }
        // What is not closed was mostly touched lately: something took its time.
        let lately = match self.fate {
            TicketStatus::Open | TicketStatus::Closed => return times,
            TicketStatus::InProgress | TicketStatus::WaitingOnUser => dice.chance(75.0),
            TicketStatus::Resolved => true,
        };
        let end = until - dice.about(4.0 * 86_400.0);
        let late: Vec<_> = (1..beats.len())
            .filter(|&place| beats[place].can_be_late())
            .collect();
        if lately
            && end > at
            && let Some(&place) = dice.pick(&late)
        {
            let longer = end - at;
            times
                .iter_mut()
                .skip(place)
                .for_each(|time| *time += longer);
        }
        times
    }

    fn play(&mut self, beat: Beat<'_>, at: Timestamp, dice: &mut Dice) -> Result<()> {
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
            Beat::CloseByCustomer => self.story.close(customer)?,
            Beat::CloseByStaff => {
                let step = self.on_it(at, 80.0, dice)?.0;
                self.story.close(step)?;
            }
        }
        Ok(())
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
        let staff_wrote = |row: &&entity::message::Model| domain::is_staff(row.author_role);
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
        let answers = last.is_some_and(|message| !domain::is_staff(message.author_role));
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
        self.story.update(step, |ticket| {
            ticket.team_id = team.or(ticket.team_id);
            ticket.tags = ticket::Tags(tags);
            ticket.priority = priority.unwrap_or(ticket.priority);
            ticket.category_id = category.unwrap_or(ticket.category_id);
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
            .filter(|actor| actor.role == entity::Role::Supervisor)
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

fn micros(time: TimeDelta) -> f64 {
    time.num_microseconds().unwrap_or(i64::MAX) as f64
}

fn number(world: &World, index: u64) -> Result<i64> {
    Ok(world.first_number + i64::try_from(index).map_err(Error::internal)?)
}

fn fate_at(world: &World, index: u64, at: Timestamp, dice: &mut Dice) -> TicketStatus {
    let fate = fate(index as f64 / world.tickets.max(1) as f64, dice);
    if world.calendar.until - at < FRESH {
        TicketStatus::Open
    } else {
        fate
    }
}

fn source(customer: &Customer, waits: bool, dice: &mut Dice) -> TicketSource {
    let mut sources = vec![
        (TicketSource::Email, 18.0),
        (TicketSource::Whatsapp, 8.0),
        (TicketSource::Phone, if waits { 0.0 } else { 8.0 }),
        (TicketSource::WalkIn, if waits { 0.0 } else { 2.0 }),
    ];
    if customer.login {
        sources.extend([
            (TicketSource::App, 39.0),
            (TicketSource::HelpCenter, 22.0),
            (TicketSource::Api, 3.0),
        ]);
    }
    if customer.email.is_none() {
        sources.retain(|(source, _)| *source != TicketSource::Email);
    }
    dice.weighted(&sources, TicketSource::App)
}

/// The member of staff who opens the ticket for the customer, if that is how it came in.
fn opener(
    world: &World,
    customer: &Customer,
    case: &Case,
    source: TicketSource,
    dice: &mut Dice,
) -> Result<Option<usize>> {
    let spoken = matches!(source, TicketSource::Phone | TicketSource::WalkIn);
    if customer.login && !spoken {
        return Ok(None);
    }
    let team = world
        .people
        .teams
        .iter()
        .find(|team| team.name == case.team);
    let place = team.and_then(|team| dice.pick(&team.members).copied());
    let place = place.unwrap_or_else(|| dice.below(world.people.staff.len()));
    world.staff(place)?;
    Ok(Some(place))
}

fn introduction<'a>(world: &'a World, source: TicketSource, dice: &mut Dice) -> &'a str {
    let phrases = &world.texts.phrases;
    dice.word(match source {
        TicketSource::Phone => &phrases.by_phone,
        TicketSource::WalkIn => &phrases.in_person,
        TicketSource::App
        | TicketSource::HelpCenter
        | TicketSource::Email
        | TicketSource::Whatsapp
        | TicketSource::Api => &phrases.on_behalf,
    })
}

/// What a customer writes, with a greeting and a name or without.
fn by_customer(world: &World, details: &Details, text: &str, dice: &mut Dice) -> String {
    let phrases = &world.texts.phrases;
    let greeting = dice
        .chance(50.0)
        .then(|| dice.word(&phrases.customer_greetings));
    let closing = dice
        .chance(45.0)
        .then(|| dice.word(&phrases.customer_closings));
    let mut body = String::new();
    if let Some(greeting) = greeting {
        body.push_str(greeting);
        body.push_str("\n\n");
    }
    body.push_str(text);
    if let Some(closing) = closing {
        body.push_str("\n\n");
        body.push_str(&details.fill(closing, "", ""));
    }
    body
}

fn priorities(heat: Heat) -> [(Priority, f64); 4] {
    let [low, medium, high, urgent] = match heat {
        Heat::Low => [40.0, 56.0, 4.0, 0.0],
        Heat::Normal => [10.0, 73.0, 14.0, 3.0],
        Heat::High => [0.0, 48.0, 40.0, 12.0],
        Heat::Urgent => [0.0, 6.0, 34.0, 60.0],
    };
    [
        (Priority::Low, low),
        (Priority::Medium, medium),
        (Priority::High, high),
        (Priority::Urgent, urgent),
    ]
}
