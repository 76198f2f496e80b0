//! A person keeps answers whose articles are gone: each stays as it is until its article is back, and no guard counts it.

use std::collections::BTreeMap;
use std::time::Duration;

use kms_haptik_sync::model::{OverrideKind, REMOVAL, StepOverride};
use kms_haptik_sync::sandbox::ShownStep;
use kms_haptik_sync::store::{ActionRecord, RemovalKind};
use tokio::time::Instant;

use super::knowledge::Content;
use super::leaving::{active_steps, scenario};
use super::ledger::{Ledger, Row, active};
use super::looks::State;
use super::loops::see;
use super::run::{World, in_virtual_time};
use super::scenario::{Edit, Event, OnFiles, Scenario};

/// Whether answers whose file is gone stay, because a person keeps them, and leave once nobody does.
pub(crate) fn stay_and_leave() -> (bool, bool) {
    in_virtual_time(async {
        let mut world = World::of(scenario(true), 7);
        world.begin();
        let later = async |world: &mut World, minutes| {
            let until = Instant::now() + Duration::from_mins(minutes);
            world.pass_time(until).await;
        };
        later(&mut world, 65).await;
        let before = active_steps(&world);
        world.vanish(0, &[0], false);
        world.process.as_ref().expect("a process").wakes[0].notify_one();
        later(&mut world, 1).await;
        world.keep(0, true);
        later(&mut world, 60).await;
        let stay = active_steps(&world) == before;
        world.come_back(0, &[0]);
        later(&mut world, 60).await;
        world.vanish(0, &[0], false);
        later(&mut world, 60).await;
        (stay, active_steps(&world) < before)
    })
}

#[test]
fn what_a_person_keeps_stays_until_its_article_was_back() {
    assert_eq!(stay_and_leave(), (true, true));
}

/// An answer that a person keeps.
#[derive(Debug)]
pub(crate) struct KeptAnswer {
    content: Content,
    /// Its article may have been back since, so that nobody can tell whether it is kept still.
    may_be_back: bool,
}

impl Scenario {
    /// In a third of the seeds, a person keeps some of what is open: soon after articles went.
    pub(crate) fn keep_some(&mut self, random: &mut fastrand::Rng) {
        if random.u8(0..3) > 0 {
            return;
        }
        let went = |event: &Event| match event {
            Event::Edit(
                bot,
                Edit::Remove | Edit::RemoveMany | Edit::RemoveAll | Edit::Rename | Edit::RenameMany,
            )
            | Event::Files(bot, OnFiles::Vanish { .. }) => Some(*bot),
            _ => None,
        };
        let events = self.events.iter();
        let went: Vec<(Duration, usize)> = events
            .filter_map(|(at, event)| Some((*at, went(event)?)))
            .collect();
        for (at, bot) in went {
            for _ in 0..random.usize(1..4) {
                let soon = Duration::from_millis(random.u64(1000..200_000));
                self.put(at + soon, Event::Keep(bot));
            }
        }
    }
}

impl World {
    /// As `keep` does it, for all or some of what the last stored plan has open.
    pub(crate) fn keep(&mut self, bot: usize, all: bool) {
        let Some(process) = self.process.as_ref().filter(|_| !self.elsewhere) else {
            return;
        };
        let (store, domain_name) = (&process.store, &self.config.bots[bot].domain_name);
        let id = see(store.bot(domain_name));
        let open = see(store.open_removals(id)).into_iter();
        let open = open.filter(|removal| removal.kind != RemovalKind::Manual && !removal.released);
        let mut names: Vec<String> = open.map(|removal| removal.node_name).collect();
        names.retain(|_| all || self.random.bool());
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let now = self.clock.now();
        let live = see(store.known(id, &wanted)).into_iter();
        let spoken: Vec<(String, StepOverride)> = live
            .map(|known| {
                let spoken = StepOverride {
                    key: known.key,
                    of: REMOVAL,
                    put_back: None,
                    since: now,
                    who: "an editor".to_owned(),
                    reason: String::new(),
                };
                (known.node_name.into(), spoken)
            })
            .collect();
        let action = ActionRecord {
            at: now,
            who: "an editor".to_owned(),
            what: "keep".to_owned(),
            domain_name: Some(domain_name.clone()),
            plan: None,
            details: serde_json::json!({}),
        };
        let is_late = see(store.keep_steps(id, &spoken, &action)).is_some();
        process.wakes[bot].notify_one();
        if is_late {
            return;
        }
        let steps = self.sandbox.steps(domain_name);
        let mut books = self.books.lock().expect("no panic");
        let ledger = books.ledgers.get_mut(domain_name).expect("a bot");
        for (name, _) in spoken {
            self.story.tell(format_args!("   {name} is kept"));
            ledger.keep(name, &steps);
        }
    }

