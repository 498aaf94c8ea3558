//! A request as clients write it, over HTTP and WebSocket alike.

use std::fmt;

use async_graphql::Variables;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The members of a GraphQL request (GraphQL over HTTP, "Request Parameters"). Others are ignored,
/// as the specification asks; those of the wrong type are refused.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawRequest {
    pub(super) query: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Option<Variables>,
    pub(super) extensions: Option<Map<String, Value>>,
    /// The name of a document that the server knows (persisted documents).
    pub(super) document_id: Option<String>,
}

/// Why bytes are not a request, in words for a programmer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotARequest(String);

impl fmt::Display for NotARequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl NotARequest {
    fn because(error: &serde_json::Error) -> Self {
        let error = shortened(&error.to_string());
        Self(format!("This is not a GraphQL request: {error}. {EXAMPLE}"))
    }
}

/// What is quoted from a request, without most of it if it is long.
pub(super) fn shortened(quoted: &str) -> String {
    let mut shown: String = quoted.chars().take(SHOWN).collect();
    if shown.len() < quoted.len() {
        shown.push('…');
    }
    shown
}

/// Characters that are shown of what a client sent.
const SHOWN: usize = 200;
const EXAMPLE: &str = "Send {\"query\": \"...\", \"variables\": {}}.";

impl RawRequest {
    /// Reads JSON.
    ///
    /// # Errors
    /// When it is not a JSON object with members of the right types.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, NotARequest> {
        let json = json.trim_ascii_start();
        // A list would be read as the members of a request, one by one.
        if json.starts_with(b"[") {
            return Err(NotARequest(
                "Send one operation at a time: the body must be a JSON object, not a list."
                    .to_owned(),
            ));
        }
        if !json.starts_with(b"{") {
            return Err(NotARequest(format!(
                "This is not a GraphQL request: it is no JSON object. {EXAMPLE}"
            )));
        }
        serde_json::from_slice::<Self>(json)
            .map_err(|error| NotARequest::because(&error))?
            .that_asks()
    }

    /// Reads the parameters of a URL: `variables` and `extensions` are JSON.
    ///
    /// # Errors
    /// When a parameter comes twice or is not JSON of the right type.
    pub(crate) fn from_parameters(
        parameters: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, NotARequest> {
        let mut members = Map::new();
        for (name, text) in parameters {
            let value = match name.as_str() {
                "query" | "operationName" | "documentId" => Value::String(text),
                "variables" | "extensions" => serde_json::from_str(&text).map_err(|error| {
                    let error = shortened(&error.to_string());
                    NotARequest(format!(
                        "The parameter {name} is not JSON: {error}. {EXAMPLE}"
                    ))
                })?,
                _ => continue,
            };
            if members.insert(name.clone(), value).is_some() {
                return Err(NotARequest(format!("The parameter {name} is there twice.")));
            }
        }
        serde_json::from_value::<Self>(Value::Object(members))
            .map_err(|error| NotARequest::because(&error))?
            .that_asks()
    }

    fn that_asks(self) -> Result<Self, NotARequest> {
        let asks =
            self.query.is_some() || self.document_id.is_some() || self.persisted_hash().is_some();
        if asks {
            Ok(self)
        } else {
            Err(NotARequest(format!("There is no query. {EXAMPLE}")))
        }
    }

    /// The hash of an automatic persisted query, if the request names one.
    pub(super) fn persisted_hash(&self) -> Option<&str> {
        let persisted = self.extensions.as_ref()?.get("persistedQuery")?;
        persisted.get("sha256Hash")?.as_str()
    }
}

#[cfg(test)]
impl RawRequest {
    pub(super) fn of(query: &str) -> Self {
        Self {
            query: Some(query.to_owned()),
            ..Self::default()
        }
    }
}
