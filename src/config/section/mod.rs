//! Reads one table of the configuration: looks its keys up in the table of settings, fills in
//! defaults, checks what every setting of a kind has to fulfil, and reports what is wrong.

mod keys;

use std::time::Duration;

use super::problem::{Report, Reported};
use super::quantity::BadDuration;
use super::settings::{Setting, SettingKind, SettingNeed};
use super::tree::{Node, TomlTable, TomlValue, ValueOrigin};
use super::{ConfigWord, quantity, settings, tree};

/// A text with its origin.
pub(super) struct Located {
    /// The text.
    pub(super) text: String,
    /// Where it came from.
    pub(super) origin: ValueOrigin,
}

/// A table that is being read.
pub(super) struct ConfigSection<'r, 't> {
    /// Where problems go.
    pub(super) report: &'r Report<'t>,
    /// Its place among the settings, such as `bot[].source[]`.
    pub(super) pattern: String,
    /// Its header, or its key.
    pub(super) origin: ValueOrigin,
    table: TomlTable,
    mistyped: Vec<(String, Reported)>,
}

impl<'r, 't> ConfigSection<'r, 't> {
    /// Begins to read a table, and reports the keys that it should not have.
    pub(super) fn new(
        report: &'r Report<'t>,
        pattern: impl Into<String>,
        origin: ValueOrigin,
        table: TomlTable,
    ) -> Self {
        let mut section = Self {
            report,
            pattern: pattern.into(),
            origin,
            table,
            mistyped: Vec::new(),
        };
        section.mistyped = keys::reject_unknown(report, &section.pattern, &section.table);
        section
    }

    /// Whether a key was given.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where a key's value came from.
    pub(super) fn origin_of(&self, key: &str) -> ValueOrigin {
        let entry = self.table.get(key);
        entry.map_or(ValueOrigin::Absent, |entry| entry.node.origin.clone())
    }

    /// The node of a key, if it was given.
    pub(super) fn given(&self, key: &str) -> Option<&Node> {
        self.table.get(key).map(|entry| &entry.node)
    }