    /// What is kept for certain still is, in the state and on the bot.
    pub(crate) fn judge_kept(&self, at: usize, state: &State, live: &BTreeMap<String, ShownStep>) {
        let Some(process) = &self.process else { return };
        let domain_name = &self.config.bots[at].domain_name;
        let id = see(process.store.bot(domain_name));
        let mut overrides = see(process.store.overrides(id));
        overrides.retain(|_, spoken| spoken.kind() == OverrideKind::Kept);
        let mut books = self.books();
        let ledger = books.ledgers.get_mut(domain_name).expect("a bot");
        let verdict = ledger.kept_are_there(state, live, |name| overrides.contains_key(name));
        books.judge(domain_name, verdict);
    }
}

impl Ledger {
    /// A person keeps this from now on.
    fn keep(&mut self, name: String, live: &BTreeMap<String, ShownStep>) {
        // What the bot does not answer now is not known well enough to be judged.
        let Some(content) = active(live, &name) else {
            return;
        };
        let may_be_back = self.files.stands_anywhere(&name) || self.is_renamed(&name, &content);
        let answer = KeptAnswer {
            content,
            may_be_back,
        };
        self.kept.insert(name, answer);
    }

    /// An article under another name says the same: keeping it would give the bot the same answer twice.
    fn is_renamed(&self, name: &str, content: &Content) -> bool {
        let mut others = self.written.iter().filter(|(other, _)| *other != name);
        others.any(|(_, written)| written.contains(content))
    }

    /// Something was written: articles may be back.
    pub(crate) fn kept_may_be_back(&mut self) {
        let mut kept = std::mem::take(&mut self.kept);
        for (name, answer) in &mut kept {
            answer.may_be_back |=
                self.files.stands_anywhere(name) || self.is_renamed(name, &answer.content);
        }
        self.kept = kept;
    }

    /// A person lets it go.
    pub(crate) fn is_kept_no_more(&mut self, name: &str) {
        self.kept.remove(name);
    }

    /// Whether a person may still keep this.
    pub(crate) fn may_be_kept(&self, name: &str) -> bool {
        self.kept.contains_key(name)
    }

    /// What Haptik has refused by its name may be off, whoever keeps it.
    fn certainly_kept(&self) -> impl Iterator<Item = (&String, &KeptAnswer)> {
        let kept = self.kept.iter();
        kept.filter(|(name, kept)| !kept.may_be_back && !self.ever_bad_names.contains(*name))
    }

    /// What is kept leaves with no upload.
    pub(crate) fn kept_stay(&self, rows: &[Row], is_whole: bool) -> Result<(), String> {
        for (name, kept) in self.certainly_kept() {
            let mut of_name = rows.iter().filter(|row| row.name == *name);
            let is_as_it_was = |row: &Row| row.content == kept.content;
            let is_right = if is_whole {
                of_name.any(is_as_it_was)
            } else {
                of_name.all(is_as_it_was)
            };
            if !is_right {
                return Err(format!(
                    "what is kept stays: an upload takes \"{name}\" away, which a person keeps"
                ));
            }
        }
        Ok(())
    }

    fn kept_are_there(
        &mut self,
        state: &State,
        live: &BTreeMap<String, ShownStep>,
        is_said: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        // Once the state has ended it, it is judged like any other.
        self.kept
            .retain(|name, kept| !kept.may_be_back || is_said(name));
        let may_be_off = self.may_be_incomplete() || state.unsettled;
        for (name, kept) in self.certainly_kept() {
            if !is_said(name) {
                return Err(format!(
                    "what is kept stays: \"{name}\" is kept no more, and its article is not back"
                ));
            }
            if !may_be_off && active(live, name).as_ref() != Some(&kept.content) {
                return Err(format!(
                    "what is kept stays: \"{name}\" is not live as it was when a person kept it"
                ));
            }
        }
        Ok(())
    }
}
