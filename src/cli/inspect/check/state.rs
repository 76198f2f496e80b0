//! The state folder, the state file, and who works on them.

use std::collections::BTreeSet;
use std::path::Path;

use rustix::fs::Access;

use super::{Check, CheckVerdict};
use crate::cli::inspect::status::departed_in_words;
use crate::clock::local;
use crate::config::{Config, PostgresState, SourceKind};
use crate::store::{Store, StoreError, private};
use crate::sync::{departed, owner, refused_bots};
use crate::text::{command_for, count};

const FOLDER: &str = "state folder";
const FILE: &str = "state file";
const DAEMON: &str = "daemon";
const NOBODY: &str = "nobody works on the state now";
const MEBIBYTE: u64 = 1 << 20;
/// Below this the next large upload may fill the disk.
const LITTLE: u64 = 200 * MEBIBYTE;
/// Below this nothing more can be written.
const NOTHING: u64 = 5 * MEBIBYTE;
/// What Linux calls file systems on which other machines may write, and the locks of a database may fail.
const NETWORK: [(u32, &str); 9] = [
    (0x0000_6969, "NFS"),
    (0x0000_517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x00c3_6400, "Ceph"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x0bd0_0bd0, "Lustre"),
    (0x6573_5546, "FUSE"),
];

/// Whether the folder is there (or can be made), can be written, has room, and is local.
pub(crate) fn folder(state_dir: &Path) -> Vec<Check> {
    let there = state_dir.ancestors().find(|folder| folder.exists());
    let Some(there) = there else {
        return vec![Check::found(
            FOLDER,
            CheckVerdict::Wrong,
            format!("nothing of {} exists", state_dir.display()),
            "set state_dir to a folder on this machine",
        )];
    };
    if !there.is_dir() {
        return vec![Check::found(
            FOLDER,
            CheckVerdict::Wrong,
            format!("{} is not a folder", there.display()),
            "move it away, or set state_dir to another folder",
        )];
    }
    let access = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    if let Err(error) = rustix::fs::access(there, access) {
        return vec![Check::found(
            FOLDER,
            CheckVerdict::Wrong,
            format!("{} cannot be written: {error}", there.display()),
            "give it to the user that runs kms-haptik-sync, and run `check` as that user",
        )];
    }
    let mut checks = vec![room(state_dir, there)];
    checks.extend(others(state_dir));
    checks.extend(network(there));
    checks
}

/// What other users of the machine may do with it.
fn others(state_dir: &Path) -> Option<Check> {
    private::is_open_to_others(state_dir).then(|| {
        let path = state_dir.display();
        Check::found(
            FOLDER,
            CheckVerdict::Warning,
            format!("other users of this machine may look into {path}, where articles lie before they are public"),
            format!("as its owner: chmod 0700 {path}"),
        )
    })
}

fn room(state_dir: &Path, there: &Path) -> Check {
    let path = state_dir.display();
    let what = if there == state_dir {
        "can be written"
    } else {
        "is not there yet and can be made"
    };
    let free = match rustix::fs::statvfs(there) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => {
            return Check::found(
                FOLDER,
                CheckVerdict::Warning,
                format!("{path} {what}, but its free space cannot be told: {error}"),
                "see that the file system is healthy",
            );
        }
    };
    of_room(format!("{path} {what}, {} free", size(free)), free)
}

fn of_room(evidence: String, free: u64) -> Check {
    match free {
        ..NOTHING => Check::found(FOLDER, CheckVerdict::Wrong, evidence, "free some space"),
        NOTHING..LITTLE => Check::found(
            FOLDER,
            CheckVerdict::Warning,
            evidence,
            "free some space soon",
        ),
        LITTLE.. => Check::ok(FOLDER, evidence),
    }
}

fn size(bytes: u64) -> String {
    match bytes / MEBIBYTE {
        mebibytes @ ..1024 => format!("{mebibytes} MiB"),
        mebibytes => format!("{} GiB", mebibytes / 1024),
    }
}

fn network(there: &Path) -> Option<Check> {
    let kind = rustix::fs::statfs(there).ok()?.f_type;
    let name = network_name(kind.into())?;
    Some(Check::found(
        FOLDER,
        CheckVerdict::Warning,
        format!(
            "{} seems to be on a network file system ({name})",
            there.display()
        ),
        "set state_dir to a local disk: the locks of a database are not safe over a network",
    ))
}

fn network_name(kind: i128) -> Option<&'static str> {
    NETWORK
        .into_iter()
        .find(|(magic, _)| i128::from(*magic) == kind & 0xffff_ffff)
        .map(|(_, name)| name)
}

