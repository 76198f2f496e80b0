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
    /// Changes that the bot understands only once it is trained.
    Untrained,
    /// Changes that Haptik has confirmed, and that the bot does not answer.
    Unanswered,
    /// Steps that the bot answered before, and answers no longer.
    Drifted,
    /// The bot handed a chat to an agent when it was asked.
    Agent,
    /// The canary has found another service, an older version of the bot, or is not there.
    Canary,
    /// A new configuration could not be loaded. About no bot alone.
    ReloadFailed,
}

impl CauseKind {
    /// All of them.
    pub const ALL: [Self; 17] = [
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
        Self::Untrained,
        Self::Unanswered,
        Self::Drifted,
        Self::Agent,
        Self::Canary,
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
            Self::Untrained => "untrained",
            Self::Unanswered => "unanswered",
            Self::Drifted => "drifted",
            Self::Agent => "agent",
            Self::Canary => "canary",
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
            Self::Paused | Self::Pinned | Self::Agent => Severity::Info,
            Self::Quarantined
            | Self::Held
            | Self::HeldChanges
            | Self::Rejected
            | Self::Manual
            | Self::Untrained
            | Self::Unanswered => Severity::Warning,
            Self::Unusable
            | Self::Failing
            | Self::CredentialRefused
            | Self::Stale
            | Self::Drifted
            | Self::Canary
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
            Self::Untrained => many("change waits for training", "changes wait for training"),
            Self::Unanswered => many(
                "change that the bot does not answer",
                "changes that the bot does not answer",
            ),
            Self::Drifted => many(
                "step that the bot no longer answers",
                "steps that the bot no longer answers",
            ),
            Self::Agent => "the bot handed a question to an agent".to_owned(),
            Self::Canary => "the canary is not as it was uploaded".to_owned(),
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
            Self::Untrained => "the bot was trained: it understands the changes",
            Self::Unanswered => "the bot answers every change that was asked for",
            Self::Drifted => "the bot answers those steps again",
            Self::Agent => "the bot is asked again",
            Self::Canary => "the canary is answered as it was uploaded last",
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
pub struct OngoingCause {
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
pub(crate) enum Certainty {
    /// The last pass came to its end, and none is under way: what is not there is over.
    Settled,
    /// A step that is just tried again is in no quarantine, and may be back in a moment. What is not
    /// there may still stand.
    Unsettled,
}

/// Compares what stands now with what stood before: what is to be kept, and what is news. A cause
/// is told once, again only when it grows, and once when it is over.
pub(crate) fn compare(
    before: &BTreeMap<CauseKind, OngoingCause>,
    now: &Causes,
    at: Millis,
    certainty: Certainty,
) -> (BTreeMap<CauseKind, OngoingCause>, Vec<News>) {
    let (mut ongoing, mut news) = (BTreeMap::new(), Vec::new());
    for (kind, cause) in now {
        let known = before.get(kind).copied();
        let mut entry = known.unwrap_or(OngoingCause {
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
        if certainty == Certainty::Settled {
            // What has shrunk may grow again.
            entry.told = entry.told.map(|told| told.min(cause.count));
        }
        ongoing.insert(*kind, entry);
    }
    for (kind, entry) in before.iter().filter(|(kind, _)| !now.contains_key(kind)) {
        if certainty == Certainty::Unsettled {
            ongoing.insert(*kind, *entry);
        } else if entry.told.is_some() {
            news.push(News {
                kind: *kind,
                is_over: true,
                since: entry.since,
                cause: over(*kind, millis_duration(at - entry.since)),
            });
        }
    }
    (ongoing, news)
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
mod tests;
