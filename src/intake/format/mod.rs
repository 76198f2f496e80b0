//! The formats of files, each in a file or folder of its own, and how they are told apart.

mod front_matter;
pub(crate) mod html;
pub(crate) mod json;
mod key_patterns;
pub(crate) mod markdown;
mod markdown_headings;
mod markdown_marks;
pub(crate) mod page;
pub(crate) mod plain_questions;
pub(crate) mod properties;
pub(crate) mod rasa;
pub(crate) mod recognise;
mod template;
pub(crate) mod xml;
pub(crate) mod yaml;

pub(crate) use json::{Items, Json, Object, follow};
pub(crate) use rasa::Alone;
pub(crate) use recognise::recognise;
