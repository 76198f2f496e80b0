//! What the events of a scenario do to the world.

use std::sync::Arc;
use std::time::Duration;

use kms_haptik_sync::daemon::preview;
use kms_haptik_sync::flow::send::silent;
use kms_haptik_sync::sandbox::Change;
use tokio::time::Instant;

use super::lines::{in_turn, see};
use super::run::World;
use super::scenario::{Edit, Event};
use super::supervision::Supervision;

impl World {
    pub(crate) async fn happen(&mut self, event: Event) {
        match event {
            Event::Edit(bot, edit) => {
                self.edit(bot, edit);
                self.export(bot);
                self.wake(bot);
            }
            Event::Damage(bot, damage) => {
                self.bases[bot].damage = damage;
                self.export(bot);
                self.wake(bot);
            }
            Event::Weather(chance, troubles) => {
                let mut books = self.books();
                books.weather.chance = chance;
                books.weather.troubles = troubles;
            }
            Event::EveryTaskFails(fails) => {
                let text = if fails {
                    "Error: internal server error"
                } else {
                    ""
                };
                self.change(Change {
                    every_task_fails: Some(text.to_owned()),
                    ..Change::default()
                });
            }
            Event::NeverEnding(never) => self.change(Change {
                never_ending: Some(never),
                ..Change::default()
            }),
            Event::TaskTime(time) => self.change(Change {
                task_time: i64::try_from(time.as_millis()).ok(),
                ..Change::default()
            }),
            Event::NameTurnsBad(bot, at) => self.turn_bad(bot, at),
            Event::NamesAreMended => self.mend_names(),
            Event::Crash(moments, down) => self.doom(moments, down),
            Event::Restart(down) => self.restart(down).await,
            Event::Jump(by) => {
                self.clock.jump(by);
                let mut books = self.books();
                for ledger in books.ledgers.values_mut() {
                    ledger.excuse();
                }
            }
            Event::Approve(bot, empty) => self.approve(bot, empty).await,
            Event::Retry(bot) => self.retry(bot),
        }
    }

    fn change(&self, change: Change) {
        self.books().observe(&self.sandbox, &self.story);
        self.sandbox.change(change);
    }

    fn wake(&mut self, bot: usize) {
        // A hint may be lost; the timer finds what it would have told.
        let told = self.random.u8(0..4) > 0;
        if let (true, Some(process)) = (told, &self.process) {
            process.wakes[bot].notify_one();
        }
    }

    fn edit(&mut self, bot: usize, edit: Edit) {
        let base = &mut self.bases[bot];
        let names = base.names();
        let some = |random: &mut fastrand::Rng| match names.len() {
            0 => None,
            count => Some(names[random.usize(0..count)].clone()),
        };
        match edit {
            Edit::Add { poison } => base.add(poison),
            Edit::Change { poison } => {
                if let Some(name) = some(&mut self.random) {
                    base.put(name, poison);
                }
            }
            Edit::BulkChange { poison } => {
                let worst = self.random.usize(0..names.len().max(1));
                for (at, name) in names.into_iter().enumerate() {
                    base.put(name, poison && at == worst);
                }
            }
            Edit::Mend => {
                for name in base.poisoned() {
                    base.put(name, false);
                }
            }
            Edit::Revert => {
                if let Some(name) = some(&mut self.random) {
                    base.revert(&name);
                }
            }
            Edit::RevertAll => names.iter().for_each(|name| base.revert(name)),
            Edit::Remove => {
                if let Some(name) = some(&mut self.random) {
                    base.remove(&name);
                }
            }
            Edit::RemoveMany => {
                for name in names.iter().filter(|_| self.random.u8(0..3) > 0) {
                    base.remove(name);
                }
            }
            Edit::RemoveAll => names.iter().for_each(|name| base.remove(name)),
            Edit::BringBack => {
                let at = self.random.u32(0..12);
                let name = format!("{}{at}", self.scenario.bots[bot].prefix);
                base.put(name, false);
            }
        }
    }

    fn turn_bad(&mut self, bot: usize, at: u32) {
        let name = format!("{}{at}", self.scenario.bots[bot].prefix);
        self.bad_names.insert(name.clone());
        for ledger in self.books().ledgers.values_mut() {
            ledger.steady.remove(&name);
            ledger.ever_bad_names.insert(name.clone());
        }
        self.change_bad_names();
    }

    fn change_bad_names(&self) {
        let reason = "this step is locked".to_owned();
        let bad = self.bad_names.iter();
        self.change(Change {
            bad_steps: Some(bad.map(|name| (name.clone(), reason.clone())).collect()),
            ..Change::default()
        });
    }

    fn mend_names(&mut self) {
        self.bad_names.clear();
        self.change_bad_names();
        for bot in 0..self.bases.len() {
            self.retry(bot);
        }
    }

    fn retry(&self, bot: usize) {
        self.retry_some(bot, None);
    }

    /// Steps that were refused for their name, or while nothing could tell them from a failure of
    /// the service, come out of quarantine by a person's hand alone.
    pub(crate) fn retry_what_needs_a_person(&self, bot: usize) {
        let names: Vec<String> = {
            let books = self.books();
            let ledger = &books.ledgers[&self.config.bots[bot].domain_name];
            ledger
                .ever_bad_names
                .union(&ledger.lonely)
                .cloned()
                .collect()
        };
        self.retry_some(bot, Some(&names));
    }

    fn retry_some(&self, bot: usize, names: Option<&[String]>) {
        let Some(process) = &self.process else { return };
        let store = &process.store;
        let id = see(store.bot(&self.config.bots[bot].domain_name));
        see(store.release_quarantine(id, names));
        process.wakes[bot].notify_one();
    }

    /// As `approve` does it.
    pub(crate) async fn approve(&self, bot: usize, empty: bool) {
        let Some(process) = &self.process else { return };
        // The person looks first whether the knowledge base is really empty.
        let empty = empty && self.bases[bot].articles.is_empty();
        let (store, bot_config) = (&process.store, &self.config.bots[bot]);
        let id = see(store.bot(&bot_config.domain_name));
        if empty {
            see(store.approve_empty(id, true));
        }
        let tell = silent();
        let supervision = Arc::new(Supervision::default());
        let looking = store.clone().supervised(supervision.clone());
        let look = Box::pin(preview(&looking, bot_config, &self.clock, &tell));
        let looked = in_turn(&supervision, look).await;
        let plan = looked.expect("a state that can be read").plan;
        let held = plan.held.iter();
        let names: Vec<String> = held.map(|held| held.node_name.clone()).collect();
        let now = self.clock.now();
        see(store.approve(id, &names, now));
        see(store.strike_off(id, &plan.manual));
        self.story
            .tell(format_args!("the person releases {names:?}"));
        let mut books = self.books();
        let ledger = books
            .ledgers
            .get_mut(&bot_config.domain_name)
            .expect("a bot");
        ledger.may_be_emptied |= empty;
        ledger.released.extend(names);
        for name in &plan.manual {
            ledger.last_good.remove(name);
        }
        process.wakes[bot].notify_one();
    }

    /// Stops the process as a service manager would, and starts it again.
    async fn restart(&mut self, down: Duration) {
        if let Some(process) = &mut self.process {
            process.stop.cancel();
            let deadline = Instant::now() + Duration::from_millis(4500);
            while !matches!(
                process.lines.run(deadline).await,
                super::lines::Pause::Deadline
                    | super::lines::Pause::Died
                    | super::lines::Pause::Ended
            ) {}
            self.bury("the process is stopped");
            tokio::time::sleep(down).await;
            self.start();
        }
    }
}
