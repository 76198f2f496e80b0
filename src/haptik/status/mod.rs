//! What the prose of a task says: how far it is, and which step it blames.

mod name_tokens;
mod named_step;
mod task_status;
mod words;

pub use named_step::named_step;
pub use task_status::{TaskStatus, understand};
