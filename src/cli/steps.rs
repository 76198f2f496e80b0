//! `steps`: the state of each step, with the reason.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde_json::json;

use super::Exit;
use super::args::WantedStep;
use super::context::{Context, Failure, answer, answer_json};
use super::view::style::state;
use super::view::{aligned, shown, shown_lines};
use crate::config::Bot;
use crate::flow::normalise::Outline;
use crate::flow::plan::{Action, Change};
use crate::store::Store;

/// A reason that more steps share than this is printed once.
const REPEATS: usize = 2;

/// The state of one step, and why.
type StepState = (&'static str, Option<String>);

pub(super) fn steps(context: &Context, wanted: &WantedStep) -> Result<Exit, Failure> {
    let config = context.config()?;
    context.block_on(async {
        let store = Store::open_to_read(&config.state_dir).await?;
        let mut json = Vec::new();
        let mut lines = Lines::default();
        for bot in &config.bots {
            let mut states = states(context, &store, bot).await?;
            if let Some(name) = &wanted.name {
                states.retain(|step, _| step == name);
            }
            for (name, (state, reason)) in states {
                if context.json {
                    json.push(json!({
                        "domain_name": bot.domain_name,
                        "node_name": name,
                        "state": state,
                        "reason": reason,
                    }));
                } else {
                    lines.add(&bot.domain_name, &name, (state, reason));
                }
            }
        }
        if context.json {
            answer_json(&json.into())?;
        } else if lines.rows.is_empty() {
            answer(&nothing(wanted))?;
        } else {
            answer(&lines.finish())?;
        }
        Ok(Exit::InSync)
    })
}

/// A line for each step. A reason that many steps share stands once, below them.
#[derive(Default)]
struct Lines {
    rows: Vec<Vec<String>>,
    reasons: Vec<Option<String>>,
}

impl Lines {
    fn add(&mut self, bot: &str, name: &str, (word, reason): StepState) {
        self.rows
            .push(vec![bot.to_owned(), shown(name).into_owned(), state(word)]);
        self.reasons.push(reason);
    }

    fn finish(mut self) -> String {
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for reason in self.reasons.iter().flatten() {
            *uses.entry(reason).or_default() += 1;
        }
        let mut shared: Vec<&str> = Vec::new();
        for (row, reason) in self.rows.iter_mut().zip(&self.reasons) {
            let Some(reason) = reason.as_deref() else {
                continue;
            };
            row.push(if uses[reason] <= REPEATS {
                shown_lines(reason, 4)
            } else {
                let known = shared.iter().position(|known| *known == reason);
                let number = known.unwrap_or_else(|| {
                    shared.push(reason);
                    shared.len() - 1
                });
                format!("[{}]", number + 1)
            });
        }
        let mut text = aligned(&self.rows);
        for (reason, number) in shared.iter().zip(1..) {
            let _ = write!(text, "\n[{number}] {}", shown_lines(reason, 4));
        }
        if !shared.is_empty() {
            text.push('\n');
        }
        text
    }
}

fn nothing(wanted: &WantedStep) -> String {
    match &wanted.name {
        Some(name) => format!("no step \"{name}\" is live, and no source asks for one\n"),
        None => "no steps yet\n".to_owned(),
    }
}

async fn states(
    context: &Context,
    store: &Store,
    bot: &Bot,
) -> Result<BTreeMap<String, StepState>, Failure> {
    let plan = context.preview(store, bot).await?.plan;
    let mut states: BTreeMap<String, StepState> = BTreeMap::new();
    if let Some(id) = store.find_bot(&bot.domain_name).await? {
        for known in store.snapshot(id).await? {
            states.insert(known.node_name.into(), ("live", None));
        }
        let under_way = store.under_way(id).await?;
        let waiting_for = match &under_way {
            Some(upload) => format!("upload {} is {}", upload.id.0, upload.state.name()),
            None => "waits for the next sync".to_owned(),
        };
        states.extend(
            plan.changes
                .iter()
                .map(|change| pending(change, &waiting_for)),
        );
        for (name, refused) in store.quarantine(id).await? {
            if plan.quarantined.contains(&name) {
                states.insert(name, ("quarantined", Some(refused.reason)));
            }
        }
    } else {
        let waiting_for = "waits for the first sync";
        states.extend(
            plan.changes
                .iter()
                .map(|change| pending(change, waiting_for)),
        );
    }
    for held in plan.held {
        states.insert(
            held.node_name,
            ("held_removal", Some(held.reason.to_string())),
        );
    }
    for name in plan.manual {
        let reason = "remove it by hand in Haptik, then run `kms-haptik-sync approve`";
        states.insert(name, ("manual_removal", Some(reason.to_owned())));
    }
    Ok(states)
}

fn pending(change: &Change<Outline>, waiting_for: &str) -> (String, StepState) {
    let what = match change.action {
        Action::Add => "new in the source",
        Action::Change => "changed in the source; its last confirmed version is live",
        Action::Remove => "gone from the source",
    };
    (
        change.step.node_name.to_string(),
        ("pending", Some(format!("{what}; {waiting_for}"))),
    )
}
