//! How the bots are doing, as the daemon sees it while it works: since when a change waits, what
//! the last plan left open, and what is going on. Nothing here is needed to go on after a restart.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::counters::Counters;
use super::progress::Progress;
use super::standby::Role;
use crate::clock::{Millis, millis_duration};
use crate::model::{Purpose, Reach, UploadId};
use crate::store::UploadRecord;
use crate::sync::{LastPlan, Observer, Outcome, PassReport, Preview, UploadOutcome};
use crate::text::one_line;

/// The longest sentence that a supervisor shows.
const SENTENCE: usize = 300;
/// Bots that one sentence names.
const BUSY: usize = 10;

/// How the bots are doing. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct LiveStatus {
    bots: Arc<Mutex<BTreeMap<String, LiveBotStatus>>>,
    /// What each is busy with.
    pub progress: Progress,
    /// What is counted.
    pub counters: Counters,
    /// Whether it works on the state, or stands by.
    pub role: Role,
    /// Told of each pass that has ended, and of each reload.
    pub(crate) passed: Arc<tokio::sync::Notify>,
    /// Passes that counted for the last success.
    counted: Arc<AtomicU64>,
    reload: Arc<Mutex<Option<Reload>>>,
}

/// How the last reload of the configuration ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reload {
    /// When.
    pub at: Millis,
    /// Why the new configuration was not loaded.
    pub failure: Option<String>,
}

/// How one bot is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by its name"
)]
pub struct LiveBotStatus {
    /// Since when the oldest change waits that is not live yet.
    pub waiting_since: Option<Millis>,
    /// Changes of the last plan that are not live yet; `None` before the first plan.
    pub pending: Option<u64>,
    /// Held removals of the last plan.
    pub held_removals: u64,
    /// Held additions and changes of the last plan.
    pub held_changes: u64,
    /// Why the first of the removals is held.
    held: Option<String>,
    /// Its removals that a person must carry out.
    pub manual_removals: u64,
    /// Articles that the sources held at the last plan.
    pub articles: u64,
    /// What was not taken from the sources.
    pub rejected: u64,
    /// Sources that could not be read, by name.
    pub unreadable_sources: Vec<String>,
    /// The upload that a person went back to.
    pub pinned_to: Option<UploadId>,
    /// What the last plan left open; `None` before the first plan.
    pub last_plan: Option<Arc<LastPlan>>,
    /// Whether a pass is under way.
    busy: bool,
    /// How the last pass ended.
    outcome: Option<Outcome>,
    error: Option<String>,
    /// The last pass stopped before its end, so that it says little of the rest.
    halted: bool,
    /// It failed for nothing but files that could not be read.
    by_files_alone: bool,
    /// The error is that Haptik will not have the token.
    credential_refused: bool,
}

impl LiveBotStatus {
    /// How the last pass ended; `None` before the first one.
    pub const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Why the last pass failed, if it did.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Whether the last pass failed because Haptik will not have the token.
    pub const fn credential_refused(&self) -> bool {
        self.credential_refused
    }

    /// Whether the last pass failed for nothing but files that could not be read.
    pub const fn fails_by_files_alone(&self) -> bool {
        self.by_files_alone
    }

    /// Whether the last pass came to its end, and none is under way: what it has not found, is not there.
    pub const fn is_settled(&self) -> bool {
        self.outcome.is_some() && !self.busy && !self.halted
    }

    /// The first held removal, and why it is held.
    pub fn held(&self) -> Option<&str> {
        self.held.as_deref()
    }
}

impl LiveStatus {
    /// A bot begins to be followed; its uploads say since when a change waits.
    pub fn take_up(&self, bot: &str, waiting_since: Option<Millis>) {
        self.counters.begin(bot);
        let mut bots = self.lock();
        let vital = bots.entry(bot.to_owned()).or_default();
        vital.waiting_since = vital.waiting_since.or(waiting_since);
    }

