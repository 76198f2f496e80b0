//! `approve`: what was released, what stays, and what is still to be done.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Told;
use crate::cli::refused::{exit_with, refused_json, refused_text};
use crate::control::{Approval, ApproveReply, Exit, ReleasedBot};
use crate::sync::Refused;
use crate::text::{FEW, command_for, count, shown};

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
        "changes": bot.changes,
        "held_changes": bot.held_changes,
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
    if !choice.changes.is_empty() {
        let changes = count(choice.changes.len() as u64, "held change", "held changes");
        let heading = format!("{changes} released; the next sync carries them out");
        list(heading, &choice.changes);
    }
    if !struck.is_empty() {
        let steps = count(struck.len() as u64, "step", "steps");
        list(format!("{steps} struck off as removed in Haptik"), struck);
    }
    let nothing = released.is_empty() && struck.is_empty() && choice.changes.is_empty();
    if nothing && choice.later.is_empty() {
        list("no removal to release".to_owned(), &[]);
    }
    if let (false, Some(plan)) = (choice.later.is_empty(), asked.plan) {
        let command = command_for("steps", name, &[]);
        let heading = format!(
            "{} after plan {plan} and stay; `{command}` shows them with their reasons",
            came(choice)
        );
        list(heading, &choice.later);
    }
    if !asked.strikes_off() && !choice.held_changes.is_empty() {
        let changes = count(
            choice.held_changes.len() as u64,
            "change stays",
            "changes stay",
        );
        let first = choice.held_changes.iter().take(FEW).map(String::as_str);
        let names: Vec<&str> = first.collect();
        let command = command_for("approve", name, &names);
        list(
            format!("{changes} held by hold_lint, and only a name releases it: `{command}`"),
            &[],
        );
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

/// What came after the plan that was named.
fn came(choice: &ReleasedBot) -> String {
    let changes = choice.later.iter();
    let changes = changes
        .filter(|name| choice.held_changes.contains(name))
        .count();
    let removals = choice.later.len() - changes;
    let parts = [
        (removals, "removal", "removals"),
        (changes, "held change", "held changes"),
    ];
    let parts = parts.into_iter().filter(|(many, ..)| *many > 0);
    let parts: Vec<String> = parts
        .map(|(many, one, more)| count(many as u64, one, more))
        .collect();
    format!("{} came", parts.join(" and "))
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
