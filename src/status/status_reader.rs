//! What can be seen of a running daemon from outside: how each bot is doing, and whether the
//! service is ready, with the reason where it is not.

use std::sync::Arc;
use std::time::Duration;

use super::bot_status::BotStatus;
use super::live_status::{LiveBotStatus, LiveStatus};
use super::standby::Standby;
use crate::clock::{Clock, Millis, millis_duration, span};
use crate::config::{Bot, Config, FreshUntil, Source, SourceKind};
use crate::store::{Store, StoreError};
use crate::sync::{Activity, Engine, LastReadings, binding_of, overdue, owner, refused};
use crate::text::one_line;

/// The longest reason that is told.
const REASON: usize = 500;

/// Sees a running daemon. Cheap to clone.
#[derive(Clone)]
pub struct StatusReader {
    /// The configuration in force.
    pub config: Arc<Config>,
    /// The state.
    pub store: Store,
    /// What the daemon sees while it works.
    pub live_status: LiveStatus,
    /// When each source was last read to its end.
    pub last_readings: LastReadings,
    /// What time it is.
    pub clock: Clock,
    /// Since when this process works on the state.
    since: Option<Millis>,
}

/// Whether the service is ready; reasons say why it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Readiness {
    /// Why not; none where it is.
    pub reasons: Vec<String>,
    /// Another process works on the state, and this one is ready to take over.
    #[serde(default)]
    pub standby: Option<String>,
}

impl Readiness {
    /// Whether there is nothing against it.
    pub fn is_ready(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Of a process that does not work on the state.
    fn of_standby(standby: &Standby) -> Self {
        match standby {
            Standby::Of { .. } => Self {
                reasons: Vec::new(),
                standby: Some(standby.to_string()),
            },
            Standby::Cut(_) => Self::not_because(&standby.to_string()),
        }
    }

    fn not_because(reason: &str) -> Self {
        Self {
            reasons: vec![one_line(reason, REASON)],
            standby: None,
        }
    }

    /// One line.
    pub fn line(&self) -> String {
        match &self.standby {
            Some(standby) => standby.clone(),
            None if self.is_ready() => "ready".to_owned(),
            None => format!("not ready: {}", self.reasons.join("; ")),
        }
    }
}

impl StatusReader {
    /// Looks at what an engine works on.
    pub fn new(config: Arc<Config>, engine: &Engine, live_status: LiveStatus) -> Self {
        Self {
            since: owner(&config.state_dir)
                .ok()
                .flatten()
                .and_then(|owner| owner.since),
            config,
            store: engine.runner.store.clone(),
            live_status,
            last_readings: engine.last_readings.clone(),
            clock: engine.runner.clock.clone(),
        }
    }

    /// Looks through a connection of its own, so that it never waits for the work.
    pub async fn apart(mut self) -> Result<Self, StoreError> {
        self.store = match self.live_status.role.standby() {
            None => Store::open_for_reading(&self.config).await?,
            Some(_) => Store::open_to_stand_by(&self.config).await?,
        };
        if let Some((_, since)) = self.store.worker().await {
            self.since = Some(since);
        }
        Ok(self)
    }

    /// Each bot with what the daemon saw of it last.
    pub async fn bots(&self) -> Result<Vec<(BotStatus, LiveBotStatus)>, StoreError> {
        let mut bots = Vec::new();
        for bot in &self.config.bots {
            bots.push(self.bot(bot).await?);
        }
        Ok(bots)
    }

