//! One page of a feed: whether it is one at all, its items, and the numbers that it tells. Pure.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::value::RawValue;

use crate::config::Counter;
use crate::intake::format::{Json, Object, follow};

/// How the note begins of a page that may be the first of several.
pub const MAY_BE_FIRST: &str = "the page holds";

/// The numbers that pages are limited to.
const ROUND: [u64; 13] = [10, 12, 15, 20, 24, 25, 30, 40, 50, 100, 200, 250, 500];

/// Whether so many items may be as many as fit on a page.
pub fn is_round(items: u64) -> bool {
    ROUND.contains(&items)
}

/// Whether a number may be that of all items. Times and ids are far larger.
pub fn is_more(number: u64, items: u64) -> bool {
    number > items && number < 1_000_000
}

/// A page whose items were found.
pub(crate) struct FeedPage<'a> {
    pub(crate) items: Vec<&'a RawValue>,
    root: &'a RawValue,
    headers: &'a HeaderMap,
}

impl<'a> FeedPage<'a> {
    /// Finds the items. A page without a place for them is an error and never "no items":
    /// `MediaWiki` answers 200 to a request that it did not understand.
    pub(crate) fn new(
        headers: &'a HeaderMap,
        body: &'a [u8],
        items: Option<&str>,
    ) -> Result<Self, String> {
        Self::found(headers, Self::root(headers, body)?, items)
    }

    /// The same, for what was made into JSON.
    pub(crate) fn of(
        headers: &'a HeaderMap,
        body: &'a str,
        items: Option<&str>,
    ) -> Result<Self, String> {
        let root = serde_json::from_str(body).map_err(|error| error.to_string())?;
        Self::found(headers, root, items)
    }

    /// The JSON of an answer that does not say in other words that the request failed.
    pub(crate) fn root(headers: &HeaderMap, body: &'a [u8]) -> Result<&'a RawValue, String> {
        let body = std::str::from_utf8(body).map_err(|_| {
            "it has bytes that are not UTF-8; let the knowledge base send UTF-8".to_owned()
        })?;
        let body = body.trim_start_matches('\u{feff}');
        // Many a server calls its JSON a web page, but no web page is JSON.
        let root: &RawValue = serde_json::from_str(body).map_err(|error| {
            other_content_type(headers).unwrap_or_else(|| {
                format!("it is not valid JSON ({error}); check `feed` and `path` in a browser")
            })
        })?;
        if let Json::Object(object) = &Json::parse(root)? {
            check_envelope(object)?;
        }
        Ok(root)
    }

    /// A page of a list that comes in batches. One that says at `complete` that a batch is whole, and warns
    /// of nothing, has no items where it has no place for them: MediaWiki leaves the place out for an
    /// empty category, and large wikis do so in the middle of a list.
    pub(crate) fn batch(
        headers: &'a HeaderMap,
        body: &'a [u8],
        items: Option<&str>,
        complete: &str,
    ) -> Result<Self, String> {
        let root = Self::root(headers, body)?;
        let none = Self {
            items: Vec::new(),
            root,
            headers,
        };
        let has_place = none.is_there(items.unwrap_or_default())?;
        if none.is_there(complete)? && !none.is_there("/warnings")? && !has_place {
            return Ok(none);
        }
        Self::found(headers, root, items)
    }

    /// A page without content (204), which some answer past the last one. Its status says that there
    /// is none; a page that lacks its list does not.
    pub(crate) fn none(headers: &'a HeaderMap) -> Self {
        Self {
            items: Vec::new(),
            root: RawValue::NULL,
            headers,
        }
    }

    fn found(
        headers: &'a HeaderMap,
        root: &'a RawValue,
        items: Option<&str>,
    ) -> Result<Self, String> {
        let value = Json::parse(root)?;
        let found = match items {
            None => Some(value),
            Some(pointer) => follow(root, pointer)?.map(Json::parse).transpose()?,
        };
        let items = match (found, items) {
            (Some(Json::Array(found)), _) => found,
            (Some(Json::Object(found)), Some(_)) => {
                found.0.into_iter().map(|(_, item)| item).collect()
            }
            (_, pointer) => return Err(no_items(pointer, root)),
        };
        Ok(Self {
            items,
            root,
            headers,
        })
    }

    /// What stands at a pointer; `None` for nothing, null and an empty text.
    pub(crate) fn text(&self, pointer: &str) -> Result<Option<String>, String> {
        match self.at(pointer)? {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(Json::Array(_) | Json::Object(_)) => Err(format!(
                "there is an array or object at `{pointer}`; point at a text or number"
            )),
        }
    }

    /// The entries of the object at a pointer, as text.
    pub(crate) fn entries(&self, pointer: &str) -> Result<Vec<(String, String)>, String> {
        let wrong = || format!("there is no object of texts and numbers at `{pointer}`");
        match self.at(pointer)? {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::Object(object)) => object
                .0
                .into_iter()
                .map(|(key, raw)| match Json::parse(raw)? {
                    Json::Text(text) => Ok((key, text)),
                    _ => Err(wrong()),
                })
                .collect(),
            Some(Json::Text(_) | Json::Array(_)) => Err(wrong()),
        }
    }

