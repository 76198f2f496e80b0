//! What a seed chooses: the bots and their settings, and everything that happens to them, with the
//! time at which it does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use kms_haptik_sync::intake::Mishap;

use super::exports::MARKER;
use super::knowledge::Damage;
use super::rotting::Rot;
use super::weather::Trouble;

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The editors of a bot do something, and the export is written.
    Edit(usize, Edit),
    /// Something happens to the files of a bot's export.
    Files(usize, OnFiles),
    /// A file of a bot's export comes out damaged, until `None`.
    Damage(usize, Option<(Damage, usize)>),
    /// Of a hundred calls, so many meet one of these troubles.
    Weather(u32, Vec<Trouble>),
    /// Every task fails before its first row, whatever is in it.
    EveryTaskFails(bool),
    /// No task ends.
    NeverEnding(bool),
    /// How long tasks take.
    TaskTime(Duration),
    /// Haptik refuses a step by its name from now on, or no longer.
    NameTurnsBad(usize, u32),
    NamesAreFixed,
    /// The process dies at one of the next moments, and is started again after a while.
    Crash(i64, Duration),
    /// It is stopped in order, and started again after a while.
    Restart(Duration),
    /// The wall clock is set.
    Jump(i64),
    /// A person releases what is open, or lets a bot be emptied.
    Approve {
        bot: usize,
        empty: bool,
        how: Approval,
    },
    /// The process begins again with the configuration of another Haptik, on the same state.
    Elsewhere(Duration),
    /// And with that of the right one.
    BackAgain,
    /// What is kept of the configuration of a bot's last sync cannot be read any more.
    Unreadable(usize),
    /// A person has the refused steps tried again.
    Retry(usize),
    /// A person keeps some of the answers whose articles are gone.
    Keep(usize),
    /// From now on this happens to whoever reads the source of a bot, but for so many pieces of that
    /// work; `None`: nothing any more.
    Reader(usize, Option<(Mishap, u32)>),
    /// A content that the state holds of a bot's live steps is altered there: that of this step, counted
    /// in a circle.
    Rot(usize, usize, Rot),
}

/// What a person releases of what is open.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Approval {
    All,
    /// Some of it, by name.
    ByName,
    /// What was open in the plan of which they were told the last time.
    OfPlan,
}

/// What happens to files, each by its number.
#[derive(Clone, Debug)]
pub(crate) enum OnFiles {
    /// The export is written.
    Export,
    /// They are deleted, or moved out of the folder.
    Vanish { parts: Vec<usize>, parked: bool },
    /// They are there again.
    ComeBack { parts: Vec<usize> },
    /// It gets another name, or is copied to one.
    Rename { part: usize, copy: bool },
    /// A writer has it open, and has written so many rows.
    Open { part: usize, rows: usize },
    /// The writer has written it, and closes it.
    Close { part: usize },
    /// Articles move from one to another, of which one is written first, the other by the next export.
    Move {
        from: usize,
        to: usize,
        first: usize,
    },
}

/// What editors do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    Add {
        poison: bool,
    },
    Change {
        poison: bool,
    },
    BulkChange {
        poison: bool,
    },
    Fix,
    Revert,
    RevertAll,
    Remove,
    RemoveMany,
    RemoveAll,
    BringBack,
    /// Articles get other ids.
    Rename,
    RenameMany,
}

/// One bot.
#[derive(Clone, Debug)]
pub(crate) struct BotPlan {
    pub(crate) domain_name: String,
    pub(crate) prefix: String,
    pub(crate) articles: u32,
    pub(crate) poisoned: u32,
    pub(crate) replaces: bool,
    /// Files of its export.
    pub(crate) parts: usize,
    /// Whether a watcher tells what is written.
    pub(crate) watched: bool,
    /// Whether the export ends with a marker that `complete_when` names.
    pub(crate) has_marker: bool,
}

