//! What one bot's uploads looked like from outside, and the promises that can be judged from there:
//! one task at a time, the same bytes until an upload is settled, no good answer taken away.

mod promises;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::absence::{Files, Now};
use super::keeping::KeptAnswer;
use super::knowledge::Content;
use kms_haptik_sync::config::{Bot, Removals, UploadEffect};
use kms_haptik_sync::sandbox::ShownStep;
use tokio::time::Instant;

/// One row of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) content: Content,
}

impl Row {
    fn is_blank(&self) -> bool {
        self.content.0.is_empty()
    }
}

/// An upload that has been handed over and is not known to be settled.
#[derive(Debug)]
struct Open {
    csv: String,
    rows: Vec<Row>,
    task: Option<String>,
    polled: bool,
    /// A repeat would be right.
    excused: bool,
    arrival: Arrival,
    since: Instant,
}

/// What is known of an upload's way to Haptik.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    /// Nothing has been answered yet.
    Awaited,
    /// Haptik surely has nothing of it: it may give way to a newer plan.
    NotTaken,
    /// It may have arrived.
    InDoubt,
}

/// A task as Haptik has it.
#[derive(Debug)]
pub(crate) struct Task {
    csv: String,
    rows: Vec<Row>,
    pub(crate) success: Option<bool>,
}

/// The limits of removals, as the configuration has them.
#[derive(Clone, Copy, Debug)]
struct Limits {
    percent: u64,
    steps: u64,
}

/// How long the guard remembers what left.
const DAY: Duration = Duration::from_hours(24);

/// What left a bot within the last day without anybody having released it, and what was live.
#[derive(Debug, Default)]
struct Departures {
    /// When each left that is not back.
    left: BTreeMap<String, Instant>,
    /// How many steps were live before each task that ended.
    live: VecDeque<(Instant, u64)>,
}

impl Departures {
    fn forget(&mut self, now: Instant) {
        self.left.retain(|_, at| now - *at < DAY);
        while self.live.front().is_some_and(|(at, _)| now - *at >= DAY) {
            self.live.pop_front();
        }
    }

    fn most_live(&self, now: u64) -> u64 {
        let before = self.live.iter().map(|(_, live)| *live);
        before.fold(now, u64::max)
    }
}

impl Limits {
    /// As DESIGN says it: more than both limits, or more than half where half is not allowed.
    fn exceeded(self, removals: u64, live: u64) -> bool {
        let many = removals > self.steps && removals * 100 > live * self.percent;
        let most = self.percent < 50 && removals * 100 > live * 50;
        many || most
    }
}

/// The book about one bot.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by its name"
)]
pub(crate) struct Ledger {
    effect: UploadEffect,
    limits: Limits,
    manual: bool,
    /// How long a task may take before it is given up.
    patience: Duration,
    open: Option<Open>,
    pub(crate) tasks: BTreeMap<String, Task>,
    /// Every content that a task ending in Success has carried, by name.
    pub(crate) confirmed: HashMap<String, HashSet<Content>>,
    /// The last of them, as long as the step was not removed.
    pub(crate) last_good: BTreeMap<String, Content>,
    /// Steps that the source has held unchanged since they were first seen live.
    pub(crate) steady: BTreeMap<String, Content>,
    /// Every content and name that Haptik would have refused at some time.
    pub(crate) ever_bad: HashSet<Content>,
    pub(crate) ever_bad_names: BTreeSet<String>,
    /// Removals that the person has released.
    released: BTreeSet<String>,
    may_be_emptied: bool,
    /// What is kept of its configuration could not be read when it last was.
    pub(crate) doubts_configuration: bool,
    /// Steps that failed while nothing was live: nothing could tell them from the service.
    pub(crate) lonely: BTreeSet<String>,
    pub(crate) uploads: u32,
    /// The files of its source.
    pub(crate) files: Files,
    /// What the snapshot had when it was last looked at.
    pub(crate) known_live: BTreeSet<String>,
    departures: Departures,
    /// Rows of an upload at most.
    most_rows: usize,
    /// Steps that the last plan knew to be in no file, as long as nothing of it went out.
    missed: BTreeSet<String>,
    /// Something happens to whoever reads its source.
    pub(crate) is_afflicted: bool,
    /// Every content that an export has had, by name.
    pub(crate) written: HashMap<String, HashSet<Content>>,
    /// Answers that a person keeps although their articles are gone.
    pub(crate) kept: BTreeMap<String, KeptAnswer>,
}

