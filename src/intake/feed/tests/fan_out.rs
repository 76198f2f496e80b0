//! Lists above the articles, and a call for each article.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Call, Kms, items, page, read_with, status};
use crate::intake::feed::memory::SweepMemory;

const FOLDERS: &str = "path = \"/folders/{folder.id}/articles\"\npaging = { mode = \"page\" }\n\
    [[bot.source.parents]]\nname = \"category\"\npath = \"/categories\"\nitems = \"/all\"\n\
    [[bot.source.parents]]\nname = \"folder\"\npath = \"/categories/{category.key.x}/folders\"\n\
    below = \"/folders/{folder.id}/folders\"\nkeep = { \"/public\" = true }\n";

fn folder(id: usize, public: bool) -> Value {
    json!({"id": id, "public": public})
}

/// Two categories with folders in folders, one of which leads back up.
fn shelves(call: &Call) -> Vec<Value> {
    let category = |key: &str| json!({"key": {"x": key}});
    match call.path.as_str() {
        "/categories" => vec![category("a/b"), category("c")],
        "/categories/a%2Fb/folders" => vec![folder(1, true), folder(2, false)],
        "/categories/c/folders" => vec![folder(3, true)],
        "/folders/1/folders" => vec![folder(4, true), folder(5, true)],
        "/folders/4/folders" => vec![folder(1, true)],
        "/folders/3/folders" | "/folders/5/folders" | "/folders/5/articles" => vec![],
        "/folders/1/articles" => items([1, 2, 3]).as_array().unwrap().clone(),
        "/folders/4/articles" => items([4]).as_array().unwrap().clone(),
        "/folders/3/articles" => items([5, 1]).as_array().unwrap().clone(),
        other => panic!("{other}"),
    }
}

fn one_at_a_time(call: &Call, all: &[Value]) -> super::Answer {
    let found: Vec<&Value> = all
        .iter()
        .skip(call.number_in("page") - 1)
        .take(1)
        .collect();
    page(&match call.path.as_str() {
        "/categories" => json!({"all": found}),
        _ => json!(found),
    })
}

#[tokio::test]
async fn every_folder_of_every_category_is_read() {
    let kms = Kms::start(|call, _| one_at_a_time(call, &shelves(call))).await;
    let outcome = kms.read(FOLDERS).await.unwrap();
    let mut ids = outcome.ids();
    ids.sort_unstable();
    assert_eq!(ids, ["1", "2", "3", "4", "5"], "and 1 is in two of them");
    assert_eq!(outcome.rejections, [""; 0]);
    let again = kms.read(FOLDERS).await.unwrap();
    assert_eq!(again.articles, outcome.articles, "in the same order");
}

