//! Every way from page to page: three pages of two articles, and none of them twice.

use serde_json::json;

use super::{Call, Kms, items, page, page_with, status};

const ALL: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

async fn reads_all(
    settings: &str,
    answer: impl Fn(&Call, &str) -> super::Answer + Send + Sync + 'static,
) {
    let kms = Kms::start(answer).await;
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!(outcome.ids(), ALL, "{settings}");
    assert_eq!(outcome.rejections, [""; 0], "{settings}");
    assert_eq!(outcome.pages, 3, "{settings}");
}

fn pair(page: usize) -> serde_json::Value {
    items([page * 2 + 1, page * 2 + 2])
}

#[tokio::test]
async fn one_page() {
    let kms = Kms::start(|_, _| page(&items(1..=6))).await;
    let outcome = kms.read("").await.unwrap();
    assert_eq!((outcome.ids(), outcome.pages), (ALL.to_vec(), 1));
}

#[tokio::test]
async fn link_headers() {
    reads_all("paging = { mode = \"link_header\" }", |call, here| {
        let at = call.asks("p").map_or(0, |_| call.number_in("p"));
        let next = format!("<{here}/x?p={}>; rel=\"next\"", at + 1);
        let other = "<https://api.w.org/>; rel=\"https://api.w.org/\"";
        let links = [("link", other), ("link", next.as_str())];
        page_with(&pair(at), &links[..if at < 2 { 2 } else { 1 }])
    })
    .await;
}

#[tokio::test]
async fn next_urls() {
    let settings = "items = \"/data\"\npaging = { mode = \"next_url\", next = \"/next\" }";
    reads_all(settings, |call, here| {
        let at = call.asks("p").map_or(0, |_| call.number_in("p"));
        // Absolute, then relative, then none.
        let next = [json!(format!("{here}/x?p=1")), json!("?p=2"), json!(null)];
        page(&json!({"data": pair(at), "next": next[at]}))
    })
    .await;
    let settings =
        "items = \"/data\"\npaging = { mode = \"next_url\", next = \"/next\", more = \"/more\" }";
    reads_all(settings, |call, _| {
        let at = call.asks("p").map_or(0, |_| call.number_in("p"));
        page(&json!({"data": pair(at), "more": at < 2, "next": format!("/x?p={}", at + 1)}))
    })
    .await;
}

#[tokio::test]
async fn cursors() {
    let settings = "items = \"/data\"\nquery = { size = 2 }\npaging = { mode = \"cursor\", next = \"/after\", parameter = \"after\" }";
    reads_all(settings, |call, _| {
        assert_eq!(call.asks("size"), Some("2"));
        let at = ["", "a=&", "b+ "];
        let at = at
            .iter()
            .position(|cursor| *cursor == call.asks("after").unwrap_or_default());
        match at.unwrap() {
            0 => page(&json!({"data": pair(0), "after": "a=&"})),
            1 => page(&json!({"data": pair(1), "after": "b+ "})),
            _ => page(&json!({"data": pair(2)})),
        }
    })
    .await;
}

#[tokio::test]
async fn merged_objects() {
    let settings = "items = \"/data\"\npaging = { mode = \"merge_object\", next = \"/continue\" }";
    reads_all(settings, |call, _| match call.asks("from") {
        None => page(&json!({"data": pair(0), "continue": {"from": "x|1", "continue": "-||"}})),
        Some("x|1") => {
            assert_eq!(call.asks("continue"), Some("-||"));
            page(&json!({"data": pair(1), "continue": {"from": 7}}))
        }
        from => {
            assert_eq!((from, call.asks("continue")), (Some("7"), None));
            page(&json!({"data": pair(2)}))
        }
    })
    .await;
}

#[tokio::test]
async fn counted_pages() {
    let past_the_end = |call: &Call, first: usize| {
        let at = call.number_in("page") - first;
        (at < 3).then_some(at)
    };
    reads_all(
        "items = \"/data\"\npaging = { mode = \"page\", pages = \"/pages\" }",
        move |call, _| match past_the_end(call, 1) {
            Some(at) => page(&json!({"data": pair(at), "pages": 3})),
            None => status(400, &[]),
        },
    )
    .await;
    reads_all(
        "paging = { mode = \"page\", start = 0, total_header = \"X-Total\" }",
        move |call, _| match past_the_end(call, 0) {
            Some(at) => page_with(&pair(at), &[("x-total", "6")]),
            None => status(400, &[]),
        },
    )
    .await;
}

#[tokio::test]
async fn without_a_total_only_an_empty_page_is_the_end() {
    // Asked for ten, it silently gives two at a time.
    let settings = "query = { limit = 10 }\npaging = { mode = \"offset\" }";
    let kms = Kms::start(|call, _| {
        let from = call.number_in("offset");
        page(&items(from + 1..=(from + 2).min(6)))
    })
    .await;
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!((outcome.ids(), outcome.pages), (ALL.to_vec(), 4));
    let kms = Kms::start(|call, _| match call.number_in("page") {
        4 => page(&items([])),
        at => page(&pair(at - 1)),
    })
    .await;
    let outcome = kms.read("paging = { mode = \"page\" }").await.unwrap();
    assert_eq!((outcome.ids(), outcome.pages), (ALL.to_vec(), 4));
}

#[tokio::test]
async fn a_total_spares_the_empty_page() {
    let settings = "items = \"/data\"\npaging = { mode = \"offset\", total = \"/total\" }";
    reads_all(settings, |call, _| {
        let from = call.number_in("offset");
        page(&json!({"data": items([from + 1, from + 2]), "total": "6"}))
    })
    .await;
}

#[tokio::test]
async fn the_values_of_an_object_are_items() {
    let kms =
        Kms::start(|_, _| page(&json!({"pages": {"7": {"id": 7, "title": "q", "body": "a"}}})))
            .await;
    let outcome = kms.read("items = \"/pages\"").await.unwrap();
    assert_eq!(outcome.articles, ["7: q"]);
}

#[tokio::test]
async fn parameters_headers_and_filters() {
    let settings = r#"
path = "/{locale}/articles"
locale = "en-us"
locale_field = "/lang"
query = { "page[size]" = 2, q = "a^b|c 'd'" }
headers = { Accept-Language = "en" }
keep = { "/draft" = false, "/state" = ["live", 2] }
"#;
    let kms = Kms::start(|_, _| {
        let item = |id: u32, lang: &str, draft: bool, state: serde_json::Value| {
            json!({"id": id, "title": "q", "body": "a", "lang": lang, "draft": draft, "state": state})
        };
        page(&json!([
            item(1, "en_US", false, json!("live")),
            item(2, "de", false, json!("live")),
            item(3, "en-us", true, json!("live")),
            item(4, "EN-US", false, json!(2)),
            item(5, "en-us", false, json!("old")),
            {"id": 6, "title": "q", "body": "a", "lang": "en-us", "state": 2},
        ]))
    })
    .await;
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "4"]);
    assert_eq!(outcome.rejections.len(), 1);
    assert!(outcome.rejections[0].starts_with("page 1:6: has nothing at `/draft`"));
    let call = &kms.calls()[0];
    assert_eq!(call.path, "/en-us/articles");
    assert_eq!(call.asks("page[size]"), Some("2"));
    assert_eq!(call.asks("q"), Some("a^b|c 'd'"));
    assert_eq!(call.header("accept-language"), "en");
}
