//! One operation of a document, with its variables: what a request asks for, parsed.

use std::sync::Arc;

use async_graphql::{
    Positioned, Request, Variables,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
    },
};

/// A parsed document. Shared by all requests with the same text.
#[derive(Debug)]
pub struct Document {
    text: Arc<str>,
    parsed: ExecutableDocument,
}

impl Document {
    /// Keeps what `text` was parsed to.
    pub fn new(text: Arc<str>, parsed: ExecutableDocument) -> Self {
        Self { text, parsed }
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The operations and fragments.
    pub fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }
}

/// An operation that is ready to be run, any number of times.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The document.
    pub document: Arc<Document>,
    /// Which operation of the document; may be left out if it has one only.
    pub name: Option<String>,
    /// Values of its variables.
    pub variables: Variables,
}

impl Operation {
    /// The operation itself; `None` if the name does not say which, or says one that is not there.
    pub fn definition(&self) -> Option<&OperationDefinition> {
        let found: Option<&Positioned<OperationDefinition>> =
            match (&self.document.parsed.operations, self.name.as_deref()) {
                (DocumentOperations::Single(only), None) => Some(only),
                (DocumentOperations::Single(_), Some(_)) => None,
                (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
                (DocumentOperations::Multiple(all), None) => {
                    all.values().next().filter(|_| all.len() == 1)
                }
            };
        found.map(|found| &found.node)
    }

    /// Query, mutation or subscription; a query as long as nobody can say which operation is meant.
    pub fn kind(&self) -> OperationType {
        self.definition()
            .map_or(OperationType::Query, |definition| definition.ty)
    }

    /// What the engine runs.
    pub(crate) fn request(&self) -> Request {
        let mut request = Request::new(String::new()).variables(self.variables.clone());
        if let Some(name) = &self.name {
            request = request.operation_name(name);
        }
        request.set_parsed_query(self.document.parsed.clone());
        request
    }

    /// What is at the top as it is written, fragments not expanded.
    pub(crate) fn root(&self) -> impl Iterator<Item = &Selection> {
        let set = self
            .definition()
            .map(|definition| &definition.selection_set.node.items);
        set.into_iter().flatten().map(|item| &item.node)
    }
}
