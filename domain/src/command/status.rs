//! Moving a ticket through its life.

use entity::{Role, SensitiveKind, TicketStatus, message, ticket};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Serialize;

use super::{Changed, Target, TicketCommand, Work};
use crate::{
    Error, Result, Screened, UserErrorCode,
    lifecycle::{self, Move},
    permission::Action,
    text::{Check, MAX_BODY},
};

/// Sets the status by hand.
#[derive(Clone, Debug, Serialize)]
pub struct SetTicketStatus {
    /// The ticket.
    pub target: Target,
    /// The next status.
    pub status: TicketStatus,
}

impl TicketCommand for SetTicketStatus {
    type Output = Changed;
    const NAME: &'static str = "setTicketStatus";
    const ACTION: Action = Action::SetStatus;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        step(work, before, Move::Set(self.status), None).await
    }
}

/// Resolves a ticket, with notes on how.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveTicket {
    /// The ticket.
    pub target: Target,
    /// How it was resolved; the customer can read it.
    pub notes: Option<Screened>,
}

impl TicketCommand for ResolveTicket {
    type Output = Changed;
    const NAME: &'static str = "resolveTicket";
    const ACTION: Action = Action::Resolve;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        let mut check = Check::default();
        let text = self.notes.as_ref().map(|notes| notes.get().as_str());
        let text = check.optional_text(text, &["notes"], MAX_BODY);
        check.finish()?;
        let found = self.notes.iter().flat_map(Screened::found).copied();
        let notes = text.map(|text| (text, found.collect()));
        step(work, before, Move::Set(TicketStatus::Resolved), notes).await
    }
}

/// Closes a ticket: the customer theirs at any time, staff what is resolved.
#[derive(Clone, Debug, Serialize)]
pub struct CloseTicket {
    /// The ticket.
    pub target: Target,
}

impl TicketCommand for CloseTicket {
    type Output = Changed;
    const NAME: &'static str = "closeTicket";
    const ACTION: Action = Action::Close;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        let own = before.requester_id == work.actor.id;
        let close = if own {
            Move::CloseByCustomer
        } else {
            Move::CloseByStaff
        };
        step(work, before, close, None).await
    }
}

/// Takes a resolved or closed ticket back to work. A customer can do so with a closed one within
/// the reopening window, staff at any time.
#[derive(Clone, Debug, Serialize)]
pub struct ReopenTicket {
    /// The ticket.
    pub target: Target,
}

impl TicketCommand for ReopenTicket {
    type Output = Changed;
    const NAME: &'static str = "reopenTicket";
    const ACTION: Action = Action::Reopen;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        if !work.actor.is_staff() && !work.settings().may_still_reopen(&before, work.now) {
            let days = work.settings().reopen_window.num_days();
            return Err(Error::user(
                UserErrorCode::ReopenWindowPassed,
                &["ticketId"],
                format!(
                    "The ticket was closed more than {days} days ago and cannot be reopened. Reply \
                     to it, and a new ticket that continues it is opened."
                ),
            ));
        }
        step(work, before, Move::Reopen, None).await
    }
}

/// Sets the status of `ticket`, with the times that hang on it.
pub(super) fn apply(work: &Work, ticket: &mut ticket::Model, status: TicketStatus) {
    match status {
        TicketStatus::Resolved => ticket.resolved_at = Some(work.now),
        TicketStatus::Closed => ticket.closed_at = Some(work.now),
        TicketStatus::Open | TicketStatus::InProgress | TicketStatus::WaitingOnUser => {
            ticket.resolved_at = None;
            ticket.closed_at = None;
        }
    }
    ticket.status = status;
}

async fn step(
    work: &mut Work,
    before: ticket::Model,
    step: Move,
    notes: Option<(String, Vec<SensitiveKind>)>,
) -> Result<Changed> {
    let status = lifecycle::next(before.status, step, before.assignee_id.is_some())?;
    if status == TicketStatus::WaitingOnUser && !has_public_reply(work, &before).await? {
        return Err(Error::user(
            UserErrorCode::NeedsPublicReply,
            &["status"],
            "Nobody has written to the customer yet, so there is nothing to wait for. Reply to the \
             ticket first.",
        ));
    }
    let mut after = before.clone();
    apply(work, &mut after, status);
    if let Some((notes, found)) = notes {
        after.resolution_notes = Some(notes);
        after.sensitive.add(&found);
    }
    work.save(&before, &mut after);
    work.note(
        lifecycle::event_of(before.status, status),
        Some(&before),
        &after,
    );
    Ok(Changed {
        ticket: before.id,
        message: None,
    })
}

async fn has_public_reply(work: &Work, ticket: &ticket::Model) -> Result<bool> {
    let replies = message::Entity::find()
        .filter(message::Column::TicketId.eq(ticket.id))
        .filter(message::Column::Internal.eq(false))
        .filter(message::Column::AuthorRole.is_in([Role::Agent, Role::Supervisor]));
    Ok(replies.count(work.tx()).await? > 0)
}
