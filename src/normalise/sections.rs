//! An article with headings as several steps. What stands under a heading keeps its id as long as the
//! heading keeps its words, wherever it moves within the article.

use std::collections::HashSet;

use super::markup::{BlockKind, Blocks, GLUE};
use super::{StepPart, markup, separators, text};
use crate::text::Slugs;

/// Longer ids would leave no room in a name.
const MAX_SLUG: usize = 80;

/// What becomes one step.
pub(crate) struct AnswerSection {
    /// Its id within the source.
    pub(crate) id: String,
    /// The user messages.
    pub(crate) questions: Vec<String>,
    /// The answer.
    pub(crate) parts: Vec<StepPart>,
}

/// The sections of an article; what stands before the first heading, or under a heading that
/// repeats a question of the article, is the article's own.
pub(crate) fn split(
    article: AnswerSection,
    changes: &mut separators::Changes,
) -> Vec<AnswerSection> {
    let mut own = Vec::new();
    let mut headed: Vec<(String, Vec<StepPart>)> = Vec::new();
    let mut under_heading = false;
    let known: HashSet<String> = article.questions.iter().map(|one| folded(one)).collect();
    for part in article.parts {
        let StepPart::Blocks(blocks) = part else {
            let here = headed.last_mut().filter(|_| under_heading);
            here.map_or(&mut own, |(_, parts)| parts).push(part);
            continue;
        };
        for piece in pieces(blocks) {
            if let Some(heading) = piece.heading {
                let heading = changes.question(heading);
                under_heading = !known.contains(&folded(&heading));
                if under_heading {
                    headed.push((heading, Vec::new()));
                }
            }
            let here = headed.last_mut().filter(|_| under_heading);
            let here = here.map_or(&mut own, |(_, parts)| parts);
            if !piece.blocks.list.is_empty() {
                here.push(StepPart::Blocks(piece.blocks));
            }
        }
    }
    let mut slugs = Slugs::default();
    let mut sections = Vec::new();
    let title = article.questions.first().cloned().unwrap_or_default();
    let mut above: Option<String> = None;
    for (heading, parts) in headed {
        // A heading above headings is no question by itself.
        if parts.is_empty() {
            above = Some(heading);
            continue;
        }
        let id = format!("{}#{}", article.id, slugs.name(&slug(&heading)));
        let mut questions = vec![heading.clone(), format!("{title}: {heading}")];
        questions.extend(above.take().map(|above| format!("{above}: {heading}")));
        sections.push(AnswerSection {
            id,
            questions,
            parts,
        });
    }
    if above.is_some() {
        changes.say("ends in a heading with nothing below it, which is on no step");
    }
    let article = AnswerSection {
        parts: own,
        ..article
    };
    sections.insert(0, article);
    sections
}

struct SectionPiece {
    heading: Option<String>,
    blocks: Blocks,
}

/// The blocks, cut before each heading.
fn pieces(blocks: Blocks) -> Vec<SectionPiece> {
    let piece = |heading| SectionPiece {
        heading,
        blocks: Blocks {
            list: Vec::new(),
            media: blocks.media.clone(),
            has_struck: blocks.has_struck,
            is_partial: blocks.is_partial,
        },
    };
    let mut pieces = vec![piece(None)];
    for block in blocks.list {
        if block.kind == BlockKind::Heading {
            let words = markup::without_marks(&block.text).replace(GLUE, " ");
            let words = text::line(&words);
            if !text::is_blank(&words) {
                pieces.push(piece(Some(words)));
                continue;
            }
        }
        if let Some(last) = pieces.last_mut() {
            last.blocks.list.push(block);
        }
    }
    pieces
}

/// Without case.
fn folded(question: &str) -> String {
    question.to_lowercase()
}

/// The words of a heading, of whatever script, with hyphens between them.
fn slug(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let words = lower.split(|c: char| !(c.is_alphanumeric() || is_mark(c)));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(MAX_SLUG).collect()
}

/// Vowel signs and the like are part of words.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for (heading, expected) in [
            ("How do I pay?", "how-do-i-pay"),
            ("  C++ & Rust: 1.0 ", "c-rust-1-0"),
            ("Größe ändern", "größe-ändern"),
            ("नमस्ते दुनिया", "नमस्ते-दुनिया"),
            ("كيف أدفع؟", "كيف-أدفع"),
            ("支払い方法", "支払い方法"),
            ("🎉", ""),
        ] {
            assert_eq!(slug(heading), expected, "{heading}");
        }
        assert_eq!(slug(&"é".repeat(200)).chars().count(), MAX_SLUG);
    }
}
