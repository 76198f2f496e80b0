//! The control socket in the state folder: a command that finds the state owned by a daemon hands
//! its wish over here, sees the progress, and gets the answer. One JSON document a line.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::caller::{on_behalf, user};
use super::command_context::CommandContext;
use crate::config::Config;
use crate::status::Progress;
use crate::store::HaptikBinding;
use crate::sync::{Activity, binding_of};

const NAME: &str = "control.sock";
/// Most wishes are a few names; the longest is an `import` of all the steps of a bot.
const LONGEST_WISH: u64 = 256 << 20;
/// How often progress is told.
const BEAT: Duration = Duration::from_millis(250);

/// Carries out a wish and gives the answer; both are the command line's own.
pub type Handle =
    Arc<dyn Fn(HandedCommand, CommandContext) -> BoxFuture<'static, Value> + Send + Sync>;

/// What is handed over.
#[derive(Debug, Serialize, Deserialize)]
pub struct HandedCommand {
    /// The wish, as the command line has it.
    pub wish: Value,
    /// The Haptik of the configuration that the command has read.
    pub haptik: HaptikBinding,
    /// On whose behalf the command says it runs.
    #[serde(default)]
    behalf: Option<String>,
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
pub(crate) async fn listen(
    hands: CommandContext,
    board: Progress,
    fulfil: Handle,
    stop: CancellationToken,
) {
    let state_dir = hands.config.state_dir.clone();
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
                    let (hands, board, fulfil) = (hands.clone(), board.clone(), fulfil.clone());
                    conversations.spawn(async move {
                        if let Err(error) = converse(stream, hands, board, fulfil).await {
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
    hands: CommandContext,
    board: Progress,
    fulfil: Handle,
) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let (reader, mut writer) = stream.into_split();
    let mut asked = String::new();
    BufReader::new(reader.take(LONGEST_WISH))
        .read_line(&mut asked)
        .await?;
    let asked: HandedCommand = serde_json::from_str(&asked)?;
    let who = user(uid, asked.behalf.as_deref());
    let mut answer = fulfil(asked, hands.by(&who));
    loop {
        tokio::select! {
            answer = &mut answer => {
                return write(&mut writer, &SocketLine::Answer(answer)).await;
            }
            () = tokio::time::sleep(BEAT) => {
                let progress = board.read().into_iter().collect();
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

/// Hands a wish to the daemon that owns a state folder. `None`: nobody listens there.
pub async fn send_to_daemon(
    config: &Config,
    wish: Value,
    mut progress: impl FnMut(&str, Activity),
) -> io::Result<Option<Value>> {
    let asked = HandedCommand {
        wish,
        haptik: binding_of(config),
        behalf: on_behalf(),
    };
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
