//! Digests of what of a source's configuration decides which steps it yields, so that removals which
//! follow from a change of it are held. They are made of a canonical form with names of its own: that a
//! type is renamed or printed otherwise is no change. What is destructured here is destructured whole,
//! so that a new setting has to be sorted into what decides and what does not.

use std::path::Path;

use reqwest::header::HeaderName;
use serde_json::{Value, json};

use crate::config::{
    Audience, Auth, Condition, ConfiguredEncoding, Counter, DetailCall, Feed, FeedFormat, Fields,
    FixedHeader, Folder, Keep, Labels, Locale, Missing, NoAnswerPolicy, PagingMode, Parent,
    Presentation, Read, Selection, Source, SourceKind, Split, Test,
};
use crate::model::{Body, FileFormat};

/// Digests of the parts of a source's configuration that decide what it yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDigests {
    /// Where the source is.
    pub place: String,
    /// Which files and items of it count, and how they are split.
    pub filter: String,
    /// Which fields hold what.
    pub mapping: String,
    /// In which way this program cuts pages and articles with headings, where the source may have some.
    pub reading: Option<&'static str>,
}

/// Which steps a page becomes. A new one whenever that changes so that steps of a page that is as it was
/// would go: their removal is then held once, as after a change of the configuration.
const READING_OF_PAGES: &str = "2";

/// What of a source's configuration decides what it yields.
pub fn source_digests(source: &Source) -> SourceDigests {
    let Source {
        name: _,
        kind,
        fields,
        presentation,
        bad_rows: _,
        every: _,
        schedule: _,
        holds: _,
    } = source;
    let (place, filter) = match kind {
        SourceKind::Folder(folder) => (path(&folder.path), folder_filter(folder)),
        SourceKind::Feed(feed) => (
            format!("{}{}", feed.address, feed.path).into(),
            feed_filter(feed),
        ),
    };
    SourceDigests {
        place: digest(place),
        filter: digest(filter),
        mapping: digest(mapping(fields.as_ref(), presentation)),
        reading: (may_have_pages(kind) || presentation.split == Split::Headings)
            .then_some(READING_OF_PAGES),
    }
}

/// Whether pages may be among the files of a source: by its format, or by what is included.
fn may_have_pages(kind: &SourceKind) -> bool {
    let is_page = |format: FileFormat| matches!(format, FileFormat::Markdown | FileFormat::Html);
    let names_pages = |pattern: &String| {
        let pattern = pattern.to_ascii_lowercase();
        let mut words = pattern.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(is_page_extension)
    };
    match kind {
        SourceKind::Folder(folder) => folder
            .format
            .map_or_else(|| folder.include.iter().any(names_pages), is_page),
        SourceKind::Feed(feed) => match &feed.format {
            FeedFormat::File(folder) => folder.format.is_some_and(is_page),
            FeedFormat::Json | FeedFormat::Rss => false,
        },
    }
}

fn is_page_extension(word: &str) -> bool {
    matches!(word, "md" | "mdx" | "markdown" | "html" | "htm" | "xhtml")
}

/// The digest of a value, whatever the order of the keys in it. A key without a value is as good as
/// none, so that a new setting changes nothing for those who do not use it.
pub fn digest(mut value: Value) -> String {
    drop_empty(&mut value);
    value.sort_all_objects();
    blake3::hash(value.to_string().as_bytes()).to_hex()[..16].to_owned()
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(drop_empty);
            map.retain(|_, value| !value.is_null() && *value != json!([]));
        }
        Value::Array(items) => items.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

/// Two paths that are no text are not the same.
fn path(path: &Path) -> Value {
    path.to_str().map_or_else(
        || json!({ "bytes": path.as_os_str().as_encoded_bytes() }),
        Value::from,
    )
}

