//! What became of the articles of each author, and the mails that follow: each author hears of their own articles
//! alone, no more often than is set, and only in the domains that are set.

use std::collections::BTreeMap;
use std::time::Duration;

use super::digest::{Entry, Fate, digest};
use super::letter::step_link;
use crate::clock::{Millis, duration_millis, rfc3339};
use crate::config::{DigestSettings, Freshness};
use crate::model::{ArticleKey, LiveStep, Message, Stand, Step};
use crate::status::{LiveStatus, overruled};
use crate::store::{BotId, LastDigest, Store, StoreError};
use crate::sync::{LastPlan, WaitingChange};
use crate::text::is_in_domains;

/// The kind of such a message.
const DIGEST: &str = "digest";
/// What went live so long ago was told of, or nobody could be told.
const LONG_AGO: Duration = Duration::from_hours(7 * 24);
/// Looks at the articles in the time after which an author is written to again.
const LOOKS: i64 = 24;

/// What a look at the articles of authors needs.
pub(super) struct AuthorsContext<'a> {
    pub(super) store: &'a Store,
    pub(super) live_status: &'a LiveStatus,
    pub(super) freshness: Freshness,
    pub(super) public_url: Option<&'a str>,
    pub(super) now: Millis,
}

/// When a receiver looks next, after one at `now`.
pub(super) fn next_look(settings: &DigestSettings, now: Millis) -> Millis {
    now + (duration_millis(settings.every) / LOOKS).max(1)
}

