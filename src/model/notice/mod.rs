//! What is worth a message: which causes have begun, have grown or are over since people were last
//! told. Pure.

mod message;

pub use message::Message;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::{Millis, millis_duration, span};

/// A failure that is shorter tells nobody: most pass automatically.
const FAILING_FOR: Duration = Duration::from_mins(5);

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Somebody should look at it during the day.
    Warning,
    /// Customers get old answers, or soon will.
    Error,
}

impl Severity {
    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A kind of cause, and its name in messages and in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// Haptik rejected steps.
    Quarantined,
    /// A guard holds removals.
    Held,
    /// Additions and changes are held for what they hold.
    HeldChanges,
    /// Rows of an export were skipped.
    Rejected,
    /// Files of an export could not be used at all.
    Unusable,
    /// Steps are to be removed manually in Haptik.
    Manual,
    /// A person has paused the bot.
    Paused,
    /// A person took the bot back to an earlier upload.
    Pinned,
    /// Passes fail.
    Failing,
    /// Haptik refuses the credentials.
    CredentialRefused,
    /// A change has waited longer than `freshness.max_age`.
    Stale,
    /// A new configuration could not be loaded. About no bot alone.
    ReloadFailed,
}

impl CauseKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Quarantined,
        Self::Held,
        Self::HeldChanges,
        Self::Rejected,
        Self::Unusable,
        Self::Manual,
        Self::Paused,
        Self::Pinned,
        Self::Failing,
        Self::CredentialRefused,
        Self::Stale,
        Self::ReloadFailed,
    ];

    /// Their names, in the same order.
    pub const NAMES: [&'static str; Self::ALL.len()] = {
        let mut names = [""; Self::ALL.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::ALL[at].name();
            at += 1;
        }
        names
    };

    /// The name in messages and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::Held => "held",
            Self::HeldChanges => "held_changes",
            Self::Rejected => "rejected",
            Self::Unusable => "unusable",
            Self::Manual => "manual",
            Self::Paused => "paused",
            Self::Pinned => "pinned",
            Self::Failing => "failing",
            Self::CredentialRefused => "credential_refused",
            Self::Stale => "stale",
            Self::ReloadFailed => "reload_failed",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How much it matters.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Paused | Self::Pinned => Severity::Info,
            Self::Quarantined | Self::Held | Self::HeldChanges | Self::Rejected | Self::Manual => {
                Severity::Warning
            }
            Self::Unusable
            | Self::Failing
            | Self::CredentialRefused
            | Self::Stale
            | Self::ReloadFailed => Severity::Error,
        }
    }

    /// What has begun, in a few words; `count` is how many there are of it.
    pub fn headline(self, count: u64) -> String {
        let many = |one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        match self {
            Self::Quarantined => many("step rejected by Haptik", "steps rejected by Haptik"),
            Self::Held => many("removal held", "removals held"),
            Self::HeldChanges => many("change held", "changes held"),
            Self::Rejected => many("row skipped", "rows skipped"),
            Self::Unusable => many(
                "file or source could not be read",
                "files or sources could not be read",
            ),
            Self::Manual => many("step to remove manually", "steps to remove manually"),
            Self::Paused => "paused".to_owned(),
            Self::Pinned => "rolled back to an earlier upload".to_owned(),
            Self::Failing => "syncs fail".to_owned(),
            Self::CredentialRefused => "Haptik refuses the token".to_owned(),
            Self::Stale => "a change is late".to_owned(),
            Self::ReloadFailed => "the new configuration was not loaded".to_owned(),
        }
    }

    /// What is told when it is over.
    pub const fn over(self) -> &'static str {
        match self {
            Self::Quarantined => "no step is in quarantine any more",
            Self::Held => "no removal is held any more",
            Self::HeldChanges => "no change is held any more",
            Self::Rejected => "no row is skipped any more",
            Self::Unusable => "every file and source can be read again",
            Self::Manual => "no step is left to remove manually",
            Self::Paused => "the pause is over, and what has waited goes out",
            Self::Pinned => "the bot follows its sources again",
            Self::Failing => "recovered: passes succeed again",
            Self::CredentialRefused => "recovered: Haptik takes the credentials again",
            Self::Stale => "every change is live again",
            Self::ReloadFailed => "the configuration was loaded",
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

/// Something that stands against a bot, or against the service, now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// How many steps, rows or files it is about; 1 where it is about none.
    pub count: u64,
    /// The first of them by name.
    pub names: Vec<String>,
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
    pub(crate) cause: Cause,
}

