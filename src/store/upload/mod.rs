//! What the store keeps of uploads: written down, advanced state by state, and settled.

mod canary;
mod csv_pages;
mod prepare;
mod record;
mod row_turns;
mod settle;

pub use csv_pages::CsvCursor;
pub(crate) use prepare::ReadyUpload;
pub use prepare::{ReadyCsv, WrittenUpload};
pub use record::UploadRecord;
pub(crate) use record::{COLUMNS, change_of, records_of};
pub use row_turns::Precedence;
pub(in crate::store) use row_turns::RowTurns;
pub use settle::{Reached, Settlement};
