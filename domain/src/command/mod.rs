//! What people do to tickets. One command is one transaction, with its events.

mod absence;
mod assign;
mod calendar;
mod create;
mod create_customer;
mod idempotency;
mod rate;
mod reply;
mod rows;
mod sla_policy;
mod sla_policy_draft;
mod status;
mod subjects;
mod team;
mod update;
mod work;

use std::future::Future;

use entity::{MessageId, TicketId, ticket};
use idempotency::Claim;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use absence::SetAbsence;
pub use assign::{AssignTicket, SetCoAssignees};
pub use calendar::{CalendarDraft, DeleteCalendar, SaveCalendar, clock_time};
pub use create::{CreateTicket, Link};
pub use create_customer::CreateCustomer;
pub use rate::RateTicket;
pub use reply::{AddInternalNote, ReplyToTicket};
pub use sla_policy::{ApplyPreset, DeletePolicy, OrderPolicies, PolicyRules, SavePolicy};
pub(crate) use sla_policy_draft::draft;
pub use status::{CloseTicket, ReopenTicket, ResolveTicket, SetTicketStatus};
pub use team::SaveTeam;
pub use update::UpdateTicket;
pub(crate) use work::Work;

use crate::{
    Actor, Desk, Error, Result, UserErrorCode,
    db::lock_ticket,
    permission::{Action, permit},
    query::visible_to,
};

/// Something that somebody does. It is written down in full or not at all.
///
/// Serialised, it is what an idempotency key is bound to. A field that is added later is optional
/// and skipped where it is absent, so that a request repeated across an update is still the same.
pub trait Command: Serialize + Send + Sync + 'static {
    /// What it answers: ids, so that a repeated request can be answered again.
    type Output: Serialize + DeserializeOwned + Send + Sync;

    /// The command's name, part of what an idempotency key is bound to.
    const NAME: &'static str;

    /// What the actor's role must permit at least somewhere.
    const ACTION: Action;

    /// Whether it changes policies or calendars, and with them the deadlines of all tickets. Then
    /// nothing else happens on any ticket meanwhile.
    const CHANGES_RULES: bool = false;

    /// The key under which a repetition is recognised.
    fn idempotency_key(&self) -> Option<&str>;

    /// Checks and changes, all within the transaction of `work`.
    fn run(&self, work: &mut Work) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// A [`Command`] on one ticket, which it finds locked, visible to the actor, and of the expected
/// version.
pub trait TicketCommand: Serialize + Send + Sync + 'static {
    /// As in [`Command`].
    type Output: Serialize + DeserializeOwned + Send + Sync;
    /// As in [`Command`].
    const NAME: &'static str;
    /// As in [`Command`].
    const ACTION: Action;
    /// Whether it leaves the ticket's row as it is, whatever is due on it.
    const LEAVES_THE_ROW: bool = false;

    /// What every command on a ticket carries.
    fn target(&self) -> &Target;

    /// Checks and changes, all within the transaction of `work`.
    fn run(
        &self,
        work: &mut Work,
        ticket: ticket::Model,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Which ticket a command is for, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The ticket.
    pub ticket: TicketId,
    /// The version that the client saw; another one now is a conflict.
    pub expected_version: Option<i32>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// The ticket that a command changed and the message that it wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The ticket.
    pub ticket: TicketId,
    /// The message, for the commands that write one.
    #[serde(default)]
    pub message: Option<MessageId>,
}

impl Desk {
    /// Runs a command. It goes on to its end even if the caller is dropped.
    ///
    /// # Errors
    /// `Forbidden` if the role may never do this, `User` for what a person can mend; nothing was
    /// written then.
    pub async fn execute<C: Command>(&self, actor: Actor, command: C) -> Result<C::Output> {
        permit(actor, C::ACTION)?;
        let desk = self.clone();
        let running = tokio::spawn(async move {
            let mut work = Work::begin(desk, actor).await?;
            let result = answer_once(&mut work, &command).await;
            work.end(result).await
        });
        running.await.map_err(Error::internal)?
    }

    /// Runs a command on a ticket. It goes on to its end even if the caller is dropped.
    ///
    /// # Errors
    /// As [`Self::execute`]; NOT_FOUND for a ticket that the actor cannot see, CONFLICT for one
    /// that is not of the expected version.
    pub async fn execute_on_ticket<C: TicketCommand>(
        &self,
        actor: Actor,
        command: C,
    ) -> Result<C::Output> {
        permit(actor, C::ACTION)?;
        let desk = self.clone();
        let running = tokio::spawn(async move {
            let mut work = Work::begin(desk, actor).await?;
            let result = answer_once_on_ticket(&mut work, &command).await;
            work.end(result).await
        });
        running.await.map_err(Error::internal)?
    }
}

async fn answer_once<C: Command>(work: &mut Work, command: &C) -> Result<C::Output> {
    if C::CHANGES_RULES {
        // Before anything that writes, as with the lock of a ticket.
        work.lock_rules().await?;
    }
    match work
        .claim(C::NAME, command.idempotency_key(), command)
        .await?
    {
        Claim::Answered(answer) => Ok(answer),
        Claim::New(key) => {
            let output = command.run(work).await?;
            work.answer(key, &output).await?;
            Ok(output)
        }
    }
}

async fn answer_once_on_ticket<C: TicketCommand>(
    work: &mut Work,
    command: &C,
) -> Result<C::Output> {
    let target = command.target();
    // The lock comes before anything that writes: writers of one ticket get their transaction ids
    // in the order in which they hold it, so the log keeps that order.
    let ticket = lock_ticket(work.tx(), visible_to(work.actor), target.ticket)
        .await?
        .ok_or_else(|| Error::not_found("ticket", &["ticketId"]))?;
    work.follow(&ticket);
    match work
        .claim(C::NAME, target.idempotency_key.as_deref(), command)
        .await?
    {
        Claim::Answered(answer) => Ok(answer),
        Claim::New(key) => {
            check_version(&ticket, target.expected_version)?;
            let ticket = work.open(ticket, !C::LEAVES_THE_ROW).await?;
            let output = command.run(work, ticket).await?;
            work.answer(key, &output).await?;
            Ok(output)
        }
    }
}

fn check_version(ticket: &ticket::Model, expected: Option<i32>) -> Result<()> {
    match expected {
        Some(expected) if expected != ticket.version => Err(Error::user(
            UserErrorCode::Conflict,
            &["expectedVersion"],
            format!(
                "The ticket has changed: it is at version {}, you saw version {expected}. Load it \
                 again and repeat your change if it still applies.",
                ticket.version
            ),
        )),
        _ => Ok(()),
    }
}
