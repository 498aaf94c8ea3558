//! Who gets the very same answers.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Name, Positioned,
    parser::types::{Directive, Field, Selection, SelectionSet},
};
use async_graphql_value::Value;
use domain::Actor;
use entity::{Role, UserId};

use crate::operation::Operation;

/// Fields whose value is another for each member of staff.
const PERSONAL: [&str; 1] = ["viewerCan"];
/// The subscription whose events are for one person each.
const OWN: &str = "notifications";

/// Two subscriptions with the same key get the same answer to the same change: they select the same
/// with the same variables, and may see the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupKey {
    document: Arc<str>,
    name: Option<String>,
    /// As JSON, those that the selection uses. What is in the arguments of the root field (filter,
    /// position) decides which changes come, not how they look.
    variables: BTreeMap<String, String>,
    viewer: Viewer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Viewer {
    /// All staff of a role see the same.
    Staff(Role),
    /// One person in one role.
    Person(UserId, Role),
    Nobody,
}

impl GroupKey {
    /// Whether others may have the same key.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.viewer, Viewer::Staff(_))
    }

    pub(super) fn of(operation: &Operation, actor: Option<Actor>) -> Self {
        let mut used = Used::default();
        for root in operation.root() {
            if let Selection::Field(field) = root {
                used.personal |= field.node.name.node == OWN;
                used.directives(&field.node.directives);
                used.selection(&field.node.selection_set.node);
            } else {
                used.item(root);
            }
        }
        for fragment in operation.document.parsed().fragments.values() {
            used.directives(&fragment.node.directives);
            used.selection(&fragment.node.selection_set.node);
        }
        let viewer = match actor {
            None => Viewer::Nobody,
            Some(actor) if actor.is_staff() && !used.personal => Viewer::Staff(actor.role),
            Some(actor) => Viewer::Person(actor.id, actor.role),
        };
        let variables = operation.variables.iter();
        let variables = variables.filter(|(name, _)| used.variables.contains(name));
        Self {
            document: Arc::clone(operation.document.text()),
            name: operation.name.clone(),
            variables: variables
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            viewer,
        }
    }
}

/// What a selection depends on.
#[derive(Default)]
struct Used<'a> {
    variables: HashSet<&'a Name>,
    personal: bool,
}

impl<'a> Used<'a> {
    fn selection(&mut self, set: &'a SelectionSet) {
        for item in &set.items {
            self.item(&item.node);
        }
    }

    fn item(&mut self, item: &'a Selection) {
        match item {
            Selection::Field(field) => self.field(&field.node),
            Selection::InlineFragment(fragment) => {
                self.directives(&fragment.node.directives);
                self.selection(&fragment.node.selection_set.node);
            }
            // All fragments are looked at, used or not.
            Selection::FragmentSpread(spread) => self.directives(&spread.node.directives),
        }
    }

    fn field(&mut self, field: &'a Field) {
        self.personal |= PERSONAL.contains(&field.name.node.as_str());
        self.arguments(&field.arguments);
        self.directives(&field.directives);
        self.selection(&field.selection_set.node);
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) {
        for directive in directives {
            self.arguments(&directive.node.arguments);
        }
    }

    fn arguments(&mut self, arguments: &'a [(Positioned<Name>, Positioned<Value>)]) {
        for (_, value) in arguments {
            self.value(&value.node);
        }
    }

    fn value(&mut self, value: &'a Value) {
        match value {
            Value::Variable(name) => {
                self.variables.insert(name);
            }
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.value(field)),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_) => {}
        }
    }
}
