//! What reaches the engine is bounded: every operation, over HTTP or WebSocket, passes here first.
//!
//! The engine's own checks walk a document with its fragments expanded, again and again: nested
//! spreads make that exponential, and a kilobyte is enough to keep a processor busy for minutes. So
//! the expanded size is counted here with one visit per fragment, and what is too large never gets
//! there. What passes is handed over parsed.

mod cost;
mod documents;
mod measure;
mod raw;
mod tokens;
mod types;
mod variables;

use std::{path::Path, sync::Arc};

use async_graphql::{
    Response, Variables,
    parser::{parse_query, types::OperationType},
};
use schema::{Code, Document, Limits, Operation, Rules, failed};

pub(crate) use raw::RawRequest;

use crate::config::StartError;
use documents::{Documents, Known, NoText};
use measure::{Refused, Size, measure};
use tokens::TooLong;
use types::Types;

/// The most arguments of one field. The engine compares those of two fields of one name each with
/// each; the schema has no field with a tenth of these.
const MAX_ARGUMENTS: u32 = 50;

/// Lets operations pass, or says why not.
pub(crate) struct Guard {
    limits: Limits,
    types: Types,
    documents: Documents,
}

/// An operation that passed.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    pub(crate) operation: Operation,
    pub(crate) cost: u64,
}

impl Admitted {
    /// Query, mutation or subscription.
    pub(crate) fn kind(&self) -> OperationType {
        self.operation.kind()
    }
}

type Refusal = Box<Response>;

fn refuse(message: impl Into<String>, code: Code) -> Refusal {
    Box::new(failed(message, code))
}

impl Guard {
    /// A guard with these rules; with a list of operations it lets no others pass.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub(crate) fn open(rules: Rules, list: Option<&Path>) -> Result<Self, StartError> {
        Ok(Self {
            limits: rules.limits,
            types: Types::read(&schema::sdl(), rules.introspection),
            documents: Documents::open(list)?,
        })
    }

    /// The limits.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Lets a request pass, parsed.
    ///
    /// # Errors
    /// The response that says why not.
    pub(crate) fn admit(&self, request: RawRequest) -> Result<Admitted, Refusal> {
        let text = self.documents.text(&request).map_err(no_text)?;
        let known = match self.documents.known(&text) {
            Some(known) => known,
            None => {
                let known = self.read(&text)?;
                self.documents.keep(&known);
                known
            }
        };
        self.documents.persist(&request, &text);
        self.within_size(known.size)?;
        let mut operation = Operation {
            document: known.document,
            name: request.operation_name,
            variables: Variables::default(),
        };
        let Some(definition) = operation.definition() else {
            let message = "The document has several operations, or none of that name. Say which in \
                           operationName.";
            return Err(refuse(message, Code::BadInput));
        };
        let variables = variables::declared(definition, request.variables.unwrap_or_default());
        if variables::count(&variables) > self.limits.tokens.into() {
            let message = format!(
                "The variables hold more than {} values. Send fewer, or several operations.",
                self.limits.tokens
            );
            return Err(refuse(message, Code::TooComplex));
        }
        variables::check(&self.types, definition, &variables)
            .map_err(|message| refuse(message, Code::BadInput))?;
        operation.variables = variables;
        let cost = cost::cost(&self.types, &operation);
        if cost > self.limits.cost.into() {
            let message = format!(
                "The answer could hold {cost} fields; at most {} are possible. Ask for smaller \
                 pages or fewer fields.",
                self.limits.cost
            );
            return Err(refuse(message, Code::TooComplex));
        }
        Ok(Admitted { operation, cost })
    }

    fn read(&self, text: &Arc<str>) -> Result<Known, Refusal> {
        let limit = self.limits.document_bytes;
        if text.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            let message = format!(
                "The document has more than {limit} bytes. Put what is long into variables."
            );
            return Err(refuse(message, Code::TooComplex));
        }
        tokens::check(text, self.limits.tokens).map_err(|too_long| {
            let what = match too_long {
                TooLong::Tokens => format!("has more than {} tokens", self.limits.tokens),
                TooLong::Nesting => "is nested too deeply".to_owned(),
                TooLong::Word => "has a name that is too long".to_owned(),
            };
            let message = format!("The document {what}. Ask for less, or in several operations.");
            refuse(message, Code::TooComplex)
        })?;
        let parsed = parse_query(text.as_ref()).map_err(|error| not_well_formed(&error))?;
        let size = measure(&parsed).map_err(|Refused::Cycle(name)| {
            let message = format!("The fragment {name} contains itself. Take it apart.");
            refuse(message, Code::BadInput)
        })?;
        self.within_size(size)?;
        Ok(Known {
            document: Arc::new(Document::new(Arc::clone(text), parsed)),
            size,
        })
    }

    fn within_size(&self, size: Size) -> Result<(), Refusal> {
        let limits = [
            ("fields in its operations", size.fields, self.limits.fields),
            ("levels", size.depth, self.limits.depth),
            ("fields at the top", size.roots, self.limits.root_fields),
            ("aliases", size.aliases, self.limits.aliases),
            ("directives", size.directives, self.limits.directives),
            ("arguments of a field", size.arguments, MAX_ARGUMENTS),
        ];
        for (what, count, limit) in limits {
            if count > limit.into() {
                let message = format!(
                    "The document has more than {limit} {what}, fragments expanded. Ask for less, \
                     or in several operations."
                );
                return Err(refuse(message, Code::TooComplex));
            }
        }
        if size.subscribed > 1 {
            // GraphQL specification, section 5.2.3.1.
            let message = "A subscription has one field at the top. Send several subscriptions.";
            return Err(refuse(message, Code::BadInput));
        }
        Ok(())
    }
}

fn no_text(why: NoText) -> Refusal {
    let message = match why {
        NoText::Missing => "There is no query. Send {\"query\": \"...\"}.",
        // The word that clients of automatic persisted queries look for.
        NoText::SendIt => "PersistedQueryNotFound",
        NoText::OtherHash => {
            "The hash in extensions.persistedQuery is not that of the query. Send its SHA-256 as \
             hexadecimal digits."
        }
        NoText::NotListed => {
            "This operation is not on the server's list of operations, and it runs no others. Add \
             it to the list (DESKWIRE_OPERATIONS)."
        }
    };
    refuse(message, Code::BadInput)
}

fn not_well_formed(error: &async_graphql::parser::Error) -> Refusal {
    let place = error.positions().next();
    let at = place.map(|at| format!(" (line {}, column {})", at.line, at.column));
    let reason = error.to_string();
    // The parser draws the line at fault; the last line of the picture is the reason.
    let mut lines = reason.lines().rev().map(str::trim);
    let reason = lines.find(|line| !line.is_empty());
    let reason = reason
        .unwrap_or("it cannot be read")
        .trim_start_matches("= ");
    let message = format!(
        "The query is not well-formed{}: {reason}.",
        at.unwrap_or_default()
    );
    refuse(message, Code::BadInput)
}

#[cfg(test)]
mod tests;
