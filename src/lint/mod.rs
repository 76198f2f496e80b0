//! Judges the content of steps before customers see it: the vendor's writing guidelines, and what
//! else makes a bot answer badly. Pure: steps go in, findings come out, always in the same order.

mod answers;
mod characters;
mod furniture;
mod hsl;
mod language;
mod leftovers;
mod likeness;
mod links;
mod markup;
mod mojibake;
mod questions;
mod rule;
mod sensitive;
mod twins;
mod view;

pub(crate) use furniture::PageFurniture;
pub use rule::Rule;
pub(crate) use sensitive::spans;
pub use sensitive::{Admitted, hold_changes};
pub(crate) use twins::reduced;

use std::num::NonZero;

use whatlang::Lang;

use super::config::{Level, Lint};
use super::model::{Desired, Place, Rejection};
use view::View;

#[cfg(test)]
mod tests;

/// Fewer steps are not worth a thread.
const SHARE: usize = 500;

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How much it matters.
    pub level: Level,
    /// Where; `None`: the bot as a whole.
    pub at: Option<FindingAt>,
    /// Which part of the article, such as `question 2`; empty: all of it.
    pub field: String,
    /// What was found.
    pub what: String,
    /// The step that it has to do with.
    pub other: Option<FindingAt>,
}

/// An article, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingAt {
    /// The source.
    pub source: String,
    /// The place in it.
    pub place: Place,
    /// The article's id, where it could be read.
    pub article: Option<String>,
    /// The step's name, where there is one.
    pub node_name: Option<String>,
}

impl FindingAt {
    fn of(desired: &Desired) -> Self {
        Self {
            source: desired.key.source.to_string(),
            place: desired.place.clone(),
            article: Some(desired.key.article.to_string()),
            node_name: Some(desired.step.node_name.clone()),
        }
    }
}

/// What one rule says of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    rule: Rule,
    field: String,
    what: String,
    /// The position of the step that it has to do with.
    other: Option<usize>,
}

impl Said {
    fn new(rule: Rule, field: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            rule,
            field: field.into(),
            what: what.into(),
            other: None,
        }
    }
}

/// Judges the steps of one bot, and what could not become one. The order is that of the rules, and
/// within a rule that of the steps.
pub fn judge(desired: &[Desired], rejections: &[Rejection], levels: &Lint) -> Vec<Finding> {
    let wanted = |rule: Rule| levels.of(rule.name()) > Level::Off;
    let (mut found, languages) = of_each(desired, wanted(Rule::OtherLanguage));
    let across = twins::judge(desired, wanted(Rule::NearDuplicate));
    found.extend(across.into_iter().map(|(at, said)| (Some(at), said)));
    let foreign = language::judge(&languages);
    found.extend(foreign.into_iter().map(|(at, said)| (Some(at), said)));
    found.extend(questions::of_bot(desired).map(|said| (None, said)));
    found.extend(
        furniture::judge(desired)
            .into_iter()
            .map(|said| (None, said)),
    );
    let mut findings: Vec<Finding> = rejections.iter().map(not_taken).collect();
    findings.extend(found.into_iter().map(|(at, said)| Finding {
        rule: said.rule,
        level: Level::Off,
        at: at.map(|at| FindingAt::of(&desired[at])),
        field: said.field,
        what: said.what,
        other: said.other.map(|other| FindingAt::of(&desired[other])),
    }));
    for finding in &mut findings {
        finding.level = levels.of(finding.rule.name());
    }
    findings.retain(|finding| finding.level > Level::Off);
    // Stable: what stands in one file stays in the order of its steps.
    findings.sort_by_key(|finding| finding.rule);
    findings
}

/// What is said of a step by itself, with its position, and its language.
type OfEach = (Vec<(Option<usize>, Said)>, Vec<Option<Lang>>);

/// Judges each step by itself, on all processors: telling languages apart is most of the work.
fn of_each(desired: &[Desired], languages: bool) -> OfEach {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = desired.len().div_ceil(processors).max(SHARE);
    let mut all = OfEach::default();
    std::thread::scope(|scope| {
        let shares = desired.chunks(share).enumerate();
        let judging: Vec<_> = shares
            .map(|(nth, steps)| scope.spawn(move || of_share(steps, nth * share, languages)))
            .collect();
        for judged in judging {
            match judged.join() {
                Ok((found, languages)) => {
                    all.0.extend(found);
                    all.1.extend(languages);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    all
}

/// The same for some of them, the first of which stands at a position.
fn of_share(steps: &[Desired], first: usize, languages: bool) -> OfEach {
    let mut all = OfEach::default();
    for (at, entry) in (first..).zip(steps) {
        let view = View::of(&entry.step);
        let mut said = Vec::new();
        questions::judge(&view, &mut said);
        answers::judge(&view, &mut said);
        hsl::judge(&view, &mut said);
        links::judge(&view, &mut said);
        markup::judge(&view, &mut said);
        leftovers::judge(&view, &mut said);
        characters::judge(&view, &mut said);
        sensitive::judge(&entry.step, &mut said);
        all.0.extend(said.into_iter().map(|said| (Some(at), said)));
        if languages {
            all.1.push(language::of(&view));
        }
    }
    all
}

fn not_taken(rejection: &Rejection) -> Finding {
    Finding {
        rule: Rule::NotTaken,
        level: Level::Off,
        at: Some(FindingAt {
            source: rejection.source.clone(),
            place: rejection.place.clone(),
            article: rejection.id.clone(),
            node_name: None,
        }),
        field: String::new(),
        what: rejection.reason.clone(),
        other: None,
    }
}
