//! What people do with what a bot was before: go back to it, and forget it.

mod forget;
mod rollback;

pub(crate) use forget::Forgot;
pub(super) use forget::forget;
pub(crate) use rollback::Pinning;
pub(super) use rollback::{resume, rollback};
