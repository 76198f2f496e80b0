//! Recognises a configuration that changed in a way that changes what a source yields, so that
//! removals which follow from it are held.

use serde::{Deserialize, Serialize};

use crate::config::{
    Audience, Auth, Body, Feed, FeedFormat, FixedHeader, Folder, Missing, Read, Source, SourceKind,
    Split, Test,
};

/// Digests of the parts of a configuration that decide what a source yields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Where the source is.
    pub source: String,
    /// Which files and items of it count, and how they are split.
    pub filter: String,
    /// Which fields hold what.
    pub mapping: String,
    /// How steps are named.
    pub template: String,
}

impl Fingerprint {
    /// The configuration keys behind the parts that differ, as a person knows them.
    pub fn changed_since(&self, before: &Self) -> Vec<&'static str> {
        let parts = [
            (&self.source, &before.source, "the source's folder or feed"),
            (
                &self.filter,
                &before.filter,
                "the filter (include, exclude, read, items, delimiter, format, encoding, sheet, header, query, audience, scope, parents, detail, keep, newest, locale, labels, valid_to or auth)",
            ),
            (
                &self.mapping,
                &before.mapping,
                "the mapping (fields, body, bubble_max_chars or split)",
            ),
            (&self.template, &before.template, "the node_name template"),
        ];
        parts
            .into_iter()
            .filter(|(now, before, _)| now != before)
            .map(|(_, _, name)| name)
            .collect()
    }
}

/// The fingerprint of a source whose steps are named by this template.
pub fn fingerprint(source: &Source, node_name_template: &str) -> Fingerprint {
    let (place, filter) = match &source.kind {
        SourceKind::Folder(folder) => (
            Digest::new()
                .bytes(folder.path.as_os_str().as_encoded_bytes())
                .finish(),
            folder_filter(folder),
        ),
        SourceKind::Feed(feed) => (
            Digest::new().text(&address(feed)).finish(),
            feed_filter(feed),
        ),
    };
    let mut mapping = Digest::new();
    if let Some(fields) = &source.fields {
        mapping.list(&fields.id);
        mapping.list(&fields.question).list(&fields.answer);
        mapping
            .list(&fields.question_else)
            .list(&fields.answer_else);
    }
    mapping.text(match source.presentation.body {
        Body::Auto => "auto",
        Body::Text => "text",
        Body::Html => "html",
        Body::Markdown => "markdown",
        Body::Wikitext => "wikitext",
    });
    mapping.text(&source.presentation.bubble_max_chars.to_string());
    if source.presentation.split == Split::Headings {
        mapping.text("headings");
    }
    Fingerprint {
        source: place,
        filter,
        mapping: mapping.finish(),
        template: Digest::new().text(node_name_template).finish(),
    }
}

fn folder_filter(folder: &Folder) -> String {
    let mut filter = Digest::new();
    filter.list(&folder.include).list(&folder.exclude);
    filter.text(match folder.read {
        Read::All => "all",
        Read::Newest => "newest",
    });
    filter.list(folder.items.as_slice());
    filter.bytes(folder.delimiter.as_slice());
    let reading = (folder.format, folder.encoding, &folder.sheet, folder.header);
    filter.text(&format!("{reading:?}"));
    for keep in &folder.filter.keep {
        filter.text(&keep.pointer).list(&keep.values);
    }
    if let Some(locale) = &folder.filter.locale {
        filter.text(&locale.pointer).text(&locale.wanted);
    }
    filter.finish()
}

fn address(feed: &Feed) -> String {
    format!("{}{}", feed.address, feed.path)
}

/// What is asked for, as whom, and which of it counts. Not where the secrets are kept: a token
/// that moves from a variable to a file changes nothing.
fn feed_filter(feed: &Feed) -> String {
    let mut filter = Digest::new();
    for (name, value) in &feed.query {
        filter.text(name).text(&value.to_string());
    }
    for (name, value) in &feed.headers {
        filter.text(name.as_str());
        if let FixedHeader::Plain(value) = value {
            filter.bytes(value.as_bytes());
        }
    }
    filter.text(&format!("{:?} {:?}", feed.parents, feed.detail));
    filter.text(&format!("{:?} {:?}", feed.valid_to, feed.labels));
    match &feed.format {
        FeedFormat::Json => filter.text("json"),
        FeedFormat::Rss => filter.text("rss"),
        FeedFormat::File(folder) => filter.text(&folder_filter(folder)),
    };
    match &feed.auth {
        Auth::None => filter.text("none"),
        Auth::Basic { user, .. } => filter.text("basic").text(user),
        Auth::BasicKey(_) => filter.text("basic_key"),
        Auth::Bearer(_) => filter.text("bearer"),
        Auth::Header { name, .. } => filter.text("header").text(name.as_str()),
        Auth::Query { name, .. } => filter.text("query").text(name),
        Auth::OAuth2(settings) => filter
            .text("oauth2")
            .text(&settings.client_id)
            .list(settings.scope.as_slice()),
    };
    filter.list(feed.items.as_slice());
    for condition in &feed.keep {
        filter.text(&condition.pointer);
        match &condition.test {
            Test::Is(values) => filter.text("is").list(values),
            Test::Not(values) => filter.text("not").list(values),
            Test::Empty(empty) => filter.text(if *empty { "empty" } else { "not empty" }),
        };
        match &condition.missing {
            Missing::Unclear => filter.text("unclear"),
            Missing::Counts => filter.text("counts"),
            Missing::CountsBeside(other) => filter.text("beside").text(other),
        };
    }
    filter.list(feed.newest.as_slice());
    if let Some(selection) = &feed.selection {
        filter.text(match selection.audience {
            Audience::Public => "public",
            Audience::Any => "any",
        });
        filter.list(&selection.scope).list(&selection.lists);
    }
    if let Some(locale) = &feed.locale {
        filter.text(&locale.pointer).text(&locale.wanted);
    }
    filter.text(&format!("{:?}", feed.paging.mode));
    filter.finish()
}

struct Digest(blake3::Hasher);

impl Digest {
    fn new() -> Self {
        Self(blake3::Hasher::new())
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn list(&mut self, texts: &[String]) -> &mut Self {
        self.0.update(&(texts.len() as u64).to_le_bytes());
        for text in texts {
            self.text(text);
        }
        self
    }

    fn finish(&self) -> String {
        self.0.finalize().to_hex()[..16].to_owned()
    }
}
