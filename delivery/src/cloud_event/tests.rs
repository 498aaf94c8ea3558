use std::fs;

use entity::{EventKind, Visibility};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    data::MOST_OF_A_BODY,
    event_types,
    examples::{SOURCE, event, message, ticket},
    publish, schema_of, type_of,
};

/// What is published of an example, with this message if it tells of one.
fn published(kind: EventKind, text: &str) -> Value {
    let (event, data) = event(kind);
    let message = message(text, kind == EventKind::InternalNoteAdded);
    let published = publish(&event, &data, &ticket(), Some(&message), SOURCE);
    serde_json::from_slice(&published.to_json().unwrap()).unwrap()
}

/// `schema`, and nothing may be there that it does not describe.
fn closed(schema: &str) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.values_mut().for_each(close);
                if object.get("type") == Some(&json!("object")) {
                    object.insert("additionalProperties".to_owned(), json!(false));
                }
            }
            Value::Array(values) => values.iter_mut().for_each(close),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut schema = serde_json::from_str(schema).unwrap();
    close(&mut schema);
    schema
}

#[test]
fn the_checked_in_schemas_are_those_of_what_is_published() {
    let mut files: Vec<_> = fs::read_dir("../docs/events")
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let types: Vec<_> = event_types().map(|name| format!("{name}.json")).collect();
    assert_eq!(
        files, types,
        "docs/events is out of date: run `make schema`"
    );
    for name in event_types() {
        let checked_in = fs::read_to_string(format!("../docs/events/{name}.json")).unwrap();
        assert!(
            Some(&*checked_in) == schema_of(name),
            "docs/events/{name}.json is out of date: run `make schema`"
        );
        jsonschema::meta::validate(&serde_json::from_str(&checked_in).unwrap()).unwrap();
    }
    assert_eq!(schema_of("wombat"), None);
}

#[test]
fn every_property_of_a_schema_has_a_description() {
    fn check(value: &Value, path: &str) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                let path = format!("{path}.{name}");
                assert!(property["description"].is_string(), "{path}");
                check(property, &path);
            }
        }
        for (name, definition) in value["$defs"].as_object().into_iter().flatten() {
            check(definition, name);
        }
    }
    for name in event_types() {
        let schema: Value = serde_json::from_str(schema_of(name).unwrap()).unwrap();
        assert!(schema["description"].is_string());
        check(&schema, name);
    }
}

#[test]
fn what_is_published_is_what_the_schema_of_its_type_says() {
    for kind in EventKind::ALL {
        let event = published(*kind, "We are looking into it.");
        let schema = closed(schema_of(type_of(*kind)).unwrap());
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<_> = validator.iter_errors(&event["data"]).collect();
        assert!(errors.is_empty(), "{kind:?}: {errors:#?}\n{event:#}");
        // And the schema minds: nothing that it asks for can be left out.
        for name in schema["required"].as_array().unwrap() {
            let mut without = event["data"].clone();
            without
                .as_object_mut()
                .unwrap()
                .remove(name.as_str().unwrap());
            assert!(!validator.is_valid(&without), "{kind:?} {name}");
        }
    }
}

#[test]
fn the_attributes_are_those_of_cloud_events() {
    for kind in EventKind::ALL {
        let mut event = published(*kind, "");
        let name = type_of(*kind);
        event.as_object_mut().unwrap().remove("data").unwrap();
        assert_eq!(
            event,
            json!({
                "specversion": "1.0",
                "id": "4711",
                "source": SOURCE,
                "type": name,
                "subject": "SUP-00042",
                "time": "2026-03-02T09:20:31.250Z",
                "datacontenttype": "application/json",
                "dataschema": format!("{SOURCE}/schemas/events/{name}.json"),
                "partitionkey": "VGlja2V0OjAxOTc1ZTNhMDAwMDcwMDA4MDAwMDAwMDAwMDAwMDA1",
            })
        );
        // Names of attributes are lower-case letters and digits, at most 20.
        for name in event.as_object().unwrap().keys() {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            assert!(name.chars().all(fits) && name.len() <= 20, "{name}");
        }
    }
    let (event, data) = event(EventKind::TicketCreated);
    let published = publish(&event, &data, &ticket(), None, "https://desk.example.com/");
    assert_eq!(
        published.dataschema,
        format!("{SOURCE}/schemas/events/ticket_created.json")
    );
}

