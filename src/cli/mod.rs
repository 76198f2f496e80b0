//! The command line: one file or folder a command. Each answers on standard output; logs and errors go to
//! standard error; the exit code says how it went. What changes something is carried out in
//! [`crate::control`], and told here.

mod args;
mod ask;
mod change;
mod context;
mod inspect;
mod output;
mod record;
mod refused;
mod run;
mod run_command;
mod setup;

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::control::{CommandFailure, ControlCommand, Exit};
use args::{Args, Command};
use change::{chat, import, state};
use context::Context;
use inspect::{check, coverage, export, health, history, lint, plan, status, steps, version};
use run_command::run_command;
use setup::{completions, demo, init, manual, notify, probe, sandbox, schema};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    crate::memory::share();
    let args = match Args::typed() {
        Ok(args) => args,
        Err(exit) => return ExitCode::from(exit as u8),
    };
    context::be_quiet(args.quiet);
    let default = match args.command {
        None if !args.sync_now => "info",
        Some(Command::Run | Command::Sandbox(_)) => "info",
        _ if args.quiet => "error",
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
            context::tell(&failure);
            failure.exit()
        }
    };
    let exit = context::end_quiet(exit);
    super::telemetry::finish();
    ExitCode::from(exit as u8)
}

fn dispatch(args: &Args) -> Result<Exit, CommandFailure> {
    let context = Context::new(args);
    match &args.command {
        None if args.sync_now => run_command(&context, &ControlCommand::SyncNow),
        Some(Command::Sync) => run_command(&context, &ControlCommand::SyncNow),
        None | Some(Command::Run) => run::run(&context),
        Some(Command::Plan(wanted)) => plan::plan(&context, wanted),
        Some(Command::Status(wanted)) => status::status(&context, wanted.bot()),
        Some(Command::Steps(wanted)) => steps::steps(&context, wanted),
        Some(Command::History(wanted)) => history::history(&context, wanted),
        Some(Command::Approve(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Retry(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Forget(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Rollback(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Pause(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Withdraw(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::PutBack(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Keep(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Resume(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Rebind(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Resync(wanted)) => run_command(&context, &wanted.command()),
        Some(Command::Health) => health::health(&context),
        Some(Command::Export(wanted)) => export::export(&context, wanted),
        Some(Command::Import(wanted)) => import::import(&context, wanted),
        Some(Command::Ask(wanted)) => change::ask::ask(&context, wanted),
        Some(Command::Chat(wanted)) => chat::chat(&context, wanted),
        Some(Command::Check(wanted)) => check::check(&context, wanted),
        Some(Command::State(wanted)) => state::state(&context, wanted),
        Some(Command::Notify(wanted)) => notify::notify(&context, wanted),
        Some(Command::Probe(wanted)) => probe::probe(&context, wanted),
        Some(Command::Completions { shell }) => {
            completions::completions(&context, Args::command(), *shell)
        }
        Some(Command::Manual { folder }) => manual::manual(&context, Args::command(), folder),
        Some(Command::Coverage(wanted)) => coverage::coverage(&context, wanted),
        Some(Command::Lint(wanted)) => lint::lint(&context, wanted),
        Some(Command::Init(wanted)) => init::init(&context, wanted),
        Some(Command::Sandbox(settings)) => sandbox::sandbox(settings),
        Some(Command::Demo) => demo::demo(&context),
        Some(Command::Schema { command }) => schema::schema(&context, *command),
        Some(Command::Version) => version::version(&context),
    }
}
