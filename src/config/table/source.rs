//! Reads `[[bot.source]]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::GlobBuilder;

use reqwest::Url;

use super::feed;
use super::filter::filter;
use super::page_fields;
use super::schedule::schedule;
use crate::config::problem::{Report, Reported};
use crate::config::section::{ConfigSection, Located};
use crate::config::tree::{Node, TomlTable, TomlValue, ValueOrigin};
use crate::config::words::{Delimiter, ImageStyle, LinkStyle};
use crate::config::{
    ConfigWord, ConfiguredEncoding, Fields, Folder, NoAnswerPolicy, Presentation, Read, Rich,
    Source, SourceHolds, SourceKind, SourceLimits, joined_words,
};
use crate::model::FileFormat;

/// Reads a source.
pub(crate) fn source(
    report: &Report<'_>,
    origin: ValueOrigin,
    table: TomlTable,
    folder: &Path,
) -> Result<Source, Reported> {
    let is_feed = table.contains_key("feed");
    let (table, laid) = if is_feed {
        feed::with_preset(report, table)
    } else {
        (table, Ok(None))
    };
    let section = ConfigSection::new(report, "bot[].source[]", origin, table);
    let name = section.optional("name", name);
    let misplaced = misplaced(&section, is_feed);
    let written = section.text(if is_feed { "feed" } else { "folder" });
    let kind = if is_feed {
        feed::feed(&section, folder, laid).map(|feed| SourceKind::Feed(Box::new(feed)))
    } else {
        read_folder(&section, folder).map(SourceKind::Folder)
    };
    let fields = section.optional("fields", fields);
    let fitting = match (&kind, &fields) {
        (Ok(SourceKind::Folder(folder)), Ok(Some(fields))) => {
            page_fields::check(&section, folder, fields)
        }
        _ => Ok(()),
    };
    let presentation = presentation(&section);
    let bad_rows = section.word("bad_rows");
    let every = section.duration("every");
    let schedule = schedule(&section);
    let written = written?;
    misplaced?;
    fitting?;
    Ok(Source {
        name: name?.unwrap_or(written),
        kind: kind?,
        fields: fields?,
        presentation: presentation?,
        bad_rows: bad_rows?,
        every: every?,
        schedule: schedule?,
        holds: SourceHolds::Articles,
    })
}

const FOLDER_ONLY: &[&str] = &[
    "folder",
    "include",
    "exclude",
    "read",
    "settle",
    "complete_when",
];

/// A key of the other kind of source would be a setting that silently does nothing.
fn misplaced(section: &ConfigSection<'_, '_>, is_feed: bool) -> Result<(), Reported> {
    let (kind, others) = if is_feed {
        ("feed", FOLDER_ONLY)
    } else {
        ("folder", feed::FEED_ONLY)
    };
    let mut outcome = Ok(());
    for key in others.iter().filter(|key| section.has(key)) {
        let message = format!("`{key}` has no meaning for a {kind}");
        let hint = "a source is either a folder or a feed; take it out";
        outcome = Err(section.wrong(key, message, hint));
    }
    outcome
}

fn name(section: &ConfigSection<'_, '_>, key: &str) -> Result<String, Reported> {
    let name = section.text(key)?;
    if name.trim() == name && !name.chars().any(char::is_control) {
        return Ok(name);
    }
    let message = "`name` has white space around it or control characters in it";
    Err(section.wrong(key, message, "for example name = \"help-centre\""))
}

/// A path, relative ones from the configuration file's folder.
pub(crate) fn path(
    section: &ConfigSection<'_, '_>,
    key: &str,
    folder: &Path,
) -> Result<PathBuf, Reported> {
    let text = section.text(key)?;
    if text.starts_with("~/") || text == "~" {
        let message = format!("`{key}` begins with ~, which only a shell understands");
        return Err(section.wrong(key, message, "write the whole path"));
    }
    if text.contains('\0') {
        let message = format!("`{key}` holds a NUL, which no path can");
        return Err(section.wrong(key, message, "write the path without it"));
    }
    Ok(folder.join(text))
}

