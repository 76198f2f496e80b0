//! Where the sheets of an XLSX file are in its package, and where links in them lead: what the library
//! knows and does not tell.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Cursor, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use crate::intake::budget::{Budget, Exceeded};

/// The part that lists the sheets, where the package does not say otherwise.
const WORKBOOK: &str = "xl/workbook.xml";
const STYLES: &str = "xl/styles.xml";
/// What an entry takes besides its text.
const ENTRY: usize = 100;
/// What is held of a part.
const PART: usize = 300;

/// The files in an XLSX file.
pub(crate) struct Package<'b>(ZipArchive<Cursor<&'b [u8]>>);

/// What stands for the parts that a part refers to.
type Relations = HashMap<String, String>;

impl<'b> Package<'b> {
    /// The package; `None` where it cannot be opened, which the library says better.
    pub(crate) fn open(bytes: &'b [u8], budget: &mut Budget) -> Result<Option<Self>, Exceeded> {
        let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else {
            return Ok(None);
        };
        budget.take(archive.len().saturating_mul(PART))?;
        Ok(Some(Self(archive)))
    }

    /// The paths of the sheets by their names.
    pub(crate) fn sheets(
        &mut self,
        budget: &mut Budget,
    ) -> Result<HashMap<String, String>, Exceeded> {
        let roots = self.relations("", budget)?;
        let is_book = |path: &&String| path.ends_with("workbook.xml");
        let book = roots.values().find(is_book);
        let book = book.map_or(WORKBOOK, String::as_str).to_owned();
        let relations = self.relations(&book, budget)?;
        let mut sheets = HashMap::new();
        self.elements(&book, |element| {
            if element.local_name().as_ref() == "sheet"
                && let Some(name) = attribute(element, "name")
                && let Some(path) = attribute(element, "id").and_then(|id| relations.get(&id))
            {
                budget.take(ENTRY + name.len() + path.len())?;
                sheets.insert(name, path.clone());
            }
            Ok(())
        })?;
        Ok(sheets)
    }

    /// The numbers of the formats whose codes the file gives itself.
    pub(crate) fn explained_formats(
        &mut self,
        budget: &mut Budget,
    ) -> Result<HashSet<u32>, Exceeded> {
        let mut explained = HashSet::new();
        self.elements(STYLES, |element| {
            if element.local_name().as_ref() == "numFmt"
                && let Some(id) = attribute(element, "numFmtId").and_then(|id| id.parse().ok())
            {
                budget.take(ENTRY)?;
                explained.insert(id);
            }
            Ok(())
        })?;
        Ok(explained)
    }

    /// What the part at this path refers to, by the name that it has there.
    pub(crate) fn relations(
        &mut self,
        path: &str,
        budget: &mut Budget,
    ) -> Result<Relations, Exceeded> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let beside = if folder.is_empty() {
            format!("_rels/{name}.rels")
        } else {
            format!("{folder}/_rels/{name}.rels")
        };
        let mut relations = HashMap::new();
        self.elements(&beside, |element| {
            if let (Some(id), Some(target)) =
                (attribute(element, "Id"), attribute(element, "Target"))
            {
                let is_outside =
                    attribute(element, "TargetMode").is_some_and(|mode| mode == "External");
                let target = if is_outside {
                    target
                } else {
                    within(folder, &target)
                };
                budget.take(ENTRY + id.len() + target.len())?;
                relations.insert(id, target);
            }
            Ok(())
        })?;
        Ok(relations)
    }

    /// The part at this path, to go through.
    pub(crate) fn part(&mut self, path: &str) -> Option<Reader<BufReader<impl Read + '_>>> {
        let names = self.0.file_names();
        let found = names
            .filter_map(Result::ok)
            .find(|name| name.eq_ignore_ascii_case(path))?
            .into_owned();
        let entry = self.0.by_name(&found).ok()?;
        Some(Reader::from_reader(BufReader::new(entry)))
    }

    /// Hands over every element of a part. What is no XML any more ends it; the library says so.
    fn elements(
        &mut self,
        path: &str,
        mut take: impl FnMut(&BytesStart) -> Result<(), Exceeded>,
    ) -> Result<(), Exceeded> {
        let Some(mut reader) = self.part(path) else {
            return Ok(());
        };
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Start(element) | Event::Empty(element)) => take(&element)?,
                Ok(Event::Eof) | Err(_) => return Ok(()),
                Ok(_) => {}
            }
        }
    }
}

/// The attribute of this name, whatever its prefix.
pub(crate) fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let mut attributes = attributes.with_checks(false).filter_map(Result::ok);
    let found = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

/// A path from the folder of the part that names it.
fn within(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
