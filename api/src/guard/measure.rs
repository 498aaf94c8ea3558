//! How large a document is with its fragments expanded, worked out with one visit per fragment.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, ExecutableDocument, FragmentDefinition, OperationType, Selection, SelectionSet,
    },
};

/// The size of the largest part of a document, fragments expanded. Counts stop at the largest number
/// instead of overflowing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) fields: u64,
    pub(super) depth: u64,
    pub(super) roots: u64,
    pub(super) aliases: u64,
    pub(super) directives: u64,
    /// The most arguments of a field or directive.
    pub(super) arguments: u64,
    /// The most fields at the top of a subscription.
    pub(super) subscribed: u64,
}

/// Why a document has no size.
#[derive(Debug)]
pub(super) enum Refused {
    /// A fragment contains itself.
    Cycle(Name),
}

impl Size {
    /// Side by side.
    fn and(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            depth: self.depth.max(other.depth),
            roots: self.roots.saturating_add(other.roots),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            arguments: self.arguments.max(other.arguments),
            subscribed: 0,
        }
    }

    fn max(self, other: Self) -> Self {
        Self {
            fields: self.fields.max(other.fields),
            depth: self.depth.max(other.depth),
            roots: self.roots.max(other.roots),
            aliases: self.aliases.max(other.aliases),
            directives: self.directives.max(other.directives),
            arguments: self.arguments.max(other.arguments),
            subscribed: self.subscribed.max(other.subscribed),
        }
    }
}

struct Measurer<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// `None` while a fragment is being measured.
    known: HashMap<&'a Name, Option<Size>>,
}

/// The size of the largest operation or fragment, used or not: the engine looks at all of them. The
/// fields are those of all operations together: the engine expands each, whichever is to be run.
///
/// # Errors
/// When a fragment contains itself.
pub(super) fn measure(document: &ExecutableDocument) -> Result<Size, Refused> {
    let mut measurer = Measurer {
        fragments: &document.fragments,
        known: HashMap::new(),
    };
    let mut largest = Size::default();
    let mut spread = 0_u64;
    for name in document.fragments.keys() {
        let size = measurer.fragment(name)?;
        spread = spread.saturating_add(size.fields);
        // Its fields are at the top only where an operation spreads it there.
        largest = largest.max(Size { roots: 0, ..size });
    }
    // One of the engine's rules expands each fragment by itself. Real documents have many fragments
    // that spread others, but not that many times over.
    let mut fields = spread / 10;
    for (_, operation) in document.operations.iter() {
        let own = count(operation.node.directives.len());
        let size = measurer.selection(&operation.node.selection_set.node)?;
        fields = fields.saturating_add(size.fields);
        let subscription = operation.node.ty == OperationType::Subscription;
        largest = largest.max(Size {
            directives: size.directives.saturating_add(own),
            subscribed: if subscription { size.roots } else { 0 },
            ..size
        });
    }
    largest.fields = largest.fields.max(fields);
    Ok(largest)
}

/// The most arguments of `directives`.
fn arguments(directives: &[Positioned<Directive>]) -> u64 {
    let arguments = directives.iter();
    let most = arguments
        .map(|directive| directive.node.arguments.len())
        .max();
    count(most.unwrap_or_default())
}

impl<'a> Measurer<'a> {
    fn fragment(&mut self, name: &'a Name) -> Result<Size, Refused> {
        match self.known.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(Refused::Cycle(name.clone())),
            None => {}
        }
        // A spread of nothing is the engine's to report. It counts, since the engine goes there too.
        let Some(fragment) = self.fragments.get(name) else {
            return Ok(Size {
                fields: 1,
                ..Size::default()
            });
        };
        self.known.insert(name, None);
        let mut size = self.selection(&fragment.node.selection_set.node)?;
        size.directives = size
            .directives
            .saturating_add(count(fragment.node.directives.len()));
        self.known.insert(name, Some(size));
        Ok(size)
    }

    fn selection(&mut self, set: &'a SelectionSet) -> Result<Size, Refused> {
        let mut total = Size::default();
        for item in &set.items {
            let (directives, size) = match &item.node {
                Selection::Field(field) => {
                    let inner = self.selection(&field.node.selection_set.node)?;
                    let size = Size {
                        fields: inner.fields.saturating_add(1),
                        depth: inner.depth.saturating_add(1),
                        roots: 1,
                        aliases: inner
                            .aliases
                            .saturating_add(u64::from(field.node.alias.is_some())),
                        directives: inner.directives,
                        arguments: inner.arguments.max(count(field.node.arguments.len())),
                        subscribed: 0,
                    };
                    (&field.node.directives, size)
                }
                Selection::InlineFragment(fragment) => {
                    let size = self.selection(&fragment.node.selection_set.node)?;
                    (&fragment.node.directives, size)
                }
                Selection::FragmentSpread(spread) => (
                    &spread.node.directives,
                    self.fragment(&spread.node.fragment_name.node)?,
                ),
            };
            let own = Size {
                directives: count(directives.len()),
                arguments: arguments(directives),
                ..Size::default()
            };
            total = total.and(size).and(own);
        }
        Ok(total)
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
