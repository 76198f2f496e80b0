//! Whether the kernel lets the daemon watch all export folders.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::inotify;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{Check, CheckVerdict};
use crate::config::{Config, Folder, SourceKind};
use crate::daemon::gives_events;
use crate::intake::{listing, time_to_list};
use crate::text::count;

const NAME: &str = "watches";
const KERNEL: &str = "/proc/sys/fs/inotify";
/// The value that most desktops and guides use.
const PLENTY: u64 = 524_288;

/// What the kernel allows a user; `None` where it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WatchLimits {
    /// Folders, of all programs together.
    watches: Option<u64>,
    /// Watchers, of all programs together.
    instances: Option<u64>,
    /// Whether one more watcher can be made now.
    one_more: bool,
}

/// What the sources need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct WatchNeed {
    /// Watchers: one for all sources.
    instances: u64,
    /// Folders, those below included.
    watches: u64,
    /// Folders whose file system gives no events.
    silent: Vec<PathBuf>,
}

/// `None` where no source is a folder, and where one does not answer, of which its own line tells.
pub(crate) async fn watches(config: &Config) -> Option<Check> {
    let sources = config.bots.iter().flat_map(|bot| &bot.sources);
    let folders = sources.filter_map(|source| match &source.kind {
        SourceKind::Folder(folder) => Some(folder.clone()),
        SourceKind::Feed(_) => None,
    });
    let folders: Vec<Folder> = folders.collect();
    let within = folders.iter().map(time_to_list).max()?;
    let need = spawn_blocking(move || need(folders.iter()));
    let need = timeout(within, need).await.ok()?.ok()?;
    (need != WatchNeed::default()).then(|| judge(&need, limits()))
}

fn need<'a>(folders: impl Iterator<Item = &'a Folder>) -> WatchNeed {
    let mut need = WatchNeed::default();
    let mut watched = HashSet::new();
    for folder in folders {
        if folder.path.exists() && !gives_events(&folder.path) {
            need.silent.push(folder.path.clone());
            continue;
        }
        // One watches for all.
        need.instances = 1;
        // What cannot be listed has a line of its own.
        let found = listing(folder).map(|found| found.folders);
        watched.extend(
            found
                .unwrap_or_default()
                .into_iter()
                .map(|found| found.real),
        );
    }
    need.watches = watched.len() as u64;
    need
}

fn limits() -> WatchLimits {
    let limit = |name| {
        let text = std::fs::read_to_string(Path::new(KERNEL).join(name)).ok()?;
        text.trim().parse().ok()
    };
    WatchLimits {
        watches: limit("max_user_watches"),
        instances: limit("max_user_instances"),
        one_more: inotify::init(inotify::CreateFlags::CLOEXEC).is_ok(),
    }
}

fn judge(need: &WatchNeed, limits: WatchLimits) -> Check {
    let mut evidence = format!(
        "{} to watch{}, by {}{}",
        count(need.watches, "folder", "folders"),
        of(limits.watches),
        count(need.instances, "watcher", "watchers"),
        of(limits.instances),
    );
    for folder in &need.silent {
        let _ = write!(
            evidence,
            "\n{} is on a file system that tells of no changes; it is looked at every few seconds",
            folder.display()
        );
    }
    let warning = |cause: &str, key: &str, value: u64| {
        Check::found(
            NAME,
            CheckVerdict::Warning,
            format!("{evidence}\n{cause}"),
            format!(
                "`sudo sysctl fs.inotify.{key}={value}`, and the same line in /etc/sysctl.d; until then the folders are looked at every few seconds"
            ),
        )
    };
    match limits {
        WatchLimits {
            watches: Some(most),
            ..
        } if need.watches > most => warning(
            "more than the kernel allows",
            "max_user_watches",
            need.watches.saturating_mul(2).max(PLENTY),
        ),
        WatchLimits {
            instances: Some(most),
            ..
        } if need.instances > most => warning(
            "more watchers than the kernel allows",
            "max_user_instances",
            need.instances.saturating_mul(2).max(1024),
        ),
        WatchLimits {
            one_more: false,
            instances,
            ..
        } if need.instances > 0 => warning(
            "this user's programs have used up their watchers",
            "max_user_instances",
            instances.unwrap_or(0).saturating_mul(2).max(1024),
        ),
        _ => Check::ok(NAME, evidence),
    }
}

