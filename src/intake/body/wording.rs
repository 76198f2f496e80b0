//! What is said of a source whose answers could be read in two ways: how many were read as what, and the
//! line that settles it.

use super::BodyTally;
use crate::model::BodyDecision;
use crate::text::count;

/// What is said of an article that could be read in two ways while a part of its source is missing.
pub(crate) const UNDECIDED: &str = "could be read in two ways (as plain text, or as HTML or Markdown), and a file of its source that would help to decide could not be read, so that it stays as it is; fix that file, or write body = \"text\", \"html\" or \"markdown\" to the source";

/// What was decided, with the line that settles it.
pub(super) fn told(
    tally: &BodyTally,
    decision: BodyDecision,
    earlier: Option<BodyDecision>,
) -> String {
    let tagged = tally.tagged();
    let as_html = if decision.html {
        "with tags among the text as HTML"
    } else {
        "with tags or entities as plain text, tags and all"
    };
    let as_markdown = if decision.markdown {
        "with marks of Markdown as Markdown"
    } else {
        "with marks of Markdown as they stand, marks and all"
    };
    let parts = [
        (tally.whole, "that are HTML throughout as HTML"),
        (tagged, as_html),
        (tally.markdown, as_markdown),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, how)| format!("{count} {how}"))
        .collect();
    let told = if told.is_empty() {
        "questions with marks or tags in them".to_owned()
    } else {
        told.join(", ")
    };
    let settles = line_for(decision);
    let turned = earlier
        .filter(|earlier| *earlier != decision)
        .map_or_else(String::new, |earlier| {
            format!(
                " At the reading before, they were read as by body = \"{}\": the source has changed.",
                line_for(earlier)
            )
        });
    format!(
        "is the first article of the source that could be read in two ways. Of {}, these were read: {told}.{turned} Write body = \"{settles}\" to the source to settle it for all of them, or another one of \"text\", \"html\" and \"markdown\"",
        count(tally.answers as u64, "answer", "answers")
    )
}

fn line_for(decision: BodyDecision) -> &'static str {
    match (decision.html, decision.markdown) {
        (_, true) => "markdown",
        (true, false) => "html",
        (false, false) => "text",
    }
}
