//! `pause`, `withdraw`, `put-back`, `keep` and `resume`: what happens from here, and how it ends.

use std::fmt::Write as _;

use serde_json::json;

use super::Told;
use crate::control::{Exit, Kept, Overruled, Paused, Resumed};
use crate::status::{pause_json, paused as in_words};
use crate::text::{command_for, count, one_line, shown};

pub(crate) fn paused(reply: &Paused) -> Told {
    let Paused {
        domain_name: bot,
        pause,
        task_id,
    } = reply;
    let task = task_id.as_ref().map_or_else(String::new, |task| {
        format!(
            "Haptik works on task {} already; its end is waited for. ",
            shown(task)
        )
    });
    Told {
        json: json!({ "domain_name": bot, "paused": pause_json(pause), "task_id": task_id }),
        text: format!(
            "{bot}: {}. {task}Its sources are read and planned, and nothing is uploaded; `{}` ends it\n",
            in_words(pause),
            command_for("resume", bot, &[])
        ),
        exit: Exit::InSync,
    }
}

pub(crate) fn overruled(reply: &Overruled) -> Told {
    let (bot, step) = (&reply.domain_name, one_line(&reply.node_name, 80));
    let what = match reply.put_back {
        None if reply.is_manual => format!(
            "\"{step}\" is withdrawn: remove it in Haptik, then run `{}`; it stays out",
            command_for("approve", bot, &["--removed"])
        ),
        None => format!("\"{step}\" leaves the bot with the next sync, and stays out"),
        Some(upload) => format!(
            "\"{step}\" says again what it said after upload {} with the next sync, and goes on so",
            upload.0
        ),
    };
    let paused = if reply.is_paused {
        format!(
            " The bot is paused, so nothing happens before `{}`.",
            command_for("resume", bot, &[])
        )
    } else {
        String::new()
    };
    Told {
        json: json!({
            "domain_name": bot,
            "node_name": reply.node_name,
            "withdrawn": reply.put_back.is_none(),
            "put_back": reply.put_back.map(|upload| upload.0),
            "paused": reply.is_paused,
        }),
        text: format!(
            "{bot}: {what} until its article is changed, or until `{}`.{paused}\n",
            command_for("resume", bot, &[&reply.node_name])
        ),
        exit: Exit::InSync,
    }
}

pub(crate) fn kept(reply: &Kept) -> Told {
    let (bot, steps) = (&reply.domain_name, &reply.kept);
    let stay = count(steps.len() as u64, "step stays", "steps stay");
    let mut text =
        format!("{bot}: {stay} on the bot although the article is gone, until it is back\n");
    for step in steps {
        let _ = writeln!(text, "  {}", shown(step));
    }
    text.push_str("No guard counts them again. Others that were held beside them leave with the next sync, if they are few enough now.\n");
    let names: Vec<&str> = steps.iter().take(1).map(String::as_str).collect();
    let _ = writeln!(
        text,
        "To remove one after all, for example: `{}`",
        command_for("approve", bot, &names)
    );
    Told {
        json: json!({ "domain_name": bot, "kept": steps }),
        text,
        exit: Exit::InSync,
    }
}

pub(crate) fn resumed(reply: &Resumed) -> Told {
    let bot = &reply.domain_name;
    let text = match (&reply.step, reply.was_paused, reply.pinned_to) {
        (Some(step), ..) if reply.was_kept => format!(
            "{bot}: \"{}\" is kept no more. Its article is gone, so it leaves the bot with one of the next syncs, unless a guard holds that\n",
            one_line(step, 80)
        ),
        (Some(step), ..) => format!(
            "{bot}: \"{}\" follows its article again from the next sync on\n",
            one_line(step, 80)
        ),
        (None, true, Some(to)) => format!(
            "{bot}: the pause is over. It is still rolled back to upload {}; `{}` ends that too\n",
            to.0,
            command_for("resume", bot, &[])
        ),
        (None, true, None) => {
            format!("{bot}: the pause is over; what has waited goes out with the next sync\n")
        }
        (None, false, _) if reply.was_of_canary => format!(
            "{bot}: what its canary has found is dealt with; the canary is uploaded and asked for again\n"
        ),
        (None, false, _) => format!("{bot}: follows its sources again from the next sync on\n"),
    };
    Told {
        json: json!({
            "domain_name": bot,
            "step": reply.step,
            "was_paused": reply.was_paused,
            "was_of_canary": reply.was_of_canary,
            "pinned_to": reply.pinned_to.map(|upload| upload.0),
        }),
        text,
        exit: Exit::InSync,
    }
}
