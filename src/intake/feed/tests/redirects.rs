//! Files that have moved to another address, and answers that are not quite what they should be.

use serde_json::json;

use super::{Kms, TOKEN, answer, page, status};

const CSV: &str = "id,question,answer\n1,q1,a\n";
const FILE: &str = "path = \"/faq.csv\"\nformat = \"csv\"\nheaders = { X-Team = \"kb\" }\nauth = { kind = \"bearer\", token = TOKEN }";

#[tokio::test]
async fn a_file_is_followed_to_another_host_without_credentials() {
    let store = Kms::start(|call, _| match call.path.as_str() {
        "/signed" => answer(200, "text/csv", &[], CSV.to_owned()),
        _ => status(302, &[("location", "/signed?sig=a%2Bb")]),
    })
    .await;
    let there = format!("{}/moved?sig=1", store.address);
    let kms = Kms::start(move |call, _| match call.path.as_str() {
        "/faq.csv" => status(307, &[("location", "/drive/faq.csv")]),
        _ => status(302, &[("location", &there)]),
    })
    .await;
    let outcome = kms.read(FILE).await.unwrap();
    assert_eq!(outcome.ids(), ["1"]);
    for call in kms.calls() {
        assert_eq!(call.header("authorization"), format!("Bearer {TOKEN}"));
    }
    let there = store.calls();
    assert_eq!(there.len(), 2);
    for call in there {
        assert_eq!(
            (call.header("authorization"), call.header("x-team")),
            ("", "")
        );
    }
}

#[tokio::test]
async fn no_credentials_go_back_from_another_host() {
    let home = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let back = home.clone();
    let store = Kms::start(move |_, _| {
        let to = format!("{}/again", back.lock().unwrap());
        status(302, &[("location", &to)])
    })
    .await;
    let there = store.address.clone();
    let kms = Kms::start(move |call, _| match call.path.as_str() {
        "/again" => answer(200, "text/csv", &[], CSV.to_owned()),
        _ => status(302, &[("location", &there)]),
    })
    .await;
    home.lock().unwrap().clone_from(&kms.address);
    assert_eq!(kms.read(FILE).await.unwrap().ids(), ["1"]);
    assert_eq!(kms.calls()[1].header("authorization"), "");
}

#[tokio::test]
async fn a_redirect_that_is_not_followed_says_why() {
    for (to, told) in [
        ("/faq.csv", "it leads on and on"),
        ("ftp://files.example.com/faq.csv", "without https"),
    ] {
        let kms = Kms::start(move |_, _| status(302, &[("location", to)])).await;
        let error = kms.read(FILE).await.unwrap_err();
        assert!(error.contains(told), "{to}: {error}");
    }
    let kms = Kms::start(|_, _| status(302, &[("location", "/other")])).await;
    let error = kms.read("").await.unwrap_err();
    assert!(
        error.contains("redirects of pages are not followed"),
        "{error}"
    );
}

#[tokio::test]
async fn no_content_is_the_end_of_a_list() {
    let kms = Kms::start(|call, _| match call.number_in("page") {
        1 => page(&json!([{"id": 1, "title": "q", "body": "a"}])),
        _ => status(204, &[]),
    })
    .await;
    let outcome = kms.read("paging = { mode = \"page\" }").await.unwrap();
    assert_eq!(outcome.ids(), ["1"]);
    assert_eq!(outcome.incomplete, None);
}

/// As MediaWiki does it: a batch of pages, again and again, each time with the texts of some more.
#[tokio::test]
async fn items_that_come_in_parts_are_joined() {
    let kms = Kms::start(|call, _| {
        let text = |text: &str| json!([{"slots": {"main": {"content": text}}}]);
        let (first, second) = (
            json!({"pageid": 1, "title": "q1"}),
            json!({"pageid": 2, "title": "q2"}),
        );
        let with = |mut item: serde_json::Value, words: &str| {
            item["revisions"] = text(words);
            item
        };
        match (call.asks("rvcontinue"), call.asks("gcmcontinue")) {
            (None, None) => page(&json!({
                "continue": {"rvcontinue": "2|7", "continue": "||info"},
                "query": {"pages": [with(first, "one"), second]},
            })),
            (Some(_), None) => page(&json!({
                "batchcomplete": true,
                "continue": {"gcmcontinue": "page|3", "continue": "gcmcontinue||"},
                "query": {"pages": [first, with(second, "two")]},
            })),
            _ => page(&json!({
                "batchcomplete": true,
                "query": {"pages": [
                    with(json!({"pageid": 3, "title": "q3"}), "three"),
                    {"pageid": 4, "title": "moved", "redirect": true},
                ]},
            })),
        }
    })
    .await;
    let outcome = kms
        .read("preset = \"mediawiki\"\nscope = [\"FAQ\"]")
        .await
        .unwrap();
    assert_eq!(outcome.articles, ["1: q1", "2: q2", "3: q3"]);
    assert_eq!(outcome.answers, ["one", "two", "three"]);
    assert_eq!((outcome.rejections.len(), outcome.incomplete), (0, None));
}

#[tokio::test]
async fn an_entry_without_an_id_goes_by_its_link() {
    let rdf = "<?xml version=\"1.0\"?><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\"><channel rdf:about=\"https://a.test\"><title>t</title><link>https://a.test</link><description>d</description></channel><item rdf:about=\"https://a.test/1\"><title>q1</title><link>https://a.test/1</link><description>a</description></item></rdf:RDF>";
    let rss = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>https://a.test</link><description>d</description><item><title>q1</title><link>https://a.test/1</link><description>a</description></item></channel></rss>";
    for body in [rdf, rss] {
        let kms =
            Kms::start(move |_, _| answer(200, "application/xml", &[], body.to_owned())).await;
        let outcome = kms
            .read("preset = \"rss\"\nlists_all = true")
            .await
            .unwrap();
        assert_eq!(outcome.articles, ["https://a.test/1: q1"], "{body}");
    }
}
