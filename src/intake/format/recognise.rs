//! Recognises what a file is: as configured, else by what it begins with where that leaves no
//! doubt, else by its name.

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
    if let Some(format) = FileFormat::from_file_name(name) {
        return because(format, "by its name");
    }
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    let shows = |format: &FileFormat| Some(because(*format, (format.reader().shows)(head)?));
    let found = FileFormat::ALL.iter().find_map(shows);
    found.unwrap_or(because(FileFormat::Csv, "because nothing says otherwise"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_then_content_then_name() {
        let cases: [(Option<FileFormat>, &str, &[u8], FileFormat); 21] = [
            (Some(FileFormat::Xml), "a.csv", b"id,q,a", FileFormat::Xml),
            (None, "a.csv", b"PK\x03\x04..", FileFormat::Workbook),
            (
                None,
                "a.xlsx",
                b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
                FileFormat::Workbook,
            ),
            (None, "A.YML", b"- id: 1", FileFormat::Yaml),
            (None, "a.csv", b"{", FileFormat::Csv),
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
