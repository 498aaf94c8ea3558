//! A ticket's story from beginning to end: who, what, and when.

use chrono::TimeDelta;
use domain::{Error, Result};
use entity::{Priority, TicketId, TicketSource, TicketStatus, Timestamp, ticket};

use super::{
    calendar::at_work,
    details::Details,
    dice::{Dice, Series},
    fate::fate,
    opening::{by_customer, introduction, opener, priorities, source},
    people::Customer,
    plot::{Beat, Plot},
    story::{Story, customer as as_customer},
    texts::Case,
    world::World,
};

/// How many of 100 tickets continue one that is closed.
const FOLLOW_UPS: f64 = 1.5;
/// How long a ticket must have been closed before it is continued rather than reopened.
const LONG_CLOSED: TimeDelta = TimeDelta::days(15);
/// A ticket older than this should have been seen to.
const OLD: TimeDelta = TimeDelta::days(2);
/// What is resolved closes itself after a week, so it was resolved later than this before the end.
const STILL_RESOLVED: TimeDelta = TimeDelta::days(6);
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
pub(super) struct Tale<'a> {
    pub(super) world: &'a World,
    pub(super) case: &'a Case,
    variant: usize,
    /// What it is about, as staff sort it.
    pub(super) about: ticket::Subjects,
    pub(super) customer: &'a Customer,
    pub(super) details: Details,
    fate: TicketStatus,
    /// The place of the one who has the ticket.
    pub(super) assignee: Option<usize>,
    pub(super) story: Story,
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
        let (about, subjects) = world.subjects(case, index);
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
            requester_tier: customer.tier.clone(),
            escalated: false,
            escalated_at: None,
            escalation_tier: None,
            escalation_target: None,
            sla_state: None,
            sla_due_at: ticket::NEVER,
            assignee_away: false,
            sensitive: ticket::Sensitive::default(),
            subjects,
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
        let story = Story::open(ticket, links, actor, &world.rules)?;
        Ok(Self {
            world,
            case,
            variant,
            about,
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
        let (variant, about) = (old.variant, old.about.clone());
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
            escalated: false,
            escalated_at: None,
            escalation_tier: None,
            escalation_target: None,
            assignee_away: false,
            sensitive: ticket::Sensitive::default(),
            ..closed.ticket
        };
        let fate = fate_at(world, index, at, dice);
        let story = Story::open(ticket, closed.links, as_customer(customer.id), &world.rules)?;
        Ok(Some(Self {
            world,
            case,
            variant,
            about,
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
        let age = world.calendar.until - self.story.ticket.created_at;
        let mut beats = plot.write(self.fate, self.assignee.is_some(), age > OLD, dice);
        if age < FRESH {
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
        self.rate()?;
        Ok(self.story.end(world.calendar.until))
    }

    /// When each beat comes: at its own pace, but all of them before the data end.
    fn times(&self, beats: &[Beat<'_>], dice: &mut Dice) -> Vec<Timestamp> {
        let ticket = &self.story.ticket;
        let until = self.world.calendar.until;
        let mut at = ticket.created_at;
        let mut before = None;
        let mut times: Vec<_> = beats
            .iter()
            .map(|&beat| {
                at += beat.after(before.replace(beat), ticket.priority, dice);
                if !beat.is_at_work(ticket.priority, at) {
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
        let (lately, idle) = match self.fate {
            TicketStatus::Closed => return times,
            TicketStatus::Open => (95.0, dice.about(2.0 * 3_600.0)),
            TicketStatus::InProgress => (92.0, dice.about(3.0 * 3_600.0)),
            TicketStatus::WaitingOnUser => (75.0, dice.about(4.0 * 86_400.0)),
            TicketStatus::Resolved => (100.0, dice.about(36.0 * 3_600.0).min(STILL_RESOLVED)),
        };
        let longer = until - idle - at;
        if dice.chance(lately)
            && longer > TimeDelta::zero()
            && let Some(place) = latecomer(beats, dice)
        {
            let priority = ticket.priority;
            let mut moved = beats.iter().zip(&times).skip(place);
            let longer = if moved.all(|(beat, at)| beat.is_at_work(priority, *at + longer)) {
                longer
            } else {
                // By whole days everybody keeps their hours.
                TimeDelta::days(longer.num_days())
            };
            times
                .iter_mut()
                .skip(place)
                .for_each(|time| *time += longer);
        }
        times
    }
}

/// The place of the beat that is long in coming: an answer that staff wait for, if there is one.
/// Nobody takes their time on what is resolved, since that closes itself.
fn latecomer(beats: &[Beat<'_>], dice: &mut Dice) -> Option<usize> {
    let before = |place: usize| place.checked_sub(1).and_then(|place| beats.get(place));
    let answers = (0..beats.len()).filter(|&place| before(place) == Some(&Beat::Wait));
    let answers: Vec<_> = answers.collect();
    if !answers.is_empty() {
        return dice.pick(&answers).copied();
    }
    let late = (0..beats.len())
        .filter(|&place| beats[place].can_be_late())
        .filter(|&place| !before(place).is_some_and(|beat| beat.ends_work()));
    dice.pick(&late.collect::<Vec<_>>()).copied()
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
