//! Recognises what a file is: as configured, else by what it begins with where that leaves no
//! doubt, else by its name.

use super::plain_questions;
use crate::model::FileFormat;

/// What a file is taken for, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecognisedFormat {
    pub(crate) format: FileFormat,
    pub(crate) reason: &'static str,
}

/// The format of a file of this name that begins with these bytes.
pub(crate) fn recognise(
    configured: Option<FileFormat>,
    name: &str,
    head: &[u8],
) -> RecognisedFormat {
    let because = |format, reason| RecognisedFormat { format, reason };
    if let Some(format) = configured {
        return because(format, "by `format` in the configuration");
    }
    let mut formats = FileFormat::ALL.iter().copied();
    // Exports of XLS files named .xlsx, and of either named .csv, are met in the field.
    if let Some(format) = formats.find(|format| (format.reader().is_certain)(head)) {
        return because(format, "by its content");
    }
    let is_table = || is_table_by_another_name(head);
    match FileFormat::from_file_name(name) {
        // No table begins so. What is called a text may be anything.
        Some(format @ (FileFormat::Csv | FileFormat::Workbook))
            if !is_called_text(name) && is_tree(format, head) => {}
        // Systems write tables as text and call them workbooks, because a double click opens Excel.
        Some(FileFormat::Workbook) if is_table() => {
            return because(FileFormat::Csv, "by its content, whatever its name says");
        }
        // Text may be anything; a table hardly has lines that begin with `Q:` and `A:`.
        Some(_) if shows_questions(name, head) => {
            return because(FileFormat::Markdown, "by the marks of its questions");
        }
        Some(format) => return because(format, "by its name"),
        None => {}
    }
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let shows = |format: &FileFormat| Some(because(*format, (format.reader().shows)(head)?));
    let found = FileFormat::ALL.iter().find_map(shows);
    found.unwrap_or(because(FileFormat::Csv, "because nothing says otherwise"))
}

/// Whether what is called a table is JSON or XML.
fn is_tree(called: FileFormat, head: &[u8]) -> bool {
    let bare = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    let Some((open, rest)) = bare.split_first() else {
        return false;
    };
    let next = rest.trim_ascii_start().first();
    match open {
        b'{' => next == Some(&b'"'),
        b'[' => matches!(next, Some(b'{' | b'[' | b'"')),
        b'<' => called == FileFormat::Workbook && bare.starts_with(b"<?xml"),
        _ => false,
    }
}

/// Whether a file is called a text, and is nothing but questions with their answers.
pub(crate) fn shows_questions(name: &str, head: &[u8]) -> bool {
    is_called_text(name) && plain_questions::shows(&String::from_utf8_lossy(head))
}

fn is_called_text(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ending.eq_ignore_ascii_case("txt")
}

/// Whether the first line is text with delimiters.
fn is_table_by_another_name(head: &[u8]) -> bool {
    let is_wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let text: Vec<u8> = if is_wide {
        head.iter().copied().filter(|byte| *byte != 0).collect()
    } else {
        head.to_vec()
    };
    let bare = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let line = bare.trim_ascii_start().split(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default();
    let is_text = !line.starts_with(b"<") && !line.iter().any(|byte| *byte < b'\t');
    is_text && line.iter().any(|byte| matches!(byte, b'\t' | b';' | b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_then_content_then_name() {
        let cases: [(Option<FileFormat>, &str, &[u8], FileFormat); 33] = [
            (None, "a.xls", b"id\tquestion\tanswer\n", FileFormat::Csv),
            (
                None,
                "a.xlsx",
                b"\xff\xfei\0d\0\t\0q\0\n\0",
                FileFormat::Csv,
            ),
            (None, "a.xls", b"<html><table>", FileFormat::Workbook),
            (None, "a.xls", b"MIME-Version: 1.0\n", FileFormat::Workbook),
            (
                None,
                "a.xml",
                b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>",
                FileFormat::Workbook,
            ),
            (Some(FileFormat::Xml), "a.csv", b"id,q,a", FileFormat::Xml),
            (
                None,
                "a.TXT",
                b"Q: How?\nA: So.\nQ: When?\nA: Now.",
                FileFormat::Markdown,
            ),
            (None, "a.txt", b"question\tanswer\n", FileFormat::Csv),
            (None, "a.csv", b"PK\x03\x04..", FileFormat::Workbook),
            (
                None,
                "a.xlsx",
                b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
                FileFormat::Workbook,
            ),
            (None, "A.YML", b"- id: 1", FileFormat::Yaml),
            (None, "a.csv", b"{", FileFormat::Csv),
            (None, "a.csv", b"[ {\"id\": 1}]", FileFormat::Json),
            (None, "a.xls", b"{\"id\": 1}\n{\"id\": 2}", FileFormat::Json),
            (None, "a.csv", b"[link],b", FileFormat::Csv),
            (None, "a.xls", b"<?xml version='1.0'?><faqs>", FileFormat::Xml),
            (None, "a.csv", b"{braces},b", FileFormat::Csv),
            (None, "export", b" [", FileFormat::Json),
            (None, "export", b"id,q", FileFormat::Csv),
            (None, "a.ndjson", b"", FileFormat::JsonLines),
            (None, "a.xml.GZ", b"", FileFormat::Xml),
            (None, "a.properties", b"", FileFormat::Properties),
            (None, "page", b"<!DOCTYPE html><p>", FileFormat::Html),
            (None, "page", b"<!doctype\n html>", FileFormat::Html),
            (None, "page", b"<html lang='de'>", FileFormat::Html),
            (
                None,
                "page",
                b"<!DOCTYPE htmlexport SYSTEM 'a.dtd'><a/>",
                FileFormat::Xml,
            ),
            (None, "page", b"<?xml version='1.0'?><a/>", FileFormat::Xml),
            (
                None,
                "page",
                b"---\nid: 1\n---\n\nText\n",
                FileFormat::Markdown,
            ),
            (None, "page", b"---\n- id: 1\n", FileFormat::Yaml),
            (None, "page", b"- id: 1\n", FileFormat::Yaml),
            (None, "page", b"## How?\n", FileFormat::Markdown),
            (None, "page", b"#tag,other\n", FileFormat::Csv),
            (None, "page", b"\xef\xbb\xbf{", FileFormat::Json),
        ];
        for (configured, name, head, expected) in cases {
            let text = String::from_utf8_lossy(head);
            let text = text.trim_start_matches('\u{feff}').trim_start();
            let shown = FileFormat::ALL.iter();
            let shown = shown.filter(|format| (format.reader().shows)(text).is_some());
            assert!(shown.count() <= 1, "{text:?} shows two formats");
            let found = recognise(configured, name, head);
            assert_eq!(found.format, expected, "{name}");
        }
    }
}
