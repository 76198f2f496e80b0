//! Who is told of a pass while it goes on. Whoever shows how the bots are doing listens here, so that a
//! pass knows nothing of them.

use std::time::Duration;

use super::plan_preview::Preview;
use super::report::PassReport;
use crate::clock::Millis;
use crate::store::UploadRecord;

/// Is told of each pass, in the order in which things happen.
pub trait Observer: Send + Sync {
    /// A pass over this bot begins.
    fn began(&self, bot: &str);
    /// Its plan was made.
    fn planned(&self, bot: &str, preview: &Preview, now: Millis);
    /// One of its uploads came to its end.
    fn settled(&self, bot: &str, record: &UploadRecord, now: Millis);
    /// The bot was asked for a step. `verified_after`: it answers one that has changed, this long after the
    /// change was seen.
    fn asked(&self, bot: &str, verified_after: Option<Duration>);
    /// The pass ended.
    fn ended(&self, report: &PassReport);
}

/// Nobody listens.
pub(super) struct Nobody;

impl Observer for Nobody {
    fn began(&self, _: &str) {}

    fn planned(&self, _: &str, _: &Preview, _: Millis) {}

    fn settled(&self, _: &str, _: &UploadRecord, _: Millis) {}

    fn asked(&self, _: &str, _: Option<Duration>) {}

    fn ended(&self, _: &PassReport) {}
}
