//! One page of a feed without a server, for `fuzz/`.

use std::sync::Arc;

use reqwest::header::HeaderMap;

use super::page::FeedPage;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::format::Items;
use crate::intake::reading::Reading;
use crate::model::Article;
use crate::spool::{SpillConfig, Spool};

const MAX_ITEMS: usize = 10_000;
const MAX_ITEM_BYTES: usize = 1 << 20;

/// Reads the body of a page whose items are where the pointer leads.
pub fn read_page(body: &[u8], items: Option<&str>) -> Result<(Vec<Article>, Reading), String> {
    let headers = HeaderMap::new();
    let page = FeedPage::new(&headers, body, items)?;
    let mut collector = ArticleCollector::new(
        "fuzz",
        MAX_ITEMS,
        &Arc::new(Spool::new(&SpillConfig::MEMORY)),
    );
    let mut reader = Items::of(None, "page 1".into(), MAX_ITEM_BYTES);
    for (line, item) in (1..).zip(&page.items) {
        if collector.row(line).is_err() {
            break;
        }
        reader.take(item, line, &mut collector);
    }
    let (shelf, reading) = collector.finish(None).map_err(|error| error.to_string())?;
    let mut articles = Vec::new();
    let taken = shelf.each(&mut |article| articles.push(article));
    taken.map_err(|error| error.to_string())?;
    Ok((articles, reading))
}
