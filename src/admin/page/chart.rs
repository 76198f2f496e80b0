//! The last uploads as a small chart: how long each took to bring its changes live, how much of that
//! was Haptik's own time, and how it ended. Pure.

use std::fmt::Write as _;

use serde::Serialize;

use crate::clock::{Millis, millis_duration, span};
use crate::model::UploadState;
use crate::store::UploadRecord;
use crate::sync::usual;

/// Uploads in a chart.
pub(super) const UPLOADS: u32 = 24;
/// Measures of the chart, in its own units.
const STEP: u32 = 20;
const HEIGHT: f64 = 64.0;
const LEAST: f64 = 3.0;
const TOP: f64 = 14.0;

/// The chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Chart {
    bars: Vec<Bar>,
    width: u32,
    /// All of it in one sentence.
    summary: String,
    /// The longest time, which is as high as the chart.
    longest: String,
}

/// One upload.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Bar {
    x: u32,
    /// The upper end and the height: from the plan until it was live.
    y: f64,
    height: f64,
    /// Of that, what Haptik worked on it, from the bottom.
    task_y: f64,
    task_height: f64,
    state: &'static str,
    words: String,
}

/// The chart of these uploads, newest first as the store gives them.
pub(super) fn chart(uploads: &[UploadRecord], now: Millis) -> Option<Chart> {
    if uploads.is_empty() {
        return None;
    }
    let longest = uploads
        .iter()
        .map(|upload| whole(upload, now))
        .max()
        .unwrap_or(1)
        .max(1);
    let bars: Vec<_> = (0..)
        .zip(uploads.iter().rev())
        .map(|(at, upload)| bar(at, upload, longest, now))
        .collect();
    Some(Chart {
        width: STEP * UPLOADS,
        bars,
        summary: summary(uploads),
        longest: span(millis_duration(longest)),
    })
}

fn whole(upload: &UploadRecord, now: Millis) -> Millis {
    (upload.settled_at.unwrap_or(now) - upload.prepared_at).max(0)
}

fn task(upload: &UploadRecord, now: Millis) -> Millis {
    let accepted = upload.accepted_at;
    accepted.map_or(0, |from| (upload.settled_at.unwrap_or(now) - from).max(0))
}

fn bar(at: u32, upload: &UploadRecord, longest: Millis, now: Millis) -> Bar {
    let (whole, task) = (whole(upload, now), task(upload, now));
    // Roots, so that a short upload beside a very long one can still be seen.
    let high = |time: Millis| tenths(HEIGHT * share(time, longest).sqrt());
    let height = high(whole).max(LEAST);
    let task_height = high(task).min(height);
    let state = ending(upload);
    Bar {
        x: at * STEP + 3,
        y: tenths(TOP + HEIGHT - height),
        height,
        task_y: tenths(TOP + HEIGHT - task_height),
        task_height,
        state,
        words: format!(
            "upload {} ({}): {} {}",
            upload.id.0,
            upload.counts,
            state.replace('_', " "),
            if upload.settled_at.is_some() {
                format!("after {}", span(millis_duration(whole)))
            } else {
                format!("for {}", span(millis_duration(whole)))
            }
        ),
    }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "a picture has few pixels")]
fn share(part: Millis, whole: Millis) -> f64 {
    part as f64 / whole as f64
}

/// How an upload ended, for people who read it.
pub(super) fn ending(upload: &UploadRecord) -> &'static str {
    match upload.state {
        UploadState::Succeeded => "succeeded",
        UploadState::Failed => "failed",
        UploadState::Writing
        | UploadState::Prepared
        | UploadState::Sent
        | UploadState::Accepted
        | UploadState::InDoubt => "under_way",
    }
}

fn summary(uploads: &[UploadRecord]) -> String {
    let ended = |state| uploads.iter().filter(move |upload| upload.state == state);
    let (succeeded, failed) = (
        ended(UploadState::Succeeded).count(),
        ended(UploadState::Failed).count(),
    );
    let mut text = format!(
        "Of the last {} uploads, {succeeded} succeeded",
        uploads.len()
    );
    if uploads.len() == 1 {
        text = format!("Of one upload, {succeeded} succeeded");
    }
    let _ = write!(text, " and {failed} failed.");
    let times: Vec<_> = ended(UploadState::Succeeded)
        .map(|upload| whole(upload, upload.prepared_at))
        .collect();
    if let Some(usual) = usual(&times) {
        let _ = write!(
            text,
            " A change is usually live {} after it was seen.",
            span(usual)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::page::story::upload;

    #[test]
    fn the_longest_is_as_high_as_the_chart_and_the_oldest_stands_first() {
        let mut slow = upload(2, UploadState::Failed);
        (slow.prepared_at, slow.accepted_at, slow.settled_at) = (0, Some(50_000), Some(100_000));
        let mut quick = upload(1, UploadState::Succeeded);
        (quick.prepared_at, quick.accepted_at, quick.settled_at) = (0, Some(0), Some(0));
        let chart = chart(&[slow, quick], 100_000).unwrap();
        assert_eq!(chart.longest, "100 s");
        let [quick, slow] = &chart.bars[..] else {
            panic!("{chart:?}")
        };
        assert!((slow.height - HEIGHT).abs() < 0.1 && (quick.height - LEAST).abs() < 0.1);
        assert!(slow.task_height < slow.height && slow.x > quick.x);
        assert_eq!((quick.state, slow.state), ("succeeded", "failed"));
        assert_eq!(
            chart.summary,
            "Of the last 2 uploads, 1 succeeded and 1 failed. A change is usually live 0 ms after it was seen."
        );
    }

    #[test]
    fn nothing_makes_no_chart() {
        assert_eq!(chart(&[], 1), None);
    }
}
