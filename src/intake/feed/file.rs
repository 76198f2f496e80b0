//! A file behind an address, read as one in a folder is.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

use super::error::{FeedError, place};
use super::sweep::Sweep;
use crate::config::{ConfiguredEncoding, Folder, Source};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::FileContent;
use crate::intake::read_files::{ReadContext, ReadJob, read_content};
use crate::spool::Spool;

/// Reads the file at an address.
pub(crate) async fn read(
    sweep: &Sweep<'_>,
    folder: &Folder,
    url: &Url,
) -> Result<ArticleCollector, FeedError> {
    let unusable = |cause| FeedError::Page {
        place: place(url),
        cause,
    };
    sweep.count_page()?;
    let answer = sweep.get(url).await?;
    let kind = answer.headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("text/html")
        && !folder
            .format
            .is_some_and(|format| format.reader().is_web_page)
    {
        let cause = "it is a web page and no file of that format; is it a login page?";
        return Err(unusable(cause.to_owned()));
    }
    let name = url.path_segments().and_then(Iterator::last);
    let name = name.filter(|name| !name.is_empty()).unwrap_or("file");
    let (source, mut folder, name) = (sweep.source.clone(), folder.clone(), name.to_owned());
    // What is UTF-8 is so whatever a server says of all its files.
    if folder.encoding.is_none() && std::str::from_utf8(&answer.body).is_err() {
        folder.encoding = charset(kind);
    }
    // A long file must not hold up what else the runtime has to do.
    let spool = sweep.spool.clone();
    let read = move || read_copy(&source, &folder, &name, &answer.body, &spool);
    let collector = sweep.clock.run_blocking(read).await.map_err(unusable)?;
    Ok(collector)
}

/// The encoding that the kind of an answer names.
fn charset(kind: &str) -> Option<ConfiguredEncoding> {
    let mut parameters = kind.split(';').skip(1);
    let charset = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    });
    charset.and_then(ConfiguredEncoding::from_label)
}

/// The readers go over a file more than once, and so there is a copy of it for a while.
fn read_copy(
    source: &Source,
    folder: &Folder,
    name: &str,
    body: &Bytes,
    spool: &Arc<Spool>,
) -> Result<ArticleCollector, String> {
    let mut collector = ArticleCollector::new(&source.name, folder.limits.max_rows, spool)
        .written_in(source.presentation.body)
        .holding(source.holds);
    let copy = tempfile::NamedTempFile::new().and_then(|mut copy| {
        copy.write_all(body)?;
        copy.flush()?;
        Ok(copy)
    });
    let copy = copy.map_err(|error| {
        format!("no copy of it can be kept ({error}); make room in the folder for temporary files")
    })?;
    let job = ReadJob {
        name,
        glance: ReadContext::NONE,
        no_answer: source.presentation.no_answer,
        holds: source.holds,
        folder,
        fields: source.fields.as_ref(),
        file: name.into(),
        content: FileContent::new(copy.path().to_owned(), folder.limits.max_file_bytes),
    };
    collector.file();
    match read_content(&job, &mut collector) {
        Ok(()) => {}
        Err(problem) if problem.line == 0 => return Err(problem.reason),
        Err(problem) => {
            collector.reject_as(problem.reach, job.place(problem.line), None, problem.reason);
        }
    }
    Ok(collector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_an_answer_names_its_encoding() {
        for (kind, expected) in [
            ("text/csv; charset=windows-1250", Some("windows-1250")),
            (
                "text/csv;header=present; Charset=\"Shift_JIS\"",
                Some("shift_jis"),
            ),
            ("text/csv", None),
            ("text/csv; charset=unknown", None),
        ] {
            let found = charset(kind).map(ConfiguredEncoding::name);
            assert_eq!(found.as_deref(), expected, "{kind}");
        }
    }
}
