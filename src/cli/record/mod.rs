//! `--record FILE`: the calls of a command to a real Haptik and what was answered, one JSON document a line, for
//! whoever has to learn from them how that Haptik behaves. It is written at the transport, so nothing is missed;
//! secrets and personal data are masked before anything reaches the disk.

mod mask;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header;
use serde_json::{Value, json};

use crate::clock::{Clock, Millis, instant, rfc3339};
use crate::config::{BaseUrl, Config};
use crate::control::CommandFailure;
use crate::haptik::{Answer, Lost, LostKind, Transport};
use crate::text::count;
use mask::Masks;

/// The shape of the file; another number where that changes.
const VERSION: u32 = 1;
/// A longer body of a request is not kept.
const BODY: u64 = 256 << 10;
/// A shorter name of a user is part of too many words; it is masked where a user is meant.
const NAME: usize = 4;
/// For nobody but who runs the command.
const MODE: u32 = 0o600;

/// Where a command writes its calls down.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RecordArgs {
    /// Write the calls to Haptik and their answers into this new file, without secrets and personal data
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl RecordArgs {
    /// Begins the file, if one is wanted.
    pub(crate) fn begin(
        &self,
        command: &str,
        config: &Config,
        clock: &Clock,
    ) -> Result<Option<Arc<Recorder>>, CommandFailure> {
        let recorder = self.record.as_ref().map(|path| {
            Recorder::begin(path, command, config, clock)
                .map(Arc::new)
                .map_err(|error| cannot(path, &error))
        });
        recorder.transpose()
    }
}

fn cannot(path: &Path, error: &io::Error) -> CommandFailure {
    let path = path.display();
    CommandFailure::Usage(match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!(
                "the recording {path} is there already, and is not written over; name another file"
            )
        }
        _ => format!(
            "the recording {path} cannot be made: {error}; name a file in a folder of yours"
        ),
    })
}

/// Writes calls down.
#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    clock: Clock,
    bases: Vec<String>,
    user: Option<String>,
    kept: Mutex<Kept>,
}

/// What was written so far.
#[derive(Debug)]
struct Kept {
    file: File,
    calls: u64,
    /// What this command said to bots: no customer's words.
    said: HashSet<String>,
    /// Why the file is not whole.
    broken: Option<io::Error>,
}

impl Recorder {
    fn begin(path: &Path, command: &str, config: &Config, clock: &Clock) -> io::Result<Self> {
        let mut open = File::options();
        let mut file = open.write(true).create_new(true).mode(MODE).open(path)?;
        let head = json!({
            "recording": VERSION,
            "program": concat!("kms-haptik-sync ", env!("CARGO_PKG_VERSION")),
            "command": command,
            "began_at": rfc3339(clock.now()),
            "masked": mask::MASKED,
        });
        writeln!(file, "{head}")?;
        let ask = config.haptik.ask.as_ref();
        let of_bots = match &config.haptik.base_url {
            BaseUrl::Url(url) => Some(url),
            BaseUrl::Sandbox => None,
        };
        let of_asking = ask.and_then(|ask| ask.base_url.as_ref());
        Ok(Self {
            path: path.to_owned(),
            clock: clock.clone(),
            bases: of_bots.into_iter().chain(of_asking).cloned().collect(),
            user: ask.map(|ask| ask.user.clone()),
            kept: Mutex::new(Kept {
                file,
                calls: 0,
                said: HashSet::new(),
                broken: None,
            }),
        })
    }

    /// A transport whose calls are written down.
    pub(crate) fn over(self: &Arc<Self>, inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(Recorded {
            inner,
            recorder: self.clone(),
        })
    }

