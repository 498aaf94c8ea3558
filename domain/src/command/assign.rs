//! Who works on a ticket.

use entity::{EventKind, UserId, absence, ticket, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{Changed, Target, TicketCommand, Work, status::apply};
use crate::{
    Error, Result, UserErrorCode,
    actor::is_staff,
    lifecycle::{self, Move},
    permission::{Action, permit},
    sla::is_away,
    text::Check,
};

/// Names the accountable assignee, or nobody. An open ticket is in progress then (requirement T4).
#[derive(Clone, Debug, Serialize)]
pub struct AssignTicket {
    /// The ticket.
    pub target: Target,
    /// Who is to be accountable; `None` gives the ticket back to the queue.
    pub assignee: Option<UserId>,
}

impl TicketCommand for AssignTicket {
    type Output = Changed;
    const NAME: &'static str = "assignTicket";
    const ACTION: Action = Action::AssignToSelf;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        // An agent takes tickets, from whoever has them, and gives up their own.
        let about = self.assignee.or(before.assignee_id);
        if about.is_some_and(|person| person != work.actor.id) {
            permit(work.actor, Action::AssignToOthers)?;
        }
        if let Some(assignee) = self.assignee {
            assignable(work, &[assignee], "assigneeId").await?;
        }
        let status = lifecycle::next(before.status, Move::Assign, self.assignee.is_some())?;
        if before.assignee_id == self.assignee {
            return Ok(Changed {
                ticket: before.id,
                message: None,
            });
        }
        let mut assigned = before.clone();
        assigned.assignee_id = self.assignee;
        assigned.assignee_away = match self.assignee {
            Some(assignee) => is_absent(work, assignee).await?,
            None => false,
        };
        // The accountable one is not also a co-assignee.
        assigned
            .co_assignees
            .0
            .retain(|person| Some(*person) != self.assignee);
        let mut after = assigned.clone();
        let starts = self.assignee.is_some() && status != before.status;
        if starts {
            apply(work, &mut after, status);
        }
        work.save(&before, &mut after);
        assigned.version = after.version;
        work.note(EventKind::TicketAssigned, Some(&before), &assigned);
        if starts {
            work.note(
                lifecycle::event_of(before.status, status),
                Some(&assigned),
                &after,
            );
        }
        Ok(Changed {
            ticket: before.id,
            message: None,
        })
    }
}

/// Whether somebody is away now.
async fn is_absent(work: &Work, person: UserId) -> Result<bool> {
    let absence = absence::Entity::find_by_id(person).filter(is_away(work.now));
    Ok(absence.one(work.tx()).await?.is_some())
}

/// Says who works on a ticket beside its assignee (requirement T9). The list replaces the old one.
#[derive(Clone, Debug, Serialize)]
pub struct SetCoAssignees {
    /// The ticket.
    pub target: Target,
    /// The people; the assignee among them is left out.
    pub co_assignees: Vec<UserId>,
}

impl TicketCommand for SetCoAssignees {
    type Output = Changed;
    const NAME: &'static str = "setCoAssignees";
    const ACTION: Action = Action::SetCoAssignees;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        let mut people = self.co_assignees.clone();
        people.sort_unstable();
        people.dedup();
        people.retain(|person| Some(*person) != before.assignee_id);
        let mut check = Check::default();
        check.length(people.len(), &["coAssigneeIds"]);
        check.finish()?;
        assignable(work, &people, "coAssigneeIds").await?;
        let mut after = before.clone();
        after.co_assignees = ticket::Ids(people);
        if after != before {
            work.save(&before, &mut after);
            work.note(EventKind::CoAssigneesChanged, Some(&before), &after);
        }
        Ok(Changed {
            ticket: before.id,
            message: None,
        })
    }
}

/// Passes if all of `people` are staff.
async fn assignable(work: &Work, people: &[UserId], field: &str) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let known = user::Entity::find()
        .filter(user::Column::Id.is_in(people.iter().copied()))
        .all(work.tx())
        .await?;
    if known.len() < people.len() {
        return Err(Error::not_found("person", &[field]));
    }
    if let Some(person) = known.iter().find(|person| !is_staff(person.role)) {
        return Err(Error::user(
            UserErrorCode::NotAssignable,
            &[field],
            format!(
                "{} is a customer. Tickets are assigned to staff; pick an agent.",
                person.name
            ),
        ));
    }
    Ok(())
}
