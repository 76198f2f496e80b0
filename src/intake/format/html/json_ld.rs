//! The questions in a block of JSON-LD, in all the shapes that pages have: an object, an array or
//! an `@graph`, with `mainEntity` as an object or an array (<https://schema.org/FAQPage>).

use serde_json::Value;

use super::{QuestionAnswer, one_line};

const MAX_DEPTH: usize = 8;

/// The questions with an accepted answer.
pub(crate) fn questions(block: &str) -> Result<Vec<QuestionAnswer>, serde_json::Error> {
    let mut pairs = Vec::new();
    if block.trim().is_empty() {
        return Ok(pairs);
    }
    walk(&serde_json::from_str(block)?, false, MAX_DEPTH, &mut pairs);
    Ok(pairs)
}

fn walk(value: &Value, in_faq: bool, depth: usize, pairs: &mut Vec<QuestionAnswer>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                walk(item, in_faq, depth - 1, pairs);
            }
        }
        Value::Object(object) => {
            if in_faq && is_a(value, "Question") {
                pairs.push(pair(value));
            }
            let in_faq = in_faq || is_a(value, "FAQPage") || is_a(value, "QAPage");
            for key in ["@graph", "mainEntity"] {
                if let Some(inner) = object.get(key) {
                    walk(inner, in_faq, depth - 1, pairs);
                }
            }
        }
        _ => {}
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    let named = |kind_of: &Value| {
        let name = kind_of.as_str().unwrap_or_default();
        name.rsplit(['/', ':']).next() == Some(kind)
    };
    match &value["@type"] {
        Value::Array(kinds) => kinds.iter().any(named),
        one => named(one),
    }
}

/// What is missing stays empty, so that the question is rejected and not passed over.
fn pair(question: &Value) -> QuestionAnswer {
    let name = question["name"].as_str().or(question["text"].as_str());
    let answer = match &question["acceptedAnswer"] {
        Value::Array(answers) => answers.first().unwrap_or(&Value::Null),
        one => one,
    };
    QuestionAnswer {
        question: one_line(name.unwrap_or_default()),
        answer: answer["text"].as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape() {
        let question =
            r#"{"@type":"Question","name":"q","acceptedAnswer":{"@type":"Answer","text":"a"}}"#;
        let listed = r#"{"@type":["Thing","Question"],"name":"q","acceptedAnswer":[{"text":"a"},{"text":"b"}]}"#;
        let shapes = [
            format!(r#"{{"@type":"FAQPage","mainEntity":{question}}}"#),
            format!(r#"{{"@type":["WebPage","FAQPage"],"mainEntity":[{question}]}}"#),
            format!(r#"[{{"@type":"FAQPage","mainEntity":[{listed}]}}]"#),
            format!(
                r#"{{"@graph":[{{"@type":"Org"}},{{"@type":"https://schema.org/FAQPage","mainEntity":[{question}]}}]}}"#
            ),
        ];
        for shape in shapes {
            let found = questions(&shape).unwrap();
            assert_eq!(found.len(), 1, "{shape}");
            assert_eq!((&*found[0].question, &*found[0].answer), ("q", "a"));
        }
        let asked = format!(r#"{{"@type":"QAPage","mainEntity":{question}}}"#);
        assert_eq!(questions(&asked).unwrap().len(), 1);
        let product = r#"{"@type":"Product","name":"x"}"#;
        assert_eq!(questions(product).unwrap(), []);
        assert!(questions("{").is_err());
    }
}
