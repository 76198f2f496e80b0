//! Reads web pages: questions as schema.org's `FAQPage` has them, in JSON-LD or microdata, else
//! headings that are questions. Answers stay HTML.

mod bounds;
mod json_ld;
mod tree;

use scraper::{ElementRef, Html, Selector};

use super::front_matter::{front_matter, withdrawn_page};
use super::json::{Items, raw, tree_size};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, is_web_page};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::sections::{Heading, asking_level, slug, stem};
use crate::model::Body;
use bounds as html_bounds;
use tree as html_tree;

const NO_QUESTIONS: &str = "is a web page without questions (neither a schema.org FAQPage nor headings that end with a question mark), perhaps an error or login page that was saved in place of the export; run the export again, or leave such pages out with `exclude`";

/// What a pair takes besides its text.
const PAIR: usize = 100;

/// A question and its answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QuestionAnswer {
    pub(crate) id: String,
    pub(crate) question: String,
    pub(crate) answer: String,
}

/// A web page.
pub(crate) const HTML: FormatReader = FormatReader {
    shows,
    is_web_page: true,
    ..FormatReader::new(read)
};

fn shows(head: &str) -> Option<&'static str> {
    is_web_page(head.as_bytes()).then_some("by its first tag")
}

/// Reads the questions of a page. Their number stands in for the line.
fn read(job: &ReadJob, gathering: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.page(gathering)?;
    let document = text.whole(gathering.budget())?;
    // The tree has the text once more.
    gathering.budget().take(document.len())?;
    html_bounds::check_page(&document).map_err(TextProblem::whole_file)?;
    let (front, body) = front_matter(&document, gathering.budget())?;
    if let Some(why) = withdrawn_page(&front, job.folder) {
        gathering.row(1)?;
        gathering.note(job.place(1), why);
        return Ok(());
    }
    let budget = gathering.budget();
    let page = html_tree::parse(body, budget)?;
    let mut pairs = linked_data(&page, budget)?;
    let is_linked_data = !pairs.is_empty();
    if pairs.is_empty() {
        pairs = counted(microdata(&page), budget)?;
    }
    if pairs.is_empty() {
        pairs = counted(sections(&page, stem(job.name)), budget)?;
    }
    if pairs.is_empty() {
        return Err(TextProblem::whole_file(NO_QUESTIONS));
    }
    let mut items = Items::new(job).with_usual_names();
    if !is_linked_data {
        items = items.written_in(Body::Html);
    }
    for (number, pair) in (1..).zip(pairs) {
        gathering.row(number)?;
        let item = serde_json::json!({
            "id": pair.id, "question": pair.question, "answer": pair.answer,
        });
        items.take(&raw(&item)?, number, gathering);
    }
    Ok(())
}

/// The pairs, as long as there is room: questions within each other hold the same text.
fn counted(
    found: impl Iterator<Item = QuestionAnswer>,
    budget: &mut Budget,
) -> Result<Vec<QuestionAnswer>, TextProblem> {
    let mut pairs = Vec::new();
    for pair in found {
        budget.take(PAIR + pair.id.len() + pair.question.len() + pair.answer.len())?;
        pairs.push(pair);
    }
    Ok(pairs)
}

fn linked_data(page: &Html, budget: &mut Budget) -> Result<Vec<QuestionAnswer>, TextProblem> {
    let mut pairs = Vec::new();
    for (number, script) in (1..).zip(select(page, "script[type='application/ld+json']")) {
        let text: String = script.text().collect();
        // The pairs hold no more than the tree does.
        budget.take(tree_size(&text) * 2)?;
        let found = json_ld::questions(&text).map_err(|cause| {
            TextProblem::whole_file(format!(
                "has JSON-LD that is not valid ({cause}, in block {number}); fix the page"
            ))
        })?;
        pairs.extend(found);
    }
    Ok(pairs)
}

fn microdata(page: &Html) -> impl Iterator<Item = QuestionAnswer> {
    // What is missing stays empty, so that the question is rejected and not passed over.
    let question = |element: ElementRef| {
        let name = element.select(&selector("[itemprop~='name']")).next();
        let name = name.map(|name| name.text().collect::<String>());
        let answer = "[itemprop~='acceptedAnswer'] [itemprop~='text']";
        let answer = element.select(&selector(answer)).next();
        let question = one_line(&name.unwrap_or_default());
        QuestionAnswer {
            id: question.clone(),
            question,
            answer: answer.map_or_else(String::new, |answer| answer.inner_html().trim().to_owned()),
        }
    };
    select(page, "[itemtype$='schema.org/Question']").map(question)
}

fn sections<'p>(page: &'p Html, stem: &'p str) -> impl Iterator<Item = QuestionAnswer> + 'p {
    let elements: Vec<ElementRef> = select(page, "h1, h2, h3, h4, h5, h6").collect();
    let heading = |(at, element): (usize, &ElementRef)| Heading {
        level: level(*element).unwrap_or(1),
        text: one_line(&element.text().collect::<String>()),
        start: at,
        end: at + 1,
    };
    let headings: Vec<Heading> = elements.iter().enumerate().map(heading).collect();
    let asking = asking_level(&headings);
    let on_level = elements.into_iter().zip(headings);
    on_level
        .filter(move |(_, heading)| asking == Some(heading.level))
        .map(move |(element, heading)| QuestionAnswer {
            id: format!("{stem}#{}", slug(&heading.text)),
            answer: below(element, heading.level),
            question: heading.text,
        })
}

/// What follows a heading beside it, up to the next of its level or a higher one.
fn below(heading: ElementRef, asking: usize) -> String {
    let mut answer = String::new();
    for node in heading.next_siblings() {
        match ElementRef::wrap(node) {
            Some(element) if level(element).is_some_and(|level| level <= asking) => break,
            Some(element) => answer.push_str(&element.html()),
            None => {
                if let Some(text) = node.value().as_text() {
                    answer.push_str(&text.replace('&', "&amp;").replace('<', "&lt;"));
                }
            }
        }
    }
    answer.trim().to_owned()
}

fn level(element: ElementRef) -> Option<usize> {
    match element.value().name().strip_prefix('h')?.parse() {
        Ok(level @ 1..=6) => Some(level),
        _ => None,
    }
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn select<'p>(page: &'p Html, css: &str) -> impl Iterator<Item = ElementRef<'p>> {
    let found: Vec<ElementRef> = page.select(&selector(css)).collect();
    found.into_iter()
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|_| unreachable!("{css} is a selector"))
}
