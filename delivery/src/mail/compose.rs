//! The bytes of a mail.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    address::AddressError,
    message::{Attachment, MultiPart, SinglePart, header::ContentType},
};
use sha2::{Digest, Sha256};

use super::{
    fail::refused,
    header::{bare_id, header, is_plain_url, mailbox, message_ids, text},
    line::{MAX_SUBJECT, one_line},
    sender::Sender,
    templates::Rendered,
};
use crate::Failure;

/// How many message ids of a conversation are named; the first and the latest are kept.
const MAX_REFERENCES: usize = 20;

/// A mail that is to be sent to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who sends it.
    pub from: Sender,
    /// The name of whom it is for.
    pub to_name: Option<String>,
    /// The address of whom it is for.
    pub to: String,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<String>,
    /// When it was written. The same for each attempt.
    pub date: DateTime<Utc>,
    /// Its id, `something@host`. The same for each attempt, so that who gets it twice can tell.
    pub message_id: String,
    /// The message ids of what it answers.
    pub in_reply_to: Vec<String>,
    /// The message ids of the conversation so far, the oldest first.
    pub references: Vec<String>,
    /// Where its reader says by one click that they want no more of these.
    pub unsubscribe_url: Option<String>,
    /// The number of the ticket that it is about, for programs that sort mail.
    pub ticket: Option<String>,
    /// What it says.
    pub content: Rendered,
}

/// A picture that the HTML of a mail shows: `<img src="cid:...">`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What a file with it would be called, without the ending.
    pub name: String,
    /// Its content id, `something@host`, in characters that need no quotes.
    pub cid: String,
    /// The picture as a PNG.
    pub png: Vec<u8>,
}

/// A mail in the form in which it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) date: DateTime<Utc>,
    pub(super) message_id: String,
    pub(super) bytes: Vec<u8>,
}

impl Composed {
    /// Its bytes: headers and body.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its message id, without angle brackets.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }
}

