//! Asks how a task is doing until it has ended, is lost, or has taken too long.

use std::ops::ControlFlow;
use std::time::Duration;

use tracing::{Instrument as _, info_span};

use super::first_poll::{first_poll, usual};
use super::progress::Activity;
use super::upload_runner::{Stopped, TaskOutcome, UploadRunner};
use crate::clock::{Instant, Millis, duration_millis, instant, millis_duration};
use crate::haptik::{Backoff, CallFault, FaultClass, TaskId, TaskStatus, gave_up};
use crate::model::{CallKind, UploadEvent};
use crate::sabotage;
use crate::sabotage::Sabotage;
use crate::store::UploadRecord;

/// What polling came to.
pub(crate) enum Polled {
    /// The task has ended.
    Ended(TaskOutcome),
    /// Haptik no longer knows the task.
    Lost {
        /// Its words.
        reason: String,
    },
    /// The task has not ended in time.
    Overdue {
        /// What that means.
        reason: String,
    },
}

/// Polls the task of an accepted upload.
pub(crate) async fn poll(
    runner: &UploadRunner,
    domain_name: &str,
    record: &mut UploadRecord,
) -> Result<Polled, Stopped> {
    let Some(task) = record.task_id.as_deref().and_then(TaskId::new) else {
        return lost(runner, record, "the task_id is not usable").await;
    };
    if sabotage::is(Sabotage::LiveWhenAccepted) {
        let text = "accepted".to_owned();
        return Ok(Polled::Ended(TaskOutcome::Succeeded { text }));
    }
    let times = runner.store.task_times(record.bot).await?;
    let mut patience = Patience {
        runner,
        domain_name,
        task,
        polls: Backoff::new(runner.haptik.polling),
        repeats: Backoff::new(runner.haptik.retry),
        unreachable_since: None,
        not_understood: None,
    };
    let interval = runner.next_wait(&mut patience.polls, None);
    let first = first_poll(&times, interval, runner.haptik.polling);
    let age_now = age(runner, record);
    let mut wait = first.saturating_sub(age_now);
    // A little later, the state was busy, which is no time of the task's. Much later, an earlier process
    // may have asked already, and nothing is known.
    let mut due =
        (age_now <= first + interval).then(|| accepted_at(record) + duration_millis(first));
    loop {
        await_task(runner, domain_name, record, usual(&times), wait).await?;
        runner.wait_for_call(domain_name, CallKind::Status).await?;
        let asked = runner.client.status(&patience.task);
        let answer = runner.call(asked.instrument(info_span!("poll"))).await?;
        wait = match answer {
            Ok(status) => match patience.status(status) {
                ControlFlow::Break(end) => {
                    record.asked_at = due;
                    return Ok(Polled::Ended(end));
                }
                ControlFlow::Continue(wait) => wait,
            },
            Err(fault) if fault.class == FaultClass::InDoubt => {
                let text = fault.to_string();
                if sabotage::is(Sabotage::LostIsSuccess) {
                    return Ok(Polled::Ended(TaskOutcome::Succeeded { text }));
                }
                return lost(runner, record, &text).await;
            }
            Err(fault) => patience.fault(fault)?,
        };
        if gave_up(age(runner, record), runner.haptik.polling) {
            return overdue(runner, record, &patience.task).await;
        }
        due = Some(runner.clock.now() + duration_millis(wait));
    }
}

/// How long to go on asking, and how often.
struct Patience<'a> {
    runner: &'a UploadRunner,
    domain_name: &'a str,
    task: TaskId,
    polls: Backoff,
    repeats: Backoff,
    unreachable_since: Option<Instant>,
    /// The last status that nobody understands.
    not_understood: Option<String>,
}

