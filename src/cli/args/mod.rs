//! The command line as clap reads it: options, commands, and their help.

mod commands;
mod mistyped;
mod overrule;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use overrule::{KeepArgs, PauseArgs, PutBackArgs, ResumeArgs, RollbackArgs, WithdrawArgs};

use super::change::{AskArgs, ChatCommand, ImportArgs, StateCommand};
use super::inspect::{
    CheckArgs, CoverageArgs, ExportArgs, HistoryArgs, LintArgs, PlanArgs, StepsArgs,
};
use super::setup::{InitArgs, NotifyCommand, ProbeArgs, SandboxArgs, SchemaName};
use super::{Exit, context};
use crate::telemetry::{LogFormat, own};

/// Over what every command takes, so that its own options come first.
const GLOBAL: &str = "Global options";

/// Keeps a Haptik bot's FAQ steps in step with a knowledge base.
#[derive(Debug, Parser)]
#[command(
    name = "kms-haptik-sync",
    version,
    about,
    after_help = "Without a command it runs as a daemon.\n\n\
                  Example, one sync with the configuration in this folder:\n  \
                  kms-haptik-sync --sync-now --config kms.toml\n\n\
                  Exit codes: 0 in sync, 1 failed (state kept, run again), 2 usage or configuration, 3 done but something needs attention."
)]
pub(crate) struct Args {
    /// One complete sync, uploads under way first, then exit
    #[arg(long)]
    pub(super) sync_now: bool,

    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        value_name = "PATH",
        help = "The configuration file [default: $KMS_HAPTIK_SYNC_CONFIG, else /etc/kms-haptik-sync/config.toml, else ./kms-haptik-sync.toml]"
    )]
    pub(super) config: Option<PathBuf>,

    /// Answer with one JSON document on standard output
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(super) json: bool,

    /// Print nothing where all is well (exit code 0), and log only errors; for cron
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub(super) quiet: bool,

    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        value_name = "LEVEL",
        help = "How much to log [default: $KMS_HAPTIK_SYNC_LOG, else info for the daemon and warn for commands]"
    )]
    log_level: Option<LogLevel>,

    /// How to log
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FORMAT", default_value = "human")]
    pub(super) log_format: LogFormat,

    /// When to colour what is printed; `NO_COLOR` in the environment counts too
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "WHEN", default_value = "auto")]
    color: ColorWhen,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ColorWhen {
    /// On a terminal
    Auto,
    /// Also into a file or a pipe
    Always,
    /// Never
    Never,
}

impl ColorWhen {
    fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }

    /// What was typed, before anything is understood: help and errors are coloured too.
    fn typed(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let value = words.find_map(|word| match word.strip_prefix("--color") {
            Some("") => Some(None),
            Some(rest) => rest.strip_prefix('=').map(|value| Some(value.to_owned())),
            None => None,
        })?;
        let value = value.or_else(|| words.next())?;
        <Self as ValueEnum>::from_str(&value, false).ok()
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Says what the command line has to say itself: help and version are answers, and the rest is an error.
fn answered(error: &clap::Error) -> Exit {
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        context::print_error(text.trim_end_matches('\n'));
        return Exit::Usage;
    }
    match context::answer(&text) {
        Ok(()) => Exit::InSync,
        Err(failure) => {
            context::tell(&failure);
            failure.exit()
        }
    }
}

impl Args {
    /// What was typed, or how the process ends where it asks for help or makes no sense.
    pub(super) fn typed() -> Result<Self, Exit> {
        let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        if let Some(when) = ColorWhen::typed(words) {
            when.choice().write_global();
        }
        let args = Self::try_parse().map_err(|error| answered(&mistyped::harmless(error)))?;
        args.color.choice().write_global();
        if args.sync_now && args.command.is_some() {
            let words =
                "--sync-now is a command of its own; leave it out, or leave out the other command";
            let error = Self::command().error(ErrorKind::ArgumentConflict, words);
            return Err(answered(&error));
        }
        Ok(args)
    }

