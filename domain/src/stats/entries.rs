//! From a figure to the tickets behind it: everything that was counted, one by one.

use entity::{TicketId, TicketStatus, Timestamp, UserId, stats_fact};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, Order, QueryFilter, QueryOrder, QuerySelect, Select, Value,
    sea_query::{ArrayType, ExprTrait},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    ask::allowed,
    fact::{Fact, Mark, Marks, place_of},
    filter::{StatsFilter, matches},
    question::check_time,
    read::{FactRow, fact_rows, marked},
    state::State,
    tail::Tail,
    tally::Duration,
};
use crate::{
    Actor, Desk, Result,
    db::among,
    page::{Key, Page, PageArgs},
};

/// What of a figure is listed.
#[derive(Clone, Debug)]
pub struct Entries {
    /// What was counted: what has one of these marks.
    pub marks: Marks,
    /// What happened at this time or later.
    pub from: Timestamp,
    /// What happened before this time.
    pub to: Timestamp,
    /// Which tickets.
    pub filter: StatsFilter,
    /// What took at least so many seconds, for figures that are durations.
    pub at_least_seconds: Option<i64>,
    /// The status that was left, for the time in a status.
    pub status: Option<TicketStatus>,
    /// These scores, for ratings.
    pub scores: Vec<i16>,
}

/// Something that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands in the list.
    pub key: EntryKey,
    /// The ticket.
    pub ticket: TicketId,
    /// When it happened.
    pub at: Timestamp,
    /// Whose it was.
    pub agent: Option<UserId>,
    /// How long it took, in seconds, for durations.
    pub seconds: Option<i64>,
    /// The score, for ratings.
    pub score: Option<i16>,
}

/// The sort key of entries, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryKey(i64, Uuid, i32);

impl Key for EntryKey {
    const TAG: &'static str = "stats-entries";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into(), self.1.into(), self.2.into()]
    }
}

impl Entries {
    /// The same, restricted to what `actor` may see.
    ///
    /// # Errors
    /// As [`Desk::stats`].
    fn allowed_to(&self, actor: Actor) -> Result<Self> {
        let filter = allowed(actor, &self.filter)?;
        check_time(self.from, self.to)?;
        Ok(Self {
            filter,
            ..self.clone()
        })
    }

    fn is_one(&self, fact: &Fact) -> bool {
        let took = seconds(self.marks, fact).unwrap_or(0);
        fact.marks.0 & self.marks.0 != 0
            && (self.from.timestamp_micros()..self.to.timestamp_micros()).contains(&fact.at)
            && self.at_least_seconds.is_none_or(|least| took >= least)
            && self
                .status
                .is_none_or(|status| fact.stay.is_some_and(|(left, _)| left == status))
            && (self.scores.is_empty()
                || fact.score.is_some_and(|score| self.scores.contains(&score)))
    }

    fn condition(&self) -> Condition {
        use stats_fact::Column as C;
        let mut all = self
            .filter
            .condition()
            .add(marked(self.marks))
            .add(C::At.gte(self.from.timestamp_micros()))
            .add(C::At.lt(self.to.timestamp_micros()));
        if let Some(least) = self.at_least_seconds {
            let column = match measure(self.marks) {
                Measure::Elapsed => C::Elapsed,
                Measure::Waited => C::Waited,
                Measure::Stay => C::Stay,
            };
            all = all.add(column.gte(least));
        }
        if let Some(status) = self.status {
            let place = i16::try_from(place_of(status)).unwrap_or(0);
            all = all.add(C::StayStatus.eq(place));
        }
        if !self.scores.is_empty() {
            all = all.add(C::Score.is_in(self.scores.clone()));
        }
        all
    }
}

/// Which of a fact's durations a figure is about.
enum Measure {
    Elapsed,
    Waited,
    Stay,
}

fn measure(marks: Marks) -> Measure {
    if marks.has(Mark::StatusLeft) {
        Measure::Stay
    } else if marks.has(Mark::NextResponded) {
        Measure::Waited
    } else {
        Measure::Elapsed
    }
}

/// How long it took, where the figure is a duration.
fn seconds(marks: Marks, fact: &Fact) -> Option<i64> {
    let durations = Duration::ALL.map(Duration::mark);
    match measure(marks) {
        Measure::Stay => fact.stay.map(|(_, seconds)| seconds),
        Measure::Waited => Some(fact.waited),
        Measure::Elapsed if durations.iter().any(|mark| marks.has(*mark)) => Some(fact.elapsed),
        Measure::Elapsed => None,
    }
}