#[test]
fn before_holds_what_changed_and_nothing_else() {
    let before = |kind| published(kind, "")["data"]["before"].clone();
    assert_eq!(before(EventKind::TicketCreated), Value::Null);
    assert_eq!(
        before(EventKind::TicketAssigned),
        json!({ "assigneeId": null })
    );
    assert_eq!(
        before(EventKind::StatusChanged),
        json!({ "status": "WAITING_ON_USER" })
    );
    assert_eq!(before(EventKind::SlaChanged), json!({ "slaState": null }));
    assert_eq!(
        before(EventKind::TicketUnattended),
        json!({ "unattended": true })
    );
    let update = published(EventKind::TicketUpdated, "");
    let names: Vec<_> = update["data"]["before"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(
        names,
        [
            "categoryId",
            "priority",
            "subject",
            "subjectIds",
            "tags",
            "teamId"
        ]
    );
    assert_eq!(update["data"]["before"]["subject"], "Late");
    assert_eq!(update["data"]["ticket"]["subject"], "My order is very late");
}

#[test]
fn the_text_of_a_reply_is_published_up_to_64_kib_of_whole_characters() {
    let message = |text: &str| published(EventKind::ReplyAdded, text)["data"]["message"].clone();
    let short = message("Hello");
    assert_eq!(
        (&short["body"], &short["truncated"]),
        (&json!("Hello"), &json!(false))
    );
    let full = message(&"x".repeat(MOST_OF_A_BODY));
    assert_eq!(full["truncated"], false);
    let long = message(&format!("x{}", "ü".repeat(MOST_OF_A_BODY)));
    assert_eq!(long["truncated"], true);
    assert_eq!(long["body"].as_str().unwrap().len(), MOST_OF_A_BODY - 1);
}

proptest! {
    /// Whatever is passed together: the text of a note, of an event for staff or of another message
    /// is not published.
    #[test]
    fn only_the_text_of_public_replies_is_published(
        kind in prop::sample::select(EventKind::ALL),
        visibility in prop::sample::select(Visibility::ALL),
        internal: bool,
        same: bool,
        tells: bool,
    ) {
        let (mut event, data) = event(kind);
        let mut row = message("wombat", internal);
        event.visibility = visibility;
        event.message_id = tells.then_some(row.id);
        if !same {
            row.id = uuid::Uuid::nil().into();
        }
        let json = publish(&event, &data, &ticket(), Some(&row), SOURCE).to_json().unwrap();
        let shown = String::from_utf8(json).unwrap().contains("wombat");
        prop_assert_eq!(shown, tells && same && !internal && visibility == Visibility::Public);
    }
}

const DOCS: &str = include_str!("../../../docs/events.md");

#[test]
fn the_documented_example_is_what_is_published() {
    let (event, data) = event(EventKind::ReplyAdded);
    let message = message("We are looking into it.", false);
    let published = publish(&event, &data, &ticket(), Some(&message), SOURCE);
    let wanted = serde_json::to_string_pretty(&published).unwrap();
    let (_, example) = DOCS
        .split_once("<!-- example:begin -->\n```json\n")
        .unwrap();
    let (example, _) = example.split_once("```\n<!-- example:end -->").unwrap();
    assert_eq!(example.trim_end(), wanted);
}

#[test]
fn all_types_are_documented_with_the_words_of_their_schemas() {
    for kind in EventKind::ALL {
        let name = type_of(*kind);
        let schema: Value = serde_json::from_str(schema_of(name).unwrap()).unwrap();
        let description = schema["description"].as_str().unwrap();
        let row = format!("| [`{name}`](events/{name}.json) | {description} |\n");
        assert!(DOCS.contains(&row), "{row}");
    }
}
