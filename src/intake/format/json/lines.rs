//! Reads JSON Lines: one object on a line. A bad line costs that line only.

use std::io::{BufRead, BufReader};

use serde_json::value::RawValue;

use super::item::Items;
use super::layouts::IdsOfEntries;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::bytes::{TextProblem, too_long};
use crate::intake::cache::Hasher;
use crate::intake::cache::RowEnds;
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use crate::intake::table::QUESTIONS_ARE_IDS;

const BUFFER: usize = 64 * 1024;

/// One JSON object on a line.
pub(crate) const JSON_LINES: FormatReader = FormatReader {
    row_ends: |_, _| Some(RowEnds::Lines),
    ..FormatReader::new(read)
};

/// Reads all lines of a file.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.text(collector)?;
    let hasher = job.hasher_for(&text);
    let text = BufReader::with_capacity(BUFFER, text.reader());
    read_hashed(text, hasher, job, collector)
}

/// Reads all lines of a text.
pub(crate) fn read_lines(
    text: impl BufRead,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    read_hashed(text, None, job, collector)
}

fn read_hashed(
    mut text: impl BufRead,
    hasher: Option<&Hasher>,
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<(), TextProblem> {
    let limit = job.folder.limits.max_row_bytes;
    let mark = collector.mark();
    let mut items = Items::new(job);
    let head = text
        .fill_buf()
        .map_err(|error| TextProblem::broken_off(1, &error))?;
    if lacks_ids(head, job) {
        collector.note(job.place(0), QUESTIONS_ARE_IDS.to_owned());
        items = items.with_questions_as_ids();
    }
    let mut bytes = Vec::new();
    // What the first bad line has, until one is an object.
    let mut none_so_far = None;
    let mut some = false;
    for line in 1.. {
        bytes.clear();
        let length = next_line(&mut text, &mut bytes, limit)
            .map_err(|error| TextProblem::broken_off(line, &error))?;
        if length == 0 {
            break;
        }
        if length <= limit && bytes.trim_ascii().is_empty() {
            continue;
        }
        collector.row(line)?;
        collector.digest(hasher.map(|hasher| hasher.row(&bytes)));
        match parse(&bytes, length, limit) {
            Ok(item) => {
                some |= item.get().starts_with('{');
                items.take(item, line, collector);
                collector.header_ends(line);
            }
            Err(reason) => {
                none_so_far.get_or_insert((line, reason.clone()));
                collector.reject(job.place(line), None, reason);
            }
        }
    }
    if let Some((line, reason)) = none_so_far.filter(|_| !some && !job.content.is_part()) {
        // A file that is something else is told of once, and not line by line.
        collector.back_to(mark);
        return Err(TextProblem::unusable(line, reason));
    }
    items.finish(collector);
    Ok(())
}

/// Whether the first lines are questions and answers without ids.
fn lacks_ids(head: &[u8], job: &ReadJob) -> bool {
    let mut ids = IdsOfEntries::default();
    // The last line may be a part of one.
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    for line in lines.filter_map(|line| serde_json::from_slice(line).ok()) {
        ids.see(line, job.fields);
    }
    ids.are_lacking()
}

fn parse(bytes: &[u8], length: usize, limit: usize) -> Result<&RawValue, String> {
    if length > limit {
        return Err(too_long(limit));
    }
    let line = std::str::from_utf8(bytes)
        .map_err(|_| "has bytes that are not UTF-8; export the file again as UTF-8".to_owned())?;
    serde_json::from_str(line).map_err(|error| {
        let remedy = if error.is_eof() {
            "the line looks cut off; every line is one whole object"
        } else {
            "every line is one object"
        };
        format!("is not valid JSON ({error}); {remedy}")
    })
}

/// Reads one line, of which no more than `limit` bytes are kept; returns its whole length with
/// the line end, which is 0 at the end of the text.
fn next_line(text: &mut impl BufRead, line: &mut Vec<u8>, limit: usize) -> std::io::Result<usize> {
    let mut length = 0;
    loop {
        let available = text.fill_buf()?;
        let (part, ends) = match available.iter().position(|byte| *byte == b'\n') {
            Some(end) => (&available[..=end], true),
            None => (available, available.is_empty()),
        };
        let room = limit.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(&part[..room]);
        let count = part.len();
        length += count;
        text.consume(count);
        if ends {
            return Ok(length);
        }
    }
}
