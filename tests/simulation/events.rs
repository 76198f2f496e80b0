//! What the events of a scenario do to the world.

use std::time::Duration;

use kms_haptik_sync::sandbox::UploadRule;
use kms_haptik_sync::store::RemovalKind;
use tokio::time::Instant;

use super::ledger::Ledger;
use super::loops::see;
use super::run::World;
use super::scenario::{Approval, Edit, Event, OnFiles};

impl World {
    pub(crate) async fn happen(&mut self, event: Event) {
        match event {
            Event::Edit(bot, edit) => {
                self.edit(bot, edit);
                self.export(bot);
                self.wake(bot);
            }
            Event::Files(bot, happens) => {
                self.happen_to_files(bot, happens);
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
                self.change(UploadRule {
                    every_task_fails: Some(text.to_owned()),
                    ..UploadRule::default()
                });
            }
            Event::NeverEnding(never) => self.change(UploadRule {
                never_ending: Some(never),
                ..UploadRule::default()
            }),
            Event::TaskTime(time) => self.change(UploadRule {
                task_time: i64::try_from(time.as_millis()).ok(),
                ..UploadRule::default()
            }),
            Event::NameTurnsBad(bot, at) => self.turn_bad(bot, at),
            Event::NamesAreFixed => self.mend_names(),
            Event::Crash(moments, down) => self.doom(moments, down),
            Event::Restart(down) => self.restart(down).await,
            Event::Jump(by) => {
                self.clock.jump(by);
                let mut books = self.books();
                for ledger in books.ledgers.values_mut() {
                    ledger.excuse();
                }
            }
            Event::Approve { bot, empty, how } => self.approve(bot, empty, how),
            Event::Elsewhere(down) => self.go_elsewhere(down).await,
            Event::Unreadable(bot) => {
                // A pass that is under way would write it down again.
                self.stop().await;
                self.damage_what_was_accepted(bot);
                self.start();
            }
            Event::BackAgain => self.come_back_from_elsewhere().await,
            Event::Retry(bot) => self.retry(bot),
            Event::Keep(bot) => self.keep(bot, false),
            Event::Reader(bot, mishap) => self.befall(bot, mishap),
            Event::Rot(bot, step, rot) => self.rot(bot, step, rot),
        }
    }

    fn change(&self, change: UploadRule) {
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
            Edit::Fix => {
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
            Edit::Rename => {
                if let Some(name) = some(&mut self.random) {
                    base.rename(&name);
                }
            }
            Edit::RenameMany => {
                for name in names.iter().filter(|_| self.random.u8(0..3) > 0) {
                    base.rename(name);
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

    fn happen_to_files(&mut self, bot: usize, happens: OnFiles) {
        match happens {
            OnFiles::Export => self.export(bot),
            OnFiles::Vanish { parts, parked } => self.vanish(bot, &parts, parked),
            OnFiles::ComeBack { parts } => self.come_back(bot, &parts),
            OnFiles::Rename { part, copy } => self.rename_file(bot, part, copy),
            OnFiles::Open { part, rows } => self.open(bot, part, rows),
            OnFiles::Close { part } => self.close(bot, part),
            OnFiles::Move { from, to, first } => {
                let base = &mut self.bases[bot];
                for name in base.names_in(from) {
                    if self.random.bool() {
                        base.move_to(name, to);
                    }
                }
                self.write_parts(bot, &[first]);
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
        self.change(UploadRule {
            bad_steps: Some(bad.map(|name| (name.clone(), reason.clone())).collect()),
            ..UploadRule::default()
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

    /// As `approve` does it: what the last stored plan has open is released; all of it, or by name, or
    /// as far as the plan had it of which the person was told before.
    pub(crate) fn approve(&mut self, bot: usize, empty: bool, how: Approval) {
        let Some(process) = &self.process else { return };
        // The person looks first whether the knowledge base is really empty.
        let empty = empty && self.bases[bot].articles.is_empty();
        let (store, bot_config) = (&process.store, &self.config.bots[bot]);
        let id = see(store.bot(&bot_config.domain_name));
        if empty {
            see(store.approve_empty(id, true));
        }
        let told = self.told_plan[bot];
        let mut release = (Vec::new(), Vec::new());
        for removal in see(store.open_removals(id)) {
            let is_meant = match how {
                Approval::All => true,
                Approval::ByName => self.random.bool(),
                Approval::OfPlan => told.is_none_or(|told| removal.plan <= told),
            };
            match removal.kind {
                RemovalKind::Manual => release.1.push(removal.node_name),
                RemovalKind::Held | RemovalKind::Waiting if is_meant => {
                    release.0.push(removal.node_name);
                }
                RemovalKind::Held | RemovalKind::Waiting => {}
            }
        }
        let (names, manual) = release;
        self.told_plan[bot] = Some(see(store.open_plan(id)).plan);
        see(store.approve(id, &names, self.clock.now()));
        see(store.strike_off(id, &manual, self.clock.now()));
        process.wakes[bot].notify_one();
        self.story
            .tell(format_args!("the person releases {names:?}"));
        let mut books = self.books();
        let ledger = books
            .ledgers
            .get_mut(&self.config.bots[bot].domain_name)
            .expect("a bot");
        for name in &names {
            ledger.is_kept_no_more(name);
        }
        ledger.released(names, empty);
        for name in &manual {
            ledger.last_good.remove(name);
        }
    }

    /// Stops the process as a service manager would, and starts it again.
    async fn restart(&mut self, down: Duration) {
        if self.process.is_some() {
            self.stop().await;
            tokio::time::sleep(down).await;
            self.start();
        }
    }

    async fn stop(&mut self) {
        if let Some(process) = &mut self.process {
            process.stop.cancel();
            let deadline = Instant::now() + Duration::from_millis(4500);
            while !matches!(
                process.loops.run(deadline).await,
                super::loops::Pause::Deadline
                    | super::loops::Pause::Died
                    | super::loops::Pause::Ended
            ) {}
            self.bury("the process is stopped");
        }
    }

    /// What is kept of the configuration that a bot was last synced with cannot be read back: whatever
    /// is absent may be so for that.
    fn damage_what_was_accepted(&self, bot: usize) {
        let domain_name = &self.config.bots[bot].domain_name;
        let damaged = self.alter_state(async |state| {
            let damage = "UPDATE bot SET fingerprint = '{' WHERE domain_name = ?1 AND fingerprint IS NOT NULL";
            let done = sqlx::query(damage).bind(domain_name).execute(state).await?;
            Ok(done.rows_affected())
        });
        if damaged > 0 {
            let mut books = self.books();
            let ledger = books.ledgers.get_mut(domain_name).expect("a bot");
            ledger.doubts_configuration = true;
        }
    }

    /// The process begins again with the configuration of another Haptik, on the same state.
    async fn go_elsewhere(&mut self, down: Duration) {
        let ledgers = self
            .books()
            .ledgers
            .values()
            .map(Ledger::is_bound)
            .collect::<Vec<_>>();
        // What no pass has seen belongs to whoever comes first.
        if ledgers.into_iter().all(|is_bound| is_bound) {
            self.elsewhere = true;
            self.restart(down).await;
        }
    }

    pub(crate) async fn come_back_from_elsewhere(&mut self) {
        if std::mem::take(&mut self.elsewhere) {
            self.restart(Duration::from_secs(1)).await;
        }
    }
}
