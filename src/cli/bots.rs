//! Which bots a command works on: those that are asked for, without those whose state speaks of
//! another Haptik. These are told, and the command fails for them.

use serde_json::{Value, json};

use super::Exit;
use super::context::{CommandFailure, print_error, wanted_bots};
use crate::config::{Bot, Config};
use crate::control::CommandContext;
use crate::store::{BotId, Store};
use crate::sync::{Refused, bind, binding_of, in_words, refused};
use crate::text::shown_lines;

/// The bots that a command works on, and those that it refuses.
pub(super) struct Admitted<B> {
    pub(super) bots: Vec<B>,
    pub(super) refused: Vec<Refused>,
}

/// For a command that changes something: each bot with its number. A bot of which nothing is known yet
/// belongs to the configured Haptik from now on.
pub(super) async fn acting<'a>(
    hands: &'a CommandContext,
    only: Option<&str>,
) -> Result<Admitted<(&'a Bot, BotId)>, CommandFailure> {
    let store = &hands.engine.runner.store;
    let mut admitted = Admitted::new();
    for bot in wanted_bots(&hands.config, only)? {
        let id = store.bot(&bot.domain_name).await?;
        match bind(store, id, &bot.domain_name, &hands.engine.binding).await? {
            Some(refused) => admitted.refused.push(refused),
            None => admitted.bots.push((bot, id)),
        }
    }
    admitted.unless_nobody()
}

/// For a command that changes one bot.
pub(super) async fn acting_on(hands: &CommandContext, bot: &str) -> Result<BotId, CommandFailure> {
    let admitted = acting(hands, Some(bot)).await?;
    let mut ids = admitted.bots.into_iter().map(|(_, id)| id);
    ids.next()
        .ok_or_else(|| CommandFailure::Usage(format!("there is no bot \"{bot}\"")))
}

/// For a command that tells of bots.
pub(super) async fn telling<'a>(
    store: &Store,
    config: &'a Config,
    only: Option<&str>,
) -> Result<Admitted<&'a Bot>, CommandFailure> {
    let configured = binding_of(config);
    let mut admitted = Admitted::new();
    for bot in wanted_bots(config, only)? {
        match refused(store, &bot.domain_name, &configured).await? {
            Some(refused) => admitted.refused.push(refused),
            None => admitted.bots.push(bot),
        }
    }
    admitted.unless_nobody()
}

impl<B> Admitted<B> {
    fn new() -> Self {
        Self {
            bots: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Without a bot to work on, the configuration is wrong.
    fn unless_nobody(self) -> Result<Self, CommandFailure> {
        if self.bots.is_empty() {
            return Err(CommandFailure::Usage(in_words(&self.refused)));
        }
        Ok(self)
    }

    /// How a command ends that ended like this for the others.
    pub(super) fn exit(&self, exit: Exit) -> Exit {
        if self.refused.is_empty() {
            exit
        } else {
            Exit::Failed
        }
    }

    /// The refused bots beside the others of a JSON document.
    pub(super) fn as_json(&self) -> impl Iterator<Item = Value> {
        self.refused.iter().map(|refused| {
            json!({
                "domain_name": refused.domain_name,
                "outcome": "failed",
                "error": refused.to_string(),
            })
        })
    }

    /// Says on standard error which bots are refused, and why.
    pub(super) fn complain(&self) {
        for refused in &self.refused {
            print_error(&shown_lines(&refused.to_string(), 0));
        }
    }

    /// The same as lines of an answer.
    pub(super) fn text(&self) -> String {
        let lines = self.refused.iter().map(|refused| format!("{refused}\n"));
        lines.collect()
    }
}
