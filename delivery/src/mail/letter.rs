//! What a mail is to say, before it has words.

use chrono::{DateTime, Utc};
use domain::stats::WeeklyReport;
use entity::{NotificationKind, Priority, TicketStatus, TimerKind};

/// Everything that a template may use. Whoever builds one leaves out what its reader may not see: no
/// letter holds a note or the e-mail address of staff.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What it tells; it chooses the templates.
    pub kind: NotificationKind,
    /// Who reads it.
    pub reader: Reader,
    /// The ticket that it is about. A digest and a weekly report have none.
    pub ticket: Option<TicketLine>,
    /// The name of the colleague or customer who did it; none if it was the desk itself.
    pub actor: Option<String>,
    /// The text of a public reply as it was typed, never of a note.
    pub message: Option<String>,
    /// The status that the ticket came to, for [`NotificationKind::StatusChanged`].
    pub new_status: Option<TicketStatus>,
    /// The target that is about to be missed, or was.
    pub promise: Option<Promise>,
    /// For how many days the customer may reopen the ticket.
    pub reopen_days: u16,
    /// The address of the survey's page; the score is added to it.
    pub survey_url: Option<String>,
    /// Where the reader says that they want no more of these.
    pub unsubscribe_url: Option<String>,
    /// What happened, the latest last; only a digest has any.
    pub entries: Vec<Entry>,
    /// What happened in a week; only a weekly report has it.
    pub report: Option<WeeklyReport>,
    /// The name of the desk, as `DESKWIRE_PRODUCT_NAME` says.
    pub product: String,
}

/// Who reads a letter.
#[derive(Clone, Debug)]
pub struct Reader {
    /// What they are called.
    pub name: Option<String>,
    /// Whether they are staff; else they are the ticket's customer.
    pub staff: bool,
}

/// A ticket, as far as a letter tells of it.
#[derive(Clone, Debug)]
pub struct TicketLine {
    /// `SUP-00001`.
    pub number: String,
    /// As its customer wrote it.
    pub subject: String,
    /// Where it is in its life.
    pub status: TicketStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// Its page.
    pub url: String,
}

/// A target of a ticket.
#[derive(Clone, Debug)]
pub struct Promise {
    /// What was promised.
    pub target: TimerKind,
    /// When it is due, or was.
    pub due_at: DateTime<Utc>,
    /// The name of the policy that says so.
    pub policy: Option<String>,
}

/// One thing that happened, in a digest.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What happened.
    pub kind: NotificationKind,
    /// The ticket's number, `SUP-00001`.
    pub number: String,
    /// The ticket's subject.
    pub subject: String,
    /// The ticket's page.
    pub url: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it; none if it was the desk itself.
    pub actor: Option<String>,
}
