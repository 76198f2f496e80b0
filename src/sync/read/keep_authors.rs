//! Keeps who wrote the articles that were read, where the configuration asks for that.

use super::source_results::SourceResults;
use crate::config::{Bot, Source};
use crate::plan::SourceState;
use crate::store::{BotId, Store, StoreError};

/// Keeps who wrote the articles of a reading, and forgets those of sources that do not say so any more.
pub(crate) async fn keep_authors(
    store: &Store,
    bot: &Bot,
    id: BotId,
    results: &SourceResults,
) -> Result<(), StoreError> {
    let names_author = |source: &&Source| {
        let fields = source.fields.as_ref();
        fields.is_some_and(|fields| fields.author.is_some())
    };
    let named = bot.sources.iter().filter(names_author);
    let named: Vec<&str> = named.map(|source| source.name.as_str()).collect();
    store.forget_authors_besides(id, &named).await?;
    for (source, authors) in &results.authors {
        let is_whole = results.sources.get(source) == Some(&SourceState::Complete);
        store.keep_authors(id, source, authors, is_whole).await?;
    }
    Ok(())
}
