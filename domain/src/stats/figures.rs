//! What sums tell: the figures that people look at. docs/stats.md says in one sentence each what they
//! are.

use entity::TicketStatus;

use super::{
    fact::Mark,
    tally::{Duration, Tally},
};

/// A promise (`sla.md`, "Terms").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// The first answer.
    FirstResponse,
    /// Every other answer.
    NextResponse,
    /// The resolution.
    Resolution,
}

impl Promise {
    /// Every promise.
    pub const ALL: [Self; 3] = [Self::FirstResponse, Self::NextResponse, Self::Resolution];

    /// The marks of those that were kept and those that were not.
    pub const fn marks(self) -> (Mark, Mark) {
        match self {
            Self::FirstResponse => (Mark::MetFirstResponse, Mark::BreachedFirstResponse),
            Self::NextResponse => (Mark::MetNextResponse, Mark::BreachedNextResponse),
            Self::Resolution => (Mark::MetResolution, Mark::BreachedResolution),
        }
    }
}

/// The figures of a stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The sums.
    pub tally: Tally,
    /// Tickets in work at its end; `None` if nobody asked.
    pub backlog: Option<i64>,
    /// Tickets opened on the days of which the number of active users is known, and the sum of these
    /// numbers; `None` where it makes no sense.
    pub active: Option<ActiveShare>,
}

/// Tickets and active users of the same days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActiveShare {
    /// Tickets opened on the days of which the number is known.
    pub created: i64,
    /// The sum of the days' active users.
    pub users: i64,
}

/// A duration's figures, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DurationFigures {
    /// How many there were.
    pub count: i64,
    /// The mean.
    pub average: Option<f64>,
    /// The median, within [`super::RELATIVE_ERROR`].
    pub median: Option<f64>,
    /// What nine of ten stay below, within [`super::RELATIVE_ERROR`].
    pub p90: Option<f64>,
}

impl Figures {
    /// Those of `tally`, which nobody has said anything else of.
    pub fn of(tally: Tally) -> Self {
        Self {
            tally,
            backlog: None,
            active: None,
        }
    }

    /// How often something happened.
    pub fn count(&self, mark: Mark) -> i64 {
        self.tally.count(mark)
    }

    /// How long something took.
    pub fn duration(&self, duration: Duration) -> DurationFigures {
        let count = self.count(duration.mark());
        let sketch = self.tally.sketch(duration);
        DurationFigures {
            count,
            average: share(self.tally.seconds(duration), count),
            median: sketch.quantile(0.5),
            p90: sketch.quantile(0.9),
        }
    }

    /// How many promises were kept, and how many were not; of all kinds if none is named.
    pub fn promises(&self, promise: Option<Promise>) -> (i64, i64) {
        let all = Promise::ALL.into_iter();
        let asked = all.filter(|known| promise.is_none_or(|promise| promise == *known));
        asked.fold((0, 0), |(met, breached), promise| {
            let marks = promise.marks();
            (met + self.count(marks.0), breached + self.count(marks.1))
        })
    }

    /// The share of promises that were kept.
    pub fn compliance(&self, promise: Option<Promise>) -> Option<f64> {
        let (met, breached) = self.promises(promise);
        share(met, met + breached)
    }

    /// Reopenings for each resolution.
    pub fn reopened_rate(&self) -> Option<f64> {
        share(self.count(Mark::Reopened), self.count(Mark::Resolved))
    }

    /// Escalations for each ticket opened.
    pub fn escalated_rate(&self) -> Option<f64> {
        share(self.count(Mark::Escalated), self.count(Mark::Created))
    }

    /// The share of first resolutions that were on first contact.
    pub fn first_contact_rate(&self) -> Option<f64> {
        share(
            self.count(Mark::FirstContact),
            self.count(Mark::FirstResolved),
        )
    }

    /// The mean score.
    pub fn satisfaction(&self) -> Option<f64> {
        let scores = self.tally.scores();
        let sum = (1_i64..)
            .zip(scores)
            .map(|(score, times)| score * times)
            .sum();
        share(sum, scores.iter().sum())
    }

    /// How often a status ended, and the mean time in it, in seconds.
    pub fn status(&self, status: TicketStatus) -> (i64, Option<f64>) {
        let (times, seconds) = self.tally.stays(status);
        (times, share(seconds, times))
    }

    /// Tickets opened for each 100 active users of a day.
    pub fn tickets_per_100_active_users(&self) -> Option<f64> {
        let ActiveShare { created, users } = self.active?;
        share(created * 100, users)
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of far less than 2^52")]
fn share(some: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| some as f64 / all as f64)
}
