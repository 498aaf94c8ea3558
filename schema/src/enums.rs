//! Enums of the API.

use async_graphql::Enum;

/// What somebody may do on the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Role")]
pub(crate) enum Role {
    /// A person with a problem: sees and answers their own tickets.
    Customer,
    /// Staff who work the queue.
    Agent,
    /// Staff who also assign to anybody and configure the desk.
    Supervisor,
    /// The desk itself: scheduled jobs and automatic messages, never a person.
    System,
}

/// How far a person is as a customer of the host product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ContactStage")]
pub(crate) enum ContactStage {
    /// Has not bought or signed up yet.
    Lead,
    /// A customer of the host product.
    Customer,
}

/// Where a ticket is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::TicketStatus")]
pub(crate) enum TicketStatus {
    /// Opened, nobody has taken it.
    Open,
    /// Work has begun, by the assignee if there is one.
    InProgress,
    /// Staff asked the customer something and wait for the answer.
    WaitingOnUser,
    /// Staff consider it solved; a reply of the customer takes it back to work.
    Resolved,
    /// Done; only reopening brings it back.
    Closed,
}

/// How urgent a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Priority")]
pub(crate) enum Priority {
    /// When there is time.
    Low,
    /// The default.
    Medium,
    /// Before the ordinary.
    High,
    /// Before everything else.
    Urgent,
}

/// The way a ticket came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::TicketSource")]
pub(crate) enum TicketSource {
    /// The host product itself.
    App,
    /// The help centre's pages.
    HelpCenter,
    /// An e-mail.
    Email,
    /// A telephone call.
    Phone,
    /// A WhatsApp conversation.
    Whatsapp,
    /// A person who came in.
    WalkIn,
    /// A program.
    Api,
}

/// What happened on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::EventKind")]
pub(crate) enum ActivityKind {
    /// The ticket was opened.
    TicketCreated,
    /// Subject, priority, category, team or tags changed.
    TicketUpdated,
    /// The status changed without one of the more specific kinds below.
    StatusChanged,
    /// The accountable assignee changed, or was removed.
    TicketAssigned,
    /// The set of co-assignees changed; staff only.
    CoAssigneesChanged,
    /// A public reply was written.
    ReplyAdded,
    /// An internal note was written; staff only.
    InternalNoteAdded,
    /// The ticket was resolved.
    TicketResolved,
    /// The ticket was closed.
    TicketClosed,
    /// A resolved or closed ticket went back to work.
    TicketReopened,
}

/// The orders of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::query::QueueOrder")]
pub(crate) enum QueueOrder {
    /// Most urgent first, then oldest first.
    Urgency,
    /// Newest first.
    Newest,
}

/// The orders of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum MessageOrder {
    /// The latest message first.
    NewestFirst,
    /// The first message first.
    OldestFirst,
}

/// What the viewer can do with a ticket as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::query::TicketAction")]
pub(crate) enum TicketAction {
    /// `replyToTicket`.
    Reply,
    /// `addInternalNote`.
    AddInternalNote,
    /// `updateTicket`.
    Update,
    /// `setTicketStatus`.
    SetStatus,
    /// `assignTicket` to oneself.
    AssignToSelf,
    /// `assignTicket` to anybody.
    AssignToOthers,
    /// `setCoAssignees`.
    SetCoAssignees,
    /// `resolveTicket`.
    Resolve,
    /// `closeTicket`.
    Close,
    /// `reopenTicket`.
    Reopen,
}

/// What kind of problem a user error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::UserErrorCode")]
pub(crate) enum UserErrorCode {
    /// The thing does not exist, or is not visible to you.
    NotFound,
    /// A required text is empty.
    Required,
    /// A text or a list is too long.
    TooLong,
    /// A value is not of the right form.
    Invalid,
    /// The ticket changed since the version that you expected: load it again.
    Conflict,
    /// The status cannot change like that; the message says what is possible.
    IllegalTransition,
    /// Waiting on the customer needs a public message of staff first.
    NeedsPublicReply,
    /// The closed ticket is too old to be reopened; a reply opens a follow-up ticket.
    ReopenWindowPassed,
    /// The person cannot be given tickets.
    NotAssignable,
    /// The idempotency key was used before with another input.
    IdempotencyKeyReused,
    /// The name is taken.
    Taken,
}
