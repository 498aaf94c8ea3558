//! What counts in statistics, one by one.

use entity::{
    CategoryId, Priority, SubjectId, TeamId, TicketSource, TicketStatus, UserId, stats_fact,
};
use serde::{Deserialize, Serialize};

/// A kind of thing that counts. A fact can be of several at once. docs/stats.md says in one sentence
/// each what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// The ticket was opened.
    Created,
    /// It is in work, and was opened then.
    InWork,
    /// It came to somebody's backlog.
    Entered,
    /// It left somebody's backlog.
    Left,
    /// It was resolved, once more or for the first time.
    Resolved,
    /// It was resolved for the first time.
    FirstResolved,
    /// It was resolved for the last time so far, and is not in work.
    LastResolved,
    /// It was resolved on first contact, and never reopened.
    FirstContact,
    /// It was taken back to work.
    Reopened,
    /// It was escalated.
    Escalated,
    /// Staff answered for the first time.
    FirstResponded,
    /// Staff answered something that the customer had written later.
    NextResponded,
    /// The first response came in time.
    MetFirstResponse,
    /// A next response came in time.
    MetNextResponse,
    /// The resolution came in time.
    MetResolution,
    /// The first response was due, and had not come.
    BreachedFirstResponse,
    /// A next response was due, and had not come.
    BreachedNextResponse,
    /// The resolution was due, and had not come.
    BreachedResolution,
    /// A status ended.
    StatusLeft,
    /// The customer said how satisfied they are.
    Rated,
}

impl Mark {
    /// Every kind, in the order in which they are stored.
    pub const ALL: [Self; 20] = [
        Self::Created,
        Self::InWork,
        Self::Entered,
        Self::Left,
        Self::Resolved,
        Self::FirstResolved,
        Self::LastResolved,
        Self::FirstContact,
        Self::Reopened,
        Self::Escalated,
        Self::FirstResponded,
        Self::NextResponded,
        Self::MetFirstResponse,
        Self::MetNextResponse,
        Self::MetResolution,
        Self::BreachedFirstResponse,
        Self::BreachedNextResponse,
        Self::BreachedResolution,
        Self::StatusLeft,
        Self::Rated,
    ];

    /// The bit by which it is stored.
    pub const fn bit(self) -> i64 {
        1 << (self as i64)
    }
}

/// Some kinds at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks(pub i64);

impl Marks {
    /// Every kind.
    pub const ALL: Self = Self(i64::MAX);

    /// Those of `marks`.
    pub fn of(marks: &[Mark]) -> Self {
        Self(marks.iter().fold(0, |bits, mark| bits | mark.bit()))
    }

    /// Those of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Adds a kind.
    pub fn set(&mut self, mark: Mark) {
        self.0 |= mark.bit();
    }

    /// Whether `mark` is among them.
    pub fn has(self, mark: Mark) -> bool {
        self.0 & mark.bit() != 0
    }

    /// Those that are set, in their order.
    pub fn iter(self) -> impl Iterator<Item = Mark> {
        Mark::ALL.into_iter().filter(move |mark| self.has(*mark))
    }
}

/// Something that happened on a ticket, and what it adds to which figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// When, in microseconds since 1970.
    pub at: i64,
    /// What it was.
    pub marks: Marks,
    /// Whose it was: the accountable assignee at that moment.
    pub agent: Option<UserId>,
    /// Seconds since the ticket was opened: of first responses and resolutions.
    pub elapsed: i64,
    /// Seconds that the customer had waited: of next responses.
    pub waited: i64,
    /// The status that was left, and the seconds in it.
    pub stay: Option<(TicketStatus, i64)>,
    /// The customer's score, 1 to 5.
    pub score: Option<i16>,
}

/// What a ticket is counted under, beside whose it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Traits {
    /// What it is about.
    pub category: CategoryId,
    /// How urgent it is.
    pub priority: Priority,
    /// How it came in.
    pub source: TicketSource,
    /// The team that it was handed to.
    pub team: Option<TeamId>,
    /// Its subjects, the primary one first.
    pub subjects: Vec<SubjectId>,
    /// The merchants that it is about.
    pub merchants: Vec<String>,
}

/// The place of a status in the lifecycle, as it is stored.
pub(super) fn place_of(status: TicketStatus) -> usize {
    let place = TicketStatus::ALL.iter().position(|known| *known == status);
    place.unwrap_or(0)
}

impl From<&stats_fact::Model> for Fact {
    fn from(row: &stats_fact::Model) -> Self {
        let status = row.stay_status.and_then(|place| {
            let place = usize::try_from(place).ok()?;
            TicketStatus::ALL.get(place).copied()
        });
        Self {
            at: row.at,
            marks: Marks(row.marks),
            agent: row.agent_id,
            elapsed: row.elapsed,
            waited: row.waited,
            stay: status.map(|status| (status, row.stay)),
            score: row.score,
        }
    }
}
