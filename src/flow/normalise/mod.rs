//! Stage 2: an article becomes a step, or a rejection with file and line. Pure.

mod bubbles;
mod hsl;
mod markup;
mod names;
mod separators;
mod step;
mod text;

#[cfg(test)]
mod tests;

pub use names::{NameError, NameTemplate};
pub use step::{ANSWER_SEPARATOR, Digest, QUESTION_SEPARATOR, Step};

use std::collections::HashSet;

use crate::config::{Body, Presentation};

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
    presentation: Presentation,
    names: &NameTemplate,
) -> Result<Normalised, Rejection> {
    let entry = |reason: String| Rejection {
        source: source.to_owned(),
        place: article.place.clone(),
        id: Some(article.id.clone()),
        reason,
    };
    let presentation = for_markup(presentation, article.markup);
    let mut changes = separators::Changes::default();
    let questions = questions(&article, presentation.body, &mut changes).map_err(entry)?;
    let answers =
        answers(&article, for_answers(presentation, &article), &mut changes).map_err(entry)?;
    let name = match (questions.first(), answers.first()) {
        (None, _) => Err(nothing_left("question")),
        (_, None) => Err(nothing_left("answer")),
        (Some(title), Some(_)) => names
            .name(&article.id, title, source, &article.place.file)
            .map_err(|error| error.to_string()),
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

/// In the FAQ format a person has decided already what a bubble is, and what is text.
fn for_markup(presentation: Presentation, markup: Markup) -> Presentation {
    match (markup, presentation.body) {
        (Markup::Variants | Markup::Plain, _) => presentation,
        (Markup::Faq, body) => Presentation {
            body: if body == Body::Auto { Body::Text } else { body },
            bubble_max_chars: 0,
        },
    }
}

/// What is configured goes before what the format of the file says of its answers.
fn for_answers(presentation: Presentation, article: &Article) -> Presentation {
    match (presentation.body, article.body) {
        (Body::Auto, Some(known)) => Presentation {
            body: known,
            ..presentation
        },
        _ => presentation,
    }
}

/// The user messages in their order, each once.
fn questions(
    article: &Article,
    body: Body,
    changes: &mut separators::Changes,
) -> Result<Vec<String>, String> {
    let mut questions: Vec<String> = Vec::new();
    for cell in &article.questions {
        let cells: Vec<&str> = match article.markup {
            Markup::Faq | Markup::Variants => cell.split(QUESTION_SEPARATOR).collect(),
            Markup::Plain => vec![cell],
        };
        for cell in cells {
            let title = markup::title(cell, body)?;
            questions.push(changes.question(text::line(&title)));
        }
    }
    questions.retain(|question| !text::is_blank(question));
    Ok(match questions.len() {
        0 | 1 => questions,
        _ => each_once(&questions),
    })
}

fn each_once(texts: &[String]) -> Vec<String> {
    let mut seen = HashSet::with_capacity(texts.len());
    let first = texts.iter().filter(|text| seen.insert(text.as_str()));
    first.cloned().collect()
}

/// The bot responses in their order.
fn answers(
    article: &Article,
    presentation: Presentation,
    changes: &mut separators::Changes,
) -> Result<Vec<String>, String> {
    let mut answers = Vec::new();
    for cell in &article.answers {
        match article.markup {
            Markup::Faq => {
                for part in cell.split(ANSWER_SEPARATOR) {
                    answers.extend(faq_part(part, presentation, changes)?);
                }
            }
            Markup::Variants | Markup::Plain => match hsl::trimmed(cell) {
                Some(hsl) => answers.push(hsl::without_separator(hsl)),
                None => answers.extend(shown(cell, presentation, changes)?),
            },
        }
    }
    answers.retain(|answer| !text::is_blank(answer));
    Ok(answers)
}

/// One response of a cell in the FAQ format.
fn faq_part(
    part: &str,
    presentation: Presentation,
    changes: &mut separators::Changes,
) -> Result<Vec<String>, String> {
    Ok(match hsl::trimmed(part) {
        Some(hsl) => vec![hsl.to_owned()],
        None if presentation.body != Body::Text => shown(part, presentation, changes)?,
        // Cleaning may bring a separator to light.
        None => text::block(part)
            .split(ANSWER_SEPARATOR)
            .map(text::block)
            .collect(),
    })
}

/// An answer as the bubbles in which it is shown.
fn shown(
    answer: &str,
    presentation: Presentation,
    changes: &mut separators::Changes,
) -> Result<Vec<String>, String> {
    let limit = presentation.bubble_max_chars;
    let bubbles = match markup::blocks(answer, presentation.body)? {
        Some(blocks) => bubbles::of_blocks(&blocks, limit),
        None => bubbles::of_text(&text::block(answer), limit),
    };
    Ok(bubbles
        .into_iter()
        .map(|bubble| changes.answer(bubble))
        .collect())
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
