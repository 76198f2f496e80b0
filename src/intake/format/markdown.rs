//! Reads Markdown: a file for each article, with or without front matter, or a page whose headings are
//! questions, with its own text beside them. Answers stay Markdown.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::{Map, Value, json};

use super::front_matter::{begins, front_matter, has_text_after, withdrawn_page};
use super::json::{Items, is_pair, raw};
use super::markdown_headings::{headings, options, without_mark};
use super::markdown_marks::{has_question_table, without_imports, without_properties};
use super::page::{BARE_HEADING, NO_TITLE, PageFields, QUESTION_TABLE};
use super::plain_questions::{PlainQuestions, plain_questions};
use super::template::{is_template, repeats};
use crate::config::NoAnswerPolicy;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::{TextProblem, newlines};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::sections::{Heading, OPENING, PageSections, slug, stem, words_of_name};
use crate::intake::table::{ID, QUESTION, QUESTIONS_ARE_IDS, same_name};
use crate::model::Body;
use crate::text::{FEW, Slugs, first};

/// What the library holds for what may be a mark, and for a line.
const MARK: usize = 96;
/// What is held of a line of a text.
const LINE: usize = 64;
const MARKS: &[u8] = b"\n*_[]!<>&`~\\|\"'$";
const PROPERTIES: &str =
    "has properties of a Notion page below its title, which are no part of the article";
const TEXT_BESIDE: &str =
    "has lines above its first question or as headings between others, which are on no step";
const IN_FRONT: &str = "has questions with their answers in its front matter, which are on no step; write each as a heading of the page, or export them as YAML or JSON";
const STUB: &str = "is a page without text: nothing stands below its front matter; write the article, or take the page out with `draft: true` or `exclude`";
/// Definitions of links that are looked for in each section. A page with more has another use for them.
const MOST_DEFINITIONS: usize = 200;

/// Markdown, with or without front matter.
pub(crate) const MARKDOWN: FormatReader = FormatReader {
    shows,
    ..FormatReader::new(read)
};

fn shows(head: &str) -> Option<&'static str> {
    if begins(head) && has_text_after(head) {
        return Some("by its front matter");
    }
    is_heading(head).then_some("by its first heading")
}

fn is_heading(head: &str) -> bool {
    let text = head.trim_start_matches('#');
    (1..=6).contains(&(head.len() - text.len())) && text.starts_with(' ')
}

/// Reads the articles of a file.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.text(collector)?;
    let document = text.whole(collector.budget())?;
    if is_text(job) {
        let lines = document.lines().count();
        collector.budget().take(2 * document.len() + lines * LINE)?;
    }
    if is_text(job)
        && let Some(found) = plain_questions(&document)
    {
        return take_plain(found, job, collector);
    }
    let front = front_matter(&document, job, collector.budget())?;
    if let Some(note) = front.note {
        collector.note(job.place(1), note);
    }
    let (front, body) = (front.fields, front.body);
    if let Some(name) = questions_in(&front) {
        let text = format!("{IN_FRONT}: `{name}`");
        collector.note(job.place(1), text);
    }
    let above = 1 + newlines(&document.as_bytes()[..document.len() - body.len()]);
    collector.budget().take(2 * body.len())?;
    let body = &*without_imports(job.name, body);
    let (body, properties) = without_properties(stem(job.name), body);
    let body = &*body;
    if let Some(properties) = properties {
        let text = format!("{PROPERTIES}: {properties}");
        collector.note(job.place(above), text);
    }
    if has_question_table(body) {
        collector.note(job.place(above), QUESTION_TABLE.to_owned());
    }
    let marks = body.bytes().filter(|byte| MARKS.contains(byte)).count();
    collector.budget().take(marks * MARK)?;
    // Only then is it worth while to tell text from code.
    if repeats(body).is_some()
        && let Some(mark) = repeats(&without_code(body))
    {
        collector.row(above)?;
        collector.reject_alone(
            job.place(above),
            stem(job.name).to_owned(),
            is_template(&mark),
        );
        return Ok(());
    }
    let mut headings = headings(body);
    let sections = PageSections::of(&headings, body.len()).filter(|_| !has(&front, "question"));
    let Some(sections) = sections else {
        headings.retain(|heading| heading.level < OPENING);
        let (answered, withdrawn) = (has(&front, "answer"), withdrawn_page(&front, job.folder));
        let title = headings.first().map(|first| first.text.as_str());
        let untitled = without_heading(body, headings.first());
        let text = |titled| if titled { body } else { &*untitled };
        let page = one(job, front, title, |titled| text(titled).trim());
        let mut items = Items::new(job).written_in(Body::Markdown).with_flags();
        collector.row(1)?;
        let is_stub = body.trim().is_empty() && job.no_answer == NoAnswerPolicy::Reject;
        let page = raw(&Value::Object(page))?;
        match items.id_of(&page).filter(|_| is_stub && !answered) {
            Some(id) if withdrawn.is_none() => {
                collector.reject_alone(job.place(1), id, STUB.to_owned());
            }
            _ => items.take(&page, 1, collector),
        }
        items.finish(collector);
        return Ok(());
    };
    if let Some(why) = withdrawn_page(&front, job.folder) {
        collector.row(1)?;
        collector.note(job.place(1), why);
        return Ok(());
    }
    let page = MarkdownPage {
        body,
        headings,
        sections,
        links: definitions(body),
    };
    page.take(job, front, above, collector)
}

