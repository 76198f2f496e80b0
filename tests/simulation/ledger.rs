//! What one bot's uploads looked like from outside, and the promises that can be judged from there:
//! one task at a time, the same bytes until an upload is settled, no good answer taken away.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use std::time::Duration;

use kms_haptik_sync::config::{Bot, Removals, UploadEffect};
use kms_haptik_sync::sandbox::ShownStep;
use tokio::time::Instant;

use super::knowledge::Content;

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
    since: Instant,
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

/// The book about one bot.
#[derive(Debug)]
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
    pub(crate) released: BTreeSet<String>,
    pub(crate) may_be_emptied: bool,
    /// Steps that failed while nothing was live: nothing could tell them from the service.
    pub(crate) lonely: BTreeSet<String>,
    pub(crate) uploads: u32,
}

impl Ledger {
    pub(crate) fn new(bot: &Bot, patience: Duration) -> Self {
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
            lonely: BTreeSet::new(),
            uploads: 0,
        }
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
            open.since = Instant::now();
            return Ok(());
        }
        self.open = Some(Open {
            csv: csv.to_owned(),
            rows: rows.to_owned(),
            task: None,
            polled: false,
            excused: false,
            since: Instant::now(),
        });
        if self.effect == UploadEffect::Replace {
            return self.whole(rows, live);
        }
        Ok(())
    }

    /// Where uploads replace: what is off comes back first, and nothing steady is left out.
    fn whole(&self, rows: &[Row], live: &BTreeMap<String, ShownStep>) -> Result<(), String> {
        let off: Vec<_> = self
            .steady
            .keys()
            .filter(|name| !live.get(*name).is_some_and(|step| step.active))
            .collect();
        for (name, content) in &self.steady {
            if !rows
                .iter()
                .any(|row| row.name == *name && row.content == *content)
            {
                return Err(format!(
                    "no half sets: an upload that replaces leaves out \"{name}\""
                ));
            }
        }
        let untried = |row: &&Row| {
            !self
                .confirmed
                .get(&row.name)
                .is_some_and(|known| known.contains(&row.content))
        };
        if let (Some(name), Some(row)) = (off.first(), rows.iter().find(untried)) {
            return Err(format!(
                "recovery first: \"{name}\" is off, and the next upload tries \"{}\"",
                row.name
            ));
        }
        Ok(())
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

    /// The process has ended: what it was told may not have been written down, but the id of a
    /// task was, before the first question for it.
    pub(crate) fn process_ended(&mut self) {
        if let Some(open) = &mut self.open
            && !open.polled
        {
            open.excused = true;
        }
    }

    /// A task has ended in Haptik.
    pub(crate) fn executed(
        &mut self,
        task: &str,
        success: bool,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
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
        self.guarded(&before, wanted)
    }

    /// Where nothing is live and several steps fail alike, nothing tells them from a failure of
    /// the service.
    pub(crate) fn cannot_compare(&self, refused: usize) -> bool {
        self.last_good.is_empty() && refused > 1
    }

    /// No task takes away more than the limits allow and nobody has released.
    fn guarded(
        &mut self,
        before: &BTreeMap<String, Content>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        let gone: Vec<&String> = before
            .keys()
            .filter(|name| !self.last_good.contains_key(*name))
            .filter(|name| !self.ever_bad_names.contains(*name) && !wanted(name))
            .filter(|name| !self.may_be_emptied && !self.released.contains(*name))
            .collect();
        let (count, live) = (gone.len() as u64, before.len() as u64);
        if self.manual && self.effect == UploadEffect::Merge && count > 0 {
            return Err(format!("removals by hand: \"{}\" was removed", gone[0]));
        }
        if count > self.limits.steps && count * 100 > live * self.limits.percent {
            return Err(format!(
                "guarded removals: one upload took away {count} of {live} steps, and nobody released that"
            ));
        }
        Ok(())
    }

    /// The bot at this moment: what is steady must be there. Where uploads replace, a failed task
    /// may have left it off; what the next upload must then hold is judged when it goes out.
    pub(crate) fn observed(&self, live: &BTreeMap<String, ShownStep>) -> Result<(), String> {
        if self.effect == UploadEffect::Replace {
            return Ok(());
        }
        for (name, content) in &self.steady {
            if active(live, name).as_ref() != Some(content) {
                return Err(format!(
                    "no answer is lost: \"{name}\" is not live, although the source has held it unchanged"
                ));
            }
        }
        Ok(())
    }
}

/// What the bot answers with under this name.
pub(crate) fn active(live: &BTreeMap<String, ShownStep>, name: &str) -> Option<Content> {
    let step = live.get(name).filter(|step| step.active)?;
    Some((step.questions.join("|"), step.answers.join("<m>")))
}
