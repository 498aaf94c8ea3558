//! What an operation costs: the most fields that its answer can hold.

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::types::{
        Field, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};
use async_graphql_value::{ConstValue, Value};
use chrono::{DateTime, Utc};
use domain::stats::MOST_PERIODS;
use schema::Operation;

use super::types::Types;

/// Rows of a page whose size is not given (graphql.md, "Conventions").
const PAGE: u64 = 25;
/// The largest page.
const MAX_PAGE: u64 = 100;
/// Items that a list which is not paged is taken to have: tags, members, the schema's own lists.
const LIST: u64 = 10;
/// Groups of statistics if nobody says how many, and the most there are.
const GROUPS: u64 = 50;
const MAX_GROUPS: u64 = 200;

/// A cost inside of a connection: some of it comes once, some once for each row of the page.
#[derive(Clone, Copy, Default)]
struct Cost {
    once: u64,
    per_row: u64,
}

impl Cost {
    fn and(self, other: Self) -> Self {
        Self {
            once: self.once.saturating_add(other.once),
            per_row: self.per_row.saturating_add(other.per_row),
        }
    }

    fn with_rows(self, rows: u64) -> u64 {
        self.once.saturating_add(self.per_row.saturating_mul(rows))
    }
}

/// The most fields that the answer to `operation` can hold. Pages multiply. Directives are taken to
/// include everything. Numbers stop at the largest instead of overflowing.
///
/// The document must be free of cycles.
pub(super) fn cost(types: &Types, operation: &Operation) -> u64 {
    let Some(definition) = operation.definition() else {
        return 0;
    };
    let root = match definition.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let mut counter = Counter {
        types,
        operation,
        definition,
        known: HashMap::new(),
        seconds: None,
    };
    let cost = counter.selection(root, &definition.selection_set.node);
    cost.with_rows(PAGE)
}

struct Counter<'a> {
    types: &'a Types,
    operation: &'a Operation,
    definition: &'a OperationDefinition,
    /// What fragments cost, by their names and the time of the statistics that they are spread in.
    known: HashMap<(&'a Name, Option<u64>), Cost>,
    /// How long the time is that statistics are asked about, if it is known.
    seconds: Option<u64>,
}

