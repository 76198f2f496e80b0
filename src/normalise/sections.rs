//! An article with headings as several steps. What stands under a heading keeps its id as long as the
//! heading keeps its words, wherever it moves within the article.

use std::collections::{HashMap, HashSet};

use super::markup::{BlockKind, Blocks, GLUE};
use super::{StepPart, markup, separators, text};

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
    let mut used = Used::default();
    let mut sections = Vec::new();
    let title = article.questions.first().cloned().unwrap_or_default();
    for (heading, parts) in headed {
        // A heading above headings is no question by itself.
        if !parts.is_empty() {
            sections.push(AnswerSection {
                id: format!("{}#{}", article.id, used.name(&slug(&heading))),
                questions: vec![heading.clone(), format!("{title}: {heading}")],
                parts,
            });
        }
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
    let slug: String = words.join("-").chars().take(MAX_SLUG).collect();
    if slug.is_empty() {
        "section".to_owned()
    } else {
        slug
    }
}

/// Vowel signs and the like are part of words.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// The names that the sections of an article have so far.
#[derive(Default)]
struct Used {
    names: HashSet<String>,
    /// The number that each slug gets next, so that many alike do not all begin at the first one.
    next: HashMap<String, u64>,
}

impl Used {
    /// The slug, or else the slug with the lowest number that is free.
    fn name(&mut self, slug: &str) -> String {
        if self.names.insert(slug.to_owned()) {
            return slug.to_owned();
        }
        let next = self.next.entry(slug.to_owned()).or_insert(2);
        loop {
            let name = format!("{slug}-{next}");
            *next += 1;
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }
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
            ("🎉", "section"),
        ] {
            assert_eq!(slug(heading), expected, "{heading}");
        }
        assert_eq!(slug(&"é".repeat(200)).chars().count(), MAX_SLUG);
    }

    #[test]
    fn slugs_that_meet_are_numbered() {
        let mut used = Used::default();
        let found = ["a", "a", "a-2", "a", "b", "a-3"].map(|slug| used.name(slug));
        assert_eq!(found, ["a", "a-2", "a-2-2", "a-3", "b", "a-3-2"]);
    }

    #[test]
    fn each_of_many_slugs_that_meet_is_looked_for_once() {
        let mut used = Used::default();
        let last = (0..200_000).map(|_| used.name("a")).last();
        assert_eq!(last.as_deref(), Some("a-200000"));
    }
}
