//! `health`: whether the running daemon is ready, in one line and an exit code, for health checks.
//! It asks the admin listener, as others do; without one, the daemon through its state folder.

use serde_json::json;
use tokio::time::timeout;

use crate::admin::{Answered, PATIENCE, ask};
use crate::cli::context::{Context, answer, answer_json};
use crate::config::Config;
use crate::control::{CommandFailure, ControlCommand, Exit, NotAnswered, Reply, send_to_daemon};
use crate::text::shown;

pub(crate) fn health(context: &Context) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    let answered = context.block_on(async {
        Ok(match &config.admin {
            Some(admin) => ask(admin, &config.state_dir).await,
            None => ask_at_the_state(&config).await,
        })
    })?;
    if context.json {
        answer_json(&json!({ "ready": answered.ready, "words": answered.words }))?;
    } else {
        answer(&format!("{}\n", shown(&answered.words)))?;
    }
    Ok(if answered.ready {
        Exit::InSync
    } else {
        Exit::Failed
    })
}

async fn ask_at_the_state(config: &Config) -> Answered {
    let asking = send_to_daemon(config, &ControlCommand::Health, |_, _| {});
    match timeout(PATIENCE, asking).await {
        Ok(Ok(Some(Ok(Reply::Health(readiness))))) => Answered {
            ready: readiness.is_ready(),
            words: readiness.line(),
        },
        Ok(Ok(Some(Err((_, words))))) => Answered::not_at_all(words),
        Ok(Ok(Some(Ok(_))) | Err(NotAnswered::NotUnderstood(_))) => {
            Answered::not_at_all("the daemon's answer is not understood; restart it")
        }
        Ok(Ok(None) | Err(NotAnswered::Lost(_))) => Answered::not_at_all(format_args!(
            "no daemon answers for the state in {}; start it",
            config.state_dir.display()
        )),
        Err(_) => Answered::not_at_all(format_args!(
            "the daemon has not answered within {PATIENCE:?}; restart it"
        )),
    }
}
