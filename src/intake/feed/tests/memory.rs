//! Pages that need not come again, and what that says of the others.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{Kms, items, page_with, read_with, status};
use crate::clock::Clock;
use crate::config::Config;
use crate::intake::feed::memory::{FeedFiles, SweepMemory};

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

/// What another process remembers.
pub(super) fn files(kms: &Kms) -> FeedFiles {
    let text = format!(
        "state_dir = {:?}\n[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"demo\"\nupload_effect = \"merge\"\n[[bot.source]]\nname = \"kms\"\nfeed = \"{}\"",
        kms.folder.path(),
        kms.address
    );
    let none: [(&str, &str); 0] = [];
    FeedFiles::of(&Config::parse(&text, "/c.toml".as_ref(), none).unwrap())
}

#[tokio::test]
async fn pages_and_articles_are_known_to_the_next_process() {
    let kms = Kms::start(|call, _| match call.path.as_str() {
        "/list" if call.header("if-none-match") == "\"1\"" => status(304, &[]),
        "/list" => page_with(
            &json!([{"id": 1, "at": "x"}, {"id": 2, "at": "y"}]),
            &[("etag", "\"1\""), ("set-cookie", "s=s3cr3t")],
        ),
        _ => page_with(&json!({"title": "q", "body": "a"}), &[]),
    })
    .await;
    let clock = Clock::system();
    let settings = "path = \"/list\"\ndetail = { path = \"/{item.id}\", unchanged = \"/at\" }";
    let source = kms.source(settings);
    let other = kms.source(&format!("{settings}\nlimits = {{ max_rows = 7 }}"));
    let known = files(&kms);
    for (source, calls) in [(&source, 3), (&source, 4), (&other, 7), (&other, 8)] {
        let memory = known.load("demo", source, &clock);
        let outcome = read_with(source, &memory).await.unwrap();
        assert_eq!(outcome.ids(), ["1", "2"]);
        assert_eq!(kms.calls().len(), calls);
        known.save("demo", source, &memory).unwrap();
    }
    let folder = kms.folder.path().join("feeds");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(!text.contains("s3cr3t"), "{text}");
    std::fs::write(file.path(), text.replace("\"y\"", "\"z\"")).unwrap();
    let memory = known.load("demo", &other, &clock);
    read_with(&other, &memory).await.unwrap();
    assert_eq!(kms.calls().len(), 11, "what is damaged is not gone by");
    // What belongs to no feed any more goes.
    std::fs::write(folder.join("other"), "").unwrap();
    files(&kms);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[tokio::test]
async fn a_pause_holds_for_the_next_process() {
    let kms = Kms::start(|_, _| status(429, &[("retry-after", "3600")])).await;
    let (clock, known) = (Clock::system(), files(&kms));
    let source = kms.source("max_wait = \"0s\"");
    for _ in 0..2 {
        let memory = known.load("demo", &source, &clock);
        let error = read_with(&source, &memory).await.unwrap_err();
        assert!(
            error.contains("asks not to be asked again before"),
            "{error}"
        );
        known.save("demo", &source, &memory).unwrap();
    }
    assert_eq!(kms.calls().len(), 1);
}