impl Ledger {
    pub(crate) fn new(bot: &Bot, patience: Duration, has_marker: bool) -> Self {
        Self {
            effect: bot.upload_effect,
            limits: Limits {
                percent: bot.max_removal_percent.into(),
                steps: bot.max_removals,
            },
            manual: bot.removals == Removals::Manual,
            patience,
            open: None,
            tasks: BTreeMap::new(),
            confirmed: HashMap::new(),
            last_good: BTreeMap::new(),
            steady: BTreeMap::new(),
            ever_bad: HashSet::new(),
            ever_bad_names: BTreeSet::new(),
            released: BTreeSet::new(),
            may_be_emptied: false,
            doubts_configuration: false,
            lonely: BTreeSet::new(),
            uploads: 0,
            files: Files::new(bot.removals_after, has_marker),
            known_live: BTreeSet::new(),
            departures: Departures::default(),
            most_rows: bot.max_rows_per_upload,
            missed: BTreeSet::new(),
            is_afflicted: false,
            written: HashMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// Whether a failed task may have left out what was live.
    pub(crate) fn may_be_incomplete(&self) -> bool {
        self.effect == UploadEffect::Replace
    }

    /// Whether the state knows enough of this bot to belong to its Haptik.
    pub(crate) fn is_bound(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// The daemon has read the source, and planned.
    pub(crate) fn was_read(&mut self, now: Now) {
        let files = &self.files;
        self.kept.retain(|name, _| !files.is_found(name));
        let found = self.files.was_read(now);
        // An approval is for the removal that a person saw.
        self.released.retain(|name| !found.contains(name));
        // A plan that removes nothing is one that any configuration may have. Of what is kept, a person has said
        // that it is not removed.
        let kept = &self.kept;
        let is_absent = |name: &String| !found.contains(name) && !kept.contains_key(name);
        self.doubts_configuration &= self.known_live.iter().any(is_absent);
        let live = self.known_live.iter();
        let missed = live.filter(|name| self.files.is_missed(name));
        self.missed = missed.cloned().collect();
        let gone = &self.files.gone;
        let doubts = self.doubts_configuration;
        self.steady.retain(|name, _| doubts || !gone.contains(name));
    }

    /// A plan was made of a source that could not be read: nothing is known of it.
    pub(crate) fn was_not_read(&mut self) {
        self.files.gone.clear();
        self.missed.clear();
    }

    /// A person releases removals.
    pub(crate) fn released(&mut self, names: Vec<String>, empty: bool) {
        self.may_be_emptied |= empty;
        self.doubts_configuration &= names.is_empty();
        self.steady
            .retain(|name, _| !empty && !names.contains(name));
        self.released.extend(names);
    }

    /// Rows of the upload that is not known to be settled.
    pub(crate) fn open_names(&self) -> BTreeSet<&str> {
        let rows = self.open.iter().flat_map(|open| &open.rows);
        rows.map(|row| row.name.as_str()).collect()
    }

    /// A POST goes out.
    pub(crate) fn posted(
        &mut self,
        csv: &str,
        rows: &[Row],
        live: &BTreeMap<String, ShownStep>,
    ) -> Result<(), String> {
        self.uploads += 1;
        self.nothing_is_made_up(rows)?;
        self.kept_stay(rows, self.effect == UploadEffect::Replace)?;
        let gives_way = |open: &mut Open| open.csv != csv && open.arrival == Arrival::NotTaken;
        self.open.take_if(gives_way);
        if let Some(open) = &mut self.open {
            if open.csv != csv {
                return Err("in doubt, repeated first: a newer upload went out although the last is not known to have ended".into());
            }
            let overdue = open.since.elapsed() >= self.patience;
            if open.task.is_some() && !open.excused && !overdue {
                return Err("no needless repeat: an upload went out again although its task is known and not lost".into());
            }
            open.task = None;
            open.polled = false;
            open.excused = false;
            if open.arrival == Arrival::NotTaken {
                open.arrival = Arrival::Awaited;
            }
            open.since = Instant::now();
            return Ok(());
        }
        self.open = Some(Open {
            csv: csv.to_owned(),
            rows: rows.to_owned(),
            task: None,
            polled: false,
            excused: false,
            arrival: Arrival::Awaited,
            since: Instant::now(),
        });
        if self.effect == UploadEffect::Replace {
            return self.whole(rows, live);
        }
        let missed = std::mem::take(&mut self.missed);
        self.nothing_is_doubled(rows, &missed)?;
        self.nothing_leaves_unproven(rows)
    }

    /// Haptik took an upload as this task.
    pub(crate) fn accepted(&mut self, task: &str, csv: &str, rows: &[Row]) -> Result<(), String> {
        let running = self.tasks.values().filter(|task| task.success.is_none());
        let other = running.into_iter().any(|running| running.csv != csv);
        self.tasks.insert(
            task.to_owned(),
            Task {
                csv: csv.to_owned(),
                rows: rows.to_owned(),
                success: None,
            },
        );
        if other {
            return Err("one task at a time: two different uploads are under way at once".into());
        }
        Ok(())
    }

    /// The daemon was told the id of its task.
    pub(crate) fn task_told(&mut self, task: &str) {
        if let Some(open) = &mut self.open {
            open.task = Some(task.to_owned());
        }
    }

    /// The daemon asks for its task.
    pub(crate) fn polled(&mut self, task: &str) {
        if let Some(open) = &mut self.open
            && open.task.as_deref() == Some(task)
        {
            open.polled = true;
        }
    }

    /// The daemon was told that the upload has come to its end.
    pub(crate) fn ended(&mut self) {
        self.open = None;
    }

    /// From here on the open upload may be repeated.
    pub(crate) fn excuse(&mut self) {
        if let Some(open) = &mut self.open {
            open.excused = true;
        }
    }

    /// The daemon was told nothing of its upload, or that Haptik did not take it.
    pub(crate) fn not_accepted(&mut self, is_refused: bool) {
        self.excuse();
        if let Some(open) = &mut self.open {
            if !is_refused {
                open.arrival = Arrival::InDoubt;
            } else if open.arrival == Arrival::Awaited {
                open.arrival = Arrival::NotTaken;
            }
        }
    }

    /// The process has ended: what it was told may not have been written down, but the id of a
    /// task was, before the first question for it.
    pub(crate) fn process_ended(&mut self, now: Now) {
        self.files.process_ended(now);
        self.missed.clear();
        if let Some(open) = &mut self.open
            && !open.polled
        {
            open.excused = true;
        }
    }

    /// A task has ended in Haptik.
    pub(crate) fn executed(&mut self, task: &str, success: bool) -> Result<(), String> {
        let Some(task) = self.tasks.get_mut(task) else {
            return Ok(());
        };
        task.success = Some(success);
        if !success {
            return Ok(());
        }
        let rows = std::mem::take(&mut task.rows);
        let before = self.last_good.clone();
        if self.effect == UploadEffect::Replace {
            self.last_good.clear();
        }
        for row in &rows {
            if row.is_blank() {
                self.last_good.remove(&row.name);
            } else {
                let known = self.confirmed.entry(row.name.clone()).or_default();
                known.insert(row.content.clone());
                self.last_good.insert(row.name.clone(), row.content.clone());
            }
        }
        self.guarded(&before)
    }

    /// Where nothing is live and several steps fail alike, nothing tells them from a failure of
    /// the service.
    pub(crate) fn cannot_compare(&self, refused: usize) -> bool {
        self.last_good.is_empty() && refused > 1
    }

    /// Whether so many more removals would be held now; and whether they would be without what left
    /// within the last day.
    pub(crate) fn holds(&mut self, removals: usize, live: usize) -> (bool, bool) {
        self.departures.forget(Instant::now());
        let (removals, live) = (removals as u64, live as u64);
        let left = self.departures.left.len() as u64;
        let most_live = self.departures.most_live(live);
        (
            self.limits.exceeded(left + removals, most_live),
            self.limits.exceeded(removals, live),
        )
    }
}

/// What the bot answers with under this name.
pub(crate) fn active(live: &BTreeMap<String, ShownStep>, name: &str) -> Option<Content> {
    let step = live.get(name).filter(|step| step.active)?;
    Some((step.questions.join("|"), step.answers.join("<m>")))
}
