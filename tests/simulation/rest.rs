//! How a run ends: everything goes quiet, and then everything must be as it should be and stay so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::knowledge::Knowledge;
use super::ledger::active;
use super::looks::{State, digest};
use super::run::World;
use super::scenario::Approval;
use kms_haptik_sync::config::{Removals, UploadEffect};
use kms_haptik_sync::model::Digest;
use kms_haptik_sync::sandbox::{ShownStep, UploadRule};
use tokio::time::Instant;

/// After this long without faults everything must be as it should be.
const GENEROUS: Duration = Duration::from_hours(24);

impl World {
    /// Faults end, exports are whole, bad steps stay bad; then everything must come to rest.
    pub(crate) async fn go_quiet(&mut self) {
        self.story.tell("everything goes quiet");
        for bot in 0..self.bases.len() {
            self.put_back_what_rotted(bot);
        }
        self.come_back_from_elsewhere().await;
        self.books().weather.clear();
        self.sandbox.change(UploadRule {
            every_task_fails: Some(String::new()),
            never_ending: Some(false),
            ..UploadRule::default()
        });
        for bot in 0..self.bases.len() {
            self.befall(bot, None);
            self.export_whole(bot);
        }
        self.pass_time(Instant::now() + Duration::from_mins(40))
            .await;
        for bot in 0..self.bases.len() {
            self.retry_what_needs_a_person(bot);
            if self.scenario.approve_at_the_end || self.bases[bot].articles.is_empty() {
                self.approve(bot, true, Approval::All);
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
                self.let_the_day_pass().await;
                return self.stay_at_rest().await;
            }
            self.approve_what_is_open();
        }
        if !self.is_broken() {
            self.books().broken.extend(wrong);
        }
    }

    /// A person releases what they are told of, if they do.
    fn approve_what_is_open(&mut self) {
        for bot in 0..self.bases.len() {
            if self.scenario.approve_at_the_end {
                self.approve(bot, true, Approval::All);
            }
        }
    }

    /// What is held only for what left before goes, once that is a day ago.
    async fn let_the_day_pass(&mut self) {
        let bots = 0..self.bases.len();
        let waits = |bot| self.held(bot) == (true, false);
        if bots.into_iter().any(waits) && !self.is_broken() {
            self.story.tell("a day passes");
            self.pass_time(Instant::now() + GENEROUS + Duration::from_hours(2))
                .await;
        }
    }

    /// Steps that are live, that the source does not have, and that nobody keeps.
    fn extra(&self, at: usize, live: &BTreeMap<String, ShownStep>) -> Vec<String> {
        let active = live.iter().filter(|(_, step)| step.active);
        let names = active.map(|(name, _)| name.clone());
        let books = self.books();
        let ledger = &books.ledgers[&self.config.bots[at].domain_name];
        let is_extra = |name: &String| {
            !self.bases[at].articles.contains_key(name) && !ledger.may_be_kept(name)
        };
        names.filter(is_extra).collect()
    }

    /// Whether the guard holds what is live and should not be; and whether it would, had nothing left
    /// within the last day.
    fn held(&self, at: usize) -> (bool, bool) {
        let bot = &self.config.bots[at].domain_name;
        let live = self.sandbox.steps(bot);
        let extra = self.extra(at, &live).len();
        let live = live.values().filter(|step| step.active).count();
        if extra == 0 {
            return (false, false);
        }
        if self.state(at).is_some_and(|state| state.is_held) {
            return (true, true);
        }
        let mut books = self.books();
        let ledger = books.ledgers.get_mut(bot).expect("a bot");
        ledger.holds(extra, live)
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
            .any(|(bot, base)| books.ledgers[&bot.domain_name].cannot_compare(base.articles.len()))
    }

    fn at_rest(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for at in 0..self.bases.len() {
            let bot = &self.config.bots[at].domain_name;
            let verdict = self.bot_at_rest(at);
            wrong.extend(verdict.err().map(|wrong| format!("{wrong} (bot {bot})")));
        }
        wrong
    }

