//! Read permits: of many bots, a few at a time hold in memory what their folders say, from the reading until
//! it is written down. Nobody keeps a permit while waiting for Haptik.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many bots have a permit at a time. More would hold more, and be no sooner done.
const AT_A_TIME: usize = 8;

/// The permits of all bots. Cheap to clone; all clones share them.
#[derive(Clone, Debug)]
pub struct ReadPermits(Arc<Semaphore>);

impl Default for ReadPermits {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

impl ReadPermits {
    /// For one pass of a bot. It does not begin with it.
    pub(crate) fn permit(&self) -> ReadPermit {
        ReadPermit {
            permits: self.clone(),
            held: Mutex::default(),
        }
    }
}

/// One bot's permit; given back at the latest when this is dropped.
#[derive(Debug)]
pub(crate) struct ReadPermit {
    permits: ReadPermits,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl ReadPermit {
    /// Waits for its begin, if it has not begun.
    pub(crate) async fn begin(&self) {
        if self.held().is_some() {
            return;
        }
        // Never closed, so it comes.
        let place = self.permits.0.clone().acquire_owned().await.ok();
        *self.held() = place;
    }

    /// Lets another bot have it.
    pub(crate) fn end(&self) {
        self.held().take();
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::model::UploadState;
    use crate::sync::engine::Engine;
    use crate::sync::send::silent;
    use crate::sync::sync_all::sync_all;

    #[test]
    fn a_permit_is_waited_for_until_another_one_ends() {
        let permits = ReadPermits::default();
        let all: Vec<ReadPermit> = (0..=AT_A_TIME).map(|_| permits.permit()).collect();
        let (last, others) = all.split_last().unwrap();
        for permit in others {
            assert!(permit.begin().now_or_never().is_some());
            assert!(permit.begin().now_or_never().is_some(), "it has begun");
        }
        assert!(last.begin().now_or_never().is_none());
        others[0].end();
        assert!(last.begin().now_or_never().is_some());
        assert!(others[0].begin().now_or_never().is_none());
        drop(all);
        assert!(permits.permit().begin().now_or_never().is_some());
    }

    #[tokio::test]
    async fn no_bot_waits_for_the_tasks_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let mut text = "state_dir = \"state\"\n[haptik]\nbase_url = \"sandbox\"\n\
             calls_per_minute = 100000\npolling = { first = \"1h\", max = \"1h\" }\n"
            .to_owned();
        for bot in 0..3 * AT_A_TIME {
            // A further upload of each bot has to wait.
            writeln!(
                text,
                "[[bot]]\ndomain_name = \"bot-{bot}\"\nupload_effect = \"merge\"\nmax_rows_per_upload = 1\n\
                 [[bot.source]]\nfolder = \"export\"\nsettle = \"0s\""
            )
            .unwrap();
        }
        let export = folder.path().join("export");
        std::fs::create_dir(&export).unwrap();
        let rows = "id,question,answer\n1,How?,So.\n2,When?,Now.\n";
        std::fs::write(export.join("a.csv"), rows).unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let config = Config::load(&path, Vec::<(String, String)>::new()).unwrap();
        let stop = CancellationToken::new();
        let engine = Engine::open(&config, Clock::system(), silent(), stop.clone());
        let engine = engine.await.unwrap();
        let store = &engine.runner.store;
        let all_are_tasks = async {
            let mut left: Vec<_> = config.bots.iter().collect();
            while let Some(bot) = left.last() {
                let id = store.bot(&bot.domain_name).await.unwrap();
                let upload = store.under_way(id).await.unwrap();
                if upload.is_some_and(|upload| upload.state == UploadState::Accepted) {
                    left.pop();
                } else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        tokio::select! {
            _ = sync_all(&engine, &config.bots) => unreachable!("no task ends so soon"),
            () = all_are_tasks => {}
            () = tokio::time::sleep(Duration::from_mins(1)) => panic!("a bot waits"),
        }
        stop.cancel();
    }
}
