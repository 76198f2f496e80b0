//! What is said where columns or fields cannot be told apart, with the lines that settle it. Pure.

use super::likely::{likely_pairs, looked_at, of_training, says_correct, the_likely};
use crate::intake::sections::asks;
use crate::intake::table::usual_names::{ANSWERS, QUESTIONS, RoleNames};
use crate::text::{FEW, cut, first};

/// Why a file or item is unusable without this field, what there is instead, and what to write.
pub(crate) fn missing(role: &str, looked_for: &[&str], there: &[String]) -> String {
    let wanted: Vec<String> = looked_for.iter().map(|name| format!("`{name}`")).collect();
    let pairs = pairs_instead(looked_for, there);
    if !pairs.is_empty() {
        return format!(
            "has nothing for the {role}: looked for {}, found {}. {}",
            wanted.join(", "),
            shown(there),
            lines_of(&pairs)
        );
    }
    let role_names = [&QUESTIONS, &ANSWERS].into_iter();
    let mut role_names = role_names.filter(|names| names.english == looked_for);
    let likely = || the_likely(role_names.next()?, there);
    let nearest = nearest(looked_for, there).or_else(likely);
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

/// Questions and answers that have other names, where neither has a usual one.
fn pairs_instead<'n>(looked_for: &[&str], there: &'n [String]) -> Vec<(&'n str, &'n str)> {
    let other = if looked_for == QUESTIONS.english {
        &ANSWERS
    } else if looked_for == ANSWERS.english {
        &QUESTIONS
    } else {
        return Vec::new();
    };
    if there.iter().any(|name| other.is_usual(name)) {
        return Vec::new();
    }
    likely_pairs(there)
}

/// What to write, if these are questions and answers.
fn lines_of(pairs: &[(&str, &str)]) -> String {
    let line = |(question, answer): &(&str, &str)| {
        format!("[bot.source.fields]\nquestion = [\"{question}\"]\nanswer = \"{answer}\"")
    };
    if let [pair] = pairs {
        return format!("Say where they are in the configuration:\n{}", line(pair));
    }
    let lines: Vec<String> = pairs.iter().take(FEW).map(line).collect();
    format!(
        "Write one of these to the source:\n{}",
        lines.join("\nor\n")
    )
}

/// Why an item without an id is rejected where others have one, and what makes their questions the ids.
pub(crate) fn lacking_id(question: &str) -> String {
    format!(
        "has no id, though other articles of the file have one. Give it one, or let the questions be the ids of all of them:\n[bot.source.fields]\nid = \"{question}\""
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
        .flat_map(|wanted| looked_at(there).map(move |name| (wanted, name)))
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
    let pairs = likely_pairs(there);
    if question.is_none() && answer.is_none() && !pairs.is_empty() {
        return format!(
            "has nothing for the id, and nothing with a usual name for the question and the answer: found {}. Without an id the question is the id. {}",
            shown(there),
            lines_of(&pairs)
        );
    }
    let others = |known: Option<&str>| -> Vec<String> {
        let others = there.iter().filter(|name| known != Some(name.as_str()));
        others.cloned().collect()
    };
    let (asked, answered) = (others(answer), others(question));
    let proposed = |role: &RoleNames, others: &[String]| {
        let likely = the_likely(role, others).or_else(|| nearest(role.english, others));
        likely.unwrap_or("...").to_owned()
    };
    let trained = of_training(there).map(|(_, answer)| answer);
    let lines = format!(
        "[bot.source.fields]\nquestion = [\"{}\"]\nanswer = \"{}\"",
        question.map_or_else(|| proposed(&QUESTIONS, &asked), str::to_owned),
        match answer {
            Some(answer) => answer.to_owned(),
            // Of the choices of a quiz none is the answer.
            None if says_correct(there).is_some() => "...".to_owned(),
            None => trained.map_or_else(|| proposed(&ANSWERS, &answered), str::to_owned),
        }
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

/// What is said of a table whose first row asks: it names no columns.
pub(super) fn no_header(header: &[String]) -> Option<String> {
    let at = header.iter().position(|name| asks(name))?;
    let question = header.get(at).filter(|_| at + 1 < header.len())?;
    Some(format!(
        "has nothing for the id, and no row that names the columns, as it seems: its first row holds `{}`. If that is right, write to the source, with the numbers of the columns:\nheader = false\n[bot.source.fields]\nquestion = [\"column {}\"]\nanswer = \"column {}\"",
        crate::text::shown(&cut(question, 60)),
        at + 1,
        at + 2
    ))
}

/// Why a question with several answers, of which a field says the correct one, is none for customers.
pub(crate) fn choices(answers: &str, correct: &str) -> String {
    format!(
        "has several answers in `{answers}`, and `{correct}` says which of them is correct, as in a quiz: a customer would get them all. Let the export write the correct one alone, or leave the file out with `exclude`"
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
