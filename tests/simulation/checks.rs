//! The promises that are judged from the state of the bot and of the store: at every look, and when
//! everything has gone quiet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kms_haptik_sync::config::{Removals, UploadEffect};
use kms_haptik_sync::flow::normalise::{Digest, Step};
use kms_haptik_sync::sandbox::{Change, ShownStep};
use tokio::time::Instant;

use super::knowledge::{Content, Knowledge};
use super::ledger::active;
use super::process::Process;
use super::run::World;

/// After this long without faults everything must be as it should be.
const GENEROUS: Duration = Duration::from_hours(24);

pub(crate) fn digest(name: &str, content: &Content) -> Digest {
    let step = Step {
        node_name: name.to_owned(),
        question: content.0.clone(),
        answer: content.1.clone(),
    };
    step.digest()
}

impl World {
    /// Judges what can be judged at any time.
    pub(crate) fn look(&mut self, bots: u32) {
        self.books().observe(&self.sandbox, &self.story);
        for at in (0..self.bases.len()).filter(|at| bots >> at & 1 == 1) {
            let verdict = self.look_at(at);
            let bot = self.config.bots[at].domain_name.clone();
            self.books().judge(&bot, verdict);
            self.become_steady(at);
        }
    }

    fn look_at(&self, at: usize) -> Result<(), String> {
        let bot = &self.config.bots[at];
        let Some(process) = &self.process else {
            return Ok(());
        };
        let store = &process.store;
        let Some(id) = process.see(store.find_bot(&bot.domain_name)) else {
            return Ok(());
        };
        let snapshot = process.see(store.snapshot(id));
        let quarantine = process.see(store.quarantine(id));
        let uncertain = process.see(store.uncertain(id));
        let state = process.see(store.bot_state(id));
        let under_way = process.see(store.under_way(id)).is_some();
        let live = self.sandbox.steps(&bot.domain_name);
        let mut books = self.books();
        let ledger = books.ledgers.get_mut(&bot.domain_name).expect("a bot");
        if ledger.last_good.is_empty() {
            ledger.lonely.extend(quarantine.keys().cloned());
        }
        for known in &snapshot {
            let name = &known.node_name;
            let confirmed = ledger.confirmed.get(name).is_some_and(|contents| {
                let mut contents = contents.iter();
                contents.any(|content| digest(name, content) == known.digest)
            });
            if !confirmed {
                return Err(format!(
                    "never ahead: the snapshot holds a content of \"{name}\" that no task ending in Success has carried"
                ));
            }
            let open = ledger.open_names();
            let excused = under_way
                || state.needs_recovery
                || uncertain.contains_key(name)
                || open.contains(name.as_str())
                || ledger.ever_bad_names.contains(name);
            let same = active(&live, name).is_some_and(|now| digest(name, &now) == known.digest);
            if !same && !excused {
                return Err(format!(
                    "snapshot and bot agree: \"{name}\" is not live as the snapshot has it"
                ));
            }
        }
        for (name, refused) in &quarantine {
            let mut bad = ledger.ever_bad.iter();
            let bad = bad.any(|content| digest(name, content) == refused.digest);
            let alone = ledger.lonely.contains(name);
            if !bad && !ledger.ever_bad_names.contains(name) && !alone {
                return Err(format!(
                    "no innocent in quarantine: \"{name}\" was never bad; said of it: {}",
                    refused.reason
                ));
            }
        }
        Ok(())
    }

    /// What is live as the source has it is steady from now on.
    fn become_steady(&mut self, at: usize) {
        let bot = &self.config.bots[at].domain_name;
        let live = self.sandbox.steps(bot);
        let mut fresh = Vec::new();
        for (name, article) in &self.bases[at].articles {
            let content = Knowledge::content(name, article);
            let steady = !article.reverted
                && !self.bad_names.contains(name)
                && active(&live, name).as_ref() == Some(&content);
            if steady {
                fresh.push((name.clone(), content));
            }
        }
        let mut books = self.books();
        let ledger = books.ledgers.get_mut(bot).expect("a bot");
        for (name, content) in fresh {
            let confirmed = ledger.confirmed.get(&name);
            if confirmed.is_some_and(|known| known.contains(&content)) {
                ledger.steady.insert(name, content);
            }
        }
    }

    /// Faults end, exports are whole, bad steps stay bad; then everything must come to rest.
    pub(crate) async fn go_quiet(&mut self) {
        self.story.tell("everything goes quiet");
        self.books().weather.clear();
        self.sandbox.change(Change {
            every_task_fails: Some(String::new()),
            never_ending: Some(false),
            ..Change::default()
        });
        for bot in 0..self.bases.len() {
            self.bases[bot].damage = None;
            self.export(bot);
        }
        self.pass_time(Instant::now() + Duration::from_mins(40))
            .await;
        for bot in 0..self.bases.len() {
            self.retry_what_needs_a_person(bot);
            if self.scenario.approve_at_the_end || self.bases[bot].articles.is_empty() {
                self.approve(bot, true).await;
            }
        }
        self.come_to_rest().await;
    }

    /// Waits until everything is as it should be, and looks whether it stays so.
    pub(crate) async fn come_to_rest(&mut self) {
        let began = Instant::now();
        let mut wrong = Vec::new();
        while began.elapsed() < GENEROUS && !self.is_broken() {
            let step = (began.elapsed() / 4).max(Duration::from_mins(5));
            self.pass_time(Instant::now() + step).await;
            wrong = self.at_rest();
            if wrong.is_empty() {
                return self.stay_at_rest().await;
            }
        }
        if !self.is_broken() {
            self.books().broken.extend(wrong);
        }
    }

