//! Facts summed up. All of it is whole numbers, so that adding and taking away leave no trace.

use entity::{TicketStatus, stats_bucket};

use super::{
    fact::{Fact, Mark, place_of},
    sketch::Sketch,
};
use crate::{Error, Result};

/// A duration whose distribution is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duration {
    /// From opening a ticket to the first answer of staff.
    FirstResponse,
    /// From a later message of the customer to the answer.
    NextResponse,
    /// From opening a ticket to resolving it for the first time.
    FirstResolution,
    /// From opening a ticket to resolving it for the last time.
    TotalResolution,
}

impl Duration {
    /// Every duration, in the order in which they are stored.
    pub const ALL: [Self; 4] = [
        Self::FirstResponse,
        Self::NextResponse,
        Self::FirstResolution,
        Self::TotalResolution,
    ];

    /// The mark of facts that have it.
    pub const fn mark(self) -> Mark {
        match self {
            Self::FirstResponse => Mark::FirstResponded,
            Self::NextResponse => Mark::NextResponded,
            Self::FirstResolution => Mark::FirstResolved,
            Self::TotalResolution => Mark::LastResolved,
        }
    }

    /// How long it was, in seconds.
    pub fn of(self, fact: &Fact) -> i64 {
        match self {
            Self::NextResponse => fact.waited,
            Self::FirstResponse | Self::FirstResolution | Self::TotalResolution => fact.elapsed,
        }
    }
}

/// Some durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations([bool; DURATIONS]);

impl Durations {
    /// All of them.
    pub const ALL: Self = Self([true; DURATIONS]);

    /// Adds one.
    pub fn set(&mut self, duration: Duration) {
        self.0[duration as usize] = true;
    }

    /// Whether there is any.
    pub fn any(self) -> bool {
        self.0.contains(&true)
    }

    /// Those that are set.
    pub fn iter(self) -> impl Iterator<Item = Duration> {
        let is_set = move |duration: &Duration| self.0[*duration as usize];
        Duration::ALL.into_iter().filter(is_set)
    }

    /// Whether each is set, in the order of [`Duration::ALL`].
    pub(crate) const fn flags(self) -> [bool; DURATIONS] {
        self.0
    }

    /// Those for which `flags` say so.
    pub(super) const fn of(flags: [bool; DURATIONS]) -> Self {
        Self(flags)
    }
}

const MARKS: usize = Mark::ALL.len();
const DURATIONS: usize = Duration::ALL.len();
const STATUSES: usize = TicketStatus::ALL.len();
const SCORES: usize = 5;
const STAYS_AT: usize = MARKS + DURATIONS;
const SECONDS_AT: usize = STAYS_AT + STATUSES;
const SCORES_AT: usize = SECONDS_AT + STATUSES;
const NUMBERS: usize = SCORES_AT + SCORES;

/// Facts summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many facts of each kind; seconds of each duration; how often each status ended, and the
    /// seconds in it; how often each score was given.
    numbers: [i64; NUMBERS],
    sketches: [Sketch; DURATIONS],
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            numbers: [0; NUMBERS],
            sketches: Default::default(),
        }
    }
}

impl Tally {
    /// Adds a fact `times` times; takes it away where that is negative.
    pub fn add(&mut self, fact: &Fact, times: i64) {
        for mark in fact.marks.iter() {
            self.numbers[mark as usize] += times;
        }
        for duration in Duration::ALL {
            if fact.marks.has(duration.mark()) {
                let seconds = duration.of(fact);
                self.numbers[MARKS + duration as usize] += times * seconds;
                self.sketches[duration as usize].add(seconds, times);
            }
        }
        if let Some((status, seconds)) = fact.stay {
            let place = place_of(status);
            self.numbers[STAYS_AT + place] += times;
            self.numbers[SECONDS_AT + place] += times * seconds;
        }
        let score = fact.score.and_then(|score| usize::try_from(score - 1).ok());
        if let Some(place) = score.filter(|place| *place < SCORES) {
            self.numbers[SCORES_AT + place] += times;
        }
    }

    /// How many facts there are of a kind.
    pub fn count(&self, mark: Mark) -> i64 {
        self.numbers[mark as usize]
    }