/// The bytes of `mail`. The same mail always gives the same bytes.
///
/// # Errors
/// `Refused` when the recipient's address is none, or when something else of it cannot be sent.
pub fn compose(mail: &Mail) -> Result<Composed, Failure> {
    let to = address(&mail.to).map_err(|why| {
        refused(format!(
            "`{}` is not an e-mail address: {why}",
            shown(&mail.to)
        ))
    })?;
    let reply_to = mail.reply_to.as_deref().map(address).transpose();
    let reply_to =
        reply_to.map_err(|why| refused(format!("The address for answers is none: {why}")))?;
    let message_id = bare_id(&mail.message_id).ok_or_else(|| {
        refused(format!(
            "`{}` is not a message id.",
            shown(&mail.message_id)
        ))
    })?;
    let from = mail.from.address();

    let content = &mail.content;
    let body = MultiPart::alternative()
        .boundary(boundary("forms", message_id, content))
        .singlepart(SinglePart::plain(wire_lines(&content.text)));
    let html = SinglePart::html(wire_lines(&content.html));
    let body = if content.images.is_empty() {
        body.singlepart(html)
    } else {
        let related = MultiPart::related()
            .boundary(boundary("pictures", message_id, content))
            .singlepart(html);
        let png = ContentType::parse("image/png")
            .map_err(|error| refused(format!("A picture cannot be sent: {error}")))?;
        let with_image = |parts: MultiPart, image: &Image| {
            let name = format!("{}.png", image.name);
            let inline = Attachment::new_inline_with_name(image.cid.clone(), name);
            parts.singlepart(inline.body(image.png.clone(), png.clone()))
        };
        body.multipart(content.images.iter().fold(related, with_image))
    };
    // The builder asks for these; all that people wrote is put in their place below.
    let built = Message::builder()
        .from(from.clone().into())
        .to(to.clone().into())
        .date(SystemTime::UNIX_EPOCH)
        .multipart(body);
    let mut message =
        built.map_err(|error| refused(format!("This mail cannot be built: {error}")))?;

    let date = mail.date.format("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let subject = one_line(&mail.content.subject, MAX_SUBJECT);
    let mut headers = vec![
        header("From", mailbox(mail.from.name(), from)),
        header("To", mailbox(mail.to_name.as_deref(), &to)),
        header("Date", date),
        header("Subject", text(&subject)),
        header("Message-ID", format!("<{message_id}>")),
    ];
    if let Some(reply_to) = reply_to {
        headers.push(header("Reply-To", reply_to.to_string()));
    }
    let answered = message_ids(mail.in_reply_to.iter().map(String::as_str));
    if !answered.is_empty() {
        headers.push(header("In-Reply-To", answered));
    }
    let conversation = message_ids(kept(&mail.references));
    if !conversation.is_empty() {
        headers.push(header("References", conversation));
    }
    headers.push(header("Auto-Submitted", "auto-generated".to_owned()));
    headers.push(header("X-Auto-Response-Suppress", "All".to_owned()));
    if let Some(url) = mail.unsubscribe_url.as_deref() {
        if !is_plain_url(url) {
            return Err(refused(format!(
                "`{}` cannot stand in a header.",
                shown(url)
            )));
        }
        headers.push(header("List-Unsubscribe", format!("<{url}>")));
        let one_click = "List-Unsubscribe=One-Click".to_owned();
        headers.push(header("List-Unsubscribe-Post", one_click));
    }
    if let Some(ticket) = mail.ticket.as_deref() {
        let ticket = one_line(ticket, MAX_SUBJECT);
        headers.push(header("X-Deskwire-Ticket", text(&ticket)));
    }
    for value in headers {
        message.headers_mut().insert_raw(value);
    }
    Ok(Composed {
        from: from.clone(),
        to,
        date: mail.date,
        message_id: message_id.to_owned(),
        bytes: message.formatted(),
    })
}

/// An address, with the host in the spelling of the domain name system: servers that know nothing of
/// other scripts take that too.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let why = |error| {
        let why = if error == AddressError::InvalidDomain {
            "its host is not possible"
        } else if error == AddressError::InvalidUser {
            "what is before the @ is not possible"
        } else {
            "write it like name@example.com"
        };
        why.to_owned()
    };
    let text = text.trim();
    if text.len() > 254 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("write it like name@example.com".to_owned());
    }
    let address: Address = text.parse().map_err(why)?;
    if address.domain().is_ascii() {
        return Ok(address);
    }
    let host = reqwest::Url::parse(&format!("http://{}/", address.domain())).ok();
    let host = host.as_ref().and_then(|url| url.host_str());
    let host = host.ok_or_else(|| "its host is not possible".to_owned())?;
    Address::new(address.user(), host).map_err(why)
}

/// The first and the latest of a conversation's message ids.
fn kept(references: &[String]) -> impl Iterator<Item = &str> {
    let latest = references.len().saturating_sub(MAX_REFERENCES - 1).max(1);
    let first = references.iter().take(1);
    first
        .chain(references.iter().skip(latest))
        .map(String::as_str)
}

/// What separates the parts of a mail: its two forms, or the HTML and its pictures. It cannot occur in
/// them, since it is made from them.
fn boundary(what: &str, message_id: &str, content: &Rendered) -> String {
    let mut hash = Sha256::new();
    let texts = [what, message_id, &content.text, &content.html].map(str::as_bytes);
    let images = content.images.iter().map(|image| image.png.as_slice());
    for part in texts.into_iter().chain(images) {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    let hash = hash.iter().take(20).map(|byte| format!("{byte:02x}"));
    format!("deskwire-{}", hash.collect::<String>())
}

/// Line breaks as mail has them.
fn wire_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

/// What was not possible, fit for a line of text.
fn shown(text: &str) -> String {
    one_line(text, 100)
}

#[cfg(test)]
pub(super) mod tests;
