//! Tells people by webhook and by email: when something begins to need attention, when that is over, and a
//! sign of life after a good pass. Messages are kept in the store until their receivers have them, so that a
//! restart loses none.

mod alive;
mod asked;
mod authors;
mod causes;
mod digest;
mod form;
mod letter;
mod notifier;
mod outbox;
mod transport;

pub use notifier::Notifier;
pub use outbox::{Tried, try_receivers};