fn read_folder(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Folder, Reported> {
    // That it is missing has been said.
    let path = section.optional("folder", |section, key| path(section, key, folder));
    let include = globs(section, "include");
    let exclude = globs(section, "exclude");
    let read = section.word("read");
    let settle = section.duration("settle");
    let complete_when = section.optional("complete_when", glob);
    let files = as_file(section, PathBuf::new());
    let filter = filter(section);
    Ok(Folder {
        path: path?.unwrap_or_default(),
        include: include?,
        exclude: exclude?,
        read: read?,
        settle: settle?,
        complete_when: complete_when?,
        filter: Box::new(filter?),
        ..files?
    })
}

/// How files are read, wherever they come from.
pub(crate) fn as_file(section: &ConfigSection<'_, '_>, path: PathBuf) -> Result<Folder, Reported> {
    let items = section.optional("items", pointer);
    let delimiter = section.optional("delimiter", ConfigSection::word::<Delimiter>);
    let format = section.optional("format", format);
    let encoding = encoding(section);
    let sheet = section.optional("sheet", |section, key| section.texts(key, |_| Ok(())));
    let header = section.optional("header", ConfigSection::flag);
    let limits = section.table("limits").and_then(|table| limits(&table));
    Ok(Folder {
        path,
        include: Vec::new(),
        exclude: Vec::new(),
        read: Read::All,
        settle: Duration::ZERO,
        complete_when: None,
        items: items?,
        delimiter: delimiter?.map(Delimiter::byte),
        format: format?,
        encoding: encoding?,
        sheet: sheet?.unwrap_or_default(),
        header: header?,
        filter: Box::default(),
        limits: limits?,
    })
}

/// What `format` may say: a format of files, or what only a feed has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormatWord {
    /// A file.
    File(FileFormat),
    /// RSS or Atom.
    Rss,
}

const RSS: &str = "rss";

impl ConfigWord for FormatWord {
    const WORDS: &'static [&'static str] =
        &joined_words::<{ FileFormat::WORDS.len() + 1 }>(FileFormat::WORDS, &[RSS]);

    fn from_word(word: &str) -> Option<Self> {
        if word == RSS {
            return Some(Self::Rss);
        }
        FileFormat::from_word(word).map(Self::File)
    }

    fn word(self) -> &'static str {
        match self {
            Self::File(format) => format.word(),
            Self::Rss => RSS,
        }
    }
}

fn encoding(section: &ConfigSection<'_, '_>) -> Result<Option<ConfiguredEncoding>, Reported> {
    let label = section.text("encoding")?;
    if label == AUTO {
        return Ok(None);
    }
    ConfiguredEncoding::from_label(&label).map(Some).ok_or_else(|| {
        let message = "`encoding` is none of the WHATWG's list";
        let hint = "for example encoding = \"windows-1250\", \"macintosh\", \"shift_jis\", \"gbk\" or \"utf-8\"; what is not in the list has to be exported as UTF-8";
        section.wrong("encoding", message, hint)
    })
}

/// What an encoding is called that is recognised.
const AUTO: &str = "auto";

fn format(section: &ConfigSection<'_, '_>, key: &str) -> Result<FileFormat, Reported> {
    match section.word(key)? {
        FormatWord::File(format) => Ok(format),
        FormatWord::Rss => {
            let message = "RSS and Atom are read over HTTP alone";
            let hint = "write feed = \"https://...\" in place of the folder, or format = \"xml\"";
            Err(section.wrong(key, message, hint))
        }
    }
}

