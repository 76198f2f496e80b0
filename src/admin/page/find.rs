//! Which step somebody means who types an article's id, a title or a name; and which names are near
//! to one that is not known.

use std::collections::BTreeMap;

use serde::Serialize;

use super::PageState;
use super::html::address;
use crate::config::Bot;
use crate::model::Rejection;
use crate::store::StoreError;
use crate::sync::LastPlan;

/// Steps that are found for each bot at the most.
const FOUND: usize = 50;
/// Names that are near.
const NEAR: usize = 5;
/// How alike a near name is, from 0 to 1.
const ALIKE: f64 = 0.75;
/// Names that are looked at together, and how often.
const PAGE: u32 = 2000;
const PAGES: usize = 60;

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct FoundAll {
    query: String,
    steps: Vec<FoundSteps>,
    /// Articles of this id that are no step because they were not taken.
    not_taken: Vec<NotTaken>,
    /// There may be more.
    more: bool,
}

#[derive(Clone, Debug, Serialize)]
struct FoundSteps {
    bot: String,
    name: String,
    href: String,
    article: String,
    question: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct NotTaken {
    bot: String,
    place: String,
    id: Option<String>,
    reason: String,
}

/// A name that leads to its story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct StepLink {
    pub(super) name: String,
    pub(super) href: String,
}

impl StepLink {
    pub(super) fn new(bot: &str, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            href: address(bot, name),
        }
    }
}

impl FoundAll {
    /// The address of the only step that was found, or of the one that is called just so.
    pub(super) fn only(&self) -> Option<&str> {
        let mut exact = self.steps.iter().filter(|step| step.name == self.query);
        match (self.steps.as_slice(), exact.next(), exact.next()) {
            ([step], ..) if self.not_taken.is_empty() => Some(&step.href),
            (_, Some(step), None) => Some(&step.href),
            _ => None,
        }
    }
}

impl NotTaken {
    pub(super) fn new(bot: &str, rejection: &Rejection) -> Self {
        Self {
            bot: bot.to_owned(),
            place: format!("{}: {}", rejection.source, rejection.place),
            id: rejection.id.clone(),
            reason: rejection.reason.clone(),
        }
    }
}

/// Finds steps of all bots.
pub(super) async fn find(page_state: &PageState, words: &str) -> Result<FoundAll, StoreError> {
    let mut found = FoundAll {
        query: words.to_owned(),
        ..FoundAll::default()
    };
    if words.is_empty() {
        return Ok(found);
    }
    for bot in &page_state.status_reader.config.bots {
        let name = &bot.domain_name;
        if page_state.status_reader.refused(name).await?.is_some() {
            continue;
        }
        let mut steps: BTreeMap<String, (String, String)> = BTreeMap::new();
        let store = &page_state.status_reader.store;
        if let Some(id) = store.find_bot(name).await? {
            let limit = u32::try_from(FOUND).unwrap_or(u32::MAX);
            let live = store.find_steps(id, words, limit).await?;
            found.more |= live.len() == FOUND;
            steps.extend(
                live.into_iter()
                    .map(|step| (step.node_name, (step.article, step.question))),
            );
            let refused = store.quarantine(id).await?.into_iter();
            let refused =
                refused.map(|(name, refused)| (name, (refused.key.article.into(), String::new())));
            fill_in(&mut steps, words, refused);
        }
        if let Some(plan) = page_state.status_reader.live_status.of(name).last_plan {
            fill_in(&mut steps, words, planned(&plan));
            let meant = plan
                .rejections
                .iter()
                .filter(|rejection| rejection.id.as_deref() == Some(words));
            let meant = meant.map(|rejection| NotTaken::new(name, rejection));
            found.not_taken.extend(meant.take(FOUND));
        }
        found.more |= steps.len() > FOUND;
        let steps = steps.into_iter().take(FOUND);
        found
            .steps
            .extend(steps.map(|(step, (article, question))| FoundSteps {
                bot: name.clone(),
                href: address(name, &step),
                name: step,
                article,
                question: first_message(&question),
            }));
    }
    Ok(found)
}

/// The first of the user messages.
pub(super) fn first_message(question: &str) -> String {
    question.split('|').next().unwrap_or_default().to_owned()
}

/// What the last plan knows besides what is live.
fn planned(plan: &LastPlan) -> impl Iterator<Item = (String, (String, String))> {
    plan.waiting.iter().map(|(name, waiting)| {
        let question = waiting.step.as_ref().map(|step| step.question.clone());
        (
            name.clone(),
            (
                waiting.key.article.to_string(),
                question.unwrap_or_default(),
            ),
        )
    })
}

fn fill_in(
    steps: &mut BTreeMap<String, (String, String)>,
    words: &str,
    further: impl Iterator<Item = (String, (String, String))>,
) {
    let words = words.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&words);
    for (name, (article, question)) in further {
        if has(&name) || has(&article) || has(&question) {
            steps.entry(name).or_insert((article, question));
        }
    }
}

/// Names that somebody may have meant.
pub(super) async fn near(
    page_state: &PageState,
    bot: &Bot,
    name: &str,
) -> Result<Vec<StepLink>, StoreError> {
    let store = &page_state.status_reader.store;
    let mut best: Vec<(f64, String)> = Vec::new();
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        let mut after = String::new();
        for _ in 0..PAGES {
            let names = store.names_after(id, &after, PAGE).await?;
            let Some(last) = names.last() else { break };
            after.clone_from(last);
            take_near(&mut best, name, names);
        }
        let refused = store.quarantine(id).await?;
        take_near(&mut best, name, refused.into_keys());
    }
    if let Some(plan) = page_state
        .status_reader
        .live_status
        .of(&bot.domain_name)
        .last_plan
    {
        take_near(&mut best, name, plan.waiting.keys().cloned());
    }
    let links = best
        .iter()
        .map(|(_, near)| StepLink::new(&bot.domain_name, near));
    Ok(links.collect())
}

fn take_near(best: &mut Vec<(f64, String)>, wanted: &str, names: impl IntoIterator<Item = String>) {
    let lower = wanted.to_lowercase();
    let alike = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &lower);
    let near = names.into_iter().map(|name| (alike(&name), name));
    best.extend(near.filter(|(alike, name)| *alike >= ALIKE && name != wanted));
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    best.dedup_by(|a, b| a.1 == b.1);
    best.truncate(NEAR);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, names: &[&str]) -> FoundAll {
        FoundAll {
            query: query.to_owned(),
            steps: names
                .iter()
                .map(|name| FoundSteps {
                    bot: "acme".into(),
                    name: (*name).into(),
                    href: address("acme", name),
                    article: String::new(),
                    question: String::new(),
                })
                .collect(),
            ..FoundAll::default()
        }
    }

    #[test]
    fn one_step_is_shown_at_once() {
        assert_eq!(found("refund", &["kb-1"]).only(), Some("/steps/acme/kb-1"));
        assert_eq!(
            found("kb-1", &["kb-1", "kb-10"]).only(),
            Some("/steps/acme/kb-1")
        );
        assert_eq!(found("kb", &["kb-1", "kb-10"]).only(), None);
        assert_eq!(found("kb-1", &["kb-1", "kb-1"]).only(), None, "of two bots");
    }

    #[test]
    fn near_names_come_in_the_order_of_likeness() {
        let mut best = Vec::new();
        let names = ["refund-policy", "refunds", "shipping", "Refund-Polcy"];
        take_near(&mut best, "refund-polcy", names.map(str::to_owned));
        let names: Vec<_> = best.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["Refund-Polcy", "refund-policy", "refunds"]);
    }
}
