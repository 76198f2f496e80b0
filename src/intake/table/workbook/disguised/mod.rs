//! Files that carry a workbook's name and are something else, as nightly exports of many systems are:
//! Excel's XML of 2003, and web pages with tables. What cannot be read is named as what it is.

mod page;
mod spreadsheet_xml;

use super::sheet::Sheet;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::{TextProblem, is_web_page};
use crate::intake::read_files::ReadJob;

/// The namespace that Excel's XML of 2003 names at its beginning.
const NAMESPACE: &[u8] = b"urn:schemas-microsoft-com:office:spreadsheet";

/// A sheet that was read, and whether people see it.
pub(crate) struct FoundSheet {
    pub(crate) sheet: Sheet,
    pub(crate) is_visible: bool,
}

/// Whether a file that begins so is a workbook in Excel's XML of 2003.
pub(crate) fn is_spreadsheet_xml(head: &[u8]) -> bool {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let has = |what: &[u8]| memchr::memmem::find(head, what).is_some();
    let is_workbook = has(b"<Workbook") || has(b":Workbook");
    start.trim_ascii_start().starts_with(b"<") && has(NAMESPACE) && is_workbook && !has(b"<html")
}

/// Whether text that begins so is a web page, or a table of one.
fn is_page(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let start = head[..head.len().min(1024)].to_ascii_lowercase();
    let has = |tag: &[u8]| memchr::memmem::find(&start, tag).is_some();
    is_web_page(head) || start.starts_with(b"<") && (has(b"<html") || has(b"<table"))
}

/// The sheets of a file that is no workbook by its first bytes; `None`: it is something else.
pub(crate) fn sheets(
    job: &ReadJob,
    head: &[u8],
    collector: &mut ArticleCollector,
) -> Result<Option<Vec<FoundSheet>>, TextProblem> {
    if is_spreadsheet_xml(head) {
        return spreadsheet_xml::read(job, collector).map(Some);
    }
    let text = job.page(collector)?;
    if is_page(text.head()) {
        return page::read(text, job, collector).map(Some);
    }
    Ok(None)
}

/// What a file is that cannot be read, if that can be told.
pub(crate) fn named(bytes: &[u8]) -> Option<&'static str> {
    let has = |what: &[u8]| memchr::memmem::find(bytes, what).is_some();
    let start = &bytes[..bytes.len().min(256)];
    let starts_with = |what: &[u8]| memchr::memmem::find(start, what).is_some();
    let wide = |name: &str| -> Vec<u8> { name.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    if bytes.starts_with(b"PK") {
        if starts_with(b"mimetypeapplication/vnd.oasis.opendocument") {
            return Some("an OpenDocument file");
        }
        if starts_with(b"mimetypeapplication/epub") {
            return Some("an EPUB");
        }
        return has(b"xl/workbook.bin").then_some("a binary workbook (XLSB)");
    }
    if bytes.starts_with(b"\xD0\xCF") {
        return has(&wide("EncryptedPackage")).then_some("a workbook with a password");
    }
    if starts_with(b"MIME-Version:") {
        return Some("a web archive (MHTML)");
    }
    bytes.starts_with(b"%PDF").then_some("a PDF")
}

/// What a person, or the job that writes the file, can do.
pub(crate) const REMEDY: &str = "let the program that writes it export CSV or XLSX, or convert it in the same job before it is read, for example with `soffice --headless --convert-to xlsx`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_what_they_are() {
        let encrypted: Vec<u8> = "EncryptedPackage"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, expected) in [
            (
                b"PK\x03\x04..........................mimetypeapplication/vnd.oasis.opendocument.spreadsheet".to_vec(),
                Some("an OpenDocument file"),
            ),
            (b"PK\x03\x04........mimetypeapplication/epub+zip".to_vec(), Some("an EPUB")),
            (b"PK\x03\x04 xl/workbook.bin".to_vec(), Some("a binary workbook (XLSB)")),
            (b"PK\x03\x04 xl/workbook.xml".to_vec(), None),
            ([b"\xD0\xCF\x11\xE0", &encrypted[..]].concat(), Some("a workbook with a password")),
            (b"MIME-Version: 1.0\r\n".to_vec(), Some("a web archive (MHTML)")),
            (b"id,question".to_vec(), None),
        ] {
            assert_eq!(named(&bytes), expected);
        }
    }

    #[test]
    fn beginnings_tell_pages_from_workbooks() {
        let xml = b"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
        assert!(is_spreadsheet_xml(xml) && !is_page(xml));
        let page = b"<html xmlns:x=\"urn:schemas-microsoft-com:office:spreadsheet\"><table>";
        assert!(is_page(page) && !is_spreadsheet_xml(page));
        assert!(is_page(b"<meta charset=utf-8><table border=1>"));
        assert!(!is_page(b"id,answer\n1,<table>"));
    }
}
