//! Asks how a task is doing until it has ended, is lost, or has taken too long.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{Instrument as _, info_span};

use super::courier::{Courier, End, Halt};
use super::first_poll::{first_poll, usual};
use super::progress::Progress;
use crate::clock::{Millis, duration_millis, millis_duration};
use crate::haptik::budget::CallKind;
use crate::haptik::{Fault, FaultClass, TaskId, TaskStatus, Waits, gave_up};
use crate::sabotage::{self, Sabotage};
use crate::store::UploadRecord;
use crate::upload::Event;

/// What polling came to.
pub(super) enum Polled {
    /// The task has ended.
    Ended(End),
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
pub(super) async fn poll(
    courier: &Courier,
    domain_name: &str,
    record: &mut UploadRecord,
) -> Result<Polled, Halt> {
    let Some(task) = record.task_id.as_deref().and_then(TaskId::new) else {
        return lost(courier, record, "the task_id is not usable").await;
    };
    if sabotage::is(Sabotage::LiveWhenAccepted) {
        let text = "accepted".to_owned();
        return Ok(Polled::Ended(End::Succeeded { text }));
    }
    let times = courier.store.task_times(record.bot).await?;
    let mut patience = Patience {
        courier,
        domain_name,
        task,
        polls: Waits::new(courier.haptik.polling),
        repeats: Waits::new(courier.haptik.retry),
        unreachable_since: None,
    };
    let interval = courier.next_wait(&mut patience.polls, None);
    let first = first_poll(&times, interval, courier.haptik.polling);
    let age_now = age(courier, record);
    let mut wait = first.saturating_sub(age_now);
    // A little later, the state was busy, which is no time of the task's. Much later, an earlier process
    // may have asked already, and nothing is known.
    let mut due =
        (age_now <= first + interval).then(|| accepted_at(record) + duration_millis(first));
    loop {
        await_task(courier, domain_name, record, usual(&times), wait).await?;
        courier.pass_gate(domain_name, CallKind::Status).await?;
        let asked = courier.client.status(&patience.task);
        let answer = courier.call(asked.instrument(info_span!("poll"))).await?;
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
                    return Ok(Polled::Ended(End::Succeeded { text }));
                }
                return lost(courier, record, &text).await;
            }
            Err(fault) => patience.fault(fault)?,
        };
        if gave_up(age(courier, record), courier.haptik.polling) {
            return overdue(courier, record, &patience.task).await;
        }
        due = Some(courier.clock.now() + duration_millis(wait));
    }
}

/// How long to go on asking, and how often.
struct Patience<'a> {
    courier: &'a Courier,
    domain_name: &'a str,
    task: TaskId,
    polls: Waits,
    repeats: Waits,
    unreachable_since: Option<Instant>,
}

impl Patience<'_> {
    /// The end of the task, or the wait before it is asked again.
    fn status(&mut self, status: TaskStatus) -> ControlFlow<End, Duration> {
        self.unreachable_since = None;
        let (bot, task_id) = (self.domain_name, self.task.as_str());
        match status {
            TaskStatus::Succeeded(text) => return ControlFlow::Break(End::Succeeded { text }),
            TaskStatus::Failed(text) => return ControlFlow::Break(End::TaskFailed { text }),
            TaskStatus::Unknown(text) | TaskStatus::InProgress(text)
                if sabotage::is(Sabotage::UnknownIsSuccess) =>
            {
                return ControlFlow::Break(End::Succeeded { text });
            }
            TaskStatus::InProgress(text) => tracing::debug!(bot, task_id, "{text}"),
            TaskStatus::Unknown(text) => tracing::warn!(
                bot,
                task_id,
                "the status \"{text}\" is not understood; it does not count as Success, and the task is asked again"
            ),
        }
        ControlFlow::Continue(self.courier.next_wait(&mut self.polls, None))
    }

    /// The wait before the same question again, unless it has long gone unanswered.
    fn fault(&mut self, fault: Fault) -> Result<Duration, Halt> {
        let FaultClass::Retry { after } = fault.class else {
            return Err(Halt::Fault(fault));
        };
        self.courier.hold_off(after);
        let since = *self.unreachable_since.get_or_insert_with(Instant::now);
        let wait = self.courier.next_wait(&mut self.repeats, after);
        if since.elapsed() + wait > self.courier.haptik.retry.give_up_after {
            return Err(Halt::Fault(fault));
        }
        tracing::warn!(
            bot = self.domain_name,
            "{fault}; trying again in {wait:.1?}"
        );
        Ok(wait)
    }
}

/// How long ago the task was accepted.
fn age(courier: &Courier, record: &UploadRecord) -> Duration {
    millis_duration(courier.clock.now() - accepted_at(record))
}

fn accepted_at(record: &UploadRecord) -> Millis {
    record.accepted_at.unwrap_or(record.prepared_at)
}

async fn lost(courier: &Courier, record: &mut UploadRecord, words: &str) -> Result<Polled, Halt> {
    let now = courier.clock.now();
    courier
        .store
        .advance(record, Event::TaskLost, now, None, Some(words))
        .await?;
    tracing::warn!(
        upload = record.id.0,
        "{words}; the same rows are uploaded again"
    );
    Ok(Polled::Lost {
        reason: words.to_owned(),
    })
}

async fn overdue(
    courier: &Courier,
    record: &mut UploadRecord,
    task: &TaskId,
) -> Result<Polled, Halt> {
    let reason = format!(
        "task {task} has not ended after {:.0?} (polling.give_up_after); whether it will is in doubt, so the same rows are uploaded again before anything newer. If tasks of this bot take that long, raise polling.give_up_after",
        courier.haptik.polling.give_up_after,
    );
    let now = courier.clock.now();
    courier
        .store
        .advance(record, Event::TaskLost, now, None, Some(&reason))
        .await?;
    Ok(Polled::Overdue { reason })
}

/// Waits for a task, telling its age once a second.
async fn await_task(
    courier: &Courier,
    domain_name: &str,
    record: &UploadRecord,
    usual: Option<Duration>,
    time: Duration,
) -> Result<(), Halt> {
    let mut left = time;
    loop {
        let age = age(courier, record);
        let rows = record.rows;
        (courier.tell)(domain_name, Progress::Task { rows, age, usual });
        let part = left.min(Duration::from_secs(1));
        tokio::select! {
            biased;
            () = courier.clock.sleep(part) => {}
            () = courier.stop.cancelled() => return Err(Halt::Stopped),
        }
        left -= part;
        if left.is_zero() {
            return Ok(());
        }
    }
}
