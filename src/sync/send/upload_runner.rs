//! Takes one upload to its end, state by state, each made durable before the next. Whatever stops
//! it half-way, the upload stays in the store as it is and is taken up again from there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info_span};

use super::call_limiter::CallLimiter;
use super::polling::{Polled, poll};
use super::progress::{Activity, ProgressSink};
use crate::clock::{Clock, instant};
use crate::haptik::{Backoff, CallFault, Client, CsvFile, FaultClass, TaskId};
use crate::model::{CallKind, UploadEvent, UploadEventKind, UploadState};
use crate::sabotage::Sabotage;
use crate::store::{Store, StoreError, UploadRecord};
use crate::telemetry::{OncePerCause, Recovered};
use crate::{config, sabotage};

/// After a stop is asked for, a call under way has this long to come to its end.
const LAST_CALL: Duration = Duration::from_secs(4);

/// How an upload ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOutcome {
    /// Its task ended in Success.
    Succeeded {
        /// Haptik's words.
        text: String,
    },
    /// Its task ended in Error/Exception.
    TaskFailed {
        /// Haptik's words.
        text: String,
    },
    /// Haptik refused the CSV at the door.
    Refused {
        /// Haptik's words.
        text: String,
    },
}

/// Why an upload has not come to its end yet.
#[derive(Debug, Error)]
pub enum Stopped {
    /// The process was asked to stop.
    #[error("stopped; the upload under way is kept and goes on at the next start")]
    ByRequest,
    /// Haptik cannot be reached, or refuses the credentials.
    #[error("{0}")]
    Fault(CallFault),
    /// The task has not ended, or Haptik no longer knows it.
    #[error("{0}")]
    InDoubt(String),
    /// Everything that is uploaded fails, so no step is to blame.
    #[error(
        "every upload fails, whatever is in it, so no step is to blame, and none is put into quarantine for it; Haptik says: {0}. It is tried again automatically; if it goes on, ask Haptik's support"
    )]
    ServiceFails(String),
    /// The state of the bot speaks of another Haptik.
    #[error("{0}")]
    OtherHaptik(String),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes uploads to their end.
#[derive(Clone)]
pub struct UploadRunner {
    /// The store.
    pub store: Store,
    /// The client.
    pub client: Arc<Client>,
    /// The clock.
    pub clock: Clock,
    /// The call budget.
    pub call_limiter: CallLimiter,
    /// Intervals of repeats and polls.
    pub haptik: config::Haptik,
    /// Where jitter comes from.
    pub random: Arc<Mutex<fastrand::Rng>>,
    /// What calls meet that are repeated.
    pub troubles: OncePerCause,
    /// Who is told of progress.
    pub tell: ProgressSink,
    /// Asked to stop.
    pub stop: CancellationToken,
}

impl UploadRunner {
    /// Takes an upload to its end.
    pub async fn deliver(
        &self,
        domain_name: &str,
        record: &mut UploadRecord,
    ) -> Result<TaskOutcome, Stopped> {
        if record.state == UploadState::Sent {
            // An earlier delivery broke off in mid-call, for example on a full disk.
            self.store.advance(record, UploadEvent::Restart).await?;
        }
        let mut lost_tasks = 0;
        loop {
            match record.state {
                UploadState::Prepared | UploadState::InDoubt | UploadState::Sent => {
                    if let Some(refused) = self.submit(domain_name, record).await? {
                        return Ok(refused);
                    }
                }
                UploadState::Accepted => match poll(self, domain_name, record).await? {
                    Polled::Ended(end) => return Ok(end),
                    Polled::Lost { reason } if lost_tasks > 0 => {
                        return Err(Stopped::InDoubt(reason));
                    }
                    Polled::Lost { .. } => lost_tasks += 1,
                    Polled::Overdue { reason } => return Err(Stopped::InDoubt(reason)),
                },
                UploadState::Writing | UploadState::Succeeded | UploadState::Failed => {
                    let event = UploadEventKind::Submit;
                    let illegal = crate::model::IllegalTransition {
                        state: record.state,
                        event,
                    };
                    return Err(Stopped::Store(illegal.into()));
                }
            }
        }
    }