    /// Whether there is anything at a pointer but null and false.
    pub(crate) fn is_there(&self, pointer: &str) -> Result<bool, String> {
        Ok(match self.at(pointer)? {
            None | Some(Json::Null) => false,
            Some(Json::Text(text)) => text != "false",
            Some(Json::Array(_) | Json::Object(_)) => true,
        })
    }

    /// A number that the page or its headers tell; `None` where they do not.
    pub(crate) fn count(&self, counter: &Counter) -> Result<Option<u64>, String> {
        let in_page = match &counter.pointer {
            Some(pointer) => self.text(pointer)?,
            None => None,
        };
        let header = || {
            let value = self.headers.get(counter.header.as_ref()?)?;
            Some(value.to_str().unwrap_or("?").trim().to_owned())
        };
        match in_page.or_else(header) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| {
                "what should be a count is not a whole number; correct `paging`".to_owned()
            }),
        }
    }

    /// What speaks for more pages, where nothing says so: a round number of items, and a larger number
    /// beside them.
    pub(crate) fn may_be_first(&self) -> Option<String> {
        let many = self.items.len() as u64;
        if !is_round(many) {
            return None;
        }
        let mut open = vec![(String::new(), self.root)];
        while let Some((at, value)) = open.pop() {
            let Ok(Json::Object(object)) = Json::parse(value) else {
                continue;
            };
            for (key, value) in object.0 {
                let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match value.get().parse() {
                    Ok(number) if is_more(number, many) => {
                        return Some(format!(
                            "{MAY_BE_FIRST} {many} items, and there is {number} at `{pointer}`: if there are more pages, say in [bot.source.paging] how they follow each other, and if that is all, next = \"\""
                        ));
                    }
                    _ if value.get().starts_with('{') => open.push((pointer, value)),
                    _ => {}
                }
            }
        }
        None
    }

    pub(crate) fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    fn at(&self, pointer: &str) -> Result<Option<Json<'a>>, String> {
        follow(self.root, pointer)?.map(Json::parse).transpose()
    }
}

/// What it is instead of JSON: a proxy or a login page in front of the knowledge base answers 200 with
/// HTML.
fn other_content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().unwrap_or("?");
    let kind = text.split(';').next().unwrap_or(text).trim();
    let kind = kind.to_ascii_lowercase();
    if kind.ends_with("/json") || kind.ends_with("+json") {
        return None;
    }
    Some(format!(
        "it is {} and not JSON; is it a login page, or the address of a page for people?",
        crate::text::one_line(&kind, 60)
    ))
}

/// Some knowledge bases say only in the body that a request failed.
fn check_envelope(object: &Object) -> Result<(), String> {
    for key in ["success", "error", "errors"] {
        let Some(raw) = object.get(key) else { continue };
        let fails = match (key, Json::parse(raw)?) {
            ("success", Json::Text(text)) => text == "false",
            ("success", _) | (_, Json::Null) => false,
            (_, Json::Text(text)) => !matches!(text.as_str(), "" | "false" | "0"),
            (_, Json::Array(items)) => !items.is_empty(),
            (_, Json::Object(object)) => !object.0.is_empty(),
        };
        if fails {
            return Err(format!(
                "its `{key}` says that the request failed; check `path`, `query` and [bot.source.auth]"
            ));
        }
    }
    Ok(())
}

