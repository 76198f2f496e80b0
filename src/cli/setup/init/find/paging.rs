//! How page follows page, as far as one page says so: at any depth, beside the list itself. Pure.

use serde_json::Value;

use crate::intake::{is_more, is_round};

/// How page follows page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GuessedPaging {
    /// `None`: nothing says that there is a next one.
    pub(crate) next: Option<NextPage>,
    /// The pointer to the number of articles on all pages.
    pub(crate) total: Option<String>,
    /// What speaks for more pages, where nothing says how they follow each other.
    pub(crate) warning: Option<String>,
}

/// How the next page is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NextPage {
    /// A `Link` header.
    LinkHeader,
    /// A URL at this pointer.
    Url(String),
    /// Pages are counted from here.
    Page {
        parameter: String,
        start: u64,
        /// The pointer to the number of pages.
        pages: Option<String>,
    },
    /// Items are counted.
    Offset { parameter: String },
}

/// What keys are called that name the next page.
const NEXT: [&str; 9] = [
    "next",
    "href",
    "link",
    "next_page",
    "next_url",
    "nextPage",
    "nextPageUrl",
    "nextLink",
    "@odata.nextLink",
];

/// What keys are called that hold the number of all articles.
const TOTAL: [&str; 13] = [
    "total",
    "total_count",
    "totalCount",
    "totalSize",
    "totalElements",
    "totalItems",
    "totalDocs",
    "total_results",
    "total_entries",
    "items_total",
    "numFound",
    "count",
    "@odata.count",
];

/// What keys are called that hold the number of pages.
const PAGES: [&str; 8] = [
    "pages",
    "pageCount",
    "page_count",
    "total_pages",
    "totalPages",
    "last_page",
    "lastPage",
    "pages_total",
];

/// A value of a page that is no list, and where it stands.
struct PageValue<'p> {
    pointer: String,
    key: &'p str,
    value: &'p Value,
}

/// What a page with so many articles says.
pub(crate) fn guess(page: &Value, links: &[String], many: usize) -> GuessedPaging {
    let many = many as u64;
    let values = beside_lists(page);
    let total = find(&values, &TOTAL, |value| {
        value.as_u64().is_some_and(|total| total >= many)
    });
    let next = if links.iter().any(|link| is_next(link)) {
        Some(NextPage::LinkHeader)
    } else {
        next_url(&values).map(NextPage::Url)
    };
    let warning = next.is_none().then(|| warning(&values, many)).flatten();
    GuessedPaging {
        next,
        total: total.map(|found| found.pointer.clone()),
        warning,
    }
}

/// The pointer to the number of pages, where there is one.
pub(crate) fn pages(page: &Value) -> Option<String> {
    let values = beside_lists(page);
    let found = find(&values, &PAGES, |value| {
        value.as_u64().is_some_and(|pages| pages > 0)
    });
    found.map(|found| found.pointer.clone())
}

fn is_next(link: &str) -> bool {
    link.contains("rel=\"next\"") || link.contains("rel=next")
}

fn next_url(values: &[PageValue]) -> Option<String> {
    let is_address =
        |text: &str| text.starts_with("http") || text.starts_with('/') || text.starts_with('?');
    let is_about_next = |found: &&PageValue| {
        let own = matches!(found.key, "href" | "link");
        !own || found.pointer.ends_with(&format!("/next/{}", found.key))
    };
    let named = values.iter().filter(|found| NEXT.contains(&found.key));
    let named: Vec<&PageValue> = named.filter(is_about_next).collect();
    let address = named
        .iter()
        .find(|found| found.value.as_str().is_some_and(is_address));
    // On the last page, there is a place for it and nothing in it.
    let empty = || {
        let number = |found: &&&PageValue| found.key != "nextPage" && found.value.is_null();
        named.iter().find(number)
    };
    let has_count = values.iter().any(|found| PAGES.contains(&found.key));
    address
        .or_else(|| empty().filter(|_| !has_count))
        .map(|found| found.pointer.clone())
}

