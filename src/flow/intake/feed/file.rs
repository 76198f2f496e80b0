//! A file behind an address, read as one in a folder is.

use std::io::Write;

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

use super::super::content::Content;
use super::super::gathering::Gathering;
use super::super::read::{Job, read_content};
use super::error::{FeedError, place};
use super::sweep::{Broken, Sweep};
use crate::config::{Folder, Format};

/// Reads the file at an address.
pub(super) async fn read<'a>(
    sweep: &Sweep<'a, '_>,
    folder: &Folder,
    url: &Url,
    mut gathering: Gathering<'a>,
) -> Result<Gathering<'a>, Broken> {
    let unusable = |cause| FeedError::Page {
        place: place(url),
        cause,
    };
    sweep.count_page()?;
    let answer = sweep.caller.get(url).await?;
    let kind = answer.headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("text/html")
        && folder.format != Some(Format::Html)
    {
        let cause = "it is a web page and no file of that format; is it a login page?";
        return Err(unusable(cause.to_owned()).into());
    }
    // The readers go over a file more than once.
    let mut copy = tempfile::NamedTempFile::new()
        .and_then(|mut copy| copy.write_all(&answer.body).map(|()| copy))
        .map_err(|error| unusable(format!("no copy of it can be kept ({error}); make room")))?;
    copy.flush()
        .map_err(|error| unusable(format!("no copy of it can be kept ({error}); make room")))?;
    let name = url.path_segments().and_then(Iterator::last);
    let job = Job {
        folder,
        fields: sweep.source.fields.as_ref(),
        file: name
            .filter(|name| !name.is_empty())
            .unwrap_or("file")
            .into(),
        content: Content::new(copy.path().to_owned(), folder.limits.max_file_bytes),
    };
    gathering.file();
    if let Err(problem) = read_content(&job, &mut gathering) {
        if problem.line == 0 {
            return Err(unusable(problem.reason).into());
        }
        gathering.reject(job.place(problem.line), None, problem.reason);
    }
    Ok(gathering)
}
