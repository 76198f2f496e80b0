//! Pages that need not come again, and what that says of the others.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{Kms, items, page_with, read_with, status};
use crate::intake::feed::memory::SweepMemory;

/// Three pages, each with a mark of its own; what stands on them can be changed.
async fn marked(pages: Arc<Mutex<Vec<usize>>>, by: &'static str) -> Kms {
    Kms::start(move |call, here| {
        let pages = pages.lock().unwrap();
        let at = call.asks("p").map_or(0, |_| call.number_in("p"));
        let (mark, condition) = match by {
            "etag" => (format!("\"{}\"", pages[at]), "if-none-match"),
            _ => (
                format!("Fri, 02 Jan 2026 03:04:{:02} GMT", pages[at]),
                "if-modified-since",
            ),
        };
        if call.header(condition) == mark {
            // Without the headers of the page, as servers may.
            return status(304, &[]);
        }
        let next = format!("<{here}/?p={}>; rel=\"next\"", at + 1);
        let links = [(by, mark.as_str()), ("link", next.as_str())];
        page_with(&items([pages[at]]), &links[..if at < 2 { 2 } else { 1 }])
    })
    .await
}

#[tokio::test]
async fn a_page_that_did_not_change_says_nothing_of_the_next() {
    for by in ["etag", "last-modified"] {
        let pages = Arc::new(Mutex::new(vec![1, 2, 3]));
        let kms = marked(pages.clone(), by).await;
        let source = kms.source("paging = { mode = \"link_header\" }");
        let memory = SweepMemory::default();
        for expected in [["1", "2", "3"], ["1", "2", "3"], ["1", "7", "3"]] {
            if expected[1] == "7" {
                pages.lock().unwrap()[1] = 7;
            }
            let outcome = read_with(&source, &memory).await.unwrap();
            assert_eq!(outcome.ids(), expected, "{by}");
        }
        assert_eq!(kms.calls().len(), 9, "each is asked each time");
        let outcome = read_with(&source, &SweepMemory::default()).await.unwrap();
        assert_eq!(outcome.ids(), ["1", "7", "3"], "and whole without a memory");
    }
}

#[tokio::test]
async fn an_answer_without_a_mark_is_not_kept_and_not_modified_is_no_answer_to_a_plain_call() {
    let kms = Kms::start(|call, _| match call.number {
        0 => page_with(&items([1]), &[]),
        _ => status(304, &[]),
    })
    .await;
    let source = kms.source("");
    let memory = SweepMemory::default();
    read_with(&source, &memory).await.unwrap();
    let error = read_with(&source, &memory).await.unwrap_err();
    assert!(error.contains("304"), "{error}");
}

#[tokio::test]
async fn what_is_not_needed_any_more_is_forgotten() {
    let kms = Kms::start(|call, here| {
        let first = call.asks("p").is_none();
        let next = format!("<{here}/?p={}>; rel=\"next\"", call.number);
        let links = [("etag", "\"x\""), ("link", next.as_str())];
        if !first && !call.header("if-none-match").is_empty() {
            return status(500, &[]);
        }
        page_with(
            &json!([{"id": call.number, "title": "q", "body": "a"}]),
            &links[..if first { 2 } else { 1 }],
        )
    })
    .await;
    let source = kms.source("paging = { mode = \"link_header\" }");
    let memory = SweepMemory::default();
    for _ in 0..3 {
        read_with(&source, &memory).await.unwrap();
    }
    assert_eq!(memory.pages(), 2);
}
