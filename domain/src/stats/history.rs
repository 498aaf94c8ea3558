//! What counts of a ticket's life: from its events, as they stand in the log, to facts. Pure.

use entity::{
    EventKind, Role, TicketStatus,
    TicketStatus::{Closed, Resolved},
    TimerKind, Timestamp, UserId,
};

use super::fact::{Fact, Mark, Marks};
use crate::is_staff;

/// With so many public messages of staff before it, a resolution still is one on first contact.
const FIRST_CONTACT: u32 = 1;

/// An event of a ticket, as far as statistics care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Option<UserId>,
    /// What they were then.
    pub role: Role,
    /// Whose ticket it is.
    pub requester: UserId,
    /// The status after it.
    pub status: TicketStatus,
    /// The assignee after it.
    pub assignee: Option<UserId>,
    /// Whether the ticket is escalated after it.
    pub escalated: bool,
    /// The score that was given by it.
    pub score: Option<i16>,
}

/// A target that was met or missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The metric.
    pub kind: TimerKind,
    /// Whether it was met.
    pub met: bool,
    /// When: what stopped the clock in time, or the due time.
    pub at: Timestamp,
}

impl Happening {
    fn by_customer(&self) -> bool {
        self.actor == Some(self.requester)
    }

    /// A public message of somebody on the team. Who writes on a ticket of their own is its customer.
    fn is_answer(&self) -> bool {
        self.kind == EventKind::ReplyAdded && is_staff(self.role) && !self.by_customer()
    }
}

fn is_in_work(status: TicketStatus) -> bool {
    !matches!(status, Resolved | Closed)
}

/// What counts of a ticket's life, in the order in which it happened. `events` are all events of the
/// ticket in the order of the log, which begins with its opening; nothing counts of a ticket whose
/// beginning is not there.
pub fn facts(events: &[Happening], verdicts: &[Verdict]) -> Vec<Fact> {
    let Some(opening) = events.first() else {
        return Vec::new();
    };
    if opening.kind != EventKind::TicketCreated {
        return Vec::new();
    }
    let mut life = Life::begin(opening);
    for event in &events[1..] {
        life.go_on(event);
    }
    life.end(events, verdicts)
}

/// A life as far as it has been followed.
struct Life {
    facts: Vec<Fact>,
    opened: Timestamp,
    status: TicketStatus,
    since: Timestamp,
    assignee: Option<UserId>,
    escalated: bool,
    /// Whether staff have answered, or opened the ticket themselves.
    answered: bool,
    answers: u32,
    /// Since when the customer waits for a next response.
    waiting: Option<Timestamp>,
    reopened: bool,
    /// Which facts are the first and the last resolution.
    first_resolved: Option<(usize, u32)>,
    last_resolved: Option<usize>,
}

impl Life {
    fn begin(opening: &Happening) -> Self {
        let mut life = Self {
            facts: Vec::new(),
            opened: opening.at,
            status: opening.status,
            since: opening.at,
            assignee: opening.assignee,
            escalated: opening.escalated,
            answered: is_staff(opening.role) && !opening.by_customer(),
            answers: 0,
            waiting: None,
            reopened: false,
            first_resolved: None,
            last_resolved: None,
        };
        let mut fact = life.fact(opening);
        fact.marks.set(Mark::Created);
        fact.marks.set(Mark::Entered);
        if opening.escalated {
            fact.marks.set(Mark::Escalated);
        }
        life.facts.push(fact);
        life
    }

    fn fact(&self, event: &Happening) -> Fact {
        Fact {
            at: event.at.timestamp_micros(),
            agent: event.assignee,
            ..Fact::default()
        }
    }

    fn go_on(&mut self, event: &Happening) {
        let mut fact = self.fact(event);
        let elapsed = seconds(self.opened, event.at);
        let was_in_work = is_in_work(self.status);
        if event.is_answer() {
            self.answers += 1;
            if !self.answered {
                self.answered = true;
                fact.marks.set(Mark::FirstResponded);
                fact.elapsed = elapsed;
            } else if let Some(since) = self.waiting {
                fact.marks.set(Mark::NextResponded);
                fact.waited = seconds(since, event.at);
            }
            self.waiting = None;
        } else if event.kind == EventKind::ReplyAdded && event.by_customer() && self.answered {
            self.waiting = self.waiting.or(Some(event.at));
        }
        if event.escalated && !self.escalated {
            fact.marks.set(Mark::Escalated);
        }
        if event.status != self.status {
            fact.marks.set(Mark::StatusLeft);
            fact.stay = Some((self.status, seconds(self.since, event.at)));
            if event.status == Resolved {
                fact.marks.set(Mark::Resolved);
                fact.elapsed = elapsed;
                let place = self.facts.len();
                self.first_resolved.get_or_insert((place, self.answers));
                self.last_resolved = Some(place);
            }
            if !was_in_work && is_in_work(event.status) {
                fact.marks.set(Mark::Reopened);
                self.reopened = true;
            }
            if !is_in_work(event.status) {
                self.waiting = None;
            }
            self.status = event.status;
            self.since = event.at;
        }
        self.pass_on(event, was_in_work, &mut fact);
        if let Some(score) = event.score {
            fact.marks.set(Mark::Rated);
            fact.score = Some(score);
        }
        self.assignee = event.assignee;
        self.escalated = event.escalated;
        if fact.marks != Marks::default() {
            self.facts.push(fact);
        }
    }

