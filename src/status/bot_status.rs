//! How a bot is doing, for `status` and for `/status.json` alike.

use serde_json::{Value, json};

use super::live_status::LiveBotStatus;
use crate::clock::{Millis, rfc3339};
use crate::config::Bot;
use crate::model::{CanaryFinding, UploadId, Verdict};
use crate::store::{
    OpenRemoval, Pause, RemovalKind, Store, StoreError, UploadRecord, VerificationCounts,
};

/// What there is to say first of a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotHealth {
    /// Everything that should be live is.
    InSync,
    /// Changes are on their way.
    Syncing,
    /// Something waits for a person.
    Attention,
    /// Changes do not go live.
    Failing,
}

impl BotHealth {
    /// All of them, in the order of the metrics.
    pub const ALL: [Self; 4] = [Self::InSync, Self::Syncing, Self::Attention, Self::Failing];

    /// The name in JSON, metrics and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InSync => "in_sync",
            Self::Syncing => "syncing",
            Self::Attention => "attention",
            Self::Failing => "failing",
        }
    }
}

/// How a bot is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BotStatus {
    /// The bot.
    pub domain_name: String,
    /// Steps that are live.
    pub live: u64,
    /// Changes that are not live yet; `None` while no plan was made.
    pub pending: Option<u64>,
    /// Steps that Haptik refused.
    pub quarantined: u64,
    /// Removals that a guard holds.
    pub held_removals: u64,
    /// Additions and changes that are held for what they hold.
    pub held_changes: u64,
    /// Removals whose absence is not confirmed yet.
    pub waiting_removals: u64,
    /// Removals that a person must carry out.
    pub manual_removals: u64,
    /// Steps whose sources could not tell what has become of them.
    pub unread: u64,
    /// Why, each reason once.
    pub unread_because: Vec<String>,
    /// Rows and files that were skipped.
    pub rejected: u64,
    /// When the last plan was made: what is said of the sources holds as of then.
    pub planned_at: Option<Millis>,
    /// The number of that plan.
    pub plan: i64,
    /// The upload under way.
    pub in_flight: Option<UploadRecord>,
    /// When every source was last read, and what they say was carried out.
    pub last_success: Option<Millis>,
    /// When nothing was last left open.
    pub last_in_sync: Option<Millis>,
    /// The failure that stands.
    pub last_error: Option<String>,
    /// The upload that a person went back to.
    pub pinned_to: Option<UploadId>,
    /// Where a person has paused it.
    pub paused: Option<Pause>,
    /// Steps that a person has withdrawn.
    pub withdrawn: u64,
    /// Steps of which a person has put an earlier version back.
    pub put_back: u64,
    /// Steps that a person keeps although their articles are gone.
    pub kept: u64,
    /// Since when a folder of its sources is another one than was read: a change that nobody has seen waits.
    pub moved_at: Option<Millis>,
    /// What the steps came to that the bot was asked for.
    pub verification: VerificationCounts,
    /// Where uploads replace: a task failed half-way, and steps are missing on the bot until a recovery succeeds.
    pub is_incomplete: bool,
    /// Whether somebody works on the state.
    pub daemon: bool,
    /// Since when, where that is known.
    pub daemon_since: Option<Millis>,
}

