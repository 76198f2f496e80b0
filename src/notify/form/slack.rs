//! For an incoming webhook of Slack: blocks, and a text for where no blocks are shown.
//!
//! Slack reads `&`, `<` and `>` as signs of its own, `<!channel>` among them, and takes nothing for one that
//! is escaped (docs.slack.dev, "Formatting message text"). `verbatim` keeps it from making links and mentions of
//! plain words.

use serde_json::{Value, json};

use crate::model::Severity;
use crate::notify::letter::Letter;

/// Characters of a header, of the text of a section, and of one field: docs.slack.dev, "Blocks".
const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 2000;

pub(super) fn slack(letter: Letter<'_>) -> String {
    let mut blocks = vec![
        json!({
            "type": "header",
            // A header is plain text, in which nothing has a meaning, and nothing has to be escaped.
            "text": { "type": "plain_text", "emoji": false, "text": cut(&letter.title(), HEADER) },
        }),
        json!({ "type": "section", "text": words(&letter.message.words, SECTION) }),
    ];
    let facts = letter.facts().into_iter();
    let fields: Vec<Value> = facts
        .map(|(what, value)| words(&format!("{what}: {value}"), FIELD))
        .collect();
    blocks.push(json!({ "type": "section", "fields": fields }));
    if let Some(link) = letter.link() {
        blocks.push(json!({
            "type": "actions",
            "elements": [{
                "type": "button",
                "text": { "type": "plain_text", "text": "Show" },
                "url": link,
            }],
        }));
    }
    let sign = match (letter.severity(), letter.message.is_over) {
        (_, true) => ":white_check_mark:",
        (Severity::Error, _) => ":red_circle:",
        (Severity::Warning, _) => ":warning:",
        (Severity::Info, _) => ":information_source:",
    };
    let text = format!("{sign} {}", escaped(&letter.title(), SECTION));
    json!({ "text": text, "unfurl_links": false, "blocks": blocks }).to_string()
}

fn words(text: &str, most: usize) -> Value {
    json!({ "type": "mrkdwn", "verbatim": true, "text": escaped(text, most) })
}

/// Signs with a meaning as Slack wants them written, cut between signs.
fn escaped(text: &str, most: usize) -> String {
    let mut safe = String::new();
    let mut length = 0;
    for sign in text.chars() {
        let mut buffer = [0; 4];
        let written: &str = match sign {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            sign => sign.encode_utf8(&mut buffer),
        };
        length += written.chars().count();
        if length >= most {
            safe.push('…');
            break;
        }
        safe += written;
    }
    safe
}

fn cut(text: &str, most: usize) -> String {
    crate::text::one_line(text, most - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::letter::tests::{message, sender};

    fn sent(words: &str) -> Value {
        let (mut message, sender) = (message(), sender());
        message.words = words.into();
        message.names = vec![words.chars().take(50).collect()];
        let letter = Letter {
            message: &message,
            sender: &sender,
        };
        serde_json::from_str(&slack(letter)).unwrap()
    }

    /// Every text that Slack reads signs in.
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) if map.get("type") == Some(&json!("mrkdwn")) => {
                assert_eq!(map["verbatim"], true);
                found.push(map["text"].as_str().unwrap().to_owned());
            }
            Value::Object(map) => map.values().for_each(|value| texts(value, found)),
            Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
            _ => {}
        }
    }

    #[test]
    fn what_people_wrote_calls_nobody() {
        let sent = sent("ask <!channel> & <@U1>, see <https://evil.example|here>");
        let mut found = vec![sent["text"].as_str().unwrap().to_owned()];
        texts(&sent, &mut found);
        for text in &found {
            assert!(!text.contains(['<', '>']), "{text}");
        }
        assert!(
            found.contains(
                &"ask &lt;!channel&gt; &amp; &lt;@U1&gt;, see &lt;https://evil.example|here&gt;"
                    .to_owned()
            ),
            "{found:?}"
        );
    }

    #[test]
    fn a_long_text_ends_within_what_slack_takes_and_between_signs() {
        for sign in ["<", "é", "x"] {
            let sent = sent(&sign.repeat(4000));
            let mut found = Vec::new();
            texts(&sent, &mut found);
            for text in &found {
                assert!(text.chars().count() <= SECTION, "{}", text.chars().count());
                assert!(!text.contains("&l…") && !text.contains("&lt…"), "{text}");
            }
            assert!(found[0].ends_with('…'));
        }
    }
}
