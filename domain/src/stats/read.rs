//! Reading sums and facts, within one view of the database.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entity::{
    CategoryId, Priority, TeamId, TicketId, TicketSource, UserId, stats_fact, stats_ticket,
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect,
    sea_query::{Expr, ExprTrait, JoinType},
};

use super::{
    cover::Cover,
    dimension::Dimension,
    fact::{Fact, Marks, Traits},
    filter::{StatsFilter, matches},
    state::State,
    tail::Tail,
    tally::Tally,
    zone::{Level, begin_of},
};
use crate::{
    Error, Result,
    db::{BucketRun, Columns, read_buckets},
};

/// The most facts that are gone through one by one for an answer.
pub const MOST_FACTS: u64 = 200_000;

/// A stretch of time, from and to before in microseconds since 1970. `None`: from the beginning.
pub(super) type Period = (Option<i64>, i64);

/// Statistics at one moment: what is summed up, and what has happened since.
pub(super) struct View<'a> {
    pub(super) tx: &'a DatabaseTransaction,
    pub(super) state: State,
    pub(super) tail: Tail,
    pub(super) filter: StatsFilter,
    pub(super) restrictions: Vec<(Dimension, Vec<String>)>,
}

/// The one key of [`Dimension::All`].
static EVERYTHING: [String; 1] = [String::new()];

/// What sums are collected from.
enum Origin<'a> {
    /// Those that are kept of a dimension: of some keys, or of all.
    Sums(Dimension, Option<&'a [String]>, Columns),
    /// Single facts.
    Facts,
}

/// What tickets are counted under, as a row with a fact.
#[derive(FromQueryResult)]
pub(super) struct FactRow {
    pub(super) ticket_id: TicketId,
    pub(super) ordinal: i32,
    at: i64,
    marks: i64,
    agent_id: Option<UserId>,
    elapsed: i64,
    waited: i64,
    stay_status: Option<i16>,
    stay: i64,
    score: Option<i16>,
    category_id: CategoryId,
    priority: Priority,
    source: TicketSource,
    team_id: Option<TeamId>,
    subjects: serde_json::Value,
    merchants: serde_json::Value,
}

impl FactRow {
    pub(super) fn split(self) -> Result<(Fact, Traits)> {
        let fact = stats_fact::Model {
            ticket_id: self.ticket_id,
            ordinal: self.ordinal,
            at: self.at,
            marks: self.marks,
            agent_id: self.agent_id,
            elapsed: self.elapsed,
            waited: self.waited,
            stay_status: self.stay_status,
            stay: self.stay,
            score: self.score,
        };
        let traits = Traits::stored(stats_ticket::Model {
            ticket_id: self.ticket_id,
            category_id: self.category_id,
            priority: self.priority,
            source: self.source,
            team_id: self.team_id,
            subjects: self.subjects,
            merchants: self.merchants,
        })?;
        Ok((Fact::from(&fact), traits))
    }
}

/// Facts with what their tickets are counted under.
pub(super) fn fact_rows() -> sea_orm::Select<stats_fact::Entity> {
    use stats_ticket::Column as C;
    let mut rows = stats_fact::Entity::find();
    for column in [
        C::CategoryId,
        C::Priority,
        C::Source,
        C::TeamId,
        C::Subjects,
        C::Merchants,
    ] {
        rows = rows.column(column);
    }
    let ticket = Expr::col((stats_fact::Entity, stats_fact::Column::TicketId));
    let on = C::TicketId.into_expr().eq(ticket);
    QuerySelect::query(&mut rows).join(JoinType::InnerJoin, stats_ticket::Entity, on);
    rows
}

