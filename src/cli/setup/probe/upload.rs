//! Takes the uploads of a probe to their ends, within the call budget. Nothing of them is kept in
//! the store: the steps are thrown away, and one that breaks off is told and not gone on with.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Instant, instant};
use crate::config::Intervals;
use crate::control::CommandFailure;
use crate::haptik::{Backoff, CallFault, CsvFile, FaultClass, TaskId, TaskStatus, gave_up};
use crate::model::{CallKind, CsvWriter};
use crate::sync::UploadRunner;
use crate::text::shown;

/// The waits between two questions after a task: what is measured is no better than that.
const FIRST_POLL: Duration = Duration::from_secs(1);
const LONGEST_POLL: Duration = Duration::from_secs(5);

/// A row of an upload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProbeRow {
    pub(crate) name: &'static str,
    pub(crate) question: &'static str,
    pub(crate) answer: &'static str,
}

impl ProbeRow {
    /// The row that removes this step, where blank rows do.
    pub(crate) const fn blank(self) -> Self {
        Self {
            question: "",
            answer: "",
            ..self
        }
    }

    /// What it is, for a person.
    pub(crate) fn described(&self) -> String {
        let blank = if self.question.is_empty() {
            " (blank)"
        } else {
            ""
        };
        format!("{}{blank}", self.name)
    }
}

/// How an upload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProbeOutcome {
    Succeeded,
    /// With Haptik's words.
    Failed(String),
}

/// The uploads to one bot.
pub(crate) struct Uploader<'a> {
    runner: &'a UploadRunner,
    domain_name: &'a str,
    /// Whether anything may have reached the bot.
    pub(crate) arrived: bool,
    /// How long each task took that succeeded.
    pub(crate) tasks: Vec<Duration>,
}

impl<'a> Uploader<'a> {
    pub(crate) fn new(runner: &'a UploadRunner, domain_name: &'a str) -> Self {
        Self {
            runner,
            domain_name,
            arrived: false,
            tasks: Vec::new(),
        }
    }

    /// Uploads these rows and waits for the end of their task. `until` ends the waits before the
    /// upload is taken, but not those for its task.
    pub(crate) async fn carry_out(
        &mut self,
        rows: &[ProbeRow],
        until: &CancellationToken,
        mut tell: impl FnMut(&str),
    ) -> Result<ProbeOutcome, CommandFailure> {
        // A task that is lost is no end, and the same rows again do no harm.
        for _ in 0..2 {
            let task = match self.submit(rows, until).await? {
                Ok(task) => task,
                Err(words) => return Ok(ProbeOutcome::Failed(words)),
            };
            let began = instant();
            let Some(ended) = self.follow(&task, &mut tell).await? else {
                continue;
            };
            if ended == ProbeOutcome::Succeeded {
                self.tasks.push(began.elapsed());
            }
            return Ok(ended);
        }
        Err(CommandFailure::System(
            "Haptik gave a task and did not know it afterwards, twice; ask Haptik's support"
                .to_owned(),
        ))
    }

    /// The task, or Haptik's words where it refused the CSV.
    async fn submit(
        &mut self,
        rows: &[ProbeRow],
        until: &CancellationToken,
    ) -> Result<Result<TaskId, String>, CommandFailure> {
        let mut attempts = Attempts::new(self.runner, until);
        loop {
            attempts.wait_for_call(CallKind::Submit).await?;
            tracing::info!(
                bot = self.domain_name,
                rows = rows.len(),
                "submitting a probe"
            );
            let answer = self.runner.client.submit(self.domain_name, file(rows));
            match answer.await {
                Ok(task) => {
                    self.arrived = true;
                    return Ok(Ok(task));
                }
                Err(fault) if fault.class == FaultClass::Refused => return Ok(Err(fault.words)),
                Err(fault) => {
                    self.arrived |= fault.class == FaultClass::InDoubt;
                    attempts.wait(fault).await?;
                }
            }
        }
    }

