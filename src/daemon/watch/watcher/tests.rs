use std::time::Duration;

use futures_util::FutureExt as _;

use super::*;
use crate::intake::KnownWriter;

fn told() -> WatchListener {
    WatchListener {
        wake: Arc::default(),
        folders: Arc::default(),
        renamed: Renamed::default(),
        writers: Writers::default(),
    }
}

fn folder(path: &Path) -> Subfolder {
    Subfolder {
        path: path.to_owned(),
        real: path.to_owned(),
        identity: inode(path),
    }
}

fn inode(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap())
}

async fn is_woken(told: &WatchListener) -> bool {
    let woken = told.wake.notified();
    tokio::time::timeout(Duration::from_secs(10), woken)
        .await
        .is_ok()
}

fn watched(told: &WatchListener) -> Watched {
    let subscriber = Subscriber {
        source: 0,
        path: "/link".into(),
        told: told.clone(),
    };
    let place = WatchedFolder {
        identity: 1,
        told: vec![subscriber],
    };
    HashMap::from([(PathBuf::from("/export"), place)])
}

#[test]
fn a_full_event_queue_leads_to_a_look_and_nothing_is_known_of_writers() {
    let told = told();
    let path = Path::new("/link/a.csv");
    told.writers.closed(path);
    let overflow = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
    pass_on(&watched(&told), &Ok(overflow));
    assert_eq!(told.writers.of(path, 1), KnownWriter::Nothing);
}

#[test]
fn a_source_is_told_by_the_name_that_it_knows() {
    let told = told();
    let closed = EventKind::Access(notify::event::AccessKind::Close(
        notify::event::AccessMode::Write,
    ));
    let event = |path: &str| Ok(Event::new(closed).add_path(path.into()));
    pass_on(&watched(&told), &event("/export/a.csv"));
    pass_on(&watched(&told), &event("/export/below/b.csv"));
    let of = |path: &str| told.writers.of(Path::new(path), 1);
    assert_eq!(of("/link/a.csv"), KnownWriter::Closed);
    assert_eq!(
        of("/link/below/b.csv"),
        KnownWriter::Nothing,
        "nobody looks there"
    );
}

#[test]
fn each_limit_names_what_raises_it() {
    let io = |number| notify::Error::io(std::io::Error::from_raw_os_error(number));
    for (error, words) in [
        (io(libc::EMFILE), "fs.inotify.max_user_instances"),
        (io(libc::ENOSPC), "fs.inotify.max_user_watches"),
        (
            notify::Error::new(notify::ErrorKind::MaxFilesWatch),
            "fs.inotify.max_user_watches",
        ),
        (io(libc::EACCES), "ermission denied"),
    ] {
        let limit = Limit::of(&error).words();
        assert!(limit.contains(words), "{limit}");
    }
}

#[tokio::test]
async fn folders_are_watched_one_by_one_for_whoever_looks_into_them() {
    let place = tempfile::tempdir().unwrap();
    let root = std::fs::canonicalize(place.path()).unwrap();
    let below = root.join("below");
    std::fs::create_dir(&below).unwrap();
    let (watcher, first, second) = (Watcher::default(), told(), told());
    let both = [folder(&root), folder(&below)];
    assert_eq!(watcher.follow(1, &first, &both), Followed::Anew);
    assert_eq!(watcher.follow(1, &first, &both), Followed::AsBefore);
    assert_eq!(watcher.follow(2, &second, &both[1..]), Followed::Anew);
    std::fs::write(below.join("a.csv"), "x").unwrap();
    assert!(is_woken(&first).await && is_woken(&second).await);
    watcher.leave(1);
    assert_eq!(lock(&watcher.0.watched).len(), 1);
    std::fs::write(below.join("b.csv"), "x").unwrap();
    assert!(
        is_woken(&second).await,
        "it is watched for the second still"
    );
    // Another one in its place is watched again.
    std::fs::rename(&below, root.join("aside")).unwrap();
    std::fs::create_dir(&below).unwrap();
    let other = [folder(&below)];
    assert_eq!(watcher.follow(2, &second, &other), Followed::Anew);
    while second.wake.notified().now_or_never().is_some() {}
    std::fs::write(below.join("c.csv"), "x").unwrap();
    assert!(is_woken(&second).await);
}

#[test]
fn a_limit_is_told_once_for_all_sources_and_when_none_meets_it_any_more() {
    let watcher = Watcher::default();
    let mut told = 0;
    for _ in 0..100 {
        told += (0..300)
            .filter(|source| watcher.has_met(*source, &Limit::Watches))
            .count();
        // Others are watched all the same, since they look into few folders.
        assert!((300..310).all(|source| watcher.is_past(source).is_empty()));
    }
    assert_eq!(told, 1);
    let over: Vec<_> = (0..300)
        .flat_map(|source| watcher.is_past(source))
        .collect();
    assert_eq!(over, [Limit::Watches]);
    assert!(watcher.has_met(7, &Limit::Watches), "it is news again");
}
