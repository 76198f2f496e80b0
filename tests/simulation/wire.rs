//! The transport of the simulation: the sandbox in process, with weather in between. Every call
//! is told in the story and entered in the ledgers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ledger::{Ledger, Row};
use super::story::Story;
use super::supervision::Supervision;
use super::weather::{Trouble, Weather};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use kms_haptik_sync::haptik::{Answer, Heard, Lost, LostKind, TaskStatus, Transport, understand};
use kms_haptik_sync::sandbox::{InProcess, Sandbox};
use tokio::time::Instant;

/// What the wire knows, shared with the rest of the simulation.
pub(crate) struct Books {
    pub(crate) weather: Weather,
    pub(crate) ledgers: BTreeMap<String, Ledger>,
    /// Promises that were broken.
    pub(crate) broken: Vec<String>,
    pub(crate) calls_per_minute: usize,
    /// When a call was made within the last minute.
    pub(crate) recent: VecDeque<Instant>,
    pub(crate) calls: u64,
    seen: usize,
}

impl Books {
    pub(crate) fn new(weather: Weather, calls_per_minute: usize) -> Self {
        Self {
            weather,
            ledgers: BTreeMap::new(),
            broken: Vec::new(),
            calls_per_minute,
            recent: VecDeque::new(),
            calls: 0,
            seen: 0,
        }
    }

    pub(crate) fn judge(&mut self, bot: &str, verdict: Result<(), String>) {
        if let Err(broken) = verdict {
            self.broken.push(format!("{broken} (bot {bot})"));
        }
    }

    /// The bot's bit, in the order of the configuration.
    fn bit(&self, bot: &str) -> u32 {
        let at = self.ledgers.keys().position(|known| known == bot);
        1 << at.expect("a bot")
    }

    fn counted(&mut self) {
        self.calls += 1;
        let now = Instant::now();
        self.recent.push_back(now);
        while now - self.recent[0] >= Duration::from_mins(1) {
            self.recent.pop_front();
        }
        if self.recent.len() > self.calls_per_minute {
            self.broken.push(format!(
                "call budget: {} calls within a minute, {} are allowed",
                self.recent.len(),
                self.calls_per_minute
            ));
        }
    }

    /// Looks at the sandbox: which tasks have ended, and what each bot holds.
    pub(crate) fn observe(&mut self, sandbox: &Sandbox, story: &Story) {
        let tasks = sandbox.calls().tasks;
        for task in &tasks {
            let Some(ledger) = self.ledgers.get_mut(&task.domain_name) else {
                continue;
            };
            let fresh = ledger
                .tasks
                .get(&task.task_id)
                .is_some_and(|known| known.success.is_none());
            let (Some(text), true) = (&task.status, fresh) else {
                continue;
            };
            let success = matches!(understand(text), TaskStatus::Succeeded(_));
            story.tell(format_args!(
                "Haptik: the task {} of {} has ended: {text}",
                short(&task.task_id),
                task.domain_name
            ));
            let verdict = ledger.executed(&task.task_id, success);
            self.judge(&task.domain_name, verdict);
        }
        let bots: Vec<String> = self.ledgers.keys().cloned().collect();
        for bot in bots {
            let verdict = self.ledgers[&bot].observed(&sandbox.steps(&bot));
            self.judge(&bot, verdict);
        }
    }

    /// The id of the task that the last POST made, if it made one.
    fn new_task(&mut self, sandbox: &Sandbox) -> Option<String> {
        let tasks = sandbox.calls().tasks;
        let fresh = tasks.len() > self.seen;
        self.seen = tasks.len();
        tasks
            .last()
            .filter(|_| fresh)
            .map(|task| task.task_id.clone())
    }
}

/// The wire between one process and the sandbox.
pub(crate) struct Wire {
    pub(crate) inner: InProcess,
    pub(crate) sandbox: Sandbox,
    pub(crate) books: Arc<Mutex<Books>>,
    pub(crate) story: Story,
    pub(crate) supervision: Arc<Supervision>,
    pub(crate) look: Arc<AtomicU32>,
    pub(crate) timeout: Duration,
    /// It leads to another Haptik, of which the state knows nothing.
    pub(crate) elsewhere: bool,
}

