//! The world of a sandbox: bots with their steps, and tasks that change them when their time has
//! come. Plain values; the time is passed in.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::answers::{self, Pending};
use super::faults::Fault;
use super::people::{HandedOver, People};
use super::rows::SandboxRow;
use super::rules::{BlankRow, Rules, UploadRule};
use crate::clock::Millis;
use crate::config::UploadEffect;
use crate::haptik::{ANSWER_SEPARATOR, Call, QUESTION_SEPARATOR};

/// Calls that are remembered.
const CALLS_KEPT: usize = 100_000;
/// Tasks that are remembered, as long as the oldest has ended.
const TASKS_KEPT: usize = 10_000;

/// A step as a bot holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SandboxStep {
    pub(super) question: Box<str>,
    pub(super) answer: Box<str>,
    pub(super) active: bool,
    /// The user messages that the bot was trained for, where these are other ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trained: Option<Box<str>>,
    /// Question and answer before the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<(Box<str>, Box<str>)>,
}

/// A step as `GET /sandbox/steps` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownStep {
    /// The user messages.
    pub questions: Vec<String>,
    /// The bot responses.
    pub answers: Vec<String>,
    /// Whether the bot answers with it.
    pub active: bool,
}

/// An upload that was accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) domain_name: String,
    pub(super) replaces: bool,
    /// Emptied when the task ends.
    pub(super) rows: Vec<SandboxRow>,
    pub(super) row_count: usize,
    pub(super) started_at: Millis,
    pub(super) due_at: Millis,
    pub(super) end: Option<(Millis, String)>,
    pub(super) forgotten: bool,
    #[serde(default)]
    pub(super) content: String,
}

/// One API call, as `GET /sandbox/calls` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CallRecord {
    /// When it came, in milliseconds since 1970.
    pub at: Millis,
    /// `"submit"`, `"status"`, `"transfer"`, `"transcript"`, `"ask"`, `"user"` or `"message"`.
    pub call: &'static str,
}

/// One task, as `GET /sandbox/calls` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskRecord {
    /// Its id.
    pub task_id: String,
    /// The bot.
    pub domain_name: String,
    /// Rows of the upload.
    pub rows: usize,
    /// A digest of the rows: the same upload sent again has the same.
    pub content: String,
    /// When it was submitted, in milliseconds since 1970.
    pub started_at: Millis,
    /// When it ended; `None` while it is under way.
    pub ended_at: Option<Millis>,
    /// The text with which it ended.
    pub status: Option<String>,
}

/// What `GET /sandbox/calls` shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// API calls since the beginning, refused ones and those that met a fault included.
    pub count: u64,
    /// The last of them.
    pub calls: Vec<CallRecord>,
    /// The tasks, in the order of submission.
    pub tasks: Vec<TaskRecord>,
    /// The chats that were handed over, in order.
    pub handed_over: Vec<HandedOver>,
}

/// Everything that a sandbox knows.
#[derive(Debug)]
pub(super) struct World {
    pub(super) bots: BTreeMap<String, BTreeMap<Box<str>, SandboxStep>>,
    pub(super) tasks: VecDeque<Task>,
    pub(super) rules: Rules,
    pub(super) faults: VecDeque<Fault>,
    pub(super) people: People,
    pub(super) handed_over: Vec<HandedOver>,
    /// Messages to come.
    pub(super) pending: Vec<Pending>,
    /// Numbers that messages have had.
    pub(super) messages: u64,
    /// `None` asks for none.
    pub(super) token: Option<String>,
    /// Whether the file, if there is one, has been read.
    pub(super) loaded: bool,
    /// Counts changes to what the file keeps.
    pub(super) version: u64,
    calls: VecDeque<CallRecord>,
    call_count: u64,
    random: fastrand::Rng,
}

