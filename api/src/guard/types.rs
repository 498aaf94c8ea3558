//! What the guard has to know of the schema: which fields are lists and pages, and what values
//! inputs take. Read once from the schema's own text, so that it cannot say anything else.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name,
    parser::{
        parse_schema,
        types::{
            BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
        },
    },
};

/// The types of the schema.
#[derive(Debug, Default)]
pub(super) struct Types {
    outputs: HashMap<Name, HashMap<Name, Output>>,
    pub(super) inputs: HashMap<Name, Input>,
    /// Whether errors may say what there is. Not where introspection is off: it would be one.
    pub(super) told: bool,
}

/// A field of an object or interface.
#[derive(Debug)]
pub(super) struct Output {
    /// The type of the field, or of the items of its list.
    pub(super) of: Name,
    pub(super) list: bool,
    /// It takes `first` or `last`.
    pub(super) paged: bool,
}

/// What an input value is made of. Scalars that are not here take any value: their own parser
/// judges it.
#[derive(Debug)]
pub(super) enum Input {
    Enum(HashSet<Name>),
    Object(HashMap<Name, InputField>),
}

/// A field of an input object.
#[derive(Debug)]
pub(super) struct InputField {
    pub(super) ty: Type,
    pub(super) has_default: bool,
}

impl Types {
    /// Reads a schema. One that cannot be read has no types; a test sees to it that ours can.
    pub(super) fn read(sdl: &str, told: bool) -> Self {
        let mut types = Self {
            told,
            ..Self::default()
        };
        let Ok(document) = parse_schema(sdl) else {
            return types;
        };
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node;
            match definition.node.kind {
                TypeKind::Object(object) => {
                    let fields = object.fields.iter().map(|field| output(&field.node));
                    types.outputs.insert(name, fields.collect());
                }
                TypeKind::Interface(interface) => {
                    let fields = interface.fields.iter().map(|field| output(&field.node));
                    types.outputs.insert(name, fields.collect());
                }
                TypeKind::Enum(values) => {
                    let values = values.values.into_iter().map(|value| value.node.value.node);
                    types.inputs.insert(name, Input::Enum(values.collect()));
                }
                TypeKind::InputObject(object) => {
                    let fields = object.fields.into_iter().map(|field| input(field.node));
                    types.inputs.insert(name, Input::Object(fields.collect()));
                }
                TypeKind::Scalar | TypeKind::Union(_) => {}
            }
        }
        types
    }

    /// The field `name` of `of`.
    pub(super) fn field(&self, of: &str, name: &str) -> Option<&Output> {
        self.outputs.get(of)?.get(name)
    }
}

fn output(field: &FieldDefinition) -> (Name, Output) {
    let (of, list) = innermost(&field.ty.node);
    let pages =
        |argument: &InputValueDefinition| matches!(argument.name.node.as_str(), "first" | "last");
    let output = Output {
        of: of.clone(),
        list,
        paged: field.arguments.iter().any(|argument| pages(&argument.node)),
    };
    (field.name.node.clone(), output)
}

fn input(field: InputValueDefinition) -> (Name, InputField) {
    let input = InputField {
        has_default: field.default_value.is_some(),
        ty: field.ty.node,
    };
    (field.name.node, input)
}

fn innermost(ty: &Type) -> (&Name, bool) {
    match &ty.base {
        BaseType::Named(name) => (name, false),
        BaseType::List(of) => (innermost(of).0, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_can_be_read() {
        let types = Types::read(&schema::sdl(), true);
        let queue = types.field("Query", "queue").unwrap();
        assert!(queue.paged && !queue.list && queue.of == "QueueConnection");
        let nodes = types.field("QueueConnection", "nodes").unwrap();
        assert!(nodes.list && !nodes.paged && nodes.of == "Ticket");
        assert!(matches!(types.inputs["Priority"], Input::Enum(ref values) if values.len() == 4));
        assert!(matches!(types.inputs["QueueFilter"], Input::Object(_)));
    }
}