fn globs(section: &ConfigSection<'_, '_>, key: &str) -> Result<Vec<String>, Reported> {
    section.texts(key, |glob: &Located| {
        let outside = glob.text.starts_with('/') || glob.text.split('/').any(|part| part == "..");
        if outside || glob.text.starts_with("./") {
            let message = format!("`{key}` holds a glob that cannot match inside the folder");
            let hint = "globs are relative to the folder, for example \"**/*.csv\"";
            return Err(section.report.add(&glob.origin, message, hint));
        }
        match GlobBuilder::new(&glob.text).literal_separator(true).build() {
            Ok(_) => Ok(()),
            Err(error) => {
                let message = format!("`{key}` holds a bad glob: {}", error.kind());
                let hint = "for example \"**/*.csv\"; write [*] for a real *";
                Err(section.report.add(&glob.origin, message, hint))
            }
        }
    })
}

/// One glob, relative to the folder.
fn glob(section: &ConfigSection<'_, '_>, key: &str) -> Result<String, Reported> {
    let text = section.text(key)?;
    let outside = text.starts_with(['/', '.']) || text.split('/').any(|part| part == "..");
    if outside
        || GlobBuilder::new(&text)
            .literal_separator(true)
            .build()
            .is_err()
    {
        let message = format!("`{key}` is no glob that can match inside the folder");
        return Err(section.wrong(key, message, "for example \"_SUCCESS\" or \"**/*.done\""));
    }
    Ok(text)
}

/// A JSON pointer.
pub(crate) fn pointer(section: &ConfigSection<'_, '_>, key: &str) -> Result<String, Reported> {
    let text = section.text(key)?;
    if !text.starts_with('/') {
        let message = format!("`{key}` is not a JSON pointer");
        let hint = "a JSON pointer begins with /, for example \"/data/articles\"";
        return Err(section.wrong(key, message, hint));
    }
    check_pointer(section, key, &text, &section.origin_of(key))?;
    Ok(text)
}

fn fields(source: &ConfigSection<'_, '_>, key: &str) -> Result<Fields, Reported> {
    let Some(Node {
        origin,
        value: TomlValue::Table(table),
    }) = source.given(key)
    else {
        return source.table(key).map(|_| Fields::default());
    };
    let mut table = table.clone();
    let alternatives = alternatives(source, &mut table);
    let section = ConfigSection::new(source.report, source.below(key), origin.clone(), table);
    let section = &section;
    let id = section.optional("id", columns);
    let question = section.optional("question", columns);
    let question_else = section.optional("question_else", columns);
    let answer = section.optional("answer", columns);
    let answer_else = section.optional("answer_else", columns);
    let url = section.optional("url", column);
    let author = section.optional("author", column);
    let quick_replies = section.optional("quick_replies", columns);
    Ok(Fields {
        id: id?.unwrap_or_default(),
        question: question?.unwrap_or_default(),
        question_else: question_else?.unwrap_or_default(),
        answer: answer?.unwrap_or_default(),
        answer_else: answer_else?.unwrap_or_default(),
        url: url?,
        author: author?,
        quick_replies: quick_replies?.unwrap_or_default(),
        alternatives: alternatives?,
    })
}

fn column(section: &ConfigSection<'_, '_>, key: &str) -> Result<String, Reported> {
    let text = section.text(key)?;
    check_pointer(section, key, &text, &section.origin_of(key))?;
    Ok(text)
}

/// Takes the lists out of the lists of columns: in each, the first name stays, and the others are what
/// may stand for it.
fn alternatives(
    source: &ConfigSection<'_, '_>,
    table: &mut TomlTable,
) -> Result<BTreeMap<String, Vec<String>>, Reported> {
    let mut alternatives = BTreeMap::new();
    let mut outcome = Ok(());
    let lists = table
        .iter_mut()
        .filter_map(|(key, entry)| match &mut entry.node.value {
            TomlValue::List(items) => Some((key, items)),
            _ => None,
        });
    for (key, items) in lists {
        for item in items {
            let TomlValue::List(names) = &item.value else {
                continue;
            };
            let names: Vec<&String> = names
                .iter()
                .filter_map(|name| match &name.value {
                    TomlValue::Text(text) if !text.trim().is_empty() => Some(text),
                    _ => None,
                })
                .collect();
            let &[first, ref others @ ..] = names.as_slice() else {
                let message = format!("`{key}` holds a list without a name");
                let hint = "for example question = [[\"title\", \"frage\"]], where `frage` counts in files without `title`";
                outcome = Err(source.report.add(&item.origin, message, hint));
                continue;
            };
            let others = others.iter().map(|name| (*name).clone()).collect();
            alternatives.insert(first.clone(), others);
            item.value = TomlValue::Text(first.clone());
        }
    }
    outcome.map(|()| alternatives)
}

