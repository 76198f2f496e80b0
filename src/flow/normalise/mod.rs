//! Stage 2: an article becomes a step, or a rejection with file and line. Pure.

mod step;

pub use step::{Digest, Step};