impl View<'_> {
    /// The sums of each of `periods` (in order, none of which overlap) by the values of `group`; by
    /// the empty value if there is none. Where single facts are gone through, only those with one of
    /// `marks` are.
    ///
    /// # Errors
    /// `BadInput` where too many facts would have to be gone through.
    pub(super) async fn tallies(
        &self,
        periods: &[Period],
        group: Option<Dimension>,
        columns: Columns,
        marks: Marks,
    ) -> Result<HashMap<(usize, String), Tally>> {
        let from = match self.dimension(group) {
            Some((dimension, keys)) => Origin::Sums(dimension, keys, columns),
            None => Origin::Facts,
        };
        self.collect(periods, group, marks, from).await
    }

    /// The sums of each of `periods` by some values of `group`, distributions and all, where sums tell.
    pub(super) async fn tallies_of(
        &self,
        periods: &[Period],
        group: Dimension,
        keys: &[String],
    ) -> Result<HashMap<(usize, String), Tally>> {
        let from = Origin::Sums(group, Some(keys), Columns::All);
        self.collect(periods, Some(group), Marks::ALL, from).await
    }

    async fn collect(
        &self,
        periods: &[Period],
        group: Option<Dimension>,
        marks: Marks,
        from: Origin<'_>,
    ) -> Result<HashMap<(usize, String), Tally>> {
        let mut sums = Collected {
            view: self,
            periods,
            group,
            marks,
            tallies: HashMap::new(),
        };
        match from {
            Origin::Sums(dimension, keys, columns) => {
                sums.add_buckets(dimension, keys, columns).await?;
            }
            Origin::Facts => {
                let spans = periods.iter();
                let spans = spans.map(|(from, to)| (from.unwrap_or(i64::MIN), *to));
                sums.add_facts(&spans.collect::<Vec<_>>()).await?;
            }
        }
        for (times, fact, traits) in &self.tail.changes {
            sums.add(fact, traits, *times);
        }
        Ok(sums.tallies)
    }

    /// The dimension whose sums answer a question by `group`, and the keys that are asked for.
    /// `None` where sums do not tell, since they are never crossed.
    pub(super) fn dimension(
        &self,
        group: Option<Dimension>,
    ) -> Option<(Dimension, Option<&[String]>)> {
        match (group, self.restrictions.as_slice()) {
            (None, []) => Some((Dimension::All, Some(&EVERYTHING))),
            (None, [(dimension, keys)]) if keys.len() == 1 || !dimension.is_many() => {
                Some((*dimension, Some(keys)))
            }
            (Some(group), []) => Some((group, None)),
            (Some(group), [(dimension, keys)]) if group == *dimension && !group.is_many() => {
                Some((group, Some(keys)))
            }
            _ => None,
        }
    }

    /// Facts of `spans` with one of `marks` that pass the filter.
    ///
    /// # Errors
    /// `BadInput` if there are too many.
    pub(super) async fn facts(
        &self,
        spans: &[(i64, i64)],
        marks: Marks,
    ) -> Result<Vec<(Fact, Arc<Traits>)>> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let rows = fact_rows()
            .filter(within(spans))
            .filter(marked(marks))
            .filter(self.filter.condition())
            .limit(MOST_FACTS + 1)
            .into_model::<FactRow>()
            .all(self.tx)
            .await?;
        if u64::try_from(rows.len()).is_ok_and(|found| found > MOST_FACTS) {
            return Err(Error::BadInput(
                "Too much happened in this time to be broken down in two ways at once. Ask for a \
                 shorter time, for one filter alone, or for no groups."
                    .to_owned(),
            ));
        }
        let mut facts: Vec<(Fact, Arc<Traits>)> = Vec::with_capacity(rows.len());
        let mut known: HashSet<Arc<Traits>> = HashSet::new();
        for row in rows {
            let (fact, traits) = row.split()?;
            let traits = match known.get(&traits) {
                Some(traits) => Arc::clone(traits),
                None => {
                    let traits = Arc::new(traits);
                    known.insert(Arc::clone(&traits));
                    traits
                }
            };
            if matches(&self.restrictions, &fact, &traits) {
                facts.push((fact, traits));
            }
        }
        Ok(facts)
    }
}

/// A condition: the fact has one of `marks`.
pub(super) fn marked(marks: Marks) -> Expr {
    Expr::cust(format!("(stats_fact.marks & {}) <> 0", marks.0))
}

/// A condition: the fact happened in one of `spans`, which are in order. Those that touch are one, so
/// that a long series makes no long condition.
fn within(spans: &[(i64, i64)]) -> Condition {
    use stats_fact::Column::At;
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut().filter(|last| last.1 == *from) {
            Some(last) => last.1 = *to,
            None => merged.push((*from, *to)),
        }
    }
    merged.iter().fold(Condition::any(), |any, (from, to)| {
        any.add(Condition::all().add(At.gte(*from)).add(At.lt(*to)))
    })
}

/// Sums as they are collected.
struct Collected<'a> {
    view: &'a View<'a>,
    periods: &'a [Period],
    group: Option<Dimension>,
    marks: Marks,
    tallies: HashMap<(usize, String), Tally>,
}

impl Collected<'_> {
    async fn add_buckets(
        &mut self,
        dimension: Dimension,
        keys: Option<&[String]>,
        columns: Columns,
    ) -> Result<()> {
        let (mut runs, mut edges) = (Vec::<BucketRun>::new(), Vec::new());
        for (from, to) in self.periods {
            let cover = Cover::of(&self.view.state, *from, *to, Level::Month);
            edges.extend(cover.edges);
            for run in cover.runs {
                let level = run.level.number();
                match runs
                    .iter_mut()
                    .find(|(l, _, end)| *l == level && *end == run.from)
                {
                    Some(before) => before.2 = run.to,
                    None => runs.push((level, run.from, run.to)),
                }
            }
        }
        let number = dimension.number();
        for row in read_buckets(self.view.tx, number, keys, &runs, columns).await? {
            let Some(period) = self.period(begin_of(row.start)) else {
                continue;
            };
            let key = if self.group.is_some() {
                row.key
            } else {
                String::new()
            };
            let tally = self.tallies.entry((period, key)).or_default();
            tally.add_numbers(&row.numbers)?;
            tally.add_sketches(&row.sketches)?;
        }
        self.add_facts(&edges).await
    }

    async fn add_facts(&mut self, spans: &[(i64, i64)]) -> Result<()> {
        for (fact, traits) in self.view.facts(spans, self.marks).await? {
            self.add(&fact, &traits, 1);
        }
        Ok(())
    }

    fn add(&mut self, fact: &Fact, traits: &Traits, times: i64) {
        let Some(period) = self.period(fact.at) else {
            return;
        };
        if !matches(&self.view.restrictions, fact, traits) {
            return;
        }
        let keys = match self.group {
            Some(group) => group.keys(fact, traits),
            None => vec![String::new()],
        };
        for key in keys {
            self.tallies
                .entry((period, key))
                .or_default()
                .add(fact, times);
        }
    }

    /// The period in which a time lies.
    fn period(&self, at: i64) -> Option<usize> {
        let behind = self.periods.partition_point(|(_, to)| *to <= at);
        let (from, _) = self.periods.get(behind)?;
        from.is_none_or(|from| from <= at).then_some(behind)
    }
}