    /// What is as it should be needs no more uploads.
    async fn stay_at_rest(&mut self) {
        let uploads = |world: &Self| -> u32 {
            let books = world.books();
            books.ledgers.values().map(|ledger| ledger.uploads).sum()
        };
        let before = uploads(self);
        self.pass_time(Instant::now() + Duration::from_hours(1))
            .await;
        let wrong = self.at_rest();
        let mut books = self.books();
        books.broken.extend(wrong);
        drop(books);
        if uploads(self) > before && !self.cannot_compare() {
            let broken = "quiet: uploads go out although nothing is left to do";
            self.books().broken.push(broken.to_owned());
        }
    }

    /// Whether some bot has nothing but bad articles and never had anything live.
    fn cannot_compare(&self) -> bool {
        let books = self.books();
        self.config
            .bots
            .iter()
            .zip(&self.bases)
            .any(|(bot, base)| books.ledgers[&bot.domain_name].cannot_compare(&base.articles))
    }

    fn at_rest(&self) -> Vec<String> {
        let Some(process) = &self.process else {
            return vec!["the daemon runs: it does not".to_owned()];
        };
        let mut wrong = Vec::new();
        for at in 0..self.bases.len() {
            let bot = &self.config.bots[at].domain_name;
            let verdict = self.bot_at_rest(process, at);
            wrong.extend(verdict.err().map(|wrong| format!("{wrong} (bot {bot})")));
        }
        wrong
    }

    fn bot_at_rest(&self, process: &Process, at: usize) -> Result<(), String> {
        let bot = &self.config.bots[at];
        let store = &process.store;
        let id = process.see(store.bot(&bot.domain_name));
        let snapshot = process.see(store.snapshot(id));
        let quarantine = process.see(store.quarantine(id));
        let live = self.sandbox.steps(&bot.domain_name);
        let known: BTreeMap<String, Digest> = snapshot
            .into_iter()
            .map(|known| (known.node_name, known.digest))
            .collect();
        let quarantined: BTreeSet<String> = quarantine.into_keys().collect();
        self.articles_at_rest(at, &live, &quarantined)?;
        self.nothing_else_at_rest(at, &live)?;
        let struck = bot.removals == Removals::Manual;
        let active: BTreeMap<String, Digest> = live
            .keys()
            .filter_map(|name| Some((name.clone(), digest(name, &active(&live, name)?))))
            .filter(|(name, _)| !struck || known.contains_key(name))
            .collect();
        if known != active {
            let differ = |(name, digest): &(&String, &Digest)| active.get(*name) != Some(*digest);
            let name = known
                .iter()
                .find(differ)
                .or_else(|| active.iter().find(|(name, _)| !known.contains_key(*name)));
            return Err(format!(
                "snapshot and bot agree at rest: they differ in {:?}",
                name.map(|(name, _)| name)
            ));
        }
        Ok(())
    }

    /// Every good article is live, every bad one in quarantine with its last good version live.
    fn articles_at_rest(
        &self,
        at: usize,
        live: &BTreeMap<String, ShownStep>,
        quarantined: &BTreeSet<String>,
    ) -> Result<(), String> {
        let bot = &self.config.bots[at];
        let books = self.books();
        let ledger = &books.ledgers[&bot.domain_name];
        let mut refused = BTreeMap::new();
        for (name, article) in &self.bases[at].articles {
            let content = Knowledge::content(name, article);
            let now = active(live, name);
            let bad_name = self.bad_names.contains(name);
            if now.as_ref() == Some(&content) && !article.poison {
                continue;
            }
            if !article.poison && !bad_name {
                return Err(format!(
                    "in step: \"{name}\" is not live as the source has it"
                ));
            }
            refused.insert(name.clone(), ());
            let last_good = ledger.last_good.get(name);
            let may_be_off = bad_name && bot.upload_effect == UploadEffect::Replace;
            if now.as_ref() != last_good && !(may_be_off && now.is_none()) && !bad_name {
                return Err(format!(
                    "last good version: of the bad step \"{name}\" another version is live"
                ));
            }
        }
        if !refused.keys().eq(quarantined) && !ledger.cannot_compare(&refused) {
            return Err(format!(
                "quarantine: bad are {refused:?}, in quarantine {quarantined:?}"
            ));
        }
        Ok(())
    }

    /// Nothing is live that the source does not have, apart from removals that are held or left
    /// to a person.
    fn nothing_else_at_rest(
        &self,
        at: usize,
        live: &BTreeMap<String, ShownStep>,
    ) -> Result<(), String> {
        let bot = &self.config.bots[at];
        if bot.removals == Removals::Manual && bot.upload_effect == UploadEffect::Merge {
            return Ok(());
        }
        let active: Vec<&String> = live
            .iter()
            .filter(|(_, step)| step.active)
            .map(|(name, _)| name)
            .collect();
        let extra: Vec<&&String> = active
            .iter()
            .filter(|name| !self.bases[at].articles.contains_key(**name))
            .collect();
        let held = extra.len() as u64 > bot.max_removals
            && extra.len() * 100 > active.len() * usize::from(bot.max_removal_percent)
            && !self.scenario.approve_at_the_end;
        match extra.first() {
            Some(name) if !held => Err(format!(
                "in step: \"{name}\" is live, and the source does not have it"
            )),
            _ => Ok(()),
        }
    }
}
