//! Values of variables are checked against their types before anything is executed (GraphQL
//! specification, section 6.1.2). The engine would look at each only when a field uses it, and
//! answer in the middle of the data.

use std::collections::HashSet;

use async_graphql::{
    Name, Variables,
    parser::types::{BaseType, OperationDefinition, Type},
};
use async_graphql_value::ConstValue;

use super::{
    raw::shortened,
    types::{Input, Types},
};

/// Names shown in a message.
const SHOWN: usize = 12;

/// Those that the operation declares. Others mean nothing, and a subscription would keep them.
pub(super) fn declared(definition: &OperationDefinition, mut given: Variables) -> Variables {
    let all = definition.variable_definitions.iter();
    let names: HashSet<&Name> = all.map(|definition| &definition.node.name.node).collect();
    given.retain(|name, _| names.contains(name));
    given
}

/// How many values there are, each item and each field one. The engine copies a variable wherever
/// it is used, so many small values in one list cost more than their bytes say.
pub(super) fn count(variables: &Variables) -> u64 {
    variables.values().map(values).sum()
}

fn values(value: &ConstValue) -> u64 {
    let inner: u64 = match value {
        ConstValue::List(items) => items.iter().map(values).sum(),
        ConstValue::Object(fields) => fields.values().map(values).sum(),
        ConstValue::Null
        | ConstValue::Number(_)
        | ConstValue::String(_)
        | ConstValue::Boolean(_)
        | ConstValue::Binary(_)
        | ConstValue::Enum(_) => 0,
    };
    inner + 1
}

/// Says what is wrong with the first variable that is not of its type, and what to do.
pub(super) fn check(
    types: &Types,
    definition: &OperationDefinition,
    variables: &Variables,
) -> Result<(), String> {
    for variable in &definition.variable_definitions {
        let name = &variable.node.name.node;
        let ty = &variable.node.var_type.node;
        let given = variables.get(name);
        if given.is_none() && variable.node.default_value.is_some() {
            continue;
        }
        let value = given.unwrap_or(&ConstValue::Null);
        value_of(types, ty, value).map_err(|Wrong { place, why }| {
            let place = if place.is_empty() {
                String::new()
            } else {
                format!(" at {}", place.trim_start_matches('.'))
            };
            format!("The variable ${name} is not of the type {ty}{place}: {why}")
        })?;
    }
    Ok(())
}

struct Wrong {
    /// From the variable inwards: `.status[1]`.
    place: String,
    why: String,
}

impl Wrong {
    fn because(why: impl Into<String>) -> Self {
        Self {
            place: String::new(),
            why: why.into(),
        }
    }

    fn at(mut self, step: &str) -> Self {
        self.place.insert_str(0, step);
        self
    }
}

fn value_of(types: &Types, ty: &Type, value: &ConstValue) -> Result<(), Wrong> {
    if *value == ConstValue::Null {
        return if ty.nullable {
            Ok(())
        } else {
            Err(Wrong::because(
                "a value is required. Give one that is not null.",
            ))
        };
    }
    match &ty.base {
        BaseType::List(of) => {
            let ConstValue::List(items) = value else {
                // One value stands for a list of one.
                return value_of(types, of, value);
            };
            for (at, item) in items.iter().enumerate() {
                let step = format!("[{at}]");
                value_of(types, of, item).map_err(|wrong| wrong.at(&step))?;
            }
            Ok(())
        }
        BaseType::Named(name) => named(types, name, value),
    }
}

fn named(types: &Types, name: &Name, value: &ConstValue) -> Result<(), Wrong> {
    match types.inputs.get(name) {
        Some(Input::Enum(values)) => {
            let known = if let ConstValue::String(text) = value {
                values.contains(text.as_str())
            } else {
                matches!(value, ConstValue::Enum(text) if values.contains(text))
            };
            if known {
                return Ok(());
            }
            let why = if types.told {
                format!("give one of {}.", listed(values.iter()))
            } else {
                "there is no such value.".to_owned()
            };
            Err(Wrong::because(why))
        }
        Some(Input::Object(fields)) => {
            let ConstValue::Object(given) = value else {
                return Err(Wrong::because("give an object."));
            };
            if let Some(unknown) = given.keys().find(|name| !fields.contains_key(*name)) {
                let mut why = format!("there is no field {}.", shortened(unknown));
                if types.told {
                    why += &format!(" There are {}.", listed(fields.keys()));
                }
                return Err(Wrong::because(why));
            }
            for (name, field) in fields {
                let step = format!(".{name}");
                match given.get(name) {
                    None if field.ty.nullable || field.has_default => {}
                    None => {
                        let why = Wrong::because("a value is required. Give one that is not null.");
                        return Err(why.at(&step));
                    }
                    Some(value) => {
                        value_of(types, &field.ty, value).map_err(|wrong| wrong.at(&step))?;
                    }
                }
            }
            Ok(())
        }
        None => scalar(name, value),
    }
}

/// The scalars of the specification (sections 3.5.1 to 3.5.5); others have parsers of their own.
fn scalar(name: &Name, value: &ConstValue) -> Result<(), Wrong> {
    let (fits, wanted) = match name.as_str() {
        "Int" => (
            matches!(value, ConstValue::Number(number)
                if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())),
            "give a whole number of 32 bits.",
        ),
        "Float" => (matches!(value, ConstValue::Number(_)), "give a number."),
        "Boolean" => (
            matches!(value, ConstValue::Boolean(_)),
            "give true or false.",
        ),
        "String" => (matches!(value, ConstValue::String(_)), "give a string."),
        "ID" => (
            matches!(value, ConstValue::String(_))
                || matches!(value, ConstValue::Number(number) if number.is_i64() || number.is_u64()),
            "give an id as a string.",
        ),
        _ => (true, ""),
    };
    if fits {
        Ok(())
    } else {
        Err(Wrong::because(wanted))
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    let mut names: Vec<&str> = names.map(Name::as_str).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let shown = names.join(", ");
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}
