//! Enums as they are stored. Their spelling in the database, in events and in the API is the same.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize,
            Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $($(#[$vdoc])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every variant, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stored and published spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
    };
}

text_enum! {
    /// What somebody may do on the desk (requirement P1).
    Role {
        /// A person with a problem: sees and answers their own tickets.
        Customer = "CUSTOMER",
        /// Staff who work the queue.
        Agent = "AGENT",
        /// Staff who also assign to anybody and configure the desk.
        Supervisor = "SUPERVISOR",
        /// Scheduled jobs; never a person.
        System = "SYSTEM",
    }
}

text_enum! {
    /// How far a person is as a customer of the host product (requirement P1).
    ContactStage {
        /// Has not bought or signed up yet.
        Lead = "LEAD",
        /// A customer of the host product.
        Customer = "CUSTOMER",
    }
}

text_enum! {
    /// Where a ticket is in its life (requirement T3).
    TicketStatus {
        /// Opened, nobody has taken it.
        Open = "OPEN",
        /// Work has begun, by the assignee if there is one.
        InProgress = "IN_PROGRESS",
        /// Staff asked the customer something.
        WaitingOnUser = "WAITING_ON_USER",
        /// Staff consider it solved.
        Resolved = "RESOLVED",
        /// Done; only reopening brings it back.
        Closed = "CLOSED",
    }
}

text_enum! {
    /// The way a ticket came in (requirement T2).
    TicketSource {
        /// The host product itself.
        App = "APP",
        /// The help centre's pages.
        HelpCenter = "HELP_CENTER",
        /// An e-mail.
        Email = "EMAIL",
        /// A telephone call.
        Phone = "PHONE",
        /// A WhatsApp conversation.
        Whatsapp = "WHATSAPP",
        /// A person who came in.
        WalkIn = "WALK_IN",
        /// A program.
        Api = "API",
    }
}

text_enum! {
    /// How far an attachment is (requirement A1).
    AttachmentState {
        /// It was announced; nothing is known of its bytes.
        Pending = "PENDING",
        /// Its bytes were checked and are kept.
        Ready = "READY",
        /// Its bytes were not what was announced, or are harmful.
        Refused = "REFUSED",
        /// Nobody completed or attached it in time.
        Expired = "EXPIRED",
    }
}

text_enum! {
    /// What of a text was masked before it was stored (requirement A2).
    SensitiveKind {
        /// The number of a payment card.
        CardNumber = "CARD_NUMBER",
        /// The security code of a payment card.
        SecurityCode = "SECURITY_CODE",
        /// An international bank account number.
        Iban = "IBAN",
        /// A password, an API key, a token or the like.
        Secret = "SECRET",
    }
}

text_enum! {
    /// Who may see an event.
    Visibility {
        /// The ticket's customer and staff.
        Public = "PUBLIC",
        /// Staff alone.
        Staff = "STAFF",
    }
}

text_enum! {
    /// What happened, one kind per row of the event log.
    EventKind {
        /// A ticket was opened.
        TicketCreated = "TICKET_CREATED",
        /// Subject, priority, category, subjects, team or tags changed.
        TicketUpdated = "TICKET_UPDATED",
        /// The status changed without one of the more specific kinds below.
        StatusChanged = "STATUS_CHANGED",
        /// The accountable assignee changed, or was removed.
        TicketAssigned = "TICKET_ASSIGNED",
        /// The set of co-assignees changed.
        CoAssigneesChanged = "CO_ASSIGNEES_CHANGED",
        /// A public reply was written, by the customer or by staff.
        ReplyAdded = "REPLY_ADDED",
        /// An internal note was written.
        InternalNoteAdded = "INTERNAL_NOTE_ADDED",
        /// The ticket was resolved.
        TicketResolved = "TICKET_RESOLVED",
        /// The ticket was closed.
        TicketClosed = "TICKET_CLOSED",
        /// A resolved or closed ticket went back to work.
        TicketReopened = "TICKET_REOPENED",
        /// A target is about to be missed.
        SlaWarning = "SLA_WARNING",
        /// A target was missed.
        SlaBreached = "SLA_BREACHED",
        /// Some time has gone by since a target was missed.
        SlaOverdue = "SLA_OVERDUE",
        /// The ticket was escalated without a target being missed.
        TicketEscalated = "TICKET_ESCALATED",
        /// A changed policy or calendar moved the ticket's deadlines.
        SlaChanged = "SLA_CHANGED",
        /// Nobody touched the ticket for long.
        TicketUnattended = "TICKET_UNATTENDED",
        /// The customer of a resolved ticket was asked again whether it is solved.
        FollowUpDue = "FOLLOW_UP_DUE",
        /// The assignee went away, or came back.
        AssigneeAwayChanged = "ASSIGNEE_AWAY_CHANGED",
        /// The customer said how satisfied they are.
        TicketRated = "TICKET_RATED",
    }
}

