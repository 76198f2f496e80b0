//! Answers as a customer sees them: bubbles with text, buttons, cards and quick replies, drawn from HSL as
//! the vendor's documentation has it. Pure.

use serde::Serialize;
use serde_json::Value;

use crate::model::Step;

/// Bubbles, and buttons and cards in one, that are shown.
const SHOWN: usize = 30;
/// Characters of a text that are shown.
const TEXT: usize = 5000;

/// One bubble.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct BubbleView {
    text: String,
    /// What can be pressed.
    buttons: Vec<String>,
    /// Cards of a carousel.
    cards: Vec<CardView>,
    /// The address of an image; it is told and not fetched.
    image: Option<String>,
    /// HSL of a kind that is not drawn: its type.
    unknown: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct CardView {
    image: String,
    title: String,
    text: String,
    buttons: Vec<String>,
}

/// The bubbles of a step.
pub(super) fn bubbles(step: &Step) -> Vec<BubbleView> {
    step.answers().take(SHOWN).map(bubble).collect()
}

fn bubble(answer: &str) -> BubbleView {
    let hsl: Option<Value> = serde_json::from_str(answer.trim()).ok();
    match hsl.filter(|hsl| hsl["type"].is_string()) {
        Some(hsl) => drawn(&hsl),
        None => BubbleView {
            text: cut(answer),
            ..BubbleView::default()
        },
    }
}

fn drawn(hsl: &Value) -> BubbleView {
    let (kind, data) = (hsl["type"].as_str().unwrap_or_default(), &hsl["data"]);
    let mut bubble = BubbleView {
        text: text(&hsl["text"]),
        ..BubbleView::default()
    };
    match kind {
        "TEXT" => {
            bubble.buttons = labels(&data["quick_replies"]);
        }
        "BUTTON" => bubble.buttons = labels(&data["items"]),
        "IMAGE" => bubble.image = image(data),
        "CAROUSEL" => bubble.cards = all(&data["items"]).map(card).collect(),
        other => bubble.unknown = Some(cut(other)),
    }
    bubble
}

fn card(item: &Value) -> CardView {
    CardView {
        image: text(&item["thumbnail"]["image"]),
        title: text(&item["title"]),
        text: [&item["sub_title"], &item["subtitle"], &item["description"]]
            .map(text)
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
        buttons: labels(&item["actionables"]),
    }
}

/// What stands on buttons and quick replies, by whichever of the names the vendor gives it.
fn labels(items: &Value) -> Vec<String> {
    let label = |item: &Value| {
        ["actionable_text", "title", "text", "message"]
            .map(|name| text(&item[name]))
            .into_iter()
            .find(|text| !text.is_empty())
    };
    all(items).filter_map(label).collect()
}

fn image(data: &Value) -> Option<String> {
    let items = all(&data["items"]).chain([data]);
    items
        .flat_map(|item| ["image_url", "url", "thumbnail"].map(|name| text(&item[name])))
        .find(|address| !address.is_empty())
}

fn all(items: &Value) -> impl Iterator<Item = &Value> {
    items.as_array().into_iter().flatten().take(SHOWN)
}

fn text(value: &Value) -> String {
    value.as_str().map(cut).unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(answer: &str) -> Step {
        Step {
            node_name: "kb-1".into(),
            question: "When?".into(),
            answer: answer.into(),
        }
    }

    fn seen(answer: &str) -> Vec<(String, Vec<String>)> {
        let bubbles = bubbles(&step(answer));
        let seen = bubbles
            .into_iter()
            .map(|bubble| (bubble.text, bubble.buttons));
        seen.collect()
    }

    #[test]
    fn text_is_a_bubble_and_hsl_is_drawn() {
        let button = r#"{"type":"BUTTON","text":"More?","data":{"items":[{"actionable_text":"Open","type":"BROWSER_LINK"}]}}"#;
        let replies = r#"{"type":"TEXT","text":"Else?","data":{"quick_replies":[{"title":"Yes"},{"title":"No"}]}}"#;
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(
            seen(&format!("One.<m>{button}<m>{replies}")),
            [
                ("One.".to_owned(), strings(&[])),
                ("More?".to_owned(), strings(&["Open"])),
                ("Else?".to_owned(), strings(&["Yes", "No"])),
            ]
        );
    }

    #[test]
    fn what_is_not_known_is_told_and_breaks_nothing() {
        let bubble = |answer: &str| bubbles(&step(answer)).remove(0);
        assert_eq!(
            bubble(r#"{"type":"PODCAST","data":[1,{"x":[[[]]]}]}"#)
                .unknown
                .as_deref(),
            Some("PODCAST")
        );
        for plain in ["{", "{}", "[1,2]", "{\"type\":1}", "\"quoted\""] {
            assert_eq!(bubble(plain).text, plain);
        }
        let image =
            bubble(r#"{"type":"IMAGE","data":{"items":[{"image_url":"https://a/b.png"}]}}"#);
        assert_eq!(image.image.as_deref(), Some("https://a/b.png"));
        let cards = bubble(
            r#"{"type":"CAROUSEL","data":{"items":[{"title":"A","sub_title":"B","actionables":[{"actionable_text":"C"}]}]}}"#,
        );
        assert_eq!(cards.cards[0].buttons, ["C"]);
    }
}