impl AuthorsContext<'_> {
    /// Writes to each author of whom something is new.
    pub(super) async fn write(
        &self,
        receiver: &str,
        settings: &DigestSettings,
        bots: &[&str],
    ) -> Result<(), StoreError> {
        let last = self.store.last_digests(receiver, self.now).await?;
        let began = last.get("").map_or(self.now, |began| began.at);
        let mut authors: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for bot in bots {
            let id = self.store.bot(bot).await?;
            // What went live before an author was last written to is left out below.
            let after = self.now - duration_millis(settings.every * 2 + LONG_AGO);
            for (author, entry) in self.went_live(id, bot, began.max(after), &last).await? {
                authors.entry(author).or_default().push(entry);
            }
            for (author, entry) in self.open(id, bot).await? {
                authors.entry(author).or_default().push(entry);
            }
        }
        for (address, entries) in authors {
            if !is_in_domains(&address, &settings.domains) {
                continue;
            }
            let before = last.get(&address).cloned().unwrap_or_default();
            let is_early = self.now - before.at < duration_millis(settings.every);
            if is_early {
                continue;
            }
            let since = before.at.max(began);
            if let Some(digest) = digest(&entries, &before.told, since) {
                let message = Message {
                    id: 0,
                    receiver: receiver.to_owned(),
                    recipient: Some(address),
                    bot: None,
                    kind: DIGEST.to_owned(),
                    is_over: false,
                    since,
                    count: digest.count,
                    names: Vec::new(),
                    words: digest.words,
                    at: self.now,
                    attempts: 0,
                };
                self.store.write_digest(&message, &digest.told).await?;
            }
        }
        Ok(())
    }

    /// What went live since its author was last written to.
    async fn went_live(
        &self,
        id: BotId,
        bot: &str,
        began: Millis,
        last: &BTreeMap<String, LastDigest>,
    ) -> Result<Vec<(String, Entry)>, StoreError> {
        let live = self.store.went_live(id, began).await?.into_iter();
        let is_new = |address: &str, at: Millis| last.get(address).is_none_or(|last| at > last.at);
        let live = live.filter(|live| is_new(&live.address, live.at));
        let entry = |live: crate::store::WentLive| {
            let entry = Entry {
                link: step_link(self.public_url, bot, &live.node_name),
                bot: bot.to_owned(),
                question: first_question(&live.question),
                name: live.node_name,
                fate: Fate::Live,
                why: format!("since {}", rfc3339(live.at)),
                is_news: true,
            };
            (live.address, entry)
        };
        Ok(live.map(entry).collect())
    }

    /// What is not as its author wrote it.
    async fn open(&self, id: BotId, bot: &str) -> Result<Vec<(String, Entry)>, StoreError> {
        let plan = self.live_status.of(bot).last_plan;
        let plan = plan.as_deref();
        let mut found = Found {
            bot,
            public_url: self.public_url,
            entries: Vec::new(),
        };
        for (name, refused) in self.store.quarantine(id).await? {
            let step = plan.and_then(|plan| {
                // What was refused after the plan, the plan had to go live.
                let waited = plan.waiting.get(&name);
                let waited = waited.and_then(|waiting| waiting.step.as_ref());
                plan.refused.get(&name).or(waited)
            });
            found.add(refused.key, name, step, Fate::Rejected, refused.reason);
        }
        for (name, spoken) in self.store.overrides(id).await? {
            let why = overruled(&spoken);
            let step = spoken.put_back.as_ref().map(|(step, _)| step);
            found.add(spoken.key.clone(), name, step, Fate::Overruled, why);
        }
        self.contradicted(id, &mut found).await?;
        if let Some(plan) = plan {
            self.of_plan(id, plan, &mut found).await?;
        }
        let keys: Vec<&ArticleKey> = found.entries.iter().map(|(key, _)| key).collect();
        let authors = self.store.authors_of(id, &keys).await?;
        let of =
            |(key, entry): &(ArticleKey, Entry)| Some((authors.get(key)?.clone(), entry.clone()));
        Ok(found.entries.iter().filter_map(of).collect())
    }

    /// What the last plan left open.
    async fn of_plan(
        &self,
        id: BotId,
        plan: &LastPlan,
        found: &mut Found<'_>,
    ) -> Result<(), StoreError> {
        for held in &plan.held_changes {
            let why = format!("by hold_lint ({})", held.found);
            let (key, name) = (held.key.clone(), held.node_name.clone());
            found.add(key, name, held.shown.as_ref(), Fate::Held, why);
        }
        let names: Vec<&str> = plan.held.iter().map(|held| &*held.node_name).collect();
        for live in self.store.known(id, &names).await? {
            let why = "its article is gone, and its removal is held".to_owned();
            found.add(live.key, live.node_name.into(), None, Fate::Held, why);
        }
        for rejection in &plan.rejections {
            let Some(article) = &rejection.id else {
                continue;
            };
            let key = ArticleKey {
                source: rejection.source.as_str().into(),
                article: article.as_str().into(),
            };
            let why = rejection.reason.clone();
            found.add(key, article.clone(), None, Fate::Skipped, why);
        }
        let names: Vec<&str> = plan.waiting.keys().map(String::as_str).collect();
        let live = self.store.known(id, &names).await?;
        let refused = self.store.quarantine(id).await?;
        // Since the plan it may have gone live, or been refused.
        let still_waits = |name: &str, waiting: &WaitingChange| {
            let is_live =
                |live: &LiveStep| live.node_name == *name && live.digest == waiting.digest;
            !refused.contains_key(name) && !live.iter().any(is_live)
        };
        let paused = self.store.bot_state(id).await?.pause.is_some();
        let why = if paused {
            "the bot is paused"
        } else {
            "it is read, and not live yet"
        };
        for (name, waiting) in &plan.waiting {
            if !still_waits(name, waiting) {
                continue;
            }
            let Some(step) = &waiting.step else { continue };
            let key = waiting.key.clone();
            found.add(key, name.clone(), Some(step), Fate::Waiting, why.to_owned());
            let is_late = self.now - waiting.since > duration_millis(self.freshness.max_age);
            if let Some((_, entry)) = found.entries.last_mut() {
                entry.is_news = is_late;
            }
        }
        Ok(())
    }

    /// What the bot does not answer as it should.
    async fn contradicted(&self, id: BotId, found: &mut Found<'_>) -> Result<(), StoreError> {
        let asked = self.store.verifications(id).await?;
        let of_stand = |stand| match stand {
            Stand::Fine => None,
            Stand::Untrained => {
                Some("its new questions are not understood until the bot is trained in Haptik")
            }
            Stand::Unanswered => Some("the bot does not answer the change"),
            Stand::Drifted => Some("the bot no longer answers it"),
        };
        let why: BTreeMap<&str, &str> = asked
            .iter()
            .filter_map(|(name, step)| Some((name.as_str(), of_stand(step.stand())?)))
            .collect();
        let names: Vec<&str> = why.keys().copied().collect();
        for live in self.store.known(id, &names).await? {
            let name = live.node_name.to_string();
            let why = why.get(name.as_str()).copied().unwrap_or_default();
            found.add(live.key, name, None, Fate::NotAnswered, why.to_owned());
        }
        Ok(())
    }
}

/// What was found of one bot, each with its article.
struct Found<'a> {
    bot: &'a str,
    public_url: Option<&'a str>,
    entries: Vec<(ArticleKey, Entry)>,
}

impl Found<'_> {
    fn add(&mut self, key: ArticleKey, name: String, step: Option<&Step>, fate: Fate, why: String) {
        // A row that was skipped is no step.
        let public_url = self.public_url.filter(|_| fate != Fate::Skipped);
        let entry = Entry {
            bot: self.bot.to_owned(),
            link: step_link(public_url, self.bot, &name),
            question: step.and_then(|step| first_question(&step.question)),
            name,
            fate,
            why,
            is_news: true,
        };
        self.entries.push((key, entry));
    }
}

/// The first question of a step's cell.
fn first_question(questions: &str) -> Option<String> {
    let first = questions.split(crate::model::QUESTION_SEPARATOR).next()?;
    (!first.trim().is_empty()).then(|| first.trim().to_owned())
}
