//! `/metrics`: what is counted, and how the bots stand at this moment, in the text format of
//! Prometheus and `OpenMetrics`.

mod process;

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::clock::Millis;
use crate::model::Verdict;
use crate::status::{BotHealth, BotStatus, LiveBotStatus, OfBot, OfSource, StatusReader};
use crate::store::StoreError;
use crate::sync::due_after;
use crate::telemetry::register_requests;

/// What `/metrics` says it is.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PREFIX: &str = "kms_haptik_sync";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    bot: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfVerdict {
    bot: String,
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReceiver {
    receiver: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfVersion {
    version: &'static str,
}

type Seconds = Gauge<f64, AtomicU64>;

/// The text of `/metrics` now.
pub(super) async fn text(status_reader: &StatusReader) -> Result<String, StoreError> {
    let now = status_reader.clock.now();
    let bots = status_reader.bots().await?;
    let calls = status_reader
        .store
        .calls_in_window(status_reader.clock.uptime())
        .await?;
    let limit = u64::from(status_reader.config.haptik.calls_per_minute);
    let mut registry = Registry::with_prefix(PREFIX);
    service(&mut registry, status_reader, &bots);
    budget(&mut registry, calls, limit);
    steps(&mut registry, &bots);
    times(&mut registry, &bots, now);
    sources(&mut registry, status_reader);
    undelivered(&mut registry, status_reader).await?;
    status_reader.live_status.counters.register(&mut registry);
    register_requests(&mut registry);
    // These have their names without a prefix everywhere.
    let mut of_process = Registry::default();
    process::register(&mut of_process);
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = encode_registry(&mut text, &registry);
    let _ = encode_registry(&mut text, &of_process);
    let _ = encode_eof(&mut text);
    Ok(text)
}

fn service(
    registry: &mut Registry,
    status_reader: &StatusReader,
    bots: &[(BotStatus, LiveBotStatus)],
) {
    let version: Family<OfVersion, Gauge> = Family::default();
    let label = OfVersion {
        version: env!("CARGO_PKG_VERSION"),
    };
    version.get_or_create(&label).set(1);
    registry.register("build_info", "1; the version is the label", version);

    let ready = Gauge::<i64>::default();
    ready.set(i64::from(status_reader.readiness_of(bots).is_ready()));
    let help = "1 while /readyz says that the service is ready";
    registry.register("ready", help, ready);

    let leader = Gauge::<i64>::default();
    let stands_by = status_reader.live_status.role.standby().is_some();
    leader.set(i64::from(!stands_by));
    let help = "1 while this process works on the state; 0 while it is a standby";
    registry.register("leader", help, leader);

    let max_age = Seconds::default();
    max_age.set(status_reader.config.freshness.max_age.as_secs_f64());
    let help = "freshness.max_age of the configuration";
    registry.register("freshness_max_age_seconds", help, max_age);

    let reload = status_reader.live_status.reload();
    let succeeded = Gauge::<i64>::default();
    succeeded.set(i64::from(
        reload
            .as_ref()
            .is_none_or(|reload| reload.failure.is_none()),
    ));
    let help = "0 since a reload of the configuration failed, until one succeeds; else 1";
    registry.register("config_last_reload_successful", help, succeeded);
    let at = Seconds::default();
    at.set(reload.map_or(0.0, |reload| seconds(reload.at)));
    let help = "When a reload of the configuration was last asked for; 0 before";
    registry.register("config_last_reload_timestamp_seconds", help, at);
}

/// Messages to people that their receivers have not taken yet.
async fn undelivered(
    registry: &mut Registry,
    status_reader: &StatusReader,
) -> Result<(), StoreError> {
    let kept = status_reader.store.undelivered().await?;
    let messages: Family<OfReceiver, Gauge> = Family::default();
    let notify = status_reader.config.notify.iter();
    for receiver in notify.flat_map(|notify| &notify.receivers) {
        let label = OfReceiver {
            receiver: receiver.name.clone(),
        };
        let number = kept.get(&receiver.name).copied().unwrap_or(0);
        messages.get_or_create(&label).set(whole(number));
    }
    let help = "Messages that a receiver of [notify] has not accepted yet";
    registry.register("undelivered_messages", help, messages);
    Ok(())
}

fn budget(registry: &mut Registry, calls: u64, limit: u64) {
    for (name, help, value) in [
        (
            "calls_last_minute",
            "Calls to Haptik in the last minute, all bots together",
            calls,
        ),
        (
            "calls_left",
            "Calls to Haptik that the budget still allows this minute",
            limit.saturating_sub(calls),
        ),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(whole(value));
        registry.register(name, help, gauge);
    }
}

fn steps(registry: &mut Registry, bots: &[(BotStatus, LiveBotStatus)]) {
    let steps: Family<OfState, Gauge> = Family::default();
    let states: Family<OfState, Gauge> = Family::default();
    for (status, _) in bots {
        let of = |state| OfState {
            bot: status.domain_name.clone(),
            state,
        };
        for (state, number) in [
            ("live", status.live),
            ("pending", status.pending.unwrap_or(0)),
            ("quarantined", status.quarantined),
            ("held_removal", status.held_removals),
            ("held_change", status.held_changes),
            ("waiting_removal", status.waiting_removals),
            ("manual_removal", status.manual_removals),
            ("unread", status.unread),
        ] {
            steps.get_or_create(&of(state)).set(whole(number));
        }
        for health in BotHealth::ALL {
            let is = i64::from(status.state() == health);
            states.get_or_create(&of(health.name())).set(is);
        }
    }
    registry.register(
        "steps",
        "Steps by state. Those that are live are counted as live, whatever else is said of them; pending are changes that are not live yet",
        steps,
    );
    asked(registry, bots);
    registry.register(
        "bot_state",
        "1 for the state of the bot, 0 for the others: their sum by state is how many bots are in it",
        states,
    );
}

/// What bots came to that are asked what they answer.
fn asked(registry: &mut Registry, bots: &[(BotStatus, LiveBotStatus)]) {
    let verdicts: Family<OfVerdict, Gauge> = Family::default();
    let contradicted: Family<OfState, Gauge> = Family::default();
    for (status, _) in bots {
        let (bot, counts) = (&status.domain_name, &status.verification);
        for verdict in Verdict::ALL {
            let of = OfVerdict {
                bot: bot.clone(),
                verdict: verdict.name(),
            };
            let count = counts.verdicts.get(&verdict).copied().unwrap_or(0);
            verdicts.get_or_create(&of).set(whole(count));
        }
        for (state, steps) in [
            ("untrained", counts.untrained.len()),
            ("unanswered", counts.unanswered.len()),
            ("drifted", counts.drifted.len()),
        ] {
            let of = OfState {
                bot: bot.clone(),
                state,
            };
            contradicted.get_or_create(&of).set(whole(steps as u64));
        }
    }
    let help = "Live steps that the bot was asked for, by what it answered last";
    registry.register("asked_steps", help, verdicts);
    let help = "Live steps that the bot has contradicted at least twice: they wait for training, were never answered since their change, or are answered no longer";
    registry.register("contradicted_steps", help, contradicted);
}

fn times(registry: &mut Registry, bots: &[(BotStatus, LiveBotStatus)], now: Millis) {
    let articles: Family<OfBot, Gauge> = Family::default();
    let rejected: Family<OfBot, Gauge> = Family::default();
    let unreadable: Family<OfBot, Gauge> = Family::default();
    let under_way: Family<OfBot, Gauge> = Family::default();
    let since: Family<OfBot, Seconds> = Family::default();
    let oldest: Family<OfBot, Seconds> = Family::default();
    let success: Family<OfBot, Seconds> = Family::default();
    let in_sync: Family<OfBot, Seconds> = Family::default();
    let paused: Family<OfBot, Gauge> = Family::default();
    for (status, vital) in bots {
        let bot = OfBot {
            bot: status.domain_name.clone(),
        };
        articles.get_or_create(&bot).set(whole(vital.articles));
        rejected.get_or_create(&bot).set(whole(status.rejected));
        unreadable
            .get_or_create(&bot)
            .set(whole(vital.unreadable_sources.len() as u64));
        under_way
            .get_or_create(&bot)
            .set(i64::from(status.in_flight.is_some()));
        let upload = status.in_flight.as_ref();
        let prepared = upload.map_or(0, |upload| upload.prepared_at);
        since.get_or_create(&bot).set(seconds(prepared));
        let waiting = vital
            .waiting_since
            .map_or(0.0, |since| seconds(now - since));
        oldest.get_or_create(&bot).set(waiting);
        if let Some(at) = status.last_success {
            success.get_or_create(&bot).set(seconds(at));
        }
        if let Some(at) = status.last_in_sync {
            in_sync.get_or_create(&bot).set(seconds(at));
        }
        let is_paused = i64::from(status.paused.is_some());
        paused.get_or_create(&bot).set(is_paused);
    }
    let help = "Articles that the sources held at the last plan";
    registry.register("articles", help, articles);
    let help = "Rows and files that the last plan did not take";
    registry.register("rejected_rows", help, rejected);
    let help = "Sources that could not be read for the last plan";
    registry.register("unreadable_sources", help, unreadable);
    let help = "1 while an upload is under way";
    registry.register("upload_under_way", help, under_way);
    let help = "When that upload was written down; 0 where none is under way";
    registry.register("upload_under_way_since_timestamp_seconds", help, since);
    let help = "How long the oldest change waits that is not live yet; 0 where none does";
    registry.register("oldest_waiting_change_seconds", help, oldest);
    let help =
        "When every source was last read, and what they say was carried out; absent until then";
    registry.register("last_success_timestamp_seconds", help, success);
    let help = "When everything was last live as it should be; absent until then";
    registry.register("last_in_sync_timestamp_seconds", help, in_sync);
    let help = "1 while a person has paused the bot: nothing is uploaded";
    registry.register("paused", help, paused);
}

fn sources(registry: &mut Registry, status_reader: &StatusReader) {
    let last_read: Family<OfSource, Seconds> = Family::default();
    let due: Family<OfSource, Seconds> = Family::default();
    let failing: Family<OfSource, Gauge> = Family::default();
    for bot in &status_reader.config.bots {
        let unreadable = status_reader
            .live_status
            .of(&bot.domain_name)
            .unreadable_sources;
        for source in &bot.sources {
            let of = OfSource {
                bot: bot.domain_name.clone(),
                source: source.name.clone(),
            };
            let is_failing = unreadable.contains(&source.name);
            failing.get_or_create(&of).set(i64::from(is_failing));
            let Some(last) = status_reader.last_readings.of(bot, source) else {
                continue;
            };
            last_read.get_or_create(&of).set(seconds(last.wall));
            let after = due_after(source, last.wall);
            due.get_or_create(&of).set(after.as_secs_f64());
        }
    }
    let help =
        "When a source was last read to its end; until then, when the daemon began to follow it";
    registry.register("source_last_read_timestamp_seconds", help, last_read);
    let help = "How long after that it is to be read again at the latest";
    registry.register("source_read_interval_seconds", help, due);
    let help = "1 where a source could not be read for the last plan";
    registry.register("source_failing", help, failing);
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Of what a clock says, with its milliseconds; seconds since 1970 fit well.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds stay exact for 285,000 years"
)]
fn seconds(millis: Millis) -> f64 {
    millis.max(0) as f64 / 1000.0
}

#[cfg(test)]
mod tests;
