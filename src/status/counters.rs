//! What is counted while the daemon works, for `/metrics`: it begins at zero with each process and
//! outlives a change of the configuration.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::sync::{Outcome, UploadOutcome};

/// Seconds from a change to its being live, and of a task: from the quickest sandbox to a day.
const SECONDS: [f64; 14] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 21_600.0, 86_400.0,
];

/// The label of what is told per bot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OfBot {
    /// The bot's `domain_name`.
    pub bot: String,
}

/// The labels of what is told per source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OfSource {
    /// The bot's `domain_name`.
    pub bot: String,
    /// The source's name.
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    bot: String,
    outcome: &'static str,
}

/// What is counted. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Counters {
    passes: Family<OfOutcome, Counter>,
    uploads: Family<OfOutcome, Counter>,
    source_errors: Family<OfSource, Counter>,
    task: Family<OfBot, Histogram>,
    change_to_live: Family<OfBot, Histogram>,
    change_to_verified: Family<OfBot, Histogram>,
}

impl Default for Counters {
    fn default() -> Self {
        let histogram = || Histogram::new(SECONDS);
        Self {
            passes: Family::default(),
            uploads: Family::default(),
            source_errors: Family::default(),
            task: Family::new_with_constructor(histogram),
            change_to_live: Family::new_with_constructor(histogram),
            change_to_verified: Family::new_with_constructor(histogram),
        }
    }
}

impl Counters {
    /// Everything about a bot stands at zero, rather than nowhere, before it happens.
    pub(crate) fn begin(&self, bot: &str) {
        for outcome in Outcome::ALL {
            let _ = self.passes.get_or_create(&of_outcome(bot, outcome.name()));
        }
        for outcome in UploadOutcome::FINISHED {
            let _ = self.uploads.get_or_create(&of_outcome(bot, outcome.name()));
        }
        let _ = self.task.get_or_create(&of_bot(bot));
        let _ = self.change_to_live.get_or_create(&of_bot(bot));
        let _ = self.change_to_verified.get_or_create(&of_bot(bot));
    }

    pub(crate) fn pass(&self, bot: &str, outcome: Outcome) {
        let of_outcome = of_outcome(bot, outcome.name());
        self.passes.get_or_create(&of_outcome).inc();
    }

    pub(crate) fn upload(&self, bot: &str, outcome: UploadOutcome) {
        let of_outcome = of_outcome(bot, outcome.name());
        self.uploads.get_or_create(&of_outcome).inc();
    }

    /// The same of a source.
    pub(crate) fn begin_source(&self, bot: &str, source: &str) {
        let _ = self.source_errors.get_or_create(&of_source(bot, source));
    }

    pub(crate) fn source_failed(&self, bot: &str, source: &str) {
        let of_source = of_source(bot, source);
        self.source_errors.get_or_create(&of_source).inc();
    }

    pub(crate) fn task(&self, bot: &str, seconds: f64) {
        self.task.get_or_create(&of_bot(bot)).observe(seconds);
    }

    pub(crate) fn live(&self, bot: &str, steps: u64, seconds: f64) {
        let histogram = self.change_to_live.get_or_create(&of_bot(bot));
        (0..steps).for_each(|_| histogram.observe(seconds));
    }

    pub(crate) fn verified(&self, bot: &str, seconds: f64) {
        let histogram = self.change_to_verified.get_or_create(&of_bot(bot));
        histogram.observe(seconds);
    }

    /// Makes them known to a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "passes",
            "Passes over the sources, by how they ended",
            self.passes.clone(),
        );
        registry.register(
            "uploads",
            "Uploads that Haptik has finished, by outcome",
            self.uploads.clone(),
        );
        registry.register(
            "source_errors",
            "Times that a source could not be read",
            self.source_errors.clone(),
        );
        registry.register(
            "task_duration_seconds",
            "How long Haptik worked on a task, from accepting it to its end",
            self.task.clone(),
        );
        registry.register(
            "change_to_live_seconds",
            "How long a change took from being seen to being confirmed live, each step counted",
            self.change_to_live.clone(),
        );
        registry.register(
            "change_to_verified_seconds",
            "How long a change took from being seen to being answered by the bot, each step that was asked counted",
            self.change_to_verified.clone(),
        );
    }
}

fn of_bot(bot: &str) -> OfBot {
    OfBot {
        bot: bot.to_owned(),
    }
}

fn of_source(bot: &str, source: &str) -> OfSource {
    OfSource {
        bot: bot.to_owned(),
        source: source.to_owned(),
    }
}

fn of_outcome(bot: &str, outcome: &'static str) -> OfOutcome {
    OfOutcome {
        bot: bot.to_owned(),
        outcome,
    }
}
