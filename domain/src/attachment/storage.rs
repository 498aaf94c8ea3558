//! The port to where the bytes are. A file lies in quarantine under its key until it was checked; then
//! it is kept under the same key elsewhere, for ever the same.

use std::fmt;

use entity::Timestamp;
use futures_util::future::BoxFuture;
use uuid::Uuid;

/// Where the bytes of attachments are: a folder of this server, or S3. Its calls may take long; none
/// is made within a transaction.
pub trait Storage: fmt::Debug + Send + Sync + 'static {
    /// Signs a request that uploads these very bytes into quarantine, once, if it begins before
    /// `until`. Any other size, media type or checksum, or a second upload, is refused by whoever
    /// answers the request.
    fn sign_upload<'a>(
        &'a self,
        file: &'a Announced,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, StorageResult<SignedRequest>>;

    /// Checks what lies in quarantine and, if it is what was announced and harmless, keeps it. What
    /// is kept are the bytes that were checked. Done again it says the same; a crash in between
    /// leaves nothing kept that was not checked.
    fn take_in<'a>(&'a self, file: &'a Announced) -> BoxFuture<'a, StorageResult<Verdict>>;

    /// A link to a kept file that leads there until `until`, for whoever holds it.
    fn sign_download<'a>(
        &'a self,
        file: &'a Shown,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, StorageResult<String>>;

    /// Deletes a file, in quarantine and kept. One that is not there is deleted.
    fn delete<'a>(&'a self, key: &'a FileKey) -> BoxFuture<'a, StorageResult<()>>;

    /// Deletes what has lain in quarantine since before `before`, and says how many files that were.
    fn clear_quarantine(&self, before: Timestamp) -> BoxFuture<'_, StorageResult<u64>>;
}

/// The result of what a [`Storage`] does.
pub type StorageResult<T> = Result<T, StorageError>;

/// The storage cannot be reached, is full, or refuses its owner: nothing about the file. The text is
/// for the log.
#[derive(Debug, thiserror::Error)]
#[error("the storage of attachments does not work: {0}")]
pub struct StorageError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The random name under which a file is stored: 32 hexadecimal digits, made here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileKey(String);

impl FileKey {
    /// A new one.
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Reads a key; anything that is not exactly one is none.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 32 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What somebody said that they will upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Where it is stored.
    pub key: FileKey,
    /// The media type, in lower case, without parameters.
    pub content_type: String,
    /// The exact size.
    pub size_bytes: u64,
    /// The SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

/// A request for the client to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// The method, such as PUT.
    pub method: String,
    /// Where to.
    pub url: String,
    /// The headers that it must have, word for word.
    pub headers: Vec<(String, String)>,
}

/// How a file is shown to who fetches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Where it is stored.
    pub key: FileKey,
    /// The media type.
    pub content_type: String,
    /// The name to save it under: any text.
    pub file_name: String,
    /// Whether a browser may show it in a page; else it saves it.
    pub inline: bool,
}

/// What came of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is what was announced, and is kept.
    Kept,
    /// Nothing was uploaded.
    Missing,
    /// It must not be kept.
    Refused(Refusal),
}

/// Why a file is not kept, in words for who uploaded it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Other bytes.
    #[error(
        "The bytes that arrived are not those that were announced: size or SHA-256 differ. Work out \
         both from the file that you send, announce it anew, and upload that."
    )]
    Different,
    /// The bytes are not of the announced media type.
    #[error(
        "The file is not {announced}{}. Announce the type that it really has, if that is allowed.",
        .found.as_ref().map(|found| format!(", it looks like {found}")).unwrap_or_default()
    )]
    WrongType {
        /// The type that was announced.
        announced: String,
        /// The type that it seems to have, if it can be told.
        found: Option<String>,
    },
    /// A scanner says that it is harmful.
    #[error(
        "The virus scanner found something harmful in this file ({0}). Do not send it; have your \
         device checked."
    )]
    Harmful(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_key_is_a_key() {
        let key = FileKey::random();
        assert_eq!(FileKey::parse(key.as_str()), Some(key));
        let long = "a".repeat(33);
        for text in ["", "../../../../../../../../etc/passw", "ABCDEF", &long] {
            assert_eq!(FileKey::parse(text), None, "{text}");
        }
        assert_eq!(FileKey::parse(&"A".repeat(32)), None);
        assert!(FileKey::parse(&"a".repeat(32)).is_some());
    }
}