    fn bot_at_rest(&self, at: usize) -> Result<(), String> {
        let bot = &self.config.bots[at];
        let Some(state) = self.state(at) else {
            return Err("the daemon runs: it does not".to_owned());
        };
        let hopeless =
            self.books().ledgers[&bot.domain_name].cannot_compare(self.bases[at].articles.len());
        if state.unsettled && !hopeless {
            return Err("in step: an upload is still to come to its end".to_owned());
        }
        let live = self.sandbox.steps(&bot.domain_name);
        let quarantined: BTreeSet<String> = state.quarantine.keys().cloned().collect();
        self.articles_at_rest(at, &live, &quarantined)?;
        self.refused_as_they_are(at, &state)?;
        self.nothing_else_at_rest(at, &live)?;
        let mut now: BTreeMap<String, Digest> = live
            .keys()
            .filter_map(|name| Some((name.clone(), digest(name, &active(&live, name)?))))
            .collect();
        let mut known = state.snapshot;
        // Of a step that is refused now, an upload may have brought a version that the daemon was
        // never told of; it stays.
        now.retain(|name, _| !quarantined.contains(name));
        known.retain(|name, _| !quarantined.contains(name));
        if bot.removals == Removals::Manual {
            now.retain(|name, _| known.contains_key(name));
        }
        let names = now.keys().chain(known.keys());
        let differ: BTreeSet<&String> = names
            .filter(|name| now.get(*name) != known.get(*name))
            .collect();
        if differ.is_empty() {
            return Ok(());
        }
        Err(format!(
            "snapshot and bot agree at rest: they differ in {differ:?}"
        ))
    }

    /// Every good article is live, every bad one in quarantine with its last good version live.
    fn articles_at_rest(
        &self,
        at: usize,
        live: &BTreeMap<String, ShownStep>,
        quarantined: &BTreeSet<String>,
    ) -> Result<(), String> {
        let bot = &self.config.bots[at];
        let renamed: Vec<_> = self
            .extra(at, live)
            .iter()
            .filter_map(|name| active(live, name))
            .collect();
        let books = self.books();
        let ledger = &books.ledgers[&bot.domain_name];
        let mut refused = BTreeSet::new();
        for (name, article) in &self.bases[at].articles {
            let content = Knowledge::content(article);
            let now = active(live, name);
            let bad_name = self.bad_names.contains(name);
            if now.as_ref() == Some(&content) && !article.poison {
                continue;
            }
            // Its former name answers, alone, as long as that one's removal is held.
            if now.is_none() && renamed.contains(&content) {
                continue;
            }
            if !article.poison && !bad_name {
                return Err(format!(
                    "in step: \"{name}\" is not live as the source has it"
                ));
            }
            refused.insert(name.clone());
            let may_be_off = bad_name && bot.upload_effect == UploadEffect::Replace;
            let gone = ledger.last_good.contains_key(name) && now.is_none() && !may_be_off;
            let wrong = now.is_some_and(|now| ledger.ever_bad.contains(&now));
            if gone || wrong {
                return Err(format!(
                    "last good version: of the bad step \"{name}\" no good version is live"
                ));
            }
        }
        // An upload may have brought a step before Haptik began to refuse its name.
        let named = |name: &&String| !self.bad_names.contains(*name);
        let exact = refused.is_subset(quarantined)
            && quarantined.difference(&refused).find(named).is_none();
        if !exact && !ledger.cannot_compare(refused.len()) {
            return Err(format!(
                "quarantine: bad are {refused:?}, in quarantine {quarantined:?}"
            ));
        }
        Ok(())
    }

    /// What is in quarantine is so for what its article says now; anything else is to be tried.
    fn refused_as_they_are(&self, at: usize, state: &State) -> Result<(), String> {
        let articles = &self.bases[at].articles;
        let outdated = state.quarantine.iter().find(|(name, (refused, _))| {
            let now = articles.get(*name).map(Knowledge::content);
            now.is_some_and(|now| digest(name, &now) != *refused)
        });
        match outdated {
            Some((name, _)) => Err(format!(
                "quarantine: \"{name}\" is in it for what its article does not say any more"
            )),
            None => Ok(()),
        }
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
        let extra = self.extra(at, live);
        let (held, _) = self.held(at);
        let held = held && !self.scenario.approve_at_the_end;
        match extra.first() {
            Some(name) if !held => Err(format!(
                "in step: \"{name}\" is live, and the source does not have it"
            )),
            _ => Ok(()),
        }
    }
}
