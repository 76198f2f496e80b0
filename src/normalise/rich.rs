//! Buttons, images and quick replies below an answer, in HSL as the vendor's documentation has it.
//! All of it is off unless the configuration asks for it.

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::bubbles::Bubble;
use super::markup::Media;
use super::{each_once, hsl, markup, separators, text};
use crate::config::Rich;
use crate::model::Article;

/// The vendor's chat shows this much of a button ...
const BUTTON: usize = 21;
/// ... and this much of a quick reply.
const QUICK_REPLY: usize = 27;

/// Something of an answer, in the order of reading.
pub(crate) enum ShownMedia {
    /// As a person wrote it: text, or HSL.
    Own(String),
    /// A bubble.
    Bubble(Bubble),
}

/// What stands below the whole answer.
pub(crate) struct Below {
    /// The words of the button to the article, and the article's address.
    read_more: Option<(String, String)>,
    /// What can be replied with at the touch of a button.
    quick_replies: Vec<String>,
}

enum RichElement {
    Text(String),
    Buttons(String, Vec<Button>),
    Hsl(String),
}

struct Button {
    text: String,
    url: String,
}

/// What shall stand below the answers of an article.
pub(crate) fn below(article: &Article, rich: &Rich, changes: &mut separators::Changes) -> Below {
    Below {
        read_more: read_more(article, rich, changes),
        quick_replies: quick_replies(article),
    }
}

/// Each once.
fn quick_replies(article: &Article) -> Vec<String> {
    let cells = article.quick_replies.iter();
    let replies = cells.flat_map(|cell| cell.split('|').map(text::line));
    each_once(replies.filter(|reply| !text::is_blank(reply)).collect())
}

/// The button to the article, if there shall be one and it would lead there.
fn read_more(
    article: &Article,
    rich: &Rich,
    changes: &mut separators::Changes,
) -> Option<(String, String)> {
    let words = rich.read_more.as_ref()?;
    if let Some(url) = markup::whole(article.url.as_ref()?) {
        return Some((words.clone(), url));
    }
    changes.say("has an address that does not begin with https:// or http://, so that no button can lead there; correct fields.url");
    None
}

/// The answers as the CSV holds them.
pub(crate) fn answers(
    shown: Vec<ShownMedia>,
    below: &Below,
    changes: &mut separators::Changes,
) -> Vec<String> {
    let mut elements = Vec::with_capacity(shown.len());
    for shown in shown {
        match shown {
            ShownMedia::Own(text) if hsl::trimmed(&text).is_some() => {
                elements.push(RichElement::Hsl(text));
            }
            ShownMedia::Own(text) => elements.push(RichElement::Text(text)),
            ShownMedia::Bubble(bubble) => bubble_elements(bubble, changes, &mut elements),
        }
    }
    if !elements.is_empty() {
        if below.quick_replies.is_empty() {
            add_read_more(below, &mut elements);
        } else {
            add_quick_replies(below, changes, &mut elements);
        }
    }
    elements.into_iter().map(RichElement::written).collect()
}

fn bubble_elements(
    bubble: Bubble,
    changes: &mut separators::Changes,
    elements: &mut Vec<RichElement>,
) {
    let said = changes.answer(bubble.text);
    let mut buttons: Vec<Button> = Vec::new();
    let mut images = Vec::new();
    for media in bubble.media {
        match media {
            Media::Link { url, text } if buttons.iter().all(|button| button.url != url) => {
                // Words that nobody can see are nothing to press.
                let is_seen = !text::line(&text).is_empty();
                let text = if is_seen { text } else { url.clone() };
                buttons.push(Button { text, url });
            }
            Media::Link { .. } => {}
            Media::Image { url, text } => images.push((url, text)),
        }
    }
    if !text::is_blank(&said) {
        elements.push(if buttons.is_empty() {
            RichElement::Text(said)
        } else {
            RichElement::Buttons(said, buttons)
        });
    }
    if !images.is_empty() {
        elements.push(RichElement::Hsl(written(&carousel(&images))));
    }
}

