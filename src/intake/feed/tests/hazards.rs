//! What real knowledge bases do that would take live answers away, if it were believed.

use std::time::Instant;

use serde_json::json;

use super::{Call, Kms, answer, items, page, page_with, status};
use crate::normalise::{NameTemplate, normalise};

async fn refused(kms: &Kms, settings: &str, parts: &[&str]) {
    let error = kms.read(settings).await.unwrap_err();
    for part in parts {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[tokio::test]
async fn answers_that_are_no_page() {
    // MediaWiki answers a request that it did not understand with 200 and no items.
    let kms = Kms::start(|_, _| page(&json!({"batchcomplete": true, "warnings": {}}))).await;
    let settings =
        "path = \"/api.php\"\nitems = \"/query/pages\"\nquery = { secretish = \"xyzzy\" }";
    let error = kms.read(settings).await.unwrap_err();
    assert!(
        error.contains(&format!("{}/api.php is not", kms.address)),
        "{error}"
    );
    assert!(
        error.contains("no list at items = \"/query/pages\""),
        "{error}"
    );
    assert!(!error.contains("xyzzy"), "{error}");
    let kms = Kms::start(|_, _| answer(200, "text/html", &[], "<html>".into())).await;
    refused(&kms, "", &["text/html and not JSON", "login page"]).await;
    let kms = Kms::start(|_, _| page(&json!({"success": false, "data": []}))).await;
    refused(&kms, "items = \"/data\"", &["`success`"]).await;
    let kms = Kms::start(|_, _| status(302, &[("location", "https://evil.test/")])).await;
    refused(&kms, "", &["302", "redirects of pages are not followed"]).await;
    assert_eq!(kms.calls().len(), 1);
}

#[tokio::test]
async fn a_limit_that_is_silently_lowered_loses_nothing() {
    // MediaWiki gives 50 where 500 were asked for.
    let kms = Kms::start(|call, _| {
        assert_eq!(call.asks("limit"), Some("500"));
        let from = call.number_in("offset") + 1;
        page(&items((from..=5).take(2)))
    })
    .await;
    let settings = "query = { limit = 500 }\npaging = { mode = \"offset\" }";
    assert_eq!(
        kms.read(settings).await.unwrap().ids(),
        ["1", "2", "3", "4", "5"]
    );
}

#[tokio::test]
async fn the_page_after_the_last_is_not_asked_for_and_its_400_is_no_end() {
    // WordPress: rest_post_invalid_page_number.
    let answer = |call: &Call, _: &str| match call.number_in("page") {
        4.. => status(400, &[]),
        at => page_with(&items([at]), &[("x-wp-totalpages", "3")]),
    };
    let kms = Kms::start(answer).await;
    let counted = "paging = { mode = \"page\", pages_header = \"X-WP-TotalPages\" }";
    assert_eq!(kms.read(counted).await.unwrap().ids(), ["1", "2", "3"]);
    assert_eq!(kms.calls().len(), 3);
    refused(&kms, "paging = { mode = \"page\" }", &["answered 400"]).await;
}

#[tokio::test]
async fn a_comment_that_changes_with_each_answer_is_no_change() {
    // MediaWiki tells in a comment how long it took.
    let kms = Kms::start(|call, _| {
        let text = format!(
            "<p>Open <b>Settings</b></p><!-- took 0.{} s -->",
            call.number
        );
        page(&json!([{"id": 1, "question": "q", "answer": text}]))
    })
    .await;
    let source = kms.source("body = \"html\"");
    let mut steps = Vec::new();
    for _ in 0..2 {
        let (mut articles, _) = super::articles(&source).await.unwrap();
        let names = NameTemplate::new("{{ id }}").unwrap();
        let article = articles.remove(0);
        let normalised = normalise(&article, "kms", &source.presentation, &names);
        steps.extend(
            normalised
                .unwrap()
                .into_iter()
                .map(|normalised| normalised.step),
        );
    }
    assert_eq!(steps[0], steps[1]);
}

#[tokio::test]
async fn one_failed_page_fails_the_sweep() {
    for failure in [400, 403, 404, 500] {
        let kms = Kms::start(move |call, _| match call.number_in("page") {
            3 => status(failure, &[]),
            at => page(&items([at])),
        })
        .await;
        let told = failure.to_string();
        refused(&kms, "paging = { mode = \"page\" }", &[&told]).await;
    }
}

#[tokio::test]
async fn a_wrong_password_that_gives_the_public_view_is_found() {
    let kms = Kms::start(|call, _| match call.path.as_str() {
        "/me" => status(401, &[]),
        _ => page(&items([1])),
    })
    .await;
    let settings =
        "auth_check = \"/me\"\nauth = { kind = \"basic\", user = \"bot\", token = TOKEN }";
    refused(&kms, settings, &["/me answered 401", "[bot.source.auth]"]).await;
    assert_eq!(kms.calls().len(), 1);
    let outcome = kms.read("auth_check = \"/me\"").await.unwrap();
    assert_eq!(outcome.ids(), ["1"], "nobody to check");
}

#[tokio::test]
async fn no_page_of_another_origin_is_asked_for() {
    let other = Kms::start(|_, _| page(&json!({"data": items([2])}))).await;
    let there = other.address.clone();
    let kms = Kms::start(move |_, _| {
        page(&json!({"data": items([1]), "next": format!("{there}/x?p=2")}))
    })
    .await;
    let settings = "items = \"/data\"\npaging = { mode = \"next_url\", next = \"/next\" }\nauth = { kind = \"bearer\", token = TOKEN }";
    refused(&kms, settings, &["leads to", &other.address]).await;
    assert_eq!(other.calls().len(), 0);
    let there = other.address.clone();
    let kms = Kms::start(move |_, _| {
        let link = format!("<{there}/x>; rel=next");
        page_with(&items([1]), &[("link", &link)])
    })
    .await;
    refused(&kms, "paging = { mode = \"link_header\" }", &["leads to"]).await;
    assert_eq!(other.calls().len(), 0);
}

#[tokio::test]
async fn going_round_in_circles_ends() {
    let kms = Kms::start(|_, _| page(&json!({"data": items([1]), "after": "same"}))).await;
    let settings = "items = \"/data\"\npaging = { mode = \"cursor\", next = \"/after\" }";
    refused(&kms, settings, &["was read already"]).await;
    assert_eq!(kms.calls().len(), 2);
    let kms = Kms::start(|call, _| page(&items([call.number]))).await;
    let settings = "paging = { mode = \"page\" }\nlimits = { max_pages = 4 }";
    refused(&kms, settings, &["max_pages = 4"]).await;
    assert_eq!(kms.calls().len(), 4);
}

#[tokio::test]
async fn an_article_behind_a_password_is_rejected_and_not_gone() {
    let kms = Kms::start(|_, _| {
        page(&json!([
            {"id": 1, "title": {"rendered": "q"}, "content": {"rendered": "<p>a</p>"}},
            {"id": 2, "title": {"rendered": "q"}, "content": {"rendered": "", "protected": true}},
        ]))
    })
    .await;
    let settings =
        "fields = { id = \"/id\", question = \"/title/rendered\", answer = \"/content/rendered\" }";
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!(outcome.ids(), ["1"]);
    assert_eq!(outcome.rejections.len(), 1);
    assert!(outcome.rejections[0].starts_with("page 1:2: has no answer"));
    let error = kms.read(&format!("bad_rows = \"stop\"\n{settings}")).await;
    assert!(error.unwrap_err().contains("bad_rows"));
}

const COUNTED: &str = "items = \"/data\"\npaging = { mode = \"offset\", total = \"/total\" }";

#[tokio::test]
async fn a_total_that_moves_has_everything_read_again() {
    // Wagtail: one of six is deleted after the first page, so that one slips past the offset.
    let kms = Kms::start(|call, _| {
        let all: Vec<usize> = if call.number == 0 {
            (1..=6).collect()
        } else {
            (2..=6).collect()
        };
        let found: Vec<usize> = all
            .iter()
            .copied()
            .skip(call.number_in("offset"))
            .take(2)
            .collect();
        page(&json!({"data": items(found), "total": all.len()}))
    })
    .await;
    let outcome = kms.read(COUNTED).await.unwrap();
    assert_eq!(outcome.ids(), ["2", "3", "4", "5", "6"]);
    assert_eq!(outcome.incomplete, None);
    assert_eq!(kms.calls().len(), 3 + 3);
    let kms = Kms::start(|call, _| {
        let from = call.number_in("offset");
        page(&json!({"data": items([from + 1]), "total": 8 - call.number % 4}))
    })
    .await;
    let outcome = kms.read(COUNTED).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "2", "3", "4", "5"]);
    let told = outcome.incomplete.unwrap();
    for part in [
        "told of 5 items on one page and of 8",
        "read again",
        "total = ",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[tokio::test]
async fn an_item_that_comes_twice_hides_one_that_never_came() {
    // Intercom sorts by the last change: an edit moves an article to the front in between.
    let kms = Kms::start(|call, _| {
        let edited = call.number > 0;
        match (call.number_in("page"), edited) {
            (1, false) => page(&json!({"data": items([1, 2]), "total": 4})),
            (1, true) => page(&json!({"data": items([4, 1]), "total": 4})),
            _ => page(&json!({"data": items([2, 3]), "total": 4})),
        }
    })
    .await;
    let settings = "items = \"/data\"\npaging = { mode = \"page\", total = \"/total\" }";
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!(outcome.ids(), ["4", "1", "2", "3"]);
    let kms = Kms::start(|_, _| page(&json!({"data": items([1, 2]), "total": 3}))).await;
    let settings = "items = \"/data\"\npaging = { total = \"/total\" }";
    let outcome = kms.read(settings).await.unwrap();
    let told = outcome.incomplete.unwrap();
    assert!(
        told.contains("tells of 3 items, and 2 different ones"),
        "{told}"
    );
}

#[tokio::test]
async fn limits_are_kept() {
    let kms = Kms::start(|_, _| page(&items(1..=100))).await;
    refused(
        &kms,
        "limits = { max_page_bytes = 100 }",
        &["max_page_bytes = 100"],
    )
    .await;
    refused(&kms, "limits = { max_rows = 99 }", &["max_rows = 99"]).await;
    let outcome = kms.read("limits = { max_row_bytes = 35 }").await.unwrap();
    assert_eq!((outcome.ids().len(), outcome.rejections.len()), (99, 1));
    assert_eq!(kms.read("").await.unwrap().ids().len(), 100);
}

#[tokio::test]
async fn patience_is_had_within_bounds() {
    let kms = Kms::start(|call, _| match call.number {
        1 => status(429, &[("retry-after", "1")]),
        2 => status(503, &[("retry-after", "0")]),
        _ => page(&items(
            [call.number_in("page")][..usize::from(call.number < 4)].to_vec(),
        )),
    })
    .await;
    let began = Instant::now();
    let outcome = kms.read("paging = { mode = \"page\" }").await.unwrap();
    assert_eq!(outcome.ids(), ["1", "2"]);
    assert!(began.elapsed().as_millis() >= 1000);
    let kms = Kms::start(|_, _| status(429, &[("retry-after", "3600")])).await;
    refused(&kms, "max_wait = \"1s\"", &["429", "max_wait"]).await;
    assert_eq!(kms.calls().len(), 1);
}

#[tokio::test]
async fn a_page_that_promises_more_without_saying_where_is_not_the_last() {
    let kms = Kms::start(|_, _| page(&json!({"data": items([1]), "more": true}))).await;
    let paging =
        "items = \"/data\"\npaging = { mode = \"next_url\", next = \"/next\", more = \"/more\" }";
    refused(&kms, paging, &["`/more` says that there are more pages"]).await;
    let kms = Kms::start(|_, _| page(&json!({"data": items([1])}))).await;
    refused(&kms, paging, &["neither true nor false at more"]).await;
}

#[tokio::test]
async fn certificates_that_are_none() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let file = kms.folder.path().join("token");
    refused(
        &kms,
        &format!("ca_file = {file:?}"),
        &["no certificate in it"],
    )
    .await;
    refused(
        &kms,
        "ca_file = \"/nowhere.pem\"",
        &["/nowhere.pem: No such file"],
    )
    .await;
    assert_eq!(kms.calls().len(), 0);
}

#[tokio::test]
async fn nobody_there_and_nobody_in_time() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let mut source = kms.source("");
    let crate::config::SourceKind::Feed(feed) = &mut source.kind else {
        panic!("a feed")
    };
    feed.address.set_port(Some(1)).unwrap();
    let error = super::read(&source).await.unwrap_err();
    assert!(error.contains("did not answer"), "{error}");
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = slow.local_addr().unwrap().port();
    let mut source = kms.source("timeout = \"50ms\"");
    let crate::config::SourceKind::Feed(feed) = &mut source.kind else {
        panic!("a feed")
    };
    feed.address.set_port(Some(port)).unwrap();
    let error = super::read(&source).await.unwrap_err();
    assert!(error.contains("did not answer"), "{error}");
}
