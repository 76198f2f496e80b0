//! One bot's loop: pass after pass, woken by events, by the timer, and after a failure by the
//! repeat intervals.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, mpsc, oneshot};

use super::attention::wants;
use crate::clock::{Instant, Millis, instant, millis_duration};
use crate::config::Bot;
use crate::control::{Trigger, TriggerSender};
use crate::haptik::Backoff;
use crate::sync::{Engine, Outcome, PassReport, keep_asking, pass, record_outcome, replan, rest};
use crate::telemetry::{OncePerCause, Recovered};
use crate::text::{count, few, one_line};

/// A wait that is over by the clock of one file system may not be by that of another.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Where the loops are asked, in the order of their bots.
pub struct Triggers(pub(super) Vec<TriggerSender>);

/// The loops of all bots, each with what wakes it. They end when the engine is asked to stop.
pub fn bot_loops(
    engine: &Engine,
    bots: &[Bot],
    wakes: &[Arc<Notify>],
) -> (
    Vec<impl Future<Output = ()> + Send + 'static + use<>>,
    Triggers,
) {
    let (mut loops, mut triggers) = (Vec::new(), Vec::new());
    for (bot, wake) in bots.iter().zip(wakes) {
        let (sender, asked) = mpsc::unbounded_channel();
        triggers.push(sender);
        loops.push(bot_loop(engine.clone(), bot.clone(), wake.clone(), asked));
    }
    (loops, Triggers(triggers))
}

/// What the next pass is for, besides what is due anyway.
#[derive(Debug, Default)]
struct PassRequest {
    /// Those who wait for the report of a full sync.
    listeners: Vec<oneshot::Sender<PassReport>>,
    /// Nothing but a new plan is wanted.
    only_replan: bool,
    /// What is due is to be read.
    polls: bool,
}

impl PassRequest {
    fn add(&mut self, trigger: Trigger) {
        match trigger {
            Trigger::Replan => self.only_replan = self.listeners.is_empty() && !self.polls,
            Trigger::Poll => (self.polls, self.only_replan) = (true, false),
            Trigger::FullSync(listener) => {
                self.listeners.push(listener);
                self.only_replan = false;
            }
        }
    }

    /// The pass that does it.
    async fn pass(&self, engine: &Engine, bot: &Bot) -> PassReport {
        if self.only_replan {
            return replan(engine, bot).await;
        }
        if !self.listeners.is_empty() {
            engine.readings.forget(&bot.domain_name);
        }
        pass(engine, bot).await
    }
}

/// Runs the loop of a bot until asked to stop. Each listener gets the report of a pass that began
/// after it asked.
async fn bot_loop(
    engine: Engine,
    bot: Bot,
    wake: Arc<Notify>,
    mut asked: mpsc::UnboundedReceiver<Trigger>,
) {
    let mut log_deduplication = LogDeduplication::new(engine.failures.clone());
    let mut backoff = Backoff::new(engine.runner.haptik.retry);
    let stop = engine.runner.stop.clone();
    let mut request = PassRequest::default();
    let mut due_at: Option<Instant> = None;
    while !stop.is_cancelled() {
        while let Ok(trigger) = asked.try_recv() {
            request.add(trigger);
        }
        let mark = engine.runner.client.credential_mark();
        let report = watched_pass(&engine, &bot, &request, &wake).await;
        if stop.is_cancelled() {
            return;
        }
        record_outcome(&engine, &report).await;
        log_deduplication.say(&report);
        let PassRequest {
            listeners,
            only_replan,
            polls: _,
        } = std::mem::take(&mut request);
        for listener in listeners {
            let _ = listener.send(report.clone());
        }
        let failed = report.outcome == Outcome::Failed;
        let next = instant() + pause(&engine, &bot, &report, failed.then_some(&mut backoff));
        // What is to be read is read when it is due, however often somebody has it planned again.
        let next = due_at
            .filter(|_| only_replan)
            .map_or(next, |due| due.min(next));
        due_at = Some(next);
        if !failed {
            backoff.reset();
        }
        let rest = next.saturating_duration_since(instant());
        tokio::select! {
            biased;
            () = wake.notified() => {}
            Some(trigger) = asked.recv() => request.add(trigger),
            () = engine.runner.clock.sleep(rest) => {}
            () = credential_fixed(&engine, mark), if report.stopped => {}
            () = asking(&engine, &bot), if !report.refused => request.add(Trigger::Replan),
            () = stop.cancelled() => {}
        }
    }
}

