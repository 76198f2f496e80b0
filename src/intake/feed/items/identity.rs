//! By what an item of a list is known again on another page of that list. Pure.

use std::sync::Arc;

use ecow::EcoString;
use serde_json::value::RawValue;

use super::filter;
use crate::config::{Feed, Parent, Source, Template};
use crate::intake::format::{Items, Json, follow};

/// What is the same for an item wherever it stands in its list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Its id. A view counter or a time beside it makes no other article.
    Id(EcoString),
    /// The item as it came, where it has no id, or where it is known not to count: one id may stand
    /// for many old versions and languages of what does.
    Whole(blake3::Hash),
}

/// Reads keys from the items of one list.
pub(crate) enum Identity<'s> {
    /// The list of articles.
    Article(&'s Feed, Box<Items<'s>>),
    /// A list above: what the addresses below are made from.
    Above(Vec<String>),
}

impl<'s> Identity<'s> {
    /// For a list of articles.
    pub(crate) fn of_articles(source: &'s Source, feed: &'s Feed) -> Self {
        Self::Article(feed, Box::new(ids(source, feed)))
    }

    /// For a list above the articles.
    pub(crate) fn of_parent(feed: &Feed, parent: &Parent) -> Self {
        let pointers = places(feed, &parent.name);
        Self::Above(pointers)
    }

    /// The id of an item, also of one that is known not to count.
    pub(crate) fn id(&mut self, item: &RawValue) -> Option<EcoString> {
        match self {
            Self::Article(_, ids) => ids.id_of(item).map(EcoString::from),
            Self::Above(pointers) => joined(pointers, item),
        }
    }

    /// The key of an item as its list has it.
    pub(crate) fn key(&mut self, item: &RawValue) -> Key {
        let id = match self {
            Self::Article(feed, _) if filter::surely_out(feed, item) => None,
            Self::Article(feed, ids) => {
                let id = ids.id_of(item).map(EcoString::from);
                // Several versions of one article may stand on several pages.
                match &feed.newest {
                    Some(version) => id
                        .zip(joined(std::slice::from_ref(version), item))
                        .map(|(id, version)| EcoString::from(format!("{id}\u{1f}{version}"))),
                    None => id,
                }
            }
            Self::Above(pointers) => joined(pointers, item),
        };
        id.map_or_else(|| Key::Whole(blake3::hash(item.get().as_bytes())), Key::Id)
    }
}

/// Where the addresses below an item of a list above point into it.
pub(crate) fn places(feed: &Feed, name: &str) -> Vec<String> {
    let parents = feed.parents.iter();
    let paths = parents.flat_map(|parent| [Some(&parent.path), parent.below.as_ref()]);
    let details = feed.detail.iter().map(|detail| &detail.path);
    let queries = feed.query.iter().map(|(_, value)| value);
    let templates = paths.flatten().chain([&feed.path]).chain(details);
    let places = templates.chain(queries).flat_map(Template::places);
    let mut pointers: Vec<String> = places
        .filter(|(known, _)| *known == name)
        .map(|(_, pointer)| pointer.to_owned())
        .collect();
    pointers.sort_unstable();
    pointers.dedup();
    pointers
}

/// What reads the ids of articles.
pub(crate) fn ids<'s>(source: &'s Source, feed: &Feed) -> Items<'s> {
    let file = Arc::from("list");
    Items::of(source.fields.as_ref(), file, feed.limits.max_item_bytes)
}

fn joined(pointers: &[String], item: &RawValue) -> Option<EcoString> {
    let mut whole = EcoString::new();
    for pointer in pointers {
        match follow(item, pointer).ok()?.map(Json::parse) {
            Some(Ok(Json::Text(text))) => whole.push_str(&text),
            _ => return None,
        }
        whole.push('\u{1f}');
    }
    (!whole.is_empty()).then_some(whole)
}