/// Whether the state can be opened.
pub(crate) async fn file(config: &Config) -> Check {
    let path = config.state_dir.join("state.db");
    if config.state.is_none() && !path.exists() {
        return Check::ok(FILE, "not there yet; the first sync makes it");
    }
    let place = config.state.as_ref().map(PostgresState::place);
    let place = place.unwrap_or_else(|| path.display().to_string());
    let opened = async {
        let store = Store::open_for_reading(config).await?;
        store.known_bots().await
    };
    match opened.await {
        Ok((bots, steps)) => Check::ok(
            FILE,
            format!(
                "{place} opens: {}, {} live",
                count(bots, "bot", "bots"),
                count(steps, "step", "steps"),
            ),
        ),
        Err(error) => {
            let verdict = match error {
                StoreError::Older { .. } | StoreError::Busy { .. } => CheckVerdict::Warning,
                _ => CheckVerdict::Wrong,
            };
            Check::from_message(FILE, verdict, &error.to_string())
        }
    }
}

/// Reasons of one kind that are told of a bot.
const REASONS: usize = 10;

/// The bots whose state speaks of another Haptik, and those that left the configuration.
pub(crate) async fn bots(config: &Config) -> Vec<Check> {
    if config.state.is_none() && !config.state_dir.join("state.db").exists() {
        return Vec::new();
    }
    let looked = async {
        let store = Store::open_for_reading(config).await?;
        let refused = refused_bots(&store, config).await?;
        let departed = departed(&store, config).await?;
        Ok::<_, StoreError>((refused, departed, unread(&store, config).await?))
    };
    // Whoever cannot open the state is told so by its own check.
    let Ok((refused, departed, unread)) = looked.await else {
        return Vec::new();
    };
    let mut checks: Vec<_> = refused
        .iter()
        .map(|refused| {
            let name = format!("state of {}", refused.domain_name);
            let evidence = format!(
                "it is of another Haptik, {}; the configuration has {}",
                refused.bound, refused.configured
            );
            let rebind = command_for("rebind", &refused.domain_name, &[]);
            let remedy = format!("set another state_dir, or run `{rebind}`");
            Check::found(name, CheckVerdict::Wrong, evidence, remedy)
        })
        .collect();
    checks.extend(departed.iter().map(|bot| {
        let (what, remedy) = departed_in_words(&bot.domain_name, bot.live);
        let name = format!("bot {}", bot.domain_name);
        Check::found(name, CheckVerdict::Warning, what, remedy)
    }));
    checks.extend(unread);
    checks
}

/// Steps of which the sources could not tell at the last sync, such as those of a file that somebody
/// is writing.
async fn unread(store: &Store, config: &Config) -> Result<Vec<Check>, StoreError> {
    let mut checks = Vec::new();
    for bot in &config.bots {
        let Some(id) = store.find_bot(&bot.domain_name).await? else {
            continue;
        };
        let reasons = store.unread(id).await?;
        if reasons.is_empty() {
            continue;
        }
        let told: Vec<&str> = reasons.keys().map(String::as_str).take(REASONS).collect();
        checks.push(Check::found(
            format!("steps of {}", bot.domain_name),
            CheckVerdict::Warning,
            format!("left as they are at the last sync: {}", told.join("\n")),
            "they stay on the bot until their source can tell",
        ));
    }
    Ok(checks)
}

/// What the state says of a source that holds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateEvidence {
    /// A person has said that an empty export may empty this bot.
    pub(crate) empty_approved: bool,
    /// Nothing of the bot was ever live, and no sync of it has succeeded.
    pub(crate) is_new: bool,
}

impl StateEvidence {
    pub(crate) async fn of(config: &Config, domain_name: &str) -> Self {
        let look = async {
            let store = Store::open_for_reading(config).await?;
            let Some(id) = store.find_bot(domain_name).await? else {
                return Ok::<_, StoreError>(None);
            };
            let state = store.bot_state(id).await?;
            let is_new = state.last_success.is_none() && store.live(id).await? == 0;
            Ok(Some(Self {
                empty_approved: state.empty_approved,
                is_new,
            }))
        };
        let new = Self {
            empty_approved: false,
            is_new: true,
        };
        look.await
            .map_or(Self::default(), |found| found.unwrap_or(new))
    }
}

/// Who works on the state, if anybody does.
pub(crate) async fn daemon(config: &Config) -> Check {
    match config.state {
        Some(_) => on_any_host(config).await,
        None => on_this_host(&config.state_dir),
    }
}

