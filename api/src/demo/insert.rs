//! Writing to SQLite, by statements of many rows.

use domain::{Error, Result};
use entity::{
    context_link, event, message, rating, team, team_member, ticket, ticket_co_assignee,
    ticket_subject, ticket_tag, timer, timer_firing, user,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait, IntoActiveModel, Iterable,
};

use super::rows::Rows;

/// SQLite binds at most 32,766 values.
const MOST_VALUES: usize = 32_000;
/// More rows in one statement gain nothing.
const MOST_ROWS: usize = 500;

/// Writes the rows, in the order of their foreign keys.
///
/// # Errors
/// As everything that writes; the transaction is to be given up then.
pub(super) async fn write(tx: &DatabaseTransaction, rows: Rows) -> Result<()> {
    let Rows {
        users,
        teams,
        members,
        tickets,
        tags,
        subjects,
        co_assignees,
        links,
        messages,
        ratings,
        timers,
        firings,
        events,
    } = rows;
    insert::<user::Entity, user::ActiveModel, _>(tx, users).await?;
    insert::<team::Entity, team::ActiveModel, _>(tx, teams).await?;
    insert::<team_member::Entity, team_member::ActiveModel, _>(tx, members).await?;
    insert::<ticket::Entity, ticket::ActiveModel, _>(tx, tickets).await?;
    insert::<ticket_tag::Entity, ticket_tag::ActiveModel, _>(tx, tags).await?;
    insert::<ticket_subject::Entity, ticket_subject::ActiveModel, _>(tx, subjects).await?;
    insert::<ticket_co_assignee::Entity, ticket_co_assignee::ActiveModel, _>(tx, co_assignees)
        .await?;
    insert::<context_link::Entity, context_link::ActiveModel, _>(tx, links).await?;
    insert::<message::Entity, message::ActiveModel, _>(tx, messages).await?;
    insert::<rating::Entity, rating::ActiveModel, _>(tx, ratings).await?;
    insert::<timer::Entity, timer::ActiveModel, _>(tx, timers).await?;
    insert::<timer_firing::Entity, timer_firing::ActiveModel, _>(tx, firings).await?;
    let mut log = Vec::with_capacity(events.len());
    for (ticket_id, event) in events {
        log.push(event::ActiveModel {
            seq: NotSet,
            xid: NotSet,
            ticket_id: Set(ticket_id),
            ticket_version: Set(event.ticket_version),
            kind: Set(event.kind),
            actor_id: Set(event.actor),
            actor_role: Set(event.role),
            visibility: Set(event.visibility),
            at: Set(event.at),
            message_id: Set(event.message_id),
            data: Set(serde_json::to_value(event.data).map_err(Error::internal)?),
        });
    }
    insert::<event::Entity, event::ActiveModel, _>(tx, log).await
}

async fn insert<E, A, M>(tx: &DatabaseTransaction, rows: Vec<M>) -> Result<()>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
    M: IntoActiveModel<A>,
{
    let size = (MOST_VALUES / E::Column::iter().count().max(1)).clamp(1, MOST_ROWS);
    let mut rows = rows
        .into_iter()
        .map(IntoActiveModel::into_active_model)
        .peekable();
    while rows.peek().is_some() {
        let some: Vec<A> = rows.by_ref().take(size).collect();
        E::insert_many(some).exec_without_returning(tx).await?;
    }
    Ok(())
}
