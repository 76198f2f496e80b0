//! The command line: one file per command. Each answers on standard output; logs and errors go to
//! standard error; the exit code says how it went.

mod approve;
mod args;
mod context;
mod demo;
mod history;
mod plan;
mod resync;
mod retry;
mod run;
mod sandbox;
mod status;
mod steps;
mod sync_now;
mod view;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use context::{Context, Failure};

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    let args = Args::parse();
    let default = match args.command {
        None if !args.sync_now => "info",
        Some(Command::Run | Command::Sandbox(_)) => "info",
        // The demo tells of refused uploads itself.
        Some(Command::Demo) => "error",
        _ => "warn",
    };
    if let Err(problem) = crate::telemetry::init(args.log_level(), default, args.log_format) {
        eprintln!("{problem}");
        return ExitCode::from(Exit::Usage as u8);
    }
    let exit = match dispatch(&args) {
        Ok(exit) => exit,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit()
        }
    };
    ExitCode::from(exit as u8)
}

fn dispatch(args: &Args) -> Result<Exit, Failure> {
    let context = Context::new(args);
    match &args.command {
        None if args.sync_now => sync_now::sync_now(&context),
        None | Some(Command::Run) => run::run(&context),
        Some(Command::Plan) => plan::plan(&context),
        Some(Command::Status) => status::status(&context),
        Some(Command::Steps(wanted)) => steps::steps(&context, wanted),
        Some(Command::History(wanted)) => history::history(&context, wanted),
        Some(Command::Approve(wanted)) => approve::approve(&context, wanted),
        Some(Command::Retry(wanted)) => retry::retry(&context, wanted),
        Some(Command::Resync(wanted)) => resync::resync(&context, wanted),
        Some(Command::Sandbox(settings)) => sandbox::sandbox(settings),
        Some(Command::Demo) => demo::demo(&context),
    }
}
