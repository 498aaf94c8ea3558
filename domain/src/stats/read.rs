//! Reading sums and facts, within one view of the database.

use std::{collections::HashSet, sync::Arc};

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
    /// Facts that pass the filter, and are of one of `spans` with one of the marks beside it, in the
    /// order of time. None of `spans` overlap.
    ///
    /// # Errors
    /// `BadInput` if there are too many.
    pub(super) async fn facts(
        &self,
        spans: &[(i64, i64, Marks)],
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
        spans: &[(i64, i64, Marks)],
    ) -> Result<Vec<(Fact, Arc<Traits>)>> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let spans: Vec<_> = spans
            .iter()
            .map(|(from, to, marks)| (*from, *to, marks.0))
            .collect();
        let rows = read_edges(self.tx, &spans, MOST_FACTS + 1).await?;
        self.shared(rows)
    }

    /// The facts of `rows` that pass the filter, in the order of time. Most tickets are counted under the
    /// same as others.
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
        facts.sort_by_key(|(fact, _)| fact.at);
        Ok(facts)
    }
}

/// A condition: the fact has one of `marks`.
pub(super) fn marked(marks: Marks) -> Expr {
    Expr::cust(format!("(stats_fact.marks & {}) <> 0", marks.0))
}

/// A condition: the fact happened in one of `spans`, and has one of the marks beside it.
fn within(spans: &[(i64, i64, Marks)]) -> Condition {
    use stats_fact::Column::At;
    spans
        .iter()
        .fold(Condition::any(), |any, (from, to, marks)| {
            let span = Condition::all().add(At.gte(*from)).add(At.lt(*to));
            any.add(span.add_option((*marks != Marks::ALL).then(|| marked(*marks))))
        })
}
