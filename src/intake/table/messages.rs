//! Tables of further user messages: an article's id, or a step's name, and a message a row. Pure.

use super::mapping::{Columns, all_named, holds_more_questions, positions, shown, usual};
use super::usual_names::{IDS, QUESTIONS, same_name};
use crate::config::Fields;
use crate::model::Markup;

/// What a column of ids is called beside the usual names, where every row points at an article.
const POINTERS: [&str; 5] = ["article", "step", "step_name", "node", "faq"];
/// What a column of messages is called.
const MESSAGES: [&str; 16] = [
    "message",
    "messages",
    "user_message",
    "user_messages",
    "user_says",
    "utterance",
    "utterances",
    "variant",
    "variation",
    "variations",
    "phrase",
    "phrases",
    "training_phrase",
    "training_phrases",
    "paraphrase",
    "paraphrases",
];

/// Whether a column of this name surely holds user messages beside the first question.
pub(crate) fn says_message(name: &str) -> bool {
    MESSAGES.iter().any(|message| same_name(message, name)) || holds_more_questions(name)
}

/// Whether a column of this name points at an article.
pub(crate) fn is_pointer(name: &str) -> bool {
    POINTERS.iter().any(|pointer| same_name(pointer, name))
}

/// Finds the columns, or says what is missing and how to configure it.
pub(crate) fn columns(fields: Option<&Fields>, header: &[String]) -> Result<Columns, String> {
    let default = Fields::default();
    let fields = fields.unwrap_or(&default);
    let id = match fields.id.as_slice() {
        [] => match (usual(&IDS, header)?, positions(header, is_pointer).first()) {
            (Some(at), _) | (None, Some(&at)) => vec![at],
            (None, None) => return Err(missing("id", "article_id", header)),
        },
        names => all_named("id", names, fields, header)?,
    };
    let question = match fields.question.as_slice() {
        [] => {
            let mut found = positions(header, says_message);
            if found.is_empty() {
                found.extend(usual(&QUESTIONS, header)?);
            }
            found.retain(|at| !id.contains(at));
            if found.is_empty() {
                return Err(missing("message", "message", header));
            }
            found
        }
        names => all_named("message", names, fields, header)?,
    };
    Ok(Columns {
        id,
        question_is_id: false,
        question,
        question_else: Vec::new(),
        answer: Vec::new(),
        answer_else: Vec::new(),
        markup: Markup::Variants,
        url: None,
        author: None,
        quick_replies: Vec::new(),
        vendor_extras: Vec::new(),
        is_master: None,
    })
}

fn missing(role: &str, usual: &str, header: &[String]) -> String {
    format!(
        "has nothing for the {role}: looked for `{usual}` and the like, found {}. Say which column it is, in [[bot.variants]]:\n{role} = \"...\"",
        shown(header)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_what_customers_say_are_enough() {
        let header = |names: &str| -> Vec<String> { names.split(',').map(str::to_owned).collect() };
        let found = |names: &str| {
            let found = columns(None, &header(names)).ok()?;
            Some((found.id, found.question))
        };
        for (names, expected) in [
            ("message,article id,review", Some((vec![1], vec![0]))),
            ("Node Name,User Says", Some((vec![0], vec![1]))),
            ("id,variant,message", Some((vec![0], vec![1, 2]))),
            ("step,question", Some((vec![0], vec![1]))),
            ("article,title", Some((vec![0], vec![1]))),
            ("id,message,question", Some((vec![0], vec![1]))),
            ("message,review", None),
            ("id,review", None),
        ] {
            assert_eq!(found(names), expected, "{names}");
        }
        let fields = Fields {
            id: vec!["nr".to_owned()],
            question: vec!["text".to_owned()],
            ..Fields::default()
        };
        let named = columns(Some(&fields), &header("text,nr,message")).unwrap();
        assert_eq!((named.id, named.question), (vec![1], vec![0]));
        let error = columns(None, &header("id,words")).unwrap_err();
        assert!(error.contains("[[bot.variants]]:\nmessage ="), "{error}");
    }
}
