//! Recognises what a file is: as configured, else by what it begins with where that leaves no
//! doubt, else by its name.

use std::path::Path;

use crate::config::ConfiguredFormat;
use crate::intake::bytes::is_web_page;

/// What a file is taken for, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecognisedFormat {
    pub(crate) format: ConfiguredFormat,
    pub(crate) reason: &'static str,
}

/// The format of a file of this name that begins with these bytes.
pub(crate) fn recognise(
    configured: Option<ConfiguredFormat>,
    name: &str,
    head: &[u8],
) -> RecognisedFormat {
    let because = |format, reason| RecognisedFormat { format, reason };
    if let Some(format) = configured {
        return because(format, "by `format` in the configuration");
    }
    // Exports of XLS files named .xlsx, and of either named .csv, are met in the field.
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return because(ConfiguredFormat::Workbook, "by its content");
    }
    match by_name(name) {
        Some(format) => because(format, "by its name"),
        None => match by_content(head) {
            Some((format, reason)) => because(format, reason),
            None => because(ConfiguredFormat::Csv, "because nothing says otherwise"),
        },
    }
}

/// What a file without a telling name shows itself to be.
fn by_content(head: &[u8]) -> Option<(ConfiguredFormat, &'static str)> {
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let start = head.get(..16).unwrap_or(head).to_ascii_lowercase();
    let is_xml = start.starts_with("<?xml") || start.starts_with("<!doctype");
    let front_matter = || head.starts_with("---\n") || head.starts_with("---\r\n");
    Some(match head.as_bytes().first()? {
        b'{' | b'[' => (ConfiguredFormat::Json, "by its first character"),
        b'<' if is_web_page(head.as_bytes()) => (ConfiguredFormat::Html, "by its first tag"),
        b'<' if is_xml => (ConfiguredFormat::Xml, "by its first line"),
        b'-' if front_matter() && has_text_after_front_matter(head) => {
            (ConfiguredFormat::Markdown, "by its front matter")
        }
        b'-' if front_matter() || start.starts_with("- ") => {
            (ConfiguredFormat::Yaml, "by its first line")
        }
        b'#' if is_heading(head) => (ConfiguredFormat::Markdown, "by its first heading"),
        _ => return None,
    })
}

/// YAML begins with a line of `---` as well, but has no other before plain text.
fn has_text_after_front_matter(head: &str) -> bool {
    let mut lines = head.lines().skip(1);
    lines.any(|line| line.trim_end() == "---") && lines.any(|line| !line.trim().is_empty())
}

fn is_heading(head: &str) -> bool {
    let text = head.trim_start_matches('#');
    (1..=6).contains(&(head.len() - text.len())) && text.starts_with(' ')
}

fn by_name(name: &str) -> Option<ConfiguredFormat> {
    let path = Path::new(name);
    let packed = |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case("gz");
    let path = match path.extension() {
        Some(extension) if packed(extension) => Path::new(path.file_stem()?),
        _ => path,
    };
    let extension = path.extension()?.to_string_lossy();
    Some(match &*extension.to_ascii_lowercase() {
        "csv" | "tsv" | "txt" => ConfiguredFormat::Csv,
        "json" => ConfiguredFormat::Json,
        "jsonl" | "ndjson" => ConfiguredFormat::JsonLines,
        "xlsx" | "xlsm" | "xls" => ConfiguredFormat::Workbook,
        "yaml" | "yml" => ConfiguredFormat::Yaml,
        "xml" => ConfiguredFormat::Xml,
        "md" | "markdown" => ConfiguredFormat::Markdown,
        "properties" => ConfiguredFormat::Properties,
        "html" | "htm" | "xhtml" => ConfiguredFormat::Html,
        _ => return None,
    })
}

/// The format as `check` names it.
pub(crate) fn name(format: ConfiguredFormat) -> &'static str {
    match format {
        ConfiguredFormat::Csv => "delimited text",
        ConfiguredFormat::Tsv => "text delimited by tabs",
        ConfiguredFormat::Json => "JSON",
        ConfiguredFormat::JsonLines => "JSON Lines",
        ConfiguredFormat::Workbook => "a workbook",
        ConfiguredFormat::Yaml => "YAML",
        ConfiguredFormat::Xml => "XML",
        ConfiguredFormat::Markdown => "Markdown",
        ConfiguredFormat::Html => "HTML",
        ConfiguredFormat::Properties => "properties",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_then_content_then_name() {
        let cases: [(Option<ConfiguredFormat>, &str, &[u8], ConfiguredFormat); 21] = [
            (
                Some(ConfiguredFormat::Xml),
                "a.csv",
                b"id,q,a",
                ConfiguredFormat::Xml,
            ),
            (None, "a.csv", b"PK\x03\x04..", ConfiguredFormat::Workbook),
            (
                None,
                "a.xlsx",
                b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
                ConfiguredFormat::Workbook,
            ),
            (None, "A.YML", b"- id: 1", ConfiguredFormat::Yaml),
            (None, "a.csv", b"{", ConfiguredFormat::Csv),
            (None, "export", b" [", ConfiguredFormat::Json),
            (None, "export", b"id,q", ConfiguredFormat::Csv),
            (None, "a.ndjson", b"", ConfiguredFormat::JsonLines),
            (None, "a.xml.GZ", b"", ConfiguredFormat::Xml),
            (None, "a.properties", b"", ConfiguredFormat::Properties),
            (None, "page", b"<!DOCTYPE html><p>", ConfiguredFormat::Html),
            (None, "page", b"<!doctype\n html>", ConfiguredFormat::Html),
            (None, "page", b"<html lang='de'>", ConfiguredFormat::Html),
            (
                None,
                "page",
                b"<!DOCTYPE htmlexport SYSTEM 'a.dtd'><a/>",
                ConfiguredFormat::Xml,
            ),
            (
                None,
                "page",
                b"<?xml version='1.0'?><a/>",
                ConfiguredFormat::Xml,
            ),
            (
                None,
                "page",
                b"---\nid: 1\n---\n\nText\n",
                ConfiguredFormat::Markdown,
            ),
            (None, "page", b"---\n- id: 1\n", ConfiguredFormat::Yaml),
            (None, "page", b"- id: 1\n", ConfiguredFormat::Yaml),
            (None, "page", b"## How?\n", ConfiguredFormat::Markdown),
            (None, "page", b"#tag,other\n", ConfiguredFormat::Csv),
            (None, "page", b"\xef\xbb\xbf{", ConfiguredFormat::Json),
        ];
        for (configured, name, head, expected) in cases {
            let found = recognise(configured, name, head);
            assert_eq!(found.format, expected, "{name}");
        }
    }
}
