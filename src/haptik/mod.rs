//! The Haptik API as this service uses it: one function call is one HTTP call. Repeating, waiting
//! and the call budget are the caller's.

mod client;
mod conversations;
mod credentials;
mod fault;
mod foreign;
mod greeting;
mod happening;
mod intervals;
mod name_tokens;
mod named_step;
mod one_line;
mod remedies;
mod status_words;
mod transport;
mod words;

pub mod budget;
pub mod wire;

pub use client::{Client, CsvFile, TaskId};
pub use conversations::{Countdown, Form, Message, Transcript, Transfer, UserToken, Wanted, Whose};
pub use credentials::Credentials;
pub use fault::{Fault, FaultClass, classify, retry_after};
pub use foreign::{FOREIGN_LIMIT, Foreign};
pub use greeting::{Greeting, Returned, Unanswered};
pub use happening::{Call, Happening};
pub use intervals::{Waits, gave_up};
pub use named_step::named_step;
pub use one_line::one_line;
pub use remedies::{REMEDIES, remedy};
pub use status_words::{TaskStatus, understand};
pub use transport::{Answer, HttpTransport, Lost, LostKind, Transport, TransportError};
pub(crate) use transport::{causes, collect, is_loopback};
