//! Asks bots what they answer: in whatever room the budget leaves, while nothing is to be uploaded.

mod canary;
mod question;
mod round;
mod silence;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use question::{AskError, ask};
pub use round::{AGENT_PAUSE, handed_over_until, keep_asking};

use silence::Silences;

use super::engine::transport;
use crate::clock::Clock;
use crate::config::{Ask, Bot, Config};
use crate::haptik::{Client, Transport, TransportError};
use crate::telemetry::OncePerCause;

/// Asks bots, as the configuration says.
pub struct Asker {
    /// What the configuration says.
    pub settings: Ask,
    /// How many bots share the calls of a day.
    pub(super) bots: u32,
    pub(super) client: Arc<Client>,
    /// The user who asks was made.
    pub(super) is_known: AtomicBool,
    /// Why questions fail at present.
    pub(super) troubles: OncePerCause,
    /// Bots that are left alone for a while.
    silences: Silences,
}

impl Asker {
    /// With the client that the configuration asks for: mostly the one of the uploads.
    pub(super) fn new(settings: Ask, client: Arc<Client>, bots: usize) -> Self {
        Self {
            settings,
            bots: u32::try_from(bots).unwrap_or(u32::MAX).max(1),
            client,
            is_known: AtomicBool::new(false),
            troubles: OncePerCause::default(),
            silences: Silences::default(),
        }
    }

    /// The same over another transport.
    pub(super) fn over(&self, wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>) -> Self {
        Self {
            settings: self.settings.clone(),
            bots: self.bots,
            client: Arc::new(self.client.over(wrap)),
            is_known: AtomicBool::new(false),
            troubles: OncePerCause::default(),
            silences: Silences::default(),
        }
    }

    /// A bot has answered.
    fn has_answered(&self, bot: &Bot) {
        self.troubles.recovered(&bot.domain_name);
        self.silences.heard(&bot.domain_name);
    }

    /// A bot could not be asked. One line for all attempts that meet the same.
    fn could_not_ask(&self, bot: &Bot, error: &AskError) {
        let error = error.to_string();
        if self.troubles.failed(&bot.domain_name, &error) {
            tracing::warn!(bot = bot.domain_name, "the bot could not be asked: {error}");
        }
    }

    /// The same with a client of its own, where the calls are elsewhere.
    pub(super) fn elsewhere(
        config: &Config,
        clock: &Clock,
    ) -> Result<Option<Arc<Client>>, TransportError> {
        let settings = config.haptik.ask.as_ref();
        let base_url = settings.and_then(|settings| settings.base_url.as_ref());
        base_url
            .map(|base_url| transport(config, base_url, clock).map(Arc::new))
            .transpose()
    }
}
