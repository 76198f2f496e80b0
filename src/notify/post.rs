//! Looks at the bots, keeps what is news, and posts what is kept, oldest first.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::message::{SIGNATURE, signature};
use crate::clock::{Clock, Millis, duration_millis, span};
use crate::config::{Config, Freshness, Notify as Settings};
use crate::haptik::{HttpTransport, Transport, TransportError};
use crate::model::{Cause, CauseKind, Causes, Message, compare};
use crate::status::{LiveBotStatus, LiveStatus};
use crate::store::{BotId, Store, StoreError};
use crate::text::{command_for, one_line};

/// One call to a receiver, from connect to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often the bots are looked at when nothing has happened.
const EVERY: Duration = Duration::from_secs(15);
/// The first wait after a message was not taken; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// A message that nobody took for so long is news no more.
const GIVE_UP_AFTER: Duration = Duration::from_hours(72);
/// Steps that a message names.
const NAMED: usize = 3;
/// Characters of a step's name, and of what Haptik says of it, in a message.
const NAME: usize = 100;
const REASON: usize = 300;
/// Answers that the same message will have again.
const FOR_GOOD: [u16; 6] = [400, 404, 410, 413, 415, 422];

/// Tells people.
#[derive(Clone)]
pub struct Notifier {
    settings: Settings,
    freshness: Freshness,
    bots: Vec<String>,
    store: Store,
    live_status: LiveStatus,
    clock: Clock,
    webhook: Option<Arc<HttpTransport>>,
    sign_of_life: Option<Arc<HttpTransport>>,
    /// Messages that the receiver will not have, by number.
    refused: Arc<Mutex<BTreeSet<i64>>>,
}

impl Notifier {
    /// With what the configuration says; `None` where nobody is to be told anything.
    pub fn new(
        config: &Config,
        store: Store,
        live_status: LiveStatus,
        clock: Clock,
    ) -> Result<Option<Self>, TransportError> {
        let Some(settings) = config.notify.clone() else {
            return Ok(None);
        };
        let transport = |url: &Option<String>| match url {
            None => Ok(None),
            Some(url) => {
                HttpTransport::new(url, TIMEOUT).map(|transport| Some(Arc::new(transport)))
            }
        };
        Ok(Some(Self {
            webhook: transport(&settings.url)?,
            sign_of_life: transport(&settings.alive_url)?,
            settings,
            freshness: config.freshness,
            bots: config
                .bots
                .iter()
                .map(|bot| bot.domain_name.clone())
                .collect(),
            store,
            live_status,
            clock,
            refused: Arc::default(),
        }))
    }

