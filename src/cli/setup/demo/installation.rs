//! The environment of the demo: a folder with an export and a configuration, a sandbox Haptik on a
//! loopback port, and the engine that the daemon uses too.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::scenes::{EXPORT, Edit, REFUSED};
use crate::clock::{Clock, duration_millis};
use crate::config::{BaseUrl, Config};
use crate::control::CommandFailure;
use crate::model::{Verdict, verify};
use crate::sandbox::{AnswerRule, Sandbox, UploadRule};
use crate::store::HaptikBinding;
use crate::sync::{
    Engine, Lock, PassReport, ProgressSink, ask, binding_of, embedded_sandbox, silent, sync_all,
};

const CONFIGURATION: &str = include_str!("../../../../samples/config.toml");

/// The set stage.
pub(crate) struct DemoInstallation {
    pub(crate) folder: PathBuf,
    pub(crate) address: SocketAddr,
    config: Config,
    /// The Haptik of the file, whose state it is.
    binding: HaptikBinding,
    sandbox: Sandbox,
    _lock: Lock,
}

impl DemoInstallation {
    /// Writes the export and the configuration into `folder`, and starts the sandbox.
    pub(crate) async fn set(folder: &Path, task_time: Duration) -> Result<Self, CommandFailure> {
        let path = folder.join("config.toml");
        write(&path, CONFIGURATION)?;
        for (file, text) in EXPORT {
            write(&folder.join("export").join(file), text)?;
        }
        let mut config =
            Config::load(&path, Vec::<(String, String)>::new()).map_err(CommandFailure::Config)?;
        let lock = Lock::take(&config.state_dir)?;
        let sandbox = embedded_sandbox(&config, &Clock::system());
        sandbox.change(UploadRule {
            task_time: Some(duration_millis(task_time)),
            bad_content: Some(
                [REFUSED]
                    .map(|(text, why)| (text.into(), why.into()))
                    .into(),
            ),
            answers: Some(AnswerRule {
                training: true,
                ..AnswerRule::default()
            }),
            ..UploadRule::default()
        });
        let address = serve(sandbox.clone()).await?;
        let binding = binding_of(&config);
        // The file says "sandbox", so that its commands work after the story too; the story goes
        // the whole way, over HTTP.
        config.haptik.base_url = BaseUrl::Url(format!("http://{address}"));
        Ok(Self {
            folder: folder.to_owned(),
            address,
            config,
            binding,
            sandbox,
            _lock: lock,
        })
    }

    /// One sync, as `--sync-now` makes it.
    pub(crate) async fn sync(&self, tell: ProgressSink) -> Result<PassReport, CommandFailure> {
        let engine = self.engine(tell).await?;
        let mut reports = sync_all(&engine, &self.config.bots).await;
        reports
            .pop()
            .ok_or_else(|| CommandFailure::System("the sample configuration has no bot".to_owned()))
    }

    /// How the bot answers a user message of a step, asked over HTTP as the daemon does it.
    pub(crate) async fn verdict(
        &self,
        message: &str,
        name: &str,
    ) -> Result<Verdict, CommandFailure> {
        let engine = self.engine(silent()).await?;
        let (Some(asker), Some(bot)) = (&engine.asker, self.config.bots.first()) else {
            let words = "the sample configuration asks no bot".to_owned();
            return Err(CommandFailure::System(words));
        };
        let channel = bot.business_id.unwrap_or_default();
        let reply = ask(&engine, asker, channel, message).await;
        let reply = reply.map_err(|error| CommandFailure::System(error.to_string()))?;
        let store = &engine.runner.store;
        let steps = match store.find_bot(&bot.domain_name).await? {
            Some(id) => store.live_page(id, None).await?,
            None => Vec::new(),
        };
        let step = steps.iter().find(|step| step.node_name == name);
        let step = step.ok_or_else(|| {
            CommandFailure::System(format!("step \"{name}\" of the sample is not live"))
        })?;
        Ok(verify(&reply, step, &[], &steps, &asker.settings.words).verdict)
    }

    /// Somebody has the bot trained in Haptik.
    pub(crate) fn train(&self) {
        self.sandbox.change(UploadRule {
            train: true,
            ..UploadRule::default()
        });
    }

    async fn engine(&self, tell: ProgressSink) -> Result<Engine, CommandFailure> {
        let stop = CancellationToken::new();
        let mut engine = Engine::open(&self.config, Clock::system(), tell, stop).await?;
        engine.binding = self.binding.clone();
        Ok(engine)
    }

    /// What the bot answers to a user message; `None` where no step of it is for that.
    pub(crate) fn ask(&self, message: &str) -> Option<String> {
        let steps = self.sandbox.steps(self.domain_name());
        steps
            .into_values()
            .find(|step| step.active && step.questions.iter().any(|known| known == message))
            .map(|step| step.answers.join("\n"))
    }

    /// Steps with which the bot answers.
    pub(crate) fn live(&self) -> usize {
        let steps = self.sandbox.steps(self.domain_name());
        steps.values().filter(|step| step.active).count()
    }

    /// Calls that Haptik has seen so far.
    pub(crate) fn calls(&self) -> u64 {
        self.sandbox.calls().count
    }

    /// Changes the export as the knowledge base would.
    pub(crate) fn edit(&self, edit: &Edit) -> Result<(), CommandFailure> {
        match *edit {
            Edit::Reword { file, from, to } => {
                let text = self.read(file)?;
                self.write(file, &text.replace(from, to))
            }
            Edit::Append { file, rows } => {
                let text = self.read(file)?;
                self.write(file, &(text + rows))
            }
            Edit::Drop { file, id } => {
                let text = self.read(file)?;
                let rest = text
                    .split_inclusive('\n')
                    .filter(|row| !row.starts_with(id));
                self.write(file, &rest.collect::<String>())
            }
            Edit::Lose { file } => {
                let path = self.path(file);
                std::fs::remove_file(&path).map_err(|error| unusable(&path, &error))
            }
            Edit::Bring { file } => {
                let sample = EXPORT.iter().find(|(name, _)| *name == file);
                sample.map_or(Ok(()), |(_, text)| self.write(file, text))
            }
        }
    }

    fn domain_name(&self) -> &str {
        self.config.bots.first().map_or("", |bot| &bot.domain_name)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.join("export").join(file)
    }

    fn read(&self, file: &str) -> Result<String, CommandFailure> {
        let path = self.path(file);
        std::fs::read_to_string(&path).map_err(|error| unusable(&path, &error))
    }

    fn write(&self, file: &str, text: &str) -> Result<(), CommandFailure> {
        write(&self.path(file), text)
    }
}

/// Serves on a free loopback port for as long as the process runs.
async fn serve(sandbox: Sandbox) -> Result<SocketAddr, CommandFailure> {
    let no_port =
        |error| CommandFailure::System(format!("no loopback port can be opened: {error}"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(no_port)?;
    let address = listener.local_addr().map_err(no_port)?;
    tokio::spawn(sandbox.serve(listener, std::future::pending()));
    Ok(address)
}

/// Renamed into place, as a careful export does it: then nobody can still be writing it.
fn write(path: &Path, text: &str) -> Result<(), CommandFailure> {
    let folder = path.parent().unwrap_or(path);
    let unfinished = path.with_extension("tmp");
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&unfinished, text))
        .and_then(|()| std::fs::rename(&unfinished, path))
        .map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> CommandFailure {
    CommandFailure::System(format!("{} cannot be used: {error}", path.display()))
}
