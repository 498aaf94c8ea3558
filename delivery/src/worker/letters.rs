//! From what is on record to a mail.

use domain::telling::{Briefing, Published, Seals};
use entity::{NotificationKind, TicketId, delivery};
use uuid::Uuid;

use super::{settings::DeliverySettings, survey::SurveyLinks};
use crate::{
    Failure, Problem,
    mail::{
        Composed, Entry, Letter, Links, Mail, Promise, Reader, Sender, Templates, TicketLine,
        compose,
    },
};

/// The longest part of an address before the @ (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// Writes mails.
#[derive(Debug)]
pub(super) struct Writer {
    templates: Templates,
    sender: Sender,
    links: Links,
    seals: Seals,
    product: String,
    reopen_days: u16,
    reply_to: ReplyTo,
    customer_ticket_url: String,
    staff_ticket_url: String,
    survey: SurveyLinks,
}

/// Where answers go.
#[derive(Debug)]
enum ReplyTo {
    /// To the sender.
    Sender,
    /// To an address of each mail's own: its part before the @ and the part behind.
    Tagged(String, String),
}

impl Writer {
    pub(super) fn new(
        settings: &DeliverySettings,
        seals: Seals,
        reopen_days: u16,
    ) -> Result<Self, Problem> {
        let links = settings.links.links()?;
        let sender = settings.mail.sender()?;
        let or_below = |url: &str, path: &str| match url.trim() {
            "" => links.to(path),
            url => url.to_owned(),
        };
        Ok(Self {
            templates: settings.mail.templates()?,
            reply_to: reply_to(&settings.mail_reply_to, &sender)?,
            product: settings.mail.product_name.clone(),
            customer_ticket_url: or_below(&settings.customer_ticket_url, "/help/tickets/{id}"),
            staff_ticket_url: or_below(&settings.staff_ticket_url, "/admin/support/{id}"),
            survey: SurveyLinks::new(&settings.survey, &links),
            sender,
            links,
            seals,
            reopen_days,
        })
    }

    pub(super) fn seals(&self) -> &Seals {
        &self.seals
    }

    /// The mail `row`, as it goes over the wire. The same for each attempt, as long as what it tells
    /// of stays the same.
    pub(super) fn write(
        &self,
        row: &delivery::Model,
        briefing: &Briefing,
    ) -> Result<Composed, Failure> {
        let letter = self.letter(briefing);
        let content = self.templates.render(&letter)?;
        let host = self.sender.host();
        let ticket = row.ticket_id;
        let about = ticket.map(|id| id.0).or(row.user_id.map(|id| id.0));
        let root = ticket.map(|id| format!("ticket.{}@{host}", id.0.simple()));
        let previous = briefing.previous.map(|id| message_id(id, about, host));
        let references: Vec<_> = root.iter().chain(&previous).cloned().collect();
        compose(&Mail {
            from: self.sender.clone(),
            to_name: letter.reader.name.clone(),
            to: briefing.address.clone(),
            reply_to: self.reply_to(briefing),
            date: row.created_at,
            message_id: message_id(row.id, about, host),
            in_reply_to: references.last().cloned().into_iter().collect(),
            references,
            unsubscribe_url: letter.unsubscribe_url,
            ticket: letter.ticket.map(|ticket| ticket.number),
            content,
        })
    }

    fn letter(&self, briefing: &Briefing) -> Letter {
        let kind = briefing.kind;
        // Who has no account is of the admin team.
        let staff = briefing
            .recipient
            .as_ref()
            .is_none_or(|person| domain::is_staff(person.role));
        let story = briefing.story.as_ref();
        let entry = |entry: &domain::telling::Entry| Entry {
            kind: entry.kind,
            number: entry.story.number.clone(),
            subject: entry.story.subject.clone(),
            url: self.ticket_url(&entry.story, true),
            at: entry.story.event.at,
            actor: entry.actor.clone(),
        };
        Letter {
            kind,
            reader: Reader {
                name: briefing
                    .recipient
                    .as_ref()
                    .map(|person| person.name.clone()),
                staff,
            },
            ticket: story.map(|story| TicketLine {
                number: story.number.clone(),
                subject: story.subject.clone(),
                status: story.data.after.status,
                priority: story.data.after.priority,
                url: self.ticket_url(story, staff),
            }),
            actor: briefing.actor.clone(),
            message: story
                .and_then(|story| story.message.as_ref())
                .map(|message| message.body.clone()),
            new_status: story.map(|story| story.data.after.status),
            promise: story
                .and_then(|story| story.data.sla.as_ref())
                .map(|note| Promise {
                    target: note.kind,
                    due_at: note.due_at,
                    policy: Some(note.policy.clone()),
                }),
            reopen_days: self.reopen_days,
            survey_url: self.survey_url(briefing),
            unsubscribe_url: self.unsubscribe_url(briefing),
            entries: briefing.entries.iter().map(entry).collect(),
            report: briefing.report.clone(),
            product: self.product.clone(),
        }
    }

