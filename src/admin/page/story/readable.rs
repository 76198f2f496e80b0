//! Answers as lines of text, in which versions are compared: HSL as what it shows and where that leads, and not as
//! JSON. Whatever a response holds is in its lines, so no difference goes unseen. Pure.

use serde_json::{Map, Value};

use crate::model::Step;

/// Keys whose text a customer presses or reads first.
const LABELS: [&str; 4] = ["actionable_text", "title", "text", "message"];
/// Keys whose text a customer reads.
const TEXTS: [&str; 3] = ["sub_title", "subtitle", "description"];

/// The answers of two versions, the earlier one first.
pub(super) fn both(before: &Step, now: &Step) -> (String, String) {
    let (old, new) = (answers(before), answers(now));
    if old == new && before.answer != now.answer {
        // They differ in nothing that anybody sees, such as the order of keys.
        return (raw(before), raw(now));
    }
    (old, new)
}

/// The answers of one version.
pub(super) fn answers(step: &Step) -> String {
    let answers: Vec<String> = step.answers().map(readable).collect();
    answers.join("\n\n")
}

fn raw(step: &Step) -> String {
    let answers: Vec<&str> = step.answers().collect();
    answers.join("\n\n")
}

fn readable(answer: &str) -> String {
    let hsl: Option<Value> = serde_json::from_str(answer.trim()).ok();
    let Some(Value::Object(hsl)) = hsl.filter(|hsl| hsl["type"].is_string()) else {
        return answer.to_owned();
    };
    let mut lines = Vec::new();
    lines.extend(hsl["type"].as_str().map(|kind| format!("({kind})")));
    lines.extend(hsl.get("text").and_then(Value::as_str).map(str::to_owned));
    let rest = hsl
        .into_iter()
        .filter(|(key, value)| key != "type" && !(key == "text" && value.is_string()));
    take_members(&rest.collect(), 0, &mut lines);
    lines.join("\n")
}

/// A line for each item, and one for what stands beside the items.
fn take_members(members: &Map<String, Value>, depth: usize, lines: &mut Vec<String>) {
    let mut line = Vec::new();
    let string = |key: &&str| members.get(*key).and_then(Value::as_str);
    line.extend(
        LABELS
            .iter()
            .filter_map(string)
            .map(|text| format!("[{text}]")),
    );
    line.extend(TEXTS.iter().filter_map(string).map(str::to_owned));
    let mut within = Vec::new();
    for (key, value) in members {
        let is_said = LABELS.contains(&&**key) || TEXTS.contains(&&**key);
        match value {
            Value::String(_) if is_said => {}
            Value::String(text) if text.contains("://") => line.push(format!("→ {text}")),
            Value::Null => {}
            Value::Object(_) | Value::Array(_) => within.push(value),
            other => line.push(format!("{key}: {}", bare(other))),
        }
    }
    if !line.is_empty() {
        lines.push(format!("{}{}", "  ".repeat(depth), line.join(" ")));
    }
    let deeper = if line.is_empty() { depth } else { depth + 1 };
    for value in within {
        take(value, deeper, lines);
    }
}

fn take(value: &Value, depth: usize, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) => take_members(members, depth, lines),
        Value::Array(items) => {
            for item in items {
                take(item, depth, lines);
            }
        }
        other => lines.push(format!("{}{}", "  ".repeat(depth), bare(other))),
    }
}

fn bare(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
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

    #[test]
    fn hsl_is_what_it_shows_and_where_that_leads() {
        let button = r#"{"type":"BUTTON","text":"More?","isNew":true,"data":{"items":[{"actionable_text":"Open","type":"BROWSER_LINK","payload":{"url":"https://a/b"}}]}}"#;
        let cards = r#"{"type":"CAROUSEL","data":{"items":[{"title":"A","sub_title":"B","thumbnail":{"image":"https://a/c.png"},"actionables":[{"actionable_text":"C"},{"actionable_text":"D"}]}]}}"#;
        assert_eq!(
            answers(&step(&format!("One.<m>{button}<m>{cards}"))),
            "One.\n\n(BUTTON)\nMore?\nisNew: true\n  [Open] type: BROWSER_LINK\n    → https://a/b\n\n\
             (CAROUSEL)\n[A] B\n  → https://a/c.png\n  [C]\n  [D]"
        );
        for plain in ["{", "{}", "[1,2]", "{\"type\":1}", "\"quoted\""] {
            assert_eq!(answers(&step(plain)), plain);
        }
    }

    /// Each value of such a response is changed, one after the other.
    #[test]
    fn no_difference_goes_unseen() {
        let hsl = r#"{"type":"x1","text":"x2","data":{"items":[{"title":"x3","payload":{"deep":[[["x4"]],{"n":{"m":{"o":{"p":{"q":{"r":"x5"}}}}}}]},"url":"https://x6","extra":["x7"]}],"text":"x8"}}"#;
        let shown = answers(&step(hsl));
        for at in 1..=8 {
            let value = format!("x{at}");
            assert!(shown.contains(&value), "{value} in {shown}");
            let (old, new) = both(&step(hsl), &step(&hsl.replace(&value, "other")));
            assert_ne!(old, new, "{value}");
        }
        let spaced = hsl.replace(':', " :").replace(" ://", "://");
        let (old, new) = both(&step(hsl), &step(&spaced));
        assert_ne!(old, new, "only the marks between the values differ");
    }
}
