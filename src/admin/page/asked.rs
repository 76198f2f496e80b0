//! What a bot was asked for, and does not answer as it should, as its page shows it. Pure.

use serde::Serialize;

use super::find::StepLink;
use crate::model::Verdict;
use crate::store::VerificationCounts;

/// Steps of one kind that are listed.
const LISTED: usize = 100;

/// Steps of one kind.
#[derive(Debug, Serialize)]
pub(super) struct ContradictedView {
    title: &'static str,
    words: &'static str,
    steps: Vec<AskedLink>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct AskedLink {
    link: StepLink,
    says: &'static str,
}

/// What is to be shown, the most urgent first.
pub(super) fn contradicted(bot: &str, counts: &VerificationCounts) -> Vec<ContradictedView> {
    let untrained = counts.untrained.iter();
    let untrained = untrained.map(|name| (name.clone(), Verdict::NotUnderstood));
    let groups = [
        (
            "No longer answered",
            "The bot answered these before, and says something else now. Somebody may have edited it, published from staging, or gone back to an older version.",
            counts.drifted.clone(),
        ),
        (
            "Waiting for training",
            "Haptik has confirmed these, and the bot does not understand their new user messages. Train the bot in Haptik.",
            untrained.collect(),
        ),
        (
            "Not answered yet",
            "Haptik has confirmed these, and the bot says something else.",
            counts.unanswered.clone(),
        ),
    ];
    groups
        .into_iter()
        .filter(|(.., steps)| !steps.is_empty())
        .map(|(title, words, steps)| ContradictedView {
            title,
            words,
            more: steps.len().saturating_sub(LISTED),
            steps: steps
                .iter()
                .take(LISTED)
                .map(|(name, verdict)| AskedLink {
                    link: StepLink::new(bot, name),
                    says: verdict.in_words(),
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_comes_first_and_lists_end() {
        let counts = VerificationCounts {
            untrained: vec!["kb-1".into()],
            drifted: (0..103)
                .map(|at| (format!("kb-{at}"), Verdict::OldVersion))
                .collect(),
            ..VerificationCounts::default()
        };
        let groups = contradicted("acme", &counts);
        let shown: Vec<_> = groups
            .iter()
            .map(|group| (group.title, group.steps.len(), group.more))
            .collect();
        assert_eq!(
            shown,
            [
                ("No longer answered", 100, 3),
                ("Waiting for training", 1, 0)
            ]
        );
        assert!(contradicted("acme", &VerificationCounts::default()).is_empty());
    }
}
