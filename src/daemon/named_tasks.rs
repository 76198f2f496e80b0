//! The tasks of the daemon, each under its name. None ends before a stop is asked for; one that does is
//! a defect, and a half-dead daemon is worse than a restart.

use std::collections::HashMap;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};

use crate::text::few;

/// Work that goes on until a stop is asked for.
pub struct NamedTask {
    name: String,
    work: BoxFuture<'static, ()>,
}

impl NamedTask {
    /// Work on the workers of the runtime.
    pub fn new(name: impl Into<String>, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            name: name.into(),
            work: work.boxed(),
        }
    }

    /// Work on a thread and in a runtime of its own, so that whatever keeps the workers busy keeps no
    /// probe waiting.
    pub fn apart(name: &str, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::new(name, on_a_thread(name.to_owned(), work))
    }
}

/// That the thread fails is a failure here.
async fn on_a_thread(name: String, work: impl Future<Output = ()> + Send + 'static) {
    let (ended, end) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name);
    let begun = thread.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(work);
        let _ = ended.send(());
    });
    begun.expect("a thread");
    end.await.expect("what runs apart comes to its end");
}

/// A task that has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// Which.
    pub(super) name: String,
    /// In which way.
    pub(super) how: String,
}

/// Those that go on.
#[derive(Debug, Default)]
pub(super) struct NamedTasks {
    running: JoinSet<()>,
    names: HashMap<Id, String>,
}

impl NamedTasks {
    pub(super) fn spawn(&mut self, task: NamedTask) {
        let id = self.running.spawn(task.work).id();
        self.names.insert(id, task.name);
    }

    /// The first that ends; `None`: none goes on.
    pub(super) async fn ended(&mut self) -> Option<Ended> {
        let ended = self.running.join_next_with_id().await?;
        let (id, how) = match ended {
            Ok((id, ())) => (id, "it returned".to_owned()),
            Err(error) => (error.id(), in_words(error)),
        };
        let name = self.names.remove(&id).unwrap_or_default();
        Some(Ended { name, how })
    }

    /// Who goes on.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.names.values().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

/// What is said of those that did not end in time.
pub(super) fn late(names: &[&str]) -> String {
    format!(
        "a part of the daemon did not end in time; what is under way is kept all the same. Late: {}",
        few(names)
    )
}

fn in_words(error: JoinError) -> String {
    let words = error.to_string();
    let Ok(panic) = error.try_into_panic() else {
        return words;
    };
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.map_or(words, |text| format!("it panicked: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_ends_is_known_by_name_and_so_is_who_goes_on() {
        let mut tasks = NamedTasks::default();
        let forever = std::future::pending::<()>;
        tasks.spawn(NamedTask::new("bot acme", forever()));
        tasks.spawn(NamedTask::new("admin", async { panic!("no door") }));
        let ended = tasks.ended().await.unwrap();
        assert_eq!(ended.name, "admin");
        assert_eq!(ended.how, "it panicked: no door");
        tasks.spawn(NamedTask::new("notify", async {}));
        let ended = tasks.ended().await.unwrap();
        assert_eq!((&*ended.name, &*ended.how), ("notify", "it returned"));
        tasks.spawn(NamedTask::apart("guest", async { panic!("elsewhere") }));
        assert_eq!(tasks.ended().await.unwrap().name, "guest");
        assert_eq!(tasks.names(), ["bot acme"]);
    }
}
