//! Every setting there is, once: its key, what it takes, its default and what it means. The
//! readers, the suggestions, the environment variables and docs/CONFIGURATION.md all follow it.

mod table;

pub(crate) use table::all;

use super::quantity;

/// What the name of every overriding environment variable begins with.
pub(super) const PREFIX: &str = "KMS_HAPTIK_SYNC__";

/// One setting.
#[derive(Debug)]
pub(super) struct Setting {
    /// The dotted key; `[]` follows a list of tables.
    pub(super) key: &'static str,
    /// What it takes.
    pub(super) kind: SettingKind,
    /// Whether it has to be given.
    pub(super) need: SettingNeed,
    /// What it means, in one sentence.
    pub(super) meaning: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum SettingKind {
    /// Text that is not empty.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number within bounds.
    Number {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A number of bytes, or text such as `"512MiB"`; at least 1.
    Size,
    /// `true` or `false`.
    Flag,
    /// A duration; zero only where it says so.
    Duration {
        /// Whether zero makes sense.
        zero: bool,
    },
    /// A list of different texts.
    Texts {
        /// Whether the list may be empty.
        empty: bool,
    },
    /// One text, or a list of different texts.
    TextOrTexts,
    /// A table whose keys a person chooses.
    Entries,
}

/// Whether a setting has to be given. The text is always as it would stand in the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum SettingNeed {
    /// It has to be given, for example like this.
    Required(&'static str),
    /// Without it, this counts.
    Default(&'static str),
    /// Without it, what the meaning says; given, it could look like this.
    Optional(&'static str),
}

impl Setting {
    /// The last part of the key.
    pub(super) fn name(&self) -> &'static str {
        self.key.rsplit('.').next().unwrap_or(self.key)
    }

    /// The table that it stands in.
    pub(super) fn table(&self) -> &'static str {
        self.key.rsplit_once('.').map_or("", |(table, _)| table)
    }

    /// A value as it would stand in the file.
    pub(super) fn example(&self) -> &'static str {
        match self.need {
            SettingNeed::Required(text)
            | SettingNeed::Default(text)
            | SettingNeed::Optional(text) => text,
        }
    }
}

impl SettingKind {
    /// What it takes, in words.
    pub(super) fn words(self) -> String {
        match self {
            SettingKind::Text => "a string".into(),
            SettingKind::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                one_of(&quoted)
            }
            SettingKind::Number { min, max } => format!("a whole number from {min} to {max}"),
            SettingKind::Size => "a number of bytes, or text such as \"512MiB\"".into(),
            SettingKind::Flag => "true or false".into(),
            SettingKind::Duration { .. } => format!("a duration such as {}", quantity::FORMS),
            SettingKind::Texts { .. } => "a list of strings".into(),
            SettingKind::TextOrTexts => "a string, or a list of strings".into(),
            SettingKind::Entries => "a table".into(),
        }
    }
}

/// The setting with this key.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

/// The keys that a table knows, tables below it included.
pub(super) fn keys_of(table: &str) -> Vec<&'static str> {
    let mut keys: Vec<&'static str> = Vec::new();
    for setting in all() {
        let Some(key) = below(setting.key, table) else {
            continue;
        };
        let key = key.split(['.', '[']).next().unwrap_or(key);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The rest of a key below a table.
pub(super) fn below<'k>(key: &'k str, table: &str) -> Option<&'k str> {
    if table.is_empty() {
        return Some(key);
    }
    key.strip_prefix(table)?.strip_prefix('.')
}

/// A table as the file would head it.
pub(super) fn header(table: &str) -> String {
    let name = table.replace("[]", "");
    if table.ends_with("[]") {
        format!("[[{name}]]")
    } else {
        format!("[{name}]")
    }
}

/// Where a table's keys stand, in words.
pub(super) fn place(table: &str) -> String {
    if table.is_empty() {
        "at the top of the file".into()
    } else {
        format!("in {}", header(table))
    }
}

/// The environment variable of a key, list positions filled in from `positions` and then zero.
pub(super) fn variable(key: &str, positions: &[&str]) -> String {
    let mut positions = positions.iter();
    let mut parts = Vec::new();
    for part in key.split('.') {
        parts.push(part.trim_end_matches("[]").to_uppercase());
        if part.ends_with("[]") {
            parts.push((*positions.next().unwrap_or(&"0")).to_owned());
        }
    }
    format!("{PREFIX}{}", parts.join("__"))
}

/// The candidate that a person probably meant.
pub(super) fn nearest<S: AsRef<str>>(word: &str, candidates: &[S]) -> Option<String> {
    let word = word.to_lowercase();
    let (score, best) = candidates
        .iter()
        .map(|candidate| {
            let lower = candidate.as_ref().to_lowercase();
            (strsim::jaro_winkler(&word, &lower), candidate.as_ref())
        })
        .max_by(|left, right| left.0.total_cmp(&right.0))?;
    let contained = || {
        let mut containing = candidates.iter().map(AsRef::as_ref);
        let best = containing.find(|candidate| word.len() > 2 && candidate.contains(&word));
        best.map(str::to_owned)
    };
    if score >= 0.8 {
        Some(best.to_owned())
    } else {
        contained()
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn one_of<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
