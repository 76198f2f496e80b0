//! One bot's line: pass after pass, woken by events, by the timer, and after a failure by the
//! repeat intervals.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::engine::Engine;
use super::pass::pass;
use super::report::{Outcome, PassReport};
use crate::config::Bot;
use crate::haptik::Waits;

/// The lines of all bots, each with what wakes it. They end when the engine is asked to stop.
pub fn lines(
    engine: &Engine,
    bots: &[Bot],
    wakes: &[Arc<Notify>],
) -> Vec<impl Future<Output = ()> + Send + 'static + use<>> {
    bots.iter()
        .zip(wakes)
        .map(|(bot, wake)| line(engine.clone(), bot.clone(), wake.clone()))
        .collect()
}

/// Runs the line of a bot until asked to stop.
async fn line(engine: Engine, bot: Bot, wake: Arc<Notify>) {
    let every = bot
        .sources
        .iter()
        .map(|source| source.every)
        .min()
        .unwrap_or(Duration::from_mins(5));
    let mut voice = Voice::default();
    let mut waits = Waits::new(engine.courier.haptik.retry);
    let stop = engine.courier.stop.clone();
    while !stop.is_cancelled() {
        let report = pass(&engine, &bot).await;
        if stop.is_cancelled() {
            return;
        }
        remember(&engine, &report).await;
        voice.say(&report);
        let pause = if report.outcome == Outcome::Failed {
            let mut random = engine
                .courier
                .random
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            waits.next(&mut random, None).min(every)
        } else {
            waits.reset();
            every
        };
        tokio::select! {
            () = wake.notified() => {}
            () = engine.courier.clock.sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Keeps the outcome for `status`.
pub(super) async fn remember(engine: &Engine, report: &PassReport) {
    let store = &engine.courier.store;
    let now = engine.courier.clock.now();
    let kept = async {
        let id = store.bot(&report.domain_name).await?;
        match &report.error {
            Some(error) => store.record_error(id, error, now).await,
            None => store.record_success(id, now).await,
        }
    };
    if let Err(error) = kept.await {
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
    for held in &report.held {
        wants.push(format!(
            "the removal of step \"{}\" is held: {}",
            held.node_name, held.reason
        ));
    }
    for name in &report.manual {
        wants.push(format!(
            "step \"{name}\" is to be removed by hand in Haptik; then run `kms-haptik-sync approve {}`",
            report.domain_name
        ));
    }
    wants
}
