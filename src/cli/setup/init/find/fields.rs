//! Which fields of an article hold its id, its question and its answer, where they lie deeper than
//! the usual names are looked for. Pure.

use serde_json::Value;

/// Which column, or field, is which.
#[derive(Clone, Debug)]
pub(crate) struct InitFields {
    pub(crate) id: String,
    /// One or more, separated by commas.
    pub(crate) question: String,
    pub(crate) answer: String,
}

/// Those that are recognised come first; the others have to be written down.
const ID: [&str; 6] = ["id", "uuid", "key", "documentId", "_id", "UID"];
const RECOGNISED: usize = 3;
const QUESTION: [&str; 5] = ["title", "question", "name", "subject", "headline"];
const ANSWER: [&str; 8] = [
    "answer",
    "body",
    "content",
    "html",
    "text",
    "description",
    "summary",
    "excerpt",
];

/// What a text is called inside of what has several forms of it.
const FORMS: [&str; 4] = ["processed", "rendered", "html", "value"];

/// The fields of an article whose id, question or answer is not where it usually is; `None` where
/// nothing has to be said, or nothing fits.
pub(crate) fn guess(item: &Value) -> Option<InitFields> {
    let at = ID.iter().position(|key| is_word(item.get(key)))?;
    let id = ID[at];
    let question = field(item, &QUESTION)?;
    let answer = field(item, &ANSWER)?;
    let is_deep = |pointer: &str| pointer.matches('/').count() > 1;
    let is_said = at >= RECOGNISED || is_deep(&question) || is_deep(&answer);
    is_said.then(|| InitFields {
        id: format!("/{id}"),
        question,
        answer,
    })
}

fn is_word(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.is_string() || value.is_number())
}

/// The first of these that is text: at the top, or inside of one object.
fn field(item: &Value, names: &[&str]) -> Option<String> {
    let entries = item.as_object()?;
    let inside = entries.iter().filter(|(_, value)| value.is_object());
    let levels = [(String::new(), item)]
        .into_iter()
        .chain(inside.map(|(key, value)| (format!("/{key}"), value)));
    for (at, level) in levels {
        for name in names {
            let Some(value) = level.get(name) else {
                continue;
            };
            if value.is_string() {
                return Some(format!("{at}/{name}"));
            }
            let form = FORMS
                .iter()
                .find(|form| value.get(form).is_some_and(Value::is_string));
            if let Some(form) = form {
                return Some(format!("{at}/{name}/{form}"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn deep_fields_are_found() {
        let cases = [
            (
                json!({"type": "node--faq", "id": "u-1", "attributes": {"title": "q", "body": {"value": "a", "processed": "<p>a"}}}),
                Some(("/id", "/attributes/title", "/attributes/body/processed")),
            ),
            (
                json!({"id": 7, "title": {"rendered": "q"}, "content": {"rendered": "a"}}),
                Some(("/id", "/title/rendered", "/content/rendered")),
            ),
            (
                json!({"_id": "c1:en:published", "title": "q", "body": "a"}),
                Some(("/_id", "/title", "/body")),
            ),
            (json!({"id": 7, "title": "q", "body": "a"}), None),
            (json!({"id": 7, "attributes": {"body": "a"}}), None),
        ];
        for (item, expected) in cases {
            let found = guess(&item);
            let found = found.as_ref();
            let found = found.map(|it| (it.id.as_str(), it.question.as_str(), it.answer.as_str()));
            assert_eq!(found, expected, "{item}");
        }
    }
}