/// What a call asks for.
enum Asked {
    Submit {
        bot: String,
        csv: String,
        rows: Vec<Row>,
    },
    Status {
        bot: String,
        task: String,
    },
}

impl Transport for Wire {
    fn call(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Answer, Lost>> {
        Box::pin(self.carry(request))
    }
}

impl Wire {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn carry(&self, request: reqwest::Request) -> Result<Answer, Lost> {
        if self.elsewhere {
            let broken = "one Haptik: a call went out to another one than the state speaks of";
            self.books().broken.push(broken.to_owned());
        }
        let (request, asked) = self.read(request).await?;
        self.supervision.moment().await;
        let (way, trouble) = {
            let mut books = self.books();
            (books.weather.way(), books.weather.next())
        };
        tokio::time::sleep(way).await;
        self.set_out(&asked, trouble);
        self.supervision.moment().await;
        let answer = if trouble.is_none_or(Trouble::is_after) {
            Some(self.inner.call(request).await?)
        } else {
            None
        };
        self.arrived(&asked, answer.as_ref(), trouble);
        self.supervision.moment().await;
        let way = self.books().weather.way();
        tokio::time::sleep(match trouble {
            Some(trouble) if trouble.is_silence() => self.timeout,
            _ => way,
        })
        .await;
        let outcome = match trouble {
            None => answer.ok_or_else(|| unreachable!("a call without trouble is answered")),
            Some(trouble) => trouble.outcome(answer),
        };
        self.come_back(&asked, &outcome);
        self.supervision.moment().await;
        outcome
    }

    async fn read(&self, request: reqwest::Request) -> Result<(reqwest::Request, Asked), Lost> {
        if request.method() == http::Method::GET {
            let mut segments = request.url().path().trim_end_matches('/').rsplit('/');
            let task = segments.next().unwrap_or_default().to_owned();
            let bot = self.bot_of(&task);
            return Ok((request, Asked::Status { bot, task }));
        }
        let request = http::Request::<reqwest::Body>::try_from(request).expect("a request");
        let (parts, body) = request.into_parts();
        let body = whole(body).await?;
        let asked = submitted(&String::from_utf8_lossy(&body));
        let request = http::Request::from_parts(parts, reqwest::Body::from(body));
        Ok((request.try_into().expect("a request"), asked))
    }

    fn bot_of(&self, task: &str) -> String {
        let books = self.books();
        let mut ledgers = books.ledgers.iter();
        let found = ledgers.find(|(_, ledger)| ledger.tasks.contains_key(task));
        found.map(|(bot, _)| bot.clone()).unwrap_or_default()
    }

    /// The request arrives.
    fn set_out(&self, asked: &Asked, trouble: Option<Trouble>) {
        let mut books = self.books();
        books.observe(&self.sandbox, &self.story);
        books.counted();
        let trouble = trouble.map_or_else(String::new, |trouble| format!(" ({trouble:?})"));
        match asked {
            Asked::Submit { bot, csv, rows } => {
                let names: Vec<String> = rows.iter().map(shown).collect();
                let names = names.join(" ");
                self.story
                    .tell(format_args!("POST for {bot}{trouble}: {names}"));
                let live = self.sandbox.steps(bot);
                let verdict = books
                    .ledgers
                    .get_mut(bot)
                    .expect("a bot")
                    .posted(csv, rows, &live);
                books.judge(bot, verdict);
            }
            Asked::Status { bot, task } => {
                let task_shown = short(task);
                self.story
                    .tell(format_args!("GET for {bot}{trouble}: {task_shown}"));
                if let Some(ledger) = books.ledgers.get_mut(bot) {
                    ledger.polled(task);
                }
            }
        }
    }

