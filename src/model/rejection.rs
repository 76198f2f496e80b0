//! What of a source could not become a step, and what that says of the rest of it.

use serde::{Deserialize, Serialize};

use super::article::Place;

/// What a rejected row, item or file says of the rest of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Its article alone is left as it is: its id is known, and its text was read whole.
    Alone,
    /// It may hide other articles, so nothing of the source counts as absent.
    Rest,
    /// The file could not be used at all: the source is failing.
    Unusable,
}

/// Something of a source that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rejection {
    /// The source's name.
    pub source: String,
    /// Where.
    pub place: Place,
    /// The article's id, where it could be read.
    pub id: Option<String>,
    /// Why, and what to do.
    pub reason: String,
    /// What it says of the rest of its source. Of a note, nothing.
    pub reach: Reach,
}
