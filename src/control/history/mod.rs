//! What people do with what a bot was before: forget it.

mod forget;

pub(crate) use forget::Forgot;
pub(super) use forget::forget;
