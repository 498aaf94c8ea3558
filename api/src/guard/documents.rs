//! Which documents there are: parsed ones are kept, named ones are found, and where only known ones
//! may be run, others are refused.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use moka::sync::Cache;
use schema::Document;
use sha2::{Digest, Sha256};

use super::{measure::Size, raw::RawRequest};
use crate::config::StartError;

/// Bytes of text whose parsed form is kept; it is about ten times as large.
const PARSED: u64 = 4 << 20;
/// Bytes of text that is kept under its hash for automatic persisted queries.
const PERSISTED: u64 = 16 << 20;

/// A document that passed, with its size.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) document: Arc<Document>,
    pub(super) size: Size,
}

/// Why there is no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoText {
    /// Neither a text nor a name.
    Missing,
    /// Automatic persisted queries: the client is to send the text along, once.
    SendIt,
    /// The hash is not that of the text.
    OtherHash,
    /// Not on the list of operations.
    NotListed,
}

/// The documents of a server.
pub(super) struct Documents {
    parsed: Cache<Arc<str>, Known>,
    persisted: Cache<String, Arc<str>>,
    allowed: Option<Allowed>,
}

struct Allowed {
    by_id: HashMap<String, Arc<str>>,
    texts: HashSet<Arc<str>>,
}

impl Documents {
    /// With a list of operations, no others can be run.
    ///
    /// # Errors
    /// When the list cannot be read: a JSON object of ids and texts.
    pub(super) fn open(list: Option<&Path>) -> Result<Self, StartError> {
        let weigh = |text: &Arc<str>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        Ok(Self {
            parsed: Cache::builder()
                .weigher(move |text: &Arc<str>, _: &Known| weigh(text))
                .max_capacity(PARSED)
                .build(),
            persisted: Cache::builder()
                .weigher(move |_: &String, text: &Arc<str>| weigh(text))
                .max_capacity(PERSISTED)
                .build(),
            allowed: list.map(Allowed::read).transpose()?,
        })
    }

    /// The text that a request means.
    pub(super) fn text(&self, request: &RawRequest) -> Result<Arc<str>, NoText> {
        let hash = request.persisted_hash();
        if let Some(allowed) = &self.allowed {
            let id = request.document_id.as_deref().or(hash);
            let known = match (&request.query, id) {
                (Some(text), _) => allowed.texts.get(text.as_str()),
                (None, Some(id)) => allowed.by_id.get(id),
                (None, None) => return Err(NoText::Missing),
            };
            return known.cloned().ok_or(NoText::NotListed);
        }
        match (&request.query, hash) {
            (Some(text), None) => Ok(text.as_str().into()),
            (Some(text), Some(hash)) if is_hash_of(text, hash) => Ok(text.as_str().into()),
            (Some(_), Some(_)) => Err(NoText::OtherHash),
            (None, Some(hash)) => {
                let known = self.persisted.get(&hash.to_ascii_lowercase());
                known.ok_or(NoText::SendIt)
            }
            (None, None) if request.document_id.is_some() => Err(NoText::NotListed),
            (None, None) => Err(NoText::Missing),
        }
    }

    /// The document with this text, if it passed before.
    pub(super) fn known(&self, text: &Arc<str>) -> Option<Known> {
        self.parsed.get(text)
    }

    /// Keeps a document that passed.
    pub(super) fn keep(&self, known: &Known) {
        let text = Arc::clone(known.document.text());
        self.parsed.insert(text, known.clone());
    }

    /// Keeps the text under the hash that the request gives it. Only texts of documents that passed.
    pub(super) fn persist(&self, request: &RawRequest, text: &Arc<str>) {
        if let (Some(hash), Some(_), None) =
            (request.persisted_hash(), &request.query, &self.allowed)
        {
            self.persisted
                .insert(hash.to_ascii_lowercase(), Arc::clone(text));
        }
    }
}

impl Allowed {
    fn read(path: &Path) -> Result<Self, StartError> {
        let what = format!("Cannot read the list of operations {}", path.display());
        let text = std::fs::read_to_string(path).map_err(|e| StartError::because(&what, &e))?;
        let list: HashMap<String, String> = serde_json::from_str(&text).map_err(|error| {
            let what = format!("{what}: it must be a JSON object of ids and query texts");
            StartError::because(&what, &error)
        })?;
        let by_id: HashMap<String, Arc<str>> = list
            .into_iter()
            .map(|(id, text)| (id, text.into()))
            .collect();
        let texts = by_id.values().cloned().collect();
        Ok(Self { by_id, texts })
    }
}

fn is_hash_of(text: &str, hash: &str) -> bool {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.eq_ignore_ascii_case(hash)
}
