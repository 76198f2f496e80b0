//! What the readers of pages share: the questions of a page are items with usual names, which have from
//! the page what decides whether it counts, and where it is.

use serde_json::{Map, Value};

use super::json::Items;
use crate::config::Fields;
use crate::intake::read_files::ReadJob;
use crate::intake::table::same_name;

/// What is said where a page's own text has nothing that it could be asked for by.
pub(crate) const NO_TITLE: &str = "has text of its own beside its questions and no title, so the file's name stands in as its question; give the page a heading above that text";

/// What is said where there is nothing below a heading, and no text of the page's own that it could go with.
pub(crate) const BARE_HEADING: &str = "has a heading with nothing below it, which is on no step; write what belongs there, or take the heading out";

/// The names by which the questions of a page are read.
pub(crate) struct PageFields {
    fields: Option<Fields>,
    /// Fields of the page that its questions have too.
    shared: Vec<String>,
}

impl PageFields {
    /// What is configured for the source of a page.
    pub(crate) fn of(job: &ReadJob) -> Self {
        // Where id, question and answer are, a page says without settings.
        let fields = job.fields.map(|fields| Fields {
            url: fields.url.clone(),
            quick_replies: fields.quick_replies.clone(),
            ..Fields::default()
        });
        let filter = &job.folder.filter;
        let mut shared: Vec<String> = Vec::new();
        shared.extend(filter.keep.iter().map(|keep| keep.pointer.clone()));
        shared.extend(filter.locale.iter().map(|locale| locale.pointer.clone()));
        if let Some(fields) = &fields {
            shared.extend(fields.url.clone());
            shared.extend(fields.quick_replies.iter().cloned());
        }
        Self { fields, shared }
    }

    /// What the questions have from the front matter of their page.
    pub(crate) fn shared(&self, front: &Map<String, Value>) -> Map<String, Value> {
        let is_shared = |key: &String| {
            self.shared.iter().any(|name| {
                let name = name.strip_prefix('/').unwrap_or(name);
                same_name(name.split('/').next().unwrap_or(name), key)
            })
        };
        let shared = front.iter().filter(|(key, _)| is_shared(key));
        shared
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Takes the questions of a page.
    pub(crate) fn items<'a>(&'a self, job: &'a ReadJob) -> Items<'a> {
        Items::new(job).with_fields(self.fields.as_ref())
    }
}