    /// Submits until there is a task or a refusal.
    async fn submit(
        &self,
        domain_name: &str,
        record: &mut UploadRecord,
    ) -> Result<Option<TaskOutcome>, Stopped> {
        let began = instant();
        let mut waits = Backoff::new(self.haptik.retry);
        if record.submissions == 0
            && let Some(wait) = self
                .store
                .until_older_arrived(self.haptik.request_timeout * 2)
        {
            self.rest(domain_name, wait).await?;
        }
        loop {
            self.wait_for_call(domain_name, CallKind::Submit).await?;
            if !self.store.is_ready(record) {
                // What has changed on the disk since it was written down must not go out.
                self.store.check_csv(record).await?;
            }
            let at = self.clock.now();
            self.store
                .advance(record, UploadEvent::Submit { at })
                .await?;
            tracing::info!(
                bot = domain_name,
                upload = record.id.0,
                rows = record.rows,
                "submitting {}",
                rows_of(record)
            );
            (self.tell)(domain_name, Activity::Submitting { rows: record.rows });
            let csv = self.csv_file(record);
            let call = self.client.submit(domain_name, csv);
            let fault = match self.call(call.instrument(info_span!("submit"))).await? {
                Ok(task) => {
                    self.say_recovered(domain_name);
                    self.accepted(domain_name, record, &task).await?;
                    return Ok(None);
                }
                Err(fault) => fault,
            };
            let Some(event) = event_of(&fault) else {
                return Ok(Some(TaskOutcome::Refused { text: fault.words }));
            };
            let words = fault.to_string();
            self.store.advance(record, event).await?;
            let FaultClass::Retry { after } = retry_of(&fault) else {
                return Err(Stopped::Fault(fault));
            };
            self.hold_off(after);
            let wait = self.next_wait(&mut waits, after);
            if began.elapsed() + wait > self.haptik.retry.give_up_after {
                return Err(Stopped::Fault(fault));
            }
            self.say_trouble(domain_name, &words, wait);
            self.rest(domain_name, wait).await?;
        }
    }

    async fn accepted(
        &self,
        domain_name: &str,
        record: &mut UploadRecord,
        task: &TaskId,
    ) -> Result<(), Stopped> {
        let at = self.clock.now();
        let id = task.as_str();
        if sabotage::is(Sabotage::TaskIdAfterPoll) {
            record.state = record
                .state
                .after(UploadEventKind::TaskGiven)
                .map_err(StoreError::from)?;
            (record.accepted_at, record.task_id) = (Some(at), Some(id.to_owned()));
            return Ok(());
        }
        let task_id = id.to_owned();
        self.store
            .advance(record, UploadEvent::TaskGiven { task_id, at })
            .await?;
        tracing::info!(
            bot = domain_name,
            upload = record.id.0,
            task_id = id,
            "Haptik accepted {} as task {id}",
            rows_of(record)
        );
        Ok(())
    }

    fn csv_file(&self, record: &UploadRecord) -> CsvFile {
        let length = record.csv_bytes;
        let store = self.store.clone();
        let end = stream::once(async move { store.check_may_send() });
        // Without the boundary that follows it, Haptik has no whole upload, and takes nothing of it.
        let end = end.filter_map(|checked| std::future::ready(checked.err().map(Err)));
        if let Some(ready) = self.store.take_ready(record) {
            let pages = stream::iter(ready.pages()).map_ok(Bytes::from);
            let body = reqwest::Body::wrap_stream(pages.map_err(StoreError::from).chain(end));
            return CsvFile { length, body };
        }
        let store = self.store.clone();
        let start = Some(Store::csv_start(record));
        let pages = stream::try_unfold(
            (store, record.clone(), start, true),
            |(store, record, cursor, first)| async move {
                let Some(cursor) = cursor else {
                    return Ok::<_, StoreError>(None);
                };
                let (bytes, _, next) = store.csv_page(&record, cursor, first).await?;
                Ok(Some((Bytes::from(bytes), (store, record, next, false))))
            },
        );
        CsvFile {
            length,
            body: reqwest::Body::wrap_stream(pages.chain(end)),
        }
    }

