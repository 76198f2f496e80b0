//! Reads XML: the elements at the path `items`, or the one kind of element that repeats. Attributes
//! and child elements are the fields of an article. A document is gone through twice: first to find
//! the articles and to know that it is whole, then to take them.

mod document;
mod find_articles;

use super::json::{Items, raw};
use crate::intake::article_collector::Gathering;
use crate::intake::budget::Budget;
use crate::intake::bytes::{Problem, Text};
use crate::intake::read_files::Job;
use document::{Element, Way, follow_way};
use find_articles::Survey;

/// Reads all items of a file.
pub(crate) fn read(text: Text, job: &Job, gathering: &mut Gathering) -> Result<(), Problem> {
    let max_row_bytes = job.folder.limits.max_row_bytes;
    let mut survey = Survey::new(job.folder.items.as_deref(), gathering.budget());
    follow_way(text.reader(), max_row_bytes, &mut survey)?;
    let Some(path) = survey.found().map_err(Problem::whole_file)? else {
        return Ok(());
    };
    let text = Text::open(&job.content, job.folder.encoding)?;
    let mut taking = Taking {
        path,
        items: Items::new(job),
        gathering,
    };
    follow_way(text.reader(), max_row_bytes, &mut taking)?;
    let Taking {
        items, gathering, ..
    } = taking;
    items.finish(gathering);
    Ok(())
}

/// Takes the articles on the way.
struct Taking<'a> {
    path: Vec<String>,
    items: Items<'a>,
    gathering: &'a mut Gathering,
}

impl Way for Taking<'_> {
    fn budget(&mut self) -> &mut Budget {
        self.gathering.budget()
    }

    fn begins(&mut self, path: &[String], _: bool) -> Result<bool, Problem> {
        Ok(path == self.path)
    }

    fn element(&mut self, element: &Element) -> Result<(), Problem> {
        self.gathering.row(element.line)?;
        let item = raw(&element.to_json())?;
        self.items.take(&item, element.line, self.gathering);
        Ok(())
    }

    fn ends(&mut self, _: &[String]) -> Result<(), Problem> {
        Ok(())
    }
}
