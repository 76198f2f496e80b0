//! Reads web pages: questions as schema.org's `FAQPage` has them, in JSON-LD or microdata, headings that
//! are questions, and the page's own text beside them. Answers stay HTML.

mod beside;
mod bounds;
mod content;
mod json_ld;
mod no_article;
mod openings;
mod tables;
mod tree;

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};
use serde_json::{Map, Value};

use super::front_matter::{front_matter, withdrawn_page};
use super::json::{Items, raw, tree_size};
use super::page::{BARE_HEADING, NO_TITLE, PageFields, QUESTION_TABLE};
use super::template::{is_template, page_repeats};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{TextProblem, is_web_page};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::sections::{PageSections, slug, stem, words_of_name};
use crate::intake::table::{ID, QUESTION, same_name};
use crate::model::{Body, Writing};
use crate::text::Slugs;
use beside::words_beside;
use bounds as html_bounds;
use content::PageContent;
use no_article::{is_list_of_pages, is_suspicious};
use openings::without_mark;
use tree as html_tree;

const NO_QUESTIONS: &str = "is a web page without questions (neither a schema.org FAQPage nor headings that end with a question mark) and no article with a title and text, perhaps an error or login page that was saved in place of the export; run the export again, or leave such pages out with `exclude`";
const UNMARKED: &str = "does not say where its content is, so that all of it but menus and the foot of the page was read; if something else of the site is among it, put the content into <main>";

const LINKS: &str = "is a list of links to the other pages of an export, and was passed over; if it is an article, give the file another name";

/// What a pair takes besides its text.
const PAIR: usize = 100;
/// A question and its answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QuestionAnswer {
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

/// Reads the articles of a page. The number of a question stands in for its line.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.page(collector)?;
    let document = text.whole(collector.budget())?;
    // The tree has the text once more.
    collector.budget().take(document.len())?;
    html_bounds::check_page(&document).map_err(TextProblem::whole_file)?;
    let front = front_matter(&document, job, collector.budget())?;
    if let Some(note) = front.note {
        collector.note(job.place(1), note);
    }
    let (front, body) = (front.fields, front.body);
    if let Some(why) = withdrawn_page(&front, job.folder) {
        collector.row(1)?;
        collector.note(job.place(1), why);
        return Ok(());
    }
    let budget = collector.budget();
    let tree = html_tree::parse(body, budget)?;
    if let Some(mark) = page_repeats(&tree) {
        collector.row(0)?;
        collector.reject_alone(job.place(0), stem(job.name).to_owned(), is_template(&mark));
        return Ok(());
    }
    let linked = linked_data(&tree, budget)?;
    let marked: Vec<ElementRef> = if linked.is_empty() {
        select(&tree, "[itemtype$='schema.org/Question']").collect()
    } else {
        Vec::new()
    };
    let microdata = counted(marked.iter().map(|element| microdata(*element)), budget)?;
    let content = PageContent::of(&tree, &marked, budget)?;
    if tables::has_questions(&tree) {
        collector.note(job.place(0), QUESTION_TABLE.to_owned());
    }
    let sections = PageSections::of(&content.headings, content.len());
    let page = WebPage {
        is_suspicious: is_suspicious(&tree, &content),
        content,
        sections,
        front,
    };
    if page.sections.is_none() && is_list_of_pages(job.name, &tree) {
        collector.row(1)?;
        collector.note(job.place(0), LINKS.to_owned());
        return Ok(());
    }
    if page.sections.is_none() && linked.is_empty() && microdata.is_empty() {
        page.take_whole(job, collector)
    } else {
        page.take(job, linked, microdata, collector)
    }
}

struct WebPage {
    content: PageContent,
    sections: Option<PageSections>,
    front: Map<String, Value>,
    is_suspicious: bool,
}

