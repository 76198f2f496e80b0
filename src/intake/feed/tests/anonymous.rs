//! What somebody without credentials gets, by one request.

use serde_json::json;

use super::{Answer, Kms, items, page, page_with, status};
use crate::clock::Clock;
use crate::config::SourceKind;
use crate::intake::feed::http::{Anonymous, ask_anonymously};

const AUTH: &str = "auth = { kind = \"bearer\", token = TOKEN }\nheaders = { X-Key = TOKEN }\nauth_check = \"/me\"\nmax_wait = \"1h\"\n";

#[tokio::test]
async fn one_request_tells_how_many_there_are_or_that_it_cannot_be_told() {
    type Case = (
        &'static str,
        &'static str,
        fn() -> Answer,
        Result<u64, &'static str>,
    );
    let cases: [Case; 10] = [
        ("one page", "", || page(&items([1, 2, 3])), Ok(3)),
        (
            "a total in a header",
            "preset = \"wordpress\"",
            || {
                page_with(
                    &items([1]),
                    &[("x-wp-total", "7"), ("x-wp-totalpages", "1")],
                )
            },
            Ok(7),
        ),
        (
            "a total beside the page",
            "preset = \"zendesk-guide\"",
            || page(&json!({"articles": [{"id": 1}], "count": 230})),
            Ok(230),
        ),
        (
            "no total where there should be one",
            "preset = \"zendesk-guide\"",
            || page(&json!({"articles": [{"id": 1}]})),
            Err("does not tell how many"),
        ),
        (
            "the only page of several that there may be",
            "preset = \"mediawiki\"\nscope = [\"FAQ\"]",
            || page(&json!({"batchcomplete": true, "query": {"pages": [{}, {}]}})),
            Ok(2),
        ),
        (
            "the first of several pages",
            "preset = \"mediawiki\"\nscope = [\"FAQ\"]",
            || page(&json!({"continue": {"gcmcontinue": "x"}, "query": {"pages": [{}, {}]}})),
            Err("the first page does not tell"),
        ),
        (
            "two lists",
            "preset = \"mediawiki\"\nscope = [\"FAQ\", \"Help\"]",
            || panic!("nothing is asked"),
            Err("several lists"),
        ),
        (
            "nobody is let in",
            "",
            || status(401, &[]),
            Err("it answers 401"),
        ),
        (
            "no time for it",
            "",
            || status(429, &[("retry-after", "60")]),
            Err("no answer that can be used"),
        ),
        (
            "no page",
            "items = \"/data\"",
            || page(&json!({})),
            Err("no answer that can be used"),
        ),
    ];
    for (told, settings, answer, expected) in cases {
        let kms = Kms::start(move |call, _| {
            assert_eq!(call.header("authorization"), "");
            assert_eq!(call.header("x-key"), "");
            answer()
        })
        .await;
        let source = kms.source(&format!("{settings}\n{AUTH}"));
        let SourceKind::Feed(feed) = &source.kind else {
            panic!("a feed")
        };
        let found = ask_anonymously(feed, &Clock::system()).await;
        match (&found, expected) {
            (Anonymous::Sees(found), Ok(expected)) => assert_eq!(*found, expected, "{told}"),
            (Anonymous::Unclear(why), Err(part)) => assert!(why.contains(part), "{told}: {why}"),
            (found, expected) => panic!("{told}: {found:?}, not {expected:?}"),
        }
        assert!(kms.calls().len() <= 1, "{told}");
    }
}
