//! For a webhook of Workflows in Microsoft Teams: a message with one adaptive card. The connectors that took
//! `{"text": ...}` are retired.
//!
//! Teams reads Markdown in a `TextBlock` and in facts (learn.microsoft.com, "Format cards in Teams"), and none in
//! the runs of a `RichTextBlock`, so that all words stand in such runs.

use serde_json::{Value, json};

use crate::model::Severity;
use crate::notify::letter::Letter;
use crate::text::one_line;

/// The version that has `RichTextBlock`; Teams shows cards up to 1.5.
const VERSION: &str = "1.2";
/// Characters of the words: a message of Teams has room for 28 KiB, and a character may take six bytes.
const WORDS: usize = 3500;

pub(super) fn teams(letter: Letter<'_>) -> String {
    let colour = match (letter.severity(), letter.message.is_over) {
        (_, true) => "Good",
        (Severity::Error, _) => "Attention",
        (Severity::Warning, _) => "Warning",
        (Severity::Info, _) => "Accent",
    };
    let mut body = vec![
        block(&[json!({
            "type": "TextRun",
            "text": letter.title(),
            "size": "Medium",
            "weight": "Bolder",
            "color": colour,
        })]),
        block(&[run(&one_line(&letter.message.words, WORDS))]),
    ];
    for (what, value) in letter.facts() {
        let name = json!({ "type": "TextRun", "text": format!("{what}  "), "isSubtle": true });
        body.push(block(&[name, run(&value)]));
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": body,
    });
    if let Some(link) = letter.link() {
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": "Show", "url": link }]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
    .to_string()
}

fn block(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::letter::tests::{message, sender};

    fn sent(words: &str) -> String {
        let (mut message, sender) = (message(), sender());
        message.words = words.into();
        let letter = Letter {
            message: &message,
            sender: &sender,
        };
        teams(letter)
    }

    #[test]
    fn no_word_stands_where_markdown_is_read() {
        let sent: Value = serde_json::from_str(&sent("[here](https://evil.example)")).unwrap();
        let card = &sent["attachments"][0]["content"];
        assert_eq!(card["type"], "AdaptiveCard");
        for block in card["body"].as_array().unwrap() {
            assert_eq!(block["type"], "RichTextBlock");
            for run in block["inlines"].as_array().unwrap() {
                assert_eq!(run["type"], "TextRun");
            }
        }
        let words = &card["body"][1]["inlines"][0]["text"];
        assert_eq!(words, "[here](https://evil.example)");
        let action = &card["actions"][0];
        assert_eq!(action["url"], "https://kms.acme.com/sync/");
    }

    #[test]
    fn a_card_fits_into_a_message() {
        for sign in ["x", "\"", "😀"] {
            assert!(sent(&sign.repeat(4000)).len() < 28 << 10, "{sign}");
        }
    }
}