    /// Haptik has done what it was asked for.
    fn arrived(&self, asked: &Asked, answer: Option<&Answer>, trouble: Option<Trouble>) {
        let mut books = self.books();
        if answer.is_none() {
            return;
        }
        let task = match asked {
            Asked::Submit { bot, csv, rows } => {
                let Some(task) = books.new_task(&self.sandbox) else {
                    return;
                };
                self.story
                    .tell(format_args!("Haptik: task {} begins", short(&task)));
                let ledger = books.ledgers.get_mut(bot).expect("a bot");
                let verdict = ledger.accepted(&task, csv, rows);
                books.judge(bot, verdict);
                task
            }
            Asked::Status { task, .. } => task.clone(),
        };
        if trouble == Some(Trouble::Forget) {
            self.sandbox.forget_task(&task);
        }
        books.observe(&self.sandbox, &self.story);
    }

    /// The daemon is told.
    fn come_back(&self, asked: &Asked, outcome: &Result<Answer, Lost>) {
        let mut books = self.books();
        let heard = outcome
            .as_ref()
            .ok()
            .filter(|answer| answer.status.is_success())
            .and_then(|answer| Heard::read(&answer.body))
            .unwrap_or_default();
        let status = outcome.as_ref().map_or(0, |answer| answer.status.as_u16());
        match asked {
            Asked::Submit { bot, .. } => {
                let ledger = books.ledgers.get_mut(bot).expect("a bot");
                match &heard.task_id {
                    Some(task) => ledger.task_told(task),
                    None if status == 400 => {
                        ledger.ended();
                        self.look.fetch_or(books.bit(bot), SeqCst);
                    }
                    None => {
                        let is_refused = match outcome {
                            Err(lost) => !lost.sent,
                            Ok(_) => matches!(status, 401 | 429 | 503),
                        };
                        ledger.not_accepted(is_refused);
                    }
                }
            }
            Asked::Status { bot, .. } => {
                let Some(ledger) = books.ledgers.get_mut(bot) else {
                    return;
                };
                let status_text = heard.status.as_deref().map(understand);
                match status_text {
                    Some(TaskStatus::Succeeded(_) | TaskStatus::Failed(_)) => {
                        ledger.ended();
                        self.look.fetch_or(books.bit(bot), SeqCst);
                    }
                    None if status == 404 => ledger.excuse(),
                    _ => {}
                }
            }
        }
        let told = match (outcome, heard.task_id, heard.status) {
            (Err(lost), _, _) => format!("{:?}", lost.kind),
            (_, Some(task), _) => short(&task).to_owned(),
            (_, _, Some(status)) => status,
            (Ok(answer), ..) => answer.status.to_string(),
        };
        self.story.tell(format_args!("   answer: {told}"));
    }
}

/// The first letters of a task's id.
pub(crate) fn short(task: &str) -> &str {
    &task[..task.len().min(6)]
}

fn shown(row: &Row) -> String {
    if row.content.0.is_empty() {
        return format!("-{}", row.name);
    }
    let version = row.content.1.split("version ").nth(1).unwrap_or_default();
    let (version, kind) = version.split_once(": ").unwrap_or_default();
    let bad = if kind == "fine" { "" } else { "!" };
    format!("{}/{version}{bad}", row.name)
}

async fn whole(body: reqwest::Body) -> Result<Bytes, Lost> {
    let mut chunks = chunks_of(body);
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| Lost {
            sent: true,
            cause: error,
            kind: LostKind::Other,
        })?);
    }
    Ok(bytes.into())
}

fn chunks_of(
    body: reqwest::Body,
) -> impl futures_util::Stream<Item = Result<Bytes, String>> + Unpin {
    axum::body::Body::new(body)
        .into_data_stream()
        .map(|chunk| chunk.map_err(|error| error.to_string()))
}

/// The bot and the CSV in a form.
fn submitted(form: &str) -> Asked {
    let boundary = form.lines().next().unwrap_or_default();
    let (mut bot, mut csv) = (String::new(), String::new());
    for part in form.split(boundary) {
        let Some((head, value)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        let value = value.strip_suffix("\r\n").unwrap_or(value).to_owned();
        if head.contains("filename") {
            csv = value;
        } else {
            bot = value;
        }
    }
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows = reader
        .records()
        .map(|record| {
            let record = record.expect("a row");
            Row {
                name: record[0].to_owned(),
                content: (record[1].to_owned(), record[2].to_owned()),
            }
        })
        .collect();
    Asked::Submit { bot, csv, rows }
}
