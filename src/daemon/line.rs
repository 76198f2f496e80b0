//! One bot's line: pass after pass, woken by events, by the timer, and after a failure by the
//! repeat intervals.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};

use super::engine::Engine;
use super::hands::Ear;
use super::pass::pass;
use super::readings::rest;
use super::report::{Outcome, PassReport};
use crate::config::Bot;
use crate::flow::plan::{Held, command_for};
use crate::haptik::Waits;

/// A wait that is over by the clock of one file system may not be by that of another.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Somebody who waits for the report of a complete pass.
type Listener = oneshot::Sender<PassReport>;

/// The ears of lines, in the order of their bots.
pub struct Ears(pub(super) Vec<Ear>);

/// The lines of all bots, each with what wakes it. They end when the engine is asked to stop.
pub fn lines(
    engine: &Engine,
    bots: &[Bot],
    wakes: &[Arc<Notify>],
) -> (Vec<impl Future<Output = ()> + Send + 'static + use<>>, Ears) {
    let (mut lines, mut ears) = (Vec::new(), Vec::new());
    for (bot, wake) in bots.iter().zip(wakes) {
        let (ear, asked) = mpsc::unbounded_channel();
        ears.push(ear);
        lines.push(line(engine.clone(), bot.clone(), wake.clone(), asked));
    }
    (lines, Ears(ears))
}

/// Runs the line of a bot until asked to stop. Each listener gets the report of a pass that began
/// after it asked.
async fn line(
    engine: Engine,
    bot: Bot,
    wake: Arc<Notify>,
    mut asked: mpsc::UnboundedReceiver<Listener>,
) {
    let mut voice = Voice::default();
    let mut waits = Waits::new(engine.courier.haptik.retry);
    let stop = engine.courier.stop.clone();
    let mut listeners: Vec<Listener> = Vec::new();
    while !stop.is_cancelled() {
        while let Ok(listener) = asked.try_recv() {
            listeners.push(listener);
        }
        if !listeners.is_empty() {
            engine.readings.forget(&bot.domain_name);
        }
        let mark = engine.courier.client.credential_mark();
        let report = pass(&engine, &bot).await;
        if stop.is_cancelled() {
            return;
        }
        remember(&engine, &report).await;
        voice.say(&report);
        for listener in listeners.drain(..) {
            let _ = listener.send(report.clone());
        }
        let failed = report.outcome == Outcome::Failed;
        let pause = pause(&engine, &bot, failed.then_some(&mut waits));
        let pause = due(&report).map_or(pause, |due| due.min(pause));
        if !failed {
            waits.reset();
        }
        tokio::select! {
            () = wake.notified() => {}
            Some(listener) = asked.recv() => listeners.push(listener),
            () = engine.courier.clock.sleep(pause) => {}
            () = credential_mended(&engine, mark), if report.stopped => {}
            () = stop.cancelled() => {}
        }
    }
}

/// When the first of the waiting removals can be confirmed, and a moment later, so that it is.
fn due(report: &PassReport) -> Option<Duration> {
    let left = report.waiting.iter().map(|waiting| waiting.left);
    left.min().map(|left| left + A_MOMENT)
}

/// How long the line rests: until a source is due, or after a failure until the next repeat.
fn pause(engine: &Engine, bot: &Bot, repeats: Option<&mut Waits>) -> Duration {
    let courier = &engine.courier;
    let mut random = courier
        .random
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let due = rest(bot, courier.clock.now(), &mut random);
    match repeats {
        Some(waits) => waits.next(&mut random, None).min(due),
        None => due,
    }
}

/// Waits until the token is another one: a credential may be mended on disk, and nobody should
/// have to tell the daemon.
async fn credential_mended(engine: &Engine, before: Option<[u8; 32]>) {
    while engine.courier.client.credential_mark() == before {
        engine.courier.clock.sleep(Duration::from_secs(1)).await;
    }
}

/// Keeps the outcome for `status`.
pub(super) async fn remember(engine: &Engine, report: &PassReport) {
    let store = &engine.courier.store;
    let now = engine.courier.clock.now();
    engine.vitals.ended(report);
    if report.refused {
        // What is kept there speaks of another Haptik.
        return;
    }
    let (bot, success) = (&report.domain_name, report.success());
    let kept = if let Some(error) = &report.error {
        store.record_error(bot, error, now).await
    } else {
        store.record_success(bot, success, now).await
    };
    if let Err(error) = kept {
        tracing::error!(bot = report.domain_name, "{error}");
    }
}

/// Says each cause once, and once that it is over.
#[derive(Debug, Default)]
struct Voice {
    error: Option<String>,
    repeats: u32,
    wants: Vec<String>,
}

impl Voice {
    fn say(&mut self, report: &PassReport) {
        let bot = report.domain_name.as_str();
        match (&report.error, &self.error) {
            (Some(now), Some(before)) if now == before => self.repeats += 1,
            (Some(now), _) => {
                tracing::error!(bot, "{now}");
                self.repeats = 1;
            }
            (None, Some(_)) => {
                tracing::info!(bot, "recovered after {} failed passes", self.repeats);
            }
            (None, None) => {}
        }
        self.error.clone_from(&report.error);
        let wants = wants(report);
        for want in wants.iter().filter(|want| !self.wants.contains(want)) {
            tracing::warn!(bot, "{want}");
        }
        self.wants = wants;
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

/// Names of one list in a message.
const NAMES: usize = 10;

/// The names of each reason, in the order in which the reasons come.
fn grouped<'a>(entries: impl Iterator<Item = (String, &'a str)>) -> Vec<(String, Vec<&'a str>)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (reason, name) in entries {
        let at = *places.entry(reason.clone()).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, names)) => names.push(name),
            None => groups.push((reason, vec![name])),
        }
    }
    groups
}

/// The first names of a list, and how many more there are.
fn few(names: &[&str]) -> String {
    let shown = names
        .iter()
        .take(NAMES)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn removals(count: usize) -> String {
    match count {
        1 => "1 removal is".to_owned(),
        count => format!("{count} removals are"),
    }
}

/// What wants a person, in words.
pub fn wants(report: &PassReport) -> Vec<String> {
    let mut wants = Vec::new();
    for rejection in &report.rejections {
        wants.push(format!(
            "not taken from source \"{}\": {}: {}",
            rejection.source, rejection.place, rejection.reason
        ));
    }
    for (name, reason) in &report.quarantined {
        wants.push(format!(
            "step \"{name}\" is in quarantine; Haptik says: {reason}"
        ));
    }
    let by_reason = |held: &Held| held.reason.with_remedy(&report.domain_name, report.plan);
    let held = report
        .held
        .iter()
        .map(|held| (by_reason(held), held.node_name.as_str()));
    for (reason, names) in grouped(held) {
        wants.push(format!(
            "{} held: {reason}. Steps: {}",
            removals(names.len()),
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
    for name in &report.manual {
        wants.push(format!(
            "step \"{name}\" is to be removed manually in Haptik; then run `{}`",
            command_for("approve", &report.domain_name, &["--removed"])
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