fn presentation(section: &ConfigSection<'_, '_>) -> Result<Presentation, Reported> {
    let body = section.word("body");
    let bubble_max_chars = section.number("bubble_max_chars");
    let split = section.word("split");
    let rich = rich(section);
    let no_answer = section.optional("no_answer", ConfigSection::word);
    Ok(Presentation {
        body: body?,
        bubble_max_chars: bubble_max_chars?,
        split: split?,
        rich: rich?,
        no_answer: match no_answer? {
            Some(policy) => policy,
            None if section.has("preset") => NoAnswerPolicy::Unpublished,
            None => NoAnswerPolicy::Reject,
        },
    })
}

fn rich(section: &ConfigSection<'_, '_>) -> Result<Rich, Reported> {
    let links = section.word("links");
    let images = section.word("images");
    let read_more = section.optional("read_more", ConfigSection::text);
    let link_base = section.optional("link_base", ConfigSection::text)?;
    let leads_somewhere = |base: &String| {
        let url = Url::parse(base).ok();
        url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    };
    if link_base
        .as_ref()
        .is_some_and(|base| !leads_somewhere(base))
    {
        let message = "is no address that links can begin at";
        let hint = "for example \"https://help.example.com/\"";
        return Err(section.wrong("link_base", message, hint));
    }
    let has_url = match section.given("fields").map(|node| &node.value) {
        Some(TomlValue::Table(fields)) => fields.contains_key("url"),
        _ => false,
    };
    // A button to nowhere would be a setting that silently does nothing.
    if section.has("read_more") && !has_url {
        let message = "`read_more` is not used";
        let hint = "say where an article has its address, for example url = \"html_url\" in [bot.source.fields]";
        return Err(section.wrong("read_more", message, hint));
    }
    Ok(Rich {
        buttons: match links? {
            LinkStyle::Buttons => true,
            LinkStyle::Text => false,
        },
        carousels: match images? {
            ImageStyle::Carousel => true,
            ImageStyle::Text => false,
        },
        read_more: read_more?,
        link_base,
    })
}

fn columns(section: &ConfigSection<'_, '_>, key: &str) -> Result<Vec<String>, Reported> {
    section.texts(key, |column| {
        check_pointer(section, key, &column.text, &column.origin)
    })
}

/// In a JSON pointer `~` only stands in `~0` and `~1`. Anything else is a column's name.
pub(crate) fn check_pointer(
    section: &ConfigSection<'_, '_>,
    key: &str,
    text: &str,
    origin: &ValueOrigin,
) -> Result<(), Reported> {
    let mut escapes = text.split('~').skip(1);
    if !text.starts_with('/') || escapes.all(|rest| rest.starts_with(['0', '1'])) {
        return Ok(());
    }
    let message = format!("`{key}` holds a bad JSON pointer");
    let hint = "in a JSON pointer, write ~0 for ~ and ~1 for /";
    Err(section.report.add(origin, message, hint))
}

fn limits(section: &ConfigSection<'_, '_>) -> Result<SourceLimits, Reported> {
    let max_files = section.number("max_files");
    let max_file_bytes = section.size("max_file_bytes");
    let max_row_bytes = section.size("max_row_bytes");
    let max_rows = section.number("max_rows");
    Ok(SourceLimits {
        max_files: max_files?,
        max_file_bytes: max_file_bytes?,
        max_row_bytes: max_row_bytes?,
        max_rows: max_rows?,
    })
}
