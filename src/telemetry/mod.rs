//! Logs: one event a line on standard error, for people or as JSON. Standard output belongs to
//! what a command answers. With the feature `otlp`, traces as well; and what is counted of requests.

mod lines;
mod once;
mod requests;

#[cfg(feature = "otlp")]
mod traces;

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use lines::LogLines;
pub use once::{OncePerCause, Recovered};
pub(crate) use requests::{HAPTIK, RequestTimer, register_requests};

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// The variable that holds a filter, such as `info,kms_haptik_sync::haptik=debug`.
pub const LOG_VARIABLE: &str = "KMS_HAPTIK_SYNC_LOG";

/// The level, where neither the command line nor the environment says: the configuration may.
static FREE: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Begins logging. The level given on the command line wins over the variable, and that over
/// `default`. The journal of systemd adds the time itself, and is told the priority of each event.
pub fn init(level: Option<&str>, default: &str, format: LogFormat) -> Result<(), String> {
    let said = level
        .map(ToOwned::to_owned)
        .or_else(|| std::env::var(LOG_VARIABLE).ok())
        .filter(|text| !text.is_empty());
    let text = said.as_deref().unwrap_or(default);
    if let Some(word) = misread(text) {
        return Err(format!(
            "{LOG_VARIABLE} holds no log filter (\"{word}\" is neither a level nor a part of this program); write it like `info` or `warn,kms_haptik_sync=debug`"
        ));
    }
    let filter = EnvFilter::try_new(text).map_err(|error| {
        format!("{LOG_VARIABLE} holds no log filter ({error}); write it like `info` or `warn,kms_haptik_sync=debug`")
    })?;
    let (filter, handle) = reload::Layer::new(filter);
    if said.is_none() {
        let _ = FREE.set(handle);
    }
    // Spans are for traces; a line says by itself which bot and upload it is about.
    let logs = lines(format).with_filter(filter.and(filter_fn(|about| !about.is_span())));
    let registry = tracing_subscriber::registry().with(logs);
    #[cfg(feature = "otlp")]
    let registry = registry.with(traces::layer()?);
    registry.init();
    Ok(())
}

/// A word that stands alone and is no level: the filter would take it for the name of a module, of which there is
/// none, and log everything of it and nothing else.
fn misread(filter: &str) -> Option<&str> {
    let is_level = |word: &str| {
        let words = ["off", "error", "warn", "info", "debug", "trace"];
        words.iter().any(|level| word.eq_ignore_ascii_case(level))
            || word.parse::<u8>().is_ok_and(|level| level <= 5)
    };
    let is_module = |word: &str| word.starts_with("kms_haptik_sync") || word.contains("::");
    filter
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty() && !word.contains(['=', '[']))
        .find(|word| !is_level(word) && !is_module(word))
}

/// Where and how events are written.
fn lines(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let journal = lines::stderr_is_the_journal();
    let layer = fmt::layer()
        .with_writer(LogLines {
            journal,
            terminal: std::io::stderr().is_terminal(),
        })
        .with_target(false);
    match format {
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
        LogFormat::Human if journal => match journal_layer() {
            Some(journal) => journal.boxed(),
            None => layer.with_ansi(false).without_time().boxed(),
        },
        LogFormat::Human => layer.with_ansi(coloured()).boxed(),
    }
}

/// The journal itself, which keeps the fields of an event apart (`journalctl BOT=acme_support`); `None` where it
/// cannot be reached, and reads standard error alone.
fn journal_layer() -> Option<tracing_journald::Layer> {
    let priorities = PriorityMappings {
        // As systemd reads the lines of a program: to it, `notice` is more than what is usual.
        info: Priority::Informational,
        debug: Priority::Debug,
        ..PriorityMappings::new()
    };
    let layer = tracing_journald::layer().ok()?;
    Some(
        layer
            .with_syslog_identifier(env!("CARGO_PKG_NAME").to_owned())
            .with_field_prefix(None)
            .with_priority_mappings(priorities),
    )
}

/// As `--color` and the environment say; otherwise on a terminal.
fn coloured() -> bool {
    let choice = anstream::AutoStream::choice(&std::io::stderr());
    choice != anstream::ColorChoice::Never
}

/// The filter of a level: only this service's own events below `info`, since those of the libraries
/// drown them.
pub fn own(level: &str) -> &str {
    match level {
        "debug" => "info,kms_haptik_sync=debug",
        "trace" => "info,kms_haptik_sync=trace",
        level => level,
    }
}

/// Takes the level that the configuration says, unless the command line or the environment said one.
pub fn follow(level: &str) {
    let Some(filter) = FREE.get() else { return };
    if let Err(error) = filter.reload(EnvFilter::new(own(level))) {
        tracing::error!("the level of the log stays as it was: {error}");
    }
}

/// Sends what is left of the traces. For the end of the process.
pub fn finish() {
    #[cfg(feature = "otlp")]
    traces::finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_level_is_no_filter() {
        for (filter, expected) in [
            ("info", None),
            ("WARN, kms_haptik_sync=debug", None),
            ("kms_haptik_sync::haptik,3", None),
            ("debgu", Some("debgu")),
            ("warn,verbose", Some("verbose")),
        ] {
            assert_eq!(misread(filter), expected, "{filter}");
        }
    }
}