    /// Whether no call was made.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept().calls == 0
    }

    /// What is in the file, and what is not.
    pub(crate) fn told(&self) -> Result<String, CommandFailure> {
        let kept = self.kept();
        let path = self.path.display();
        if let Some(error) = &kept.broken {
            return Err(CommandFailure::System(format!(
                "the recording {path} is not whole: {error}; make room, and record into another file"
            )));
        }
        if kept.calls == 0 {
            return Ok("this command made no call to Haptik, so there is no recording".to_owned());
        }
        let calls = count(kept.calls, "call", "calls");
        Ok(format!(
            "{path} has {calls} to Haptik, each with its answer. Masked: {}. Names of people within a text are not found: read it \
             before you send it",
            mask::MASKED.join(", ")
        ))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call that fails to be written down is made all the same.
    fn keep(&self, asked: &Asked, came: &Result<Answer, Lost>, milliseconds: u64) {
        let mut kept = self.kept();
        if let Some(message) = asked.message() {
            kept.said.insert(message);
        }
        kept.calls += 1;
        let number = kept.calls;
        let masks = Masks {
            literals: self.literals(asked),
            bases: &self.bases,
            said: &kept.said,
        };
        let line = json!({
            "call": number,
            "at": rfc3339(asked.at),
            "method": asked.method,
            "url": masks.url(&asked.url),
            "headers": masks.headers(&asked.headers),
            "body": asked.body.as_deref().map(|body| masks.body(body)),
            "milliseconds": milliseconds,
            "answer": came.as_ref().ok().map(|answer| json!({
                "status": answer.status.as_u16(),
                "headers": masks.headers(&answer.headers),
                "body": masks.body(&answer.body),
            })),
            "lost": came.as_ref().err().map(|lost| json!({
                "kind": lost.kind,
                "sent": lost.sent,
                "cause": masks.text(&lost.cause),
            })),
        });
        let written = writeln!(kept.file, "{line}");
        if let Err(error) = written {
            kept.broken.get_or_insert(error);
        }
    }

    /// What makes us known, as this call carries it.
    fn literals(&self, asked: &Asked) -> Vec<(String, &'static str)> {
        let header = |name: &str| {
            asked
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let token = header("authorization").map(|value| value.trim_start_matches("Bearer "));
        let literals = [
            (token, "[token]"),
            (header("client-id"), "[client_id]"),
            (
                self.user.as_deref().filter(|user| user.len() >= NAME),
                "[user]",
            ),
        ];
        let known = literals.into_iter().filter_map(|(text, word)| {
            let text = text.filter(|text| !text.is_empty())?;
            Some((text.to_owned(), word))
        });
        let mut known: Vec<_> = known.collect();
        // One may be a part of another.
        known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        known
    }
}

/// A file without a call would only be in the way of the next try.
impl Drop for Recorder {
    fn drop(&mut self) {
        if self.is_empty() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A request, as far as it is written down.
struct Asked {
    at: Millis,
    method: String,
    url: reqwest::Url,
    headers: http::HeaderMap,
    body: Option<Bytes>,
}

impl Asked {
    /// What is said to a bot, if anything is.
    fn message(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(self.body.as_deref()?).ok()?;
        Some(body.get("message_body")?.as_str()?.to_owned())
    }
}

/// A transport whose calls are written down.
struct Recorded {
    inner: Arc<dyn Transport>,
    recorder: Arc<Recorder>,
}

impl Transport for Recorded {
    fn call(&self, mut request: reqwest::Request) -> BoxFuture<'_, Result<Answer, Lost>> {
        Box::pin(async move {
            let body = body_of(&mut request).await?;
            let asked = Asked {
                at: self.recorder.clock.now(),
                method: request.method().to_string(),
                url: request.url().clone(),
                headers: request.headers().clone(),
                body,
            };
            let began = instant();
            let came = self.inner.call(request).await;
            let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.recorder.keep(&asked, &came, took);
            came
        })
    }
}

/// The body of a request, which stays in it. An upload is sent as a stream; a short one is read first.
async fn body_of(request: &mut reqwest::Request) -> Result<Option<Bytes>, Lost> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let Some(body) = request.body_mut() else {
        return Ok(None);
    };
    if let Some(bytes) = body.as_bytes() {
        return Ok(Some(Bytes::copy_from_slice(bytes)));
    }
    if length.is_none_or(|length| length > BODY) {
        return Ok(None);
    }
    let stream = std::mem::replace(body, reqwest::Body::from(""));
    let most = usize::try_from(BODY).unwrap_or(usize::MAX);
    let bytes = to_bytes(Body::new(stream), most)
        .await
        .map_err(|error| Lost {
            sent: false,
            cause: error.to_string(),
            kind: LostKind::Other,
        })?;
    *body = reqwest::Body::from(bytes.clone());
    Ok(Some(bytes))
}
