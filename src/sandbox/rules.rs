//! What a sandbox refuses, how long it takes and how it words things; all of it can be changed
//! while it runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::AnswerRule;
use super::faults::Fault;
use super::people::People;
use super::rows::SandboxRow;
use crate::clock::Millis;

/// What a row with a name and neither question nor answer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankRow {
    /// The step goes.
    #[default]
    Removes,
    /// Execution stops there.
    Error,
    /// Nothing.
    Ignored,
}

/// The status texts. In `failed`, `NAME` and `REASON` are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wording {
    /// A task that carried out every row.
    pub success: String,
    /// A task whose time has not come.
    pub in_progress: String,
    /// A task that stopped at a bad step and names it.
    pub failed: String,
    /// A task that stopped at a bad step and does not name it.
    pub failed_unnamed: String,
}

impl Default for Wording {
    fn default() -> Self {
        Self {
            success: "all steps have been created successfully".to_owned(),
            in_progress: "In Progress".to_owned(),
            failed: "Error: step \"NAME\" could not be created: REASON".to_owned(),
            failed_unnamed: "Error: a step could not be created: REASON".to_owned(),
        }
    }
}

/// A change to a running sandbox, the body of `POST /sandbox/faults`. What is left out stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UploadRule {
    /// Replaces the steps that are refused, by name, with the reason.
    pub bad_steps: Option<BTreeMap<String, String>>,
    /// Replaces the texts that make any step refused whose question or answer holds one of them.
    pub bad_content: Option<BTreeMap<String, String>>,
    /// Whether failing tasks leave out the name of the step.
    pub unnamed: Option<bool>,
    /// The text with which every task ends before its first row; `""` ends that.
    pub every_task_fails: Option<String>,
    /// What blank rows do.
    pub blank_row: Option<BlankRow>,
    /// How long tasks submitted from now on take, in milliseconds.
    pub task_time: Option<Millis>,
    /// While true, no task ends.
    pub never_ending: Option<bool>,
    /// The status texts.
    pub wording: Option<Wording>,
    /// The token that is asked for from now on; `""` asks for none.
    pub token: Option<String>,
    /// Replaces users, teams and channels.
    pub people: Option<People>,
    /// How bots answer.
    pub answers: Option<AnswerRule>,
    /// Whether every bot is trained now: it understands its user messages as they are.
    pub train: bool,
    /// Steps, on all bots, that say again what they said before their last change, as after a publish from
    /// staging.
    pub publish_old: Vec<String>,
    /// Whether the faults still waiting are dropped first.
    pub clear_faults: bool,
    /// Faults for the next calls, after those already waiting.
    pub faults: Vec<Fault>,
}

/// What a sandbox refuses and says at present.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) bad_steps: BTreeMap<String, String>,
    pub(super) bad_content: BTreeMap<String, String>,
    pub(super) unnamed: bool,
    pub(super) every_task_fails: Option<String>,
    pub(super) blank_row: BlankRow,
    pub(super) task_time: Millis,
    pub(super) never_ending: bool,
    pub(super) wording: Wording,
    pub(super) answers: AnswerRule,
}

impl Rules {
    pub(super) fn change(&mut self, change: &UploadRule) {
        replace(&mut self.bad_steps, change.bad_steps.as_ref());
        replace(&mut self.bad_content, change.bad_content.as_ref());
        replace(&mut self.unnamed, change.unnamed.as_ref());
        replace(&mut self.blank_row, change.blank_row.as_ref());
        replace(&mut self.task_time, change.task_time.as_ref());
        replace(&mut self.never_ending, change.never_ending.as_ref());
        replace(&mut self.wording, change.wording.as_ref());
        replace(&mut self.answers, change.answers.as_ref());
        if let Some(text) = &change.every_task_fails {
            self.every_task_fails = Some(text.clone()).filter(|text| !text.is_empty());
        }
    }

    /// Why this row cannot be carried out, as a status text.
    pub(super) fn refusal(&self, row: &SandboxRow) -> Option<String> {
        let reason = if row.is_blank() {
            (self.blank_row == BlankRow::Error).then_some("question and answer are empty")?
        } else {
            self.reason(row)?
        };
        let template = if self.unnamed {
            &self.wording.failed_unnamed
        } else {
            &self.wording.failed
        };
        // The reason first, so that a name that holds the word REASON stays as it is.
        let text = template.replace("REASON", reason);
        Some(if self.unnamed {
            text
        } else {
            text.replacen("NAME", &row.name, 1)
        })
    }

    fn reason(&self, row: &SandboxRow) -> Option<&str> {
        let by_name = self.bad_steps.get(&*row.name);
        by_name
            .or_else(|| {
                self.bad_content
                    .iter()
                    .find(|(part, _)| {
                        row.question.contains(&**part) || row.answer.contains(&**part)
                    })
                    .map(|(_, reason)| reason)
            })
            .map(String::as_str)
    }
}

fn replace<T: Clone>(present: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        present.clone_from(new);
    }
}
