//! What the commands share: the configuration, the state, the runtime, and how failures are told.

use std::io::{ErrorKind, IsTerminal as _, Write};
use std::path::PathBuf;

use thiserror::Error;

use super::Exit;
use super::args::Args;
use crate::clock::Clock;
use crate::config::{Bot, Config, Problems, locate};
use crate::store::{Store, StoreError};
use crate::sync::{EngineError, Preview, preview, silent};
use crate::text::{few, harmless_json, shown_lines};

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub(crate) enum CommandFailure {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(Problems),
    /// The state or the client.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The command line asks for something that there is not.
    #[error("{0}")]
    Usage(String),
    /// The daemon could not carry out what was handed to it.
    #[error("{words}")]
    Daemon {
        /// How the command ends.
        exit: Exit,
        /// Why, and what to do.
        words: String,
    },
    /// Standard output does not take the answer.
    #[error(
        "standard output cannot be written: {0}. The output of this command is missing or cut short; what the command changed stays changed. \
         Have the output written to a place with room"
    )]
    Output(std::io::Error),
    /// Anything of the operating system.
    #[error("{0}")]
    System(String),
}

impl CommandFailure {
    /// Says it on standard error, in colour on a terminal.
    pub(crate) fn tell(&self) {
        match self {
            Self::Config(problems) => print_error(&problems.render(true)),
            other => print_error(&shown_lines(&other.to_string(), 0)),
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage(_) | Self::Engine(EngineError::OtherHaptik(_)) => {
                Exit::Usage
            }
            Self::Daemon { exit, .. } => *exit,
            Self::Engine(_) | Self::Store(_) | Self::Output(_) | Self::System(_) => Exit::Failed,
        }
    }
}

/// What the commands share.
pub(crate) struct Context {
    path: Option<PathBuf>,
    /// Whether the answer is JSON.
    pub(crate) json: bool,
    /// The clock of the machine.
    pub(crate) clock: Clock,
}

impl Context {
    pub(crate) fn new(args: &Args) -> Self {
        Self {
            path: args.config.clone(),
            json: args.json,
            clock: Clock::system(),
        }
    }

    /// The same, with a configuration file even where nobody says which.
    pub(crate) fn at(&self, otherwise: &str) -> Self {
        Self {
            path: Some(self.path.clone().unwrap_or_else(|| otherwise.into())),
            json: self.json,
            clock: self.clock.clone(),
        }
    }

    /// The configuration file.
    pub(crate) fn path(&self) -> PathBuf {
        locate(self.path.clone())
    }

    /// The same, with an answer in JSON where this says so.
    pub(crate) fn answering(&self, json: bool) -> Self {
        Self {
            path: self.path.clone(),
            json: self.json || json,
            clock: self.clock.clone(),
        }
    }

    /// Reads the configuration; can be called again, to read it anew.
    pub(crate) fn load(&self) -> Result<Config, Problems> {
        Config::load(&locate(self.path.clone()), std::env::vars_os())
    }

    pub(crate) fn config(&self) -> Result<Config, CommandFailure> {
        self.load().map_err(CommandFailure::Config)
    }

    /// Runs asynchronous work to its end.
    #[expect(
        clippy::unused_self,
        reason = "a command runs its work within its context"
    )]
    pub(crate) fn block_on<T>(
        &self,
        work: impl Future<Output = Result<T, CommandFailure>>,
    ) -> Result<T, CommandFailure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| {
                CommandFailure::System(format!("the runtime cannot start: {error}"))
            })?;
        let outcome = runtime.block_on(work);
        // A long read that was left behind at a stop must not hold up the end.
        runtime.shutdown_background();
        outcome
    }

    /// What a sync of this bot would do.
    pub(crate) async fn preview(
        &self,
        store: &Store,
        bot: &Bot,
    ) -> Result<Preview, CommandFailure> {
        look(store, bot, &self.clock).await
    }
}

/// What a sync of this bot would do.
pub(crate) async fn look(
    store: &Store,
    bot: &Bot,
    clock: &Clock,
) -> Result<Preview, CommandFailure> {
    Ok(preview(store, bot, clock, &silent()).await?)
}

/// The bot of this name, or all of them.
pub(crate) fn wanted_bots<'a>(
    config: &'a Config,
    name: Option<&str>,
) -> Result<Vec<&'a Bot>, CommandFailure> {
    let bots: Vec<_> = config
        .bots
        .iter()
        .filter(|bot| name.is_none_or(|name| name == bot.domain_name))
        .collect();
    if bots.is_empty() {
        let known: Vec<_> = config
            .bots
            .iter()
            .map(|bot| bot.domain_name.as_str())
            .collect();
        return Err(CommandFailure::Usage(format!(
            "there is no bot \"{}\" in {}; it has {}",
            name.unwrap_or_default(),
            config.path.display(),
            few(&known)
        )));
    }
    Ok(bots)
}

/// The bot of this name, or the only one.
pub(crate) fn one_bot<'a>(
    config: &'a Config,
    name: Option<&str>,
) -> Result<&'a Bot, CommandFailure> {
    match wanted_bots(config, name)?[..] {
        [bot] => Ok(bot),
        ref several => {
            let names: Vec<_> = several.iter().map(|bot| &*bot.domain_name).collect();
            Err(CommandFailure::Usage(format!(
                "say which bot: {} has {}",
                config.path.display(),
                few(&names)
            )))
        }
    }
}

/// Writes an answer to standard output.
pub(crate) fn answer(text: &str) -> Result<(), CommandFailure> {
    write_whole(anstream::stdout().lock(), text.as_bytes())
}

/// The same for what is not to be touched, such as a table for another program.
fn answer_bytes(bytes: &[u8]) -> Result<(), CommandFailure> {
    write_whole(std::io::stdout().lock(), bytes)
}

/// Writes a table with text from outside: to a file or a pipe the bytes as they are; a terminal must not
/// obey them.
pub(crate) fn answer_foreign(bytes: &[u8]) -> Result<(), CommandFailure> {
    if std::io::stdout().is_terminal() {
        answer_bytes(for_terminal(bytes).as_bytes())
    } else {
        answer_bytes(bytes)
    }
}

fn for_terminal(bytes: &[u8]) -> String {
    format!("{}\n", shown_lines(&String::from_utf8_lossy(bytes), 0))
}

/// A reader that has gone away has what it wanted. Anything else would leave a part of the answer that
/// passes for all of it.
fn write_whole(mut out: impl Write, bytes: &[u8]) -> Result<(), CommandFailure> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(CommandFailure::Output),
    }
}

/// Writes a line to standard error. That nobody reads it is no failure either.
pub(crate) fn print_error(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// Writes an answer as one JSON document.
pub(crate) fn answer_json(value: &serde_json::Value) -> Result<(), CommandFailure> {
    answer(&harmless_json(&format!("{value:#}\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_a_table() {
        let table = b"\xef\xbb\xbfstep,finding\n\"a\x1b]0;owned\x07\",\"two\nlines\x9b\"\n";
        let shown = for_terminal(table);
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{shown:?}");
        assert_eq!(shown.lines().count(), 3, "{shown:?}");
    }
}
