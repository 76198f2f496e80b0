//! What people say that comes before the sources: a bot is paused or taken back, a step is withdrawn, put back or
//! kept; and the end of each.

mod keep;
mod pause;
mod resume;
mod rollback;
mod step;

pub(crate) use keep::Kept;
pub(super) use keep::keep;
pub(crate) use pause::Paused;
pub(super) use pause::pause;
pub(crate) use resume::Resumed;
pub(super) use resume::resume;
pub(crate) use rollback::Pinning;
pub(super) use rollback::rollback;
pub(super) use step::overrule;
pub(crate) use step::{OverrideRequest, Overruled};
