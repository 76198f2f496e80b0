//! Serialises shared and short strings as plain ones, where their own crates do not.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<T, S>(text: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Deref<Target = str>,
    S: Serializer,
{
    serializer.serialize_str(text)
}

pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: From<String>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer).map(T::from)
}