/// Whether a look may conclude from what it does not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The last pass came to its end, and none is under way: what is not there is over.
    Settled,
    /// A step that is just tried again is in no quarantine, and may be back in a moment. What is not
    /// there may still stand.
    Unsettled,
}

/// Compares what stands now with what stood before: what is to be kept, and what is news. A cause
/// is told once, again only when it grows, and once when it is over.
pub(crate) fn compare(
    before: &BTreeMap<CauseKind, StandingCause>,
    now: &Causes,
    at: Millis,
    sight: Sight,
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
                cause: begun(*kind, cause, age),
            });
            entry.told = Some(cause.count);
        }
        if sight == Sight::Settled {
            // What has shrunk may grow again.
            entry.told = entry.told.map(|told| told.min(cause.count));
        }
        standing.insert(*kind, entry);
    }
    for (kind, entry) in before.iter().filter(|(kind, _)| !now.contains_key(kind)) {
        if sight == Sight::Unsettled {
            standing.insert(*kind, *entry);
        } else if entry.told.is_some() {
            news.push(News {
                kind: *kind,
                is_over: true,
                since: entry.since,
                cause: over(*kind, millis_duration(at - entry.since)),
            });
        }
    }
    (standing, news)
}

fn begun(kind: CauseKind, cause: &Cause, age: Duration) -> Cause {
    let mut cause = cause.clone();
    if kind == CauseKind::Failing {
        cause.words = format!("failing for {}: {}", span(age), cause.words);
    }
    cause
}

fn over(kind: CauseKind, after: Duration) -> Cause {
    Cause {
        words: format!("{}, after {}", kind.over(), span(after)),
        ..Cause::default()
    }
}

/// What stands against one bot, or against the service, by its kind.
pub type Causes = BTreeMap<CauseKind, Cause>;

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(entries: &[(CauseKind, u64)]) -> Causes {
        let cause = |count| Cause {
            count,
            names: Vec::new(),
            words: format!("{count} of them"),
        };
        entries
            .iter()
            .map(|(kind, count)| (*kind, cause(*count)))
            .collect()
    }

    /// Looks one after the other, at these minutes: what each of them tells.
    fn told(looks: &[(i64, &[(CauseKind, u64)])]) -> Vec<Vec<String>> {
        let looks: Vec<_> = looks
            .iter()
            .map(|(minute, entries)| (*minute, Sight::Settled, *entries))
            .collect();
        told_at(&looks)
    }

    /// A minute, what may be concluded, and what is seen.
    type Look<'a> = (i64, Sight, &'a [(CauseKind, u64)]);

    fn told_at(looks: &[Look<'_>]) -> Vec<Vec<String>> {
        let mut standing = BTreeMap::new();
        let look = |(minute, sight, entries): &Look<'_>| {
            let (kept, news) = compare(&standing, &stand(entries), minute * 60_000, *sight);
            standing = kept;
            let say = |news: News| {
                let state = if news.is_over { "over" } else { "begun" };
                format!("{} {state}: {}", news.kind.name(), news.cause.words)
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
    fn an_edit_of_a_refused_step_tells_nothing_new() {
        let (one, two): (&[_], &[_]) = (
            &[(CauseKind::Quarantined, 1)],
            &[(CauseKind::Quarantined, 2)],
        );
        // While the edited step is tried again, it is in no quarantine.
        let told = told_at(&[
            (0, Sight::Settled, two),
            (1, Sight::Unsettled, &[]),
            (2, Sight::Unsettled, one),
            (3, Sight::Settled, two),
            (4, Sight::Unsettled, &[]),
            (5, Sight::Settled, &[]),
        ]);
        let many: Vec<usize> = told.iter().map(Vec::len).collect();
        assert_eq!(many, [1, 0, 0, 0, 0, 1], "{told:?}");
        assert_eq!(
            told[5],
            ["quarantined over: no step is in quarantine any more, after 5 min"]
        );
    }

    #[test]
    fn what_begins_during_a_pass_is_told_during_it() {
        let late: &[_] = &[(CauseKind::Stale, 1)];
        let told = told_at(&[(0, Sight::Unsettled, late), (1, Sight::Unsettled, late)]);
        assert_eq!(told, [vec!["stale begun: 1 of them".to_owned()], vec![]]);
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
