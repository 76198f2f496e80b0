//! Bots that say something else than the snapshot: whatever comes between a finished task and a right answer
//! is found within the stated time, no question goes beyond its budget, and no repair becomes a loop.

mod lies;
pub(crate) mod services;
mod wire;
mod world;

use std::collections::VecDeque;
use std::time::Duration;

use crate::run::{Outcome, in_virtual_time, log_into};
use kms_haptik_sync::model::Verdict;
use kms_haptik_sync::sandbox::UploadRule;
use lies::{LIES, Lie};
use world::World;

const DAY: i64 = 24 * 3_600_000;
/// A bot that has handed a chat to an agent is asked nothing for so long.
const AGENT_PAUSE: Duration = Duration::from_hours(24);
/// What else a bot's loop may have to do before a question, several times over.
const LEEWAY: Duration = Duration::from_mins(40);
/// Lies of one run.
const ROUNDS: u32 = 3;

/// Runs one seed.
pub(crate) fn run(seed: u64, with_log: bool) -> Outcome {
    in_virtual_time(async move {
        let mut world = World::of(seed);
        let _log = with_log.then(|| log_into(&world.story));
        Box::pin(world.live()).await;
        let uploads = world.sandbox.calls().tasks.len();
        Outcome {
            broken: world.broken.clone(),
            story: world.story.text(),
            calls: world.asked_count() as u64,
            uploads: u32::try_from(uploads).expect("a number of uploads"),
        }
    })
}

impl World {
    async fn live(&mut self) {
        for bot in 0..self.bots.len() {
            self.export(bot);
        }
        self.pass(self.found_within()).await;
        for _ in 0..ROUNDS {
            let lie = self.random.choice(LIES).expect("a lie");
            let bot = self.random.usize(0..self.bots.len());
            let names: Vec<String> = self.bots[bot].articles.keys().cloned().collect();
            let name = self.random.choice(names).expect("an article");
            self.tell(format_args!("{lie:?} of {name}"));
            let before: Vec<usize> = (0..self.bots.len()).map(|at| self.uploads(at)).collect();
            self.happen(lie, bot, &name).await;
            self.others_are_well(bot, &before);
            self.heal(lie, bot).await;
            self.within_budget();
            if let Some(first) = self.broken.first_mut() {
                first.insert_str(0, &format!("{lie:?} of {name}: "));
                return;
            }
            if self.random.bool() {
                self.tell("the process is started again");
                self.start();
            }
        }
    }

    /// Everything is as it should be again, and that is found, too.
    async fn heal(&mut self, lie: Lie, bot: usize) {
        self.answers(|_| ());
        self.sandbox.change(UploadRule {
            train: true,
            clear_faults: true,
            ..UploadRule::default()
        });
        if lie.calls_an_agent() {
            self.pass(AGENT_PAUSE).await;
        }
        let names: Vec<String> = self.bots[bot].articles.keys().cloned().collect();
        for name in names {
            self.edit(bot, &name);
        }
        self.pass(self.found_within()).await;
        let counts = self.counts(bot);
        if self.is_tight {
            return;
        }
        self.check(!counts.wants_a_person(), || {
            format!("is well again, and not told so: {counts:?}")
        });
        let steps = self.bots[bot].articles.len() as u64;
        let verified = counts.verdicts.get(&Verdict::Verified).copied();
        self.check(verified == Some(steps), || {
            format!("{steps} steps are well again, and not all are verified: {counts:?}")
        });
    }

    /// What one bot says falsely is not put on the others.
    fn others_are_well(&mut self, lying: usize, uploads: &[usize]) {
        for (bot, before) in uploads.iter().enumerate() {
            if bot == lying {
                continue;
            }
            let counts = self.counts(bot);
            let name = self.bots[bot].name.clone();
            self.check(!counts.wants_a_person(), || {
                format!("is told of {name}, too: {counts:?}")
            });
            let is_quiet = self.uploads(bot) == *before;
            self.check(is_quiet, || {
                format!("{name}, too, is uploaded to, though nothing was edited")
            });
        }
    }

    /// Within this time a step that has drifted is asked for twice.
    fn found_within(&self) -> Duration {
        self.sweep + 60 * self.first + LEEWAY
    }

    /// No 24 hours have more calls that ask than the budget says.
    fn within_budget(&mut self) {
        let mut window: VecDeque<i64> = VecDeque::new();
        for call in self.asked() {
            window.push_back(call.at);
            while window.front().is_some_and(|first| *first <= call.at - DAY) {
                window.pop_front();
            }
            if window.len() > self.calls_per_day {
                self.check(false, || "goes beyond the budget of a day".to_owned());
                return;
            }
        }
    }
}
