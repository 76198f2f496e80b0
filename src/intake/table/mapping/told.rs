//! What is said where columns or fields cannot be told apart, with the lines that settle it. Pure.

use crate::text::{FEW, first};

/// Why a file or item is unusable without this field, what there is instead, and what to write.
pub(crate) fn missing(role: &str, looked_for: &[&str], there: &[String]) -> String {
    let wanted: Vec<String> = looked_for.iter().map(|name| format!("`{name}`")).collect();
    let nearest = nearest(looked_for, there);
    let hint = match nearest {
        Some(name) => format!(" Did you mean `{name}`?"),
        None => String::new(),
    };
    let example = nearest.unwrap_or("...");
    let value = match role {
        "question" => format!("[\"{example}\"]"),
        _ => format!("\"{example}\""),
    };
    format!(
        "has nothing for the {role}: looked for {}, found {}.{hint} Say where it is in the configuration:\n[bot.source.fields]\n{role} = {value}",
        wanted.join(", "),
        shown(there),
    )
}

/// The names that there are, as far as a person can take them in: what is no header at all may be
/// of any length.
pub(crate) fn shown(there: &[String]) -> String {
    const CHARACTERS: usize = 60;
    if there.is_empty() {
        return "nothing at all".to_owned();
    }
    let names = there.iter();
    let names = names.map(|name| match name.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("`{}...`", &name[..end]),
        None => format!("`{name}`"),
    });
    first(names, there.len(), FEW)
}

fn nearest<'a>(looked_for: &[&str], there: &'a [String]) -> Option<&'a str> {
    looked_for
        .iter()
        .flat_map(|wanted| there.iter().map(move |name| (wanted, name)))
        .map(|(wanted, name)| {
            let likeness = strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase());
            (likeness, name.as_str())
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Why something without ids is no list of questions and answers, what of them was found, and what to write.
pub(crate) fn missing_pair(
    question: Option<&str>,
    answer: Option<&str>,
    there: &[String],
) -> String {
    let lines = format!(
        "[bot.source.fields]\nquestion = [\"{}\"]\nanswer = \"{}\"",
        question.unwrap_or("..."),
        answer.unwrap_or("...")
    );
    let lacking = match (question, answer) {
        (Some(_), Some(_)) => {
            return format!(
                "has nothing for the id, and nothing in it is called a question or an answer, so it may hold anything: found {}. If these are questions and answers, write to the source:\n{lines}",
                shown(there)
            );
        }
        (Some(_), None) => "answer",
        (None, Some(_)) => "question",
        (None, None) => "question and the answer",
    };
    format!(
        "has nothing for the id, and nothing with a usual name for the {lacking}: found {}. Say which is which in the configuration; without an id the question is the id:\n{lines}",
        shown(there)
    )
}

/// Why it is unclear which of two fields is the answer.
pub(crate) fn unclear_answer(found: &str, rival: &str) -> String {
    format!(
        "has both `{found}` and `{rival}`, and it is unclear where the answer is. Write one of these to the source:\n[bot.source.fields]\nanswer = \"{rival}\"\nanswer = \"{found}\""
    )
}

/// Whether the columns before one without a name are those behind it once more: two tables side by side.
pub(super) fn are_side_by_side(header: &[String]) -> bool {
    let gap = header.iter().position(|name| name.trim().is_empty());
    let Some((before, behind)) = gap.map(|gap| (&header[..gap], &header[gap + 1..])) else {
        return false;
    };
    let again = behind.iter().skip_while(|name| name.trim().is_empty());
    before.len() > 1
        && before.len() <= behind.len()
        && before.iter().zip(again).filter(|(a, b)| a == b).count() == before.len()
}

/// Why such a table is not read.
pub(super) fn side_by_side(header: &[String]) -> String {
    format!(
        "has two tables side by side, as it seems: found {}. Put each on a sheet, or into a file, of its own",
        shown(header)
    )
}