impl BotStatus {
    /// What the state alone says about a bot.
    pub async fn kept(store: &Store, bot: &Bot) -> Result<Self, StoreError> {
        let mut status = Self {
            domain_name: bot.domain_name.clone(),
            ..Self::default()
        };
        let Some(id) = store.find_bot(&bot.domain_name).await? else {
            return Ok(status);
        };
        let state = store.bot_state(id).await?;
        status.last_success = state.last_success;
        status.last_in_sync = state.last_in_sync;
        status.last_error = state.last_error;
        status.pinned_to = state.pinned_to;
        status.paused = state.pause;
        status.moved_at = state.moved_at;
        status.is_incomplete = state.needs_recovery;
        [status.withdrawn, status.put_back, status.kept] = store.overridden(id).await?;
        status.live = store.live(id).await?;
        status.verification = store.verification_counts(id).await?;
        status.quarantined = store.quarantined(id).await?;
        status.in_flight = store.under_way(id).await?;
        let plan = store.open_plan(id).await?;
        let removals = store.open_removals(id).await?;
        status.plan = plan.plan;
        status.planned_at = plan.planned_at;
        status.unread = plan.unread;
        status.unread_because = store.unread(id).await?.into_keys().collect();
        status.rejected = plan.rejected;
        let (released, kinds) = counted(&removals);
        [
            status.held_removals,
            status.waiting_removals,
            status.manual_removals,
        ] = kinds;
        let changes = store.held_changes(id).await?;
        let (free, held): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.released);
        status.held_changes = held.len() as u64;
        let released = released + free.len() as u64;
        status.pending = plan.planned_at.map(|_| plan.pending_count + released);
        status.count_what_moved();
        Ok(status)
    }

    /// Of a bot whose state speaks of another Haptik, nothing is told but that.
    pub fn refused(domain_name: &str, why: String) -> Self {
        Self {
            domain_name: domain_name.to_owned(),
            last_error: Some(why),
            ..Self::default()
        }
    }

    /// With what the daemon saw last.
    pub(crate) fn seen(mut self, vital: &LiveBotStatus) -> Self {
        self.daemon = true;
        self.pending = vital.pending.or(self.pending);
        if vital.pending.is_some() {
            self.held_removals = vital.held_removals;
            self.held_changes = vital.held_changes;
            self.manual_removals = vital.manual_removals;
            self.rejected = vital.rejected;
            self.pinned_to = vital.pinned_to;
        }
        self.count_what_moved();
        self
    }

    /// A folder that moved on has something new, most likely.
    fn count_what_moved(&mut self) {
        if self.moved_at.is_some() {
            self.pending = self.pending.map(|pending| pending.max(1));
        }
    }

    /// What there is to say first.
    pub fn state(&self) -> BotHealth {
        if self.last_error.is_some() {
            BotHealth::Failing
        } else if self.paused.is_some() {
            BotHealth::Attention
        } else if self.in_flight.is_some() {
            BotHealth::Syncing
        } else if self.wants_a_person() {
            BotHealth::Attention
        } else if self.pending == Some(0) {
            BotHealth::InSync
        } else {
            BotHealth::Syncing
        }
    }

    /// Whether something waits for a person.
    pub fn wants_a_person(&self) -> bool {
        let open = self.quarantined + self.held_removals + self.held_changes + self.manual_removals;
        open + self.rejected > 0
            || self.verification.wants_a_person()
            || self.pinned_to.is_some()
            || self.paused.is_some()
    }

    /// As `--json` and `/status.json` show it.
    pub fn as_json(&self) -> Value {
        json!({
            "domain_name": self.domain_name,
            "state": self.state().name(),
            "live": self.live,
            "pending": self.pending.unwrap_or(0),
            "quarantined": self.quarantined,
            "held_removals": self.held_removals,
            "held_changes": self.held_changes,
            "waiting_removals": self.waiting_removals,
            "manual_removals": self.manual_removals,
            "unread": self.unread,
            "rejected": self.rejected,
            "as_of": self.planned_at.map(rfc3339),
            "moved_at": self.moved_at.map(rfc3339),
            "plan": self.plan,
            "daemon": self.daemon,
            "daemon_since": self.daemon_since.map(rfc3339),
            "in_flight": self.in_flight.as_ref().map(|upload| json!({
                "task_id": upload.task_id,
                "rows": upload.rows,
                "since": rfc3339(upload.sent_at.unwrap_or(upload.prepared_at)),
                "state": upload.state.name(),
            })),
            "last_success": self.last_success.map(rfc3339),
            "last_in_sync": self.last_in_sync.map(rfc3339),
            "last_error": self.last_error,
            "pinned_to": self.pinned_to.map(|upload| upload.0),
            "paused": self.paused.as_ref().map(pause_json),
            "withdrawn": self.withdrawn,
            "put_back": self.put_back,
            "kept": self.kept,
            "verification": verification_json(&self.verification),
        })
    }
}

/// What asking a bot came to, in a document.
fn verification_json(counts: &VerificationCounts) -> Value {
    let mut json = serde_json::Map::new();
    for verdict in Verdict::ALL {
        let count = counts.verdicts.get(&verdict).copied().unwrap_or(0);
        json.insert(verdict.name().to_owned(), count.into());
    }
    json.insert("untrained".to_owned(), counts.untrained.len().into());
    json.insert("unanswered".to_owned(), counts.unanswered.len().into());
    json.insert("drifted".to_owned(), counts.drifted.len().into());
    let canary = counts.canary.as_ref().map(CanaryFinding::name);
    json.insert("canary".to_owned(), canary.into());
    let not_before = counts.not_before.map(rfc3339);
    json.insert("not_before".to_owned(), not_before.into());
    json.into()
}

/// A pause in a document.
pub(crate) fn pause_json(pause: &Pause) -> Value {
    json!({
        "since": rfc3339(pause.since),
        "until": pause.until.map(rfc3339),
        "who": pause.who,
        "reason": pause.reason,
    })
}

/// How many removals are released, and how many others are held, wait, or are for a person.
fn counted(removals: &[OpenRemoval]) -> (u64, [u64; 3]) {
    let many = |kind| {
        let of = removals.iter().filter(|it| it.kind == kind && !it.released);
        of.count() as u64
    };
    let released = removals.iter().filter(|removal| removal.released);
    let kinds = [RemovalKind::Held, RemovalKind::Waiting, RemovalKind::Manual];
    (released.count() as u64, kinds.map(many))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_said_first() {
        let fine = BotStatus {
            pending: Some(0),
            ..BotStatus::default()
        };
        let held = BotStatus {
            held_removals: 1,
            ..fine.clone()
        };
        // It heals without a person.
        let waiting = BotStatus {
            waiting_removals: 1,
            unread: 2,
            ..fine.clone()
        };
        let pending = BotStatus {
            pending: Some(2),
            ..fine.clone()
        };
        let failing = BotStatus {
            last_error: Some("Haptik is down".into()),
            ..held.clone()
        };
        let unseen = BotStatus::default();
        for (status, expected) in [
            (fine, BotHealth::InSync),
            (waiting, BotHealth::InSync),
            (pending, BotHealth::Syncing),
            (unseen, BotHealth::Syncing),
            (held, BotHealth::Attention),
            (failing, BotHealth::Failing),
        ] {
            assert_eq!(status.state(), expected, "{status:?}");
        }
    }
}