/// A round number of articles, beside a larger number, may be the first page of several.
fn warning(values: &[PageValue], many: u64) -> Option<String> {
    if !is_round(many) {
        return None;
    }
    let fits = |value: &Value| value.as_u64().is_some_and(|number| is_more(number, many));
    let found = values.iter().find(|found| fits(found.value))?;
    Some(format!(
        "the page holds {many} articles, and there is {} at `{}`: see whether there are more pages",
        found.value, found.pointer
    ))
}

fn find<'v, 'p>(
    values: &'v [PageValue<'p>],
    keys: &[&str],
    fits: impl Fn(&Value) -> bool,
) -> Option<&'v PageValue<'p>> {
    keys.iter().find_map(|key| {
        values
            .iter()
            .find(|found| found.key == *key && fits(found.value))
    })
}

/// What stands beside the lists of a page, the uppermost first.
fn beside_lists(page: &Value) -> Vec<PageValue<'_>> {
    let mut found = Vec::new();
    let mut open = std::collections::VecDeque::from([(String::new(), page)]);
    while let Some((at, value)) = open.pop_front() {
        let Value::Object(entries) = value else {
            continue;
        };
        for (key, value) in entries {
            let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            match value {
                Value::Object(_) => open.push_back((pointer, value)),
                Value::Array(_) => {}
                _ => found.push(PageValue {
                    pointer,
                    key,
                    value,
                }),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_say_it_in_many_ways() {
        let url = |pointer: &str| Some(NextPage::Url(pointer.to_owned()));
        let cases = [
            (
                json!({"next": "/p2", "count": 91}),
                url("/next"),
                Some("/count"),
            ),
            (
                json!({"links": {"next": {"href": "https://a/p2"}}}),
                url("/links/next/href"),
                None,
            ),
            (
                json!({"@odata.nextLink": "https://a?$skip=2", "@odata.count": 9}),
                url("/@odata.nextLink"),
                Some("/@odata.count"),
            ),
            (
                json!({"batching": {"@id": "x", "next": "https://a?b_start=2"}, "items_total": 7}),
                url("/batching/next"),
                Some("/items_total"),
            ),
            (json!({"links": {"next": null}}), url("/links/next"), None),
            (
                json!({"meta": {"pagination": {"pages": 3, "total": 7, "next": 2}}}),
                None,
                Some("/meta/pagination/total"),
            ),
            (
                json!({"meta": {"pagination": {"pages": 1, "total": 3, "next": null}}}),
                None,
                Some("/meta/pagination/total"),
            ),
            (
                json!({"page": {"totalElements": 41, "totalPages": 3, "number": 0}}),
                None,
                Some("/page/totalElements"),
            ),
            (
                json!({"total": 1, "meta": {"total": 9}}),
                None,
                Some("/meta/total"),
            ),
            (
                json!({"totalDocs": 7, "totalPages": 4, "page": 1, "hasNextPage": true, "nextPage": 2}),
                None,
                Some("/totalDocs"),
            ),
            (json!({"_links": {"self": {"href": "/x"}}}), None, None),
        ];
        for (page, next, total) in cases {
            let found = guess(&page, &[], 2);
            assert_eq!(found.next, next, "{page}");
            assert_eq!(found.total.as_deref(), total, "{page}");
        }
        let link = "<https://a/2>; rel=\"next\"".to_owned();
        assert_eq!(
            guess(&json!([]), &[link], 2).next,
            Some(NextPage::LinkHeader)
        );
        let counted = json!({"meta": {"pagination": {"pageCount": 3}}});
        assert_eq!(
            pages(&counted).as_deref(),
            Some("/meta/pagination/pageCount")
        );
    }

    #[test]
    fn a_round_page_beside_a_larger_number_is_told() {
        let warned = |page: Value, many| guess(&page, &[], many).warning;
        let told = warned(json!({"meta": {"results": 57}}), 20).unwrap();
        assert!(told.contains("57 at `/meta/results`"), "{told}");
        for (page, many) in [
            (json!({"meta": {"results": 57}}), 19),
            (json!({"meta": {"results": 20}}), 20),
            (json!({"at": 1_767_323_045}), 20),
            (json!({"next": "/p2", "n": 57}), 20),
        ] {
            assert_eq!(warned(page, many), None);
        }
    }
}