fn no_items(pointer: Option<&str>, root: &RawValue) -> String {
    let there = match Json::parse(root) {
        Ok(Json::Object(object)) if !object.0.is_empty() => {
            let keys: Vec<String> = object
                .keys()
                .iter()
                .map(|key| format!("`/{key}`"))
                .collect();
            format!("it has {}", keys.join(", "))
        }
        Ok(Json::Array(_)) => "it is a list itself".to_owned(),
        _ => "it holds nothing else".to_owned(),
    };
    let there = crate::text::one_line(&there, 300);
    match pointer {
        Some(pointer) => format!(
            "there is no list at items = \"{pointer}\"; {there}. Correct `items`, or check `query`: a request that was not understood often comes back like this"
        ),
        None => format!("it is no list; {there}. Say where the list is with `items`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str, items: Option<&str>) -> Result<usize, String> {
        let headers = HeaderMap::new();
        FeedPage::new(&headers, body.as_bytes(), items).map(|page| page.items.len())
    }

    #[test]
    fn items_are_found_or_it_is_an_error() {
        let cases: [(&str, Option<&str>, Result<usize, &str>); 12] = [
            ("[{}, {}]", None, Ok(2)),
            ("[]", None, Ok(0)),
            (r#"{"a": {"b": [{}]}}"#, Some("/a/b"), Ok(1)),
            (r#"{"pages": {"7": {}, "8": {}}}"#, Some("/pages"), Ok(2)),
            (
                r#"{"success": true, "errors": [], "error": null, "d": []}"#,
                Some("/d"),
                Ok(0),
            ),
            (
                r#"{"batchcomplete": true, "warnings": {}}"#,
                Some("/query/pages"),
                Err("`/batchcomplete`, `/warnings`"),
            ),
            (r#"{"a": 1}"#, None, Err("Say where the list is")),
            (r#"{"a": 1}"#, Some("/a"), Err("no list at items")),
            (
                r#"{"d": [], "success": false}"#,
                Some("/d"),
                Err("`success`"),
            ),
            (r#"{"d": [], "error": "x"}"#, Some("/d"), Err("`error`")),
            (r#"{"d": [], "errors": [1]}"#, Some("/d"), Err("`errors`")),
            ("{", None, Err("not valid JSON")),
        ];
        for (body, items, expected) in cases {
            match (found(body, items), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{body}"),
                (Err(told), Err(part)) => assert!(told.contains(part), "{body}: {told}"),
                (found, expected) => panic!("{body}: {found:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn a_whole_batch_without_a_list_is_empty_unless_it_warns() {
        let batch = |body: &str| {
            let headers = HeaderMap::new();
            let found = FeedPage::batch(
                &headers,
                body.as_bytes(),
                Some("/query/pages"),
                "/batchcomplete",
            );
            found.map(|page| page.items.len())
        };
        for (body, expected) in [
            (r#"{"batchcomplete": true}"#, Some(0)),
            (
                r#"{"batchcomplete": true, "continue": {"gapcontinue": "B"}}"#,
                Some(0),
            ),
            (
                r#"{"batchcomplete": true, "warnings": {"main": {}}, "query": {"pages": [{}]}}"#,
                Some(1),
            ),
            (
                r#"{"batchcomplete": true, "query": {"pages": []}}"#,
                Some(0),
            ),
            // A request that was not understood, and what is no batch at all.
            (
                r#"{"batchcomplete": true, "warnings": {"query": {}}}"#,
                None,
            ),
            (r#"{"batchcomplete": false}"#, None),
            (r#"{"query": {}}"#, None),
            (r#"{"batchcomplete": true, "error": {"code": "x"}}"#, None),
        ] {
            assert_eq!(batch(body).ok(), expected, "{body}");
        }
    }

    #[test]
    fn a_round_page_beside_a_larger_number_may_be_the_first() {
        let first = |many: usize, beside: &str| {
            let items = vec!["{\"n\": 99}"; many].join(",");
            let body = format!("{{\"d\": [{items}], \"meta\": {beside}}}");
            let headers = HeaderMap::new();
            let page = FeedPage::new(&headers, body.as_bytes(), Some("/d")).unwrap();
            page.may_be_first()
        };
        let told = first(20, "{\"all\": 57}").unwrap();
        assert!(
            told.contains("20 items, and there is 57 at `/meta/all`"),
            "{told}"
        );
        for (many, beside) in [
            (19, "{\"all\": 57}"),
            (20, "{\"all\": 20}"),
            (20, "{\"at\": 1767323045}"),
            (20, "{\"all\": \"57\"}"),
        ] {
            assert_eq!(first(many, beside), None, "{many} {beside}");
        }
    }

    #[test]
    fn only_json_is_a_page_whatever_it_is_called() {
        for (kind, body, told) in [
            ("application/json; charset=utf-8", "[]", None),
            ("text/html; charset=utf-8", "[]", None),
            (
                "text/html",
                "<html>",
                Some("it is text/html and not JSON; is it a login"),
            ),
            ("text/plain", "", Some("it is text/plain and not JSON")),
            ("application/hal+json", "<", Some("it is not valid JSON")),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            let found = FeedPage::new(&headers, body.as_bytes(), None).map(drop);
            match (found, told) {
                (Ok(()), None) => {}
                (Err(error), Some(told)) => assert!(error.contains(told), "{kind}: {error}"),
                (found, _) => panic!("{kind} {body}: {found:?}"),
            }
        }
    }
}