impl Desk {
    /// What was counted, newest first. There are as many entries as the figure says.
    ///
    /// # Errors
    /// As [`Self::stats`].
    pub async fn stats_entries(
        &self,
        actor: Actor,
        asked: &Entries,
        page: &PageArgs,
    ) -> Result<Page<Entry>> {
        let asked = asked.allowed_to(actor)?;
        let window = page.window::<EntryKey>()?;
        let tx = self.db.begin_reading().await?;
        let state = State::load_whole(&tx).await?;
        let tail = Tail::load(&tx, &state).await?;
        let mut entries = recent(&asked, &tail);
        // The list is in descending order.
        entries.retain(|entry| {
            window.after.is_none_or(|after| entry.key < after)
                && window.before.is_none_or(|before| entry.key > before)
        });
        use stats_fact::Column as C;
        let columns = [C::At, C::TicketId, C::Ordinal];
        let order = if window.from_end {
            Order::Asc
        } else {
            Order::Desc
        };
        let mut rows = summed_up(self.db.backend(), &asked, &tail)
            .filter(window.bounds(&columns, false))
            .limit(window.limit + 1);
        for column in columns {
            rows = rows.order_by(column, order.clone());
        }
        for row in rows.into_model::<FactRow>().all(&tx).await? {
            let (ticket, ordinal) = (row.ticket_id, row.ordinal);
            let (fact, _) = row.split()?;
            entries.push(entry(asked.marks, (ticket, ordinal), &fact));
        }
        entries.sort_unstable_by_key(|entry| entry.key);
        if !window.from_end {
            entries.reverse();
        }
        entries.truncate(usize::try_from(window.limit + 1).unwrap_or(usize::MAX));
        Ok(window.page(entries))
    }

    /// How much was counted: what the figure says.
    ///
    /// # Errors
    /// As [`Self::stats`].
    pub async fn stats_entries_total(&self, actor: Actor, asked: &Entries) -> Result<i64> {
        let asked = asked.allowed_to(actor)?;
        let tx = self.db.begin_reading().await?;
        let state = State::load_whole(&tx).await?;
        let tail = Tail::load(&tx, &state).await?;
        let counted = summed_up(self.db.backend(), &asked, &tail)
            .select_only()
            .column_as(stats_fact::Column::Ordinal.count(), "counted")
            .into_tuple::<i64>();
        let counted = counted.one(&tx).await?.unwrap_or(0);
        let recent = i64::try_from(recent(&asked, &tail).len()).unwrap_or(i64::MAX);
        Ok(counted.saturating_add(recent))
    }
}

/// Facts of tickets that have not changed since the sums were brought up to date.
fn summed_up(backend: DbBackend, asked: &Entries, tail: &Tail) -> Select<stats_fact::Entity> {
    let rows = fact_rows().filter(asked.condition());
    let changed: Vec<_> = tail.tickets().map(|(id, _)| Value::from(id.0)).collect();
    if changed.is_empty() {
        return rows;
    }
    let id = stats_fact::Column::TicketId;
    let changed = among(backend, id, ArrayType::Uuid, changed);
    rows.filter(changed.not())
}

/// Entries of tickets that have changed since the sums were brought up to date.
fn recent(asked: &Entries, tail: &Tail) -> Vec<Entry> {
    let restrictions = asked.filter.restrictions();
    let mut entries = Vec::new();
    for (ticket, counted) in tail.tickets() {
        for (ordinal, fact) in (0_i32..).zip(&counted.facts) {
            if asked.is_one(fact) && matches(&restrictions, fact, &counted.traits) {
                entries.push(entry(asked.marks, (ticket, ordinal), fact));
            }
        }
    }
    entries
}

fn entry(marks: Marks, (ticket, ordinal): (TicketId, i32), fact: &Fact) -> Entry {
    Entry {
        key: EntryKey(fact.at, ticket.0, ordinal),
        ticket,
        at: Timestamp::from_timestamp_micros(fact.at).unwrap_or_default(),
        agent: fact.agent,
        seconds: seconds(marks, fact),
        score: fact.score,
    }
}
