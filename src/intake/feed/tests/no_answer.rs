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
