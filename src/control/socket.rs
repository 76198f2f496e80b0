//! The control socket in the state folder: a command that finds the state owned by a daemon is handed
//! over here; whoever asked sees the progress, and gets the answer. One JSON document a line.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::caller::{on_behalf, user};
use super::command::{ControlCommand, DaemonAnswer, as_value, handle};
use super::command_context::CommandContext;
use crate::config::Config;
use crate::status::Progress;
use crate::store::HaptikBinding;
use crate::sync::{Activity, binding_of};

const NAME: &str = "control.sock";
/// Most commands are a few names; the longest is an `import` of all the steps of a bot.
const LONGEST_COMMAND: u64 = 256 << 20;
/// How often progress is told.
const BEAT: Duration = Duration::from_millis(250);

/// What is handed over.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HandedCommand {
    /// The command. One of another version may not be known here, and is told so; older versions look for
    /// it under this name.
    #[serde(rename = "wish")]
    pub(super) command: Value,
    /// The Haptik of the configuration that the command has read.
    pub(super) haptik: HaptikBinding,
    /// On whose behalf the command says it runs.
    #[serde(default)]
    behalf: Option<String>,
}

impl HandedCommand {
    pub(super) fn new(
        command: &ControlCommand,
        haptik: HaptikBinding,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            command: serde_json::to_value(command)?,
            haptik,
            behalf: on_behalf(),
        })
    }
}

/// A line from the daemon to the one who waits.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SocketLine {
    Progress(Vec<(String, Activity)>),
    Answer(Value),
}

/// A path that fits into a socket address, however long that of the state folder is.
struct SocketPath {
    path: PathBuf,
    _folder: File,
}

fn socket_path(state_dir: &Path) -> io::Result<SocketPath> {
    let folder = File::open(state_dir)?;
    Ok(SocketPath {
        path: PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(NAME),
        _folder: folder,
    })
}

/// Listens until asked to stop.
pub(crate) async fn listen(context: CommandContext, progress: Progress, stop: CancellationToken) {
    let state_dir = context.config.state_dir.clone();
    let listener = match bind(&state_dir) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(
                "the control socket in {} cannot be opened ({error}); commands such as `--sync-now` and `approve` cannot reach this daemon",
                state_dir.display()
            );
            stop.cancelled().await;
            return;
        }
    };
    let mut conversations = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (context, progress) = (context.clone(), progress.clone());
                    conversations.spawn(async move {
                        if let Err(error) = converse(stream, context, progress).await {
                            tracing::debug!("a command went away before its answer: {error}");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!("the control socket failed: {error}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
            Some(_) = conversations.join_next() => {}
            () = stop.cancelled() => break,
        }
    }
    let _ = std::fs::remove_file(state_dir.join(NAME));
}

/// The lock on the state says that no other daemon lives, so a socket that is there is a dead one's.
fn bind(state_dir: &Path) -> io::Result<UnixListener> {
    let socket = socket_path(state_dir)?;
    match std::fs::remove_file(&socket.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&socket.path)?;
    std::fs::set_permissions(&socket.path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn converse(
    stream: UnixStream,
    context: CommandContext,
    progress: Progress,
) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let (reader, mut writer) = stream.into_split();
    let mut asked = String::new();
    BufReader::new(reader.take(LONGEST_COMMAND))
        .read_line(&mut asked)
        .await?;
    let asked: HandedCommand = serde_json::from_str(&asked)?;
    let who = user(uid, asked.behalf.as_deref());
    let mut answer = pin!(handle(asked, context.by(&who)));
    loop {
        tokio::select! {
            answer = &mut answer => {
                return write(&mut writer, &SocketLine::Answer(as_value(&answer))).await;
            }
            () = tokio::time::sleep(BEAT) => {
                let progress = progress.read().into_iter().collect();
                write(&mut writer, &SocketLine::Progress(progress)).await?;
            }
        }
    }
}

async fn write(writer: &mut tokio::net::unix::OwnedWriteHalf, line: &SocketLine) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await
}

/// Why there is no answer of a daemon that listens.
#[derive(Debug, Error)]
pub(crate) enum NotAnswered {
    /// It went away.
    #[error(transparent)]
    Lost(#[from] io::Error),
    /// It is of another version.
    #[error(transparent)]
    NotUnderstood(serde_json::Error),
}

/// Hands a command to the daemon that owns a state folder. `None`: nobody listens there.
pub(crate) async fn send_to_daemon(
    config: &Config,
    command: &ControlCommand,
    progress: impl FnMut(&str, Activity),
) -> Result<Option<DaemonAnswer>, NotAnswered> {
    let Some(answer) = exchange(config, command, progress).await? else {
        return Ok(None);
    };
    serde_json::from_value(answer)
        .map(Some)
        .map_err(NotAnswered::NotUnderstood)
}

async fn exchange(
    config: &Config,
    command: &ControlCommand,
    mut progress: impl FnMut(&str, Activity),
) -> io::Result<Option<Value>> {
    let asked = HandedCommand::new(command, binding_of(config))?;
    let asked = serde_json::to_string(&asked)?;
    let socket = socket_path(&config.state_dir)?;
    let Ok(stream) = UnixStream::connect(&socket.path).await else {
        return Ok(None);
    };
    let (reader, mut writer) = stream.into_split();
    writer.write_all(format!("{asked}\n").as_bytes()).await?;
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            SocketLine::Progress(all) => all.iter().for_each(|(bot, now)| progress(bot, *now)),
            SocketLine::Answer(answer) => return Ok(Some(answer)),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the daemon stopped before it answered",
    ))
}
