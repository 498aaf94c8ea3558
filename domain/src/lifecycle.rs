//! A ticket's life as pure functions (requirements T3, T4, P2).

use entity::{
    EventKind,
    TicketStatus::{self, Closed, InProgress, Open, Resolved, WaitingOnUser},
};

use crate::{Error, Result, UserErrorCode};

/// What somebody does that may move a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Staff name an assignee.
    Assign,
    /// The customer writes.
    CustomerReply,
    /// Staff write in public.
    StaffReply,
    /// Staff name the next status.
    Set(TicketStatus),
    /// The customer says it is over.
    CloseByCustomer,
    /// Staff put a resolved ticket away.
    CloseByStaff,
    /// Back to work.
    Reopen,
}

/// The status after `step`, for a ticket that has an assignee or not.
///
/// # Errors
/// ILLEGAL_TRANSITION with what is possible instead.
pub fn next(from: TicketStatus, step: Move, assigned: bool) -> Result<TicketStatus> {
    // Somebody works on an assigned ticket; an unassigned one waits in the queue to be taken.
    let at_work = if assigned { InProgress } else { Open };
    match (step, from) {
        (Move::Assign, Open) => Ok(InProgress),
        (Move::Assign, InProgress | WaitingOnUser | Resolved) => Ok(from),

        (Move::CustomerReply, Open | InProgress) => Ok(from),
        (Move::CustomerReply | Move::Reopen, Resolved | Closed) => Ok(at_work),
        (Move::CustomerReply, WaitingOnUser) => Ok(at_work),

        (Move::StaffReply, Open | InProgress | WaitingOnUser | Resolved) => Ok(from),

        (Move::Set(to), _) if settable(from).contains(&to) => Ok(to),

        (Move::CloseByCustomer, Open | InProgress | WaitingOnUser | Resolved) => Ok(Closed),
        (Move::CloseByStaff, Resolved) => Ok(Closed),

        (Move::Assign | Move::StaffReply, Closed)
        | (Move::Set(_), Open | InProgress | WaitingOnUser | Resolved | Closed)
        | (Move::CloseByCustomer, Closed)
        | (Move::CloseByStaff, Open | InProgress | WaitingOnUser | Closed)
        | (Move::Reopen, Open | InProgress | WaitingOnUser) => Err(refusal(from, step)),
    }
}

/// The statuses that staff can set from `from`: the table of the lifecycle.
pub const fn settable(from: TicketStatus) -> &'static [TicketStatus] {
    match from {
        Open => &[InProgress, WaitingOnUser, Resolved],
        InProgress => &[WaitingOnUser, Resolved],
        WaitingOnUser => &[InProgress, Resolved],
        Resolved => &[InProgress, Closed],
        Closed => &[InProgress],
    }
}

/// Whether a move takes a finished ticket back to work.
pub fn is_reopening(from: TicketStatus, to: TicketStatus) -> bool {
    matches!(from, Resolved | Closed) && matches!(to, Open | InProgress | WaitingOnUser)
}

/// The event that tells of a change of status.
pub fn event_of(from: TicketStatus, to: TicketStatus) -> EventKind {
    match to {
        Resolved => EventKind::TicketResolved,
        Closed => EventKind::TicketClosed,
        Open | InProgress | WaitingOnUser if is_reopening(from, to) => EventKind::TicketReopened,
        Open | InProgress | WaitingOnUser => EventKind::StatusChanged,
    }
}

fn refusal(from: TicketStatus, step: Move) -> Error {
    let now = from.as_str();
    let message = match step {
        Move::Set(to) if to == from => format!("The ticket is {now} already."),
        Move::Set(to) => {
            let to = to.as_str();
            let possible: Vec<_> = settable(from)
                .iter()
                .map(|status| status.as_str())
                .collect();
            let possible = possible.join(", ");
            format!(
                "A ticket that is {now} cannot become {to}. From here it can become {possible}."
            )
        }
        Move::Assign => "The ticket is CLOSED. Reopen it before you assign it.".to_owned(),
        Move::StaffReply => "The ticket is CLOSED. Reopen it before you reply.".to_owned(),
        Move::CloseByCustomer => "The ticket is CLOSED already.".to_owned(),
        Move::CloseByStaff if from == Closed => "The ticket is CLOSED already.".to_owned(),
        Move::CloseByStaff => format!("The ticket is {now}. Resolve it before you close it."),
        Move::Reopen => format!("The ticket is {now}, so there is nothing to reopen."),
        Move::CustomerReply => format!("The ticket is {now} and takes no replies."),
    };
    let field: &[&str] = if matches!(step, Move::Set(_)) {
        &["status"]
    } else {
        &[]
    };
    Error::user(UserErrorCode::IllegalTransition, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_move_from_every_status_has_an_answer_in_words() {
        let settings = TicketStatus::ALL.iter().copied().map(Move::Set);
        let others = [
            Move::Assign,
            Move::CustomerReply,
            Move::StaffReply,
            Move::CloseByCustomer,
            Move::CloseByStaff,
            Move::Reopen,
        ];
        for step in settings.chain(others) {
            for &from in TicketStatus::ALL {
                if let Err(error) = next(from, step, true) {
                    assert!(
                        error.to_string().contains(from.as_str()),
                        "{from:?} {step:?}: {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_customers_reply_takes_a_waiting_or_resolved_ticket_back_to_work() {
        for from in [WaitingOnUser, Resolved, Closed] {
            assert_eq!(next(from, Move::CustomerReply, true).ok(), Some(InProgress));
            assert_eq!(next(from, Move::CustomerReply, false).ok(), Some(Open));
        }
        assert_eq!(next(Open, Move::CustomerReply, false).ok(), Some(Open));
    }

    #[test]
    fn assigning_an_open_ticket_starts_work_and_a_closed_one_is_left_alone() {
        assert_eq!(next(Open, Move::Assign, true).ok(), Some(InProgress));
        assert_eq!(
            next(WaitingOnUser, Move::Assign, true).ok(),
            Some(WaitingOnUser)
        );
        assert!(next(Closed, Move::Assign, true).is_err());
    }

    #[test]
    fn staff_close_what_is_resolved_and_customers_close_what_they_like() {
        for &from in TicketStatus::ALL {
            assert_eq!(
                next(from, Move::CloseByStaff, true).is_ok(),
                from == Resolved
            );
            assert_eq!(
                next(from, Move::CloseByCustomer, true).is_ok(),
                from != Closed
            );
        }
    }
}
