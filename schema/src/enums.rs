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
    /// Subject, priority, category, subjects, team or tags changed.
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
    /// A target is about to be missed; staff only.
    SlaWarning,
    /// A target was missed; staff only.
    SlaBreached,
    /// Some time has gone by since a target was missed; staff only.
    SlaOverdue,
    /// The ticket was escalated without a target being missed; staff only.
    TicketEscalated,
    /// A changed policy or calendar moved the ticket's deadlines; staff only.
    SlaChanged,
    /// Nobody touched the ticket for long; staff only.
    TicketUnattended,
    /// The customer of a resolved ticket was asked again whether it is solved.
    FollowUpDue,
    /// The assignee went away, or came back; staff only.
    AssigneeAwayChanged,
    /// The customer said how satisfied they are.
    TicketRated,
}

/// What of a text was masked before it was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SensitiveKind")]
pub(crate) enum SensitiveKind {
    /// The number of a payment card. Its last four digits stay.
    CardNumber,
    /// The security code of a payment card.
    SecurityCode,
    /// An international bank account number. Country and last four characters stay.
    Iban,
    /// A password, an API key, a token or the like.
    Secret,
}

/// The orders of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::query::QueueOrder")]
pub(crate) enum QueueOrder {
    /// Most urgent first, then oldest first.
    Urgency,
    /// Newest first.
    Newest,
    /// What falls due first, first; overdue tickets before all. Tickets of which no clock runs are
    /// last, oldest first.
    SlaDue,
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
    /// `rateTicket`.
    Rate,
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
    /// Something else needs it, so it cannot be deleted.
    InUse,
    /// A file is too large; the message says what is possible.
    TooLarge,
    /// There are as many already as you may have at once.
    LimitReached,
    /// The file has not arrived, or `completeUpload` was not called.
    UploadIncomplete,
    /// The file is not what was announced, or harmful; the message says which.
    UploadRefused,
    /// The time for the upload is over: announce the file anew.
    UploadExpired,
    /// Attachments cannot be stored or fetched now; everything else works.
    StorageUnavailable,
    /// The ticket was rated before, signed in or by a survey's link: that counts once.
    AlreadyRated,
    /// The ticket is not resolved or closed, so there is nothing to rate yet.
    NotResolved,
    /// The time for answering a survey by its link is over.
    SurveyExpired,
}

/// What is promised to customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum SlaMetric {
    /// From the ticket's creation to the first public message of staff. Never pauses.
    FirstResponse,
    /// From a customer's oldest unanswered message to the next public message of staff.
    NextResponse,
    /// From the ticket's creation to its resolution. Goes on when it is reopened.
    Resolution,
}

impl From<SlaMetric> for entity::TimerKind {
    fn from(metric: SlaMetric) -> Self {
        match metric {
            SlaMetric::FirstResponse => Self::FirstResponse,
            SlaMetric::NextResponse => Self::NextResponse,
            SlaMetric::Resolution => Self::Resolution,
        }
    }
}

impl SlaMetric {
    /// The metric of a timer; none for the desk's housekeeping.
    pub(crate) fn of(kind: entity::TimerKind) -> Option<Self> {
        match kind {
            entity::TimerKind::FirstResponse => Some(Self::FirstResponse),
            entity::TimerKind::NextResponse => Some(Self::NextResponse),
            entity::TimerKind::Resolution => Some(Self::Resolution),
            entity::TimerKind::Unattended
            | entity::TimerKind::FollowUp
            | entity::TimerKind::AutoClose => None,
        }
    }
}

/// Everything that falls due on a ticket: the metrics, and the desk's housekeeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::TimerKind")]
pub(crate) enum TimerKind {
    /// The first response.
    FirstResponse,
    /// A later response.
    NextResponse,
    /// The resolution.
    Resolution,
    /// Nobody on the team touched the ticket.
    Unattended,
    /// The customer of a resolved ticket is asked again.
    FollowUp,
    /// A resolved ticket closes itself.
    AutoClose,
}

/// How a ticket stands with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SlaState")]
pub(crate) enum SlaState {
    /// Time counts, and there is some left.
    Running,
    /// Time does not count at the moment: staff wait for the customer.
    Paused,
    /// It was done in time.
    Met,
    /// It was not done in time, whether it is done by now or not.
    Breached,
}

/// What a stretch of a clock's time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::sla::clock::SegmentKind")]
pub(crate) enum SlaSegmentKind {
    /// It counts.
    Counted,
    /// The clock was paused, whatever the calendar says.
    Paused,
    /// Outside of the open hours.
    ClosedHours,
    /// A holiday.
    Holiday,
}

/// What an escalation step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::EscalationAction")]
pub(crate) enum EscalationAction {
    /// Mails assignee and co-assignees.
    NotifyAssignees,
    /// Mails the admin team.
    NotifyAdminTeam,
    /// Escalates the ticket, to a tier or a target if one is named.
    Escalate,
    /// Makes the ticket one priority more urgent.
    RaisePriority,
    /// Hands the ticket to a team.
    HandToTeam,
}

/// Whom a ticket is escalated to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::EscalationTarget")]
pub(crate) enum EscalationTarget {
    /// Who builds the product.
    Engineering,
    /// Who decides about the product.
    Product,
    /// Who leads the company.
    Leadership,
}