    /// The level given on the command line, as a filter.
    pub(super) fn log_level(&self) -> Option<&'static str> {
        self.log_level.map(|level| {
            own(match level {
                LogLevel::Error => "error",
                LogLevel::Warn => "warn",
                LogLevel::Info => "info",
                LogLevel::Debug => "debug",
                LogLevel::Trace => "trace",
            })
        })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The daemon: watch, sync on change, until SIGTERM
    #[command(after_help = "Example:\n  kms-haptik-sync run --config kms.toml --log-level debug")]
    Run,
    /// One complete sync, uploads under way first; the same as --sync-now
    #[command(
        after_help = "Example:\n  kms-haptik-sync sync --config kms.toml --json\n\n\
        Exit codes: 0 in sync, 1 failed (state kept, run again), 2 usage or configuration, 3 done but something needs attention."
    )]
    Sync,
    /// What a sync would do, as a readable diff; changes nothing and calls nobody
    #[command(after_help = "Example:\n  kms-haptik-sync plan acme_support --all\n\n\
        Every source is read for it, feeds too.\n\
        In a text, [-this-] goes and {+this+} comes.\n\
        Exit codes: 0 nothing needs attention, 1 a source failed, 3 something is held, refused or skipped.")]
    Plan(PlanArgs),
    /// How each bot is doing, as of the last sync; reads no source
    #[command(after_help = "Example:\n  kms-haptik-sync status acme_support --json")]
    Status(BotArgs),
    /// The state of each step, with the reason, as of the last sync; reads no source
    #[command(
        after_help = "Examples:\n  kms-haptik-sync steps acme_support\n  kms-haptik-sync steps acme_support kb-17\n\n\
        A single word that is the name of a bot is the bot; any other is a step, looked for on every bot."
    )]
    Steps(StepsArgs),
    /// The past uploads, or what people did
    #[command(
        after_help = "Examples:\n  kms-haptik-sync history acme_support --limit 5\n  kms-haptik-sync history --actions"
    )]
    History(HistoryArgs),
    /// Release held and waiting removals, and held changes by name, as the last sync has told them; reads no source
    #[command(
        after_help = "Examples, with the plan that the message printed, for two steps alone, and after removing steps in Haptik:\n  \
        kms-haptik-sync approve acme_support --plan 7\n  \
        kms-haptik-sync approve acme_support kb-17 kb-23\n  \
        kms-haptik-sync approve acme_support --removed\n\n\
        Exit codes: 0 done, 2 what is named is not open or the bot has to be named, 3 some removals came after that plan and stay."
    )]
    Approve(ApproveArgs),
    /// Try refused steps again
    #[command(after_help = "Example:\n  kms-haptik-sync retry acme_support kb-17 kb-23")]
    Retry(RetryArgs),
    /// Take what the state knows of a bot to the configured Haptik: forget it, and upload everything there
    #[command(
        after_help = "Example, after base_url or client_id has changed:\n  kms-haptik-sync rebind acme_support && kms-haptik-sync --sync-now"
    )]
    Rebind(RebindArgs),
    /// Upload everything again at the next sync, whatever is known to be live
    #[command(
        after_help = "Example:\n  kms-haptik-sync resync acme_support && kms-haptik-sync --sync-now"
    )]
    Resync(BotArgs),
    /// Make a bot what it was after an upload, and keep it so until `resume`
    #[command(
        after_help = "Example, with an upload's number from `history`:\n  kms-haptik-sync rollback acme_support --to 12 &&\n    kms-haptik-sync --sync-now"
    )]
    Rollback(RollbackArgs),
    /// Erase what a step said before, such as a text that has to go by law
    #[command(
        after_help = "Example, once the change or the removal is live:\n  kms-haptik-sync forget acme_support kb-17"
    )]
    Forget(ForgetArgs),
    /// Upload nothing to a bot for a while; its sources are read and planned all the same
    #[command(
        after_help = "Example, while somebody works on the bot in Haptik:\n  kms-haptik-sync pause acme_support --for 4h --reason \"new flow for returns\"\n\n\
        A task that Haptik works on already is waited for. `resume` ends the pause."
    )]
    Pause(PauseArgs),
    /// Take one answer off a bot now; it stays out until its article is changed
    #[command(
        after_help = "Example:\n  kms-haptik-sync withdraw acme_support kb-17 --reason \"the price is wrong\" &&\n    kms-haptik-sync --sync-now\n\n\
        A running daemon does it at once. `resume BOT STEP` brings it back as its article is."
    )]
    Withdraw(WithdrawArgs),
    /// Have one step say again what it said after an upload, until its article is changed
    #[command(
        after_help = "Example, with an upload's number from `history`:\n  kms-haptik-sync put-back acme_support kb-17 --to 12 &&\n    kms-haptik-sync --sync-now\n\n\
        A running daemon does it at once. `resume BOT STEP` lets it follow its article again."
    )]
    PutBack(PutBackArgs),
    /// Leave answers on a bot although their articles are gone, until these are back
    #[command(
        after_help = "Example, for a removal that is held, waits or is to be carried out by hand:\n  kms-haptik-sync keep acme_support kb-17 --reason \"still asked for\"\n\n\
        `approve BOT STEP` removes it after all. A step that comes back in a source is followed again."
    )]
    Keep(KeepArgs),
    /// End a pause, a rollback, or what was said of one step: the sources are followed again
    #[command(
        after_help = "Examples:\n  kms-haptik-sync resume acme_support\n  kms-haptik-sync resume acme_support kb-17\n\n\
        Where a bot is both paused and rolled back, the pause ends, and the rollback stays until the next `resume`.\n\
        Where neither is, what the canary of the bot has found (haptik.ask.canary) is dealt with."
    )]
    Resume(ResumeArgs),
    /// Whether the daemon is alive and every change goes live in time, for health checks
    #[command(
        after_help = "Example, for a container:\n  HEALTHCHECK CMD [\"kms-haptik-sync\", \"health\"]\n\n\
        Exit codes: 0 healthy, 1 not, with the reason, 2 the configuration is wrong."
    )]
    Health,
    /// The steps as a FAQ CSV on standard output
    #[command(
        after_help = "Example, what is known to be live, to keep:\n  kms-haptik-sync export acme_support --as live > steps.csv\n\n\
        The sources are read for it, but for --as live and --at.\n\
        Exit codes: 0 all of them, 1 a source could not be read and nothing is printed, 3 some rows were skipped."
    )]
    Export(ExportArgs),
    /// Take over steps that were made by hand
    #[command(
        after_help = "Example, with a FAQ CSV of what the bot holds:\n  kms-haptik-sync import steps.csv --as live && kms-haptik-sync plan\n\n\
        Nothing is uploaded. A step that no source has stays live until `approve`."
    )]
    Import(ImportArgs),
    /// What a bot answers now, which step that is, and how it differs from the knowledge base
    #[command(
        after_help = "Examples, one message, and a test of many in a pipeline:\n  \
        kms-haptik-sync ask acme_support \"Where is my order?\"\n  \
        kms-haptik-sync ask acme_support --file tests.csv --json\n\n\
        The file has the columns message and step. docs/LIVE.md says how a bot is asked.\n\
        Exit codes: 0 answered as expected, 1 the bot could not be asked, 2 usage or configuration, 3 something else is answered."
    )]
    Ask(AskArgs),
    /// Hand a chat over to agents, or read what was said
    #[command(subcommand)]
    Chat(ChatCommand),
    /// Whether everything is in place: configuration, state, sources, and the way to Haptik
    #[command(
        after_help = "Examples, before the service is started, and with its call to Haptik written down for support:\n  \
        kms-haptik-sync check --config kms.toml\n  kms-haptik-sync check --record check.jsonl\n\n\
        Nothing is uploaded. The sources are read, feeds too, and Haptik is asked once after a task that nobody made: its answer tells \
        whether it takes the token. That call counts in calls_per_minute; a running daemon makes it. \
        With base_url = \"sandbox\" or --offline nobody is called.\n\n\
        Exit codes: 0 ok or warnings, 1 something is wrong, 2 the configuration is wrong.",
        visible_alias = "validate"
    )]
    Check(CheckArgs),
    /// Where the state is: take it to another place
    #[command(subcommand)]
    State(StateCommand),
    /// Whether messages arrive
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// What in the content would make a bot answer badly, by the vendor's guidelines and more
    #[command(
        after_help = "Example, in the pipeline of a knowledge base, without any configuration:\n  \
        kms-haptik-sync lint export/ --level few_variants=off\n\n\
        The sources are read for it, feeds too.\n\
        docs/LINT.md has the rules; [lint] in the configuration sets their levels.\n\
        Exit codes: 0 nothing, or notes only, 1 something could not be read, 2 usage or configuration, 3 warnings or errors."
    )]
    Lint(LintArgs),
    /// Which messages of customers a bot answers: exactly, nearly, or not at all
    #[command(
        after_help = "Example, with a CSV of broken messages that was exported from Haptik, and what to add as a table to review:\n  \
        kms-haptik-sync coverage broken.csv\n  \
        kms-haptik-sync coverage broken.csv --csv > variants.csv\n\n\
        The sources are read for it, feeds too. Mail addresses and long numbers are taken out of what is shown; names of people are not.\n\
        Exit codes: 0 told, 1 a source could not be read, 2 usage, configuration, or a file that cannot be read."
    )]
    Coverage(CoverageArgs),
    /// Find out with a staging bot what an upload does, with your help or by asking the bot
    #[command(
        after_help = "Examples, with the chat of that bot beside it, and where the probe asks the bot on its channel:\n  \
        kms-haptik-sync probe acme_staging\n  \
        kms-haptik-sync probe acme_staging --ask --business-id 1002 \\\n    --record probe.jsonl\n\n\
        It says what it is about to do, and does nothing before you agree. docs/PROBE.md has the whole of it.\n\
        Exit codes: 0 found out, and the bot is clean, 1 failed or stopped, 2 usage, or the bot has live steps, \
        3 something is left for you, or nothing was found out."
    )]
    Probe(ProbeArgs),
    /// What a shell needs to complete commands, on standard output
    #[command(after_help = "Example, for bash and one user:\n  \
        kms-haptik-sync completions bash \\\n    > ~/.local/share/bash-completion/completions/kms-haptik-sync")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual pages, into a folder
    #[command(
        after_help = "Example, for one user:\n  kms-haptik-sync manual ~/.local/share/man/man1"
    )]
    Manual {
        /// The folder; it is made where it is missing
        folder: PathBuf,
    },
    /// Write a commented configuration, or print a preset of one
    #[command(
        after_help = "Examples, to be asked in the folder of the export, for a knowledge base that answers over HTTP, and to paste a feed below its bot:\n  \
        kms-haptik-sync init\n  kms-haptik-sync init --feed https://acme.zendesk.com\n  \
        kms-haptik-sync init --show-preset zendesk-guide\n\n\
        It writes kms-haptik-sync.toml here, or the file of --config or KMS_HAPTIK_SYNC_CONFIG, and never over one that is there.\n\
        Exit codes: as those of `check`; 2 where an answer is missing, and nothing is written."
    )]
    Init(Box<InitArgs>),
    /// A local Haptik to develop and test against
    #[command(
        after_help = "Example:\n  kms-haptik-sync sandbox --task-time 500ms --bad-step \"kb-7=answer too long\""
    )]
    Sandbox(SandboxArgs),
    /// The whole story in a minute, without configuration, network or account
    #[command(after_help = "Example:\n  kms-haptik-sync demo")]
    Demo,
    /// The shape of what a command answers with --json, as JSON Schema
    #[command(after_help = "Example:\n  kms-haptik-sync schema status")]
    Schema {
        /// The command
        command: SchemaName,
    },
    /// Which version this is; the same as --version
    #[command(after_help = "Example:\n  kms-haptik-sync version --json")]
    Version,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct ApproveArgs {
    /// Only this bot; needed where several have something to release
    bot: Option<String>,
    /// Only these steps
    #[arg(requires = "bot", value_name = "NAME")]
    steps: Vec<String>,
    /// Only what this plan, or one before it, had held or waiting; what came later stays
    #[arg(long, value_name = "N", requires = "bot")]
    plan: Option<i64>,
    /// Strike off what a person has removed in Haptik, in place of releasing anything
    #[arg(long)]
    removed: bool,
    /// An empty export may empty this bot; releases nothing else
    #[arg(long, requires = "bot", conflicts_with_all = ["steps", "plan", "removed"])]
    empty: bool,
    /// Take the sources of this bot for complete as they are, once; releases nothing else
    #[arg(long, requires = "bot", conflicts_with_all = ["steps", "plan", "removed", "empty"])]
    incomplete: bool,
    /// Of every bot
    #[arg(long, conflicts_with = "bot")]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RetryArgs {
    /// Only this bot
    pub(super) bot: Option<String>,
    /// Only these steps
    #[arg(requires = "bot")]
    pub(super) steps: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BotArgs {
    /// Only this bot
    pub(super) bot: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RebindArgs {
    /// The bot
    bot: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ForgetArgs {
    /// The bot
    bot: String,
    /// The step, by its name
    step: String,
}

#[cfg(test)]
mod tests;
