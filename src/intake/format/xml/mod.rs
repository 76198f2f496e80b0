//! Reads XML: the elements at the path `items`, or the one kind of element that repeats. Attributes
//! and child elements are the fields of an article. A document is gone through twice: first to find
//! the articles and to know that it is whole, then to take them.

mod document;
mod find_articles;

use super::json::{Items, raw};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::{Text, TextProblem, is_web_page};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use document::{XmlElement, XmlPath, follow_way};
use find_articles::XmlSurvey;

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
fn read(job: &ReadJob, gathering: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.text(gathering)?;
    let max_row_bytes = job.folder.limits.max_row_bytes;
    let mut survey = XmlSurvey::new(job.folder.items.as_deref(), gathering.budget());
    follow_way(text.reader(), max_row_bytes, &mut survey)?;
    let Some(path) = survey.found().map_err(TextProblem::whole_file)? else {
        return Ok(());
    };
    let text = Text::open(&job.content, job.folder.encoding)?;
    let mut taking = XmlTaking {
        path,
        items: Items::new(job),
        gathering,
    };
    follow_way(text.reader(), max_row_bytes, &mut taking)?;
    let XmlTaking {
        items, gathering, ..
    } = taking;
    items.finish(gathering);
    Ok(())
}

/// Takes the articles on the way.
struct XmlTaking<'a> {
    path: Vec<String>,
    items: Items<'a>,
    gathering: &'a mut ArticleCollector,
}

impl XmlPath for XmlTaking<'_> {
    fn budget(&mut self) -> &mut Budget {
        self.gathering.budget()
    }

    fn begins(&mut self, path: &[String], _: bool) -> Result<bool, TextProblem> {
        Ok(path == self.path)
    }

    fn element(&mut self, element: &XmlElement) -> Result<(), TextProblem> {
        self.gathering.row(element.line)?;
        let item = raw(&element.to_json())?;
        self.items.take(&item, element.line, self.gathering);
        Ok(())
    }

    fn ends(&mut self, _: &[String]) -> Result<(), TextProblem> {
        Ok(())
    }
}