impl WebPage {
    /// Takes the questions, and what belongs to none of them.
    fn take(
        &self,
        job: &ReadJob,
        linked: Vec<QuestionAnswer>,
        microdata: Vec<QuestionAnswer>,
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        let fields = PageFields::of(job);
        let shared = fields.shared(&self.front);
        let mut taking = Taking {
            job,
            shared,
            slugs: Slugs::default(),
            number: 0,
        };
        // In structured data an answer is HTML by definition, and mostly text.
        let written = Writing::with_lines(Body::Html);
        let mut in_data = fields.items(job).written_in(written);
        let mut in_html = fields.items(job).written_in(Body::Html);
        let data = if linked.is_empty() {
            &microdata
        } else {
            &linked
        };
        let mut known: Vec<String> = data.iter().map(|pair| slug(&pair.question)).collect();
        known.sort_unstable();
        let is_linked = !linked.is_empty();
        let beside = if is_linked {
            self.beside(data)
        } else {
            Vec::new()
        };
        for pair in if is_linked { linked } else { microdata } {
            let items = if is_linked {
                &mut in_data
            } else {
                &mut in_html
            };
            taking.take(vec![pair.question], pair.answer, items, collector)?;
        }
        let title = self.title();
        let mut repeats = false;
        let nothing = PageSections::default();
        let sections = self.sections.as_ref().unwrap_or(&nothing);
        for section in &sections.questions {
            let headings = &self.content.headings;
            // The same question, as a reader of the page sees it.
            if known
                .binary_search(&slug(&headings[section.heading].text))
                .is_ok()
            {
                repeats = true;
                continue;
            }
            let asked = section.messages(headings, title.as_deref());
            let mut answer = self.content.html(std::slice::from_ref(&section.answer));
            if headings[section.heading].is_marked() {
                answer = without_mark(answer);
            }
            taking.take(asked, answer, &mut in_html, collector)?;
        }
        if !is_linked || repeats {
            return self.take_own(job, title.as_deref(), collector);
        }
        if !beside.is_empty() {
            collector.note(job.place(0), not_read(&beside));
        }
        Ok(())
    }

    /// The first words that the page shows beside its title and these questions.
    fn beside(&self, data: &[QuestionAnswer]) -> Vec<String> {
        let shown = without(0..self.content.len(), self.title_heading());
        let known = data
            .iter()
            .flat_map(|pair| [&*pair.question, &*pair.answer]);
        words_beside(&self.content.html(&shown), known)
    }

    /// The page's own text, as the article of the page's id.
    fn take_own(
        &self,
        job: &ReadJob,
        title: Option<&str>,
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        let all = 0..self.content.len();
        let own = match &self.sections {
            Some(sections) => sections.own.clone(),
            None => without(all, self.title_heading()),
        };
        if !self.content.says_something(&own) {
            let headings = &self.content.headings;
            if self
                .sections
                .as_ref()
                .is_some_and(|page| page.has_bare_heading(headings))
            {
                collector.note(job.place(0), BARE_HEADING.to_owned());
            }
            return Ok(());
        }
        let name = words_of_name(job.name);
        if title.is_none() {
            collector.note(job.place(0), NO_TITLE.to_owned());
        }
        self.take_article(job, title.unwrap_or(&name), &own, collector)
    }

    /// A page without questions: an article, if it surely is one.
    fn take_whole(
        &self,
        job: &ReadJob,
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        let own = without(0..self.content.len(), self.title_heading());
        let title = self.title();
        match title {
            Some(title)
                if !self.is_suspicious
                    && self.content.says_something(&own)
                    && !self.content.is_waiting(&own) =>
            {
                self.take_article(job, &title, &own, collector)
            }
            _ => Err(TextProblem::whole_file(NO_QUESTIONS)),
        }
    }

    fn take_article(
        &self,
        job: &ReadJob,
        title: &str,
        own: &[std::ops::Range<usize>],
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        if !self.content.is_marked {
            collector.note(job.place(0), UNMARKED.to_owned());
        }
        let mut article = self.front.clone();
        let has = |names: &[&str]| {
            let mut keys = self.front.keys();
            keys.any(|key| names.iter().any(|name| same_name(key, name)))
        };
        if !has(&ID) {
            article.insert("id".to_owned(), stem(job.name).into());
        }
        if !has(&QUESTION) {
            article.insert("question".to_owned(), title.into());
        }
        if !has(&["answer"]) {
            article.insert("answer".to_owned(), self.content.html(own).into());
        }
        collector.row(0)?;
        let fields = PageFields::of(job);
        let mut items = fields.items(job).written_in(Body::Html).with_flags();
        items.take(&raw(&Value::Object(article))?, 0, collector);
        Ok(())
    }