    /// Runs until asked to stop. `passed` is told of every pass that has ended.
    pub async fn run(self, passed: Arc<Notify>, stop: CancellationToken) {
        // A restart is often how somebody has fixed the receiver's address.
        if let Err(error) = self.store.hurry_messages().await {
            tracing::error!("{error}");
        }
        loop {
            let a_pass_ended = tokio::select! {
                () = passed.notified() => true,
                () = self.clock.sleep(EVERY) => false,
                () = stop.cancelled() => return,
            };
            tokio::select! {
                () = self.round(a_pass_ended) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Looks once, and posts what is due.
    pub async fn round(&self, a_pass_ended: bool) {
        if self.webhook.is_some()
            && let Err(error) = self.look_and_post().await
        {
            tracing::error!("people cannot be told what stands: {error}");
        }
        if a_pass_ended && self.all_is_well() {
            self.give_sign_of_life().await;
        }
    }

    async fn look_and_post(&self) -> Result<(), StoreError> {
        for bot in &self.bots {
            let vital = self.live_status.of(bot);
            // Before its first pass nothing is known of a bot, least of all that something is over.
            if vital.outcome().is_some() {
                self.look(bot, &vital).await?;
            }
        }
        self.post_what_is_due().await
    }

    /// Posts what is due, oldest first. A message that the receiver will not have holds up no other one; it
    /// is given up once the receiver has taken another, which shows that it is about that message.
    async fn post_what_is_due(&self) -> Result<(), StoreError> {
        let (mut after, mut some_taken) = (0, false);
        while let Some((message, due)) = self.store.message_after(after).await? {
            after = message.id;
            let is_refused = self.refused().contains(&message.id);
            if due > self.clock.now() {
                if is_refused {
                    continue;
                }
                break;
            }
            match self.post(message).await? {
                Posted::Taken => some_taken = true,
                Posted::GivenUp | Posted::Refused => {}
                Posted::NotTaken => break,
            }
        }
        if some_taken {
            self.give_refused_up().await?;
        }
        Ok(())
    }

    /// Each goes once more: the receiver may have been at fault, and may be fixed.
    async fn give_refused_up(&self) -> Result<(), StoreError> {
        let refused: Vec<i64> = self.refused().iter().copied().collect();
        for id in refused {
            let Some((message, _)) = self.store.message_after(id - 1).await? else {
                break;
            };
            if message.id != id {
                self.refused().remove(&id);
                continue;
            }
            let (bot, words) = (message.bot.clone(), message.words.clone());
            if self.post(message).await? == Posted::Refused {
                tracing::error!(
                    bot,
                    "notify.url takes other messages and refuses this one for good, so it is given up: {words}"
                );
                self.end(id).await?;
            }
        }
        Ok(())
    }

    async fn end(&self, id: i64) -> Result<(), StoreError> {
        self.refused().remove(&id);
        self.store.end_message(id).await
    }

    fn refused(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look(&self, bot: &str, vital: &LiveBotStatus) -> Result<(), StoreError> {
        let id = self.store.bot(bot).await?;
        let now = self.clock.now();
        let causes = self.causes(id, bot, vital, now).await?;
        let before = self.store.standing(id).await?;
        let (standing, news) = compare(&before, &causes, now);
        if standing != before || !news.is_empty() {
            let messages: Vec<Message> = news
                .iter()
                .map(|news| Message::new(bot, news, now))
                .collect();
            self.store.tell(id, &standing, &messages).await?;
        }
        Ok(())
    }

    /// What stands against a bot.
    async fn causes(
        &self,
        id: BotId,
        bot: &str,
        vital: &LiveBotStatus,
        now: Millis,
    ) -> Result<Causes, StoreError> {
        let mut causes = Causes::new();
        let quarantine = self.store.quarantine(id).await?;
        if !quarantine.is_empty() {
            let named = quarantine.iter().take(NAMED).map(|(name, refused)| {
                let (name, reason) = (one_line(name, NAME), one_line(&refused.reason, REASON));
                format!("\"{name}\" (Haptik says: {reason})")
            });
            let words = format!(
                "{} in quarantine, their last good content stays live: {}. Fix the article, and it is tried again automatically; or run `{}`",
                steps(quarantine.len() as u64, "is", "are"),
                listed(&named.collect::<Vec<_>>(), quarantine.len()),
                command_for("retry", bot, &[]),
            );
            causes.insert(
                CauseKind::Quarantined,
                cause(quarantine.len() as u64, words),
            );
        }
        if let Some(reason) = vital.held() {
            let words = format!(
                "the {} held: {reason}",
                match vital.held_removals {
                    1 => "removal of 1 step is".to_owned(),
                    count => format!("removals of {count} steps are"),
                }
            );
            causes.insert(CauseKind::Held, cause(vital.held_removals, words));
        }
        if let Some(error) = vital.error() {
            let kind = if vital.credential_refused() {
                CauseKind::CredentialRefused
            } else {
                CauseKind::Failing
            };
            causes.insert(kind, cause(1, error.to_owned()));
        }
        let max_age = self.freshness.max_age;
        let waited = vital.waiting_since.map(|since| now - since);
        if waited.is_some_and(|waited| waited > duration_millis(max_age)) {
            let words = format!(
                "a change has waited longer than {} (freshness.max_age) to go live; `{}` says what it waits for",
                span(max_age),
                command_for("status", bot, &[])
            );
            causes.insert(CauseKind::Stale, cause(1, words));
        }
        Ok(causes)
    }

    async fn post(&self, message: Message) -> Result<Posted, StoreError> {
        let Err(problem) = self.send(&message).await else {
            self.end(message.id).await?;
            return Ok(Posted::Taken);
        };
        let now = self.clock.now();
        if now - message.at > duration_millis(GIVE_UP_AFTER) {
            tracing::error!(
                bot = message.bot,
                "nobody took this message for {}, and it is given up ({problem}): {}",
                span(GIVE_UP_AFTER),
                message.words
            );
            self.end(message.id).await?;
            return Ok(Posted::GivenUp);
        }
        if message.attempts == 0 {
            tracing::warn!(
                "notify.url did not take a message ({problem}); it is kept and goes again"
            );
        }
        let wait = FIRST_WAIT
            .saturating_mul(1 << message.attempts.min(10))
            .min(LONGEST_WAIT);
        let due = now + duration_millis(wait);
        self.store.postpone_message(message.id, due).await?;
        Ok(if problem.is_for_good() {
            self.refused().insert(message.id);
            Posted::Refused
        } else {
            self.refused().remove(&message.id);
            Posted::NotTaken
        })
    }

    async fn send(&self, message: &Message) -> Result<(), PostProblem> {
        let (Some(transport), Some(url)) = (&self.webhook, &self.settings.url) else {
            return Ok(());
        };
        let body = message.body(self.settings.format);
        let mut request = request(reqwest::Method::POST, url)?;
        let headers = request.headers_mut();
        headers.insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        );
        if let Some(token) = &self.settings.token {
            let secret = token
                .read()
                .map_err(|error| PostProblem::Other(error.to_string()))?;
            let signed = signature(&secret, &body, self.clock.now());
            let signed = signed
                .parse()
                .map_err(|_| PostProblem::Other("no signature".to_owned()))?;
            headers.insert(SIGNATURE, signed);
        }
        *request.body_mut() = Some(body.into());
        call(transport, request).await
    }

    /// Whether no bot fails.
    fn all_is_well(&self) -> bool {
        self.bots
            .iter()
            .all(|bot| self.live_status.of(bot).error().is_none())
    }

    async fn give_sign_of_life(&self) {
        let (Some(transport), Some(url)) = (&self.sign_of_life, &self.settings.alive_url) else {
            return;
        };
        let outcome = match request(reqwest::Method::GET, url) {
            Ok(request) => call(transport, request).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = outcome {
            tracing::warn!("notify.alive_url did not take the sign of life: {problem}");
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Posted {
    Taken,
    GivenUp,
    /// The receiver will not have it, now or later. Others may be welcome.
    Refused,
    /// The receiver takes nothing at present.
    NotTaken,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
enum PostProblem {
    #[error("HTTP {0}")]
    Status(http::StatusCode),
    #[error("{0}")]
    Other(String),
}

impl PostProblem {
    /// Whether the same message will be answered like this again.
    fn is_for_good(&self) -> bool {
        matches!(self, Self::Status(status) if FOR_GOOD.contains(&status.as_u16()))
    }
}

fn request(method: reqwest::Method, url: &str) -> Result<reqwest::Request, PostProblem> {
    let url = url
        .parse()
        .map_err(|_| PostProblem::Other("it is not a URL".to_owned()))?;
    Ok(reqwest::Request::new(method, url))
}

async fn call(transport: &HttpTransport, request: reqwest::Request) -> Result<(), PostProblem> {
    match transport.call(request).await {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => Err(PostProblem::Status(answer.status)),
        Err(lost) => Err(PostProblem::Other(lost.cause)),
    }
}

fn cause(count: u64, words: String) -> Cause {
    Cause { count, words }
}

fn steps(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 step {one}"),
        count => format!("{count} steps {many}"),
    }
}

fn listed(named: &[String], all: usize) -> String {
    let more = all - named.len();
    let named = named.join(", ");
    match more {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
