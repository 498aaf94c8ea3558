//! What is in the folder.

use std::{fs, io, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{Address, Message, MessageParser, MimeHeaders};
use serde::Serialize;

/// The most mails in the list.
pub(super) const MAX_LISTED: usize = 200;

/// As much of a mail as is read for the list, in bytes: its headers are much shorter.
const HEAD: u64 = 1 << 16;

/// The largest mail that is shown, in bytes.
const MAX_MAIL: u64 = 32 << 20;

/// A folder of mails.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// A mail in the list.
#[derive(Serialize)]
pub(super) struct Listed {
    name: String,
    date: String,
    to: String,
    subject: String,
}

/// A whole mail.
#[derive(Serialize)]
pub(super) struct Shown {
    listed: Listed,
    headers: Vec<(String, String)>,
    text: Option<String>,
    html: Option<String>,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The newest mails, and how many there are in all.
    pub(super) async fn list(self) -> io::Result<(Vec<Listed>, usize)> {
        let listing = move || {
            let names = self.names()?;
            let total = names.len();
            let newest = names.into_iter().take(MAX_LISTED);
            let mails = newest.filter_map(|name| {
                let bytes = self.read(&name, HEAD)?;
                Some(match MessageParser::default().parse_headers(&bytes) {
                    Some(message) => Listed::of(name, &message),
                    None => Listed::unreadable(name),
                })
            });
            Ok((mails.collect(), total))
        };
        tokio::task::spawn_blocking(listing).await?
    }

    /// One mail, if it is there.
    pub(super) async fn mail(self, name: &str) -> Option<Shown> {
        let bytes = self.bytes(name).await?;
        let name = name.to_owned();
        let shown = Shown::of(name.clone(), &bytes);
        Some(shown.unwrap_or_else(|| Shown {
            listed: Listed::unreadable(name),
            headers: Vec::new(),
            text: Some(String::from_utf8_lossy(&bytes).into_owned()),
            html: None,
        }))
    }

    /// The bytes of one mail, if it is there. The name must be one of the list.
    pub(super) async fn bytes(self, name: &str) -> Option<Vec<u8>> {
        let wanted = name.to_owned();
        let reading = move || {
            let names = self.names().ok()?;
            let name = names.into_iter().find(|name| *name == wanted)?;
            self.read(&name, MAX_MAIL)
        };
        tokio::task::spawn_blocking(reading).await.ok()?
    }

    /// The names of the mails, the newest first: they begin with their time.
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let name = entry.file_name().into_string().ok();
            let name = name.filter(|name| name.ends_with(".eml") && !name.starts_with('.'));
            names.extend(name.filter(|_| is_file));
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        Ok(names)
    }

    /// The beginning of a file that may have gone meanwhile.
    fn read(&self, name: &str, most: u64) -> Option<Vec<u8>> {
        use io::Read;
        let file = fs::File::open(self.path.join(name)).ok()?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl Listed {
    fn of(name: String, message: &Message<'_>) -> Self {
        Self {
            name,
            date: message
                .date()
                .map(|date| date.to_rfc3339())
                .unwrap_or_default(),
            to: message.to().map(people).unwrap_or_default(),
            subject: message.subject().unwrap_or_default().to_owned(),
        }
    }

    fn unreadable(name: String) -> Self {
        Self {
            name,
            date: String::new(),
            to: String::new(),
            subject: "(this is not a mail)".to_owned(),
        }
    }
}

impl Shown {
    fn of(name: String, bytes: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(bytes)?;
        let headers = message.headers_raw().map(|(name, value)| {
            let value = value.replace("\r\n", "\n");
            (name.to_owned(), value.trim().to_owned())
        });
        let headers = headers.collect();
        let text = message.body_text(0).map(|text| text.replace("\r\n", "\n"));
        // Links of a mail lead out of its frame.
        let html = message.body_html(0).map(|html| {
            let html = html.replacen("<head>", "<head><base target=\"_blank\">", 1);
            with_pictures(html, &message)
        });
        Some(Self {
            headers,
            text,
            html,
            listed: Listed::of(name, &message),
        })
    }
}

/// The HTML with the mail's own pictures in it.
fn with_pictures(html: String, message: &Message<'_>) -> String {
    let pictures = message.parts.iter();
    let pictures = pictures.filter(|part| part.is_content_type("image", "png"));
    pictures.fold(html, |html, part| match part.content_id() {
        Some(id) => {
            let data = STANDARD.encode(part.contents());
            let url = format!("\"data:image/png;base64,{data}\"");
            html.replace(&format!("\"cid:{id}\""), &url)
        }
        None => html,
    })
}

/// Names and addresses, as people read them.
fn people(address: &Address<'_>) -> String {
    let people = address.iter().map(|person| {
        let mail = person.address().unwrap_or_default();
        match person.name() {
            Some(name) => format!("{name} <{mail}>"),
            None => mail.to_owned(),
        }
    });
    people.collect::<Vec<_>>().join(", ")
}
