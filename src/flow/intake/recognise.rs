//! Recognises what a file is: as configured, else by what it begins with where that leaves no
//! doubt, else by its name.

use std::path::Path;

use crate::config::Format;

/// What a file is taken for, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recognised {
    pub(super) format: Format,
    pub(super) reason: &'static str,
}

/// The format of a file of this name that begins with these bytes.
pub(super) fn recognise(configured: Option<Format>, name: &str, head: &[u8]) -> Recognised {
    let because = |format, reason| Recognised { format, reason };
    if let Some(format) = configured {
        return because(format, "by `format` in the configuration");
    }
    // Exports of XLS files named .xlsx, and of either named .csv, are met in the field.
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return because(Format::Workbook, "by its content");
    }
    match by_name(name) {
        Some(format) => because(format, "by its name"),
        None if matches!(head.trim_ascii_start(), [b'{' | b'[', ..]) => {
            because(Format::Json, "by its first character")
        }
        None => because(Format::Csv, "because nothing says otherwise"),
    }
}

fn by_name(name: &str) -> Option<Format> {
    let path = Path::new(name);
    let packed = |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case("gz");
    let path = match path.extension() {
        Some(extension) if packed(extension) => Path::new(path.file_stem()?),
        _ => path,
    };
    let extension = path.extension()?.to_string_lossy();
    Some(match &*extension.to_ascii_lowercase() {
        "csv" | "tsv" | "txt" => Format::Csv,
        "json" => Format::Json,
        "jsonl" | "ndjson" => Format::JsonLines,
        "xlsx" | "xlsm" | "xls" => Format::Workbook,
        "yaml" | "yml" => Format::Yaml,
        "xml" => Format::Xml,
        "md" | "markdown" => Format::Markdown,
        "html" | "htm" | "xhtml" => Format::Html,
        _ => return None,
    })
}

/// The format as `check` names it.
pub(super) fn name(format: Format) -> &'static str {
    match format {
        Format::Csv => "delimited text",
        Format::Tsv => "text delimited by tabs",
        Format::Json => "JSON",
        Format::JsonLines => "JSON Lines",
        Format::Workbook => "a workbook",
        Format::Yaml => "YAML",
        Format::Xml => "XML",
        Format::Markdown => "Markdown",
        Format::Html => "HTML",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_then_content_then_name() {
        let cases: [(Option<Format>, &str, &[u8], Format); 9] = [
            (Some(Format::Xml), "a.csv", b"id,q,a", Format::Xml),
            (None, "a.csv", b"PK\x03\x04..", Format::Workbook),
            (
                None,
                "a.xlsx",
                b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
                Format::Workbook,
            ),
            (None, "A.YML", b"- id: 1", Format::Yaml),
            (None, "a.csv", b"{", Format::Csv),
            (None, "export", b" [", Format::Json),
            (None, "export", b"id,q", Format::Csv),
            (None, "a.ndjson", b"", Format::JsonLines),
            (None, "a.xml.GZ", b"", Format::Xml),
        ];
        for (configured, name, head, expected) in cases {
            let found = recognise(configured, name, head);
            assert_eq!(found.format, expected, "{name}");
        }
    }
}
