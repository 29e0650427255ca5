//! Shapes of objects that write themselves key by key, where no derive can see the keys.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

/// An object key by key.
pub struct Object<'g> {
    generator: &'g mut SchemaGenerator,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl<'g> Object<'g> {
    /// Without keys yet.
    pub fn new(generator: &'g mut SchemaGenerator) -> Self {
        Self {
            generator,
            properties: Map::new(),
            required: Vec::new(),
        }
    }

    /// Keys that are always there.
    pub fn always<T: JsonSchema>(mut self, names: &[&str]) -> Self {
        for name in names {
            self.required.push(Value::from(*name));
        }
        self.sometimes::<T>(names)
    }

    /// Keys that are not always there.
    pub fn sometimes<T: JsonSchema>(mut self, names: &[&str]) -> Self {
        for name in names {
            let shape = self.generator.subschema_for::<T>();
            self.properties.insert((*name).to_owned(), shape.to_value());
        }
        self
    }

    /// The finished shape. There are no other keys.
    pub fn done(self) -> Schema {
        json_schema!({
            "type": "object",
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }
}

/// A map from names that are not known before to `T`.
pub fn map_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let shape = generator.subschema_for::<T>();
    json_schema!({ "type": "object", "additionalProperties": shape })
}

/// The same; without entries it is an empty list.
pub fn map_or_empty_list<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let map = map_of::<T>(generator);
    json_schema!({ "anyOf": [map, { "type": "array", "maxItems": 0 }] })
}
