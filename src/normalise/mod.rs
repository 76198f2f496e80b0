//! Stage 2: an article becomes a step, or several, or a rejection with file and line. Pure.

mod bubbles;
mod hsl;
mod markup;
mod names;
mod rich;
mod sections;
mod sentences;
mod separators;
mod text;

#[cfg(test)]
pub(crate) use names::NameError;
pub use names::NameTemplate;

use std::collections::HashSet;

use super::config::{NoAnswerPolicy, Presentation, Rich, Split};
use super::model::{
    ANSWER_SEPARATOR, Article, Body, Markup, Place, QUESTION_SEPARATOR, Reach, Rejection, Step,
    Writing,
};
use crate::text::markup_signs::{TagSigns, markdown_signs, tag_signs};
use crate::text::template_marks::has_template_mark;
use markup::Blocks;
use rich::ShownMedia;
use sections::AnswerSection;

#[cfg(test)]
mod tests;

/// What is said of text that its author has struck out.
const STRUCK: &str = "has text that is struck out, and so is true no more; it was left out";

/// What is said of a page of a wiki that has more than its text says.
const PARTIAL: &str = "has parts that only its wiki can show, such as templates (`{{ ... }}`), included pages, footnotes or words below pictures; they were left out. See whether the answer is whole without them, or read the page as the wiki shows it (docs/FEEDS.md)";

/// So many texts are quickly compared with each other.
const FEW: usize = 16;

/// What is said of text in which something was to be filled in.
const TEMPLATE: &str = "has marks of a template, such as `{{ ... }}`, `{% ... %}` or `${...}`, which customers would read as they stand; export the text that the website shows";

/// A step, and the article that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised {
    /// The article's id; where the article became several steps, with what tells them apart.
    pub article: String,
    /// What the bot must hold. Its name is the template's; a name given before wins over it.
    pub step: Step,
    /// Where the article stands.
    pub place: Place,
    /// What was changed in a way that a reader of the bot's answers could see.
    pub notes: Vec<Rejection>,
}

/// Turns an article of this source into its steps, mostly one, or says why it cannot be any. It comes
/// to none where it has no answer that can be seen, and that means that it is not published.
pub fn normalise(
    article: &Article,
    source: &str,
    presentation: &Presentation,
    names: &NameTemplate,
) -> Result<Vec<Normalised>, Rejection> {
    let entry = |reason: String| Rejection {
        source: source.to_owned(),
        place: article.place.clone(),
        id: Some(article.id.clone()),
        reason,
        reach: Reach::Alone,
    };
    let presentation = for_markup(presentation.clone(), article.markup);
    let writing = writing(&presentation, article);
    let mut changes = separators::Changes::default();
    let questions = questions(article, writing, &mut changes).map_err(entry)?;
    if questions.is_empty() {
        return Err(entry(nothing_left("question")));
    }
    let parts = parts(article, writing, &presentation.rich).map_err(entry)?;
    if parts.iter().any(StepPart::has_struck) {
        changes.say(STRUCK);
    }
    if parts.iter().any(StepPart::is_partial) {
        changes.say(PARTIAL);
    }
    let whole = AnswerSection {
        id: article.id.clone(),
        questions,
        parts,
    };
    let sections = match presentation.split {
        Split::None => vec![whole],
        Split::Headings => sections::split(whole, &mut changes),
    };
    let below = rich::below(article, &presentation.rich, &mut changes);
    let mut steps = Vec::with_capacity(sections.len());
    for section in sections {
        let limit = presentation.bubble_max_chars;
        let Some((id, questions, answers)) = filled(section, limit, &below, &mut changes) else {
            continue;
        };
        let name = names
            .name(&id, &questions[0], source, &article.place.file)
            .map_err(|error| entry(error.to_string()))?;
        steps.push(Normalised {
            article: id,
            step: Step {
                node_name: name,
                question: join(questions, "|"),
                answer: join(answers, ANSWER_SEPARATOR),
            },
            place: article.place.clone(),
            notes: Vec::new(),
        });
    }
    let is_unfilled = |step: &Normalised| {
        let step = &step.step;
        has_template_mark(&step.question) || has_template_mark(&step.answer)
    };
    // In the FAQ format a person has written it for the bot.
    if article.markup != Markup::Faq && steps.iter().any(is_unfilled) {
        changes.say(TEMPLATE);
    }
    let Some(first) = steps.first_mut() else {
        return match presentation.no_answer {
            NoAnswerPolicy::Unpublished => Ok(steps),
            NoAnswerPolicy::Reject => Err(entry(nothing_left("answer"))),
        };
    };
    first.notes = changes.notes().into_iter().map(entry).collect();
    Ok(steps)
}

