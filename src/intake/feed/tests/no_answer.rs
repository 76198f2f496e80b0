//! Articles of feeds without text: rejected, each alone, or as if they were not published.

use serde_json::json;

use super::{Kms, articles, page};
use crate::model::Reach;

async fn found(settings: &str) -> (Vec<String>, Vec<(Option<String>, Reach)>) {
    let kms = Kms::start(|call, _| {
        if call.path != "/articles" {
            return page(&json!([]));
        }
        page(&json!([
            {"id": 1, "title": "q", "body": "a"},
            {"id": 2, "title": "q", "body": null},
            {"id": 3, "title": "", "body": " "},
            {"title": "q", "body": "a"},
        ]))
    })
    .await;
    let settings = format!("path = \"/articles\"\n{settings}");
    let (articles, reading) = articles(&kms.source(&settings)).await.unwrap();
    let rejections = reading.rejections.into_iter();
    (
        articles.into_iter().map(|article| article.id).collect(),
        rejections.map(|one| (one.id, one.reach)).collect(),
    )
}

#[tokio::test]
async fn what_it_means_is_what_the_source_says() {
    let alone = |id: &str| (Some(id.to_owned()), Reach::Alone);
    let no_id = (None, Reach::Rest);
    let rejected = vec![alone("2"), alone("3"), no_id.clone()];
    for (settings, expected) in [
        ("", rejected.clone()),
        ("no_answer = \"reject\"", rejected),
        ("no_answer = \"unpublished\"", vec![no_id]),
    ] {
        let (ids, rejections) = found(settings).await;
        assert_eq!(ids, ["1"], "{settings}");
        assert_eq!(rejections, expected, "{settings}");
    }
}

/// Plone sends `"text": null` for a page without text, Drupal `"body": null`.
#[tokio::test]
async fn a_text_that_was_emptied_is_null_in_place_of_its_object() {
    let kms = Kms::start(|_, _| {
        page(&json!([
            {"id": 1, "title": "q", "text": {"data": "a"}},
            {"id": 2, "title": "q", "text": null},
            {"id": 3, "title": "q", "text": {"data": null}},
            // A field of another name is missing, which only a person can set right.
            {"id": 4, "title": "q", "text": {"html": "a"}},
            {"id": 5, "title": "q"},
            {"id": 6, "title": "q", "text": "a"},
        ]))
    })
    .await;
    let settings = "no_answer = \"unpublished\"\nfields = { id = \"/id\", question = \"/title\", answer = \"/text/data\" }";
    let (articles, reading) = articles(&kms.source(settings)).await.unwrap();
    let ids: Vec<&str> = articles.iter().map(|article| article.id.as_str()).collect();
    assert_eq!(ids, ["1"]);
    let rejected = reading.rejections.iter();
    let rejected: Vec<_> = rejected.map(|one| one.id.as_deref()).collect();
    assert_eq!(rejected, [Some("4"), Some("5"), Some("6")]);
}