    /// From one backlog to another: of somebody else, or of nobody.
    fn pass_on(&mut self, event: &Happening, was_in_work: bool, fact: &mut Fact) {
        let is_in_work = is_in_work(event.status);
        let same = self.assignee == event.assignee;
        if was_in_work && !(is_in_work && same) {
            if same {
                fact.marks.set(Mark::Left);
            } else {
                // It left another's, who is not the assignee any more.
                let mut left = self.fact(event);
                left.agent = self.assignee;
                left.marks.set(Mark::Left);
                self.insert_before(left);
            }
        }
        if is_in_work && !(was_in_work && same) {
            fact.marks.set(Mark::Entered);
        }
    }

    /// Puts a fact before that which is being made: places of resolutions stay right.
    fn insert_before(&mut self, fact: Fact) {
        let place = self.facts.len();
        self.facts.push(fact);
        if let Some((first, _)) = &mut self.first_resolved
            && *first == place
        {
            *first += 1;
        }
        if let Some(last) = &mut self.last_resolved
            && *last == place
        {
            *last += 1;
        }
    }

    /// What can be said only at the end.
    fn end(mut self, events: &[Happening], verdicts: &[Verdict]) -> Vec<Fact> {
        if let Some((place, answers)) = self.first_resolved {
            let fact = &mut self.facts[place];
            fact.marks.set(Mark::FirstResolved);
            if answers <= FIRST_CONTACT && !self.reopened {
                fact.marks.set(Mark::FirstContact);
            }
        }
        if is_in_work(self.status) {
            let mut marks = Marks::default();
            marks.set(Mark::InWork);
            self.facts.push(Fact {
                at: self.opened.timestamp_micros(),
                marks,
                agent: self.assignee,
                ..Fact::default()
            });
        } else if let Some(place) = self.last_resolved {
            self.facts[place].marks.set(Mark::LastResolved);
        }
        for verdict in verdicts {
            let Some(mark) = mark_of(*verdict) else {
                continue;
            };
            let mut marks = Marks::default();
            marks.set(mark);
            let then = events.iter().rev().find(|event| event.at <= verdict.at);
            self.facts.push(Fact {
                at: verdict.at.timestamp_micros(),
                marks,
                agent: then.and_then(|event| event.assignee),
                ..Fact::default()
            });
        }
        self.facts
    }
}

fn mark_of(verdict: Verdict) -> Option<Mark> {
    let (met, breached) = match verdict.kind {
        TimerKind::FirstResponse => (Mark::MetFirstResponse, Mark::BreachedFirstResponse),
        TimerKind::NextResponse => (Mark::MetNextResponse, Mark::BreachedNextResponse),
        TimerKind::Resolution => (Mark::MetResolution, Mark::BreachedResolution),
        TimerKind::Unattended | TimerKind::FollowUp | TimerKind::AutoClose => return None,
    };
    Some(if verdict.met { met } else { breached })
}

