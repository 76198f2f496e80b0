//! Stage 4: a plan becomes uploads, and an upload becomes the bytes of a FAQ CSV. Pure.

mod csv_bytes;
mod uploads;

pub use csv_bytes::{CsvWriter, HEADER};
pub use uploads::{Draft, Purpose, drafts};
