//! `health`: whether the running daemon is ready, in one line and an exit code, for health checks.
//! It asks the admin listener, as others do; without one, the daemon through its state folder.

use serde_json::json;
use tokio::time::timeout;

use crate::admin::{Answered, PATIENCE, ask};
use crate::cli::Exit;
use crate::cli::context::{CommandFailure, Context, answer, answer_json};
use crate::config::Config;
use crate::control::{CommandContext, ControlCommand, Reply, send_to_daemon};
use crate::status::StatusReader;
use crate::text::shown;

pub(crate) fn health(context: &Context) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    let answered = context.block_on(async {
        Ok(match &config.admin {
            Some(admin) => ask(admin).await,
            None => ask_at_the_state(&config).await,
        })
    })?;
    let reply = reply(&answered);
    if context.json {
        answer_json(&reply.json)?;
    } else {
        answer(&reply.text)?;
    }
    Ok(reply.exit)
}

async fn ask_at_the_state(config: &Config) -> Answered {
    let Ok(wish) = serde_json::to_value(ControlCommand::Health) else {
        return Answered::not_at_all("the daemon cannot be asked");
    };
    match timeout(PATIENCE, send_to_daemon(config, wish, |_, _| {})).await {
        Ok(Ok(Some(answer))) => match serde_json::from_value(answer) {
            Ok(Ok::<Reply, (Exit, String)>(reply)) => Answered {
                ready: reply.exit == Exit::InSync,
                words: reply.text.trim_end().to_owned(),
            },
            Ok(Err((_, words))) => Answered::not_at_all(words),
            Err(_) => Answered::not_at_all("the daemon's answer is not understood; restart it"),
        },
        Ok(Ok(None) | Err(_)) => Answered::not_at_all(format_args!(
            "no daemon answers for the state in {}; start it",
            config.state_dir.display()
        )),
        Err(_) => Answered::not_at_all(format_args!(
            "the daemon has not answered within {PATIENCE:?}; restart it"
        )),
    }
}

/// In the daemon.
pub(crate) async fn perform(hands: &CommandContext) -> Reply {
    let readiness = StatusReader::new(
        hands.config.clone(),
        &hands.engine,
        hands.live_status.clone(),
    )
    .readiness()
    .await;
    reply(&Answered {
        ready: readiness.is_ready(),
        words: readiness.line(),
    })
}

fn reply(answered: &Answered) -> Reply {
    Reply {
        json: json!({ "ready": answered.ready, "words": answered.words }),
        text: format!("{}\n", shown(&answered.words)),
        exit: if answered.ready {
            Exit::InSync
        } else {
            Exit::Failed
        },
    }
}