    fn note_end(&self, report: &PassReport) {
        self.counters.pass(&report.domain_name, report.outcome);
        self.change(&report.domain_name, |vital| {
            vital.busy = false;
            vital.outcome = Some(report.outcome);
            vital.error.clone_from(&report.error);
            vital.halted = report.halted;
            vital.by_files_alone = fails_by_files_alone(report);
            vital.credential_refused = report.credential_refused;
            if report.error.is_none() {
                vital.pending = Some(report.pending);
            }
            if vital.pending == Some(0) {
                vital.waiting_since = None;
            }
            // With many bots, what they waited for would be much to keep until their next plans.
            if let Some(plan) = &mut vital.last_plan
                && report.outcome == Outcome::InSync
            {
                Arc::make_mut(plan).waiting.clear();
            }
        });
    }

    /// Passes that counted for the last success, of all bots.
    pub(crate) fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    /// The configuration was to be read again.
    pub(crate) fn reloaded(&self, at: Millis, failure: Option<String>) {
        *self.lock_reload() = Some(Reload { at, failure });
        self.passed.notify_one();
    }

    /// How the last reload ended; `None` where there was none.
    pub fn reload(&self) -> Option<Reload> {
        self.lock_reload().clone()
    }

    fn lock_reload(&self) -> MutexGuard<'_, Option<Reload>> {
        self.reload.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a bot is doing.
    pub fn of(&self, bot: &str) -> LiveBotStatus {
        self.lock().get(bot).cloned().unwrap_or_default()
    }

