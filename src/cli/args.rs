//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::telemetry::LogFormat;

/// Keeps a Haptik bot's FAQ steps in step with a knowledge base.
#[derive(Debug, Parser)]
#[command(
    name = "kms-haptik-sync",
    version,
    about,
    after_help = "Without a command it runs as a daemon.\n\
                  Exit codes: 0 in sync, 1 failed (state kept, run again), 2 usage or configuration, 3 done but something wants a person.",
    args_conflicts_with_subcommands = false
)]
pub(super) struct Args {
    /// One complete sync, uploads under way first, then exit
    #[arg(long)]
    pub(super) sync_now: bool,

    /// The configuration file [default: $KMS_HAPTIK_SYNC_CONFIG, else /etc/kms-haptik-sync/config.toml]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) config: Option<PathBuf>,

    /// Answer with one JSON document on standard output
    #[arg(long, global = true)]
    pub(super) json: bool,

    /// How much to log [default: $KMS_HAPTIK_SYNC_LOG, else info for the daemon and warn for commands]
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<LogLevel>,

    /// How to log
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub(super) log_format: LogFormat,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Args {
    /// The level given on the command line, as a filter: only this service's own events below
    /// `info`, since those of the HTTP libraries drown them.
    pub(super) fn log_level(&self) -> Option<&'static str> {
        self.log_level.map(|level| match level {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "info,kms_haptik_sync=debug",
            LogLevel::Trace => "info,kms_haptik_sync=trace",
        })
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The daemon: watch, sync on change, until SIGTERM
    Run,
    /// What a sync would do, as a readable diff; changes nothing and calls nobody
    Plan,
    /// How each bot is doing
    Status,
    /// The state of each step, with the reason
    Steps(WantedStep),
    /// The past uploads
    History(WantedHistory),
    /// Release held removals
    Approve(WantedApproval),
    /// Try refused steps again
    Retry(WantedRetry),
    /// Forget what is live and upload everything again at the next sync
    Resync(WantedBot),
    /// A local Haptik to develop and test against
    Sandbox(SandboxArgs),
    /// The whole story in a minute, without configuration, network or account
    Demo,
}

#[derive(Debug, clap::Args)]
pub(super) struct WantedStep {
    /// Only the step of this name
    pub(super) name: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct WantedHistory {
    /// Only this bot
    pub(super) bot: Option<String>,
    /// How many uploads of each bot
    #[arg(long, default_value_t = 20)]
    pub(super) limit: u32,
}

#[derive(Debug, clap::Args)]
pub(super) struct WantedApproval {
    /// Only this bot
    pub(super) bot: Option<String>,
    /// An empty export may empty this bot
    #[arg(long, requires = "bot")]
    pub(super) empty: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct WantedRetry {
    /// Only this bot
    pub(super) bot: Option<String>,
    /// Only these steps
    #[arg(requires = "bot")]
    pub(super) steps: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct WantedBot {
    /// Only this bot
    pub(super) bot: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct SandboxArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8900", value_name = "ADDRESS")]
    pub(super) listen: std::net::SocketAddr,
    /// The client-id that it answers to
    #[arg(long, default_value = "sandbox")]
    pub(super) client_id: String,
    /// The token that it asks for; without it none is asked for
    #[arg(long)]
    pub(super) token: Option<String>,
    /// What an upload does to the steps that it does not name
    #[arg(long, default_value = "merge")]
    pub(super) effect: EffectArg,
    /// How long a task takes
    #[arg(long, default_value = "2s", value_name = "DURATION", value_parser = crate::config::parse_duration)]
    pub(super) task_time: std::time::Duration,
    /// A step that is refused, with the reason; may be repeated
    #[arg(long, value_name = "NAME=REASON")]
    pub(super) bad_step: Vec<String>,
    /// A file that keeps the steps over restarts
    #[arg(long, value_name = "PATH")]
    pub(super) keep: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum EffectArg {
    /// They stay
    Merge,
    /// They go inactive
    Replace,
}
