//! Which bots a command works on: those that are asked for, without those whose state speaks of
//! another Haptik. These are told, and the command fails for them.

use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::config::{Bot, Config};
use crate::store::{BotId, Store};
use crate::sync::{Refused, bind, binding_of, in_words, refused};
use crate::text::few;

/// The bots that a command works on, and those that it refuses.
pub(crate) struct Admitted<B> {
    pub(crate) bots: Vec<B>,
    pub(crate) refused: Vec<Refused>,
}

/// For a command that changes something: each bot with its number. A bot of which nothing is known yet
/// belongs to the configured Haptik from now on.
pub(super) async fn acting<'a>(
    context: &'a CommandContext,
    only: Option<&str>,
) -> Result<Admitted<(&'a Bot, BotId)>, CommandFailure> {
    let store = &context.engine.runner.store;
    let mut admitted = Admitted::new();
    for bot in wanted_bots(&context.config, only)? {
        let id = store.bot(&bot.domain_name).await?;
        match bind(store, id, &bot.domain_name, &context.engine.binding).await? {
            Some(refused) => admitted.refused.push(refused),
            None => admitted.bots.push((bot, id)),
        }
    }
    admitted.unless_nobody()
}

/// For a command that changes one bot.
pub(super) async fn acting_on(
    context: &CommandContext,
    bot: &str,
) -> Result<BotId, CommandFailure> {
    let admitted = acting(context, Some(bot)).await?;
    let mut ids = admitted.bots.into_iter().map(|(_, id)| id);
    ids.next()
        .ok_or_else(|| CommandFailure::Usage(format!("there is no bot \"{bot}\"")))
}

/// For a command that tells of bots.
pub(crate) async fn readable_bots<'a>(
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
}

/// The bot of this name, or all of them.
pub(crate) fn wanted_bots<'a>(
    config: &'a Config,
    name: Option<&str>,
) -> Result<Vec<&'a Bot>, CommandFailure> {
    let bots: Vec<_> = config
        .bots
        .iter()
        .filter(|bot| name.is_none_or(|name| name == bot.domain_name))
        .collect();
    if bots.is_empty() {
        let known: Vec<_> = config
            .bots
            .iter()
            .map(|bot| bot.domain_name.as_str())
            .collect();
        return Err(CommandFailure::Usage(format!(
            "there is no bot \"{}\" in {}; configured: {}",
            name.unwrap_or_default(),
            config.path.display(),
            few(&known)
        )));
    }
    Ok(bots)
}

/// The bot of this name, or the only one.
pub(crate) fn one_bot<'a>(
    config: &'a Config,
    name: Option<&str>,
) -> Result<&'a Bot, CommandFailure> {
    match wanted_bots(config, name)?[..] {
        [bot] => Ok(bot),
        ref several => {
            let names: Vec<_> = several.iter().map(|bot| &*bot.domain_name).collect();
            Err(CommandFailure::Usage(format!(
                "say which bot: {} has {}",
                config.path.display(),
                few(&names)
            )))
        }
    }
}
