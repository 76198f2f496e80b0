//! `forget`: what was erased, and what that takes away.

use serde_json::json;

use super::Told;
use crate::control::{Exit, Forgot};
use crate::text::{count, one_line};

pub(crate) fn told(reply: &Forgot) -> Told {
    let Forgot {
        domain_name: bot,
        node_name,
        versions,
        kept_after,
        is_live,
    } = reply;
    let shown = one_line(node_name, 80);
    let erased = count(*versions, "old version", "old versions");
    let live = if *is_live {
        "; its live text stays"
    } else {
        ""
    };
    Told {
        json: json!({
            "domain_name": bot,
            "node_name": node_name,
            "versions": versions,
            "kept_after": kept_after,
            "live": is_live,
        }),
        text: format!(
            "{bot}: {erased} of \"{shown}\" erased{live}. There is no way back any more to what the bot was before upload {kept_after}. \
             Backups of the state, and the logs, have to be looked after by hand\n"
        ),
        exit: Exit::InSync,
    }
}
