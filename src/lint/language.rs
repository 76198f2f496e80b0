//! The language of each step, where it is certain, and the steps whose language differs from that
//! of most others.

use std::collections::BTreeMap;

use whatlang::Lang;

use super::Said;
use super::rule::Rule;
use super::view::{LintAnswer, View};

/// Shorter texts are not certain, and longer ones no more certain.
const LETTERS: usize = 60;
const ENOUGH: usize = 400;
/// Only of a bot with so many steps in a certain language can be said which one is its own.
const STEPS: usize = 5;

/// The language, where the text is long enough and leaves no doubt.
pub(super) fn of(view: &View) -> Option<Lang> {
    let answers = view.answers.iter().map(LintAnswer::text);
    let texts = view.questions.iter().copied().chain(answers);
    let mut text = String::new();
    for word in texts.flat_map(str::split_whitespace) {
        // Addresses and codes are of no language.
        if word
            .chars()
            .all(|c| c.is_alphabetic() || !c.is_ascii() || ",.!?;'()".contains(c))
        {
            text.push_str(word);
            text.push(' ');
        }
        if text.len() > ENOUGH {
            break;
        }
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < LETTERS {
        return None;
    }
    let found = whatlang::detect(&text)?;
    found.is_reliable().then(|| found.lang())
}

/// Those that differ, where three in four have one language in common.
pub(super) fn judge(languages: &[Option<Lang>]) -> Vec<(usize, Said)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for language in languages.iter().flatten() {
        *counts.entry(language.code()).or_default() += 1;
    }
    let certain: usize = counts.values().sum();
    let most = counts.iter().max_by_key(|(_, count)| **count);
    let Some((own, _)) = most.filter(|(_, count)| certain >= STEPS && **count * 4 >= certain * 3)
    else {
        return Vec::new();
    };
    let name = Lang::from_code(*own).map_or(*own, |own| own.eng_name());
    let differing = languages.iter().enumerate().filter_map(|(at, language)| {
        let language = language.filter(|language| language.code() != *own)?;
        let what = format!(
            "it reads as {}, and most of this bot as {name}",
            language.eng_name()
        );
        Some((at, Said::new(Rule::OtherLanguage, "", what)))
    });
    differing.collect()
}