/// A pass, during which folders may move on. That is noted at once: an upload may be under way for hours,
/// and what is new waits from now on.
async fn watched_pass(
    engine: &Engine,
    bot: &Bot,
    request: &PassRequest,
    wake: &Notify,
) -> PassReport {
    let mut pass = std::pin::pin!(request.pass(engine, bot));
    // Beside the pass, which may hold the connection that these take.
    let mut notes = FuturesUnordered::new();
    let mut has_moved = false;
    let report = loop {
        tokio::select! {
            biased;
            report = &mut pass => break report,
            Some(()) = notes.next(), if !notes.is_empty() => {}
            () = wake.notified() => {
                has_moved = true;
                notes.push(note_moved(engine, bot));
            }
        }
    };
    if has_moved {
        wake.notify_one();
    }
    report
}

async fn note_moved(engine: &Engine, bot: &Bot) {
    let now = engine.runner.clock.now();
    let noted = engine.runner.store.note_moved(&bot.domain_name, now);
    if let Err(error) = noted.await {
        tracing::debug!(
            bot = bot.domain_name,
            "that a folder moved on could not be noted: {error}"
        );
    }
}

/// When the first of the waiting removals can be confirmed, and a moment later, so that it is.
fn confirmable(report: &PassReport) -> Option<Duration> {
    let left = report.waiting.iter().map(|waiting| waiting.left);
    left.min().map(|left| left + A_MOMENT)
}

/// How long a pause lasts from now, and a moment longer, so that it is over then.
fn paused_for(report: &PassReport, now: Millis) -> Option<Duration> {
    let until = report.paused.as_ref()?.until?;
    Some(millis_duration(until - now) + A_MOMENT)
}

/// How long the line rests: until a source is due or a removal confirmed, or after a failure until the
/// next repeat.
fn pause(
    engine: &Engine,
    bot: &Bot,
    report: &PassReport,
    repeats: Option<&mut Backoff>,
) -> Duration {
    let runner = &engine.runner;
    let mut random = runner
        .random
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let due = rest(bot, runner.clock.now(), &mut random);
    let pause = match repeats {
        Some(backoff) => backoff.next(&mut random, None).min(due),
        None => due,
    };
    let ends = [confirmable(report), paused_for(report, runner.clock.now())];
    ends.into_iter().flatten().fold(pause, Duration::min)
}

/// Asks the bot what it answers for as long as nothing else is to be done: whatever wakes the line drops
/// this. It ends where a step is to be uploaded once more. A line that asks nothing keeps no room for it.
fn asking<'a>(engine: &'a Engine, bot: &'a Bot) -> BoxFuture<'a, ()> {
    match engine.asker {
        Some(_) => Box::pin(keep_asking(engine, bot)),
        None => Box::pin(std::future::pending()),
    }
}

/// Waits until the token is another one: a credential may be fixed on disk, and nobody should
/// have to tell the daemon.
async fn credential_fixed(engine: &Engine, before: Option<[u8; 32]>) {
    while engine.runner.client.credential_mark() == before {
        engine.runner.clock.sleep(Duration::from_secs(1)).await;
    }
}

/// Says each cause once, and once that it is over.
#[derive(Debug, Default)]
struct LogDeduplication {
    /// Why passes fail, of all bots.
    failures: OncePerCause,
    wants: HashSet<String>,
}

impl LogDeduplication {
    fn new(failures: OncePerCause) -> Self {
        Self {
            failures,
            wants: HashSet::new(),
        }
    }

