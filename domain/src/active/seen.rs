//! Noticing who is active, at no cost for who asks.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use entity::{Role, UserId};
use tokio::sync::mpsc;

use super::{Mark, Notes, day_of};
use crate::{Actor, Clock, Desk};

/// How many people of a day are remembered. With more, all are forgotten and written once more,
/// which changes nothing.
const REMEMBERED: usize = 100_000;

/// How many wait to be taken up for writing. Whoever finds no place is noticed again at their next
/// request.
const QUEUE: usize = 4_096;

/// Notices which customers are active. Clones share what they know.
#[derive(Clone, Debug)]
pub struct ActiveUsers {
    clock: Clock,
    known: Arc<Mutex<Known>>,
    queue: mpsc::Sender<Mark>,
}

/// Who was noticed on the day that it is.
#[derive(Debug, Default)]
struct Known {
    day: i32,
    people: HashSet<UserId>,
}

impl ActiveUsers {
    /// What notices, and what writes it down: [`Notes::run`] has to run.
    pub fn open(desk: &Desk) -> (Self, Notes) {
        let (queue, noticed) = mpsc::channel(QUEUE);
        let active = Self {
            clock: desk.clock.clone(),
            known: Arc::default(),
            queue,
        };
        (active, Notes::new(desk.clone(), noticed))
    }

    /// Notices that `actor` is active. It never waits; it counts customers only, each once a day.
    pub fn notice(&self, actor: Actor) {
        if actor.role != Role::Customer {
            return;
        }
        let day = day_of(self.clock.now());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.add(day, actor.id) {
            let person = actor.id;
            if self.queue.try_send(Mark { day, person }).is_err() {
                known.people.remove(&person);
            }
        }
    }
}

impl Known {
    /// Whether this is new.
    fn add(&mut self, day: i32, person: UserId) -> bool {
        if self.day != day || self.people.len() >= REMEMBERED && !self.people.contains(&person) {
            self.day = day;
            self.people.clear();
        }
        self.people.insert(person)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    use super::*;

    fn active(queue: usize) -> (ActiveUsers, mpsc::Receiver<Mark>) {
        let (queue, noticed) = mpsc::channel(queue);
        let clock = Clock::manual(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let known = Arc::default();
        let active = ActiveUsers {
            clock,
            known,
            queue,
        };
        (active, noticed)
    }

    fn actor(number: u128, role: Role) -> Actor {
        let id = Uuid::from_u128(number).into();
        Actor { id, role }
    }

    fn all(noticed: &mut mpsc::Receiver<Mark>) -> Vec<(i32, u128)> {
        std::iter::from_fn(|| noticed.try_recv().ok())
            .map(|mark| (mark.day, mark.person.0.as_u128()))
            .collect()
    }

    #[test]
    fn customers_are_noticed_once_a_day() {
        let (active, mut noticed) = active(10);
        for _ in 0..3 {
            active.notice(actor(1, Role::Customer));
            active.notice(actor(2, Role::Customer));
            active.notice(actor(3, Role::Agent));
            active.notice(actor(4, Role::Supervisor));
            active.notice(actor(5, Role::System));
        }
        assert_eq!(all(&mut noticed), [(20_000, 1), (20_000, 2)]);
        active.clock.advance(TimeDelta::days(1));
        active.clone().notice(actor(1, Role::Customer));
        active.notice(actor(1, Role::Customer));
        assert_eq!(all(&mut noticed), [(20_001, 1)]);
    }

    #[test]
    fn whoever_finds_no_place_is_noticed_again() {
        let (active, mut noticed) = active(1);
        active.notice(actor(1, Role::Customer));
        active.notice(actor(2, Role::Customer));
        assert_eq!(all(&mut noticed), [(20_000, 1)]);
        active.notice(actor(1, Role::Customer));
        active.notice(actor(2, Role::Customer));
        assert_eq!(all(&mut noticed), [(20_000, 2)]);
    }

    #[test]
    fn no_more_than_a_certain_number_is_remembered() {
        let mut known = Known::default();
        let person = |number: usize| UserId::from(Uuid::from_u128(number as u128));
        for number in 0..REMEMBERED {
            assert!(known.add(1, person(number)));
        }
        assert!(!known.add(1, person(0)), "as long as there is room");
        assert!(known.add(1, person(REMEMBERED)));
        assert_eq!(known.people.len(), 1);
    }
}
