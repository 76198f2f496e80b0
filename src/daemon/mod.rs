//! When things happen: one pass over a bot calls the six stages in order; the daemon decides when.

mod control;
mod engine;
mod gather;
mod gathered;
mod hands;
mod line;
mod lookout;
mod mend;
mod meters;
mod once;
mod pass;
mod preview;
mod quiet;
mod readings;
mod report;
mod run;
mod status;
mod survey;
mod systemd;
mod vitals;
mod watch;

pub use control::{Fulfil, hand_over};
pub use engine::{Engine, EngineError, Lock, client, embedded_sandbox};
pub use hands::{Board, ConverseError, Hands};
pub use line::{Ears, lines, wants};
pub use lookout::{Lookout, Readiness};
pub use meters::{Meters, OfBot};
pub use once::sync_once;
pub use pass::pass;
pub use preview::{DesiredSet, Pinned, Preview, desired_set, preview};
pub use quiet::Renamed;
pub use readings::Readings;
pub use report::{Outcome, PassReport, UploadReport};
pub use run::run;
pub use status::BotStatus;
pub use vitals::{Vital, Vitals};