fn mapping(fields: Option<&Fields>, presentation: &Presentation) -> Value {
    let Presentation {
        body,
        bubble_max_chars,
        split,
        rich: _,
        no_answer,
    } = presentation;
    json!({
        "fields": fields.map(mapped),
        "body": match body {
            Body::Auto => "auto",
            Body::Text => "text",
            Body::Html => "html",
            Body::Markdown => "markdown",
            Body::Wikitext => "wikitext",
        },
        "bubble_max_chars": bubble_max_chars,
        "split": match split {
            Split::None => "none",
            Split::Headings => "headings",
        },
        "no_answer": match no_answer {
            NoAnswerPolicy::Reject => None,
            NoAnswerPolicy::Unpublished => Some("unpublished"),
        },
    })
}

fn mapped(fields: &Fields) -> Value {
    let Fields {
        id,
        question,
        question_else,
        answer,
        answer_else,
        url: _,
        author: _,
        quick_replies: _,
        alternatives,
    } = fields;
    json!({
        "id": id,
        "question": question,
        "question_else": question_else,
        "answer": answer,
        "answer_else": answer_else,
        "alternatives": (!alternatives.is_empty()).then_some(alternatives),
    })
}

fn folder_filter(folder: &Folder) -> Value {
    let Folder {
        path: _,
        include,
        exclude,
        read,
        settle: _,
        complete_when: _,
        items,
        format,
        encoding,
        sheet,
        header,
        delimiter,
        filter,
        limits: _,
    } = folder;
    json!({
        "include": include,
        "exclude": exclude,
        "read": match read {
            Read::All => "all",
            Read::Newest => "newest",
        },
        "items": items,
        "format": format.map(FileFormat::word),
        "encoding": encoding.map(ConfiguredEncoding::name),
        // One sheet was a text before there could be several.
        "sheet": match sheet.as_slice() {
            [one] => json!(one),
            several => json!(several),
        },
        "header": header,
        "delimiter": delimiter,
        "keep": keeps(&filter.keep),
        "locale": filter.locale.as_ref().map(locale),
    })
}

fn keeps(keeps: &[Keep]) -> Value {
    let keep = |Keep { pointer, values }: &Keep| json!([pointer, values]);
    keeps.iter().map(keep).collect()
}

/// One of some values is what a filter of a folder says, too, and is kept in the same form.
fn conditions(conditions: &[Condition]) -> Value {
    let condition = |condition: &Condition| {
        let Condition {
            pointer,
            test,
            missing,
        } = condition;
        let missing = match missing {
            Missing::Unclear => return json!([pointer, tested(test)]),
            Missing::Counts => json!("counts"),
            Missing::CountsBeside(other) => json!(["counts_beside", other]),
        };
        json!([pointer, tested(test), missing])
    };
    conditions.iter().map(condition).collect()
}

fn tested(test: &Test) -> Value {
    match test {
        Test::Is(values) => json!(values),
        Test::Not(values) => json!({ "not": values }),
        Test::Empty(empty) => json!({ "empty": empty }),
    }
}

fn selected(selection: &Selection) -> Value {
    let Selection {
        preset: _,
        audience,
        told_by: _,
        scope,
        lists,
        anonymous: _,
    } = selection;
    json!({
        "audience": match audience {
            Audience::Public => "public",
            Audience::Any => "any",
        },
        "scope": scope,
        "lists": lists,
    })
}

fn locale(Locale { pointer, wanted }: &Locale) -> Value {
    json!([pointer, wanted])
}

/// What is asked for, as whom, and which of it counts. Not where the secrets are kept: a token
/// that moves from a variable to a file changes nothing.
fn feed_filter(feed: &Feed) -> Value {
    let Feed {
        address: _,
        path: _,
        query,
        headers,
        auth,
        auth_check: _,
        format,
        items,
        parents,
        detail,
        by_id: _,
        changes: _,
        keep,
        newest,
        selection,
        locale: wanted,
        valid_from,
        valid_to,
        labels,
        paging,
        limits: _,
        timeout: _,
        min_interval: _,
        max_wait: _,
        concurrency: _,
        proxy: _,
        ca_file: _,
    } = feed;
    let query = query.iter().map(|(name, value)| json!([name, text(value)]));
    let headers = headers.iter().map(|(name, value)| match value {
        FixedHeader::Plain(value) => {
            json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())])
        }
        FixedHeader::Secret(_) => json!([name.as_str()]),
    });
    json!({
        "query": query.collect::<Value>(),
        "headers": headers.collect::<Value>(),
        "auth": credentials(auth),
        "format": match format {
            FeedFormat::Json => json!("json"),
            FeedFormat::Rss => json!("rss"),
            FeedFormat::File(folder) => folder_filter(folder),
        },
        "items": items,
        "parents": parents.iter().map(parent).collect::<Value>(),
        "detail": detail.as_ref().map(detailed),
        "keep": conditions(keep),
        "newest": newest,
        "selection": selection.as_ref().map(selected),
        "locale": wanted.as_ref().map(locale),
        "valid_to": validity(valid_from.as_deref(), valid_to.as_deref()),
        "labels": labels.as_ref().map(labelled),
        "paging": pages(&paging.mode),
    })
}