/// Where front matter has questions with their answers, from which a site generator makes a part of the page.
fn questions_in(front: &Map<String, Value>) -> Option<&str> {
    let is_pair = |entry: &Value| {
        let keys: Vec<String> = entry.as_object()?.keys().cloned().collect();
        is_pair(&keys, None).then_some(())
    };
    let mut lists = front
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_array()?)));
    let found = lists.find(|(_, list)| list.iter().any(|entry| is_pair(entry).is_some()));
    found.map(|(name, _)| name.as_str())
}

/// Whether a file is called a text, and nobody says that it is a page.
fn is_text(job: &ReadJob) -> bool {
    let ending = job.name.rsplit('.').next().unwrap_or_default();
    ending.eq_ignore_ascii_case("txt") && job.folder.format.is_none()
}

/// Takes the questions of a text that has nothing else.
fn take_plain(
    found: PlainQuestions,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    collector.note(job.place(0), QUESTIONS_ARE_IDS.to_owned());
    if !found.beside.is_empty() {
        let count = found.beside.len();
        let lines = first(
            found.beside.iter().map(|line| format!("`{line}`")),
            count,
            FEW,
        );
        collector.note(job.place(0), format!("{TEXT_BESIDE}: {lines}"));
    }
    let items = Items::new(job).written_in(Body::Text);
    let mut items = items.with_questions_as_ids();
    for one in found.questions {
        collector.row(one.line + 1)?;
        let item = json!({ "question": one.question, "answer": one.answer });
        items.take(&raw(&item)?, one.line + 1, collector);
    }
    items.finish(collector);
    Ok(())
}

/// The text around a heading: what stands above it is part of the page, too.
fn without_heading<'b>(body: &'b str, heading: Option<&Heading>) -> Cow<'b, str> {
    let Some(heading) = heading else {
        return Cow::Borrowed(body);
    };
    let (above, below) = (&body[..heading.start], &body[heading.end..]);
    if above.trim().is_empty() {
        Cow::Borrowed(below)
    } else {
        Cow::Owned(format!("{}\n\n{}", above.trim_end(), below.trim_start()))
    }
}

/// A page whose headings are questions.
struct MarkdownPage<'b> {
    body: &'b str,
    headings: Vec<Heading>,
    sections: PageSections,
    /// The definitions of links, by what refers to them. They count in every section.
    links: Vec<(String, &'b str)>,
}

impl MarkdownPage<'_> {
    fn take(
        &self,
        job: &ReadJob,
        front: Map<String, Value>,
        above: u64,
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        let fields = PageFields::of(job);
        let shared = fields.shared(&front);
        let title = title_of(&front).or_else(|| {
            let title = self.sections.title?;
            Some(self.headings[title].text.clone())
        });
        self.take_own(job, front, title.as_deref(), collector)?;
        let mut items = fields.items(job).written_in(Body::Markdown).with_flags();
        let mut slugs = Slugs::default();
        let (mut line, mut counted) = (above, 0);
        for section in &self.sections.questions {
            let heading = &self.headings[section.heading];
            line += newlines(&self.body.as_bytes()[counted..heading.start]);
            counted = heading.start;
            let slug = slugs.name(&slug(&heading.text));
            let mut item = shared.clone();
            let id = format!("{}#{slug}", stem(job.name));
            let asked = section.messages(&self.headings, title.as_deref());
            item.insert("id".to_owned(), id.into());
            item.insert("question".to_owned(), asked.into());
            let mut answer = self.text(std::slice::from_ref(&section.answer));
            if heading.is_marked() {
                answer = without_mark(&answer);
            }
            item.insert("answer".to_owned(), answer.into());
            collector.row(line)?;
            items.take(&raw(&Value::Object(item))?, line, collector);
        }
        Ok(())
    }

    /// The page's own text, as the article of the page's id.
    fn take_own(
        &self,
        job: &ReadJob,
        front: Map<String, Value>,
        title: Option<&str>,
        collector: &mut ArticleCollector,
    ) -> Result<(), TextProblem> {
        let heading = self.sections.title.map(|title| &self.headings[title]);
        let heading = heading.filter(|heading| title != Some(heading.text.as_str()));
        // What the front matter calls the page need not be what the page calls itself.
        let mut parts: Vec<Range<usize>> = Vec::new();
        parts.extend(heading.map(|heading| heading.start..heading.end));
        parts.extend_from_slice(&self.sections.own);
        let own = self.text(&parts);
        if !says_something(&own) {
            if self.sections.has_bare_heading(&self.headings) {
                collector.note(job.place(1), BARE_HEADING.to_owned());
            }
            return Ok(());
        }
        let name = words_of_name(job.name);
        if title.is_none() {
            collector.note(job.place(1), NO_TITLE.to_owned());
        }
        let page = one(job, front, title.or(Some(&name)), |_| &own);
        let mut items = Items::new(job).written_in(Body::Markdown).with_flags();
        collector.row(1)?;
        items.take(&raw(&Value::Object(page))?, 1, collector);
        Ok(())
    }

    /// These parts of the page, with the definitions of the links in them.
    fn text(&self, parts: &[Range<usize>]) -> String {
        let parts = parts.iter().map(|part| self.body[part.clone()].trim());
        let filled: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let mut text = filled.join("\n\n");
        let lower = text.to_lowercase();
        let used = self.links.iter().filter(|(label, definition)| {
            lower.contains(label.as_str()) && !text.contains(definition)
        });
        let used: Vec<&str> = used.map(|(_, definition)| *definition).collect();
        for definition in used {
            text.push_str("\n\n");
            text.push_str(definition);
        }
        text
    }
}

