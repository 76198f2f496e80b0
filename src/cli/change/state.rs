//! `state copy`: takes a whole state to another place, for example from a file to a database of PostgreSQL.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::context::{Context, answer, answer_json};
use crate::config::{PostgresState, is_postgres};
use crate::control::{CommandFailure, Exit};
use crate::store::{CopiedTable, CopyError, StatePlace, copy_state};
use crate::sync::Lock;
use crate::text::count;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum StateCommand {
    /// Copy a whole state: from a file to a database of PostgreSQL, or back
    #[command(
        after_help = "Example, with the daemon stopped, before `state` is set in the configuration:\n  \
        kms-haptik-sync state copy --from /var/lib/kms-haptik-sync \\\n    --to postgres://kms@db.example.com/kms\n\n\
        Nothing may work on either of the two, and --to must hold no state yet. Each table is read back and compared. \
        The password is the one of state_password, if the address has none.\n\
        Exit codes: 0 copied, 1 failed, and nothing of the copy was kept, 2 usage or configuration."
    )]
    Copy(CopyArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CopyArgs {
    /// Where the state is: its folder, or a postgres:// address
    #[arg(long, value_name = "FOLDER or URL")]
    from: PathBuf,
    /// Where it goes: a folder, or the address of an empty database
    #[arg(long, value_name = "FOLDER or URL")]
    to: PathBuf,
}

pub(crate) fn state(context: &Context, command: &StateCommand) -> Result<Exit, CommandFailure> {
    let StateCommand::Copy(wanted) = command;
    let from = place(context, "--from", &wanted.from)?;
    let to = place(context, "--to", &wanted.to)?;
    context.block_on(async {
        let copied = copy(&from, &to).await?;
        if context.json {
            answer_json(&json!({
                "from": from.in_words(),
                "to": to.in_words(),
                "rows": rows(&copied),
                "tables": copied,
            }))?;
        } else {
            answer(&in_words(&from, &to, &copied))?;
        }
        Ok(Exit::InSync)
    })
}

/// What an argument names.
fn place(context: &Context, argument: &str, text: &Path) -> Result<StatePlace, CommandFailure> {
    let Some(url) = text.to_str().filter(|text| is_postgres(text)) else {
        // Two words for one folder are one place.
        let folder = text.canonicalize().unwrap_or_else(|_| text.to_owned());
        return Ok(StatePlace::Folder(folder));
    };
    let named = |password| {
        let named = PostgresState::named(url, password);
        named.map_err(|problem| CommandFailure::Usage(format!("{argument}: {problem}")))
    };
    let state = named(None)?;
    if state.holds_password() {
        return Ok(StatePlace::Database(state));
    }
    let configured = context.config()?.state;
    named(configured.and_then(|state| state.password)).map(StatePlace::Database)
}

/// Nobody else works on the folders meanwhile. The one that the state is in has to be there; the other one is made.
async fn copy(from: &StatePlace, to: &StatePlace) -> Result<Vec<CopiedTable>, CommandFailure> {
    let _locks = match (from, to) {
        (StatePlace::Folder(folder), _) if !folder.is_dir() => {
            let place = from.in_words();
            return Err(CopyError::NoState { place }.into());
        }
        _ if from == to => Vec::new(),
        _ => [from, to]
            .into_iter()
            .filter_map(|place| match place {
                StatePlace::Folder(folder) => Some(Lock::take(folder)),
                StatePlace::Database(_) => None,
            })
            .collect::<Result<Vec<_>, _>>()?,
    };
    Ok(copy_state(from, to).await?)
}

fn rows(copied: &[CopiedTable]) -> u64 {
    copied.iter().map(|table| table.rows).sum()
}

fn in_words(from: &StatePlace, to: &StatePlace, copied: &[CopiedTable]) -> String {
    let configured = match to {
        StatePlace::Folder(folder) => {
            format!(
                "take `state` out, with state_dir = \"{}\"",
                folder.display()
            )
        }
        StatePlace::Database(_) => "write the address of the database as `state`".to_owned(),
    };
    format!(
        "{} in {} copied from {} to {}; each table was read back and is the same\n  \
         In the configuration, {configured}; then start the daemon. The state in {} stays as it was: \
         no service may work on it any more, because it would upload beside the new one\n",
        count(rows(copied), "row", "rows"),
        count(copied.len() as u64, "table", "tables"),
        from.in_words(),
        to.in_words(),
        from.in_words(),
    )
}
