//! What is known of the bots while the service works, in one form for the command line, the page,
//! metrics and notices.

mod bot_status;
mod counters;
mod live_status;
mod progress;
mod standby;
mod status_reader;
mod step_states;
mod words;

pub(crate) use bot_status::pause_json;
pub use bot_status::{BotHealth, BotStatus};
pub use counters::{OfBot, OfSource};
pub use live_status::{LiveBotStatus, LiveStatus, Reload};
pub use progress::Progress;
pub use standby::{Role, Standby};
pub use status_reader::{Readiness, StatusReader};
pub(crate) use step_states::{StepState, StepStates, step_states};
pub(crate) use words::{asked, canary, counts, details, overruled, paused, upload_json};
