//! What the commands share: the configuration, the state, the runtime, and how failures are told.

use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Serializer;
use thiserror::Error;

use super::args::Args;
use super::output::HarmlessJson;
use crate::clock::Clock;
use crate::config::{Bot, Config, LOCAL_PATH, Problems, locate, named};
use crate::control::{CommandFailure, Exit};
use crate::store::Store;
use crate::sync::{Preview, preview, silent};
use crate::text::{few, shown_lines};

/// Standard output does not take the answer.
#[derive(Debug, Error)]
#[error(
    "standard output cannot be written: {0}. The output of this command is missing or cut short; what the command changed stays changed. \
     Have the output written to a place with room"
)]
struct OutputError(std::io::Error);

/// Says on standard error why a command could not do its work, in colour on a terminal.
pub(crate) fn tell(failure: &CommandFailure) {
    match failure {
        CommandFailure::Config(problems) => print_error(&problems.render(true)),
        other => print_error(&shown_lines(&other.to_string(), 0)),
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

    /// Where a configuration is written that the other commands find, too.
    pub(crate) fn path_to_write(&self) -> PathBuf {
        named(self.path.clone()).unwrap_or_else(|| LOCAL_PATH.into())
    }

    /// Reads the configuration; a second call reads it again.
    pub(crate) fn load(&self) -> Result<Config, Problems> {
        load(&locate(self.path.clone()))
    }

    pub(crate) fn config(&self) -> Result<Config, CommandFailure> {
        let config = self.load().map_err(CommandFailure::Config)?;
        if let Some(words) = ignored(&config) {
            tracing::warn!("{words}");
        }
        Ok(config)
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

/// One sentence on the variables that look like a setting and are none; `None` where there are none.
pub(crate) fn ignored(config: &Config) -> Option<String> {
    let all = &config.ignored_variables;
    let meant: Vec<String> = all
        .iter()
        .map(|one| format!("{} (write {})", one.name, one.meant))
        .collect();
    (!all.is_empty()).then(|| {
        format!(
            "these variables set nothing; two underscores stand before each part of a setting: {}",
            few(&meant)
        )
    })
}

/// Reads a configuration file.
pub(crate) fn load(path: &Path) -> Result<Config, Problems> {
    Config::load(path, std::env::vars_os())
}

/// What a sync of this bot would do.
pub(crate) async fn look(
    store: &Store,
    bot: &Bot,
    clock: &Clock,
) -> Result<Preview, CommandFailure> {
    Ok(preview(store, bot, clock, &silent()).await?)
}

/// With `--quiet`, answers wait here until it is known whether all is well.
static HELD_BACK: Mutex<Option<String>> = Mutex::new(None);

fn held_back() -> MutexGuard<'static, Option<String>> {
    HELD_BACK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether answers are printed only where something is not well.
pub(crate) fn be_quiet(quiet: bool) {
    *held_back() = quiet.then(String::new);
}

pub(crate) fn is_quiet() -> bool {
    held_back().is_some()
}

/// A command has ended: what it answered is printed now, if it was held back and all is not well.
pub(crate) fn end_quiet(exit: Exit) -> Exit {
    let Some(text) = held_back().take().filter(|_| exit != Exit::InSync) else {
        return exit;
    };
    match answer(&text) {
        Ok(()) => exit,
        Err(failure) => {
            tell(&failure);
            failure.exit()
        }
    }
}

/// Writes an answer to standard output.
pub(crate) fn answer(text: &str) -> Result<(), CommandFailure> {
    if let Some(held_back) = held_back().as_mut() {
        held_back.push_str(text);
        return Ok(());
    }
    print(text)
}

fn print(text: &str) -> Result<(), CommandFailure> {
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
    wholly(out.write_all(bytes).and_then(|()| out.flush()))
}

fn wholly(written: std::io::Result<()>) -> Result<(), CommandFailure> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|error| CommandFailure::System(OutputError(error).to_string())),
    }
}

/// Writes a line to standard error. That nobody reads it is no failure either.
pub(crate) fn print_error(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// Writes an answer as one JSON document. Another program reads it, whatever else is quiet.
pub(crate) fn answer_json(value: &impl Serialize) -> Result<(), CommandFailure> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    let mut json = Serializer::with_formatter(&mut out, HarmlessJson::default());
    let written = value.serialize(&mut json).map_err(std::io::Error::from);
    wholly(
        written
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush()),
    )
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