/// A whole run.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by its name"
)]
pub(crate) struct Scenario {
    pub(crate) bots: Vec<BotPlan>,
    pub(crate) configuration: String,
    pub(crate) unnamed: bool,
    /// Whether a failure names the same step each time, which is mostly not to blame and sometimes
    /// not even there.
    pub(crate) lies: bool,
    pub(crate) in_progress: &'static str,
    pub(crate) task_time: Duration,
    pub(crate) events: BTreeMap<Duration, Event>,
    pub(crate) approve_at_the_end: bool,
    pub(crate) fails_for_a_while: bool,
}

impl Scenario {
    pub(crate) fn of(random: &mut fastrand::Rng) -> Self {
        let bots: Vec<BotPlan> = (0..random.usize(1..=3)).map(|at| bot(random, at)).collect();
        let unnamed = random.u8(0..3) == 0;
        let mut scenario = Self {
            configuration: configuration(random, &bots),
            unnamed,
            lies: false,
            in_progress: random_of(random, &["In Progress", "PENDING", "quantum flux"]),
            task_time: task_time(random),
            events: BTreeMap::new(),
            approve_at_the_end: random.bool(),
            fails_for_a_while: false,
            bots,
        };
        let length = Duration::from_secs(random.u64(600..9000));
        let events = random.usize(0..24);
        for _ in 0..events {
            let at = moment(random, length);
            scenario.happen(random, at);
        }
        // From a generator of its own: the rest of the run stays what it is without these.
        let mut apart = fastrand::Rng::with_seed(random.get_seed());
        let lies = apart.u8(0..3) == 0;
        scenario.lies = lies && !unnamed;
        if scenario.lies {
            // Where the right one is fixed while the search tries all but the one that is named,
            // nobody can know that it was not to blame.
            let changes_blame =
                |event: &Event| matches!(event, Event::NameTurnsBad(..) | Event::NamesAreFixed);
            scenario.events.retain(|_, event| !changes_blame(event));
        }
        scenario.afflict_readers(&mut apart, length);
        scenario.rot(&mut apart, length);
        scenario.keep_some(&mut apart);
        scenario
    }

    pub(crate) fn put(&mut self, mut at: Duration, event: Event) {
        while self.events.contains_key(&at) {
            at += Duration::from_millis(1);
        }
        self.events.insert(at, event);
    }

    fn happen(&mut self, random: &mut fastrand::Rng, at: Duration) {
        let bot = random.usize(0..self.bots.len());
        let later = at + Duration::from_secs(random.u64(10..1800));
        match random.u8(0..32) {
            24.. => self.happen_to_files(random, bot, at),
            0..8 => self.put(at, Event::Edit(bot, edit(random))),
            8 | 9 => {
                let kinds = [
                    Damage::Empty,
                    Damage::Truncated,
                    Damage::Garbage,
                    Damage::Gone,
                ];
                let damage = random_of(random, &kinds);
                let part = random.usize(0..self.bots[bot].parts);
                self.put(at, Event::Damage(bot, Some((damage, part))));
                self.put(later, Event::Damage(bot, None));
            }
            10..13 => {
                let count = random.usize(1..4);
                let troubles = (0..count).map(|_| random_of(random, &Trouble::ALL));
                let troubles = troubles.collect();
                let chance = random_of(random, &[5, 20, 50, 100]);
                self.put(at, Event::Weather(chance, troubles));
                self.put(later, Event::Weather(0, Vec::new()));
            }
            // Two failures with a success between are held against a step: one outage, not two.
            13 if !self.fails_for_a_while => {
                self.fails_for_a_while = true;
                if random.bool() {
                    self.put(at, Event::Edit(bot, Edit::BulkChange { poison: true }));
                    self.put(later, Event::Edit(bot, Edit::RevertAll));
                }
                let soon = at + Duration::from_millis(random.u64(0..20_000));
                self.put(soon, Event::EveryTaskFails(true));
                self.put(later.max(soon), Event::EveryTaskFails(false));
            }
            13 | 14 => {
                self.put(at, Event::NeverEnding(true));
                self.put(later * 2, Event::NeverEnding(false));
            }
            15 => self.put(at, Event::TaskTime(task_time(random))),
            // Which live step is refused cannot be found without its name where uploads replace.
            16 if !(self.unnamed && self.bots[bot].replaces) => {
                self.put(at, Event::NameTurnsBad(bot, random.u32(0..20)));
                if random.bool() {
                    self.put(later, Event::NamesAreFixed);
                }
            }
            16..20 => {
                let moments = random_of(random, &[1, 3, 10, 30, 60, 100]);
                let down = Duration::from_secs(random.u64(0..300));
                self.put(at, Event::Crash(random.i64(1..=moments), down));
            }
            20 if random.u8(0..3) == 0 => {
                self.put(at, Event::Elsewhere(Duration::from_secs(random.u64(0..60))));
                self.put(later, Event::BackAgain);
            }
            20 if random.u8(0..3) == 0 => self.put(at, Event::Unreadable(bot)),
            20 => self.put(at, Event::Restart(Duration::from_secs(random.u64(0..120)))),
            21 => {
                let hours = random_of(random, &[1, 60, 3600, 86_400]) * 1000;
                let by = random.i64(-hours..=hours);
                self.put(at, Event::Jump(by));
            }
            22 => {
                let all = [Approval::All, Approval::ByName, Approval::OfPlan];
                let (empty, how) = (random.u8(0..4) == 0, random_of(random, &all));
                self.put(at, Event::Approve { bot, empty, how });
            }
            _ => self.put(at, Event::Retry(bot)),
        }
    }

