//! Whether files are still being written: a file counts once it has been quiet for a while. Pure.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use super::scan::ScannedFile;
use crate::clock::Millis;

/// How long until every file will have been quiet for `settle`; `None` means now.
///
/// `at_once` are the relative paths that were renamed into place and so are whole. `earlier` are
/// the files of a scan made at least `settle` ago, empty at first: a file whose time lies in the
/// future, because the clocks disagree, is quiet when it stands there unchanged.
pub fn quiet_after<S: BuildHasher>(
    files: &[ScannedFile],
    earlier: &[ScannedFile],
    now: Millis,
    settle: Duration,
    at_once: &HashSet<Arc<str>, S>,
) -> Option<Duration> {
    files
        .iter()
        .filter(|file| !at_once.contains(&file.relative))
        .filter_map(|file| wait(file, earlier, now, settle))
        .max()
}

fn wait(
    file: &ScannedFile,
    earlier: &[ScannedFile],
    now: Millis,
    settle: Duration,
) -> Option<Duration> {
    match u64::try_from(now.saturating_sub(file.modified)) {
        Ok(age) => settle.checked_sub(Duration::from_millis(age)),
        Err(_) if earlier.contains(file) => None,
        Err(_) => Some(settle),
    }
    .filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, modified: Millis) -> ScannedFile {
        ScannedFile {
            relative: name.into(),
            path: name.into(),
            size: 1,
            modified,
            inode: 1,
        }
    }

    #[test]
    fn the_youngest_file_decides() {
        let settle = Duration::from_secs(1);
        let none = HashSet::new();
        let files = [file("a", 9_000), file("b", 9_700), file("c", 100)];
        let cases = [
            (10_000, Some(700)),
            (10_699, Some(1)),
            (10_700, None),
            (99_000, None),
        ];
        for (now, expected) in cases {
            assert_eq!(
                quiet_after(&files, &[], now, settle, &none),
                expected.map(Duration::from_millis),
                "{now}"
            );
        }
        assert_eq!(quiet_after(&files, &[], 9_700, Duration::ZERO, &none), None);
    }

    #[test]
    fn a_file_renamed_into_place_counts_at_once() {
        let files = [file("a", 10_000)];
        let settle = Duration::from_secs(5);
        let renamed = HashSet::from([Arc::from("a")]);
        assert_eq!(quiet_after(&files, &[], 10_000, settle, &renamed), None);
        let other = HashSet::from([Arc::from("b")]);
        assert_eq!(
            quiet_after(&files, &[], 10_000, settle, &other),
            Some(settle)
        );
    }

    #[test]
    fn a_time_in_the_future_waits_once_and_not_forever() {
        let settle = Duration::from_secs(1);
        let none = HashSet::new();
        let files = [file("a", 99_000_000)];
        assert_eq!(
            quiet_after(&files, &[], 10_000, settle, &none),
            Some(settle)
        );
        assert_eq!(quiet_after(&files, &files, 11_000, settle, &none), None);
        let rewritten = [file("a", 99_000_500)];
        assert_eq!(
            quiet_after(&rewritten, &files, 11_000, settle, &none),
            Some(settle)
        );
    }
}
