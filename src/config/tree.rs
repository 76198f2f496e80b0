//! The configuration as a tree whose every part knows where it came from: a stretch of the file,
//! an environment variable, or nowhere because a default fills in.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a part came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ValueOrigin {
    /// This stretch of the file.
    File(Range<usize>),
    /// The environment variable of this name.
    Variable(String),
    /// Nobody wrote it.
    Absent,
}

/// A part.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it came from.
    pub(super) origin: ValueOrigin,
    /// What it is.
    pub(super) value: TomlValue,
}

/// What a part is.
#[derive(Clone, Debug)]
pub(super) enum TomlValue {
    /// Text.
    Text(String),
    /// A whole number; those too large even for this are as good as the largest.
    Number(i128),
    /// `true` or `false`.
    Flag(bool),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(TomlTable),
    /// Something that no setting takes.
    Other(&'static str),
}

/// A table.
pub(super) type TomlTable = BTreeMap<String, TomlEntry>;

/// An entry of a table.
#[derive(Clone, Debug)]
pub(super) struct TomlEntry {
    /// Where its key came from.
    pub(super) key: ValueOrigin,
    /// Its value.
    pub(super) node: Node,
}

impl TomlValue {
    /// What it is, in words.
    pub(super) fn words(&self) -> &'static str {
        match self {
            TomlValue::Text(_) => "text",
            TomlValue::Number(_) => "a whole number",
            TomlValue::Flag(_) => "true or false",
            TomlValue::List(_) => "a list",
            TomlValue::Table(_) => "a table",
            TomlValue::Other(words) => words,
        }
    }
}

/// Takes over a table of the file.
pub(super) fn table(source: &DeTable<'_>) -> TomlTable {
    let entry = |(key, value): (&Spanned<_>, &Spanned<_>)| {
        let key: &Spanned<std::borrow::Cow<'_, str>> = key;
        let entry = TomlEntry {
            key: ValueOrigin::File(key.span()),
            node: node(value),
        };
        (key.get_ref().to_string(), entry)
    };
    source.iter().map(entry).collect()
}

fn node(source: &Spanned<DeValue<'_>>) -> Node {
    let value = match source.get_ref() {
        DeValue::String(text) => TomlValue::Text(text.to_string()),
        DeValue::Integer(number) => TomlValue::Number(
            i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(i128::MAX),
        ),
        DeValue::Boolean(flag) => TomlValue::Flag(*flag),
        DeValue::Array(items) => TomlValue::List(items.iter().map(node).collect()),
        DeValue::Table(entries) => TomlValue::Table(table(entries)),
        DeValue::Float(_) => TomlValue::Other("a number with a fraction"),
        DeValue::Datetime(_) => TomlValue::Other("a date or time"),
    };
    Node {
        origin: ValueOrigin::File(source.span()),
        value,
    }
}

/// Takes over the text of a default, which is TOML of our own.
pub(super) fn default_node(text: &'static str) -> Node {
    let parsed = DeValue::parse(text);
    let mut node = parsed.map_or_else(|error| unreachable!("{text}: {error}"), |v| node(&v));
    forget_origin(&mut node);
    node
}

fn forget_origin(node: &mut Node) {
    node.origin = ValueOrigin::Absent;
    if let TomlValue::List(items) = &mut node.value {
        items.iter_mut().for_each(forget_origin);
    }
}
