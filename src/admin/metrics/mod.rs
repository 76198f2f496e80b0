//! `/metrics`: what is counted, and how the bots stand at this moment, in the text format of
//! Prometheus and `OpenMetrics`.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::clock::Millis;
use crate::status::{BotHealth, BotStatus, LiveBotStatus, OfBot, StatusReader};
use crate::store::StoreError;
use crate::sync::due_after;

/// What `/metrics` says it is.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PREFIX: &str = "kms_haptik_sync";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    bot: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSource {
    bot: String,
    source: String,
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
    status_reader.live_status.meters.register(&mut registry);
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = encode(&mut text, &registry);
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

    let max_age = Seconds::default();
    max_age.set(status_reader.config.freshness.max_age.as_secs_f64());
    let help = "freshness.max_age of the configuration";
    registry.register("freshness_max_age_seconds", help, max_age);
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
            ("manual_removal", status.manual_removals),
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
        "Steps by state; pending are changes that are not live yet",
        steps,
    );
    registry.register(
        "bot_state",
        "1 for the state of the bot, 0 for the others",
        states,
    );
}

fn times(registry: &mut Registry, bots: &[(BotStatus, LiveBotStatus)], now: Millis) {
    let articles: Family<OfBot, Gauge> = Family::default();
    let rejected: Family<OfBot, Gauge> = Family::default();
    let unreadable: Family<OfBot, Gauge> = Family::default();
    let under_way: Family<OfBot, Gauge> = Family::default();
    let oldest: Family<OfBot, Seconds> = Family::default();
    let success: Family<OfBot, Seconds> = Family::default();
    for (status, vital) in bots {
        let bot = OfBot {
            bot: status.domain_name.clone(),
        };
        articles.get_or_create(&bot).set(whole(vital.articles));
        rejected.get_or_create(&bot).set(whole(status.rejected));
        unreadable
            .get_or_create(&bot)
            .set(whole(vital.unreadable_sources));
        under_way
            .get_or_create(&bot)
            .set(i64::from(status.in_flight.is_some()));
        let waiting = vital
            .waiting_since
            .map_or(0.0, |since| seconds(now - since));
        oldest.get_or_create(&bot).set(waiting);
        if let Some(at) = status.last_success {
            success.get_or_create(&bot).set(seconds(at));
        }
    }
    let help = "Articles that the sources held at the last plan";
    registry.register("articles", help, articles);
    let help = "Rows and files that the last plan did not take";
    registry.register("rejected_rows", help, rejected);
    let help = "Sources that could not be read for the last plan";
    registry.register("unreadable_sources", help, unreadable);
    let help = "1 while an upload is under way";
    registry.register("upload_under_way", help, under_way);
    let help = "How long the oldest change waits that is not live yet; 0 where none does";
    registry.register("oldest_waiting_change_seconds", help, oldest);
    let help = "When everything was last live as it should be; absent until then";
    registry.register("last_success_timestamp_seconds", help, success);
}

fn sources(registry: &mut Registry, status_reader: &StatusReader) {
    let last_read: Family<OfSource, Seconds> = Family::default();
    let due: Family<OfSource, Seconds> = Family::default();
    for bot in &status_reader.config.bots {
        for source in &bot.sources {
            let Some(last) = status_reader.last_readings.of(bot, source) else {
                continue;
            };
            let of = OfSource {
                bot: bot.domain_name.clone(),
                source: source.name.clone(),
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
