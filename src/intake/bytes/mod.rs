//! From the bytes of a file to its text: unpacked, decoded, and never more than a bound of it at once.

mod content;
mod encoding;
mod legacy;
mod plausible;
pub(crate) mod regular;
mod stream;
mod text;
pub(crate) mod unpacked;
mod window;

pub(crate) use content::{ContentPart, FileContent};
pub(crate) use regular::no_file;
pub(crate) use stream::{Stream, StreamProgress, broken_off};
pub(crate) use text::{
    Text, TextProblem, is_web_page, newlines, no_longer_utf8, read_as, too_many_open, whole_text,
};
pub(crate) use unpacked::UnpackedBound;
pub(crate) use window::{RecordWindow, too_long};