/// A shipped set of targets and steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::sla::Preset")]
pub(crate) enum SlaPreset {
    /// First response and resolution by priority: urgent 2 h and 8 h, high 4 h and 24 h, medium 24 h
    /// and 72 h, low 48 h and a week.
    Standard,
    /// By severity: P0 (URGENT) 1 h and 4 h and escalated at once, P1 (HIGH) 4 h and 24 h, P2
    /// (MEDIUM) 24 h and 72 h, P3 (LOW) 48 h and best effort.
    Severity,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// From Monday on.
    pub(crate) const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

/// The scheduled jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::JobKind")]
pub(crate) enum JobName {
    /// Fires the timers that are due: warnings, breaches, follow-ups, automatic closing.
    SlaEscalation,
    /// Plans what is to be told, and sends it: mail, webhooks, Kafka.
    OutboxDelivery,
    /// Deletes uploads that nobody completed or attached.
    UploadSweep,
    /// Sums up what happened for statistics.
    StatsAggregation,
}

/// How a run of a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::JobOutcome")]
pub(crate) enum JobOutcome {
    /// Everything that was due is done.
    Done,
    /// Time ran out; something is left for the next run.
    OutOfTime,
    /// It failed; what was done until then stays done.
    Failed,
}

/// What somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::NotificationKind")]
pub(crate) enum NotificationKind {
    /// To the customer: we have your ticket.
    TicketReceived,
    /// To the admin team: a ticket was opened.
    TicketOpened,
    /// To the customer: staff replied.
    StaffReplied,
    /// To those who work on the ticket: its customer replied.
    CustomerReplied,
    /// To the customer: the status changed.
    StatusChanged,
    /// To the customer: somebody works on it.
    TicketAssigned,
    /// To staff: the ticket is yours now, alone or with others.
    AssignedToYou,
    /// To the customer: it is resolved; please say if it is not.
    TicketResolved,
    /// To those who work on the ticket: its customer took it back to work.
    TicketReopened,
    /// To those who work on the ticket: a colleague wrote an internal note.
    NoteAdded,
    /// To the customer: is it really resolved?
    FollowUp,
    /// To the customer: how did we do?
    Survey,
    /// To staff: a target is about to be missed.
    SlaWarning,
    /// To staff: a target was missed.
    SlaBreach,
    /// To staff: nobody touched the ticket for long.
    Unattended,
    /// To staff: what happened since the last one of these.
    Digest,
    /// To supervisors: what happened in a week.
    WeeklyReport,
}

/// When somebody gets mail of one kind of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::MailMode")]
pub(crate) enum MailMode {
    /// At once.
    Immediate,
    /// Together with other news; what is urgent goes at once all the same.
    Digest,
    /// Not at all.
    Off,
}

/// The way by which something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Channel")]
pub(crate) enum Channel {
    /// To a person's or the admin team's address.
    Mail,
    /// To an endpoint of another system.
    Webhook,
}

/// How far something that is sent has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::DeliveryState")]
pub(crate) enum DeliveryState {
    /// It will be sent, or tried again.
    Pending,
    /// It waits for its digest.
    Held,
    /// It went out with a digest.
    Bundled,
    /// The other side took it.
    Sent,
    /// It is not sent, since its recipient may not or does not want to have it, or is gone.
    Skipped,
    /// It failed for good; `retryDeliveries` has it tried again.
    Dead,
}

/// What a figure of a weekly report is about. Durations are in seconds, shares from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::stats::WeeklyFigureName")]
pub(crate) enum WeeklyFigureName {
    /// Tickets opened.
    Created,
    /// How often tickets became RESOLVED.
    Resolved,
    /// How often tickets went from RESOLVED or CLOSED back to work.
    Reopened,
    /// Tickets escalated.
    Escalated,
    /// Tickets in work at the end of the week.
    Backlog,
    /// The share of promises that were kept.
    Compliance,
    /// The median time to the first response.
    FirstResponseMedian,
    /// The mean time to the first response.
    FirstResponseAverage,
    /// What nine of ten times to the first response stay below.
    #[graphql(name = "FIRST_RESPONSE_P90")]
    FirstResponseP90,
    /// The median time to the first resolution.
    FirstResolutionMedian,
    /// The mean time to the first resolution.
    FirstResolutionAverage,
    /// What nine of ten times to the first resolution stay below.
    #[graphql(name = "FIRST_RESOLUTION_P90")]
    FirstResolutionP90,
    /// The mean of the scores that customers gave, 1 to 5.
    Satisfaction,
    /// How many scores customers gave.
    Rated,
    /// The share of first resolutions that were on first contact.
    FirstContactRate,
    /// Reopenings for each resolution.
    ReopenedRate,
    /// Escalations for each ticket opened.
    EscalatedRate,
    /// Tickets opened for each 100 active users.
    #[graphql(name = "TICKETS_PER_100_ACTIVE_USERS")]
    TicketsPer100ActiveUsers,
}

/// On which side of its target a figure of a weekly report is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::stats::WeeklyDirection")]
pub(crate) enum WeeklyDirection {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// What can differ from its own past in a weekly report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::stats::WeeklySpikeKind")]
pub(crate) enum WeeklySpikeKind {
    /// What tickets are about.
    Category,
    /// A merchant that tickets are about.
    Merchant,
}
