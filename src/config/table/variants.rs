//! Reads `[[bot.variants]]`: a source that holds user messages alone. It is read by the reader of
//! sources, from a table with the keys that one knows.

use std::path::Path;

use globset::escape;

use super::source::{path, source};
use crate::config::problem::{Report, Reported};
use crate::config::section::ConfigSection;
use crate::config::tree::{Node, TomlEntry, TomlTable, TomlValue, ValueOrigin};
use crate::config::{Source, SourceHolds, SourceKind};

const PATTERN: &str = "bot[].variants[]";

/// What a source knows under the same name.
const SHARED: [&str; 8] = [
    "feed",
    "name",
    "format",
    "items",
    "encoding",
    "delimiter",
    "sheet",
    "every",
];

/// Reads one.
pub(crate) fn variants(
    report: &Report<'_>,
    origin: ValueOrigin,
    table: &TomlTable,
    folder: &Path,
) -> Result<Source, Reported> {
    let section = ConfigSection::new(report, PATTERN, origin.clone(), table.clone());
    let (file, feed) = (section.has("file"), section.has("feed"));
    if file && feed {
        let message = "`file` and `feed` are both given";
        return Err(section.wrong("feed", message, "write a second [[bot.variants]]"));
    }
    if feed && !section.has("format") {
        let message = "`format` is missing beside `feed`";
        return Err(section.wrong("feed", message, "for example format = \"csv\""));
    }
    let entries = SHARED.into_iter().filter_map(|key| {
        let entry = table.get(key)?;
        Some((key.to_owned(), entry.clone()))
    });
    let mut wanted: TomlTable = entries.collect();
    if !feed {
        place(&section, &mut wanted, folder)?;
    }
    let fields = fields(table);
    if !fields.is_empty() {
        let fields = TomlValue::Table(fields);
        wanted.insert("fields".to_owned(), entry(fields, origin.clone()));
    }
    let mut source = source(report, origin, wanted, folder)?;
    source.holds = SourceHolds::Messages;
    Ok(source)
}

/// The folder in which the file lies, and the pattern that matches it alone.
fn place(
    section: &ConfigSection<'_, '_>,
    wanted: &mut TomlTable,
    folder: &Path,
) -> Result<(), Reported> {
    let written = section.text("file")?;
    let at = section.origin_of("file");
    let path = path(section, "file", folder)?;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        let message = "`file` names no file";
        return Err(section.wrong("file", message, "for example file = \"variants.csv\""));
    };
    let text = |text: String| TomlValue::Text(text);
    let Some(parent) = parent.to_str() else {
        let message = "`file` lies in a folder whose name is not UTF-8";
        return Err(section.wrong("file", message, "rename the folder"));
    };
    let include = Node {
        origin: at.clone(),
        value: text(escape(&name.to_string_lossy())),
    };
    let include = TomlValue::List(vec![include]);
    wanted.insert("include".to_owned(), entry(include, at.clone()));
    wanted.insert(
        "folder".to_owned(),
        entry(text(parent.to_owned()), at.clone()),
    );
    let name = wanted.entry("name".to_owned());
    name.or_insert_with(|| entry(text(written), at));
    Ok(())
}

/// The columns, under the names that a source has for them.
fn fields(table: &TomlTable) -> TomlTable {
    let names = [("id", "id"), ("message", "question")];
    let columns = names.into_iter().filter_map(|(key, field)| {
        let entry = table.get(key)?;
        Some((field.to_owned(), entry.clone()))
    });
    columns.collect()
}

fn entry(value: TomlValue, origin: ValueOrigin) -> TomlEntry {
    TomlEntry {
        key: origin.clone(),
        node: Node { origin, value },
    }
}

/// Keeps the sources of articles from reading these files as articles.
pub(crate) fn keep_apart(sources: &mut [Source], variants: &[Source]) {
    let files = variants.iter().filter_map(|source| match &source.kind {
        SourceKind::Folder(folder) => Some((&folder.path, folder.include.first()?)),
        SourceKind::Feed(_) => None,
    });
    for (parent, name) in files {
        for source in sources.iter_mut() {
            let SourceKind::Folder(folder) = &mut source.kind else {
                continue;
            };
            let Ok(inner) = parent.strip_prefix(&folder.path) else {
                continue;
            };
            let inner = escape(&inner.to_string_lossy());
            let glob = match inner.as_str() {
                "" => name.clone(),
                inner => format!("{inner}/{name}"),
            };
            folder.exclude.push(glob);
        }
    }
}