#[tokio::test]
async fn a_partition_that_fails_fails_the_sweep() {
    let asked = [
        "/categories",
        "/categories/c/folders",
        "/folders/4/folders",
        "/folders/3/articles",
    ];
    for broken in asked {
        let kms = Kms::start(move |call, _| {
            if call.path == broken {
                return status(404, &[]);
            }
            one_at_a_time(call, &shelves(call))
        })
        .await;
        let error = kms.read(FOLDERS).await.unwrap_err();
        assert!(error.contains(&format!("{broken} answered 404")), "{error}");
    }
    let kms = Kms::start(|call, _| match call.path.as_str() {
        "/categories/c/folders" => page(&json!([{"id": 3}])),
        _ => one_at_a_time(call, &shelves(call)),
    })
    .await;
    let error = kms.read(FOLDERS).await.unwrap_err();
    assert!(
        error.contains("an item of `folder` has nothing at `/public`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_list_of_one_page_and_parameters_that_a_parent_fills_in() {
    let kms = Kms::start(|call, _| {
        if call.path == "/spaces" {
            assert_eq!((call.asks("page"), call.asks("in")), (None, None));
            assert_eq!(call.asks("limit"), Some("50"));
            return page(&json!([{"id": "x y"}]));
        }
        assert_eq!(call.asks("in"), Some("x y"));
        let at = call.number_in("page");
        page(&if at < 3 { items([at]) } else { items([]) })
    })
    .await;
    let settings = "path = \"/pages\"\nquery = { limit = 50, in = \"{space.id}\" }\npaging = { mode = \"page\" }\n\
        [[bot.source.parents]]\nname = \"space\"\npath = \"/spaces\"\npaged = false";
    assert_eq!(kms.read(settings).await.unwrap().ids(), ["1", "2"]);
}

#[tokio::test]
async fn an_item_without_what_a_path_needs_is_an_error() {
    let kms = Kms::start(|_, _| page(&json!([{"name": "x"}]))).await;
    let settings =
        "path = \"/{space.id}\"\n[[bot.source.parents]]\nname = \"space\"\npath = \"/spaces\"";
    let error = kms.read(settings).await.unwrap_err();
    assert!(
        error.contains("an item of `space` has no text or number at `/id`"),
        "{error}"
    );
}

const DETAIL: &str = "path = \"/list\"\nkeep = { \"/state\" = \"live\", \"/hidden\" = false }\nconcurrency = 3\n\
    fields = { id = \"/id\", question = \"/title\", answer = \"/text\" }\n\
    [bot.source.detail]\npath = \"/articles/{item.id}?lang=en\"\nitem = \"/data\"\nunchanged = \"/updated\"\n";

/// Twenty articles, and how they were last changed.
async fn with_details(updated: Arc<Mutex<Vec<usize>>>) -> Kms {
    Kms::start(move |call, _| {
        let updated = updated.lock().unwrap();
        if call.path == "/list" {
            let entry = |(id, updated): (usize, &usize)| {
                let state = if id == 7 { "draft" } else { "live" };
                json!({"id": id, "state": state, "updated": updated, "title": "of the list"})
            };
            return page(&updated.iter().enumerate().map(entry).collect());
        }
        assert_eq!(call.asks("lang"), Some("en"));
        let id: usize = call.path.rsplit('/').next().unwrap().parse().unwrap();
        assert_ne!(id, 7, "what the list rules out is not asked for");
        page(&json!({"data": {"title": format!("q{id} of {}", updated[id]), "text": "a", "hidden": id == 8}}))
    })
    .await
}

#[tokio::test]
async fn each_article_is_asked_for_and_again_only_when_it_changed() {
    let updated = Arc::new(Mutex::new(vec![0; 20]));
    let kms = with_details(updated.clone()).await;
    let source = kms.source(DETAIL);
    let memory = SweepMemory::default();
    let outcome = read_with(&source, &memory).await.unwrap();
    assert_eq!(outcome.articles.len(), 18);
    assert_eq!(outcome.articles[3], "3: q3 of 0");
    assert_eq!(kms.calls().len(), 1 + 19);
    updated.lock().unwrap()[3] = 5;
    let outcome = read_with(&source, &memory).await.unwrap();
    assert_eq!(outcome.articles[3], "3: q3 of 5");
    assert_eq!(outcome.articles.len(), 18);
    assert_eq!(kms.calls().len(), 20 + 2, "the list, and the one");
    let without = kms.source(&DETAIL.replace("unchanged", "#"));
    read_with(&without, &memory).await.unwrap();
    assert_eq!(kms.calls().len(), 22 + 20);
}

#[tokio::test]
async fn no_more_calls_are_under_way_than_may_be() {
    for (concurrency, expected) in [(1, 1), (3, 3)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, highest) = (now.clone(), most.clone());
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let closed = gate.clone();
        let serve = move |request: axum::extract::Request| {
            let (counted, highest, closed) = (counted.clone(), highest.clone(), closed.clone());
            async move {
                let body = if request.uri().path() == "/list" {
                    items(1..=9)
                } else {
                    let under_way = counted.fetch_add(1, Ordering::SeqCst) + 1;
                    highest.fetch_max(under_way, Ordering::SeqCst);
                    if under_way == expected {
                        closed.close();
                    }
                    // The first wait for as many as there may be.
                    let _ = closed.acquire().await;
                    counted.fetch_sub(1, Ordering::SeqCst);
                    json!({"more": true})
                };
                page(&body)
            }
        };
        let app = axum::Router::new().fallback(serve);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let kms = Kms::start(|_, _| panic!("another one is asked")).await;
        let mut source = kms.source(&format!("path = \"/list\"\nconcurrency = {concurrency}\n[bot.source.detail]\npath = \"/a/{{item.id}}\""));
        let crate::config::SourceKind::Feed(feed) = &mut source.kind else {
            panic!("a feed")
        };
        feed.address = address.parse().unwrap();
        let outcome = super::read(&source).await.unwrap();
        assert_eq!(outcome.ids().len(), 9);
        assert_eq!(most.load(Ordering::SeqCst), expected);
    }
}

const ONE_BY_ONE: &str = "path = \"/list\"\n[bot.source.detail]\npath = \"/articles/{item.id}\"";

#[tokio::test]
async fn an_article_whose_own_call_fails_is_left_as_it_is_and_the_rest_goes_on() {
    type Answering = fn() -> super::Answer;
    let failing: [(Answering, &str); 5] = [
        (
            || status(404, &[]),
            "answered 404 Not Found: it was deleted",
        ),
        (|| status(403, &[]), "answered 403"),
        (|| status(500, &[]), "answered 500"),
        (|| page(&json!({"error": "locked"})), "`error`"),
        (
            || super::answer(200, "text/html", &[], "<html>".into()),
            "not JSON",
        ),
    ];
    for (failing, told) in failing {
        let kms = Kms::start(move |call, _| match call.path.as_str() {
            "/list" => page(&items(1..=30)),
            "/articles/2" => failing(),
            _ => page(&json!({"body": "whole"})),
        })
        .await;
        let outcome = kms.read_live(ONE_BY_ONE, &["1", "2"]).await.unwrap();
        assert_eq!(outcome.ids().len(), 29, "{told}");
        assert!(!outcome.ids().contains(&"2"), "{told}");
        assert_eq!(outcome.alone, ["2"], "{told}");
        assert_eq!(outcome.rejections.len(), 1, "{told}");
        assert!(outcome.rejections[0].contains(told), "{outcome:?}");
        assert_eq!(outcome.incomplete, None, "{told}");
        let lists = kms
            .calls()
            .iter()
            .filter(|call| call.path == "/list")
            .count();
        assert_eq!(lists, 1, "{told}: nothing moved");
    }
}

#[tokio::test]
async fn calls_that_all_fail_are_the_feeds_failure() {
    for (count, most) in [(2, 2), (400, 20)] {
        let kms = Kms::start(move |call, _| match call.path.as_str() {
            "/list" => page(&items(1..=count)),
            _ => status(403, &[]),
        })
        .await;
        let error = kms.read(ONE_BY_ONE).await.unwrap_err();
        // Whichever article failed first: it is one failure, and told once.
        let told = "/articles/{item.id} answered 403 Forbidden";
        assert!(error.contains(told), "{error}");
        let asked = kms.calls().len() - 1;
        assert!(asked <= most, "{asked} of {count} articles were asked for");
    }
}

#[tokio::test]
async fn a_detail_that_is_none_fails_the_sweep() {
    for (body, told) in [
        (json!({"success": false}), "`success`"),
        (
            json!({"data": null}),
            "no article at detail.item = \"/data\"",
        ),
        (json!([]), "no article at"),
    ] {
        let kms = Kms::start(move |call, _| match call.path.as_str() {
            "/list" => page(&items([1])),
            _ => page(&body),
        })
        .await;
        let settings =
            "path = \"/list\"\n[bot.source.detail]\npath = \"/a/{item.id}\"\nitem = \"/data\"";
        let error = kms.read(settings).await.unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}
