//! Words and texts, whoever needs them: one line from many, lists with an end, what a terminal must
//! not obey, how two texts differ, check digits of numbers. Knows nothing of the product.

pub(crate) mod as_text;
pub(crate) mod check_digits;
mod command_words;
mod count;
mod escape;
mod foreign;
mod group;
pub(crate) mod list;
mod mail_address;
mod marks;
mod one_line;
pub(crate) mod raised;
mod samples;
mod slugs;
mod word_difference;

pub use command_words::{approve, command_for};
pub(crate) use count::count;
pub(crate) use escape::{cut, harmless_json, shown, shown_lines};
pub use foreign::{FOREIGN_LIMIT, Foreign};
pub(crate) use group::{by_reason, grouped};
pub(crate) use list::few_shown;
pub use list::{FEW, few, first};
pub use mail_address::{is_in_domains, mail_address};
pub(crate) use marks::{escape_sequences, markup_signs, template_marks};
pub use one_line::one_line;
pub(crate) use samples::samples;
#[cfg(test)]
pub(crate) use samples::{GAP, gap, io_gap};
pub(crate) use slugs::Slugs;
pub(crate) use word_difference::{Run, alike, differences};