impl Patience<'_> {
    /// The end of the task, or the wait before it is asked again.
    fn status(&mut self, status: TaskStatus) -> ControlFlow<TaskOutcome, Duration> {
        self.unreachable_since = None;
        self.runner.say_recovered(self.domain_name);
        let (bot, task_id) = (self.domain_name, self.task.as_str());
        match status {
            TaskStatus::Succeeded(text) => {
                return ControlFlow::Break(TaskOutcome::Succeeded { text });
            }
            TaskStatus::Failed(text) => {
                return ControlFlow::Break(TaskOutcome::TaskFailed { text });
            }
            TaskStatus::Unknown(text) | TaskStatus::InProgress(text)
                if sabotage::is(Sabotage::UnknownIsSuccess) =>
            {
                return ControlFlow::Break(TaskOutcome::Succeeded { text });
            }
            TaskStatus::InProgress(text) => tracing::debug!(bot, task_id, "{text}"),
            TaskStatus::Unknown(text) => {
                if self.not_understood.as_ref() != Some(&text) {
                    tracing::warn!(
                        bot,
                        task_id,
                        "the status \"{text}\" is not understood; it does not count as Success, and the task is asked again"
                    );
                }
                self.not_understood = Some(text);
            }
        }
        ControlFlow::Continue(self.runner.next_wait(&mut self.polls, None))
    }

    /// The wait before the same question again, unless it has long gone unanswered.
    fn fault(&mut self, fault: CallFault) -> Result<Duration, Stopped> {
        let FaultClass::Retry { after } = fault.class else {
            return Err(Stopped::Fault(fault));
        };
        self.runner.hold_off(after);
        let since = *self.unreachable_since.get_or_insert_with(instant);
        let wait = self.runner.next_wait(&mut self.repeats, after);
        if since.elapsed() + wait > self.runner.haptik.retry.give_up_after {
            return Err(Stopped::Fault(fault));
        }
        let words = fault.to_string();
        self.runner.say_trouble(self.domain_name, &words, wait);
        Ok(wait)
    }
}

/// How long ago the task was accepted.
fn age(runner: &UploadRunner, record: &UploadRecord) -> Duration {
    millis_duration(runner.clock.now() - accepted_at(record))
}

fn accepted_at(record: &UploadRecord) -> Millis {
    record.accepted_at.unwrap_or(record.prepared_at)
}

async fn lost(
    runner: &UploadRunner,
    record: &mut UploadRecord,
    words: &str,
) -> Result<Polled, Stopped> {
    let lost = UploadEvent::TaskLost {
        words: words.to_owned(),
    };
    runner.store.advance(record, lost).await?;
    tracing::warn!(
        upload = record.id.0,
        "{words}; the same rows are uploaded again"
    );
    Ok(Polled::Lost {
        reason: words.to_owned(),
    })
}

async fn overdue(
    runner: &UploadRunner,
    record: &mut UploadRecord,
    task: &TaskId,
) -> Result<Polled, Stopped> {
    let reason = format!(
        "task {task} has not ended after {:.0?} (polling.give_up_after); whether it will is in doubt, so the same rows are uploaded again before anything newer. If tasks of this bot take that long, raise polling.give_up_after",
        runner.haptik.polling.give_up_after,
    );
    let lost = UploadEvent::TaskLost {
        words: reason.clone(),
    };
    runner.store.advance(record, lost).await?;
    Ok(Polled::Overdue { reason })
}

/// Waits for a task, telling its age once a second.
async fn await_task(
    runner: &UploadRunner,
    domain_name: &str,
    record: &UploadRecord,
    usual: Option<Duration>,
    time: Duration,
) -> Result<(), Stopped> {
    let mut left = time;
    loop {
        let age = age(runner, record);
        let rows = record.rows;
        (runner.tell)(domain_name, Activity::Task { rows, age, usual });
        let part = left.min(Duration::from_secs(1));
        let _way = runner.store.give_way();
        tokio::select! {
            biased;
            () = runner.clock.sleep(part) => {}
            () = runner.stop.cancelled() => return Err(Stopped::ByRequest),
        }
        left -= part;
        if left.is_zero() {
            return Ok(());
        }
    }
}
