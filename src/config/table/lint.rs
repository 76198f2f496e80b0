//! Reads `[lint]`: how much each rule matters.

use std::collections::BTreeMap;

use crate::config::ConfigWord;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::settings;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The rule is not looked at.
    Off,
    /// Worth knowing.
    Note,
    /// A person should look.
    Warning,
    /// It has to be fixed.
    Error,
}

impl Level {
    /// Its name in the configuration and in every output.
    pub fn name(self) -> &'static str {
        self.word()
    }

    /// The level of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::from_word(name)
    }
}

/// `[lint]`: the level of each rule, by the rule's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint(BTreeMap<&'static str, Level>);

impl Lint {
    /// The level of a rule.
    pub fn of(&self, rule: &str) -> Level {
        self.0.get(rule).copied().unwrap_or(Level::Off)
    }

    /// Gives a rule another level. Nothing happens where there is no such rule.
    pub fn set(&mut self, rule: &str, level: Level) {
        if let Some(of_rule) = self.0.get_mut(rule) {
            *of_rule = level;
        }
    }

    /// The names of all rules.
    pub fn rules() -> impl Iterator<Item = &'static str> {
        settings::keys_of("lint").into_iter()
    }

    /// The same level for every rule.
    #[cfg(test)]
    pub(crate) fn all(level: Level) -> Self {
        Self(Self::rules().map(|name| (name, level)).collect())
    }
}

/// Reads `[lint]`.
pub(crate) fn lint(section: &ConfigSection<'_, '_>) -> Result<Lint, Reported> {
    let read: Vec<_> = Lint::rules()
        .map(|name| (name, section.word(name)))
        .collect();
    // All of them first, so that every bad one is reported.
    let mut levels = BTreeMap::new();
    for (name, level) in read {
        levels.insert(name, level?);
    }
    Ok(Lint(levels))
}
