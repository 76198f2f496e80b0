//! What every pass needs, made once from the configuration: the state and its lock, the client,
//! the call budget, and the embedded sandbox where the configuration asks for it.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::ask::Asker;
use super::binding::binding_of;
use super::observer::{Nobody, Observer};
use super::read::{FeedResults, LastReadings, ReadPermits, Renamed};
use super::send::{CallLimiter, ProgressSink, UploadRunner};
use crate::clock::{Clock, Millis};
use crate::config::{BaseUrl, Config, Freshness, History, Secret, SecretSource, UploadEffect};
use crate::haptik::{Client, Credentials, HttpTransport, Transport, TransportError};
use crate::intake::{FeedFiles, SourceThreads, Writers};
use crate::sandbox::{InProcess, Sandbox, SandboxSettings};
use crate::store::{HaptikBinding, Store, StoreError, private};
use crate::telemetry::OncePerCause;

/// Why the service cannot begin.
#[derive(Debug, Error)]
pub enum EngineError {
    /// Another process owns the state.
    #[error("another kms-haptik-sync (process {pid}) works on the state in {}; stop it first, or give this one a state_dir of its own", path.display())]
    Locked {
        /// The state folder.
        path: PathBuf,
        /// The other process.
        pid: String,
    },
    /// The lock file cannot be made.
    #[error("the lock {} cannot be taken: {cause}; is the state folder writable?", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// The state cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The HTTP client cannot be made.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The state of every bot speaks of another Haptik.
    #[error("{0}")]
    OtherHaptik(String),
    /// Signals cannot be listened for.
    #[error("signals cannot be listened for: {0}")]
    Signal(std::io::Error),
}

crate::text::samples! {
    EngineError {
        Locked => [Self::Locked { path: gap(), pid: gap() }],
        Lock => [Self::Lock { path: gap(), cause: io_gap() }],
        Store => [],
        Transport => [],
        OtherHaptik => [],
        Signal => [Self::Signal(io_gap())],
    }
}

/// What every pass needs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// Stages 5 and 6.
    pub runner: UploadRunner,
    /// Files that were renamed into place.
    pub renamed: Renamed,
    /// Who is writing files.
    pub writers: Writers,
    /// What feeds said last.
    pub readings: FeedResults,
    /// What may wait for a file system.
    pub threads: SourceThreads,
    /// Whose turn it is to read.
    pub permits: ReadPermits,
    /// Who asks bots what they answer; nobody unless the configuration says so.
    pub asker: Option<Arc<Asker>>,
    /// How long old content is kept.
    pub history: History,
    /// How long a change may wait.
    pub freshness: Freshness,
    /// Who is told how passes go.
    pub observer: Arc<dyn Observer>,
    /// Why passes fail at present.
    pub failures: OncePerCause,
    /// When each source was last read to its end.
    pub last_readings: LastReadings,
    /// The Haptik that is worked with.
    pub binding: HaptikBinding,
}

impl Engine {
    /// Puts an engine together from its parts.
    pub fn new(
        config: &Config,
        store: Store,
        client: Arc<Client>,
        clock: Clock,
        tell: ProgressSink,
        stop: CancellationToken,
        random: fastrand::Rng,
    ) -> Self {
        let call_limiter =
            CallLimiter::new(store.clone(), clock.clone(), config.haptik.calls_per_minute);
        let ask = config.haptik.ask.as_ref();
        let call_limiter = call_limiter.asking(ask.map_or(0, |ask| ask.calls_per_day));
        let asker =
            ask.map(|ask| Arc::new(Asker::new(ask.clone(), client.clone(), config.bots.len())));
        Self {
            asker,
            runner: UploadRunner {
                store,
                client,
                clock,
                call_limiter,
                haptik: config.haptik.clone(),
                random: Arc::new(Mutex::new(random)),
                troubles: OncePerCause::default(),
                tell,
                stop,
            },
            renamed: Renamed::default(),
            writers: Writers::default(),
            readings: FeedResults::default(),
            threads: SourceThreads::default(),
            permits: ReadPermits::default(),
            history: config.history,
            freshness: config.freshness,
            observer: Arc::new(Nobody),
            failures: OncePerCause::default(),
            last_readings: LastReadings::default(),
            binding: binding_of(config),
        }
    }

    /// The same engine with clients over another transport, made of the one that each has.
    #[must_use]
    pub fn over(mut self, wrap: impl Fn(Arc<dyn Transport>) -> Arc<dyn Transport>) -> Self {
        self.runner.client = Arc::new(self.runner.client.over(&wrap));
        self.asker = self.asker.map(|asker| Arc::new(asker.over(&wrap)));
        self
    }