    /// The heading that names the page.
    fn title_heading(&self) -> Option<usize> {
        let headings = &self.content.headings;
        let title = if let Some(sections) = &self.sections {
            sections.title
        } else {
            let first = headings.first();
            let is_title = self.content.named.is_none();
            first
                .filter(|first| is_title && first.level == 1)
                .map(|_| 0)
        };
        title.map(|at| headings[at].start)
    }

    fn title(&self) -> Option<String> {
        let named = QUESTION.iter().find_map(|name| {
            let mut fields = self.front.iter();
            let (_, value) = fields.find(|(key, _)| same_name(key, name))?;
            value.as_str().map(one_line)
        });
        let headings = &self.content.headings;
        let title = self.title_heading();
        let headed = headings.iter().find(|heading| Some(heading.start) == title);
        let headed = headed.map(|heading| heading.text.clone());
        let found = named
            .or_else(|| self.content.named.clone())
            .or(headed)
            .or_else(|| self.content.tab.clone());
        found.filter(|title| !title.is_empty())
    }
}

fn not_read(beside: &[String]) -> String {
    format!(
        "has text beside the questions of its schema.org FAQPage that is on no step, with words such as \"{}\"; make its questions headings, or leave that text to another page",
        beside.join(" ")
    )
}

/// A range without one of its pieces.
fn without(range: std::ops::Range<usize>, piece: Option<usize>) -> Vec<std::ops::Range<usize>> {
    match piece {
        Some(piece) => vec![range.start..piece, piece + 1..range.end],
        None => vec![range],
    }
}

/// Takes the questions of a page one after the other.
struct Taking<'a> {
    job: &'a ReadJob<'a>,
    shared: Map<String, Value>,
    slugs: Slugs,
    number: u64,
}

impl Taking<'_> {
    fn take(
        &mut self,
        asked: Vec<String>,
        answer: String,
        items: &mut Items,
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        self.number += 1;
        collector.row(self.number)?;
        let mut item = self.shared.clone();
        // What has no words has no id, and is rejected as what may be any article.
        let question = asked.first().filter(|question| !question.is_empty());
        let id = question.map(|question| {
            let slug = self.slugs.name(&slug(question));
            format!("{}#{slug}", stem(self.job.name))
        });
        item.insert("id".to_owned(), id.into());
        item.insert("question".to_owned(), asked.into());
        item.insert("answer".to_owned(), answer.into());
        items.take(&raw(&Value::Object(item))?, self.number, collector);
        Ok(())
    }
}

/// The pairs, as long as there is room: questions within each other hold the same text.
fn counted(
    found: impl Iterator<Item = QuestionAnswer>,
    budget: &mut Budget,
) -> Result<Vec<QuestionAnswer>, TextProblem> {
    let mut pairs = Vec::new();
    for pair in found {
        budget.take(PAIR + pair.question.len() + pair.answer.len())?;
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
    // Pages are often made with the same block twice.
    let mut seen = HashSet::new();
    let is_new = |pair: &QuestionAnswer| seen.insert((pair.question.clone(), pair.answer.clone()));
    let is_first: Vec<bool> = pairs.iter().map(is_new).collect();
    let mut is_first = is_first.into_iter();
    pairs.retain(|_| is_first.next().unwrap_or(true));
    Ok(pairs)
}

/// What is missing stays empty, so that the question is rejected and not passed over.
fn microdata(element: ElementRef) -> QuestionAnswer {
    let name = element.select(&selector("[itemprop~='name']")).next();
    let name = name.map(|name| name.text().collect::<String>());
    let answer = "[itemprop~='acceptedAnswer'] [itemprop~='text']";
    let answer = element.select(&selector(answer)).next();
    QuestionAnswer {
        question: one_line(&name.unwrap_or_default()),
        answer: answer.map_or_else(String::new, |answer| answer.inner_html().trim().to_owned()),
    }
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn select<'p>(page: &'p Html, css: &str) -> impl Iterator<Item = ElementRef<'p>> {
    let found: Vec<ElementRef> = page.select(&selector(css)).collect();
    found.into_iter()
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|_| unreachable!("{css} is a selector"))
}