    fn happen_to_files(&mut self, random: &mut fastrand::Rng, bot: usize, at: Duration) {
        let parts = self.bots[bot].parts;
        let part = random.usize(0..parts);
        let pause = pause(random);
        let put = |scenario: &mut Self, at, happens| scenario.put(at, Event::Files(bot, happens));
        match random.u8(0..12) {
            // Deleted or moved away together, as a folder is, and back together or not.
            0..4 => {
                let all: Vec<usize> = match random.u8(0..3) {
                    0 => vec![part],
                    1 => (0..parts).filter(|at| at % 2 == part % 2).collect(),
                    _ => (0..parts).filter(|_| random.bool()).collect(),
                };
                let parked = random.bool();
                let back = OnFiles::ComeBack { parts: all.clone() };
                put(self, at, OnFiles::Vanish { parts: all, parked });
                put(self, at + pause, back);
            }
            // One after the other: all of them are gone, or each is exchanged before the next.
            4..7 => {
                let exchange = random.bool();
                let mut at = at;
                for part in 0..parts {
                    let (parts, parked) = (vec![part], false);
                    put(self, at, OnFiles::Vanish { parts, parked });
                    let step = pause / 4 + Duration::from_millis(1);
                    at += step;
                    if exchange || random.u8(0..3) == 0 {
                        let parts = vec![part];
                        put(self, at, OnFiles::ComeBack { parts });
                        at += step;
                    }
                }
                let parts = (0..parts).collect();
                put(self, at + pause, OnFiles::ComeBack { parts });
            }
            7 | 8 => {
                let rows = random.usize(1..8);
                put(self, at, OnFiles::Open { part, rows });
                if random.bool() {
                    let rows = rows + random.usize(0..4);
                    put(self, at + pause / 2, OnFiles::Open { part, rows });
                }
                put(self, at + pause, OnFiles::Close { part });
            }
            9 => {
                let copy = random.bool();
                put(self, at, OnFiles::Rename { part, copy });
                put(self, at + pause, OnFiles::Export);
            }
            _ => {
                let (from, to) = (part, random.usize(0..parts));
                let first = if random.bool() { from } else { to };
                put(self, at, OnFiles::Move { from, to, first });
                put(self, at + pause, OnFiles::Export);
            }
        }
    }
}

/// Half of everything happens soon after something else did, while that is still under way.
pub(crate) fn moment(random: &mut fastrand::Rng, length: Duration) -> Duration {
    let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    if random.bool() {
        Duration::from_millis(random.u64(0..length / 6))
    } else {
        Duration::from_millis(random.u64(0..length))
    }
}