    /// Reports a problem with a key's value.
    pub(super) fn wrong(
        &self,
        key: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Reported {
        self.report.add(&self.origin_of(key), message, hint)
    }

    /// Reads a key that may be left out.
    pub(super) fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Self, &str) -> Result<T, Reported>,
    ) -> Result<Option<T>, Reported> {
        if self.has(key) {
            read(self, key).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Text that is not empty.
    pub(super) fn text(&self, key: &str) -> Result<String, Reported> {
        let (setting, node) = self.look_up(key)?;
        match node.value {
            TomlValue::Text(text) if text.trim().is_empty() => {
                let example = format!("for example {}", example_line(setting));
                Err(self.wrong(key, format!("`{key}` is empty"), example))
            }
            TomlValue::Text(text) => Ok(text),
            other => Err(self.wrong_type(setting, &node.origin, &other)),
        }
    }

    /// One of the words of the setting, as what it stands for.
    pub(super) fn word<T: ConfigWord>(&self, key: &str) -> Result<T, Reported> {
        let word = self.choice(key)?;
        Ok(T::from_word(word).unwrap_or_else(|| unreachable!("{word} is no word of `{key}`")))
    }

    /// One of the words of the setting.
    pub(super) fn choice(&self, key: &str) -> Result<&'static str, Reported> {
        let (setting, node) = self.look_up(key)?;
        let SettingKind::Choice(words) = setting.kind else {
            unreachable!("{} is no choice", setting.key)
        };
        let TomlValue::Text(text) = &node.value else {
            return Err(self.wrong_type(setting, &node.origin, &node.value));
        };
        if let Some(word) = words.iter().find(|word| *word == text) {
            return Ok(word);
        }
        let message = format!("`{key}` must be {}", setting.kind.words());
        let hint = settings::nearest(text, words).map_or_else(
            || setting.meaning.to_owned(),
            |word| format!("did you mean {word:?}?"),
        );
        Err(self.wrong(key, message, hint))
    }

    /// A whole number within the bounds of the setting.
    pub(super) fn number<T: TryFrom<u64>>(&self, key: &str) -> Result<T, Reported> {
        let (setting, node) = self.look_up(key)?;
        let SettingKind::Number { min, max } = setting.kind else {
            unreachable!("{} is no number", setting.key)
        };
        let TomlValue::Number(number) = node.value else {
            return Err(self.wrong_type(setting, &node.origin, &node.value));
        };
        let within = u64::try_from(number).ok();
        let within = within.filter(|number| (min..=max).contains(number));
        within
            .and_then(|number| number.try_into().ok())
            .ok_or_else(|| {
                let message = format!("`{key}` must be from {min} to {max}");
                self.wrong(key, message, default_line(setting))
            })
    }

    /// A number of bytes.
    pub(super) fn size<T: TryFrom<u64>>(&self, key: &str) -> Result<T, Reported> {
        let (setting, node) = self.look_up(key)?;
        let bytes = match &node.value {
            TomlValue::Number(number) => u64::try_from(*number).ok(),
            TomlValue::Text(text) => quantity::size(text.trim()),
            other => return Err(self.wrong_type(setting, &node.origin, other)),
        };
        let bytes = bytes.filter(|bytes| *bytes > 0);
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| {
                let message = format!("`{key}` is not a size");
                let hint =
                    "write a number of bytes, or text such as \"64KiB\", \"512MiB\" or \"1GiB\"";
                self.wrong(key, message, hint)
            })
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Result<bool, Reported> {
        let (setting, node) = self.look_up(key)?;
        match node.value {
            TomlValue::Flag(flag) => Ok(flag),
            other => Err(self.wrong_type(setting, &node.origin, &other)),
        }
    }

    /// A duration.
    pub(super) fn duration(&self, key: &str) -> Result<Duration, Reported> {
        let (setting, node) = self.look_up(key)?;
        let SettingKind::Duration { zero } = setting.kind else {
            unreachable!("{} is no duration", setting.key)
        };
        let forms = || format!("write a whole number and a unit: {}", quantity::FORMS);
        let TomlValue::Text(text) = &node.value else {
            let words = node.value.words();
            let message = format!("`{key}` must be a duration in quotes, not {words}");
            return Err(self.wrong(key, message, forms()));
        };
        match quantity::duration(text) {
            Ok(duration) if duration.is_zero() && !zero => Err(self.wrong(
                key,
                format!("`{key}` must be longer than zero"),
                default_line(setting),
            )),
            Ok(duration) => Ok(duration),
            Err(BadDuration::Form) => {
                Err(self.wrong(key, format!("`{key}` is not a duration"), forms()))
            }
            Err(BadDuration::TooLong) => {
                let most = quantity::show(quantity::LONGEST);
                let message = format!("`{key}` must not be longer than {most}");
                Err(self.wrong(key, message, default_line(setting)))
            }
        }
    }

    /// A list of different texts, each of which passes a check.
    pub(super) fn texts(
        &self,
        key: &str,
        check: impl Fn(&Located) -> Result<(), Reported>,
    ) -> Result<Vec<String>, Reported> {
        let (setting, node) = self.look_up(key)?;
        let (single, empty) = match setting.kind {
            SettingKind::TextOrTexts => (true, false),
            SettingKind::Texts { empty } => (false, empty),
            _ => unreachable!("{} is no list", setting.key),
        };
        let items = match node.value {
            TomlValue::List(items) => items,
            TomlValue::Text(_) if single => vec![node],
            other => return Err(self.wrong_type(setting, &node.origin, &other)),
        };
        if items.is_empty() && !empty {
            let message = format!("`{key}` is an empty list");
            return Err(self.wrong(key, message, format!("leave `{key}` out instead")));
        }
        let mut seen = Vec::new();
        let mut checked = Vec::new();
        for item in items {
            let item = self.item(setting, item, &mut seen);
            checked.push(item.and_then(|item| check(&item).map(|()| item.text)));
        }
        // All of them first, so that every bad one is reported.
        checked.into_iter().collect()
    }

    fn item(
        &self,
        setting: &Setting,
        item: Node,
        seen: &mut Vec<String>,
    ) -> Result<Located, Reported> {
        let key = setting.name();
        let wrong = |message, hint: &str| Err(self.report.add(&item.origin, message, hint));
        let TomlValue::Text(text) = item.value else {
            let message = format!("`{key}` must hold texts, not {}", item.value.words());
            return wrong(message, &format!("for example {}", example_line(setting)));
        };
        if text.trim().is_empty() {
            return wrong(format!("`{key}` holds an empty text"), "take it out");
        }
        if seen.contains(&text) {
            return wrong(format!("`{key}` holds the same text twice"), "take one out");
        }
        seen.push(text.clone());
        Ok(Located {
            text,
            origin: item.origin,
        })
    }

    /// A table below this one; left out, it is empty.
    pub(super) fn table(&self, key: &str) -> Result<ConfigSection<'r, 't>, Reported> {
        let pattern = self.below(key);
        let Some(entry) = self.table.get(key) else {
            return Ok(ConfigSection::new(
                self.report,
                pattern,
                ValueOrigin::Absent,
                TomlTable::new(),
            ));
        };
        match &entry.node.value {
            TomlValue::Table(table) => {
                let origin = entry.node.origin.clone();
                Ok(ConfigSection::new(
                    self.report,
                    pattern,
                    origin,
                    table.clone(),
                ))
            }
            other => {
                let message = format!("`{key}` must be a table, not {}", other.words());
                let hint = format!(
                    "write {}, and its keys below it",
                    settings::header(&pattern)
                );
                Err(self.wrong(key, message, hint))
            }
        }
    }

    /// The entries of a table whose keys a person chooses; left out, there are none.
    pub(super) fn entries(&self, key: &str) -> Result<Vec<(String, Node)>, Reported> {
        match self.given(key) {
            None => Ok(Vec::new()),
            Some(Node {
                value: TomlValue::Table(table),
                ..
            }) => Ok(table
                .iter()
                .map(|(name, entry)| (name.clone(), entry.node.clone()))
                .collect()),
            Some(node) => {
                let (setting, _) = self.look_up(key)?;
                Err(self.wrong_type(setting, &node.origin, &node.value))
            }
        }
    }

    /// The tables of a list of tables, which must not be empty.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<(ValueOrigin, TomlTable)>, Reported> {
        let header = settings::header(&format!("{}[]", self.below(key)));
        let Some(entry) = self.table.get(key) else {
            let message = format!("there is no {header}");
            let hint = format!("add {header}, and its keys below it");
            return Err(self.report.add(&self.origin, message, hint));
        };
        let TomlValue::List(items) = &entry.node.value else {
            let message = format!("`{key}` must be a list of tables");
            let hint = format!("write {header}, with two brackets: there can be several");
            return Err(self.wrong(key, message, hint));
        };
        if items.is_empty() {
            let hint = format!("add {header}, and its keys below it");
            return Err(self.wrong(key, format!("there is no {header}"), hint));
        }
        let table = |item: &Node| match &item.value {
            TomlValue::Table(table) => Ok((item.origin.clone(), table.clone())),
            other => {
                let message = format!("`{key}` must hold tables, not {}", other.words());
                let hint = format!("write {header}, and its keys below it");
                Err(self.report.add(&item.origin, message, hint))
            }
        };
        items.iter().map(table).collect()
    }

    /// The place of a key among the settings.
    pub(super) fn below(&self, key: &str) -> String {
        if self.pattern.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.pattern)
        }
    }

    /// Reports that a required key is missing.
    pub(super) fn missing(&self, key: &str) -> Reported {
        let setting = settings::find(&self.below(key));
        let hint = setting.map_or_else(String::new, |setting| {
            format!("add {}\n{}", example_line(setting), setting.meaning)
        });
        self.missing_because(key, "", hint)
    }

    /// Reports that a key is missing, unless a mistyped one has been reported in its place.
    pub(super) fn missing_because(
        &self,
        key: &str,
        reason: &str,
        hint: impl Into<String>,
    ) -> Reported {
        if let Some((_, reported)) = self.mistyped.iter().find(|(meant, _)| meant == key) {
            return *reported;
        }
        let place = settings::place(&self.pattern);
        let message = format!("`{key}` is missing {place}{reason}");
        self.report.add(&self.origin, message, hint)
    }

    fn look_up(&self, key: &str) -> Result<(&'static Setting, Node), Reported> {
        let pattern = self.below(key);
        let Some(setting) = settings::find(&pattern) else {
            unreachable!("{pattern} is no setting")
        };
        match (self.given(key), setting.need) {
            (Some(node), _) => Ok((setting, node.clone())),
            (None, SettingNeed::Default(text)) => Ok((setting, tree::default_node(text))),
            (None, SettingNeed::Required(_) | SettingNeed::Optional(_)) => Err(self.missing(key)),
        }
    }

    fn wrong_type(&self, setting: &Setting, origin: &ValueOrigin, value: &TomlValue) -> Reported {
        let key = setting.name();
        let message = format!(
            "`{key}` must be {}, not {}",
            setting.kind.words(),
            value.words()
        );
        let hint = format!("for example {}", example_line(setting));
        self.report.add(origin, message, hint)
    }
}

fn example_line(setting: &Setting) -> String {
    format!("{} = {}", setting.name(), setting.example())
}

fn default_line(setting: &Setting) -> String {
    format!("the default is {}", example_line(setting))
}