fn add_read_more(below: &Below, elements: &mut Vec<RichElement>) {
    let Some((words, url)) = &below.read_more else {
        return;
    };
    let button = Button {
        text: words.clone(),
        url: url.clone(),
    };
    match elements.pop() {
        Some(RichElement::Text(said)) => elements.push(RichElement::Buttons(said, vec![button])),
        Some(RichElement::Buttons(said, mut buttons)) => {
            buttons.push(button);
            elements.push(RichElement::Buttons(said, buttons));
        }
        last => {
            elements.extend(last);
            elements.push(RichElement::Buttons(words.clone(), vec![button]));
        }
    }
}

/// They stand below the last bubble with text, which comes last.
fn add_quick_replies(
    below: &Below,
    changes: &mut separators::Changes,
    elements: &mut Vec<RichElement>,
) {
    let is_text = |element: &RichElement| matches!(element, RichElement::Text(_));
    let at = elements.iter().rposition(is_text);
    let Some(RichElement::Text(mut said)) = at.map(|at| elements.remove(at)) else {
        changes
            .say("has quick replies and no text that they could stand below; they were left out");
        return add_read_more(below, elements);
    };
    if let Some((words, url)) = &below.read_more {
        said = format!("{said}\n\n{words} ({url})");
    }
    let quick_replies: Vec<Value> = below
        .quick_replies
        .iter()
        .map(|reply| quick_reply(reply))
        .collect();
    elements.push(RichElement::Hsl(written(&json!({
        "text": said,
        "type": "TEXT",
        "data": { "quick_replies": quick_replies },
    }))));
}

impl RichElement {
    fn written(self) -> String {
        match self {
            Self::Text(text) | Self::Hsl(text) => text,
            Self::Buttons(text, buttons) => {
                let items: Vec<Value> = buttons.iter().map(button).collect();
                written(&json!({ "text": text, "type": "BUTTON", "data": { "items": items } }))
            }
        }
    }
}

fn button(button: &Button) -> Value {
    json!({
        "actionable_text": short(&button.text, BUTTON),
        "location_required": false,
        "is_default": 0,
        "uri": "LINK",
        "type": "APP_ACTION",
        "payload": { "url": button.url, "gogo_message": "" },
    })
}

fn quick_reply(reply: &str) -> Value {
    json!({
        "actionable_text": short(reply, QUICK_REPLY),
        "is_default": 0,
        "type": "TEXT_ONLY",
        "payload": { "message": reply, "link": "", "gogo_message": "" },
    })
}

fn carousel(images: &[(String, String)]) -> Value {
    let item = |(url, _): &(String, String)| json!({ "thumbnail": { "image": url, "type": "LANDSCAPE" }, "actionables": [] });
    let texts = images.iter().map(|(_, text)| text::line(text));
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    json!({
        "text": texts.join(", "),
        "type": "CAROUSEL",
        "data": {
            "image_aspect_ratio": 1.77,
            "width": "FAT",
            "items": images.iter().map(item).collect::<Vec<_>>(),
        },
    })
}

fn written(element: &Value) -> String {
    hsl::without_separator(&element.to_string())
}

/// As much of a text as is shown.
fn short(text: &str, most: usize) -> String {
    let text = text::line(text);
    let starts = || text.grapheme_indices(true).map(|(start, _)| start);
    if starts().nth(most).is_none() {
        return text;
    }
    let end = starts().nth(most - 1).unwrap_or_default();
    format!("{}…", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut_between_what_a_reader_takes_for_characters() {
        for (text, expected) in [
            ("four", "four"),
            ("five!", "five!"),
            ("sixsix", "sixs…"),
            ("six six", "six…"),
            ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧"),
            ("नमस्तेजी अच्छा", "नमस्तेजी…"),
        ] {
            assert_eq!(short(text, 5), expected, "{text}");
        }
    }
}