    fn say(&mut self, report: &PassReport) {
        let bot = report.domain_name.as_str();
        if let Some(error) = &report.error {
            if self.failures.failed(bot, error) {
                tracing::error!(bot, "{error}");
            }
        } else if let Some(over) = self.failures.recovered(bot) {
            let Recovered {
                cause,
                attempts,
                bots,
            } = over;
            if bots == 1 {
                tracing::info!(bot, "recovered after {attempts} failed passes");
            } else {
                tracing::info!(
                    "{bots} bots recovered after {attempts} failed passes: {}",
                    one_line(&cause, CAUSE)
                );
            }
        }
        let wants = wants(report);
        for want in wants.iter().filter(|want| !self.wants.contains(*want)) {
            tracing::warn!(bot, "{want}");
        }
        self.wants = wants.into_iter().collect();
        if report.added + report.changed + report.removed > 0 {
            let done = match report.outcome {
                Outcome::InSync => "in sync",
                Outcome::Attention | Outcome::Failed => "done as far as possible",
            };
            tracing::info!(
                bot,
                "{done}: {} added, {} changed, {} removed, {} unchanged",
                report.added,
                report.changed,
                report.removed,
                report.unchanged
            );
        }
    }
}

/// How often it is looked for more bots with a cause that was told.
const MORE: Duration = Duration::from_secs(5);
/// Characters of a cause that was told before.
const CAUSE: usize = 200;

/// Tells, until asked to stop, how many more bots have come to have a cause that was told of the first.
pub(super) async fn tell_of_more(engine: Engine) {
    let runner = &engine.runner;
    loop {
        tokio::select! {
            () = runner.clock.sleep(MORE) => {}
            () = runner.stop.cancelled() => return,
        }
        for causes in [&engine.failures, &runner.troubles] {
            for (cause, bots) in causes.more() {
                tracing::warn!(
                    "the same for {} more ({}): {}",
                    count(bots.len() as u64, "bot", "bots"),
                    few(&bots),
                    one_line(&cause, CAUSE)
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Place, Reach, Rejection};

    fn rejection(line: u64, reason: &str) -> Rejection {
        Rejection {
            source: "export".into(),
            place: Place {
                file: "a.csv".into(),
                line,
            },
            id: None,
            reason: reason.into(),
            reach: Reach::Alone,
        }
    }

    #[test]
    fn a_cause_is_one_line_however_many_rows_have_it() {
        let mut report = PassReport::new("acme");
        report.rejections = (2..100_002)
            .map(|at| rejection(at, "has no answer"))
            .collect();
        report.rejections.push(rejection(7, "has no question"));
        report.quarantined = vec![("a".into(), "no".into()), ("b".into(), "no".into())];
        report.manual = vec!["c".into(), "d".into()];
        let wants = wants(&report);
        assert_eq!(wants.len(), 4, "{wants:?}");
        let longest = wants.iter().map(String::len).max();
        assert!(longest.is_some_and(|longest| longest < 300), "{wants:?}");
        for (want, words) in wants.iter().zip([
            "100000 rows or files: has no answer (a.csv:2, ",
            "export\": a.csv:7: has no question",
            "2 steps are in quarantine: a, b; Haptik says: no",
            "2 steps are to be removed manually",
        ]) {
            assert!(want.contains(words), "{words}: {want}");
        }
        assert!(
            wants[0].ends_with("a.csv:11 and 99990 more)"),
            "{}",
            wants[0]
        );
    }

    #[test]
    fn causes_that_are_all_different_end_after_ten() {
        let mut report = PassReport::new("acme");
        let each = |at: u64| rejection(at, &format!("has {at} cells"));
        report.rejections = (0..50_000).map(each).collect();
        report.quarantined = (0..50_000)
            .map(|at| (format!("step {at}"), format!("reason {at}")))
            .collect();
        let mut log_deduplication = LogDeduplication::default();
        let began = std::time::Instant::now();
        for _ in 0..3 {
            log_deduplication.say(&report);
        }
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(
            log_deduplication.wants.len(),
            22,
            "{:?}",
            log_deduplication.wants
        );
        let more = log_deduplication
            .wants
            .iter()
            .filter(|want| want.contains("49990 more"));
        assert_eq!(more.count(), 2, "{:?}", log_deduplication.wants);
    }
}