    /// The seconds of all durations of a kind.
    pub fn seconds(&self, duration: Duration) -> i64 {
        self.numbers[MARKS + duration as usize]
    }

    /// The distribution of a duration.
    pub fn sketch(&self, duration: Duration) -> &Sketch {
        &self.sketches[duration as usize]
    }

    /// How often a status ended, and the seconds in it.
    pub fn stays(&self, status: TicketStatus) -> (i64, i64) {
        let place = place_of(status);
        (
            self.numbers[STAYS_AT + place],
            self.numbers[SECONDS_AT + place],
        )
    }

    /// How often each score was given, 1 first.
    pub fn scores(&self) -> [i64; SCORES] {
        std::array::from_fn(|place| self.numbers[SCORES_AT + place])
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.numbers.iter().all(|number| *number == 0)
    }

    /// The numbers in the form in which they are stored.
    ///
    /// # Errors
    /// `Internal`, which does not happen.
    pub(super) fn encode_numbers(&self) -> Result<Vec<u8>> {
        encode(self.numbers.as_slice())
    }

    /// The distribution of a duration in the form in which it is stored.
    ///
    /// # Errors
    /// `Internal`, which does not happen.
    pub(super) fn encode_sketch(&self, duration: Duration) -> Result<Vec<u8>> {
        self.sketch(duration).encode().map_err(Error::internal)
    }

    /// Adds stored numbers `times` times; takes them away where that is negative.
    ///
    /// # Errors
    /// `Internal` for what is none of this version.
    pub(super) fn add_numbers(&mut self, bytes: &[u8], times: i64) -> Result<()> {
        let stored: Vec<i64> = postcard::from_bytes(bytes).map_err(Error::internal)?;
        if stored.len() != NUMBERS {
            return Err(Error::internal("sums of another version"));
        }
        for (number, more) in self.numbers.iter_mut().zip(stored) {
            *number += times * more;
        }
        Ok(())
    }

    /// Adds stored distributions as well: those of `which`, which may be left out where nobody asks for
    /// them.
    ///
    /// # Errors
    /// `Internal` for what is none of this version.
    pub(super) fn add_sketches(
        &mut self,
        row: &stats_bucket::Model,
        which: Durations,
        times: i64,
    ) -> Result<()> {
        for duration in which.iter() {
            let stored = match duration {
                Duration::FirstResponse => &row.first_response,
                Duration::NextResponse => &row.next_response,
                Duration::FirstResolution => &row.first_resolution,
                Duration::TotalResolution => &row.total_resolution,
            };
            let sketch = &mut self.sketches[duration as usize];
            sketch.add_encoded(stored, times).map_err(Error::internal)?;
        }
        Ok(())
    }
}

/// Tickets opened in each hour on the wall of each weekday, from Monday. A repeated hour counts once
/// more into the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hours(pub [[i64; 24]; 7]);

/// A weekday, as it is stored.
type OfDay = (u8, [i64; 24]);

impl Hours {
    /// The form in which they are stored: the weekdays on which there is something, and nothing if
    /// there is none.
    ///
    /// # Errors
    /// `Internal`, which does not happen.
    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        let days = (0..).zip(self.0);
        let days: Vec<OfDay> = days.filter(|(_, hours)| *hours != [0; 24]).collect();
        if days.is_empty() {
            return Ok(Vec::new());
        }
        encode(&days)
    }

    /// Adds stored ones, each `times` times.
    ///
    /// # Errors
    /// `Internal` for what is none of this version.
    pub(super) fn add_encoded(&mut self, bytes: &[u8], times: i64) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let stored: Vec<OfDay> = postcard::from_bytes(bytes).map_err(Error::internal)?;
        for (weekday, hours) in stored {
            let day = self.0.get_mut(usize::from(weekday));
            let day = day.ok_or_else(|| Error::internal(format!("no weekday is {weekday}")))?;
            for (sum, more) in day.iter_mut().zip(hours) {
                *sum += times * more;
            }
        }
        Ok(())
    }

    /// Adds tickets that were opened in an hour of a weekday, as [`super::Zone::hour_of`] tells them.
    pub(super) fn add(&mut self, (weekday, hour): (usize, usize), tickets: i64) {
        self.0[weekday][hour] += tickets;
    }
}

fn encode<T: serde::Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(Error::internal)
}