pub(crate) fn random_of<T: Copy>(random: &mut fastrand::Rng, all: &[T]) -> T {
    all[random.usize(0..all.len())]
}

/// How long files are away, or open: mostly for less than it takes to be believed.
pub(crate) fn pause(random: &mut fastrand::Rng) -> Duration {
    let longest = random_of(random, &[5_000, 60_000, 300_000, 3_600_000]);
    Duration::from_millis(random.u64(100..longest))
}

fn task_time(random: &mut fastrand::Rng) -> Duration {
    let longest = random_of(random, &[0, 1000, 20_000, 240_000]);
    Duration::from_millis(random.u64(0..=longest))
}

fn edit(random: &mut fastrand::Rng) -> Edit {
    let poison = random.u8(0..4) == 0;
    match random.u8(0..19) {
        16 | 17 => Edit::Rename,
        18 => Edit::RenameMany,
        0..3 => Edit::Add { poison },
        3..7 => Edit::Change { poison },
        7 | 8 => Edit::BulkChange { poison },
        9 => Edit::Fix,
        10 => Edit::Revert,
        11 | 12 => Edit::Remove,
        13 => Edit::RemoveMany,
        14 => Edit::BringBack,
        _ if random.bool() => Edit::RemoveAll,
        _ => Edit::Fix,
    }
}

fn bot(random: &mut fastrand::Rng, at: usize) -> BotPlan {
    let articles = match random.u8(0..4) {
        0 => random.u32(0..4),
        1 => random.u32(0..=40),
        _ => random.u32(4..16),
    };
    BotPlan {
        domain_name: format!("bot-{at}"),
        prefix: format!("{}-", ["faq", "kb", "answer"][at]),
        articles,
        poisoned: match random.u8(0..3) {
            0 => random.u32(0..4).min(articles),
            _ => 0,
        },
        replaces: random.bool(),
        parts: random.usize(1..=4),
        watched: random.bool(),
        has_marker: random.u8(0..4) == 0,
    }
}

fn configuration(random: &mut fastrand::Rng, bots: &[BotPlan]) -> String {
    // The loops of the bots move in a fixed order, so that one that always has something to try would
    // take all of a small budget.
    let calls = random_of(random, &[2, 6, 20, 100]).max(2 * bots.len());
    let retry = random_of(random, &[120, 900]);
    let polling = random_of(random, &[600, 3600]);
    let mut text = format!(
        "state_dir = \"state\"\n\
         [haptik]\nbase_url = \"sandbox\"\ncalls_per_minute = {calls}\n\
         retry = {{ first = \"1s\", max = \"60s\", give_up_after = \"{retry}s\" }}\n\
         polling = {{ first = \"2s\", max = \"60s\", give_up_after = \"{polling}s\" }}\n"
    );
    for bot in bots {
        let effect = if bot.replaces { "replace" } else { "merge" };
        let manual = !bot.replaces && random.u8(0..5) == 0;
        let removals = if manual { "manual" } else { "blank-row" };
        let (percent, steps) = random_of(random, &[(20, 5), (0, 1), (100, 1000)]);
        let rows = random_of(random, &[5000, 7]);
        let every = random_of(random, &["10m", "30m"]);
        let removals_after = random_of(random, &["5s", "2m", "2m", "20m"]);
        let marker = if bot.has_marker {
            format!("complete_when = \"{MARKER}\"\n")
        } else {
            String::new()
        };
        write!(
            text,
            "[[bot]]\ndomain_name = \"{0}\"\nupload_effect = \"{effect}\"\nremovals = \"{removals}\"\n\
             max_removal_percent = {percent}\nmax_removals = {steps}\nmax_rows_per_upload = {rows}\n\
             removals_after = \"{removals_after}\"\n\
             [[bot.source]]\nfolder = \"{0}\"\nevery = \"{every}\"\n{marker}",
            bot.domain_name
        )
        .expect("a string takes everything");
    }
    text
}
