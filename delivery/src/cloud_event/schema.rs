//! JSON Schemas of the `data` of published events, one per type, made from the types that are
//! published. They are checked in as docs/events/*.json.

use std::{collections::BTreeMap, sync::LazyLock};

use entity::{
    EventKind, Priority, Role, SlaState, TicketSource, TicketStatus, TimerKind, Visibility,
};
use schemars::{
    Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::transform_subschemas,
};
use serde_json::{Value, json};

use super::{Data, type_of};

static SCHEMAS: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    EventKind::ALL
        .iter()
        .map(|kind| (type_of(*kind), format!("{:#}\n", schema(*kind))))
        .collect()
});

/// The types of events, sorted.
pub fn event_types() -> impl Iterator<Item = &'static str> {
    SCHEMAS.keys().copied()
}

/// The JSON Schema (draft 2020-12) of the `data` of events of this type, if there is such a type.
pub fn schema_of(event_type: &str) -> Option<&'static str> {
    SCHEMAS.get(event_type).map(String::as_str)
}

/// Whether events of a kind have a part of `data`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Always,
    Sometimes,
    Never,
}

/// Of one kind: its description, and whether it has a message and a timer.
fn parts(kind: EventKind) -> (&'static str, Part, Part) {
    use Part::{Always, Never, Sometimes};
    match kind {
        EventKind::TicketCreated => ("A ticket was opened.", Never, Never),
        EventKind::TicketAssigned => (
            "The accountable assignee changed, or was removed.",
            Never,
            Never,
        ),
        EventKind::StatusChanged => (
            "The status changed, other than by being resolved, closed or reopened.",
            Never,
            Never,
        ),
        EventKind::ReplyAdded => (
            "A public reply was written, by the customer or by staff.",
            Always,
            Never,
        ),
        EventKind::TicketResolved => ("The ticket was resolved.", Never, Never),
        EventKind::TicketClosed => (
            "The ticket was closed, by a person or, with `sla`, since its time had come.",
            Never,
            Sometimes,
        ),
        EventKind::TicketReopened => (
            "A resolved or closed ticket went back to work.",
            Never,
            Never,
        ),
        EventKind::TicketUpdated => (
            "Subject, priority, category, subjects, team or tags changed.",
            Never,
            Never,
        ),
        EventKind::CoAssigneesChanged => ("The set of co-assignees changed.", Never, Never),
        EventKind::InternalNoteAdded => (
            "An internal note was written. Its text is not published.",
            Always,
            Never,
        ),
        EventKind::SlaWarning => ("A target is about to be missed.", Never, Always),
        EventKind::SlaBreached => ("A target was missed.", Never, Always),
        EventKind::SlaOverdue => (
            "Some time has gone by since a target was missed.",
            Never,
            Always,
        ),
        EventKind::TicketEscalated => (
            "The ticket was escalated without a target being missed.",
            Never,
            Sometimes,
        ),
        EventKind::SlaChanged => (
            "A changed policy or calendar moved the ticket's deadlines.",
            Never,
            Never,
        ),
        EventKind::TicketUnattended => ("Nobody touched the ticket for long.", Never, Always),
        EventKind::FollowUpDue => (
            "The customer of a resolved ticket is asked again whether it is solved.",
            Never,
            Always,
        ),
        EventKind::AssigneeAwayChanged => ("The assignee went away, or came back.", Never, Never),
        EventKind::TicketRated => ("The customer said how satisfied they are.", Never, Never),
    }
}

fn schema(kind: EventKind) -> Value {
    let (description, message, sla) = parts(kind);
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(in_one_line);
    let mut schema = settings.into_generator().into_root_schema_for::<Data>();
    schema.insert("title".to_owned(), type_of(kind).into());
    schema.insert("description".to_owned(), description.into());
    let mut schema = schema.to_value();
    let before = match kind {
        EventKind::TicketCreated => Part::Never,
        EventKind::TicketUpdated
        | EventKind::StatusChanged
        | EventKind::TicketAssigned
        | EventKind::CoAssigneesChanged
        | EventKind::ReplyAdded
        | EventKind::InternalNoteAdded
        | EventKind::TicketResolved
        | EventKind::TicketClosed
        | EventKind::TicketReopened
        | EventKind::SlaWarning
        | EventKind::SlaBreached
        | EventKind::SlaOverdue
        | EventKind::TicketEscalated
        | EventKind::SlaChanged
        | EventKind::TicketUnattended
        | EventKind::FollowUpDue
        | EventKind::AssigneeAwayChanged
        | EventKind::TicketRated => Part::Sometimes,
    };
    let rating = if kind == EventKind::TicketRated {
        Part::Always
    } else {
        Part::Never
    };
    shape(&mut schema, ("before", "Before"), before);
    shape(&mut schema, ("message", "Message"), message);
    shape(&mut schema, ("sla", "Sla"), sla);
    shape(&mut schema, ("rating", "Rating"), rating);
    if kind == EventKind::InternalNoteAdded {
        remove(&mut schema, "/$defs/Message/properties", "body");
    }
    schema
}

/// Comments are broken into lines; descriptions need not be.
fn in_one_line(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    transform_subschemas(&mut in_one_line, schema);
}

/// Makes a part required, or takes it out together with its definition.
fn shape(schema: &mut Value, (name, definition): (&str, &str), part: Part) {
    match part {
        Part::Always => {
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.push(json!(name));
            }
        }
        Part::Sometimes => {}
        Part::Never => {
            remove(schema, "/properties", name);
            remove(schema, "/$defs", definition);
        }
    }
}

fn remove(schema: &mut Value, place: &str, name: &str) {
    if let Some(place) = schema.pointer_mut(place).and_then(Value::as_object_mut) {
        place.remove(name);
    }
}

fn one_of(names: impl Iterator<Item = &'static str>) -> Schema {
    json_schema!({ "type": "string", "enum": names.collect::<Vec<_>>() })
}

pub(super) fn visibility(_: &mut SchemaGenerator) -> Schema {
    one_of(Visibility::ALL.iter().map(|value| value.as_str()))
}

pub(super) fn status(_: &mut SchemaGenerator) -> Schema {
    one_of(TicketStatus::ALL.iter().map(|value| value.as_str()))
}

pub(super) fn priority(_: &mut SchemaGenerator) -> Schema {
    one_of(Priority::ALL.iter().map(|value| value.as_str()))
}

pub(super) fn source(_: &mut SchemaGenerator) -> Schema {
    one_of(TicketSource::ALL.iter().map(|value| value.as_str()))
}

pub(super) fn role(_: &mut SchemaGenerator) -> Schema {
    one_of(Role::ALL.iter().map(|value| value.as_str()))
}

pub(super) fn timer(_: &mut SchemaGenerator) -> Schema {
    one_of(TimerKind::ALL.iter().map(|value| value.as_str()))
}

pub(super) fn sla_state(_: &mut SchemaGenerator) -> Schema {
    let names = SlaState::ALL.iter().map(|value| json!(value.as_str()));
    let names: Vec<_> = names.chain([Value::Null]).collect();
    json_schema!({ "type": ["string", "null"], "enum": names })
}