/// The user messages of what stands beside the articles, cleaned like questions, each once; and what a
/// person may want to know of them.
pub fn user_messages(
    article: &Article,
    source: &str,
    presentation: &Presentation,
) -> Result<(Vec<String>, Vec<Rejection>), Rejection> {
    let entry = |reason: String| Rejection {
        source: source.to_owned(),
        place: article.place.clone(),
        id: Some(article.id.clone()),
        reason,
        reach: Reach::Alone,
    };
    let mut changes = separators::Changes::default();
    let writing = writing(presentation, article);
    let messages = questions(article, writing, &mut changes).map_err(entry)?;
    if messages.is_empty() {
        return Err(entry(nothing_left("message")));
    }
    Ok((messages, changes.notes().into_iter().map(entry).collect()))
}

/// Adds user messages to a step, each once. `None`: it has all of them.
pub fn with_messages<'m>(step: &Step, more: impl IntoIterator<Item = &'m str>) -> Option<Step> {
    let mut has: HashSet<&str> = step.questions().collect();
    let new: Vec<&str> = more
        .into_iter()
        .filter(|message| has.insert(message))
        .collect();
    if new.is_empty() {
        return None;
    }
    let mut question = step.question.clone();
    for message in new {
        question.push(QUESTION_SEPARATOR);
        question.push_str(message);
    }
    Some(Step {
        question,
        ..step.clone()
    })
}

/// The id, questions and answers of a section, if it has any answer.
fn filled(
    section: AnswerSection,
    limit: usize,
    below: &rich::Below,
    changes: &mut separators::Changes,
) -> Option<(String, Vec<String>, Vec<String>)> {
    let parts = section.parts.into_iter();
    let bubbles = parts.flat_map(|part| part.bubbles(limit)).collect();
    let mut answers = rich::answers(bubbles, below, changes);
    answers.retain(|answer| !text::is_blank(answer));
    (!answers.is_empty()).then_some((section.id, section.questions, answers))
}

/// In the FAQ format a person has decided already what a bubble is, and what is text.
fn for_markup(presentation: Presentation, markup: Markup) -> Presentation {
    match (markup, presentation.body) {
        (Markup::Variants | Markup::Plain, _) => presentation,
        (Markup::Faq, body) => Presentation {
            body: if body == Body::Auto { Body::Text } else { body },
            bubble_max_chars: 0,
            ..presentation
        },
    }
}

/// What is configured goes before what the file and the source say of their answers.
fn writing(presentation: &Presentation, article: &Article) -> Writing {
    match (presentation.body, article.body) {
        (Body::Auto, Some(known)) => known,
        (body, _) => body.into(),
    }
}

