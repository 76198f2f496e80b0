//! What the commands say that change what the service knows or does. They are carried out in
//! [`crate::control`]; here stand what is typed, and the words and the JSON of the answer.

pub(crate) mod approve;
pub(crate) mod ask;
pub(crate) mod chat;
pub(crate) mod forget;
pub(crate) mod import;
pub(crate) mod overrule;
pub(crate) mod rebind;
pub(crate) mod resync;
pub(crate) mod retry;
pub(crate) mod rollback;
pub(crate) mod state;
pub(crate) mod sync_now;

pub(crate) use ask::AskArgs;
pub(crate) use chat::ChatCommand;
pub(crate) use import::ImportArgs;
pub(crate) use state::StateCommand;

use serde_json::Value;

use crate::control::{CommandFailure, ControlCommand, Exit, Reply, not_understood};

/// What is said of what came of a command, to people and for `--json`.
pub(crate) struct Told {
    pub(crate) json: Value,
    pub(crate) text: String,
    pub(crate) exit: Exit,
}

/// What is said of what came of a command.
pub(crate) fn told(command: &ControlCommand, reply: &Reply) -> Result<Told, CommandFailure> {
    Ok(match (command, reply) {
        (ControlCommand::SyncNow, Reply::Sync(reports)) => sync_now::told(reports),
        (ControlCommand::Approve(asked), Reply::Approve(reply)) => approve::told(asked, reply),
        (ControlCommand::Retry { .. }, Reply::Retry(reply)) => retry::told(reply),
        (ControlCommand::Rollback { .. }, Reply::Pinning(reply)) => rollback::told(reply),
        (ControlCommand::Pause { .. }, Reply::Pause(reply)) => overrule::paused(reply),
        (ControlCommand::Overrule(_), Reply::Overrule(reply)) => overrule::overruled(reply),
        (ControlCommand::Keep { .. }, Reply::Keep(reply)) => overrule::kept(reply),
        (ControlCommand::Resume { .. }, Reply::Resume(reply)) => overrule::resumed(reply),
        (ControlCommand::Forget { .. }, Reply::Forget(reply)) => forget::told(reply),
        (ControlCommand::Import { .. }, Reply::Import(reply)) => import::told(reply),
        (ControlCommand::Ask(_), Reply::Ask(answers)) => ask::told(answers),
        (ControlCommand::Transfer(transfer), Reply::Transfer) => chat::transferred(transfer),
        (ControlCommand::Transcript(wanted), Reply::Transcript(reply)) => {
            chat::transcribed(wanted, reply)?
        }
        (ControlCommand::Rebind { .. }, Reply::Rebind(reply)) => rebind::told(reply),
        (ControlCommand::Resync { .. }, Reply::Resync(reply)) => resync::told(reply),
        _ => return Err(not_understood("it answers another command")),
    })
}