    /// One line for all attempts of all bots that meet the same.
    pub(crate) fn say_trouble(&self, bot: &str, words: &str, wait: Duration) {
        if self.troubles.failed(bot, words) {
            tracing::warn!(bot, "{words}; trying again in {wait:.1?}, and so on");
        } else {
            tracing::debug!(bot, "{words}; trying again in {wait:.1?}");
        }
    }

    /// A call was answered as it should be.
    pub(crate) fn say_recovered(&self, bot: &str) {
        if let Some(Recovered { attempts, bots, .. }) = self.troubles.recovered(bot) {
            if bots == 1 {
                tracing::info!(
                    bot,
                    "Haptik answers again, after {attempts} failed attempts"
                );
            } else {
                tracing::info!(
                    "Haptik answers again, after {attempts} failed attempts of {bots} bots"
                );
            }
        }
    }

    pub(crate) fn hold_off(&self, retry_after: Option<Duration>) {
        if let Some(after) = retry_after {
            self.call_limiter
                .hold_off(after.min(self.haptik.retry.give_up_after));
        }
    }

    pub(crate) fn next_wait(&self, waits: &mut Backoff, retry_after: Option<Duration>) -> Duration {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        waits.next(&mut random, retry_after)
    }

    /// Waits for the budget.
    pub(crate) async fn wait_for_call(
        &self,
        domain_name: &str,
        kind: CallKind,
    ) -> Result<(), Stopped> {
        loop {
            if self.stop.is_cancelled() {
                return Err(Stopped::ByRequest);
            }
            match self.call_limiter.take(kind).await? {
                Ok(()) => return Ok(()),
                Err(wait) => self.rest(domain_name, wait).await?,
            }
        }
    }

    /// Waits, unless the process is asked to stop.
    async fn rest(&self, domain_name: &str, time: Duration) -> Result<(), Stopped> {
        (self.tell)(domain_name, Activity::Waiting { time });
        let _way = self.store.give_way();
        tokio::select! {
            biased;
            () = self.clock.sleep(time) => Ok(()),
            () = self.stop.cancelled() => Err(Stopped::ByRequest),
        }
    }

    /// Makes a call; after a stop is asked for, it has a few seconds left.
    pub(crate) async fn call<T>(&self, call: impl Future<Output = T>) -> Result<T, Stopped> {
        let deadline = async {
            self.stop.cancelled().await;
            self.clock.sleep(LAST_CALL).await;
        };
        let _way = self.store.give_way();
        tokio::select! {
            biased;
            answer = call => Ok(answer),
            () = deadline => Err(Stopped::ByRequest),
        }
    }
}

/// What a fault of the POST means to the upload; `None` where Haptik refused it.
fn event_of(fault: &CallFault) -> Option<UploadEvent> {
    match fault.class {
        FaultClass::StopAndTell if sabotage::is(Sabotage::TokenBlamesSteps) => None,
        FaultClass::Retry { .. } | FaultClass::StopAndTell => Some(UploadEvent::NotTaken {
            words: fault.to_string(),
        }),
        FaultClass::InDoubt => Some(UploadEvent::AnswerLost {
            words: fault.to_string(),
        }),
        FaultClass::Refused => None,
    }
}

/// An upload in doubt is sent again like one that never arrived.
fn retry_of(fault: &CallFault) -> FaultClass {
    match fault.class {
        FaultClass::InDoubt => FaultClass::Retry { after: None },
        class => class,
    }
}

fn rows_of(record: &UploadRecord) -> String {
    match record.rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }
}