text_enum! {
    /// What a timer measures.
    TimerKind {
        /// From the ticket's creation to the first public message of staff.
        FirstResponse = "FIRST_RESPONSE",
        /// From a customer's message to the next public message of staff.
        NextResponse = "NEXT_RESPONSE",
        /// From the ticket's creation to its resolution.
        Resolution = "RESOLUTION",
        /// From the last time that staff touched the ticket.
        Unattended = "UNATTENDED",
        /// From the resolution to the follow-up question.
        FollowUp = "FOLLOW_UP",
        /// From the resolution to the automatic close.
        AutoClose = "AUTO_CLOSE",
    }
}

impl TimerKind {
    /// The kinds that are promised to customers; the others are the desk's housekeeping.
    pub const SLA: [Self; 3] = [Self::FirstResponse, Self::NextResponse, Self::Resolution];

    /// Whether it is promised to customers.
    pub const fn is_sla(self) -> bool {
        matches!(
            self,
            Self::FirstResponse | Self::NextResponse | Self::Resolution
        )
    }
}

text_enum! {
    /// How a ticket stands with its targets.
    SlaState {
        /// Time counts, and there is some left.
        Running = "RUNNING",
        /// Time does not count at the moment.
        Paused = "PAUSED",
        /// It was done in time.
        Met = "MET",
        /// It was not done in time.
        Breached = "BREACHED",
    }
}

text_enum! {
    /// What an escalation step does.
    EscalationAction {
        /// Mails assignee and co-assignees.
        NotifyAssignees = "NOTIFY_ASSIGNEES",
        /// Mails the admin team.
        NotifyAdminTeam = "NOTIFY_ADMIN_TEAM",
        /// Escalates the ticket, to a tier or a target if one is named.
        Escalate = "ESCALATE",
        /// Makes the ticket one priority more urgent.
        RaisePriority = "RAISE_PRIORITY",
        /// Hands the ticket to a team.
        HandToTeam = "HAND_TO_TEAM",
    }
}

text_enum! {
    /// Whom a ticket is escalated to (requirement T16).
    EscalationTarget {
        /// Who builds the product.
        Engineering = "ENGINEERING",
        /// Who decides about the product.
        Product = "PRODUCT",
        /// Who leads the company.
        Leadership = "LEADERSHIP",
    }
}

text_enum! {
    /// Whom an escalation step tells.
    Audience {
        /// Assignee and co-assignees.
        Assignees = "ASSIGNEES",
        /// The people whom the operator named.
        AdminTeam = "ADMIN_TEAM",
        /// The ticket's customer.
        Requester = "REQUESTER",
    }
}

