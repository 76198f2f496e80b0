//! The table of formats: how files of each are recognised and read. Words and names of files stand in
//! the rows of [`FileFormat`].

use super::format::{html, json, markdown, properties, xml, yaml};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::TextProblem;
use crate::intake::cache::RowEnds;
use crate::intake::read_files::ReadJob;
use crate::intake::table::{delimited, workbook};
use crate::model::FileFormat;

/// How files of one format are recognised and read.
pub(crate) struct FormatReader {
    /// Whether the first bytes leave no doubt, whatever the file is called.
    pub(crate) is_certain: fn(&[u8]) -> bool,
    /// What shows the format in the beginning of a file without a telling name, from the first
    /// character that is no white space.
    pub(crate) shows: fn(&str) -> Option<&'static str>,
    /// Reads all articles of a file.
    pub(crate) read: fn(&ReadJob, &mut ArticleCollector) -> Result<(), TextProblem>,
    /// How the rows of a file that begins with these bytes end, where rows can be read apart from
    /// each other, and those of its beginning say how the others are read.
    pub(crate) row_ends: fn(&ReadJob, &[u8]) -> Option<RowEnds>,
    /// Whether it is a web page, which in place of anything else is probably a login.
    pub(crate) is_web_page: bool,
}

impl FormatReader {
    /// A reader of files that are recognised by their name, and read as a whole.
    pub(crate) const fn new(
        read: fn(&ReadJob, &mut ArticleCollector) -> Result<(), TextProblem>,
    ) -> Self {
        Self {
            is_certain: |_| false,
            shows: |_| None,
            read,
            row_ends: |_, _| None,
            is_web_page: false,
        }
    }
}

impl FileFormat {
    /// How it is recognised and read.
    pub(crate) const fn reader(self) -> &'static FormatReader {
        match self {
            Self::Csv => &delimited::CSV,
            Self::Tsv => &delimited::TSV,
            Self::Json => &json::JSON,
            Self::JsonLines => &json::lines::JSON_LINES,
            Self::Workbook => &workbook::WORKBOOK,
            Self::Yaml => &yaml::YAML,
            Self::Xml => &xml::XML,
            Self::Markdown => &markdown::MARKDOWN,
            Self::Html => &html::HTML,
            Self::Properties => &properties::PROPERTIES,
        }
    }
}
