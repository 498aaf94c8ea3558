//! The facts of tickets as they are kept.

use std::collections::HashMap;

use entity::{SubjectId, TicketId, stats_fact, stats_ticket};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

use super::{
    fact::{Fact, Traits, place_of},
    source::{Counted, these},
};
use crate::{Error, Result, sla::store::ROWS};

impl Traits {
    /// Those that are kept.
    pub(super) fn stored(row: stats_ticket::Model) -> Result<Self> {
        let subjects: Vec<SubjectId> =
            serde_json::from_value(row.subjects).map_err(Error::internal)?;
        Ok(Self {
            category: row.category_id,
            priority: row.priority,
            source: row.source,
            team: row.team_id,
            subjects,
            merchants: serde_json::from_value(row.merchants).map_err(Error::internal)?,
        })
    }
}

/// What is kept of `tickets`.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Counted>> {
    let mut counted = HashMap::with_capacity(tickets.len());
    let rows = stats_ticket::Entity::find()
        .filter(these(db, stats_ticket::Column::TicketId, tickets))
        .all(db)
        .await?;
    for row in rows {
        let (ticket, traits) = (row.ticket_id, Traits::stored(row)?);
        let facts = Vec::new();
        counted.insert(ticket, Counted { traits, facts });
    }
    let rows = stats_fact::Entity::find()
        .filter(these(db, stats_fact::Column::TicketId, tickets))
        .order_by_asc(stats_fact::Column::TicketId)
        .order_by_asc(stats_fact::Column::Ordinal)
        .all(db)
        .await?;
    for row in &rows {
        let of_ticket = counted.get_mut(&row.ticket_id);
        let of_ticket = of_ticket.ok_or_else(|| Error::internal("facts of no ticket"))?;
        of_ticket.facts.push(Fact::from(row));
    }
    Ok(counted)
}

/// Keeps `counted` in place of what is kept of the same tickets.
pub(super) async fn save(tx: &DatabaseTransaction, counted: &[(TicketId, &Counted)]) -> Result<()> {
    use stats_ticket::Column as C;
    let ids: Vec<TicketId> = counted.iter().map(|(ticket, _)| *ticket).collect();
    for some in ids.chunks(ROWS) {
        stats_fact::Entity::delete_many()
            .filter(these(tx, stats_fact::Column::TicketId, some))
            .exec(tx)
            .await?;
    }
    let tickets = counted.iter().map(|(ticket, counted)| {
        let traits = &counted.traits;
        Ok(stats_ticket::ActiveModel {
            ticket_id: Set(*ticket),
            category_id: Set(traits.category),
            priority: Set(traits.priority),
            source: Set(traits.source),
            team_id: Set(traits.team),
            subjects: Set(serde_json::to_value(&traits.subjects).map_err(Error::internal)?),
            merchants: Set(serde_json::to_value(&traits.merchants).map_err(Error::internal)?),
        })
    });
    let tickets: Vec<_> = tickets.collect::<Result<_>>()?;
    let replace = OnConflict::column(C::TicketId)
        .update_columns([
            C::CategoryId,
            C::Priority,
            C::Source,
            C::TeamId,
            C::Subjects,
            C::Merchants,
        ])
        .to_owned();
    for some in tickets.chunks(ROWS) {
        stats_ticket::Entity::insert_many(some.to_vec())
            .on_conflict(replace.clone())
            .exec_without_returning(tx)
            .await?;
    }
    let rows: Vec<_> = counted
        .iter()
        .flat_map(|(ticket, counted)| {
            (0_i32..)
                .zip(&counted.facts)
                .map(|(ordinal, fact)| row(*ticket, ordinal, fact))
        })
        .collect();
    for some in rows.chunks(ROWS) {
        stats_fact::Entity::insert_many(some.to_vec())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn row(ticket: TicketId, ordinal: i32, fact: &Fact) -> stats_fact::ActiveModel {
    let (status, stay) = match fact.stay {
        Some((status, stay)) => (i16::try_from(place_of(status)).ok(), stay),
        None => (None, 0),
    };
    stats_fact::ActiveModel {
        ticket_id: Set(ticket),
        ordinal: Set(ordinal),
        at: Set(fact.at),
        marks: Set(fact.marks.0),
        agent_id: Set(fact.agent),
        elapsed: Set(fact.elapsed),
        waited: Set(fact.waited),
        stay_status: Set(status),
        stay: Set(stay),
        score: Set(fact.score),
    }
}
