//! The export of a WordPress (WXR): its posts, pages and questions, with the names that articles have elsewhere.
//! Pictures, menus and the like are no articles. Pure.

use serde_json::{Value, json};

/// What shows that a feed is such an export.
pub(crate) const MARK: [&str; 3] = ["rss", "channel", "wp:wxr_version"];
/// Where its articles are.
pub(crate) const ITEMS: [&str; 3] = ["rss", "channel", "item"];

/// What is in such an export beside articles.
const FURNITURE: [&str; 9] = [
    "attachment",
    "nav_menu_item",
    "revision",
    "custom_css",
    "customize_changeset",
    "oembed_cache",
    "user_request",
    "acf-field",
    "acf-field-group",
];

/// What an item is.
#[derive(Debug, PartialEq)]
pub(crate) enum WordPressItem {
    Article(Value),
    /// An article that not everybody may read, and why.
    Withdrawn(String, String),
    Furniture,
}

/// What an item of the export is.
pub(crate) fn item(item: &Value) -> WordPressItem {
    let text = |name: &str| item[name].as_str().unwrap_or_default();
    let kind = text("wp:post_type");
    if FURNITURE.contains(&kind) || kind.starts_with("wp_") {
        return WordPressItem::Furniture;
    }
    let id = text("wp:post_id").to_owned();
    let status = text("wp:status");
    let why = if status != "publish" {
        format!("is not published (`wp:status` is \"{status}\"), so it does not count")
    } else if !text("wp:post_password").is_empty() {
        "can be read only with a password, so it does not count".to_owned()
    } else {
        return WordPressItem::Article(json!({
            "id": id,
            "question": text("title"),
            "answer": text("content:encoded"),
        }));
    };
    WordPressItem::Withdrawn(id, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_everybody_may_read_is_an_article() {
        let post = |kind: &str, status: &str, password: &str| {
            item(&json!({
                "title": "How?", "link": "https://x.example/how", "wp:post_id": "7",
                "content:encoded": "So.", "wp:post_type": kind, "wp:status": status,
                "wp:post_password": password,
            }))
        };
        let WordPressItem::Article(article) = post("faq", "publish", "") else {
            panic!("it is published");
        };
        assert_eq!(article["id"], "7");
        assert_eq!(
            (&article["question"], &article["answer"]),
            (&json!("How?"), &json!("So."))
        );
        for (kind, status, password) in [("post", "draft", ""), ("page", "publish", "x")] {
            let found = post(kind, status, password);
            assert!(matches!(found, WordPressItem::Withdrawn(id, _) if id == "7"));
        }
        for kind in ["attachment", "nav_menu_item", "wp_template"] {
            assert_eq!(post(kind, "publish", ""), WordPressItem::Furniture);
        }
    }
}
