//! Who may do what, as one table (requirements P2 to P4). It is checked in as a snapshot,
//! `docs/permissions.md`, and compared by a test.

use entity::Role;

use crate::{Actor, Error, Result};

/// Everything that can be permitted or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See a ticket, its public thread and its public activity.
    ViewTicket,
    /// See internal notes and what staff alone see of a ticket.
    ViewInternals,
    /// See the queue and follow it live.
    ViewQueue,
    /// Find people and see their contact data.
    ViewPeople,
    /// See teams and their members.
    ViewTeams,
    /// Open a ticket for oneself.
    OpenTicket,
    /// Open a ticket for a customer.
    OpenOnBehalf,
    /// Write a public reply.
    Reply,
    /// Write an internal note.
    AddInternalNote,
    /// Change subject, priority, category, subjects, team and tags.
    UpdateTicket,
    /// Change the status within the lifecycle.
    SetStatus,
    /// Take a ticket, or give up one's own.
    AssignToSelf,
    /// Assign a ticket to anybody, or unassign it from somebody. (To take a colleague's ticket over is
    /// [`Action::AssignToSelf`].)
    AssignToOthers,
    /// Say who else works on a ticket.
    SetCoAssignees,
    /// Resolve a ticket.
    Resolve,
    /// Close a ticket.
    Close,
    /// Take a resolved or closed ticket back to work.
    Reopen,
    /// Say how satisfied one is with one's own ticket.
    Rate,
    /// Register a customer who has no login.
    CreateCustomer,
    /// Make teams and say who is in them.
    ManageTeams,
    /// See deadlines, policies, calendars and how they are worked out.
    ViewSla,
    /// Change policies and calendars, and try out changes.
    ManageSla,
    /// Upload files to attach them to what one writes.
    Attach,
    /// See what the scheduled jobs did.
    ViewJobs,
    /// Say that one is away.
    SetOwnAbsence,
    /// Say that somebody else is away.
    SetAbsence,
    /// See what one is told oneself, and how one wants to be told.
    ViewOwnNotifications,
    /// Mark what one is told as read, and choose how one is told.
    SetOwnNotifications,
    /// See what is sent to people and systems, and what failed.
    ViewDeliveries,
    /// Have what failed tried again.
    RetryDeliveries,
    /// See endpoints, whose URLs may hold secrets, and manage them.
    ManageWebhooks,
    /// See statistics: agents their own, supervisors all.
    ViewStats,
    /// See what other people's figures are, set targets and the time zone of statistics.
    ManageStats,
    /// Draw samples for quality review, score their tickets, and see how others did.
    ManageReviews,
    /// Say how many people were active on a day, and see it.
    ReportActiveUsers,
}

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Not at all.
    No,
    /// Where the actor is the ticket's requester.
    Own,
    /// Everywhere.
    Any,
}

use Scope::{Any, No, Own};

/// The roles in the order of the table's columns.
pub const ROLES: [Role; 4] = [Role::Customer, Role::Agent, Role::Supervisor, Role::System];

/// The table: an action, and its scope for each of [`ROLES`].
#[rustfmt::skip]
pub const TABLE: [(Action, [Scope; 4]); 35] = [
    //                          customer agent supervisor system
    (Action::ViewTicket,      [ Own,     Any,  Any,       Any ]),
    (Action::ViewInternals,   [ No,      Any,  Any,       Any ]),
    (Action::ViewQueue,       [ No,      Any,  Any,       No  ]),
    (Action::ViewPeople,      [ No,      Any,  Any,       No  ]),
    (Action::ViewTeams,       [ No,      Any,  Any,       No  ]),
    (Action::OpenTicket,      [ Any,     Any,  Any,       No  ]),
    (Action::OpenOnBehalf,    [ No,      Any,  Any,       No  ]),
    (Action::Reply,           [ Own,     Any,  Any,       No  ]),
    (Action::AddInternalNote, [ No,      Any,  Any,       No  ]),
    (Action::UpdateTicket,    [ No,      Any,  Any,       No  ]),
    (Action::SetStatus,       [ No,      Any,  Any,       No  ]),
    (Action::AssignToSelf,    [ No,      Any,  Any,       No  ]),
    (Action::AssignToOthers,  [ No,      No,   Any,       No  ]),
    (Action::SetCoAssignees,  [ No,      Any,  Any,       No  ]),
    (Action::Resolve,         [ No,      Any,  Any,       No  ]),
    (Action::Close,           [ Own,     Any,  Any,       No  ]),
    (Action::Reopen,          [ Own,     Any,  Any,       No  ]),
    (Action::Rate,            [ Own,     Own,  Own,       No  ]),
    (Action::CreateCustomer,  [ No,      Any,  Any,       No  ]),
    (Action::ManageTeams,     [ No,      No,   Any,       No  ]),
    (Action::Attach,          [ Any,     Any,  Any,       No  ]),
    (Action::ViewSla,         [ No,      Any,  Any,       No  ]),
    (Action::ManageSla,       [ No,      No,   Any,       No  ]),
    (Action::ViewJobs,        [ No,      Any,  Any,       No  ]),
    (Action::SetOwnAbsence,   [ No,      Any,  Any,       No  ]),
    (Action::SetAbsence,      [ No,      No,   Any,       No  ]),
    (Action::ViewOwnNotifications, [ Any, Any, Any,       No  ]),
    (Action::SetOwnNotifications,  [ Any, Any, Any,       No  ]),
    (Action::ViewDeliveries,  [ No,      Any,  Any,       No  ]),
    (Action::RetryDeliveries, [ No,      Any,  Any,       No  ]),
    (Action::ManageWebhooks,  [ No,      No,   Any,       No  ]),
    (Action::ViewStats,       [ No,      Own,  Any,       No  ]),
    (Action::ManageStats,     [ No,      No,   Any,       No  ]),
    (Action::ManageReviews,   [ No,      No,   Any,       No  ]),
    (Action::ReportActiveUsers, [ No,    No,   Any,       No  ]),
];

