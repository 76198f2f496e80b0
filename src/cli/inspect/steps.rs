//! `steps`: the state of each step, with the reason, from the state alone: no source is read.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::cli::context::{Context, answer, answer_json};
use crate::cli::output::{moment, state, table, wrapped};
use crate::cli::refused::{complain_of, exit_with};
use crate::clock::{Millis, rfc3339};
use crate::config::Config;
use crate::control::{CommandFailure, Exit, readable_bots};
use crate::status::{StepState, StepStates, asked, step_states};
use crate::store::Store;
use crate::text::{command_for, count, shown, shown_lines};

#[derive(Debug, clap::Args)]
pub(crate) struct StepsArgs {
    /// Only this bot; a single word that names no bot is a step
    pub(crate) bot: Option<String>,
    /// Only the step of this name
    pub(crate) name: Option<String>,
}

/// A reason that more steps share than this is printed once.
const REPEATS: usize = 2;

pub(crate) fn steps(context: &Context, wanted: &StepsArgs) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    let (only, step) = meant(&config, wanted);
    context.block_on(async {
        let store = Store::open_for_reading(&config).await?;
        let admitted = readable_bots(&store, &config, only).await?;
        let mut json = Vec::new();
        let mut lines = StepLines::default();
        let mut as_of = String::new();
        for bot in &admitted.bots {
            let mut found = step_states(&store, bot).await?;
            let states = std::mem::take(&mut found.states);
            let StepStates {
                planned_at,
                moved_at,
                unlisted,
                ..
            } = found;
            as_of.push_str(&known_as_of(
                &bot.domain_name,
                planned_at,
                context.clock.now(),
            ));
            if let Some(at) = moved_at {
                let at = moment(at, context.clock.now());
                let _ = writeln!(
                    as_of,
                    "{}: a folder has changed since {at}",
                    bot.domain_name
                );
            }
            if unlisted > 0 {
                let more = count(unlisted, "more change is", "more changes are");
                let _ = writeln!(as_of, "{}: {more} pending and not listed", bot.domain_name);
            }
            let is_meant = |name: &str| step.is_none_or(|step| step == name);
            let states = states.into_iter().filter(|(name, _)| is_meant(name));
            for (name, (state, reason)) in states {
                let (verification, verified_at) = found.verification(&name);
                if context.json {
                    json.push(json!({
                        "domain_name": bot.domain_name,
                        "node_name": name,
                        "state": state,
                        "reason": reason,
                        "verification": verification,
                        "verified_at": verified_at.map(rfc3339),
                        "as_of": planned_at.map(rfc3339),
                        "moved_at": moved_at.map(rfc3339),
                    }));
                } else {
                    let said = found.asked.get(&name).and_then(asked);
                    let reasons: Vec<String> = reason.into_iter().chain(said).collect();
                    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
                    lines.add(&bot.domain_name, &name, (state, reason));
                }
            }
        }
        if context.json {
            answer_json(&json)?;
        } else if lines.rows.is_empty() {
            answer(&wrapped(&format!("{}{as_of}", nothing(step))))?;
        } else {
            answer(&format!("{}{}", lines.finish(), wrapped(&as_of)))?;
        }
        complain_of(&admitted.refused);
        Ok(exit_with(&admitted.refused, Exit::InSync))
    })
}

/// The bot and the step that are meant: a single word is a bot, if there is one of that name.
fn meant<'a>(config: &Config, wanted: &'a StepsArgs) -> (Option<&'a str>, Option<&'a str>) {
    let (first, second) = (wanted.bot.as_deref(), wanted.name.as_deref());
    match (first, second) {
        (Some(word), None) if !config.bots.iter().any(|bot| bot.domain_name == word) => {
            (None, Some(word))
        }
        meant => meant,
    }
}

/// Since when the sources may have moved on.
fn known_as_of(bot: &str, planned_at: Option<Millis>, now: Millis) -> String {
    match planned_at {
        Some(at) => format!("{bot}: the sources as of {}\n", moment(at, now)),
        None => format!(
            "{bot}: the sources were not read yet; `{}` shows what a sync would do\n",
            command_for("plan", bot, &[])
        ),
    }
}

/// A line for each step. A reason that many steps share stands once, below them.
#[derive(Default)]
struct StepLines {
    rows: Vec<Vec<String>>,
    reasons: Vec<Option<String>>,
}

impl StepLines {
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
        let mut text = table(&["BOT", "STEP", "STATE", "REASON"], &self.rows);
        for (reason, number) in shared.iter().zip(1..) {
            let reason = format!("[{number}] {}\n", shown_lines(reason, 4));
            let _ = write!(text, "\n{}", wrapped(&reason));
        }
        text
    }
}

fn nothing(step: Option<&str>) -> String {
    match step {
        Some(name) => format!(
            "no step \"{}\" is live, and no source asked for one\n",
            shown(name)
        ),
        None => "no steps yet\n".to_owned(),
    }
}