/// Whole seconds from one time to a later one; none if it is not later.
fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    (to - from).num_seconds().max(0)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use entity::TicketStatus::{InProgress, Open, WaitingOnUser};
    use uuid::Uuid;

    use super::*;

    fn person(number: u128) -> UserId {
        Uuid::from_u128(number).into()
    }

    /// The customer is 1, staff are 2 and 3.
    struct Play(Vec<Happening>);

    impl Play {
        fn open(role: Role, actor: u128) -> Self {
            Self(vec![Happening {
                kind: EventKind::TicketCreated,
                at: Timestamp::default(),
                actor: Some(person(actor)),
                role,
                requester: person(1),
                status: Open,
                assignee: None,
                escalated: false,
                score: None,
            }])
        }

        fn after(mut self, minutes: i64, change: impl FnOnce(&mut Happening)) -> Self {
            let mut next = self.0.last().unwrap().clone();
            next.at += TimeDelta::minutes(minutes);
            next.kind = EventKind::TicketUpdated;
            next.score = None;
            change(&mut next);
            self.0.push(next);
            self
        }

        fn reply(self, minutes: i64, by: u128) -> Self {
            self.after(minutes, |event| {
                event.kind = EventKind::ReplyAdded;
                event.actor = Some(person(by));
                event.role = if by == 1 { Role::Customer } else { Role::Agent };
            })
        }

        fn set(self, minutes: i64, status: TicketStatus) -> Self {
            self.after(minutes, |event| event.status = status)
        }

        fn assign(self, minutes: i64, to: Option<u128>) -> Self {
            self.after(minutes, |event| event.assignee = to.map(person))
        }

        fn facts(&self) -> Vec<Fact> {
            facts(&self.0, &[])
        }

        /// What has `mark`: after how many minutes, and whose it was.
        fn all(&self, mark: Mark) -> Vec<(i64, Option<UserId>)> {
            let facts = self.facts().into_iter();
            let facts = facts.filter(|fact| fact.marks.has(mark));
            facts
                .map(|fact| (fact.at / 60_000_000, fact.agent))
                .collect()
        }
    }

    #[test]
    fn a_plain_life() {
        let play = Play::open(Role::Customer, 1)
            .assign(5, Some(2))
            .set(0, InProgress)
            .reply(10, 2)
            .set(15, Resolved)
            .set(60, Closed);
        let agent = Some(person(2));
        assert_eq!(play.all(Mark::Created), [(0, None)]);
        assert_eq!(play.all(Mark::FirstResponded), [(15, agent)]);
        assert_eq!(play.all(Mark::FirstContact), [(30, agent)]);
        assert_eq!(play.all(Mark::LastResolved), [(30, agent)]);
        // From nobody's backlog to the agent's, and out of it once.
        assert_eq!(play.all(Mark::Entered), [(0, None), (5, agent)]);
        assert_eq!(play.all(Mark::Left), [(5, None), (30, agent)]);
        assert_eq!(play.all(Mark::InWork), []);
        let stays: Vec<_> = play.facts().iter().filter_map(|fact| fact.stay).collect();
        assert_eq!(stays, [(Open, 300), (InProgress, 1_500), (Resolved, 3_600)]);
        let answer = play.facts().into_iter().find(|fact| fact.elapsed == 900);
        assert!(answer.unwrap().marks.has(Mark::FirstResponded));
    }

    #[test]
    fn a_reopened_ticket_was_never_resolved_on_first_contact() {
        let once = Play::open(Role::Customer, 1).reply(1, 2).set(1, Resolved);
        assert_eq!(once.all(Mark::FirstContact).len(), 1);
        let again = once.set(1, InProgress);
        assert_eq!(again.all(Mark::FirstContact), []);
        assert_eq!(again.all(Mark::Reopened).len(), 1);
        // In work again: it has a first resolution, but no last one yet.
        assert_eq!(again.all(Mark::FirstResolved).len(), 1);
        assert_eq!(again.all(Mark::LastResolved), []);
        assert_eq!(again.all(Mark::InWork), [(0, None)]);
        let twice = again.set(7, Resolved);
        assert_eq!(twice.all(Mark::Resolved), [(2, None), (10, None)]);
        assert_eq!(twice.all(Mark::FirstResolved), [(2, None)]);
        assert_eq!(twice.all(Mark::LastResolved), [(10, None)]);
    }

    #[test]
    fn only_the_oldest_unanswered_message_waits() {
        let play = Play::open(Role::Customer, 1)
            .reply(1, 1)
            .reply(1, 2)
            .reply(1, 1)
            .reply(5, 1)
            .reply(4, 3)
            .reply(1, 3);
        let next: Vec<_> = play.facts();
        let next: Vec<_> = next
            .iter()
            .filter(|fact| fact.marks.has(Mark::NextResponded))
            .map(|fact| fact.waited)
            .collect();
        assert_eq!(next, [9 * 60]);
        // What was resolved was answered.
        let resolved = Play::open(Role::Customer, 1)
            .reply(1, 2)
            .reply(1, 1)
            .set(1, Resolved)
            .reply(9, 2);
        assert_eq!(resolved.all(Mark::NextResponded), []);
    }

    #[test]
    fn staff_who_open_a_ticket_have_answered() {
        let play = Play::open(Role::Agent, 2).reply(3, 2);
        assert_eq!(play.all(Mark::FirstResponded), []);
        // On a ticket of their own they are the customer.
        let own = Play::open(Role::Agent, 1).reply(3, 1).reply(3, 2);
        assert_eq!(own.all(Mark::FirstResponded), [(6, None)]);
    }

    #[test]
    fn a_promise_is_that_of_who_was_accountable_then() {
        let play = Play::open(Role::Customer, 1)
            .assign(10, Some(2))
            .assign(10, Some(3))
            .set(10, WaitingOnUser);
        let due = |minutes| Verdict {
            kind: TimerKind::FirstResponse,
            met: false,
            at: Timestamp::default() + TimeDelta::minutes(minutes),
        };
        for (minutes, agent) in [(9, None), (10, Some(2)), (19, Some(2)), (25, Some(3))] {
            let facts = facts(&play.0, &[due(minutes)]);
            let breached = facts
                .iter()
                .find(|fact| fact.marks.has(Mark::BreachedFirstResponse));
            assert_eq!(breached.unwrap().agent, agent.map(person), "{minutes}");
        }
    }

    #[test]
    fn nothing_counts_of_what_has_no_beginning() {
        let mut play = Play::open(Role::Customer, 1).set(1, Resolved);
        play.0.remove(0);
        assert_eq!(play.facts(), []);
        assert_eq!(facts(&[], &[]), []);
    }
}