/// The user messages in their order, each once.
fn questions(
    article: &Article,
    writing: Writing,
    changes: &mut separators::Changes,
) -> Result<Vec<String>, String> {
    // The questions of a page are text already; those of a source whose answers are HTML may have tags.
    let body = match (writing.body, article.body) {
        (Body::Html, Some(_)) => Body::Auto,
        (body, _) => body,
    };
    let mut questions: Vec<String> = Vec::new();
    for cell in &article.questions {
        let at_most = match article.markup {
            Markup::Faq | Markup::Variants => usize::MAX,
            Markup::Plain => 1,
        };
        for cell in cell.splitn(at_most, QUESTION_SEPARATOR) {
            // A question of a field of Markdown may have nothing of it but a tag that is surely used.
            let is_tagged = writing.lines
                && body == Body::Markdown
                && !markdown_signs(cell).marks
                && tag_signs(cell) == TagSigns::Used;
            let title = markup::title(cell, if is_tagged { Body::Auto } else { body })?;
            if title.has_struck {
                changes.say(STRUCK);
            }
            questions.push(changes.question(text::line(&title.text)));
        }
    }
    questions.retain(|question| !text::is_blank(question));
    Ok(each_once(questions))
}

fn each_once(texts: Vec<String>) -> Vec<String> {
    let is_again = |at: usize| texts[..at].contains(&texts[at]);
    if texts.len() <= FEW && !(0..texts.len()).any(is_again) {
        return texts;
    }
    let mut seen = HashSet::with_capacity(texts.len());
    let first = texts.iter().filter(|text| seen.insert(text.as_str()));
    first.cloned().collect()
}

/// A part of an answer.
enum StepPart {
    /// A bubble, or HSL, as a person wrote it.
    Own(String),
    /// Text that has been cleaned.
    Text(String),
    /// What markup was read as.
    Blocks(Blocks),
}

impl StepPart {
    /// Whether something was left out of it that is struck out.
    fn has_struck(&self) -> bool {
        matches!(self, Self::Blocks(blocks) if blocks.has_struck)
    }

    /// Whether something was left out of it that only a wiki can show.
    fn is_partial(&self) -> bool {
        matches!(self, Self::Blocks(blocks) if blocks.is_partial)
    }

    fn bubbles(self, limit: usize) -> Vec<ShownMedia> {
        let bubbles = match self {
            Self::Own(text) => return vec![ShownMedia::Own(text)],
            Self::Text(text) => bubbles::of_text(&text, limit),
            Self::Blocks(blocks) => bubbles::of_blocks(&blocks, limit),
        };
        bubbles.into_iter().map(ShownMedia::Bubble).collect()
    }
}

/// The parts of the answer in their order.
fn parts(article: &Article, writing: Writing, rich: &Rich) -> Result<Vec<StepPart>, String> {
    let mut rich = rich.clone();
    // What can be replied with stands below the text, where the buttons would be.
    rich.buttons &= article.quick_replies.is_empty();
    // An article's own address says best where its links begin.
    let own = article.url.as_deref().and_then(markup::whole);
    rich.link_base = own.or(rich.link_base);
    let mut parts = Vec::new();
    for cell in &article.answers {
        match article.markup {
            Markup::Faq => {
                for part in cell.split(ANSWER_SEPARATOR) {
                    parts.extend(faq_parts(part, writing, &rich)?);
                }
            }
            Markup::Variants | Markup::Plain => parts.push(match hsl::trimmed(cell) {
                Some(hsl) => StepPart::Own(hsl::without_separator(hsl)),
                None => read(cell, writing, &rich)?,
            }),
        }
    }
    Ok(parts)
}

/// One response of a cell in the FAQ format.
fn faq_parts(part: &str, writing: Writing, rich: &Rich) -> Result<Vec<StepPart>, String> {
    Ok(match hsl::trimmed(part) {
        Some(hsl) => vec![StepPart::Own(hsl.to_owned())],
        None if writing.body != Body::Text => vec![read(part, writing, rich)?],
        // Cleaning may bring a separator to light.
        None => text::block(part)
            .split(ANSWER_SEPARATOR)
            .map(|part| StepPart::Own(text::block(part)))
            .collect(),
    })
}

fn read(answer: &str, writing: Writing, rich: &Rich) -> Result<StepPart, String> {
    Ok(match markup::blocks(answer, writing, rich)? {
        Some(blocks) => StepPart::Blocks(blocks),
        None => StepPart::Text(text::block(answer)),
    })
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
