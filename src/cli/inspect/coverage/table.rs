//! The messages to add, as a table that `[[bot.variants]]` reads as it is, with a column for whoever reviews it.
//! Messages come from outside, so no cell may become a formula. No other column may have a name under which a
//! table has user messages.

use crate::cli::output::harmless;
use crate::coverage::{Coverage, Verdict};

const HEADER: [&str; 5] = ["id", "message", "review", "times", "near"];
/// Spreadsheets take a file for UTF-8 by it.
const MARK: &[u8] = "\u{feff}".as_bytes();

pub(crate) fn bytes(coverage: &Coverage) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(MARK.to_vec());
    // Writing to memory cannot fail.
    let _ = writer.write_record(HEADER);
    for group in &coverage.groups {
        let Verdict::Near {
            step,
            question,
            percent,
        } = &group.verdict
        else {
            continue;
        };
        let count = group.messages.to_string();
        let near = format!("{percent} % like: {question}");
        let row = [&*step.article, &*group.typical, "", &*count, &*near];
        let _ = writer.write_record(row.map(harmless));
    }
    writer.into_inner().unwrap_or_default()
}
