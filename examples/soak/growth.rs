//! Whether what the daemon holds has grown: the median of the last stretch of a run against the median
//! of the stretch after the first ten minutes.

/// What the daemon held at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) second: u32,
    pub(crate) rss_kib: u32,
    pub(crate) descriptors: u32,
    pub(crate) threads: u32,
    pub(crate) disk_kib: u32,
}

/// One of the things that are measured.
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    pub(crate) of: fn(&Sample) -> u32,
    /// How much more there may be at last; `None` where growth is meant.
    pub(crate) tolerance: Option<fn(u32) -> u32>,
}

pub(crate) const MEASURES: [Measure; 4] = [
    Measure {
        name: "memory (RSS), KiB",
        of: |sample| sample.rss_kib,
        tolerance: Some(|before| before / 20),
    },
    Measure {
        name: "open descriptors",
        of: |sample| sample.descriptors,
        tolerance: Some(|_| 2),
    },
    Measure {
        name: "threads",
        of: |sample| sample.threads,
        tolerance: Some(|_| 2),
    },
    // The history of what was live is kept for 30 days.
    Measure {
        name: "state on disk, KiB",
        of: |sample| sample.disk_kib,
        tolerance: None,
    },
];

/// The stretches that are compared, in seconds: from and to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretches {
    pub(crate) first: (u32, u32),
    pub(crate) last: (u32, u32),
}

impl Stretches {
    /// Ten minutes each of an hour, and the same share of a shorter trial: its second sixth and its last.
    pub(crate) fn of(samples: &[Sample]) -> Self {
        let end = samples.last().map_or(0, |sample| sample.second);
        let length = (end / 6).min(600);
        Self {
            first: (length, 2 * length),
            last: (end - length, u32::MAX),
        }
    }
}

/// What is said of a measure.
pub(crate) struct Line {
    pub(crate) words: String,
    pub(crate) has_grown: bool,
}

pub(crate) fn lines(samples: &[Sample], stretches: Stretches) -> Vec<Line> {
    let line = |measure: &Measure| {
        let before = median(samples, stretches.first, measure.of);
        let after = median(samples, stretches.last, measure.of);
        let most = measure
            .tolerance
            .map(|tolerance| before + tolerance(before));
        let has_grown = most.is_some_and(|most| after > most);
        let verdict = match (most, has_grown) {
            (None, _) => "may grow".to_owned(),
            (Some(most), false) => format!("at most {most}: flat"),
            (Some(most), true) => format!("at most {most}: IT GROWS"),
        };
        Line {
            words: format!(
                "{:<20}{before:>8} then, {after:>8} at last, {verdict}",
                measure.name
            ),
            has_grown,
        }
    };
    MEASURES.iter().map(line).collect()
}

fn median(samples: &[Sample], (from, to): (u32, u32), of: fn(&Sample) -> u32) -> u32 {
    let within = |sample: &&Sample| (from..to).contains(&sample.second);
    let mut values: Vec<u32> = samples.iter().filter(within).map(of).collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour whose memory and descriptors come from the second.
    fn hour(rss_kib: fn(u32) -> u32, descriptors: fn(u32) -> u32) -> Vec<Sample> {
        let sample = |second: u32| Sample {
            second,
            rss_kib: rss_kib(second),
            descriptors: descriptors(second),
            threads: 9,
            disk_kib: second,
        };
        (0..3600).map(sample).collect()
    }

    #[test]
    fn what_grows_after_the_first_ten_minutes_is_told() {
        type Of = fn(u32) -> u32;
        let flat: Of = |_| 30_000;
        let few: Of = |_| 20;
        let cases: [(&str, Of, Of, &[&str]); 6] = [
            ("flat", flat, few, &[]),
            (
                "grows in the first ten minutes",
                |at| 20_000 + 20 * at.min(600),
                few,
                &[],
            ),
            (
                "1 KiB a second",
                |at| 30_000 + at,
                few,
                &["memory (RSS), KiB"],
            ),
            (
                "peaks that go away",
                |at| 30_000 + 90_000 * u32::from(at % 60 == 0),
                few,
                &[],
            ),
            (
                "a descriptor in five minutes",
                flat,
                |at| 20 + at / 300,
                &["open descriptors"],
            ),
            ("less at last", |at| 40_000 - at, few, &[]),
        ];
        for (what, rss, descriptors, grown) in cases {
            let samples = hour(rss, descriptors);
            let lines = lines(&samples, Stretches::of(&samples));
            let told = lines.iter().filter(|line| line.has_grown);
            let told: Vec<_> = told
                .map(|line| line.words.split("  ").next().unwrap_or(""))
                .collect();
            assert_eq!(told, grown, "{what}");
        }
    }

    #[test]
    fn a_shorter_trial_is_judged_by_the_same_shares() {
        let samples = [0, 60, 120].map(|second| Sample {
            second,
            ..Sample::default()
        });
        let stretches = Stretches::of(&samples);
        assert_eq!(stretches.first, (20, 40));
        assert_eq!(stretches.last.0, 100);
    }
}