impl World {
    pub(super) fn new(rules: Rules, token: Option<String>, seed: u64) -> Self {
        Self {
            bots: BTreeMap::new(),
            tasks: VecDeque::new(),
            rules,
            faults: VecDeque::new(),
            people: People::default(),
            handed_over: Vec::new(),
            pending: Vec::new(),
            messages: 1000,
            token,
            loaded: false,
            version: 0,
            calls: VecDeque::new(),
            call_count: 0,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// Changes rules and token and adds faults.
    pub(super) fn change(&mut self, change: UploadRule, now: Millis) {
        self.advance(now);
        if self.rules.never_ending && change.never_ending == Some(false) {
            for task in self.tasks.iter_mut().filter(|task| task.end.is_none()) {
                task.due_at = task.due_at.max(now);
            }
        }
        self.rules.change(&change);
        if change.train {
            self.train();
        }
        self.publish_old(&change.publish_old);
        if let Some(token) = change.token {
            self.token = Some(token).filter(|token| !token.is_empty());
        }
        if let Some(people) = change.people {
            self.people = people;
        }
        if change.clear_faults {
            self.faults.clear();
        }
        self.faults.extend(change.faults);
    }

    /// Notes an API call.
    pub(super) fn note_call(&mut self, call: Call, now: Millis) {
        self.call_count += 1;
        if self.calls.len() == CALLS_KEPT {
            self.calls.pop_front();
        }
        let call = match call {
            Call::Submit => "submit",
            Call::Status => "status",
            Call::Transfer => "transfer",
            Call::Transcript => "transcript",
            Call::Ask => "ask",
            Call::User => "user",
            Call::Message => "message",
        };
        self.calls.push_back(CallRecord { at: now, call });
    }

    /// Accepts an upload; the id of its task.
    pub(super) fn accept(
        &mut self,
        domain_name: String,
        effect: UploadEffect,
        rows: Vec<SandboxRow>,
        now: Millis,
    ) -> String {
        let id = self.new_id();
        let content = content(&rows);
        if self.tasks.len() >= TASKS_KEPT && self.tasks[0].end.is_some() {
            self.tasks.pop_front();
        }
        // The tasks of a bot run one after the other, in the order of submission.
        let before = self.tasks.iter().rev();
        let busy_until = before
            .filter(|task| task.domain_name == domain_name && task.end.is_none())
            .map(|task| task.due_at)
            .max();
        let due_at = now
            .saturating_add(self.rules.task_time)
            .max(busy_until.unwrap_or(now));
        self.tasks.push_back(Task {
            id: id.clone(),
            domain_name,
            replaces: effect == UploadEffect::Replace,
            row_count: rows.len(),
            rows,
            started_at: now,
            due_at,
            end: None,
            forgotten: false,
            content,
        });
        self.version += 1;
        id
    }

    /// A seed repeats its ids; after a restart with kept tasks none of theirs comes again.
    fn new_id(&mut self) -> String {
        loop {
            let mut bytes = [0; 16];
            self.random.fill(&mut bytes);
            let id = uuid::Builder::from_random_bytes(bytes)
                .into_uuid()
                .to_string();
            if !self.tasks.iter().any(|task| task.id == id) {
                return id;
            }
        }
    }

    /// How far a task is; `None` where no such task is known.
    pub(super) fn status(&self, id: &str) -> Option<&str> {
        let task = self.tasks.iter().rev().find(|task| task.id == id)?;
        match &task.end {
            _ if task.forgotten => None,
            Some((_, text)) => Some(text),
            None => Some(&self.rules.wording.in_progress),
        }
    }

    /// Loses the id of a task; of the newest one where no id is given.
    pub(super) fn forget(&mut self, id: Option<&str>) {
        let known = |task: &&mut Task| id.is_none_or(|id| task.id == id);
        if let Some(task) = self.tasks.iter_mut().rev().find(known) {
            task.forgotten = true;
            self.version += 1;
        }
    }

    /// Carries out the tasks whose time has come, in the order in which it came.
    pub(super) fn advance(&mut self, now: Millis) {
        while let Some(at) = self.due(now) {
            let rows = std::mem::take(&mut self.tasks[at].rows);
            let task = &self.tasks[at];
            let bot = self.bots.entry(task.domain_name.clone()).or_default();
            let text = execute(&self.rules, bot, task.replaces, rows);
            let due_at = task.due_at;
            self.tasks[at].end = Some((due_at, text));
            self.version += 1;
        }
        self.say_what_is_due(now);
    }

    fn due(&self, now: Millis) -> Option<usize> {
        if self.rules.never_ending {
            return None;
        }
        let waiting = self.tasks.iter().enumerate();
        waiting
            .filter(|(_, task)| task.end.is_none() && task.due_at <= now)
            .min_by_key(|(at, task)| (task.due_at, *at))
            .map(|(at, _)| at)
    }

    /// The steps of a bot; of a bot that is not known, none.
    pub(super) fn steps(&self, domain_name: &str) -> BTreeMap<String, ShownStep> {
        let held = self.bots.get(domain_name).into_iter().flatten();
        held.map(|(name, step)| (name.to_string(), shown(step)))
            .collect()
    }

    pub(super) fn calls(&self) -> Calls {
        Calls {
            count: self.call_count,
            calls: self.calls.iter().copied().collect(),
            tasks: self.tasks.iter().map(record).collect(),
            handed_over: self.handed_over.clone(),
        }
    }
}

/// Carries out an upload; the status text with which it ends. Rows before a bad one stay applied
/// and rows after it are not reached (the vendor's page of April 2023).
fn execute(
    rules: &Rules,
    bot: &mut BTreeMap<Box<str>, SandboxStep>,
    replaces: bool,
    rows: Vec<SandboxRow>,
) -> String {
    if let Some(text) = &rules.every_task_fails {
        return text.clone();
    }
    if replaces {
        // The vendor's documentation of 2020 to 2021.
        for step in bot.values_mut() {
            step.active = false;
        }
    }
    for row in rows {
        if let Some(refusal) = rules.refusal(&row) {
            return refusal;
        }
        apply(rules, bot, row);
    }
    rules.wording.success.clone()
}

fn apply(rules: &Rules, bot: &mut BTreeMap<Box<str>, SandboxStep>, row: SandboxRow) {
    if !row.is_blank() {
        let before = bot.remove(&row.name);
        let held = answers::changed(before, row.question, row.answer, rules.answers.training);
        bot.insert(row.name, held);
    } else if rules.blank_row == BlankRow::Removes {
        bot.remove(&row.name);
    }
}

fn content(rows: &[SandboxRow]) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in rows
        .iter()
        .flat_map(|row| [&row.name, &row.question, &row.answer])
    {
        hasher.update(&text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

fn shown(step: &SandboxStep) -> ShownStep {
    let questions = step.question.split(QUESTION_SEPARATOR);
    let answers = step.answer.split(ANSWER_SEPARATOR);
    ShownStep {
        questions: questions.map(str::to_owned).collect(),
        answers: answers.map(str::to_owned).collect(),
        active: step.active,
    }
}

fn record(task: &Task) -> TaskRecord {
    TaskRecord {
        task_id: task.id.clone(),
        domain_name: task.domain_name.clone(),
        rows: task.row_count,
        content: task.content.clone(),
        started_at: task.started_at,
        ended_at: task.end.as_ref().map(|(at, _)| *at),
        status: task.end.as_ref().map(|(_, text)| text.clone()),
    }
}

#[cfg(test)]
mod tests;
