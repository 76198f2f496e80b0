//! One bot's line: pass after pass, woken by events, by the timer, and after a failure by the
//! repeat intervals.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};

use crate::clock::{Instant, Millis, instant, millis_duration};
use crate::config::Bot;
use crate::control::{Trigger, TriggerSender};
use crate::haptik::Backoff;
use crate::status::paused;
use crate::sync::{Engine, Outcome, PassReport, pass, record_outcome, replan, rest};
use crate::telemetry::{OncePerCause, Recovered};
use crate::text::{command_for, count, few, grouped, one_line};

/// A wait that is over by the clock of one file system may not be by that of another.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Where the lines are asked, in the order of their bots.
pub struct Triggers(pub(super) Vec<TriggerSender>);

/// The lines of all bots, each with what wakes it. They end when the engine is asked to stop.
pub fn lines(
    engine: &Engine,
    bots: &[Bot],
    wakes: &[Arc<Notify>],
) -> (
    Vec<impl Future<Output = ()> + Send + 'static + use<>>,
    Triggers,
) {
    let (mut lines, mut triggers) = (Vec::new(), Vec::new());
    for (bot, wake) in bots.iter().zip(wakes) {
        let (sender, asked) = mpsc::unbounded_channel();
        triggers.push(sender);
        lines.push(line(engine.clone(), bot.clone(), wake.clone(), asked));
    }
    (lines, Triggers(triggers))
}

/// What the next pass is for, beside what is due by itself.
#[derive(Debug, Default)]
struct Wanted {
    /// Those who wait for the report of a full sync.
    listeners: Vec<oneshot::Sender<PassReport>>,
    /// Nothing but a new plan is wanted.
    only_replan: bool,
    /// What is due is to be read.
    polls: bool,
}

