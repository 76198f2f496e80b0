//! The command line: one file per command. Each answers on standard output; logs and errors go to
//! standard error; the exit code says how it went.

mod args;
mod ask;
mod bots;
pub(crate) mod change;
mod context;
pub(crate) mod inspect;
mod output;
mod run;
mod setup;

pub(crate) use change::Approval;
pub(crate) use context::{CommandFailure, Context, answer, answer_json};
pub(crate) use inspect::{counts, details};
pub(crate) use output::{ProgressLine, by_reason, count, progress_line, stop_asked};

use std::process::ExitCode;

use super::control::{ControlCommand, command as wish};
use args::{Args, Command};
use change::{chat, import};
use inspect::{check, export, health, history, lint, plan, status, steps};
use setup::{completions, demo, init, manual, probe, sandbox};

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Exit {
    /// In sync.
    InSync = 0,
    /// Failed; the state is kept, run again.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Done, but something wants a person.
    Attention = 3,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    crate::memory::share();
    let args = match Args::typed() {
        Ok(args) => args,
        Err(exit) => return ExitCode::from(exit as u8),
    };
    let default = match args.command {
        None if !args.sync_now => "info",
        Some(Command::Run | Command::Sandbox(_)) => "info",
        // The demo tells of refused uploads itself.
        Some(Command::Demo) => "error",
        _ => "warn",
    };
    if let Err(problem) = super::telemetry::init(args.log_level(), default, args.log_format) {
        context::print_error(&problem);
        return ExitCode::from(Exit::Usage as u8);
    }
    let exit = match dispatch(&args) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell();
            failure.exit()
        }
    };
    super::telemetry::finish();
    ExitCode::from(exit as u8)
}

fn dispatch(args: &Args) -> Result<Exit, CommandFailure> {
    let context = Context::new(args);
    match &args.command {
        None if args.sync_now => wish::run_command(&context, &ControlCommand::SyncNow),
        Some(Command::Sync) => wish::run_command(&context, &ControlCommand::SyncNow),
        None | Some(Command::Run) => run::run(&context),
        Some(Command::Plan(wanted)) => plan::plan(&context, wanted),
        Some(Command::Status(wanted)) => status::status(&context, wanted.bot()),
        Some(Command::Steps(wanted)) => steps::steps(&context, wanted),
        Some(Command::History(wanted)) => history::history(&context, wanted),
        Some(Command::Approve(wanted)) => wish::run_command(&context, &wanted.wish()),
        Some(Command::Retry(wanted)) => wish::run_command(&context, &wanted.wish()),
        Some(Command::Rollback(wanted)) => wish::run_command(&context, &wanted.wish()),
        Some(Command::Resume(wanted)) => wish::run_command(&context, &wanted.wish()),
        Some(Command::Rebind(wanted)) => wish::run_command(&context, &wanted.wish()),
        Some(Command::Resync(wanted)) => wish::run_command(&context, &wanted.wish()),
        Some(Command::Health) => health::health(&context),
        Some(Command::Export(wanted)) => export::export(&context, wanted),
        Some(Command::Import(wanted)) => import::import(&context, wanted),
        Some(Command::Chat(wanted)) => chat::chat(&context, wanted),
        Some(Command::Check(wanted)) => check::check(&context, wanted),
        Some(Command::Probe(wanted)) => probe::probe(&context, wanted),
        Some(Command::Completions { shell }) => completions::completions(&context, *shell),
        Some(Command::Manual { folder }) => manual::manual(&context, folder),
        Some(Command::Lint(wanted)) => lint::lint(&context, wanted),
        Some(Command::Init(wanted)) => init::init(&context, wanted),
        Some(Command::Sandbox(settings)) => sandbox::sandbox(settings),
        Some(Command::Demo) => demo::demo(&context),
    }
}