    /// One bot with what the daemon saw of it last.
    pub async fn bot(&self, bot: &Bot) -> Result<(BotStatus, LiveBotStatus), StoreError> {
        let mut vital = self.live_status.of(&bot.domain_name);
        let status = match self.refused(&bot.domain_name).await? {
            Some(why) => BotStatus::refused(&bot.domain_name, why),
            None => BotStatus::kept(&self.store, bot).await?.seen(&vital),
        };
        let status = BotStatus {
            daemon_since: self.since,
            ..status
        };
        // What a folder has new waits from when it was there, and not from when somebody reads it.
        let unverified = status.verification.oldest_change;
        let until = self.config.freshness.until;
        let unverified = unverified.filter(|_| until == FreshUntil::Verified);
        vital.waiting_since = [vital.waiting_since, status.moved_at, unverified]
            .into_iter()
            .flatten()
            .min()
            // While somebody has paused the bot, its changes are meant to wait.
            .filter(|_| status.paused.is_none());
        Ok((status, vital))
    }

    /// Why nothing is told of a bot, where its state speaks of another Haptik.
    pub async fn refused(&self, domain_name: &str) -> Result<Option<String>, StoreError> {
        let configured = binding_of(&self.config);
        let refused = refused(&self.store, domain_name, &configured).await?;
        Ok(refused.map(|refused| refused.to_string()))
    }

    /// Whether the service is ready.
    pub async fn readiness(&self) -> Readiness {
        if let Some(standby) = self.live_status.role.standby() {
            return Readiness::of_standby(&standby);
        }
        match self.bots().await {
            Ok(bots) => self.readiness_of(&bots),
            Err(error) => Readiness::not_because(&error.to_string()),
        }
    }

    /// Whether the service is ready while the bots are like this.
    pub fn readiness_of(&self, bots: &[(BotStatus, LiveBotStatus)]) -> Readiness {
        if let Some(standby) = self.live_status.role.standby() {
            return Readiness::of_standby(&standby);
        }
        let (now, progress) = (self.clock.now(), self.live_status.progress.read());
        let max_age = self.config.freshness.max_age;
        let reasons = bots
            .iter()
            .filter_map(|(status, vital)| {
                let waiting = vital
                    .waiting_since
                    .map(|since| millis_duration(now - since));
                let doing = status
                    .in_flight
                    .as_ref()
                    .and_then(|_| progress.get(&status.domain_name));
                reason(status, waiting, doing, max_age).or_else(|| self.unread(status, max_age))
            })
            .collect();
        Readiness {
            reasons,
            standby: None,
        }
    }

