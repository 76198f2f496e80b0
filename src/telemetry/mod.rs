//! Logs: one event a line on standard error, for people or as JSON. Standard output belongs to
//! what a command answers.

mod lines;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use lines::Lines;

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

/// Begins logging. The level given on the command line wins over the variable, and that over
/// `default`. The journal of systemd adds the time itself, and is told the priority of each event.
pub fn init(level: Option<&str>, default: &str, format: LogFormat) -> Result<(), String> {
    let text = level
        .map(ToOwned::to_owned)
        .or_else(|| std::env::var(LOG_VARIABLE).ok())
        .unwrap_or_else(|| default.to_owned());
    let filter = EnvFilter::try_new(&text).map_err(|error| {
        format!("{LOG_VARIABLE} holds no log filter ({error}); write it like `info` or `warn,kms_haptik_sync=debug`")
    })?;
    let journal = lines::stderr_is_the_journal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Lines {
            journal,
            terminal: std::io::stderr().is_terminal(),
        })
        .with_target(false);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).init(),
        LogFormat::Human if journal => builder.with_ansi(false).without_time().init(),
        LogFormat::Human => builder.with_ansi(coloured()).init(),
    }
    Ok(())
}

/// As `--color` and the environment say; otherwise on a terminal.
fn coloured() -> bool {
    let choice = anstream::AutoStream::choice(&std::io::stderr());
    choice != anstream::ColorChoice::Never
}
