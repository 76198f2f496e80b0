//! Sees to it that a stop comes to its end. It waits on a thread and in a runtime of its own, so that
//! nothing that is stuck elsewhere, a worker or a read, keeps it from hearing the signal or from ending the
//! process. Whatever is under way then is durable already, so ending is safe.

use std::io;
use std::process::exit;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Signal as Kill, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use crate::status::LiveStatus;

/// Everything ends within five seconds after the first signal; a little of that is for the last words.
const LIMIT: Duration = Duration::from_millis(4700);
/// After a second signal nobody wants to wait.
const AT_ONCE: Duration = Duration::from_millis(500);
/// How long the last words may take: whoever reads them may be gone.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Begins to watch, for as long as the process lives.
pub(super) fn watch(live_status: LiveStatus) -> io::Result<()> {
    let (ready, begun) = mpsc::channel();
    thread::Builder::new()
        .name("watchdog".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let waited = runtime.and_then(|runtime| runtime.block_on(deadline(&ready)));
            match waited {
                Ok(()) => end(live_status),
                // Nobody waits for it any more where it came later.
                Err(error) => drop(ready.send(Err(error))),
            }
        })?;
    begun.recv().map_err(io::Error::other)?
}

/// Ends when the process has to be over.
async fn deadline(ready: &mpsc::Sender<io::Result<()>>) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let _ = ready.send(Ok(()));
    let mut next = async || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    next().await;
    tokio::select! {
        () = tokio::time::sleep(LIMIT) => {}
        () = next() => tokio::time::sleep(AT_ONCE).await,
    }
    Ok(())
}

/// Says what was still going on, and ends the process: by the usual way out if that is free.
fn end(live_status: LiveStatus) {
    let (said, heard) = mpsc::channel();
    thread::spawn(move || {
        tracing::warn!("{}", last_words(&live_status.under_way()));
        let _ = said.send(());
    });
    let _ = heard.recv_timeout(LAST_WORDS);
    thread::spawn(|| {
        thread::sleep(LAST_WORDS);
        let _ = kill_process(getpid(), Kill::KILL);
    });
    exit(0);
}

fn last_words(under_way: &str) -> String {
    let still = if under_way.is_empty() {
        "no bot was being synced".to_owned()
    } else {
        format!("still going on: {under_way}")
    };
    format!(
        "the shutdown did not come to its end in time, so the process exits now; {still}. Uploads in progress resume at the next start"
    )
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn the_last_words_say_what_was_going_on() {
        assert!(last_words("").contains("; no bot was being synced. "));
        assert!(
            last_words("acme: 7 articles read")
                .contains("; still going on: acme: 7 articles read. ")
        );
    }
}