text_enum! {
    /// What somebody is told, in the app or by mail. Each has its own preferences and templates.
    NotificationKind {
        /// To the customer: we have your ticket.
        TicketReceived = "TICKET_RECEIVED",
        /// To the admin team: a ticket was opened.
        TicketOpened = "TICKET_OPENED",
        /// To the customer: staff replied.
        StaffReplied = "STAFF_REPLIED",
        /// To those who work on the ticket: its customer replied.
        CustomerReplied = "CUSTOMER_REPLIED",
        /// To the customer: the status changed.
        StatusChanged = "STATUS_CHANGED",
        /// To the customer: somebody works on it.
        TicketAssigned = "TICKET_ASSIGNED",
        /// To staff: the ticket is yours now, alone or with others.
        AssignedToYou = "ASSIGNED_TO_YOU",
        /// To the customer: it is resolved; please say if it is not.
        TicketResolved = "TICKET_RESOLVED",
        /// To those who work on the ticket: its customer took it back to work.
        TicketReopened = "TICKET_REOPENED",
        /// To those who work on the ticket: a colleague wrote an internal note.
        NoteAdded = "NOTE_ADDED",
        /// To the customer: is it really resolved?
        FollowUp = "FOLLOW_UP",
        /// To the customer: how did we do?
        Survey = "SURVEY",
        /// To staff: a target is about to be missed.
        SlaWarning = "SLA_WARNING",
        /// To staff: a target was missed.
        SlaBreach = "SLA_BREACH",
        /// To staff: nobody touched the ticket for long.
        Unattended = "UNATTENDED",
        /// To staff: what happened since the last one of these.
        Digest = "DIGEST",
        /// To supervisors: what happened in a week.
        WeeklyReport = "WEEKLY_REPORT",
    }
}

text_enum! {
    /// When somebody gets mail of one kind.
    MailMode {
        /// At once.
        Immediate = "IMMEDIATE",
        /// Together with other news; what is urgent goes at once all the same.
        Digest = "DIGEST",
        /// Not at all.
        Off = "OFF",
    }
}

text_enum! {
    /// The way by which something is delivered.
    Channel {
        /// To a person's or the admin team's address.
        Mail = "MAIL",
        /// To an endpoint of another system.
        Webhook = "WEBHOOK",
    }
}

text_enum! {
    /// How far a delivery has come.
    DeliveryState {
        /// It will be sent, or tried again.
        Pending = "PENDING",
        /// It waits for its digest.
        Held = "HELD",
        /// It went out with a digest.
        Bundled = "BUNDLED",
        /// The other side took it.
        Sent = "SENT",
        /// It is not sent any more, since its recipient may not or does not want to have it.
        Skipped = "SKIPPED",
        /// It failed for good; staff can have it tried again.
        Dead = "DEAD",
    }
}

text_enum! {
    /// The scheduled jobs.
    JobKind {
        /// Fires the timers that are due.
        SlaEscalation = "SLA_ESCALATION",
        /// Sends what is to be told.
        OutboxDelivery = "OUTBOX_DELIVERY",
        /// Deletes uploads that nobody completed or attached.
        UploadSweep = "UPLOAD_SWEEP",
        /// Sums up what happened for statistics.
        StatsAggregation = "STATS_AGGREGATION",
    }
}

text_enum! {
    /// How a run of a job ended.
    JobOutcome {
        /// Everything that was due is done.
        Done = "DONE",
        /// Time ran out; something is left for the next run.
        OutOfTime = "OUT_OF_TIME",
        /// It failed; what was done until then stays done.
        Failed = "FAILED",
    }
}

/// How urgent a ticket is. Stored as its rank with the most urgent first, so that the queue's order
/// and its cursors are one ascending row comparison.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Priority {
    /// Before everything else.
    #[sea_orm(num_value = 0)]
    Urgent,
    /// Before the ordinary.
    #[sea_orm(num_value = 1)]
    High,
    /// The default.
    #[sea_orm(num_value = 2)]
    Medium,
    /// When there is time.
    #[sea_orm(num_value = 3)]
    Low,
}

impl Priority {
    /// Every priority, most urgent first.
    pub const ALL: &'static [Self] = &[Self::Urgent, Self::High, Self::Medium, Self::Low];

    /// The rank that is stored: 0 is the most urgent.
    pub const fn rank(self) -> i16 {
        self as i16
    }

    /// The published spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "URGENT",
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
        }
    }
}
