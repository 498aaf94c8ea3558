//! What somebody can do with a ticket as it is now.

use entity::{TicketStatus, ticket};

use crate::{
    Actor, Desk,
    lifecycle::{self, Move},
    permission::{Action, Scope, scope},
    rating::is_ratable,
};

/// Commands on a ticket, as a client offers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketAction {
    /// Write a public reply.
    Reply,
    /// Write an internal note.
    AddInternalNote,
    /// Change subject, priority, category, subjects, team, tags.
    Update,
    /// Set the status by hand.
    SetStatus,
    /// Take it, or give it up.
    AssignToSelf,
    /// Assign it to anybody.
    AssignToOthers,
    /// Say who else works on it.
    SetCoAssignees,
    /// Resolve it.
    Resolve,
    /// Close it.
    Close,
    /// Take it back to work.
    Reopen,
    /// Say how satisfied one is.
    Rate,
}

impl Desk {
    /// What `actor` can do with `ticket`, which must have been loaded for them: what the
    /// permissions and the lifecycle both allow. `rated`: whether its customer has rated it.
    pub fn possible_actions(
        &self,
        actor: Actor,
        ticket: &ticket::Model,
        rated: bool,
    ) -> Vec<TicketAction> {
        let own = ticket.requester_id == actor.id;
        let may = |action| match scope(actor.role, action) {
            Scope::Any => true,
            Scope::Own => own,
            Scope::No => false,
        };
        let goes = |step| lifecycle::next(ticket.status, step, true).is_ok();
        let young = self.settings.may_still_reopen(ticket, self.clock.now());
        let reply = if own {
            Move::CustomerReply
        } else {
            Move::StaffReply
        };
        let close = if own {
            Move::CloseByCustomer
        } else {
            Move::CloseByStaff
        };
        let table = [
            (TicketAction::Reply, may(Action::Reply) && goes(reply)),
            (TicketAction::AddInternalNote, may(Action::AddInternalNote)),
            (TicketAction::Update, may(Action::UpdateTicket)),
            (TicketAction::SetStatus, may(Action::SetStatus)),
            (
                TicketAction::AssignToSelf,
                may(Action::AssignToSelf) && goes(Move::Assign),
            ),
            (
                TicketAction::AssignToOthers,
                may(Action::AssignToOthers) && goes(Move::Assign),
            ),
            (TicketAction::SetCoAssignees, may(Action::SetCoAssignees)),
            (
                TicketAction::Resolve,
                may(Action::Resolve) && goes(Move::Set(TicketStatus::Resolved)),
            ),
            (TicketAction::Close, may(Action::Close) && goes(close)),
            (
                TicketAction::Reopen,
                may(Action::Reopen) && goes(Move::Reopen) && (actor.is_staff() || young),
            ),
            (
                TicketAction::Rate,
                may(Action::Rate) && is_ratable(ticket.status) && !rated,
            ),
        ];
        table
            .into_iter()
            .filter(|(_, possible)| *possible)
            .map(|(action, _)| action)
            .collect()
    }
}
