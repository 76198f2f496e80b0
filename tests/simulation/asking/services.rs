//! Two services with states of their own upload different answers to one bot, and both upload once more what
//! has drifted. Without canaries the limits hold; with them both stop, and both tell.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::loops::{BotLoops, see, still};
use crate::run::{folder, in_virtual_time};
use crate::supervision::Supervision;
use futures_util::future::BoxFuture;
use kms_haptik_sync::clock::Clock;
use kms_haptik_sync::config::{Config, UploadEffect};
use kms_haptik_sync::daemon::bot_loops;
use kms_haptik_sync::haptik::Client;
use kms_haptik_sync::model::CanaryFinding;
use kms_haptik_sync::sandbox::{InProcess, Sandbox, SandboxSettings};
use kms_haptik_sync::store::Store;
use kms_haptik_sync::sync::{Engine, silent};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The virtual wall clock begins here, in 2026.
const BEGAN_AT: i64 = 1_780_000_000_000;
const BOT: &str = "bot0";
const CHANNEL: u64 = 1001;
const ARTICLES: u32 = 3;
const DAYS: u32 = 3;
/// Steps that each service uploads once more in a day at the most.
const RESENDS: u32 = 2;

/// One installation.
struct Service {
    letter: char,
    config: Config,
    store: Store,
    wake: Arc<Notify>,
    folder: tempfile::TempDir,
    /// Uploads for which an editor is the reason.
    edits: usize,
}

/// What came of a service.
#[derive(Debug, PartialEq, Eq)]
struct Fate {
    /// Uploads for which no editor is the reason.
    repairs: usize,
    found: Option<CanaryFinding>,
}

impl Service {
    fn new(letter: char, effect: &str, canary: bool) -> Self {
        let text = format!(
            "state_dir = 'state'\n[haptik]\nbase_url = 'sandbox'\n[haptik.ask]\nmode = 'webhook'\nsweep = '2h'\n\
             calls_per_day = 2000\nfallback = ['did not understand']\nrepair = 'resend'\nresends_per_day = {RESENDS}\n\
             canary = {canary}\n[[bot]]\ndomain_name = '{BOT}'\nbusiness_id = {CHANNEL}\nupload_effect = '{effect}'\n\
             [[bot.source]]\nfolder = 'export'\nsettle = '0s'\nevery = '12h'\n"
        );
        let folder = folder();
        std::fs::create_dir(folder.path().join("export")).expect("a folder");
        let path = folder.path().join("config.toml");
        let config = Config::parse(&text, &path, Vec::<(String, String)>::new());
        let config = config.expect("a configuration");
        let store = still(&Supervision::default(), Store::open(&config.state_dir));
        Self {
            letter,
            config,
            store: store.expect("nobody dies").expect("a state"),
            wake: Arc::default(),
            folder,
            edits: 0,
        }
    }

    fn loops(
        &self,
        (sandbox, clock): (&Sandbox, &Clock),
        supervision: &Arc<Supervision>,
    ) -> Vec<BoxFuture<'static, ()>> {
        let transport = InProcess::new(sandbox, Duration::from_secs(30));
        let base_url = InProcess::base_url().to_owned();
        let client = Client::new(
            Arc::new(transport),
            base_url,
            "sandbox".to_owned(),
            None,
            clock.clone(),
        );
        let engine = Engine::new(
            &self.config,
            self.store.clone().supervised(supervision.clone()),
            Arc::new(client.expect("a client")),
            clock.clone(),
            silent(),
            CancellationToken::new(),
            fastrand::Rng::with_seed(u64::from(self.letter)),
        );
        let (all, _) = bot_loops(&engine, &self.config.bots, std::slice::from_ref(&self.wake));
        all.into_iter()
            .map(|one| Box::pin(one) as BoxFuture<'static, ()>)
            .collect()
    }

    /// An editor writes another version of the first article.
    fn export(&mut self) {
        self.edits += 1;
        let mut text = "node_name,question,answer\n".to_owned();
        for at in 0..ARTICLES {
            let version = if at == 0 { self.edits } else { 0 };
            let letter = self.letter;
            let _ = writeln!(text, "kb-{at},What is {at}?,{letter} says {at} {version}.");
        }
        let export = self.folder.path().join("export");
        std::fs::write(export.join("faq.csv.part"), text).expect("a file");
        std::fs::rename(export.join("faq.csv.part"), export.join("faq.csv")).expect("a file");
        self.wake.notify_one();
    }

    fn fate(&self) -> Fate {
        see(async {
            let id = self.store.bot(BOT).await?;
            let uploads = self.store.history(id, 1000).await?.len();
            Ok(Fate {
                repairs: uploads - self.edits,
                found: self.store.verification_counts(id).await?.canary,
            })
        })
    }
}

/// What comes of both, after days with an edit at each of them every day.
fn fates(effect: &str, canary: bool) -> [Fate; 2] {
    in_virtual_time(async move {
        let clock = Clock::following_tokio(BEGAN_AT);
        let is_merge = effect == "merge";
        let rule = if is_merge {
            UploadEffect::Merge
        } else {
            UploadEffect::Replace
        };
        let mut settings = SandboxSettings::new("sandbox", rule);
        settings.channels = [(CHANNEL, BOT.to_owned())].into();
        settings.task_time = Duration::from_secs(5);
        settings.clock = clock.clone();
        let sandbox = Sandbox::new(settings);
        let mut services = ['a', 'b'].map(|letter| Service::new(letter, effect, canary));
        let supervision = Arc::new(Supervision::default());
        let all = services
            .iter()
            .flat_map(|service| service.loops((&sandbox, &clock), &supervision));
        let mut loops = BotLoops::new(all.collect::<Vec<_>>(), supervision, Arc::default());
        for _ in 0..DAYS {
            for service in &mut services {
                service.export();
                let until = Instant::now() + Duration::from_hours(12);
                while Instant::now() < until {
                    loops.run(until).await;
                }
            }
        }
        [services[0].fate(), services[1].fate()]
    })
}

/// Whether both services stop and tell, where each has a canary.
pub(crate) fn both_stop_and_tell() -> bool {
    let stops = |fate: &Fate| fate.repairs == 0 && fate.found == Some(CanaryFinding::SecondService);
    ["merge", "replace"]
        .iter()
        .all(|effect| fates(effect, true).iter().all(stops))
}

#[test]
fn without_canaries_two_services_keep_to_their_limits() {
    for effect in ["merge", "replace"] {
        for fate in fates(effect, false) {
            let most = (RESENDS * DAYS) as usize;
            assert!(fate.repairs <= most, "{effect}: {fate:?}");
            assert!(fate.repairs > 0, "{effect}: nothing drifts: {fate:?}");
            assert_eq!(fate.found, None, "{effect}");
        }
    }
}

#[test]
fn with_canaries_two_services_stop_and_tell() {
    assert!(
        both_stop_and_tell(),
        "merge {:?}, replace {:?}",
        fates("merge", true),
        fates("replace", true)
    );
}
