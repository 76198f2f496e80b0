//! The commands that only look.

pub(crate) mod check;
pub(crate) mod coverage;
pub(crate) mod export;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod lint;
pub(crate) mod plan;
pub(crate) mod status;
pub(crate) mod steps;
pub(crate) mod version;

pub(crate) use check::CheckArgs;
pub(crate) use coverage::CoverageArgs;
pub(crate) use export::ExportArgs;
pub(crate) use history::HistoryArgs;
pub(crate) use lint::LintArgs;
pub(crate) use plan::PlanArgs;
pub(crate) use steps::StepsArgs;