/// How far `role` may do `action`.
pub fn scope(role: Role, action: Action) -> Scope {
    let column = match role {
        Role::Customer => 0,
        Role::Agent => 1,
        Role::Supervisor => 2,
        Role::System => 3,
    };
    TABLE
        .iter()
        .find(|(a, _)| *a == action)
        .map_or(No, |(_, scopes)| scopes[column])
}

/// Passes if the actor's role may do `action` at least somewhere.
///
/// # Errors
/// [`Error::Forbidden`], which says what is refused and to whom to turn.
pub fn permit(actor: Actor, action: Action) -> Result<()> {
    match scope(actor.role, action) {
        Own | Any => Ok(()),
        No => Err(Error::Forbidden(format!(
            "Your role ({}) may not {}. Ask somebody on the support team who may.",
            actor.role.as_str().to_lowercase(),
            action.phrase(),
        ))),
    }
}

impl Action {
    /// The action in words that go on a sentence "you may not ...".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::ViewTicket => "see tickets",
            Self::ViewInternals => "see what is internal to the support team",
            Self::ViewQueue => "see the queue",
            Self::ViewPeople => "look up people",
            Self::ViewTeams => "see teams",
            Self::OpenTicket => "open tickets",
            Self::OpenOnBehalf => "open tickets for somebody else",
            Self::Reply => "reply to tickets",
            Self::AddInternalNote => "write internal notes",
            Self::UpdateTicket => {
                "change a ticket's subject, priority, category, subjects, team or tags"
            }
            Self::SetStatus => "change a ticket's status",
            Self::AssignToSelf => "take tickets",
            Self::AssignToOthers => "assign tickets to others, or unassign them from others",
            Self::SetCoAssignees => "change a ticket's co-assignees",
            Self::Resolve => "resolve tickets",
            Self::Close => "close tickets",
            Self::Reopen => "reopen tickets",
            Self::Rate => "rate tickets",
            Self::CreateCustomer => "register customers",
            Self::ManageTeams => "manage teams",
            Self::Attach => "upload files",
            Self::ViewSla => "see deadlines and the rules behind them",
            Self::ManageSla => "manage SLA policies and calendars",
            Self::ViewJobs => "see the scheduled jobs",
            Self::SetOwnAbsence => "say that you are away",
            Self::SetAbsence => "say that somebody else is away",
            Self::ViewOwnNotifications => "see your own notifications",
            Self::SetOwnNotifications => {
                "mark your own notifications as read, or choose how you are told"
            }
            Self::ViewDeliveries => "see what is sent to people and systems",
            Self::RetryDeliveries => "have deliveries tried again",
            Self::ManageWebhooks => "see or manage webhook endpoints",
            Self::ViewStats => "see statistics",
            Self::ManageStats => "see reports, or set the targets of statistics",
            Self::ManageReviews => "see quality reviews, draw samples for them, or score tickets",
            Self::ReportActiveUsers => "see or report how many people were active",
        }
    }
}

/// The table as Markdown, for people.
pub fn as_markdown() -> String {
    let mut text = String::from(
        "| action | customer | agent | supervisor | system |\n|---|---|---|---|---|\n",
    );
    for (action, scopes) in TABLE {
        let [customer, agent, supervisor, system] = scopes.map(|scope| match scope {
            No => "no",
            Own => "own",
            Any => "yes",
        });
        let phrase = action.phrase();
        text.push_str(&format!(
            "| {phrase} | {customer} | {agent} | {supervisor} | {system} |\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_stands_in_the_table_once() {
        for (index, (action, _)) in TABLE.iter().enumerate() {
            assert_eq!(
                TABLE.iter().position(|(a, _)| a == action),
                Some(index),
                "{action:?}"
            );
        }
    }

    #[test]
    fn a_supervisor_may_do_all_that_an_agent_may() {
        for (action, _) in TABLE {
            if scope(Role::Agent, action) == Any {
                assert_eq!(scope(Role::Supervisor, action), Any, "{action:?}");
            }
        }
    }

    #[test]
    fn the_checked_in_table_is_the_one_that_is_enforced() {
        let page = include_str!("../../docs/permissions.md");
        assert!(
            page.contains(&as_markdown()),
            "docs/permissions.md should hold:\n{}",
            as_markdown()
        );
    }
}
