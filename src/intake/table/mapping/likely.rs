//! Names that are none of the usual ones and speak of a question or an answer, such as `core_question` and
//! `answer_en`. They are no more than what a message proposes. Pure.

use crate::intake::table::usual_names::{ANSWERS, QUESTIONS, RoleNames, letters, same_name};

/// What is said of a question or an answer, and is neither.
const ABOUT: [&str; 19] = [
    "at", "by", "category", "correct", "accepted", "count", "date", "has", "id", "is", "no",
    "number", "of", "status", "tag", "tags", "time", "type", "url",
];

/// So many names are looked at for a proposal: a sheet may have thousands of columns.
const LOOKED_AT: usize = 200;
/// Bytes of a name. What is longer is no header, and to compare it takes the square of its length.
const LONGEST: usize = 300;

/// The names among which a proposal is looked for.
pub(super) fn looked_at(names: &[String]) -> impl Iterator<Item = &String> + Clone {
    let usable = |name: &&String| name.len() <= LONGEST && !name.trim().is_empty();
    names.iter().filter(usable).take(LOOKED_AT)
}

/// The names that speak of a role, each with what is left of it.
pub(super) fn likely<'n>(role: &RoleNames, names: &'n [String]) -> Vec<(String, &'n str)> {
    let found = looked_at(names).filter_map(|name| {
        let rest = role.rest_of(name)?;
        let is_about = rest.split(' ').any(|word| ABOUT.contains(&word));
        (!is_about).then_some((rest, name.as_str()))
    });
    found.collect()
}

/// Questions with their answers: the two that there are, or those of the same language or kind.
pub(super) fn likely_pairs(names: &[String]) -> Vec<(&str, &str)> {
    let questions = likely(&QUESTIONS, names);
    let answers = likely(&ANSWERS, names);
    if let ([question], [answer]) = (questions.as_slice(), answers.as_slice()) {
        return vec![(question.1, answer.1)];
    }
    let pairs = questions.iter().filter_map(|(rest, question)| {
        let mut alike = answers.iter().filter(|answer| answer.0 == *rest);
        let answer = alike.next()?;
        Some((*question, answer.1))
    });
    let pairs: Vec<(&str, &str)> = pairs.collect();
    if pairs.is_empty() {
        return of_training(names).into_iter().collect();
    }
    pairs
}

/// What sets for the training of models call a question and its answer.
pub(super) fn of_training(names: &[String]) -> Option<(&str, &str)> {
    const PAIRS: [(&str, &str); 8] = [
        ("prompt", "completion"),
        ("instruction", "output"),
        ("instruction", "response"),
        ("input", "output"),
        ("context", "response"),
        ("human", "assistant"),
        ("user", "assistant"),
        ("user", "bot"),
    ];
    let found = |wanted: &str| names.iter().find(|name| same_name(name, wanted));
    PAIRS
        .iter()
        .find_map(|(question, answer)| Some((found(question)?.as_str(), found(answer)?.as_str())))
}

/// The one name that speaks of a role, or that ends in a word for it.
pub(super) fn the_likely<'n>(role: &RoleNames, names: &'n [String]) -> Option<&'n str> {
    let likely = likely(role, names);
    let at_end = likely.iter().filter(|(_, name)| role.ends(name));
    let at_end: Vec<&str> = at_end.map(|(_, name)| *name).collect();
    match (likely.as_slice(), at_end.as_slice()) {
        ([(_, name)], _) | (_, [name]) => Some(name),
        _ => None,
    }
}

/// The columns that end in a word for an answer, such as `Other Answer`.
pub(crate) fn more_answers<'n>(names: &'n [String], used: &[usize]) -> Vec<&'n str> {
    let names = names.iter().enumerate();
    let others = names.filter(|(at, name)| !used.contains(at) && ANSWERS.ends(name));
    let others =
        others.filter(|(_, name)| !likely(&ANSWERS, std::slice::from_ref(name)).is_empty());
    others.map(|(_, name)| name.as_str()).collect()
}

/// The name that says which of several answers is correct: they are the choices of a quiz.
pub(crate) fn says_correct(names: &[String]) -> Option<&str> {
    const WORDS: [&str; 16] = [
        "correct",
        "corret",
        "corrett",
        "korrekt",
        "richtig",
        "rätt",
        "juste",
        "bonneréponse",
        "juist",
        "poprawn",
        "правильн",
        "верный",
        "верно",
        "doğru",
        "正解",
        "正确",
    ];
    let says = |name: &&String| {
        let name: String = letters(name).collect();
        WORDS.iter().any(|word| name.contains(word)) || name == "solution" || name == "正確答案"
    };
    names.iter().find(says).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_question_and_an_answer_of_the_same_kind_are_a_pair() {
        for (there, pairs) in [
            (
                &["id", "question_th", "question_en", "answer_th", "answer_en"][..],
                &[("question_th", "answer_th"), ("question_en", "answer_en")][..],
            ),
            (
                &["question_tag", "core_question", "core_answer"],
                &[("core_question", "core_answer")],
            ),
            (
                &["q_en", "q_fr", "a_en", "a_fr"],
                &[("q_en", "a_en"), ("q_fr", "a_fr")],
            ),
            (
                &["序", "修正提問", "修正後回答"],
                &[("修正提問", "修正後回答")],
            ),
            (
                &["questionText2", "AnswerBody"],
                &[("questionText2", "AnswerBody")],
            ),
            (
                &["answer_count", "question_id", "Question or a comment"],
                &[],
            ),
            (&["Anfrage", "title"], &[]),
            (
                &["instruction", "input", "Output"],
                &[("instruction", "Output")],
            ),
            (&["user", "id"], &[]),
        ] {
            assert_eq!(likely_pairs(&names(there)), pairs, "{there:?}");
        }
    }

    #[test]
    fn columns_that_end_in_a_word_for_an_answer_are_told_of() {
        let there = names(&[
            "Question",
            "Answer",
            "Other Answer",
            "Has answer",
            "answer_id",
            "Plan A",
        ]);
        assert_eq!(more_answers(&there, &[0, 1]), ["Other Answer"]);
        assert!(more_answers(&names(&["Frage", "Antwort", "Antwort"]), &[0, 1]).is_empty());
    }
}