fn has(front: &Map<String, Value>, name: &str) -> bool {
    front.keys().any(|key| same_name(key, name))
}

/// What the front matter calls the page.
fn title_of(front: &Map<String, Value>) -> Option<String> {
    let title = QUESTION.iter().find_map(|name| {
        let mut keys = front.iter();
        keys.find_map(|(key, value)| same_name(key, name).then_some(value))
    });
    title?.as_str().map(str::trim).map(str::to_owned)
}

/// The whole file, or its own text, as one article: what the front matter does not say is taken from
/// its place. The text depends on whether a title stands elsewhere than in it.
fn one<'t>(
    job: &ReadJob,
    front: Map<String, Value>,
    title: Option<&str>,
    text: impl FnOnce(bool) -> &'t str,
) -> Map<String, Value> {
    let mut article = front;
    if !ID.iter().any(|name| has(&article, name)) {
        article.insert("id".to_owned(), stem(job.name).into());
    }
    let titled = QUESTION.iter().any(|name| has(&article, name));
    if let (false, Some(title)) = (titled, title) {
        article.insert("question".to_owned(), title.into());
    }
    if !has(&article, "answer") {
        article.insert("answer".to_owned(), text(titled).into());
    }
    article
}

/// The definitions of links, each by what stands in brackets where it is used.
fn definitions(body: &str) -> Vec<(String, &str)> {
    let parser = Parser::new_ext(body, options());
    let all = parser.reference_definitions().iter();
    let all = all.map(|(label, link)| {
        let used_as = format!("[{}]", label.to_lowercase());
        (used_as, body[link.span.clone()].trim())
    });
    let all = all.chain(footnotes(body));
    let mut all: Vec<(String, &str)> = all.take(MOST_DEFINITIONS + 1).collect();
    if all.len() > MOST_DEFINITIONS {
        return Vec::new();
    }
    all.sort_unstable();
    all
}

/// The footnotes, each by the mark of it.
fn footnotes(body: &str) -> impl Iterator<Item = (String, &str)> {
    let mut starts: Vec<usize> = body.match_indices("[^").map(|(at, _)| at).collect();
    starts.retain(|at| body[..*at].ends_with('\n'));
    starts.into_iter().filter_map(move |at| {
        let part = &body[at..];
        let end = part.find("\n\n").unwrap_or(part.len());
        let end = part[..end].find("\n[^").unwrap_or(end);
        let part = part[..end].trim();
        let (mark, _) = part.strip_prefix("[^")?.split_once("]:")?;
        let is_mark = !mark.is_empty() && !mark.contains(|c: char| c.is_whitespace() || c == ']');
        is_mark.then(|| (format!("[^{}]", mark.to_lowercase()), part))
    })
}

/// A text without its code.
fn without_code(body: &str) -> String {
    let mut in_code = false;
    let mut words = String::new();
    for event in Parser::new_ext(body, options()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) if !in_code => {
                words.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => words.push('\n'),
            _ => {}
        }
    }
    words
}

/// Whether a text says more than its headings do.
fn says_something(text: &str) -> bool {
    let mut in_heading = false;
    Parser::new_ext(text, options()).any(|event| match event {
        Event::Start(Tag::Heading { .. }) => {
            in_heading = true;
            false
        }
        Event::End(TagEnd::Heading(_)) => {
            in_heading = false;
            false
        }
        Event::Text(text) | Event::Code(text) => {
            !in_heading && text.chars().any(char::is_alphanumeric)
        }
        Event::Html(html) | Event::InlineHtml(html) => {
            let html = html.trim_start();
            !html.starts_with("<!--") && !html.starts_with("</")
        }
        _ => false,
    })
}
