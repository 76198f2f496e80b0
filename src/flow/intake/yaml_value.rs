//! A YAML document as the JSON value that says the same. An alias repeats what its anchor holds, so
//! that a short document can stand for more than the memory: what it may come to is bounded.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value};

/// What a value costs besides its text.
const NODE: usize = 8;

/// Reads one value, as long as there is room.
#[derive(Clone, Copy)]
pub(super) struct Bounded<'b> {
    room: &'b Cell<usize>,
}

impl<'b> Bounded<'b> {
    /// `room` is counted in bytes of text and [`NODE`] for each value.
    pub(super) fn new(room: &'b Cell<usize>) -> Self {
        Self { room }
    }

    fn take<E: Error>(self, text: usize) -> Result<(), E> {
        let left = self.room.get().checked_sub(NODE + text);
        let left = left.ok_or_else(|| E::custom("its aliases repeat too much"))?;
        self.room.set(left);
        Ok(())
    }

    fn text<E: Error>(self, text: String) -> Result<Value, E> {
        self.take(text.len())?;
        Ok(Value::String(text))
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("any YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.take(0).map(|()| Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        self.take(0).map(|()| flag.into())
    }

    // Numbers become text: they are ids and answers, and nobody calculates with them.
    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        self.text(number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        self.text(number.to_string())
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Value, E> {
        self.text(number.to_string())
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Value, E> {
        self.text(number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        self.text(yaml_serde::Number::from(number).to_string())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.text(text.to_owned())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.take(0)?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.take(0)?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key_seed(self)? {
            let key = match key {
                Value::String(key) => key,
                Value::Bool(flag) => flag.to_string(),
                _ => return Err(A::Error::custom("a key is no text; write keys as words")),
            };
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` occurs twice")));
            }
            object.insert(key, entries.next_value_seed(self)?);
        }
        Ok(Value::Object(object))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        struct Tag;
        impl<'de> DeserializeSeed<'de> for Tag {
            type Value = ();
            fn deserialize<D: Deserializer<'de>>(self, tag: D) -> Result<(), D::Error> {
                IgnoredAny::deserialize(tag).map(drop)
            }
        }
        let ((), value) = tagged.variant_seed(Tag)?;
        value.newtype_variant_seed(self)
    }
}
