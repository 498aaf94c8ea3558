//! What figures are broken down by.

use entity::Priority;
use uuid::Uuid;

use super::fact::{Fact, Traits};

/// What figures are broken down by. Each is summed up for itself; they are never crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Nothing: all tickets.
    All,
    /// What the ticket is about.
    Category,
    /// Each of its subjects.
    Subject,
    /// How urgent it is.
    Priority,
    /// How it came in.
    Source,
    /// The team that it was handed to.
    Team,
    /// The accountable assignee when it happened.
    Agent,
    /// Each merchant that it is about.
    Merchant,
}

/// The kind of context links that name merchants (requirement T6).
pub const MERCHANT: &str = "merchant";

impl Dimension {
    /// Every dimension, in the order in which they are stored.
    pub const EVERY: [Self; 8] = [
        Self::All,
        Self::Category,
        Self::Subject,
        Self::Priority,
        Self::Source,
        Self::Team,
        Self::Agent,
        Self::Merchant,
    ];

    /// The number by which it is stored.
    pub const fn number(self) -> i16 {
        self as i16
    }

    /// Whether a ticket can be counted under several of its values.
    pub const fn is_many(self) -> bool {
        match self {
            Self::Subject | Self::Merchant => true,
            Self::All
            | Self::Category
            | Self::Priority
            | Self::Source
            | Self::Team
            | Self::Agent => false,
        }
    }

    /// Whether there may be far more values of it than anybody looks at.
    pub const fn is_numerous(self) -> bool {
        match self {
            Self::Agent | Self::Merchant => true,
            Self::All
            | Self::Category
            | Self::Subject
            | Self::Priority
            | Self::Source
            | Self::Team => false,
        }
    }

    /// The values under which a fact counts. Empty is the value of what has none.
    pub fn keys(self, fact: &Fact, traits: &Traits) -> Vec<String> {
        let some = |id: Option<Uuid>| vec![id.map(id_key).unwrap_or_default()];
        match self {
            Self::All => vec![String::new()],
            Self::Category => vec![id_key(traits.category.0)],
            Self::Subject => or_none(traits.subjects.iter().map(|id| id_key(id.0)).collect()),
            Self::Priority => vec![priority_key(traits.priority).to_owned()],
            Self::Source => vec![traits.source.as_str().to_owned()],
            Self::Team => some(traits.team.map(|id| id.0)),
            Self::Agent => some(fact.agent.map(|id| id.0)),
            Self::Merchant => or_none(traits.merchants.clone()),
        }
    }
}

/// An id as a dimension's value.
pub fn id_key(id: Uuid) -> String {
    id.simple().to_string()
}

/// A priority as a dimension's value.
pub fn priority_key(priority: Priority) -> &'static str {
    priority.as_str()
}

fn or_none(keys: Vec<String>) -> Vec<String> {
    if keys.is_empty() {
        vec![String::new()]
    } else {
        keys
    }
}
