//! Tells systemd how the daemon is doing, where it listens: ready, the current sentence, a sign of
//! life for its watchdog, reloading, stopping.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::sync::Engine;

/// How often to look for another sentence.
const BEAT: Duration = Duration::from_secs(5);

/// The way to systemd; silent where it does not listen.
#[derive(Debug)]
pub(super) struct Systemd {
    listens: bool,
    beat: Duration,
    said: String,
}

impl Systemd {
    /// As the environment says.
    pub(super) fn new() -> Self {
        let watchdog = sd_notify::watchdog_enabled();
        Self {
            listens: std::env::var_os("NOTIFY_SOCKET").is_some_and(|path| !path.is_empty()),
            beat: watchdog.map_or(BEAT, beat),
            said: String::new(),
        }
    }

    /// The daemon works.
    pub(super) fn ready(&mut self, sentence: String) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(&sentence)]);
        self.said = sentence;
    }

    /// The configuration is read again; ends with `ready`.
    pub(super) fn reloading(&self) {
        // Newer versions of systemd tell by the time which reload this is.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(_) => self.tell(&[NotifyState::Reloading]),
        }
    }

    /// The daemon ends.
    pub(super) fn stopping(&self) {
        let status =
            NotifyState::Status("shutting down; uploads in progress resume at the next start");
        self.tell(&[NotifyState::Stopping, status]);
    }

    /// The daemon is alive.
    pub(super) fn alive(&mut self, sentence: String) {
        if sentence == self.said {
            self.tell(&[NotifyState::Watchdog]);
        } else {
            self.tell(&[NotifyState::Watchdog, NotifyState::Status(&sentence)]);
            self.said = sentence;
        }
    }

    /// Ends when a sign of life is due, and only if there is life: a worker of the runtime has to
    /// come round, and the state has to answer.
    pub(super) async fn due(&self, engine: &Engine) {
        if !self.listens {
            return std::future::pending().await;
        }
        tokio::time::sleep(self.beat).await;
        let (store, now) = (engine.runner.store.clone(), engine.runner.clock.uptime());
        // An answer that is an error is one, too.
        let _ = tokio::spawn(async move { store.calls_in_window(now).await }).await;
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        if !self.listens {
            return;
        }
        if let Err(error) = sd_notify::notify(states) {
            tracing::debug!("systemd cannot be told: {error}");
        }
    }
}

/// Several signs of life within the limit, and not more often than the sentence changes.
fn beat(limit: Duration) -> Duration {
    (limit / 4).min(BEAT)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;
    use tokio::time::timeout;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::store::Supervisor;
    use crate::sync::silent;

    /// Lets no work on the state begin.
    #[derive(Debug)]
    struct Stuck;

    impl Supervisor for Stuck {
        fn begins(&self) {}

        fn admits(&self) -> BoxFuture<'_, ()> {
            std::future::pending().boxed()
        }

        fn ends(&self) {}
    }

    #[tokio::test]
    async fn there_is_no_sign_of_life_while_the_state_does_not_answer() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[haptik]\nbase_url = 'sandbox'\n[[bot]]\ndomain_name = 'a'\nupload_effect = 'merge'\n\
                    [[bot.source]]\nfolder = 'export'\n";
        let path = folder.path().join("config.toml");
        let config = Config::parse(text, &path, Vec::<(String, String)>::new()).unwrap();
        let stop = CancellationToken::new();
        let engine = Engine::open(&config, Clock::system(), silent(), stop).await;
        let mut engine = engine.unwrap();
        let systemd = Systemd {
            listens: true,
            beat: Duration::from_millis(1),
            said: String::new(),
        };
        let alive = timeout(Duration::from_secs(40), systemd.due(&engine)).await;
        assert!(alive.is_ok());
        engine.runner.store = engine.runner.store.clone().supervised(Arc::new(Stuck));
        let alive = timeout(Duration::from_millis(200), systemd.due(&engine)).await;
        assert!(
            alive.is_err(),
            "the state does not answer, and nobody notices"
        );
    }

    #[test]
    fn signs_of_life_come_well_within_the_limit() {
        for (limit, expected) in [(120_000, 5000), (8000, 2000), (1000, 250)] {
            let limit = Duration::from_millis(limit);
            assert_eq!(beat(limit), Duration::from_millis(expected));
        }
    }
}
