//! Which articles count, what they are called, and what they ask.

use serde_json::json;

use super::{Kms, page};

const FIELDS: &str = "fields = { id = \"/id\", question = \"/q\", answer = \"/a\" }\n";

#[tokio::test]
async fn labels_choose_and_ask() {
    let kms = Kms::start(|_, _| {
        page(&json!([
            {"id": 1, "q": "q", "a": "a", "tags": [{"name": "FAQ"}, {"name": "Log in"}]},
            {"id": 2, "q": "q", "a": "a", "tags": [{"name": "faq"}, {"name": "internal"}]},
            {"id": 3, "q": "q", "a": "a", "tags": []},
            {"id": 4, "q": "q", "a": "a"},
        ]))
    })
    .await;
    let read = async |more: &str| {
        let settings = format!("{FIELDS}labels = \"/tags/*/name\"\n{more}");
        kms.read(&settings).await.unwrap().articles
    };
    assert_eq!(read("with_labels = [\"faq\"]").await, ["1: q", "2: q"]);
    assert_eq!(
        read("without_labels = [\"Internal\"]").await,
        ["1: q", "3: q", "4: q"]
    );
    assert_eq!(
        read(
            "with_labels = [\"faq\"]\nwithout_labels = [\"internal\"]\nlabels_as_questions = true"
        )
        .await,
        ["1: q|FAQ|Log in"]
    );
    let settings = format!("{FIELDS}labels = \"/labels\"\nwith_labels = [\"faq\"]");
    let error = kms.read(&settings).await.unwrap_err();
    assert!(
        error.contains("no item has anything where `labels` points"),
        "{error}"
    );
}

#[tokio::test]
async fn what_was_valid_until_yesterday_is_gone() {
    let kms = Kms::start(|_, _| {
        page(&json!([
            {"id": 1, "q": "q", "a": "a", "to": "2020-01-01"},
            {"id": 2, "q": "q", "a": "a", "to": "2999-01-01 00:00:00"},
            {"id": 3, "q": "q", "a": "a", "to": ""},
            {"id": 4, "q": "q", "a": "a"},
            {"id": 5, "q": "q", "a": "a", "to": 1_000_000_000},
            {"id": 6, "q": "q", "a": "a", "to": "soon"},
        ]))
    })
    .await;
    let outcome = kms
        .read(&format!("{FIELDS}valid_to = \"/to\""))
        .await
        .unwrap();
    assert_eq!(outcome.ids(), ["2", "3", "4"]);
    assert_eq!(outcome.rejections.len(), 1, "{:?}", outcome.rejections);
    assert!(outcome.rejections[0].starts_with("page 1:6: has something at valid_to"));
}

/// As Plone answers an account that edits: what is published already, and visitors see later alone.
#[tokio::test]
async fn what_becomes_valid_tomorrow_is_not_there_yet() {
    let kms = Kms::start(|_, _| {
        page(&json!([
            {"id": 1, "q": "q", "a": "a", "from": "2020-01-01T00:00:00+00:00"},
            {"id": 2, "q": "q", "a": "a", "from": "2999-01-01T00:00:00+00:00"},
            {"id": 3, "q": "q", "a": "a", "from": null},
            {"id": 4, "q": "q", "a": "a", "from": "2020-01-01T00:00:00+00:00", "to": "2021-01-01T00:00:00+00:00"},
            {"id": 5, "q": "q", "a": "a", "from": ["soon"]},
        ]))
    })
    .await;
    let outcome = kms
        .read(&format!(
            "{FIELDS}valid_from = \"/from\"\nvalid_to = \"/to\""
        ))
        .await
        .unwrap();
    assert_eq!(outcome.ids(), ["1", "3"]);
    assert_eq!(outcome.rejections.len(), 1, "{:?}", outcome.rejections);
    assert!(outcome.rejections[0].starts_with("page 1:5: has something at valid_from"));
}

#[tokio::test]
async fn an_id_of_parts_and_the_first_field_that_holds_something() {
    let kms = Kms::start(|_, _| {
        page(&json!([
            {"id": "k1", "lang": "en", "q": "q", "html": "<p>h</p>", "text": "t"},
            {"id": "k1", "lang": "de", "q": null, "name": "n", "html": null, "text": "t"},
            {"id": "k2", "lang": "", "q": "q", "html": "h"},
            {"id": "k3", "lang": "en", "q": "q", "html": "", "text": ""},
        ]))
    })
    .await;
    let settings = "fields = { id = [\"/id\", \"/lang\"], question = \"/q\", question_else = [\"/title\", \"/name\"], answer = \"/html\", answer_else = \"/text\" }";
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!(outcome.articles, ["k1-en: q", "k1-de: n"]);
    assert_eq!(outcome.answers, ["<p>h</p>", "t"]);
    assert_eq!(outcome.rejections.len(), 2, "{:?}", outcome.rejections);
    assert!(outcome.rejections[0].contains("has no id (`/lang`"));
    assert!(outcome.rejections[1].contains("has no answer"));
}