impl<'a> Counter<'a> {
    fn selection(&mut self, of: &str, set: &'a SelectionSet) -> Cost {
        let mut total = Cost::default();
        for item in &set.items {
            let cost = match &item.node {
                Selection::Field(field) => self.field(of, &field.node),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let of = condition.map_or(of, |condition| condition.node.on.node.as_str());
                    self.selection(of, &fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            };
            total = total.and(cost);
        }
        total
    }

    fn fragment(&mut self, name: &'a Name) -> Cost {
        let place = (name, self.seconds);
        if let Some(cost) = self.known.get(&place) {
            return *cost;
        }
        let fragments = &self.operation.document.parsed().fragments;
        // A spread of nothing is the engine's to report.
        let Some(fragment) = fragments.get(name) else {
            return Cost::default();
        };
        let FragmentDefinition {
            type_condition,
            selection_set,
            ..
        } = &fragment.node;
        let cost = self.selection(&type_condition.node.on.node, &selection_set.node);
        self.known.insert(place, cost);
        cost
    }

    fn field(&mut self, of: &str, field: &'a Field) -> Cost {
        let name = field.name.node.as_str();
        let known = self.types.field(of, name);
        // The schema's own types (`__Schema`) are not in its text: any of their fields may be a list.
        let own = name.starts_with("__") || (known.is_none() && of.starts_with("__"));
        let inner_type = known.map_or(if own { "__" } else { "" }, |known| known.of.as_str());
        let around = self.seconds;
        if (of, name) == ("Query", "stats") {
            self.seconds = self.seconds(field);
        }
        let inner = self.selection(inner_type, &field.selection_set.node);
        self.seconds = around;
        let list = known.map_or(own && is_own_list(name), |known| known.list);
        let row = of.ends_with("Connection") && list;
        if row {
            // Each of these, and what is in it, comes once for each row of the page.
            return Cost {
                once: 0,
                per_row: inner.with_rows(PAGE).saturating_add(1),
            };
        }
        let rows = if known.is_some_and(|known| known.paged) {
            self.page(field)
        } else {
            PAGE
        };
        let once = inner.with_rows(rows);
        let times = match self.ids(field) {
            _ if !list || field.selection_set.node.items.is_empty() => 1,
            Some(ids) => ids,
            None => self.list_size(of, field),
        };
        Cost {
            once: once
                .saturating_mul(times)
                .saturating_add(own_cost(of, name)),
            per_row: 0,
        }
    }

    /// The size of the page that `field` asks for.
    fn page(&self, field: &Field) -> u64 {
        // What is above the largest page is refused with better words where pages are read.
        let size = self.number(field, "first");
        let size = size.or_else(|| self.number(field, "last"));
        size.map_or(PAGE, |size| size.min(MAX_PAGE))
    }

    /// How many items a list has at most that is no page.
    fn list_size(&self, of: &str, field: &Field) -> u64 {
        match (of, field.name.node.as_str()) {
            ("Stats", "series") => self.stretches(field),
            ("Stats", "groups") => {
                let first = self.number(field, "first");
                first.map_or(GROUPS, |first| first.min(MAX_GROUPS))
            }
            ("Stats", "peakHours") => 7 * 24,
            ("Stats", "backlogByAge")
            | ("StatsFigures", "timeInStatus")
            | ("StatsSatisfaction", "scores") => 5,
            _ => LIST,
        }
    }

    /// How many stretches a series of statistics has at most.
    fn stretches(&self, field: &Field) -> u64 {
        const HOUR: u64 = 3_600;
        let most = u64::try_from(MOST_PERIODS).unwrap_or(u64::MAX);
        // The shortest that clock changes leave; whole hours are sometimes cut in two.
        let shortest = match self.word(field, "by") {
            Some("DAY") => 23 * HOUR,
            Some("WEEK") => 167 * HOUR,
            Some("MONTH") => 671 * HOUR,
            _ => HOUR,
        };
        let stretches = |seconds: u64| (seconds / shortest).saturating_add(3);
        self.seconds
            .map_or(most, |seconds| stretches(seconds).min(most))
    }

    /// The seconds from one end to the other of the time that `field` asks about.
    fn seconds(&self, field: &Field) -> Option<u64> {
        let time = |name| self.word(field, name)?.parse::<DateTime<Utc>>().ok();
        let (from, to) = (time("from")?, time("to")?);
        u64::try_from((to - from).num_seconds()).ok()
    }

    /// A number that `field` is given.
    fn number(&self, field: &Field, argument: &str) -> Option<u64> {
        if let Value::Number(number) = &field.get_argument(argument)?.node {
            return number.as_u64();
        }
        let ConstValue::Number(number) = self.variable(field, argument)? else {
            return None;
        };
        number.as_u64()
    }

    /// A text or a value of an enum that `field` is given.
    fn word<'b>(&'b self, field: &'b Field, argument: &str) -> Option<&'b str> {
        match &field.get_argument(argument)?.node {
            Value::String(text) => return Some(text),
            Value::Enum(name) => return Some(name),
            Value::Variable(_)
            | Value::Null
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::List(_)
            | Value::Object(_) => {}
        }
        match self.variable(field, argument)? {
            ConstValue::String(text) => Some(text),
            ConstValue::Enum(name) => Some(name),
            ConstValue::Null
            | ConstValue::Number(_)
            | ConstValue::Boolean(_)
            | ConstValue::Binary(_)
            | ConstValue::List(_)
            | ConstValue::Object(_) => None,
        }
    }

    /// How many ids `field` is given, if it takes a list of them.
    fn ids(&self, field: &Field) -> Option<u64> {
        if let Value::List(ids) = &field.get_argument("ids")?.node {
            return u64::try_from(ids.len()).ok();
        }
        let ConstValue::List(ids) = self.variable(field, "ids")? else {
            return None;
        };
        u64::try_from(ids.len()).ok()
    }

    /// The value of the variable that `field` is given as `argument`. Looked at where it is: it may
    /// be as large as the request, and hundreds of fields may be given the same.
    fn variable(&self, field: &Field, argument: &str) -> Option<&'a ConstValue> {
        let Value::Variable(name) = &field.get_argument(argument)?.node else {
            return None;
        };
        let default = || {
            let mut all = self.definition.variable_definitions.iter();
            let definition = all.find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value()
        };
        self.operation.variables.get(name).or_else(default)
    }
}

/// What a field itself costs. A link to a file is signed each time; statistics are worked out; a
/// table is as long as the longest list.
fn own_cost(of: &str, name: &str) -> u64 {
    match (of, name) {
        ("Attachment", "url" | "inlineUrl" | "problem") => 10,
        ("Query", "stats") => 1_000,
        ("Stats", "csv") => 5_000,
        _ => 1,
    }
}

/// Whether a field of the schema's own types is a list.
fn is_own_list(name: &str) -> bool {
    let lists = [
        "types",
        "fields",
        "args",
        "enumValues",
        "inputFields",
        "interfaces",
        "possibleTypes",
        "directives",
    ];
    lists.contains(&name)
}