    /// The first source of a bot that nobody has read for too long. While an upload is under way no
    /// source is read, and what is late then is the upload.
    fn unread(&self, status: &BotStatus, max_age: Duration) -> Option<String> {
        if status.in_flight.is_some() {
            return None;
        }
        let mut bots = self.config.bots.iter();
        let bot = bots.find(|bot| bot.domain_name == status.domain_name)?;
        let now = self.clock.point();
        let overdue = bot.sources.iter().find_map(|source| {
            let last = self.last_readings.of(bot, source)?;
            let age = overdue(source, &last, &now, max_age)?;
            Some((source, age))
        });
        let (source, age) = overdue?;
        let words = format!(
            "source \"{}\" of {} has not been read to its end for {} (freshness.max_age is {}); see that {} answers",
            source.name,
            bot.domain_name,
            span(age),
            span(max_age),
            place_of(source)
        );
        Some(one_line(&words, REASON))
    }
}

fn place_of(source: &Source) -> String {
    match &source.kind {
        SourceKind::Folder(folder) => folder.path.display().to_string(),
        SourceKind::Feed(feed) => feed.address.host_str().unwrap_or_default().to_owned(),
    }
}

/// What is wrong with a bot, if anything is. Pure.
fn reason(
    status: &BotStatus,
    waiting: Option<Duration>,
    doing: Option<&Activity>,
    max_age: Duration,
) -> Option<String> {
    let bot = &status.domain_name;
    if let Some(error) = &status.last_error {
        return Some(one_line(&format!("{bot} is failing: {error}"), REASON));
    }
    let waiting = waiting.filter(|waiting| *waiting > max_age)?;
    let mut words = format!(
        "a change of {bot} has waited {} to go live (freshness.max_age is {})",
        span(waiting),
        span(max_age)
    );
    if let Some(doing) = doing {
        words = format!("{words}, now: {doing}");
    }
    Some(one_line(&words, REASON))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::UploadEffect;
    use crate::model::ChangeCounts;
    use crate::model::Purpose;
    use crate::model::UploadId;
    use crate::model::UploadState;
    use crate::store::{BotId, UploadRecord};

    #[test]
    fn a_bot_that_fails_or_is_late_is_not_ready() {
        let fine = BotStatus {
            domain_name: "acme".into(),
            ..BotStatus::default()
        };
        let failing = BotStatus {
            last_error: Some("HTTP 401\nfix the token".into()),
            ..fine.clone()
        };
        let seconds = Duration::from_secs;
        let task = Activity::Task {
            rows: 3,
            age: seconds(700),
            usual: Some(seconds(5)),
        };
        let table = [
            (&fine, None, None, None),
            (&fine, Some(600), None, None),
            (
                &fine,
                Some(601),
                Some(&task),
                Some(
                    "a change of acme has waited 10 min to go live (freshness.max_age is 10 min), \
                     now: task with 3 rows for 11 min, usually 5 s",
                ),
            ),
            (
                &failing,
                None,
                None,
                Some("acme is failing: HTTP 401 fix the token"),
            ),
        ];
        for (status, waiting, doing, expected) in table {
            let found = reason(status, waiting.map(seconds), doing, seconds(600));
            assert_eq!(found.as_deref(), expected);
        }
    }

    fn upload() -> UploadRecord {
        UploadRecord {
            id: UploadId(1),
            bot: BotId(1),
            purpose: Purpose::Change,
            effect: UploadEffect::Merge,
            state: UploadState::Accepted,
            rows: 1,
            csv_bytes: 1,
            csv_digest: Vec::new(),
            canary: None,
            counts: ChangeCounts {
                added: 1,
                ..ChangeCounts::default()
            },
            task_id: None,
            prepared_at: 0,
            sent_at: None,
            accepted_at: None,
            asked_at: None,
            settled_at: None,
            submissions: 1,
            message: None,
        }
    }

    #[tokio::test]
    async fn a_source_that_nobody_has_read_for_too_long_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let text = "state_dir = 'state'\n[haptik]\nbase_url = 'sandbox'\n[[bot]]\ndomain_name = 'acme'\n\
                    upload_effect = 'merge'\n[[bot.source]]\nname = 'kms'\nfolder = '/export'\n";
        let path = folder.path().join("config.toml");
        let config = Config::parse(text, &path, Vec::<(String, String)>::new()).unwrap();
        let config = Arc::new(config);
        let (clock, stop) = (Clock::system(), tokio_util::sync::CancellationToken::new());
        let silent = crate::sync::silent();
        let engine = Engine::open(&config, clock, silent, stop).await.unwrap();
        let status_reader = StatusReader::new(config.clone(), &engine, LiveStatus::default());
        let fine = BotStatus {
            domain_name: "acme".into(),
            ..BotStatus::default()
        };
        let readiness = |status: &BotStatus| {
            let bots = [(status.clone(), LiveBotStatus::default())];
            status_reader.readiness_of(&bots).line()
        };
        let hours_ago = |hours: i64| {
            let mut point = status_reader.clock.point();
            point.uptime -= hours * 3_600_000;
            point.wall -= hours * 3_600_000;
            point
        };
        engine.last_readings.follow(&config.bots[0], &hours_ago(3));
        let told = readiness(&fine);
        for part in [
            "source \"kms\" of acme has not been read to its end for 3 h",
            "see that /export answers",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        let busy = BotStatus {
            in_flight: Some(upload()),
            ..fine.clone()
        };
        assert_eq!(
            readiness(&busy),
            "ready",
            "the upload is what takes so long"
        );
        let bot = &config.bots[0];
        engine
            .last_readings
            .completed(bot, &bot.sources[0], hours_ago(0));
        assert_eq!(readiness(&fine), "ready");
    }
}