impl Wanted {
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

/// Runs the line of a bot until asked to stop. Each listener gets the report of a pass that began
/// after it asked.
async fn line(
    engine: Engine,
    bot: Bot,
    wake: Arc<Notify>,
    mut asked: mpsc::UnboundedReceiver<Trigger>,
) {
    let mut voice = LogDeduplication::new(engine.failures.clone());
    let mut waits = Backoff::new(engine.runner.haptik.retry);
    let stop = engine.runner.stop.clone();
    let mut wanted = Wanted::default();
    let mut due_at: Option<Instant> = None;
    while !stop.is_cancelled() {
        while let Ok(trigger) = asked.try_recv() {
            wanted.add(trigger);
        }
        let mark = engine.runner.client.credential_mark();
        let report = watched_pass(&engine, &bot, &wanted, &wake).await;
        if stop.is_cancelled() {
            return;
        }
        record_outcome(&engine, &report).await;
        voice.say(&report);
        let Wanted {
            listeners,
            only_replan,
            polls: _,
        } = std::mem::take(&mut wanted);
        for listener in listeners {
            let _ = listener.send(report.clone());
        }
        let failed = report.outcome == Outcome::Failed;
        let next = instant() + pause(&engine, &bot, &report, failed.then_some(&mut waits));
        // What is to be read is read when it is due, however often somebody has it planned anew.
        let next = due_at
            .filter(|_| only_replan)
            .map_or(next, |due| due.min(next));
        due_at = Some(next);
        if !failed {
            waits.reset();
        }
        let rest = next.saturating_duration_since(instant());
        tokio::select! {
            biased;
            () = wake.notified() => {}
            Some(trigger) = asked.recv() => wanted.add(trigger),
            () = engine.runner.clock.sleep(rest) => {}
            () = credential_fixed(&engine, mark), if report.stopped => {}
            () = stop.cancelled() => {}
        }
    }
}

/// A pass, during which folders may move on. That is noted at once: an upload may be under way for hours,
/// and what is new waits from now on.
async fn watched_pass(engine: &Engine, bot: &Bot, wanted: &Wanted, wake: &Notify) -> PassReport {
    let mut pass = std::pin::pin!(wanted.pass(engine, bot));
    let mut has_moved = false;
    let report = loop {
        tokio::select! {
            biased;
            report = &mut pass => break report,
            () = wake.notified() => {
                has_moved = true;
                // Beside the pass: it may hold the connection that this takes.
                let (store, name) = (engine.runner.store.clone(), bot.domain_name.clone());
                let now = engine.runner.clock.now();
                tokio::spawn(async move {
                    if let Err(error) = store.note_moved(&name, now).await {
                        tracing::debug!(bot = name, "that a folder moved on could not be noted: {error}");
                    }
                });
            }
        }
    };
    if has_moved {
        wake.notify_one();
    }
    report
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
        Some(waits) => waits.next(&mut random, None).min(due),
        None => due,
    };
    let ends = [confirmable(report), paused_for(report, runner.clock.now())];
    ends.into_iter().flatten().fold(pause, Duration::min)
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
            tracing::info!(
                bot,
                "in sync: {} added, {} changed, {} removed, {} unchanged",
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

/// Causes of one kind that are told each by itself.
const CAUSES: usize = 10;

/// How many have one of the causes that are not told.
fn untold<C, T>(groups: &[(C, Vec<T>)]) -> Option<usize> {
    let untold: usize = groups.iter().skip(CAUSES).map(|(_, all)| all.len()).sum();
    (untold > 0).then_some(untold)
}

fn removals(count: usize) -> String {
    match count {
        1 => "1 removal is".to_owned(),
        count => format!("{count} removals are"),
    }
}

/// What needs attention, in words: one line for each cause, with the first few that have it.
pub(super) fn wants(report: &PassReport) -> Vec<String> {
    let mut wants = Vec::new();
    not_taken(report, &mut wants);
    quarantined(report, &mut wants);
    let held = report.held.iter();
    for (reason, names) in grouped(held.map(|held| (&held.reason, &held.node_name))) {
        wants.push(format!(
            "{} held: {}. Steps: {}",
            removals(names.len()),
            reason.with_remedy(&report.domain_name, report.plan),
            few(&names)
        ));
    }
    for why in &report.incomplete {
        wants.push(format!(
            "not read completely, so nothing of it is removed: {why}"
        ));
    }
    for file in &report.open_too_long {
        wants.push(format!(
            "{file} has been open for writing for longer than freshness.max_age, so it is not read; see which program writes it"
        ));
    }
    let approve = || command_for("approve", &report.domain_name, &["--removed"]);
    match &report.manual[..] {
        [] => {}
        [name] => wants.push(format!(
            "step \"{name}\" is to be removed manually in Haptik; then run `{}`",
            approve()
        )),
        names => wants.push(format!(
            "{} steps are to be removed manually in Haptik; then run `{}`. Steps: {}",
            names.len(),
            approve(),
            few(names)
        )),
    }
    if let Some(pause) = &report.paused {
        wants.push(format!(
            "{}, so nothing is uploaded: {}; {} for `{}`",
            paused(pause),
            pause.reason,
            count(report.pending, "change waits", "changes wait"),
            command_for("resume", &report.domain_name, &[])
        ));
    }
    if let Some(pinned) = report.pinned {
        wants.push(format!(
            "pinned to what it was after upload {}; {} changes of its sources wait for `{}`",
            pinned.to.0,
            pinned.waiting,
            command_for("resume", &report.domain_name, &[])
        ));
    }
    wants
}

fn not_taken(report: &PassReport, wants: &mut Vec<String>) {
    let rejections = report.rejections.iter();
    let by_cause = rejections.map(|found| ((&*found.source, &*found.reason), &found.place));
    let groups = grouped(by_cause);
    for ((source, reason), places) in groups.iter().take(CAUSES) {
        wants.push(match &places[..] {
            [place] => format!("not taken from source \"{source}\": {place}: {reason}"),
            _ => format!(
                "not taken from source \"{source}\": {} rows or files: {reason} ({})",
                places.len(),
                few(places)
            ),
        });
    }
    let more = untold(&groups).unwrap_or(0) as u64 + report.more_rejected;
    if more > 0 {
        wants.push(format!(
            "not taken: {more} more rows or files, for other reasons; `{}` shows all of them",
            command_for("plan", &report.domain_name, &["--all"])
        ));
    }
}

fn quarantined(report: &PassReport, wants: &mut Vec<String>) {
    let quarantined = report.quarantined.iter();
    let groups = grouped(quarantined.map(|(name, reason)| (reason, name)));
    for (reason, names) in groups.iter().take(CAUSES) {
        wants.push(match &names[..] {
            [name] => format!("step \"{name}\" is in quarantine; Haptik says: {reason}"),
            _ => format!(
                "{} steps are in quarantine: {}; Haptik says: {reason}",
                names.len(),
                few(names)
            ),
        });
    }
    if let Some(more) = untold(&groups) {
        wants.push(format!(
            "{more} more steps are in quarantine, for other reasons; `{}` shows all of them",
            command_for("steps", &report.domain_name, &[])
        ));
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
        let mut voice = LogDeduplication::default();
        let began = std::time::Instant::now();
        for _ in 0..3 {
            voice.say(&report);
        }
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(voice.wants.len(), 22, "{:?}", voice.wants);
        let more = voice
            .wants
            .iter()
            .filter(|want| want.contains("49990 more"));
        assert_eq!(more.count(), 2, "{:?}", voice.wants);
    }
}
