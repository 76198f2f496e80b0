//! What a sandbox is told when it begins.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::answers::AnswerRule;
use crate::clock::Clock;
use crate::config::{AskPaths, Secret, UploadEffect};

/// How a sandbox begins. What may change while it runs is in [`UploadRule`](super::UploadRule).
#[derive(Clone, Debug)]
pub struct SandboxSettings {
    /// The `client-id` that it answers to.
    pub client_id: String,
    /// The bearer token that it asks for; `None` asks for none.
    pub token: Option<Secret>,
    /// What an upload does to the steps that it does not name.
    pub effect: UploadEffect,
    /// Bots with an effect of their own, by `domain_name`.
    pub effects: BTreeMap<String, UploadEffect>,
    /// How long a task takes from its submission to its end.
    pub task_time: Duration,
    /// Steps that are refused, with the reason.
    pub bad_steps: BTreeMap<String, String>,
    /// The task ids follow from it.
    pub seed: u64,
    /// How bots answer.
    pub answers: AnswerRule,
    /// The bot of each channel; on others, any bot answers.
    pub channels: BTreeMap<u64, String>,
    /// Where the calls that ask a bot are.
    pub paths: AskPaths,
    /// The file that keeps steps and tasks; it is read at the first call. `None` keeps nothing.
    pub path: Option<PathBuf>,
    /// Tells when a task's time has come. It must not jump.
    pub clock: Clock,
}

impl SandboxSettings {
    /// A sandbox in memory for one customer, where uploads have `effect` and tasks take no time.
    pub fn new(client_id: impl Into<String>, effect: UploadEffect) -> Self {
        Self {
            client_id: client_id.into(),
            token: None,
            effect,
            effects: BTreeMap::new(),
            task_time: Duration::ZERO,
            bad_steps: BTreeMap::new(),
            seed: 0,
            answers: AnswerRule::default(),
            channels: BTreeMap::new(),
            paths: AskPaths::default(),
            path: None,
            clock: Clock::system(),
        }
    }

    pub(super) fn effect_for(&self, domain_name: &str) -> UploadEffect {
        *self.effects.get(domain_name).unwrap_or(&self.effect)
    }
}
