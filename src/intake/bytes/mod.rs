//! From the bytes of a file to its text: unpacked, decoded, and never more than a bound of it at once.

mod content;
mod encoding;
mod stream;
mod text;
pub(crate) mod unpacked;
mod window;

pub(crate) use content::{Content, Part};
pub(crate) use stream::{Progress, Stream, broken_off};
pub(crate) use text::{Problem, Text, Unsuitable, is_web_page, newlines, too_many_open};
pub(crate) use unpacked::Bound;
pub(crate) use window::{Window, too_long};