/// As it was before there was a beginning, where there is none: what is stored must stay the same.
fn validity(from: Option<&str>, to: Option<&str>) -> Value {
    match from {
        None => json!(to),
        Some(from) => json!([from, to]),
    }
}

fn text(template: &impl ToString) -> String {
    template.to_string()
}

fn credentials(auth: &Auth) -> Value {
    match auth {
        Auth::None => json!(["none"]),
        Auth::Basic { user, password: _ } => json!(["basic", user]),
        Auth::BasicKey(_) => json!(["basic_key"]),
        Auth::Bearer(_) => json!(["bearer"]),
        Auth::Header { name, value: _ } => json!(["header", name.as_str()]),
        Auth::Query { name, value: _ } => json!(["query", name]),
        Auth::OAuth2(settings) => json!(["oauth2", settings.client_id, settings.scope]),
    }
}

fn parent(parent: &Parent) -> Value {
    let Parent {
        name,
        path,
        below,
        items,
        keep,
        paged,
    } = parent;
    json!({
        "name": name,
        "path": text(path),
        "below": below.as_ref().map(text),
        "items": items,
        "keep": conditions(keep),
        "paged": paged,
    })
}

fn detailed(detail: &DetailCall) -> Value {
    let DetailCall {
        path,
        item,
        unchanged,
    } = detail;
    json!({ "path": text(path), "item": item, "unchanged": unchanged })
}

fn labelled(labels: &Labels) -> Value {
    let Labels {
        pointer,
        with,
        without,
        as_questions,
    } = labels;
    json!({ "pointer": pointer, "with": with, "without": without, "as_questions": as_questions })
}

fn pages(mode: &PagingMode) -> Value {
    match mode {
        PagingMode::None => json!(["none"]),
        PagingMode::LinkHeader { rel } => json!(["link_header", rel]),
        PagingMode::NextUrl { next, more } => json!(["next_url", next, more]),
        PagingMode::Cursor {
            next,
            more,
            parameter,
        } => json!(["cursor", next, more, parameter]),
        PagingMode::MergeObject { next, .. } => json!(["merge_object", next]),
        PagingMode::Page {
            parameter,
            start,
            pages: Counter { pointer, header },
        } => {
            let header = header.as_ref().map(HeaderName::as_str);
            let counted = json!({ "pointer": pointer, "header": header });
            json!(["page", parameter, start, counted])
        }
        PagingMode::Offset { parameter, start } => json!(["offset", parameter, start]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_counts_whatever_its_order() {
        let base = digest(json!({ "a": 1, "b": [1, null, { "c": 2 }] }));
        for same in [
            json!({ "b": [1, null, { "c": 2 }], "a": 1 }),
            json!({ "a": 1, "b": [1, null, { "c": 2, "new": null }], "d": [] }),
        ] {
            assert_eq!(digest(same.clone()), base, "{same}");
        }
        for other in [
            json!({ "a": 1, "b": [1, { "c": 2 }] }),
            json!({ "a": 1, "b": [1, null, { "c": 2 }], "d": {} }),
            json!({ "a": 1, "b": [1, null, { "c": 2 }], "d": false }),
            json!({ "a": 1, "b": [1, null, { "c": 2 }], "d": [[]] }),
        ] {
            assert_ne!(digest(other.clone()), base, "{other}");
        }
    }
}