    /// All these bots in one sentence.
    pub fn sentence<'a>(&self, bots: impl IntoIterator<Item = &'a str>) -> String {
        let progress = self.progress.read();
        let words: Vec<String> = bots
            .into_iter()
            .map(|bot| {
                let vital = self.of(bot);
                match (vital.busy, progress.get(bot), vital.outcome) {
                    (true, Some(progress), _) => format!("{bot}: {progress}"),
                    (_, _, Some(Outcome::InSync)) => format!("{bot}: in sync"),
                    (_, _, Some(Outcome::Attention)) => format!("{bot}: needs attention"),
                    (_, _, Some(Outcome::Failed)) => {
                        format!("{bot}: failing: {}", vital.error.unwrap_or_default())
                    }
                    (_, _, None) => format!("{bot}: beginning"),
                }
            })
            .collect();
        one_line(&words.join("; "), SENTENCE)
    }

    /// The bots of which a pass is under way, each with what it was last busy with.
    pub(crate) fn under_way(&self) -> String {
        let progress = self.progress.read();
        let bots = self.lock();
        let busy = bots.iter().filter(|(_, vital)| vital.busy);
        let words: Vec<String> = busy
            .take(BUSY)
            .map(|(bot, _)| match progress.get(bot) {
                Some(progress) => format!("{bot}: {progress}"),
                None => bot.clone(),
            })
            .collect();
        one_line(&words.join("; "), SENTENCE)
    }

    fn change(&self, bot: &str, change: impl FnOnce(&mut LiveBotStatus)) {
        change(self.lock().entry(bot.to_owned()).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, LiveBotStatus>> {
        self.bots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for LiveStatus {
    fn began(&self, bot: &str) {
        self.change(bot, |vital| vital.busy = true);
    }

    fn planned(&self, bot: &str, preview: &Preview, now: Millis) {
        for source in &preview.failed_sources {
            self.counters.source_failed(bot, source);
        }
        let pending = preview.plan.changes.len() as u64;
        self.change(bot, |vital| {
            vital.waiting_since = match vital.waiting_since {
                _ if pending == 0 => None,
                None => Some(now),
                since => since,
            };
            vital.pending = Some(pending);
            vital.held_removals = preview.plan.held.len() as u64;
            vital.held_changes = preview.plan.held_changes.len() as u64;
            vital.held = preview.plan.held.first().map(|held| {
                let reason = held.reason.with_remedy(bot, preview.number);
                format!("\"{}\": {reason}", held.node_name)
            });
            vital.manual_removals = preview.plan.manual.len() as u64;
            vital.articles = preview.articles.all;
            vital.rejected = preview.rejections.len() as u64;
            vital.unreadable_sources.clone_from(&preview.failed_sources);
            vital.pinned_to = preview.pinned.map(|pinned| pinned.to);
            let plan = LastPlan::of(preview, vital.last_plan.as_deref(), now);
            vital.last_plan = Some(Arc::new(plan));
        });
    }

    fn settled(&self, bot: &str, record: &UploadRecord, now: Millis) {
        let outcome = UploadOutcome::from(record.state);
        self.counters.upload(bot, outcome);
        if let Some(accepted) = record.accepted_at {
            self.counters.task(bot, seconds(now - accepted));
        }
        if outcome != UploadOutcome::Succeeded
            || !matches!(record.purpose, Purpose::Change | Purpose::Trial)
        {
            return;
        }
        let steps = record.counts.total();
        let mut since = record.prepared_at;
        self.change(bot, |vital| {
            since = vital.waiting_since.map_or(since, |seen| seen.min(since));
            vital.pending = vital.pending.map(|pending| pending.saturating_sub(steps));
        });
        self.counters.live(bot, steps, seconds(now - since));
    }

    fn asked(&self, bot: &str, verified_after: Option<Duration>) {
        if let Some(after) = verified_after {
            self.counters.verified(bot, after.as_secs_f64());
        }
        self.passed.notify_one();
    }

    fn ended(&self, report: &PassReport) {
        self.note_end(report);
        if report.error.is_none() && report.success().every_source_was_read {
            self.counted.fetch_add(1, Ordering::Relaxed);
        }
        self.passed.notify_one();
    }
}

fn fails_by_files_alone(report: &PassReport) -> bool {
    let has_unusable = |source: &String| {
        let mut rejections = report.rejections.iter();
        rejections.any(|one| one.reach == Reach::Unusable && one.source == *source)
    };
    report.error.is_some() && !report.halted && report.failed_sources.iter().all(has_unusable)
}

fn seconds(time: Millis) -> f64 {
    millis_duration(time).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Step;
    use crate::model::{Action, ArticleKey, Change, Plan};

    fn failed(error: &str) -> PassReport {
        let mut report = PassReport::new("acme");
        report.error = Some(error.to_owned());
        report.conclude();
        report
    }

    #[test]
    fn a_change_waits_from_when_it_was_first_seen_until_a_pass_succeeds() {
        let live_status = LiveStatus::default();
        let mut preview = Preview::default();
        live_status.planned("acme", &preview, 1);
        assert_eq!(live_status.of("acme").waiting_since, None, "nothing waits");

        preview.plan = Plan {
            changes: vec![Change {
                action: Action::Add,
                key: ArticleKey {
                    source: "export".into(),
                    article: "1".into(),
                },
                step: Step {
                    node_name: "kb-1".into(),
                    question: "When?".into(),
                    answer: "Now.".into(),
                }
                .into(),
                line: 0,
            }],
            ..Plan::default()
        };
        live_status.planned("acme", &preview, 2);
        live_status.ended(&failed("Haptik is down"));
        live_status.planned("acme", &preview, 3);
        assert_eq!(live_status.of("acme").waiting_since, Some(2));
        assert_eq!(live_status.of("acme").pending, Some(1));
        assert_eq!(
            live_status.sentence(["acme"]),
            "acme: failing: Haptik is down"
        );

        let waiting = || live_status.of("acme").last_plan.unwrap().waiting.len();
        let mut quarantined = PassReport::new("acme");
        quarantined.quarantined = vec![("kb-1".into(), "no".into())];
        quarantined.conclude();
        live_status.ended(&quarantined);
        assert_eq!(waiting(), 1, "somebody will want to see it");
        live_status.ended(&PassReport::new("acme"));
        assert_eq!(waiting(), 0);
        assert_eq!(live_status.of("acme").waiting_since, None);
        assert_eq!(live_status.sentence(["acme"]), "acme: in sync");
    }

    #[test]
    fn what_the_last_process_left_waiting_goes_on_waiting() {
        let live_status = LiveStatus::default();
        live_status.take_up("acme", Some(7));
        live_status.take_up("acme", Some(9));
        assert_eq!(live_status.of("acme").waiting_since, Some(7));
        assert_eq!(live_status.of("acme").pending, None);
    }
}
