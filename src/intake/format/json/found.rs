//! Where the articles of a JSON document were found, and what they are. Pure.

use super::layouts;
use super::lists::{ArticleEntries, ArticleList};
use super::pointer::Pointer;

/// Where the articles are, and what they are written as.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FoundArticles {
    pub(crate) places: Vec<Pointer>,
    pub(crate) entries: ArticleEntries,
    /// Whether the layout has no ids, so that questions serve as them.
    pub(crate) questions_are_ids: bool,
    /// What is to be told of how they were found, and of what was passed over.
    pub(crate) told: Vec<String>,
}

impl FoundArticles {
    /// Whether it is an export of Azure's question answering, which is Markdown by definition.
    pub(crate) fn is_of_azure(&self) -> bool {
        let [azure, _] = layouts::LISTS.map(|(text, _)| Pointer::new(text));
        self.places == [azure]
    }
}

pub(crate) fn articles(places: Vec<Pointer>, questions_are_ids: bool) -> FoundArticles {
    FoundArticles {
        places,
        entries: ArticleEntries::Articles,
        questions_are_ids,
        told: Vec::new(),
    }
}

/// What lists of one kind hold; where they are of several, their entries are articles.
pub(crate) fn of_lists(places: Vec<Pointer>, lists: &[&ArticleList]) -> FoundArticles {
    let first = lists.first().map(|list| list.kind());
    let same = first.filter(|kind| lists.iter().all(|list| list.kind() == *kind));
    let entries = same.unwrap_or(ArticleEntries::Articles);
    let lack_ids = !lists.is_empty() && lists.iter().all(|list| list.ids.are_lacking());
    let have_ids = match entries {
        ArticleEntries::Articles | ArticleEntries::Intents => true,
        ArticleEntries::Groups => !lists.iter().any(|list| list.lacks_ids_in_groups),
        _ => false,
    };
    FoundArticles {
        places,
        entries,
        questions_are_ids: !have_ids || lack_ids && entries == ArticleEntries::Articles,
        told: Vec::new(),
    }
}
