//! The Haptik API as this service uses it: one function call is one HTTP call. Repeating, waiting
//! and the call budget are the caller's.

mod asking;
mod backoff_intervals;
mod client;
mod conversations;
mod credential_check;
mod credentials;
mod exchange_result;
mod fault;
mod remedies;
mod status;
mod transport;
pub(crate) mod wire;

pub use asking::Channel;
pub use backoff_intervals::{Backoff, gave_up};
pub use client::{Client, CsvFile, TaskId};
pub use conversations::{
    ChatMessage, Countdown, Transcript, TranscriptQuery, Transfer, TransferForm, UserToken, Whose,
};
pub use credential_check::{CredentialCheck, Returned, Unanswered};
pub use credentials::Credentials;
pub use exchange_result::Call;
pub use fault::{CallFault, FaultClass, retry_after};
pub use remedies::{REMEDIES, remedy};
pub use status::{TaskStatus, named_step, understand};
pub use transport::{Answer, HttpTransport, Lost, LostKind, Transport, TransportError};
pub(crate) use transport::{causes, collect, is_loopback, lost_kind};
pub use wire::{
    ANSWER_SEPARATOR, CSV_HEADER, Envelope, Heard, QUESTION_SEPARATOR, RECEIVER, error_message,
};
