//! `rebind`: takes what the state knows of a bot to another Haptik, which means that it knows nothing.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::context::{CommandFailure, wanted_bots};
use crate::cli::output::count;
use crate::control::{CommandContext, Reply};
use crate::store::Forgotten;
use crate::sync::{Refused, refused};
use crate::text::command_for;

pub(crate) async fn perform(hands: &CommandContext, bot: &str) -> Result<Reply, CommandFailure> {
    let store = &hands.engine.runner.store;
    let binding = &hands.engine.binding;
    wanted_bots(&hands.config, Some(bot))?;
    let Some(before) = refused(store, bot, binding).await? else {
        return Err(CommandFailure::Usage(format!(
            "{bot}: there is nothing to do; what {} knows of this bot is of the configured Haptik, {binding}",
            store.folder().display()
        )));
    };
    let id = store.bot(bot).await?;
    let action = hands.action("rebind", Some(bot), json!({}));
    let forgotten = store.rebind(id, binding, action).await?;
    hands.engine.readings.forget(bot);
    tracing::info!(
        bot,
        who = &*hands.who,
        "rebind: from {} to {binding}",
        before.bound
    );
    hands.wake(bot);
    Ok(Reply {
        json: json!({
            "domain_name": bot,
            "from": before.bound,
            "to": binding,
            "forgotten": forgotten.live,
            "quarantined": forgotten.quarantined,
            "uncertain": forgotten.uncertain,
            "approvals": forgotten.approvals,
            "open_removals": forgotten.open_removals,
            "dropped_upload": forgotten.dropped.map(|upload| upload.0),
            "pinned_to": forgotten.pinned_to.map(|upload| upload.0),
        }),
        text: in_words(bot, &before, &forgotten),
        exit: Exit::InSync,
    })
}

fn in_words(bot: &str, before: &Refused, forgotten: &Forgotten) -> String {
    let many = |number, one, several| (number > 0).then(|| count(number, one, several));
    let parts = [
        Some(count(forgotten.live, "live step", "live steps")),
        many(
            forgotten.quarantined,
            "step in quarantine",
            "steps in quarantine",
        ),
        many(forgotten.uncertain, "uncertain step", "uncertain steps"),
        many(forgotten.open_removals, "open removal", "open removals"),
        many(forgotten.approvals, "approval", "approvals"),
        forgotten
            .pinned_to
            .map(|upload| format!("the rollback to upload {}", upload.0)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let mut text = format!(
        "{bot}: taken from {} to {}\n  forgotten: {}\n",
        before.bound,
        before.configured,
        parts.join(", ")
    );
    if let Some(upload) = forgotten.dropped {
        let _ = writeln!(
            text,
            "  upload {} was under way and is dropped; {} may still carry it out",
            upload.0, before.bound.haptik
        );
    }
    let _ = writeln!(
        text,
        "  What {} holds of this bot stays there as it is. The next sync uploads everything to {}; `{}` shows it",
        before.bound.haptik,
        before.configured.haptik,
        command_for("plan", bot, &[])
    );
    text
}
