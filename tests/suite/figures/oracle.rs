//! Figures by going through all tickets, straight from the tables: what docs/stats.md says, done in
//! another way than by the server.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    db::Db,
    stats::{Duration, Mark},
};
use entity::{
    EventKind, Role, TicketStatus, TimerKind, Timestamp, UserId, context_link, event, message,
    rating, ticket, timer,
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::Value;

/// A ticket with everything that happened to it.
pub struct Past {
    pub ticket: ticket::Model,
    pub merchants: Vec<String>,
    events: Vec<event::Model>,
    messages: Vec<message::Model>,
    timers: Vec<timer::Model>,
    rating: Option<rating::Model>,
}

/// What is expected of a stretch of time.
#[derive(Debug, Default, PartialEq)]
pub struct Expected {
    pub counts: BTreeMap<Mark, i64>,
    pub durations: BTreeMap<Duration, Vec<i64>>,
    pub stays: HashMap<TicketStatus, Vec<i64>>,
    pub scores: [i64; 5],
    pub backlog: i64,
}

/// Everything that ever happened.
pub async fn everything(db: &Db) -> Vec<Past> {
    let db = db.read();
    let events = event::Entity::find()
        .order_by_asc(event::Column::Xid)
        .order_by_asc(event::Column::Seq);
    let events = events.all(db).await.unwrap();
    let messages = message::Entity::find().order_by_asc(message::Column::CreatedAt);
    let messages = messages.all(db).await.unwrap();
    let timers = timer::Entity::find().all(db).await.unwrap();
    let links = context_link::Entity::find().all(db).await.unwrap();
    let tickets = ticket::Entity::find().all(db).await.unwrap();
    let ratings = rating::Entity::find().all(db).await.unwrap();
    let past = tickets.into_iter().map(|ticket| {
        let id = ticket.id;
        let merchants: HashSet<String> = links
            .iter()
            .filter(|link| link.ticket_id == id && link.kind == "merchant")
            .map(|link| link.external_id.clone())
            .collect();
        Past {
            merchants: merchants.into_iter().collect(),
            events: events
                .iter()
                .filter(|row| row.ticket_id == id)
                .cloned()
                .collect(),
            messages: messages
                .iter()
                .filter(|row| row.ticket_id == id && !row.internal)
                .cloned()
                .collect(),
            timers: timers
                .iter()
                .filter(|row| row.ticket_id == id)
                .cloned()
                .collect(),
            rating: ratings.iter().find(|row| row.ticket_id == id).cloned(),
            ticket,
        }
    });
    past.collect()
}

fn status(facets: &Value) -> Option<TicketStatus> {
    serde_json::from_value(facets["status"].clone()).ok()
}

fn assignee(row: &event::Model) -> Option<UserId> {
    serde_json::from_value(row.data["after"]["assignee"].clone()).unwrap()
}

fn after(row: &event::Model) -> TicketStatus {
    status(&row.data["after"]).unwrap()
}

/// Left out where nothing changed.
fn before(row: &event::Model) -> Option<TicketStatus> {
    if row.kind == EventKind::TicketCreated {
        return None;
    }
    status(&row.data["before"]).or(Some(after(row)))
}

fn in_work(status: TicketStatus) -> bool {
    [
        TicketStatus::Open,
        TicketStatus::InProgress,
        TicketStatus::WaitingOnUser,
    ]
    .contains(&status)
}

/// Something that counts, before anybody asks by when and for whom.
struct Found {
    at: Timestamp,
    agent: Option<UserId>,
    mark: Mark,
    seconds: Option<i64>,
    stay: Option<TicketStatus>,
}

impl Past {
    fn staff_wrote(&self, message: &message::Model) -> bool {
        let role = [Role::Agent, Role::Supervisor].contains(&message.author_role);
        role && message.author_id != Some(self.ticket.requester_id)
    }

    fn opened_by_staff(&self) -> bool {
        let opening = &self.events[0];
        opening.actor_role != Role::Customer && opening.actor_id != Some(self.ticket.requester_id)
    }

    /// The assignee when `at` was over.
    fn assignee_at(&self, at: Timestamp) -> Option<UserId> {
        let last = self.events.iter().rfind(|row| row.at <= at);
        last.and_then(assignee)
    }

    fn since_opened(&self, at: Timestamp) -> i64 {
        (at - self.ticket.created_at).num_seconds()
    }

    fn all(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut add = |at: Timestamp, mark: Mark, seconds: Option<i64>| {
            found.push(Found {
                at,
                agent: self.assignee_at(at),
                mark,
                seconds,
                stay: None,
            });
        };
        add(self.ticket.created_at, Mark::Created, None);
        let resolutions: Vec<_> = self
            .events
            .iter()
            .filter(|row| row.kind == EventKind::TicketResolved)
            .collect();
        for row in &resolutions {
            add(row.at, Mark::Resolved, None);
        }
        let reopened = self
            .events
            .iter()
            .filter(|row| row.kind == EventKind::TicketReopened);
        let reopened: Vec<_> = reopened.map(|row| row.at).collect();
        for at in &reopened {
            add(*at, Mark::Reopened, None);
        }
        if let Some(first) = resolutions.first() {
            let seconds = Some(self.since_opened(first.at));
            add(first.at, Mark::FirstResolved, seconds);
            let answers = self.messages.iter();
            let answers = answers
                .filter(|message| self.staff_wrote(message) && message.created_at < first.at);
            if answers.count() <= 1 && reopened.is_empty() {
                add(first.at, Mark::FirstContact, None);
            }
        }
        if let Some(last) = resolutions.last().filter(|_| !in_work(self.ticket.status)) {
            let seconds = Some(self.since_opened(last.at));
            add(last.at, Mark::LastResolved, seconds);
        }
        let escalated = self.events.iter().find(|row| {
            let is = |facets: &Value| facets["escalated"] == true;
            is(&row.data["after"]) && !is(&row.data["before"])
        });
        if let Some(at) = self
            .ticket
            .first_response_at
            .filter(|_| !self.opened_by_staff())
        {
            let seconds = Some(self.since_opened(at));
            add(at, Mark::FirstResponded, seconds);
        }
        if let Some(rating) = &self.rating {
            add(rating.rated_at, Mark::Rated, None);
        }
        for (at, seconds) in self.next_responses() {
            add(at, Mark::NextResponded, Some(seconds));
        }
        let mut missed = HashSet::new();
        for timer in &self.timers {
            let (met, breached) = match timer.kind {
                TimerKind::FirstResponse => (Mark::MetFirstResponse, Mark::BreachedFirstResponse),
                TimerKind::NextResponse => (Mark::MetNextResponse, Mark::BreachedNextResponse),
                TimerKind::Resolution => (Mark::MetResolution, Mark::BreachedResolution),
                TimerKind::Unattended | TimerKind::FollowUp | TimerKind::AutoClose => continue,
            };
            match (timer.breached_at, timer.stopped_at, timer.target_seconds) {
                // A reopened ticket does not miss its target once more.
                (Some(due), _, _) => {
                    if missed.insert((timer.kind, due)) {
                        add(due, breached, None);
                    }
                }
                (None, Some(stopped), Some(_)) => add(stopped, met, None),
                (None, _, _) => {}
            }
        }
        if in_work(self.ticket.status) {
            found.push(Found {
                at: self.ticket.created_at,
                agent: self.ticket.assignee_id,
                mark: Mark::InWork,
                seconds: None,
                stay: None,
            });
        }
        // A missed target is written down before the command that came too late, at its time.
        if let Some(row) = escalated {
            found.push(Found {
                at: row.at,
                agent: assignee(row),
                mark: Mark::Escalated,
                seconds: None,
                stay: None,
            });
        }
        let mut since = self.ticket.created_at;
        for row in &self.events {
            if let Some(left) = before(row).filter(|before| *before != after(row)) {
                found.push(Found {
                    at: row.at,
                    agent: assignee(row),
                    mark: Mark::StatusLeft,
                    seconds: Some((row.at - since).num_seconds()),
                    stay: Some(left),
                });
                since = row.at;
            }
        }
        found
    }

    /// Answers to what the customer wrote later, and how long that had waited.
    fn next_responses(&self) -> Vec<(Timestamp, i64)> {
        let mut responses = Vec::new();
        let opening = self.opened_by_staff().then_some(self.ticket.created_at);
        let answers: Vec<_> = self
            .messages
            .iter()
            .filter(|message| self.staff_wrote(message))
            .map(|message| message.created_at)
            .collect();
        for at in &answers {
            // The answer before it, or what counts as one.
            let earlier = answers.iter().copied().filter(|answer| answer < at);
            let Some(mut from) = earlier.chain(opening).max() else {
                continue;
            };
            // What was resolved or closed meanwhile was answered.
            for row in &self.events {
                let ended = !in_work(after(row)) && before(row).is_some_and(in_work);
                if ended && row.at > from && row.at < *at {
                    from = row.at;
                }
            }
            let waiting = self.messages.iter().find(|message| {
                message.author_id == Some(self.ticket.requester_id)
                    && message.created_at > from
                    && message.created_at < *at
            });
            // On what is not in work nobody waits, but to take it back to work.
            if let Some(message) = waiting {
                responses.push((*at, (*at - message.created_at).num_seconds()));
            }
        }
        responses
    }

    /// Whether it was in work at `time`, and whose it was.
    fn in_backlog(&self, time: Timestamp) -> Option<Option<UserId>> {
        let last = self.events.iter().rfind(|row| row.at < time)?;
        in_work(after(last)).then(|| assignee(last))
    }
}

/// The figures of a stretch of time, of the tickets and assignees that `keep` says.
pub fn expected(
    past: &[Past],
    (from, to): (Timestamp, Timestamp),
    keep: impl Fn(&Past, Option<UserId>) -> bool,
) -> Expected {
    let mut expected = Expected::default();
    for ticket in past {
        for found in ticket.all() {
            if found.at < from || found.at >= to || !keep(ticket, found.agent) {
                continue;
            }
            *expected.counts.entry(found.mark).or_default() += 1;
            if found.mark == Mark::Rated
                && let Some(rating) = &ticket.rating
            {
                expected.scores[usize::try_from(rating.score - 1).unwrap()] += 1;
            }
            let duration = Duration::ALL
                .into_iter()
                .find(|duration| duration.mark() == found.mark);
            if let (Some(duration), Some(seconds)) = (duration, found.seconds) {
                expected
                    .durations
                    .entry(duration)
                    .or_default()
                    .push(seconds);
            }
            if let (Some(status), Some(seconds)) = (found.stay, found.seconds) {
                expected.stays.entry(status).or_default().push(seconds);
            }
        }
        if let Some(agent) = ticket.in_backlog(to)
            && keep(ticket, agent)
        {
            expected.backlog += 1;
        }
    }
    expected
}
