//! Reading sums and facts, within one view of the database.

use std::{
    collections::{BTreeMap, HashSet},
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
    dimension::Dimension,
    fact::{Fact, Marks, Traits},
    filter::{StatsFilter, matches},
    state::State,
    tail::Tail,
};
use crate::{Error, Result, db::read_edges};

/// The most facts that are gone through one by one for an answer.
pub const MOST_FACTS: u64 = 200_000;

/// Statistics at one moment: what is summed up, and what has happened since.
pub(super) struct View<'a> {
    pub(super) tx: &'a DatabaseTransaction,
    pub(super) state: State,
    pub(super) tail: Tail,
    pub(super) filter: StatsFilter,
    pub(super) restrictions: Vec<(Dimension, Vec<String>)>,
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
    /// Facts that pass the filter, and are of one of `spans` with one of the marks beside it.
    ///
    /// # Errors
    /// `BadInput` if there are too many.
    pub(super) async fn facts(
        &self,
        spans: &[((i64, i64), Marks)],
    ) -> Result<Vec<(Fact, Arc<Traits>)>> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let rows = fact_rows()
            .filter(within(spans))
            .filter(self.filter.condition())
            .limit(MOST_FACTS + 1)
            .into_model::<FactRow>()
            .all(self.tx)
            .await?;
        self.shared(rows)
    }

    /// The same for short stretches of time, where sums tell about the rest.
    ///
    /// # Errors
    /// `BadInput` if there are too many.
    pub(super) async fn edges(
        &self,
        spans: &[((i64, i64), Marks)],
    ) -> Result<Vec<(Fact, Arc<Traits>)>> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let spans = apart(spans);
        let rows = read_edges(self.tx, &spans, MOST_FACTS + 1).await?;
        self.shared(rows)
    }

    /// The facts of `rows` that pass the filter. Most tickets are counted under the same as others.
    fn shared(&self, rows: Vec<FactRow>) -> Result<Vec<(Fact, Arc<Traits>)>> {
        if u64::try_from(rows.len()).is_ok_and(|found| found > MOST_FACTS) {
            return Err(Error::BadInput(
                "Too much happened in this time to be broken down in two ways at once. Ask for a \
                 shorter time, for one filter alone, for no groups, or for no backlog."
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

/// The same stretches of time, none of which overlap, each with all marks that are asked for in it.
fn apart(spans: &[((i64, i64), Marks)]) -> Vec<(i64, i64, i64)> {
    // How many more, or fewer, ask for each kind of marks from there on.
    let mut turns: BTreeMap<i64, Vec<(Marks, i32)>> = BTreeMap::new();
    for ((from, to), marks) in spans {
        turns.entry(*from).or_default().push((*marks, 1));
        turns.entry(*to).or_default().push((*marks, -1));
    }
    let mut apart = Vec::new();
    let mut asked: BTreeMap<Marks, i32> = BTreeMap::new();
    let mut turns = turns.into_iter().peekable();
    while let Some((from, turn)) = turns.next() {
        for (marks, more) in turn {
            *asked.entry(marks).or_default() += more;
        }
        asked.retain(|_, times| *times != 0);
        let marks = asked.keys().fold(0, |all, marks| all | marks.0);
        if let Some((to, _)) = turns.peek().filter(|_| marks != 0) {
            apart.push((from, *to, marks));
        }
    }
    apart
}

/// A condition: the fact has one of `marks`.
pub(super) fn marked(marks: Marks) -> Expr {
    Expr::cust(format!("(stats_fact.marks & {}) <> 0", marks.0))
}

/// A condition: the fact happened in one of `spans`, and has one of the marks beside it. Those that
/// touch or overlap are one, so that a long series makes no long condition.
fn within(spans: &[((i64, i64), Marks)]) -> Condition {
    use stats_fact::Column::At;
    let mut by_marks: BTreeMap<Marks, Vec<(i64, i64)>> = BTreeMap::new();
    for (span, marks) in spans {
        by_marks.entry(*marks).or_default().push(*span);
    }
    let mut any = Condition::any();
    for (marks, mut spans) in by_marks {
        spans.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::new();
        for (from, to) in spans {
            match merged.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = Ord::max(last.1, to),
                None => merged.push((from, to)),
            }
        }
        for (from, to) in merged {
            let span = Condition::all().add(At.gte(from)).add(At.lt(to));
            any = any.add(span.add_option((marks != Marks::ALL).then(|| marked(marks))));
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        /// Each moment is in one stretch, with the marks of all that hold it, or in none.
        #[test]
        fn stretches_apart_hold_the_same(
            spans in vec((0..30_i64, 1..10_i64, 1..8_i64), 0..10),
        ) {
            let spans = spans.into_iter();
            let spans = spans.map(|(from, length, marks)| ((from, from + length), Marks(marks)));
            let spans: Vec<_> = spans.collect();
            let apart = apart(&spans);
            for at in -1..45 {
                let holding = spans.iter().filter(|((from, to), _)| (*from..*to).contains(&at));
                let marks = holding.fold(0, |all, (_, marks)| all | marks.0);
                let found = apart.iter().filter(|(from, to, _)| (*from..*to).contains(&at));
                let found: Vec<_> = found.map(|(_, _, marks)| *marks).collect();
                let expected: Vec<_> = Some(marks).filter(|marks| *marks != 0).into_iter().collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