    fn ticket_url(&self, story: &Published, staff: bool) -> String {
        let url = if staff {
            &self.staff_ticket_url
        } else {
            &self.customer_ticket_url
        };
        fill(url, story.event.ticket_id, &story.number)
    }

    /// Where the customer says how satisfied they are, in the mail that asks them.
    fn survey_url(&self, briefing: &Briefing) -> Option<String> {
        let asked_at = briefing.asked_at?;
        let (story, person) = briefing.story.as_ref().zip(briefing.recipient.as_ref())?;
        let ticket = story.event.ticket_id;
        let filled = |url: &str| fill(url, ticket, &story.number);
        let asked = (ticket, person.id);
        Some(self.survey.link(&self.seals, asked, asked_at, filled))
    }

    /// Answers of people on file name the ticket and the person.
    fn reply_to(&self, briefing: &Briefing) -> Option<String> {
        let ReplyTo::Tagged(local, host) = &self.reply_to else {
            return None;
        };
        let (story, person) = briefing.story.as_ref().zip(briefing.recipient.as_ref())?;
        let seal = self.seals.reply_tag(story.event.ticket_id, person.id);
        let local = format!("{local}+{}-{seal}", story.number.to_lowercase());
        (local.len() <= LONGEST_LOCAL).then(|| format!("{local}@{host}"))
    }

    /// Where somebody ends mails that they can do without. Answers to their own questions are not
    /// among them: a mail program that follows such links by itself would cut them off.
    fn unsubscribe_url(&self, briefing: &Briefing) -> Option<String> {
        let optional = match briefing.kind {
            NotificationKind::TicketReceived
            | NotificationKind::StaffReplied
            | NotificationKind::TicketResolved => false,
            NotificationKind::TicketOpened
            | NotificationKind::CustomerReplied
            | NotificationKind::StatusChanged
            | NotificationKind::TicketAssigned
            | NotificationKind::AssignedToYou
            | NotificationKind::TicketReopened
            | NotificationKind::NoteAdded
            | NotificationKind::FollowUp
            | NotificationKind::Survey
            | NotificationKind::SlaWarning
            | NotificationKind::SlaBreach
            | NotificationKind::Unattended
            | NotificationKind::Digest
            | NotificationKind::WeeklyReport => true,
        };
        let person = briefing.recipient.as_ref().filter(|_| optional)?;
        let token = self.seals.unsubscribe_token(person.id, briefing.kind);
        Some(self.links.to(&format!("/mail/unsubscribe?token={token}")))
    }
}

fn message_id(delivery: i64, about: Option<Uuid>, host: &str) -> String {
    let about = about.unwrap_or_default().simple();
    format!("delivery-{delivery}.{about}@{host}")
}

fn fill(url: &str, ticket: TicketId, number: &str) -> String {
    url.replace("{id}", &ticket.global())
        .replace("{number}", number)
}

fn reply_to(setting: &str, sender: &Sender) -> Result<ReplyTo, Problem> {
    let address = match setting.trim() {
        "off" => return Ok(ReplyTo::Sender),
        "" => sender.address().to_string(),
        address => address.to_owned(),
    };
    match address.parse::<lettre::Address>() {
        Ok(address) => Ok(ReplyTo::Tagged(
            address.user().to_owned(),
            address.domain().to_owned(),
        )),
        Err(_) => Err(Problem(format!(
            "DESKWIRE_MAIL_REPLY_TO: `{address}` is not an e-mail address. Write one like \
             support@example.com, or off."
        ))),
    }
}
