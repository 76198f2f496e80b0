//! A knowledge base that never comes to an end: nothing of it is kept beyond a bound, and the reading
//! fails with what to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::Response;
use futures_util::stream;
use serde_json::{Value, json};

use super::{Answer, Call, Kms, items, page};

/// A body without an end, and how much of it has gone out.
fn endless(sent: &Arc<AtomicU64>) -> Answer {
    let sent = sent.clone();
    let chunks = stream::repeat_with(move || {
        sent.fetch_add(64 << 10, Ordering::Relaxed);
        Ok::<_, std::convert::Infallible>(Bytes::from(vec![b' '; 64 << 10]))
    });
    Response::builder()
        .header("content-type", "application/json")
        .body(Body::from_stream(chunks))
        .unwrap()
}

async fn refused(kms: &Kms, settings: &str, parts: &[&str]) {
    let error = kms.read(settings).await.unwrap_err();
    for part in parts {
        assert!(error.contains(part), "{part} in {error}");
    }
}

/// What the connection holds on its way is more than what is kept.
const MOST: u64 = 32 << 20;

#[tokio::test]
async fn no_body_is_read_beyond_its_bound() {
    let auth = "auth = { kind = \"oauth2\", token_url = \"HERE/token\", client_id = \"c\", token = TOKEN }";
    let limits = "limits = { max_page_bytes = \"256KiB\" }";
    for (path, settings, parts) in [
        (
            "/token",
            auth,
            &["no access token", "longer than 65536 bytes"][..],
        ),
        ("/", limits, &["longer than max_page_bytes = 262144"]),
    ] {
        let sent = Arc::new(AtomicU64::new(0));
        let out = sent.clone();
        let kms = Kms::start(move |call, _| {
            if call.path == path {
                endless(&out)
            } else {
                page(&items([1]))
            }
        });
        refused(&kms.await, settings, parts).await;
        assert!(sent.load(Ordering::Relaxed) < MOST, "{path}");
    }
}

#[tokio::test]
async fn bytes_of_a_sweep_are_bounded_however_many_pages_and_articles_they_come_in() {
    let text = "x".repeat(5000);
    let item = move |id: usize| json!({"id": id, "title": format!("q{id}"), "body": text});
    let whole = item.clone();
    let pages = Kms::start(move |call, _| {
        let first = call.number * 10;
        page(&(first..first + 10).map(&whole).collect::<Value>())
    })
    .await;
    let limits = "limits = { max_page_bytes = \"64KiB\" }";
    let settings = format!("paging = {{ mode = \"page\" }}\n{limits}");
    let words = [
        "more than 4194304 bytes in one sweep",
        "64 times max_page_bytes",
    ];
    refused(&pages, &settings, &words).await;
    assert!(pages.calls().len() < 120, "{}", pages.calls().len());

    let details = Kms::start(move |call, _| match call.path.strip_prefix("/texts/") {
        Some(id) => page(&item(id.parse().unwrap())),
        None => page(&items(1..2000)),
    })
    .await;
    let detailed =
        "limits = { max_page_bytes = \"256KiB\" }\ndetail = { path = \"/texts/{item.id}\" }";
    assert!(details.read(detailed).await.is_ok(), "so much may come");
    let less = detailed.replace("256KiB", "120KiB");
    let words = ["more than 7864320 bytes in one sweep"];
    refused(&details, &less, &words).await;
}

#[tokio::test]
async fn lists_above_are_bounded_too() {
    let kms = Kms::start(|call, _| {
        page(&match call.path.as_str() {
            "/folders" => (0..call.number_in("page"))
                .map(|id| json!({"id": id}))
                .collect(),
            "/long" => json!([{"id": "x".repeat(9000)}]),
            _ => items([1]),
        })
    })
    .await;
    let above = |path: &str| {
        format!(
            "path = \"/{{folder.id}}/articles\"\nlimits = {{ max_rows = 50 }}\npaging = {{ mode = \"page\" }}\n\
             [[bot.source.parents]]\nname = \"folder\"\npath = \"{path}\""
        )
    };
    refused(&kms, &above("/folders"), &["more than max_rows = 50"]).await;
    assert!(kms.calls().len() < 60);
    refused(&kms, &above("/long"), &["more than 8192 bytes at `/id`"]).await;
}

#[tokio::test]
async fn an_address_of_a_page_has_a_length() {
    let cursor = |_: &Call, _: &str| {
        page(&json!({"all": [{"id": 1, "title": "q", "body": "a"}], "next": "x".repeat(20_000)}))
    };
    let kms = Kms::start(cursor).await;
    let settings =
        "items = \"/all\"\npaging = { mode = \"cursor\", next = \"/next\", parameter = \"after\" }";
    refused(&kms, settings, &["its address is longer than 16384 bytes"]).await;
    assert_eq!(kms.calls().len(), 1);
}