fn of(limit: Option<u64>) -> String {
    limit.map_or_else(String::new, |limit| format!(" of {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY_OF_ALL: WatchLimits = WatchLimits {
        watches: Some(8192),
        instances: Some(128),
        one_more: true,
    };

    #[test]
    fn what_is_needed_is_held_against_what_is_allowed() {
        let need = |watches, instances| WatchNeed {
            watches,
            instances,
            silent: Vec::new(),
        };
        let full = WatchLimits {
            one_more: false,
            ..PLENTY_OF_ALL
        };
        let unknown = WatchLimits {
            watches: None,
            instances: None,
            one_more: true,
        };
        let cases = [
            (
                need(1, 1),
                PLENTY_OF_ALL,
                None,
                "1 folder to watch of 8192, by 1 watcher of 128",
            ),
            (need(8192, 128), PLENTY_OF_ALL, None, "8192 folders"),
            (
                need(8193, 1),
                PLENTY_OF_ALL,
                Some("max_user_watches=524288"),
                "more than the kernel allows",
            ),
            (
                need(600_000, 1),
                PLENTY_OF_ALL,
                Some("max_user_watches=1200000"),
                "more than",
            ),
            (
                need(200, 129),
                PLENTY_OF_ALL,
                Some("max_user_instances=1024"),
                "more watchers than",
            ),
            (
                need(1, 1),
                full,
                Some("max_user_instances=1024"),
                "used up their watchers",
            ),
            (need(0, 0), full, None, "0 folders"),
            (
                need(9_000_000, 9_000),
                unknown,
                None,
                "9000000 folders to watch, by 9000 watchers",
            ),
        ];
        for (need, limits, remedy, part) in cases {
            let check = judge(&need, limits);
            assert!(check.evidence.contains(part), "{part} in {check:?}");
            match remedy {
                None => assert_eq!(check.verdict, CheckVerdict::Ok, "{check:?}"),
                Some(part) => {
                    assert_eq!(check.verdict, CheckVerdict::Warning, "{check:?}");
                    assert!(check.remedy.as_ref().unwrap().contains(part), "{check:?}");
                }
            }
        }
    }

    fn folder(path: &Path) -> Folder {
        let text = format!(
            "[haptik]\nbase_url = 'sandbox'\n[[bot]]\ndomain_name = 'acme'\nupload_effect = 'merge'\n\
             [[bot.source]]\nfolder = {path:?}\n"
        );
        let none: [(&str, &str); 0] = [];
        let config = Config::parse(&text, Path::new("/config.toml"), none).unwrap();
        let SourceKind::Folder(folder) = &config.bots[0].sources[0].kind else {
            panic!("a folder")
        };
        folder.clone()
    }

    #[test]
    fn folders_below_count_and_silent_ones_are_named() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("a/b")).unwrap();
        std::fs::write(place.path().join("a/file.csv"), "").unwrap();
        let below = place.path().join("a");
        let missing = place.path().join("missing");
        let folders = [place.path(), &below, &missing].map(folder);
        let found = need(folders.iter());
        if found.silent.is_empty() {
            assert_eq!((found.watches, found.instances), (3, 1), "each once");
        }
        let silent = WatchNeed {
            silent: vec![PathBuf::from("/mnt/kms")],
            ..WatchNeed::default()
        };
        let check = judge(&silent, PLENTY_OF_ALL);
        assert_eq!(check.verdict, CheckVerdict::Ok);
        assert!(
            check
                .evidence
                .contains("/mnt/kms is on a file system that tells of no changes")
        );
    }
}