    /// Opens the state for work, with the client that the configuration asks for. Uploads that
    /// were under way when the last process ended are taken up as their states say.
    pub async fn open(
        config: &Config,
        clock: Clock,
        tell: ProgressSink,
        stop: CancellationToken,
    ) -> Result<Self, EngineError> {
        let store = Store::open_for(config).await?;
        store.recover().await?;
        let now = store.aged(&clock.point()).await?;
        let kept_from = now - crate::clock::duration_millis(config.history.keep);
        store.prune_actions(kept_from).await?;
        let client = client(config, &clock)?;
        let random = fastrand::Rng::new();
        let mut engine = Self::new(config, store, client, clock, tell, stop, random);
        engine.readings = FeedResults::default().kept_in(FeedFiles::of(config));
        if let (Some(ask), Some(client)) = (
            &config.haptik.ask,
            Asker::elsewhere(config, &engine.runner.clock)?,
        ) {
            engine.asker = Some(Arc::new(Asker::new(ask.clone(), client, config.bots.len())));
        }
        Ok(engine)
    }
}

impl Engine {
    /// What a process needs that does not work on the state, because another one does: it reads, and counts its calls.
    pub async fn standing_by(
        config: &Config,
        clock: Clock,
        tell: ProgressSink,
        stop: CancellationToken,
    ) -> Result<Self, EngineError> {
        let store = Store::open_to_stand_by(config).await?;
        let client = client(config, &clock)?;
        let random = fastrand::Rng::new();
        Ok(Self::new(config, store, client, clock, tell, stop, random))
    }
}

/// The right to work on a state folder; given back when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the right, or says which process has it.
    pub fn take(state_dir: &Path) -> Result<Self, EngineError> {
        let path = state_dir.join("lock");
        let failed = |cause| EngineError::Lock {
            path: path.clone(),
            cause,
        };
        private::make_folder(state_dir).map_err(failed)?;
        let mut file = private::open_file(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(failed)?;
                return Err(EngineError::Locked {
                    path: state_dir.to_owned(),
                    pid: pid.trim().to_owned(),
                });
            }
            Err(std::fs::TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// The process that works on a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Its id where that is known, else nothing.
    pub pid: String,
    /// Since when it works on it: then it wrote its id down.
    pub since: Option<Millis>,
}

/// The process that works on a state, if any does. Asked by a lock that is shared and given back at once, so
/// that it is in nobody's way.
pub fn owner(state_dir: &Path) -> std::io::Result<Option<Owner>> {
    let mut lock = match File::open(state_dir.join("lock")) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = lock.read_to_string(&mut pid);
            let data = lock.metadata().ok();
            Ok(Some(Owner {
                pid: read.map_or_else(|_| String::new(), |_| pid.trim().to_owned()),
                since: data.map(|data| data.mtime() * 1000 + data.mtime_nsec() / 1_000_000),
            }))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

impl Credentials for SecretSource {
    fn token(&self) -> Result<Secret, String> {
        self.read().map_err(|error| error.to_string())
    }
}

/// The client that the configuration asks for.
pub fn client(config: &Config, clock: &Clock) -> Result<Arc<Client>, TransportError> {
    let haptik = &config.haptik;
    let client = match &haptik.base_url {
        BaseUrl::Sandbox => {
            let transport = Arc::new(InProcess::new(
                &embedded_sandbox(config, clock),
                haptik.request_timeout,
            ));
            let base_url = InProcess::base_url().to_owned();
            let client_id = haptik.client_id.clone();
            Client::new(
                transport,
                base_url,
                client_id,
                credentials(config),
                clock.clone(),
            )
        }
        BaseUrl::Url(url) => transport(config, url, clock),
    };
    client.map(Arc::new)
}

/// A client over HTTP.
pub(super) fn transport(
    config: &Config,
    url: &str,
    clock: &Clock,
) -> Result<Client, TransportError> {
    let haptik = &config.haptik;
    let transport = Arc::new(HttpTransport::new(url, haptik.request_timeout)?);
    let client_id = haptik.client_id.clone();
    Client::new(
        transport,
        url.to_owned(),
        client_id,
        credentials(config),
        clock.clone(),
    )
}

fn credentials(config: &Config) -> Option<Arc<dyn Credentials>> {
    let token = config.haptik.token.clone();
    token.map(|token| Arc::new(token) as Arc<dyn Credentials>)
}

/// The sandbox behind `base_url = "sandbox"`: it does to each bot what its configuration says an
/// upload does, and keeps its steps in the state folder.
pub fn embedded_sandbox(config: &Config, clock: &Clock) -> Sandbox {
    let mut settings = SandboxSettings::new(config.haptik.client_id.clone(), UploadEffect::Merge);
    settings.effects = config
        .bots
        .iter()
        .map(|bot| (bot.domain_name.clone(), bot.upload_effect))
        .collect();
    let channels = config.bots.iter().filter_map(|bot| {
        let channel = bot.business_id?;
        Some((channel, bot.domain_name.clone()))
    });
    settings.channels = channels.collect();
    if let Some(ask) = &config.haptik.ask {
        settings.paths = ask.paths.clone();
    }
    settings.path = Some(config.state_dir.join("sandbox.json"));
    settings.clock = clock.clone();
    Sandbox::new(settings)
}
