//! What holds of the workspace as a whole: which way dependencies point, and the printed schema.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql_parser::{
    parse_schema,
    types::{TypeKind, TypeSystemDefinition},
};
use serde_json::Value;

/// Who may depend on whom, directly (docs/architecture.md).
const ARROWS: [(&str, &[&str]); 9] = [
    ("deskwire-entity", &[]),
    ("deskwire-migration", &[]),
    ("deskwire-domain", &["deskwire-entity"]),
    ("deskwire-delivery", &["deskwire-domain", "deskwire-entity"]),
    ("deskwire-storage", &["deskwire-domain", "deskwire-entity"]),
    ("deskwire-schema", &["deskwire-domain", "deskwire-entity"]),
    (
        "deskwire-api",
        &[
            "deskwire-schema",
            "deskwire-delivery",
            "deskwire-domain",
            "deskwire-entity",
            "deskwire-migration",
            "deskwire-storage",
        ],
    ),
    (
        "deskwire-jobs",
        &[
            "deskwire-delivery",
            "deskwire-domain",
            "deskwire-entity",
            "deskwire-storage",
        ],
    ),
    (
        "deskwire-tests",
        &[
            "deskwire-api",
            "deskwire-schema",
            "deskwire-delivery",
            "deskwire-domain",
            "deskwire-entity",
            "deskwire-migration",
            "deskwire-storage",
        ],
    ),
];

/// The platform that this runs on, as cargo calls it.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc)
        .arg("-vV")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        // What other platforms would need is not downloaded.
        .arg(format!("--filter-platform={}", host()))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let allowed: BTreeMap<_, BTreeSet<_>> = ARROWS
        .iter()
        .map(|(from, to)| (*from, to.iter().copied().collect()))
        .collect();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if package["source"].is_string() {
            continue;
        }
        let allowed = allowed
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in the picture"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            assert!(
                !to.starts_with("deskwire-") || allowed.contains(to),
                "{name} must not use {to}"
            );
        }
        seen.insert(name.to_owned());
    }
    assert_eq!(seen.len(), ARROWS.len(), "{seen:?}");
}

/// A Lambda must not link a GraphQL engine or a server (its runtime is an HTTP client), and the rules
/// must not know of either.
#[test]
fn domain_and_jobs_link_no_graphql_and_no_http_server() {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let by_id: BTreeMap<_, _> = nodes
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let name_of: BTreeMap<_, _> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            (
                package["id"].as_str().unwrap(),
                package["name"].as_str().unwrap(),
            )
        })
        .collect();
    for start in ["deskwire-domain", "deskwire-jobs"] {
        let start_id = *name_of.iter().find(|(_, name)| **name == start).unwrap().0;
        let (mut open, mut seen) = (vec![start_id], BTreeSet::new());
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            for dependency in by_id[id]["deps"].as_array().unwrap() {
                let kinds = dependency["dep_kinds"].as_array().unwrap();
                if kinds.iter().any(|kind| kind["kind"].is_null()) {
                    open.push(dependency["pkg"].as_str().unwrap());
                }
            }
        }
        let names: BTreeSet<_> = seen.iter().map(|id| name_of[id]).collect();
        for heavy in ["async-graphql", "axum", "hyper", "deskwire-schema"] {
            let client = heavy == "hyper" && start == "deskwire-jobs";
            assert!(client || !names.contains(heavy), "{start} links {heavy}");
        }
    }
}

#[test]
fn the_checked_in_schema_is_the_one_that_is_served() {
    let checked_in = include_str!("../../schema/schema.graphql");
    assert!(
        schema::sdl() == checked_in,
        "schema/schema.graphql is out of date: run `make schema`"
    );
}

#[test]
fn every_element_of_the_schema_has_a_description() {
    let document = parse_schema(schema::sdl()).unwrap();
    let mut missing = Vec::new();
    let mut check = |described: bool, name: String| {
        if !described {
            missing.push(name);
        }
    };
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let definition = definition.node;
        let name = definition.name.node;
        check(definition.description.is_some(), name.to_string());
        let fields = match definition.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            TypeKind::Enum(list) => {
                for value in list.values {
                    check(
                        value.node.description.is_some(),
                        format!("{name}.{}", value.node.value),
                    );
                }
                continue;
            }
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    check(
                        field.node.description.is_some(),
                        format!("{name}.{}", field.node.name),
                    );
                }
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            let field = field.node;
            check(
                field.description.is_some(),
                format!("{name}.{}", field.name),
            );
            for argument in field.arguments {
                let argument = argument.node;
                check(
                    argument.description.is_some(),
                    format!("{name}.{}({})", field.name, argument.name),
                );
            }
        }
    }
    assert!(missing.is_empty(), "without a description: {missing:#?}");
}
