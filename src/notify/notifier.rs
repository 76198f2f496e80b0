//! Looks at the bots and the service, keeps what is news for whom it concerns, and has it sent.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::alive::Alive;
use super::authors::{AuthorsContext, next_look};
use super::causes::{CauseContext, causes, of_service};
use super::letter::Sender;
use super::outbox::{Means, Outbox};
use crate::clock::{Clock, Millis};
use crate::config::{Config, Freshness};
use crate::haptik::TransportError;
use crate::model::{Causes, Certainty, Message, News, compare};
use crate::status::{LiveBotStatus, LiveStatus};
use crate::store::{BotId, Store, StoreError};

/// How often the bots are looked at when nothing has happened.
const EVERY: Duration = Duration::from_secs(15);

/// Tells people.
pub struct Notifier {
    sender: Sender,
    freshness: Freshness,
    bots: Vec<String>,
    store: Store,
    live_status: LiveStatus,
    clock: Clock,
    outboxes: Vec<Outbox>,
    /// When the articles of authors are looked at again, by receiver.
    looks: BTreeMap<String, Millis>,
    alive: Option<Alive>,
}

impl Notifier {
    /// With what the configuration says; `None` where nobody is to be told anything.
    pub fn new(
        config: &Config,
        store: Store,
        live_status: LiveStatus,
        clock: Clock,
    ) -> Result<Option<Self>, TransportError> {
        let Some(settings) = &config.notify else {
            return Ok(None);
        };
        let outboxes = settings.receivers.iter().cloned().map(Outbox::new);
        let bots = config.bots.iter().map(|bot| bot.domain_name.clone());
        Ok(Some(Self {
            sender: Sender::of(config),
            freshness: config.freshness,
            bots: bots.collect(),
            outboxes: outboxes.collect::<Result<_, _>>()?,
            looks: BTreeMap::new(),
            alive: Alive::new(settings)?,
            store,
            live_status,
            clock,
        }))
    }

    /// Runs until asked to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        if let Err(error) = self.take_up().await {
            tracing::error!("{error}");
        }
        if let Some(alive) = &mut self.alive {
            // What an earlier configuration has counted was told by it.
            alive.skip(self.live_status.counted());
        }
        let passed = self.live_status.passed.clone();
        loop {
            tokio::select! {
                () = passed.notified() => {}
                () = self.clock.sleep(EVERY) => {}
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = self.round() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// A restart is often how somebody has fixed a receiver's address; and nobody is left to take what was
    /// meant for a receiver that is configured no more.
    async fn take_up(&self) -> Result<(), StoreError> {
        let names: Vec<&str> = self.outboxes.iter().map(Outbox::name).collect();
        let dropped = self.store.drop_messages_besides(&names).await?;
        if dropped > 0 {
            tracing::warn!(
                "{dropped} messages were for receivers that are configured no more, and are given up"
            );
        }
        let with_digest = self.outboxes.iter();
        let with_digest = with_digest.filter(|outbox| outbox.digest().is_some());
        let with_digest: Vec<&str> = with_digest.map(Outbox::name).collect();
        self.store.forget_digests_besides(&with_digest).await?;
        self.store.hurry_messages().await
    }

    /// Looks once, and sends what is due.
    pub async fn round(&mut self) {
        if !self.outboxes.is_empty() {
            if let Err(error) = self.look().await {
                tracing::error!("people cannot be told what stands: {error}");
            }
            if let Err(error) = self.write_to_authors().await {
                tracing::error!("authors cannot be told of their articles: {error}");
            }
            self.send().await;
        }
        if let Some(alive) = &mut self.alive
            && self
                .bots
                .iter()
                .all(|bot| self.live_status.of(bot).error().is_none())
        {
            alive.give(self.live_status.counted()).await;
        }
    }

    /// Writes to the authors of articles, where a receiver is for them and it is time to look.
    async fn write_to_authors(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for outbox in &self.outboxes {
            let Some(settings) = outbox.digest() else {
                continue;
            };
            let bots = self.bots.iter().map(String::as_str);
            let bots: Vec<&str> = bots.filter(|bot| outbox.has_bot(bot)).collect();
            // Before its first pass little is known of a bot.
            let is_known = |bot: &&str| self.live_status.of(bot).outcome().is_some();
            let next = self.looks.get(outbox.name());
            if !bots.iter().all(is_known) || next.is_some_and(|next| *next > now) {
                continue;
            }
            let authors = AuthorsContext {
                store: &self.store,
                live_status: &self.live_status,
                freshness: self.freshness,
                public_url: self.sender.public_url.as_deref(),
                now,
            };
            authors.write(outbox.name(), settings, &bots).await?;
            let next = next_look(settings, now);
            self.looks.insert(outbox.name().to_owned(), next);
        }
        Ok(())
    }

    async fn send(&mut self) {
        let means = Means {
            store: &self.store,
            clock: &self.clock,
            sender: &self.sender,
        };
        let outboxes = self.outboxes.iter_mut();
        for sent in join_all(outboxes.map(|outbox| outbox.post_what_is_due(means))).await {
            if let Err(error) = sent {
                tracing::error!("people cannot be told what stands: {error}");
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        for bot in &self.bots {
            let status = self.live_status.of(bot);
            // Before its first pass nothing is known of a bot, least of all that something is over.
            if status.outcome().is_some() {
                let id = self.store.bot(bot).await?;
                let causes = self.causes(id, bot, &status).await?;
                let certainty = if status.is_settled() {
                    Certainty::Settled
                } else {
                    Certainty::Unsettled
                };
                self.keep(Some((id, bot)), &causes, certainty).await?;
            }
        }
        let causes = of_service(self.live_status.reload().and_then(|reload| reload.failure));
        self.keep(None, &causes, Certainty::Settled).await
    }

    async fn causes(
        &self,
        id: BotId,
        bot: &str,
        status: &LiveBotStatus,
    ) -> Result<Causes, StoreError> {
        let quarantine = self.store.quarantine(id).await?;
        let names: Vec<&str> = quarantine.keys().map(String::as_str).collect();
        let live = self.store.known(id, &names).await?;
        let paused = self.store.bot_state(id).await?.pause;
        let verification = self.store.verification_counts(id).await?;
        let live: BTreeSet<String> = live.into_iter().map(|step| step.node_name.into()).collect();
        Ok(causes(&CauseContext {
            bot,
            status,
            quarantine: &quarantine,
            live: &live,
            paused: paused.as_ref(),
            verification: &verification,
            freshness: self.freshness,
            now: self.clock.now(),
        }))
    }

    /// Keeps what stands, and what is news of it, for each whom it concerns.
    async fn keep(
        &self,
        bot: Option<(BotId, &str)>,
        causes: &Causes,
        certainty: Certainty,
    ) -> Result<(), StoreError> {
        let (id, name) = bot.unzip();
        let now = self.clock.now();
        let before = self.store.ongoing(id).await?;
        let (ongoing, news) = compare(&before, causes, now, certainty);
        if ongoing == before && news.is_empty() {
            return Ok(());
        }
        let mut messages = Vec::new();
        for outbox in &self.outboxes {
            let concerns = |news: &&News| outbox.is_told(name, news.kind);
            let of = news.iter().filter(concerns);
            messages.extend(of.map(|news| Message::new(outbox.name(), name, news, now)));
        }
        self.store.tell(id, &ongoing, &messages).await
    }
}
