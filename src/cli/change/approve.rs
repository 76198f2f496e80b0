//! `approve`: what was released, what stays, and what is still to be done.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Told;
use crate::cli::refused::{exit_with, refused_json, refused_text};
use crate::control::{Approval, ApproveReply, Exit, ReleasedBot};
use crate::sync::Refused;
use crate::text::{command_for, count, shown};

pub(crate) fn told(asked: &Approval, reply: &ApproveReply) -> Told {
    match reply {
        ApproveReply::Released { bots, refused } => released(asked, bots, refused),
        ApproveReply::Counts {
            domain_name,
            plan,
            still_held,
            empty,
        } => Told {
            json: json!({ "bots": [{
                "domain_name": domain_name,
                "released": [],
                "still_held": still_held,
                "struck_off": [],
                "plan": plan,
                "empty": empty,
                "incomplete": !empty,
            }] }),
            text: format!(
                "{domain_name}: {}\n",
                if *empty {
                    "an empty export may empty this bot now"
                } else {
                    "the next sync takes its sources for complete as they are, once"
                }
            ),
            exit: Exit::InSync,
        },
    }
}

fn released(asked: &Approval, bots: &[ReleasedBot], refused: &[Refused]) -> Told {
    let mut text: String = bots.iter().map(|bot| in_words(bot, asked)).collect();
    if bots.is_empty() {
        text.push_str("no bot has anything to release\n");
    }
    text.push_str(&refused_text(refused));
    let exit = if bots.iter().any(|bot| !bot.later.is_empty()) {
        Exit::Attention
    } else {
        Exit::InSync
    };
    let mut bots: Vec<_> = bots.iter().map(as_json).collect();
    bots.extend(refused_json(refused));
    Told {
        json: json!({ "bots": bots }),
        text,
        exit: exit_with(refused, exit),
    }
}

fn as_json(bot: &ReleasedBot) -> Value {
    json!({
        "domain_name": bot.domain_name,
        "released": bot.released,
        "still_held": bot.still_held,
        "struck_off": bot.struck_off,
        "plan": bot.plan,
    })
}

/// What was done, with every name: a person approves what they see.
fn in_words(choice: &ReleasedBot, asked: &Approval) -> String {
    let name = &choice.domain_name;
    let (released, struck) = (&choice.released, &choice.struck_off);
    let mut text = String::new();
    let mut list = |heading: String, names: &[String]| {
        let _ = writeln!(text, "{name}: {heading}");
        for step in names {
            let _ = writeln!(text, "  {}", shown(step));
        }
    };
    let removals = |names: &[String]| count(names.len() as u64, "removal", "removals");
    if !released.is_empty() {
        let heading = format!(
            "{} released; the next sync carries them out",
            removals(released)
        );
        list(heading, released);
    }
    if !struck.is_empty() {
        let steps = count(struck.len() as u64, "step", "steps");
        list(format!("{steps} struck off as removed in Haptik"), struck);
    }
    if released.is_empty() && struck.is_empty() && choice.later.is_empty() {
        list("no removal to release".to_owned(), &[]);
    }
    if let (false, Some(plan)) = (choice.later.is_empty(), asked.plan) {
        let command = command_for("steps", name, &[]);
        let heading = format!(
            "{} came after plan {plan} and stay; `{command}` shows them with their reasons",
            removals(&choice.later)
        );
        list(heading, &choice.later);
    }
    if !asked.strikes_off() && !choice.manual.is_empty() {
        let steps = count(choice.manual.len() as u64, "step is", "steps are");
        let command = command_for("approve", name, &["--removed"]);
        list(
            format!("{steps} to be removed manually in Haptik; when that is done, run `{command}`"),
            &[],
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_sees_every_name() {
        let bot = ReleasedBot {
            domain_name: "acme".into(),
            released: (0..40).map(|at| format!("kb-{at:02}")).collect(),
            ..ReleasedBot::default()
        };
        let text = in_words(&bot, &Approval::default());
        assert!(text.starts_with("acme: 40 removals released"), "{text}");
        for at in 0..40 {
            assert!(text.contains(&format!("\n  kb-{at:02}\n")), "{text}");
        }
    }
}
