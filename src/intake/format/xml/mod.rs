//! Reads XML: the elements at the path `items`, or the one kind of element that repeats. Attributes
//! and child elements are the fields of an article. A document is gone through more than once: first to
//! find the articles and to know that it is whole, then for an id, and then to take them.

mod document;
mod find_articles;
mod markup;
mod wordpress;

use super::json::{IdsOfEntries, Items, raw};
use crate::config::Fields;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{Text, TextProblem, is_web_page};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::table::QUESTIONS_ARE_IDS;
use crate::model::{Body, Writing};
use document::{XmlElement, XmlPath, follow_way};
use find_articles::XmlSurvey;
use markup::XmlMarks;
use wordpress::WordPressItem;

/// XML.
pub(crate) const XML: FormatReader = FormatReader {
    shows,
    ..FormatReader::new(read)
};

fn shows(head: &str) -> Option<&'static str> {
    let start = head.get(..16).unwrap_or(head).to_ascii_lowercase();
    let is_xml = start.starts_with("<?xml") || start.starts_with("<!doctype");
    (is_xml && !is_web_page(head.as_bytes())).then_some("by its first line")
}

/// Reads all items of a file.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.text(collector)?;
    let max_row_bytes = job.folder.limits.max_row_bytes;
    let mut survey = XmlSurvey::new(job.folder.items.as_deref(), collector.budget());
    follow_way(text.reader(), max_row_bytes, &mut survey)?;
    let is_of_wordpress = survey.is_of_wordpress() && job.fields.is_none();
    let marks = match job.fields.is_some_and(leads_into_fields) {
        true => XmlMarks::Fields,
        false if survey.is_marked() && !is_of_wordpress => XmlMarks::Used,
        false => XmlMarks::Unused,
    };
    let Some(paths) = survey.found().map_err(TextProblem::whole_file)? else {
        return Ok(());
    };
    let mut items = Items::new(job);
    if is_of_wordpress {
        items = items.written_in(Writing::with_lines(Body::Html));
    } else if lacks_ids(&paths, job, collector.budget())? {
        collector.note(job.place(0), QUESTIONS_ARE_IDS.to_owned());
        items = items.with_questions_as_ids();
    }
    let text = Text::open(&job.content, job.folder.encoding)?;
    let mut taking = XmlTaking {
        job,
        paths,
        marks,
        items,
        is_of_wordpress,
        furniture: 0,
        collector,
    };
    follow_way(text.reader(), max_row_bytes, &mut taking)?;
    let XmlTaking {
        items,
        furniture,
        collector,
        ..
    } = taking;
    if furniture > 0 {
        let text = format!(
            "is the export of a WordPress; {furniture} of its items are pictures, menus and the like, and no articles"
        );
        collector.note(job.place(0), text);
    }
    items.finish(collector);
    Ok(())
}

/// Whether the configuration names a field within an element, which a mark of content is not.
fn leads_into_fields(fields: &Fields) -> bool {
    let roles = [
        &fields.id,
        &fields.question,
        &fields.question_else,
        &fields.answer,
        &fields.answer_else,
    ];
    let names = roles.into_iter().flatten();
    let others = fields.alternatives.values().flatten();
    names
        .chain(others)
        .any(|name| name.matches('/').count() > 1)
}

/// So many elements may be strays before the first question with its answer. What has more of them is no list
/// of those, and each of its elements is told as one without an id.
const STRAY: usize = 1000;

/// Whether the elements are questions and answers, of which none has an id.
fn lacks_ids(
    paths: &[Vec<String>],
    job: &ReadJob,
    budget: &mut Budget,
) -> Result<bool, TextProblem> {
    let text = Text::open(&job.content, job.folder.encoding)?;
    let mut look = XmlIds {
        paths,
        job,
        ids: IdsOfEntries::default(),
        last: Vec::new(),
        seen: 0,
        budget,
    };
    // It ends with the first id; what else is wrong is met again when the articles are taken.
    let _ = follow_way(text.reader(), job.folder.limits.max_row_bytes, &mut look);
    Ok(look.ids.are_lacking())
}

/// Looks for ids on the way.
struct XmlIds<'a> {
    paths: &'a [Vec<String>],
    job: &'a ReadJob<'a>,
    ids: IdsOfEntries,
    /// The names of the last one's fields, by which alone it is known. Most have the same.
    last: Vec<String>,
    seen: usize,
    budget: &'a mut Budget,
}

impl XmlPath for XmlIds<'_> {
    fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    fn begins(&mut self, path: &[String], _: bool) -> Result<bool, TextProblem> {
        if self.ids.has_some() {
            return Err(TextProblem::whole_file("has ids"));
        }
        Ok(self.paths.iter().any(|wanted| wanted == path))
    }

    fn element(&mut self, element: &XmlElement) -> Result<(), TextProblem> {
        self.seen += 1;
        if self.seen > STRAY && !self.ids.has_pair() {
            return Err(TextProblem::whole_file("has no questions and answers"));
        }
        if !self.last.is_empty() && self.last.iter().map(String::as_str).eq(element.names()) {
            return Ok(());
        }
        self.last = element.names().map(str::to_owned).collect();
        let item = raw(&element.to_json(XmlMarks::Fields))?;
        self.ids.see(&item, self.job.fields);
        Ok(())
    }

    fn ends(&mut self, _: &[String]) -> Result<(), TextProblem> {
        Ok(())
    }
}

/// Takes the articles on the way.
struct XmlTaking<'a> {
    job: &'a ReadJob<'a>,
    paths: Vec<Vec<String>>,
    marks: XmlMarks,
    items: Items<'a>,
    is_of_wordpress: bool,
    /// Items of a WordPress that are no articles.
    furniture: u64,
    collector: &'a mut ArticleCollector,
}

impl XmlPath for XmlTaking<'_> {
    fn budget(&mut self) -> &mut Budget {
        self.collector.budget()
    }

    fn begins(&mut self, path: &[String], _: bool) -> Result<bool, TextProblem> {
        Ok(self.paths.iter().any(|wanted| wanted == path))
    }

    fn element(&mut self, element: &XmlElement) -> Result<(), TextProblem> {
        self.collector.row(element.line)?;
        let item = element.to_json(self.marks);
        if !self.is_of_wordpress {
            self.items.take(&raw(&item)?, element.line, self.collector);
            return Ok(());
        }
        match wordpress::item(&item) {
            WordPressItem::Article(item) => {
                self.items.take(&raw(&item)?, element.line, self.collector);
            }
            WordPressItem::Withdrawn(id, why) => {
                let place = self.job.place(element.line);
                self.collector.note_about(place, Some(id), why);
            }
            WordPressItem::Furniture => self.furniture += 1,
        }
        Ok(())
    }

    fn ends(&mut self, _: &[String]) -> Result<(), TextProblem> {
        Ok(())
    }
}
