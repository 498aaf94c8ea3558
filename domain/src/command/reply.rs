//! Writing into the thread.

use entity::{AttachmentId, EventKind, SensitiveKind, ticket};
use serde::Serialize;

use super::{Changed, Target, TicketCommand, Work, create::follow_up, status::apply};
use crate::{
    Result, Screened,
    attachment::Place,
    lifecycle::{self, Move},
    permission::Action,
    text::{Check, MAX_BODY},
};

/// Writes a public reply. A customer's takes a waiting or resolved ticket back to work, a closed
/// one too within the reopening window; later it opens a follow-up ticket (requirement T3).
#[derive(Clone, Debug, Serialize)]
pub struct ReplyToTicket {
    /// The ticket.
    pub target: Target,
    /// The text.
    pub body: Screened,
    /// Checked uploads of the author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
}

impl TicketCommand for ReplyToTicket {
    type Output = Changed;
    const NAME: &'static str = "replyToTicket";
    const ACTION: Action = Action::Reply;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, before: ticket::Model) -> Result<Changed> {
        let body = body(&self.body)?;
        // Somebody of staff who writes on a ticket of their own is its customer there.
        let by_customer = before.requester_id == work.actor.id;
        let step = if by_customer {
            Move::CustomerReply
        } else {
            Move::StaffReply
        };
        let status = lifecycle::next(before.status, step, before.assignee_id.is_some())?;
        if by_customer && !work.settings().may_still_reopen(&before, work.now) {
            let ticket = follow_up(work, &before, body, &self.body, &self.attachments).await?;
            return Ok(Changed {
                ticket,
                message: None,
            });
        }
        let message = work.insert_message(before.id, body, false).await?;
        let place = Place {
            ticket: before.id,
            meant: before.id,
            message: Some(message),
            internal: false,
        };
        let found = attach(work, place, &self.body, &self.attachments).await?;
        let mut replied = before.clone();
        replied.sensitive.add(&found);
        if !by_customer {
            replied.first_response_at = before.first_response_at.or(Some(work.now));
        }
        let mut after = replied.clone();
        if status != before.status {
            apply(work, &mut after, status);
        }
        // A reply is a change that others may have to see before they write: it makes a version.
        work.save(&before, &mut after);
        replied.version = after.version;
        work.note_with_message(
            EventKind::ReplyAdded,
            Some(&before),
            &replied,
            Some(message),
        );
        if status != before.status {
            work.note(
                lifecycle::event_of(before.status, status),
                Some(&replied),
                &after,
            );
        }
        Ok(Changed {
            ticket: before.id,
            message: Some(message),
        })
    }
}

/// Writes an internal note. The ticket's version and times stay as they are: a customer can see
/// those, and must not learn of notes.
#[derive(Clone, Debug, Serialize)]
pub struct AddInternalNote {
    /// The ticket.
    pub target: Target,
    /// The text.
    pub body: Screened,
    /// Checked uploads of the author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
}

impl TicketCommand for AddInternalNote {
    type Output = Changed;
    const NAME: &'static str = "addInternalNote";
    const ACTION: Action = Action::AddInternalNote;
    const LEAVES_THE_ROW: bool = true;

    fn target(&self) -> &Target {
        &self.target
    }

    async fn run(&self, work: &mut Work, ticket: ticket::Model) -> Result<Changed> {
        let body = body(&self.body)?;
        let message = work.insert_message(ticket.id, body, true).await?;
        let place = Place {
            ticket: ticket.id,
            meant: ticket.id,
            message: Some(message),
            internal: true,
        };
        let found = attach(work, place, &self.body, &self.attachments).await?;
        let mut noted = ticket.clone();
        noted.sensitive.add(&found);
        work.save_unseen(&noted);
        work.note_with_message(
            EventKind::InternalNoteAdded,
            Some(&ticket),
            &noted,
            Some(message),
        );
        Ok(Changed {
            ticket: ticket.id,
            message: Some(message),
        })
    }
}

/// Attaches files to a message; says what was masked in its text and in their names.
async fn attach(
    work: &mut Work,
    place: Place,
    body: &Screened,
    files: &[AttachmentId],
) -> Result<Vec<SensitiveKind>> {
    work.attach(files, place).await?;
    let mut found = body.found().to_vec();
    found.extend(work.masked_names(files).await?);
    Ok(found)
}

fn body(text: &Screened) -> Result<String> {
    let mut check = Check::default();
    let body = check.text(text.get(), &["body"], MAX_BODY);
    check.finish()?;
    Ok(body)
}
