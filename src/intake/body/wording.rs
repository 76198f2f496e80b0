//! What is said of a source whose answers could be read in two ways: how many were read as what, and the
//! line that settles it.

use super::BodyTally;
use crate::model::BodyDecision;
use crate::text::count;

/// What is said of an article that could be read in two ways while a part of its source is missing.
pub(crate) const UNDECIDED: &str = "could be read in two ways (as plain text, or with markup or escapes in it), and a file of its source that would help to decide could not be read, so that it stays as it is; fix that file, or write body = \"text\", \"html\" or \"markdown\" to the source";

/// What was decided, with the line that settles it.
pub(super) fn told(
    tally: &BodyTally,
    decision: BodyDecision,
    earlier: Option<BodyDecision>,
) -> String {
    let written_out = if decision.written_out {
        tally.written_out
    } else {
        0
    };
    let tagged = tally.tagged() - written_out;
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
        (written_out, "whose tags are written as entities as HTML"),
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
        .filter(|earlier| line_for(*earlier) != settles)
        .map_or_else(String::new, |earlier| {
            format!(
                " At the reading before, they were read as by body = \"{}\": the source has changed.",
                line_for(earlier)
            )
        });
    let all = count(tally.answers as u64, "answer", "answers");
    if decision.written_out {
        return format!(
            "is the first article of the source that could be read in two ways. Of {all}, these were read: {told}. Export the tags as tags, or write body = \"text\" to the source if they are meant to be seen"
        );
    }
    format!(
        "is the first article of the source that could be read in two ways. Of {all}, these were read: {told}.{turned} Write body = \"{settles}\" to the source to settle it for all of them, or another one of \"text\", \"html\" and \"markdown\""
    )
}

fn line_for(decision: BodyDecision) -> &'static str {
    match (decision.html, decision.markdown) {
        (_, true) => "markdown",
        (true, false) => "html",
        (false, false) => "text",
    }
}

/// The same of the answers with the two characters `\n`.
pub(super) fn escapes_told(tally: &BodyTally, decision: BodyDecision) -> String {
    let (some, all) = (tally.escaped, tally.answers);
    if decision.escapes {
        return format!(
            "is the first article with the two characters `\\n` where a line ends. {some} of {} have such escapes, and next to none has a real line break, so that they were read as line breaks. If that is wrong, write body = \"text\" to the source",
            count(all as u64, "answer", "answers")
        );
    }
    format!(
        "has the two characters `\\n` where a line may end, as {some} of {} have. They stay as they are, because the others have real line breaks or paths, or because it is the only one. Export them with real line breaks",
        count(all as u64, "answer", "answers")
    )
}
