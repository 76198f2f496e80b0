//! RSS and Atom as the JSON that a page is otherwise: `{"entries": [...], "next": ...}`. Pure.

use feed_rs::model::{Entry, Feed, Link, Text};
use feed_rs::parser::Builder;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

/// The feed as JSON.
pub(crate) fn as_json(headers: &HeaderMap, body: &[u8]) -> Result<String, String> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_page = |kind: &str| {
        kind.trim_start()
            .to_ascii_lowercase()
            .starts_with("text/html")
    };
    if kind.is_some_and(is_page) {
        return Err("it is a web page and no feed; is it a login page?".to_owned());
    }
    // Without an id of its own an entry has none: a made one would be another at each change.
    let parser = Builder::new().id_generator(|_, _, _| String::new()).build();
    let feed: Feed = parser
        .parse(body)
        .map_err(|error| format!("it is no RSS or Atom ({error}); check `feed` and `path`"))?;
    let entries: Vec<Value> = feed.entries.iter().map(entry).collect();
    let next = link(&feed.links, "next");
    Ok(json!({"entries": entries, "next": next}).to_string())
}

fn entry(entry: &Entry) -> Value {
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.content.clone());
    let summary = text(&entry.summary);
    let body = entry
        .content
        .as_ref()
        .and_then(|content| content.body.clone());
    let labels: Vec<&str> = entry
        .categories
        .iter()
        .map(|one| one.term.as_str())
        .collect();
    let link = link(&entry.links, "alternate");
    // RSS 1.0 knows no other id than the address, and RSS 2 need not have one.
    let id = Some(&entry.id).filter(|id| !id.is_empty());
    json!({
        "id": id.or(link.as_ref()),
        "title": text(&entry.title),
        "body": body.or_else(|| summary.clone()),
        "summary": summary,
        "link": link,
        "labels": labels,
        "published": entry.published.map(|time| time.to_rfc3339()),
        "updated": entry.updated.map(|time| time.to_rfc3339()),
    })
}

/// A link without a relation is the entry's own.
fn link(links: &[Link], rel: &str) -> Option<String> {
    let fits = |link: &&Link| link.rel.as_deref().unwrap_or("alternate") == rel;
    links.iter().find(fits).map(|link| link.href.clone())
}
