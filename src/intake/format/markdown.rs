//! Reads Markdown: a file for each article, with or without front matter, or a page with a heading
//! for each question. Answers stay Markdown.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::{Map, Value};

use super::front_matter::{begins, front_matter, has_text_after, withdrawn_page};
use super::json::{Items, raw};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::{TextProblem, newlines};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::sections::{Heading, asking_level, slug, stem};
use crate::intake::table::{ID, QUESTION, same_name};
use crate::model::Body;

/// What the library holds for what may be a mark, and for a line.
const MARK: usize = 96;
const MARKS: &[u8] = b"\n*_[]!<>&`~\\|\"'$";

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
fn read(job: &ReadJob, gathering: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.text(gathering)?;
    let document = text.whole(gathering.budget())?;
    let (front, body) = front_matter(&document, gathering.budget())?;
    let marks = body.bytes().filter(|byte| MARKS.contains(byte)).count();
    gathering.budget().take(marks * MARK)?;
    let headings = headings(body);
    let above = 1 + newlines(&document.as_bytes()[..document.len() - body.len()]);
    let mut items = Items::new(job).written_in(Body::Markdown).with_flags();
    let is_one = has(&front, "question");
    let level = asking_level(&headings).filter(|_| !is_one);
    let Some(level) = level else {
        gathering.row(1)?;
        let article = raw(&Value::Object(one(job, front, body, &headings)))?;
        items.take(&article, 1, gathering);
        items.finish(gathering);
        return Ok(());
    };
    if let Some(why) = withdrawn_page(&front, job.folder) {
        gathering.row(1)?;
        gathering.note(job.place(1), why);
        return Ok(());
    }
    let (mut line, mut counted) = (above, 0);
    for (at, heading) in headings.iter().enumerate() {
        if heading.level != level {
            continue;
        }
        line += newlines(&body.as_bytes()[counted..heading.start]);
        counted = heading.start;
        let next = headings[at + 1..].iter().find(|next| next.level <= level);
        let end = next.map_or(body.len(), |next| next.start);
        let id = format!("{}#{}", stem(job.name), slug(&heading.text));
        let article = section(&id, &heading.text, &body[heading.end..end]);
        gathering.row(line)?;
        items.take(&raw(&article)?, line, gathering);
    }
    Ok(())
}

fn section(id: &str, question: &str, answer: &str) -> Value {
    serde_json::json!({ "id": id, "question": question, "answer": answer.trim() })
}

fn has(front: &Map<String, Value>, name: &str) -> bool {
    front.keys().any(|key| same_name(key, name))
}

/// The whole file as one article: what the front matter does not say is taken from its place.
fn one(
    job: &ReadJob,
    front: Map<String, Value>,
    body: &str,
    headings: &[Heading],
) -> Map<String, Value> {
    let mut article = front;
    if !ID.iter().any(|name| has(&article, name)) {
        article.insert("id".to_owned(), stem(job.name).into());
    }
    let mut answer = body;
    if !QUESTION.iter().any(|name| has(&article, name))
        && let Some(first) = headings.first()
    {
        article.insert("question".to_owned(), first.text.clone().into());
        answer = &body[first.end..];
    }
    if !has(&article, "answer") {
        article.insert("answer".to_owned(), answer.trim().into());
    }
    article
}

/// The headings that stand in no quote and no list.
fn headings(body: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let (mut depth, mut inside) = (0_usize, false);
    for (event, range) in Parser::new(body).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                depth += 1;
                inside = true;
                found.push(Heading {
                    level: level as usize,
                    text: String::new(),
                    start: range.start,
                    end: range.end,
                });
            }
            Event::End(TagEnd::Heading(_)) => {
                depth = depth.saturating_sub(1);
                inside = false;
            }
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(text) | Event::Code(text) if inside => {
                if let Some(heading) = found.last_mut() {
                    heading.text.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}
