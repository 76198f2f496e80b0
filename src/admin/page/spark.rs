//! The last uploads of a bot as a line of small bars, one path of an image for those that went well and one
//! for the others. Pure.

use std::fmt::Write as _;

use serde::Serialize;

use crate::model::UploadState;
use crate::store::UploadRecord;

/// The width of a bar with its gap, and the height of the highest, in the image's own units.
const STEP: usize = 4;
const HIGHEST: i64 = 14;

/// The bars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Spark {
    good: String,
    bad: String,
    /// All of it in words.
    words: String,
}

/// Of these uploads, newest first as the store gives them; the newest stands at the right. `None` where
/// there is none.
pub(super) fn spark(uploads: &[&UploadRecord]) -> Option<Spark> {
    if uploads.is_empty() {
        return None;
    }
    let most = uploads.iter().map(|upload| upload.rows).max().unwrap_or(1);
    let (mut good, mut bad, mut failed) = (String::new(), String::new(), 0);
    for (at, upload) in uploads.iter().rev().enumerate() {
        let path = if upload.state == UploadState::Failed {
            failed += 1;
            &mut bad
        } else {
            &mut good
        };
        let _ = write!(path, "M{} 16v-{}", at * STEP + 2, height(upload.rows, most));
    }
    Some(Spark {
        good,
        bad,
        words: format!("last {} uploads, {failed} failed", uploads.len()),
    })
}

/// Roots of the rows, so that a small upload beside a large one can still be seen.
fn height(rows: u64, most: u64) -> i64 {
    let root = |number: u64| i64::try_from(number.isqrt()).unwrap_or(i64::MAX).max(1);
    (root(rows) * HIGHEST / root(most.max(1))).clamp(2, HIGHEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::page::story::upload;

    #[test]
    fn a_bar_for_each_upload() {
        let (mut large, small) = (
            upload(2, UploadState::Succeeded),
            upload(1, UploadState::Failed),
        );
        large.rows = 100;
        let spark = spark(&[&large, &small]).unwrap();
        assert_eq!(spark.bad, "M2 16v-2");
        assert_eq!(spark.good, "M6 16v-14");
        assert_eq!(spark.words, "last 2 uploads, 1 failed");
    }

    #[test]
    fn none_for_none() {
        assert_eq!(spark(&[]), None);
    }
}