    /// How the task ended; `None` where Haptik no longer knows it. Only when it has ended can anything
    /// be taken away again, so a stop does not end this.
    async fn follow(
        &self,
        task: &TaskId,
        tell: &mut impl FnMut(&str),
    ) -> Result<Option<ProbeOutcome>, CommandFailure> {
        let began = instant();
        let polling = closely(self.runner.haptik.polling);
        let mut polls = Backoff::new(polling);
        let never = CancellationToken::new();
        let mut attempts = Attempts::new(self.runner, &never);
        let mut told = String::new();
        loop {
            if gave_up(began.elapsed(), polling) {
                return Err(CommandFailure::System(format!(
                    "task {task} has not ended after {:.0?}; if tasks of this bot take that long, raise polling.give_up_after",
                    polling.give_up_after
                )));
            }
            let wait = polls.next(&mut fastrand::Rng::new(), None);
            self.runner.clock.sleep(wait).await;
            attempts.wait_for_call(CallKind::Status).await?;
            let text = match self.runner.client.status(task).await {
                Ok(TaskStatus::Succeeded(_)) => return Ok(Some(ProbeOutcome::Succeeded)),
                Ok(TaskStatus::Failed(words)) => return Ok(Some(ProbeOutcome::Failed(words))),
                Ok(TaskStatus::InProgress(_)) => String::new(),
                Ok(TaskStatus::Unknown(text)) => text,
                Err(fault) if fault.class == FaultClass::InDoubt => return Ok(None),
                Err(fault) => {
                    attempts.wait(fault).await?;
                    continue;
                }
            };
            attempts = Attempts::new(self.runner, &never);
            if !text.is_empty() && text != told {
                tell(&format!(
                    "  Haptik says \"{}\", which is not understood and does not count as Success; the task is asked again",
                    shown(&text)
                ));
                told = text;
            }
        }
    }
}

fn closely(polling: Intervals) -> Intervals {
    Intervals {
        first: polling.first.min(FIRST_POLL),
        max: polling.max.min(LONGEST_POLL),
        ..polling
    }
}

fn file(rows: &[ProbeRow]) -> CsvFile {
    let mut writer = CsvWriter::after_header(false);
    for row in rows {
        writer.row(row.name, row.question, row.answer);
    }
    let bytes = writer.finish();
    CsvFile {
        length: bytes.len() as u64,
        body: bytes.into(),
    }
}

/// One call, made again while that can help.
struct Attempts<'a> {
    runner: &'a UploadRunner,
    until: &'a CancellationToken,
    waits: Backoff,
    began: Instant,
}

impl<'a> Attempts<'a> {
    fn new(runner: &'a UploadRunner, until: &'a CancellationToken) -> Self {
        Self {
            runner,
            until,
            waits: Backoff::new(runner.haptik.retry),
            began: instant(),
        }
    }

    async fn wait(&mut self, fault: CallFault) -> Result<(), CommandFailure> {
        let after = match fault.class {
            FaultClass::Retry { after } => after,
            FaultClass::InDoubt => None,
            FaultClass::Refused | FaultClass::StopAndTell => {
                return Err(CommandFailure::System(fault.message));
            }
        };
        let most = self.runner.haptik.retry.give_up_after;
        if let Some(after) = after {
            self.runner.call_limiter.hold_off(after.min(most));
        }
        let wait = self.waits.next(&mut fastrand::Rng::new(), after);
        if self.began.elapsed() + wait > most {
            return Err(CommandFailure::System(fault.message));
        }
        self.rest(wait).await
    }

    async fn wait_for_call(&self, kind: CallKind) -> Result<(), CommandFailure> {
        while let Err(wait) = self.runner.call_limiter.take(kind).await? {
            self.rest(wait).await?;
        }
        Ok(())
    }

    async fn rest(&self, time: Duration) -> Result<(), CommandFailure> {
        tokio::select! {
            () = self.runner.clock.sleep(time) => Ok(()),
            () = self.until.cancelled() => {
                Err(CommandFailure::System("stopped while it waited for Haptik".to_owned()))
            }
        }
    }
}
