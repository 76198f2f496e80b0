//! Stage 2: an article becomes a step, or a rejection with file and line. Pure.

mod hsl;
mod names;
mod separators;
mod step;
mod text;

#[cfg(test)]
mod tests;

pub use names::{NameError, NameTemplate};
pub use step::{ANSWER_SEPARATOR, Digest, QUESTION_SEPARATOR, Step};

use std::collections::HashSet;

use super::intake::{Article, Markup, Place, Rejection};

/// A step, and the article that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised {
    /// The article's id.
    pub article: String,
    /// What the bot must hold. Its name is the template's; a name given before wins over it.
    pub step: Step,
    /// Where the article stands.
    pub place: Place,
    /// What was changed in a way that a reader of the bot's answers could see.
    pub notes: Vec<Rejection>,
}

/// Turns an article of this source into a step, or says why it cannot be one.
pub fn normalise(
    article: Article,
    source: &str,
    names: &NameTemplate,
) -> Result<Normalised, Rejection> {
    let mut changes = separators::Changes::default();
    let questions = questions(&article, &mut changes);
    let answers = answers(&article, &mut changes);
    let name = match (questions.first(), answers.first()) {
        (None, _) => Err(nothing_left("question")),
        (_, None) => Err(nothing_left("answer")),
        (Some(title), Some(_)) => names
            .name(&article.id, title, source, &article.place.file)
            .map_err(|error| error.to_string()),
    };
    let entry = |reason: String| Rejection {
        source: source.to_owned(),
        place: article.place.clone(),
        id: Some(article.id.clone()),
        reason,
    };
    Ok(Normalised {
        step: Step {
            node_name: name.map_err(entry)?,
            question: join(questions, "|"),
            answer: join(answers, ANSWER_SEPARATOR),
        },
        notes: changes.notes().into_iter().map(entry).collect(),
        place: article.place,
        article: article.id,
    })
}

/// The user messages in their order, each once.
fn questions(article: &Article, changes: &mut separators::Changes) -> Vec<String> {
    let mut questions: Vec<String> = Vec::new();
    for cell in &article.questions {
        match article.markup {
            Markup::Faq | Markup::Variants => {
                questions.extend(cell.split(QUESTION_SEPARATOR).map(text::line));
            }
            Markup::Plain => questions.push(changes.question(text::line(cell))),
        }
    }
    questions.retain(|question| !text::is_blank(question));
    match questions.len() {
        0 | 1 => questions,
        _ => each_once(&questions),
    }
}

fn each_once(texts: &[String]) -> Vec<String> {
    let mut seen = HashSet::with_capacity(texts.len());
    let first = texts.iter().filter(|text| seen.insert(text.as_str()));
    first.cloned().collect()
}

/// The bot responses in their order.
fn answers(article: &Article, changes: &mut separators::Changes) -> Vec<String> {
    let mut answers = Vec::new();
    for cell in &article.answers {
        match article.markup {
            Markup::Faq => {
                for part in cell.split(ANSWER_SEPARATOR) {
                    match hsl::trimmed(part) {
                        Some(hsl) => answers.push(hsl.to_owned()),
                        // Cleaning may bring a separator to light.
                        None => answers
                            .extend(text::block(part).split(ANSWER_SEPARATOR).map(text::block)),
                    }
                }
            }
            Markup::Variants | Markup::Plain => answers.push(match hsl::trimmed(cell) {
                Some(hsl) => hsl::without_separator(hsl),
                None => changes.answer(text::block(cell)),
            }),
        }
    }
    answers.retain(|answer| !text::is_blank(answer));
    answers
}

fn join(mut parts: Vec<String>, separator: &str) -> String {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.join(separator),
    }
}

fn nothing_left(column: &str) -> String {
    format!(
        "has no {column}: nothing that can be seen is left of it without white space and control characters; fill it in, or leave the article out of the export"
    )
}
