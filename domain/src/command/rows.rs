//! Writing a ticket's row, and the rows by which it is found.

use entity::{ticket, ticket_co_assignee, ticket_subject, ticket_tag};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::Result;

/// Writes the columns in which `after` differs from the stored row, `before`.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    before: &ticket::Model,
    after: &ticket::Model,
) -> Result<()> {
    let mut change = before.clone().into_active_model();
    macro_rules! set_what_differs {
        ($($column:ident),* $(,)?) => {$(
            if after.$column != before.$column {
                change.$column = Set(after.$column.clone());
            }
        )*};
    }
    set_what_differs!(
        subject,
        category_id,
        priority,
        status,
        assignee_id,
        co_assignees,
        team_id,
        tags,
        resolution_notes,
        version,
        updated_at,
        first_response_at,
        resolved_at,
        closed_at,
        escalated,
        escalated_at,
        escalation_tier,
        escalation_target,
        sla_state,
        sla_due_at,
        assignee_away,
        sensitive,
        subjects,
    );
    // Without RETURNING: all columns are known, and some are long.
    ticket::Entity::update_many()
        .set(change)
        .filter(ticket::Column::Id.eq(before.id))
        .exec(tx)
        .await?;
    if after.tags != before.tags {
        ticket_tag::Entity::delete_many()
            .filter(ticket_tag::Column::TicketId.eq(after.id))
            .exec(tx)
            .await?;
        insert_tags(tx, after).await?;
    }
    if after.subjects != before.subjects {
        ticket_subject::Entity::delete_many()
            .filter(ticket_subject::Column::TicketId.eq(after.id))
            .exec(tx)
            .await?;
        insert_subjects(tx, after).await?;
    }
    if after.co_assignees != before.co_assignees {
        ticket_co_assignee::Entity::delete_many()
            .filter(ticket_co_assignee::Column::TicketId.eq(after.id))
            .exec(tx)
            .await?;
        let people = after.co_assignees.0.iter();
        let rows = people.map(|&person| ticket_co_assignee::ActiveModel {
            ticket_id: Set(after.id),
            user_id: Set(person),
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            ticket_co_assignee::Entity::insert_many(rows)
                .exec_without_returning(tx)
                .await?;
        }
    }
    Ok(())
}

/// Writes a new ticket with its tags and subjects.
pub(super) async fn insert(tx: &DatabaseTransaction, ticket: &ticket::Model) -> Result<()> {
    ticket::Entity::insert(ticket.clone().into_active_model())
        .exec_without_returning(tx)
        .await?;
    insert_tags(tx, ticket).await?;
    insert_subjects(tx, ticket).await
}

async fn insert_subjects(tx: &DatabaseTransaction, ticket: &ticket::Model) -> Result<()> {
    let subjects = (0_i32..).zip(&ticket.subjects.0);
    let rows = subjects.map(|(position, &subject)| ticket_subject::ActiveModel {
        ticket_id: Set(ticket.id),
        position: Set(position),
        subject_id: Set(subject),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        ticket_subject::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

async fn insert_tags(tx: &DatabaseTransaction, ticket: &ticket::Model) -> Result<()> {
    let rows = ticket.tags.0.iter().map(|tag| ticket_tag::ActiveModel {
        ticket_id: Set(ticket.id),
        tag: Set(tag.clone()),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        ticket_tag::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}