fn on_this_host(state_dir: &Path) -> Check {
    let name = DAEMON;
    match owner(state_dir) {
        Ok(None) => Check::ok(name, NOBODY),
        Ok(Some(owner)) if owner.pid.is_empty() => {
            Check::ok(name, "another process works on the state")
        }
        Ok(Some(owner)) => Check::ok(name, format!("process {} works on the state", owner.pid)),
        // Whoever may not look into it is told so by the checks of folder and file.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Check::ok(name, NOBODY)
        }
        Err(error) => Check::found(
            name,
            CheckVerdict::Warning,
            format!(
                "the lock in {} cannot be tried: {error}",
                state_dir.display()
            ),
            "set state_dir to a local disk whose file system knows locks",
        ),
    }
}

/// The same of a database: the lock in a folder says nothing of other hosts.
async fn on_any_host(config: &Config) -> Check {
    let worker = match Store::open_to_stand_by(config).await {
        Ok(store) => store.worker().await,
        // Why it does not open is told by its own check.
        Err(_) => None,
    };
    let works = |(who, since)| format!("{who} works on the state, since {}", local(since));
    Check::ok(DAEMON, worker.map_or_else(|| NOBODY.to_owned(), works))
}

/// What hosts that share a state have to share besides.
pub(crate) fn shared_folders(config: &Config) -> Option<Check> {
    config.state.as_ref()?;
    let sources = config.bots.iter().flat_map(|bot| &bot.sources);
    let folders: BTreeSet<_> = sources
        .filter_map(|source| match &source.kind {
            SourceKind::Folder(folder) => Some(&folder.path),
            SourceKind::Feed(_) => None,
        })
        .collect();
    let first = folders.first()?.display();
    let others = match folders.len() - 1 {
        0 => String::new(),
        others => format!(
            " and {}",
            count(others as u64, "other folder", "other folders")
        ),
    };
    Some(Check::ok(
        "shared folders",
        format!(
            "each host that works on this state has to see the same files in {first}{others}, by a mount of all of them"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders() {
        let place = tempfile::tempdir().unwrap();
        let first = |path: &Path| folder(path).remove(0);
        let there = first(place.path());
        assert!(there.evidence.contains("can be written"), "{there:?}");
        let missing = first(&place.path().join("a/b"));
        assert!(
            missing
                .evidence
                .contains("is not there yet and can be made"),
            "{missing:?}"
        );
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(first(&file.join("state")).verdict, CheckVerdict::Wrong);
        assert!(!place.path().join("a").exists(), "a check makes nothing");
    }

    #[test]
    fn too_little_room_is_told_in_time() {
        for (mebibytes, verdict) in [
            (0, CheckVerdict::Wrong),
            (4, CheckVerdict::Wrong),
            (5, CheckVerdict::Warning),
            (199, CheckVerdict::Warning),
            (200, CheckVerdict::Ok),
        ] {
            let check = of_room("free".to_owned(), mebibytes * MEBIBYTE);
            assert_eq!(check.verdict, verdict, "{mebibytes} MiB");
        }
    }

    #[test]
    fn network_file_systems_are_known_in_every_width() {
        assert_eq!(network_name(0x6969), Some("NFS"));
        assert_eq!(network_name(0xff53_4d42), Some("CIFS"));
        assert_eq!(network_name(i128::from(-0x00ac_b2be_i32)), Some("CIFS"));
        assert_eq!(network_name(0xef53), None);
    }

    #[test]
    fn who_works() {
        let place = tempfile::tempdir().unwrap();
        let evidence = || on_this_host(place.path()).evidence;
        assert_eq!(evidence(), "nobody works on the state now");
        let lock = crate::sync::Lock::take(place.path()).unwrap();
        let expected = format!("process {} works on the state", std::process::id());
        assert_eq!(evidence(), expected);
        drop(lock);
        assert_eq!(evidence(), "nobody works on the state now");
    }

    #[tokio::test]
    async fn state_files() {
        let place = tempfile::tempdir().unwrap();
        let text = "state_dir = '.'\n[haptik]\nbase_url = 'sandbox'\n[[bot]]\ndomain_name = 'acme'\n\
                    upload_effect = 'merge'\n[[bot.source]]\nfolder = 'export'\n";
        let none: [(&str, &str); 0] = [];
        let config = Config::parse(text, &place.path().join("config.toml"), none).unwrap();
        let evidence = async || file(&config).await;
        assert_eq!(
            evidence().await.evidence,
            "not there yet; the first sync makes it"
        );
        Store::open(place.path()).await.unwrap().rest().await;
        let opened = evidence().await;
        assert_eq!(opened.verdict, CheckVerdict::Ok, "{opened:?}");
        assert!(opened.evidence.ends_with("opens: 0 bots, 0 steps live"));
        std::fs::write(place.path().join("state.db"), "no database at all").unwrap();
        let damaged = evidence().await;
        assert_eq!(damaged.verdict, CheckVerdict::Wrong, "{damaged:?}");
        assert!(damaged.remedy.is_some(), "{damaged:?}");
    }
}
