//! What is worth a message: which causes have begun, have grown or are over since people were last
//! told. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::{Millis, millis_duration, span};

/// A failure that is shorter tells nobody: most pass by themselves.
const FAILING_FOR: Duration = Duration::from_mins(5);

/// A kind of cause, and its name in messages and in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// Haptik refused steps.
    Quarantined,
    /// A guard holds removals.
    Held,
    /// Passes fail.
    Failing,
    /// Haptik refuses the credentials.
    CredentialRefused,
    /// A change has waited longer than `freshness.max_age`.
    Stale,
}

impl CauseKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Quarantined,
        Self::Held,
        Self::Failing,
        Self::CredentialRefused,
        Self::Stale,
    ];

    /// The name in messages and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::Held => "held",
            Self::Failing => "failing",
            Self::CredentialRefused => "credential_refused",
            Self::Stale => "stale",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What is told when it is over.
    const fn over(self) -> &'static str {
        match self {
            Self::Quarantined => "no step is in quarantine any more",
            Self::Held => "no removal is held any more",
            Self::Failing => "recovered: passes succeed again",
            Self::CredentialRefused => "recovered: Haptik takes the credentials again",
            Self::Stale => "every change is live again",
        }
    }

    /// How long it has to stand before anybody is told.
    const fn patience(self) -> Duration {
        match self {
            Self::Failing => FAILING_FOR,
            _ => Duration::ZERO,
        }
    }
}

/// Something that stands against a bot now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// How many steps it is about; 1 where it is about none.
    pub count: u64,
    /// The cause and its remedy.
    pub words: String,
}

/// What is kept of a cause between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingCause {
    /// Since when it stands.
    pub since: Millis,
    /// The count that people were told last; `None` before they were told.
    pub told: Option<u64>,
}

/// What people are to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) kind: CauseKind,
    pub(crate) is_over: bool,
    pub(crate) since: Millis,
    pub(crate) words: String,
}

/// Compares what stands now with what stood before: what is to be kept, and what is news. A cause
/// is told once, again only when it grows, and once when it is over.
pub(crate) fn compare(
    before: &BTreeMap<CauseKind, StandingCause>,
    now: &Causes,
    at: Millis,
) -> (BTreeMap<CauseKind, StandingCause>, Vec<News>) {
    let (mut standing, mut news) = (BTreeMap::new(), Vec::new());
    for (kind, cause) in now {
        let known = before.get(kind).copied();
        let mut entry = known.unwrap_or(StandingCause {
            since: at,
            told: None,
        });
        let age = millis_duration(at - entry.since);
        if age >= kind.patience() && entry.told.is_none_or(|told| cause.count > told) {
            news.push(News {
                kind: *kind,
                is_over: false,
                since: entry.since,
                words: begun(*kind, cause, age),
            });
            entry.told = Some(cause.count);
        }
        // What has shrunk may grow again.
        entry.told = entry.told.map(|told| told.min(cause.count));
        standing.insert(*kind, entry);
    }
    for (kind, entry) in before {
        if entry.told.is_some() && !now.contains_key(kind) {
            news.push(News {
                kind: *kind,
                is_over: true,
                since: entry.since,
                words: format!(
                    "{}, after {}",
                    kind.over(),
                    span(millis_duration(at - entry.since))
                ),
            });
        }
    }
    (standing, news)
}

fn begun(kind: CauseKind, cause: &Cause, age: Duration) -> String {
    match kind {
        CauseKind::Failing => format!("failing for {}: {}", span(age), cause.words),
        _ => cause.words.clone(),
    }
}

/// What stands against one bot, by its kind.
pub type Causes = BTreeMap<CauseKind, Cause>;

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(entries: &[(CauseKind, u64)]) -> Causes {
        let cause = |count| Cause {
            count,
            words: format!("{count} of them"),
        };
        entries
            .iter()
            .map(|(kind, count)| (*kind, cause(*count)))
            .collect()
    }

    /// Looks one after the other, a minute apart unless said otherwise: what each of them tells.
    fn told(looks: &[(i64, &[(CauseKind, u64)])]) -> Vec<Vec<String>> {
        let mut standing = BTreeMap::new();
        let look = |(minute, entries): &(i64, &[(CauseKind, u64)])| {
            let (kept, news) = compare(&standing, &stand(entries), minute * 60_000);
            standing = kept;
            let say = |news: News| {
                let state = if news.is_over { "over" } else { "begun" };
                format!("{} {state}: {}", news.kind.name(), news.words)
            };
            news.into_iter().map(say).collect()
        };
        looks.iter().map(look).collect()
    }

    #[test]
    fn each_cause_is_told_once_and_once_when_it_is_over() {
        let held: &[(CauseKind, u64)] = &[(CauseKind::Held, 3)];
        assert_eq!(
            told(&[(0, held), (1, held), (2, held), (3, &[]), (4, &[])]),
            [
                vec!["held begun: 3 of them".to_owned()],
                vec![],
                vec![],
                vec!["held over: no removal is held any more, after 3 min".to_owned()],
                vec![],
            ]
        );
    }

    #[test]
    fn a_cause_that_grows_is_told_again_also_after_it_has_shrunk() {
        let counts = [2, 2, 5, 1, 2, 2];
        let looks: Vec<Vec<(CauseKind, u64)>> = counts
            .iter()
            .map(|count| vec![(CauseKind::Quarantined, *count)])
            .collect();
        let looks: Vec<(i64, &[(CauseKind, u64)])> =
            (0..).zip(looks.iter().map(Vec::as_slice)).collect();
        let words: Vec<usize> = told(&looks).iter().map(Vec::len).collect();
        assert_eq!(words, [1, 0, 1, 0, 1, 0]);
    }

    #[test]
    fn a_short_failure_tells_nobody() {
        let failing: &[(CauseKind, u64)] = &[(CauseKind::Failing, 1)];
        assert_eq!(
            told(&[(0, failing), (4, failing), (5, &[])]).concat(),
            Vec::<String>::new()
        );
        assert_eq!(
            told(&[(0, failing), (6, failing), (7, failing), (9, &[])]).concat(),
            [
                "failing begun: failing for 6 min: 1 of them",
                "failing over: recovered: passes succeed again, after 9 min",
            ]
        );
    }

    #[test]
    fn kinds_are_apart() {
        let both: &[(CauseKind, u64)] = &[(CauseKind::CredentialRefused, 1), (CauseKind::Stale, 1)];
        let told = told(&[(0, both), (1, &[(CauseKind::Stale, 1)])]);
        assert_eq!(told[0].len(), 2);
        assert_eq!(
            told[1],
            ["credential_refused over: recovered: Haptik takes the credentials again, after 60 s"]
        );
    }

    #[test]
    fn names_lead_back_to_their_kinds() {
        for kind in CauseKind::ALL {
            assert_eq!(CauseKind::from_name(kind.name()), Some(kind));
        }
    }
}
