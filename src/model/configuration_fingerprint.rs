//! What of a bot's configuration decides which steps it has, part by part, as it is kept in the state:
//! identifiers and digests, with a version. What cannot be read back counts as another configuration.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::sabotage;
use crate::sabotage::Sabotage;

/// The form in which fingerprints are kept. A new one whenever the parts, their names or what goes into
/// their digests changes: removals are then held once, as after a change of the configuration.
const VERSION: u32 = 1;

/// What of a source its fingerprint tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aspect {
    /// The folder that it is.
    Folder,
    /// The feed that it is.
    Feed,
    /// Which files and items of it count, and how they are split.
    Filter,
    /// Which fields hold what.
    Mapping,
    /// Which steps its pages become.
    Reading,
}

impl Aspect {
    const ALL: [Self; 5] = [
        Self::Folder,
        Self::Feed,
        Self::Filter,
        Self::Mapping,
        Self::Reading,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Feed => "feed",
            Self::Filter => "filter",
            Self::Mapping => "mapping",
            Self::Reading => "reading",
        }
    }
}

/// A part of the configuration that decides which steps there are. It is kept as `node_name` or
/// `source.export.filter`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum FingerprintPart {
    /// How steps are named.
    NodeName,
    /// Something of the source of this name.
    Source(String, Aspect),
    /// Nobody knows which, because what was kept cannot be read. It is never kept itself, but told.
    Unknown,
}

impl From<FingerprintPart> for String {
    fn from(part: FingerprintPart) -> Self {
        match part {
            FingerprintPart::NodeName => "node_name".to_owned(),
            FingerprintPart::Source(source, aspect) => format!("source.{source}.{}", aspect.name()),
            FingerprintPart::Unknown => "unknown".to_owned(),
        }
    }
}

impl TryFrom<String> for FingerprintPart {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "node_name" => return Ok(Self::NodeName),
            "unknown" => return Ok(Self::Unknown),
            _ => {}
        }
        name.strip_prefix("source.")
            .and_then(|rest| rest.rsplit_once('.'))
            .and_then(|(source, word)| {
                let aspect = Aspect::ALL.into_iter().find(|one| one.name() == word)?;
                Some(Self::Source(source.to_owned(), aspect))
            })
            .ok_or("no part of a configuration")
    }
}

impl FingerprintPart {
    /// What people call it.
    pub fn in_words(&self) -> String {
        match self {
            Self::NodeName => "the node_name template".to_owned(),
            Self::Source(source, Aspect::Folder) => format!("the folder of source \"{source}\""),
            Self::Source(source, Aspect::Feed) => format!("the feed of source \"{source}\""),
            Self::Source(source, Aspect::Filter) => {
                format!("which files and items count in source \"{source}\"")
            }
            Self::Source(source, Aspect::Mapping) => format!("the fields of source \"{source}\""),
            Self::Source(source, Aspect::Reading) => {
                format!("how this version reads the pages of source \"{source}\"")
            }
            Self::Unknown => "any of it".to_owned(),
        }
    }
}

/// What of the configuration decides which steps there are, as digests by part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    version: u32,
    parts: BTreeMap<FingerprintPart, String>,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl Fingerprint {
    /// The fingerprint with these digests.
    pub fn new(parts: BTreeMap<FingerprintPart, String>) -> Self {
        Self {
            version: VERSION,
            parts,
        }
    }

    /// The parts in which two configurations differ.
    pub fn differing(&self, other: &Self) -> Vec<FingerprintPart> {
        let parts: BTreeSet<&FingerprintPart> =
            self.parts.keys().chain(other.parts.keys()).collect();
        parts
            .into_iter()
            .filter(|part| self.parts.get(*part) != other.parts.get(*part))
            .cloned()
            .collect()
    }
}

/// What the state says of the configuration under which a plan last held nothing back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Accepted {
    /// Nothing: there was no such plan yet.
    #[default]
    Nothing,
    /// This.
    Known(Fingerprint),
    /// Something that this version cannot read.
    Unreadable,
}

impl Accepted {
    /// Reads what the state has, if it has anything.
    pub fn from_stored(text: Option<&str>) -> Self {
        let Some(text) = text else {
            return Self::Nothing;
        };
        match serde_json::from_str::<Fingerprint>(text) {
            Ok(fingerprint) if fingerprint.version == VERSION => Self::Known(fingerprint),
            Ok(_) | Err(_) if sabotage::is(Sabotage::FingerprintDefaulted) => Self::Nothing,
            Ok(_) | Err(_) => Self::Unreadable,
        }
    }
}

/// The configuration now, and as it was when a plan last held nothing back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Now.
    pub now: Fingerprint,
    /// Then.
    pub accepted: Accepted,
}

impl Configuration {
    /// The parts that changed since; empty where nothing did.
    pub fn changed(&self) -> Vec<FingerprintPart> {
        match &self.accepted {
            Accepted::Nothing => Vec::new(),
            Accepted::Known(accepted) => self.now.differing(accepted),
            Accepted::Unreadable => vec![FingerprintPart::Unknown],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint() -> Fingerprint {
        let source = |aspect| FingerprintPart::Source("a.b \"c\"".to_owned(), aspect);
        let parts = [
            (FingerprintPart::NodeName, "1"),
            (source(Aspect::Folder), "2"),
            (source(Aspect::Feed), "3"),
            (source(Aspect::Filter), "4"),
            (source(Aspect::Mapping), "5"),
            (source(Aspect::Reading), "6"),
        ];
        let parts = parts.map(|(part, digest)| (part, digest.to_owned()));
        Fingerprint::new(parts.into())
    }

    const STORED: &str = r#"{"version":1,"parts":{"node_name":"1","source.a.b \"c\".folder":"2","source.a.b \"c\".feed":"3","source.a.b \"c\".filter":"4","source.a.b \"c\".mapping":"5","source.a.b \"c\".reading":"6"}}"#;

    /// Where this fails, the form has changed: raise the version, and then the text here.
    #[test]
    fn what_is_kept_has_this_form_and_is_read_back() {
        let fingerprint = fingerprint();
        assert_eq!(serde_json::to_string(&fingerprint).unwrap(), STORED);
        let accepted = Accepted::from_stored(Some(STORED));
        assert_eq!(accepted, Accepted::Known(fingerprint));
    }

    #[test]
    fn what_cannot_be_read_is_another_configuration_and_never_none() {
        for (from, to) in [
            ("version", "form"),
            (":1,", ":0,"),
            (":1,", ":2,"),
            ("\"version\":1,", ""),
            ("parts", "pieces"),
            ("node_name", "name"),
            ("source.", "sources."),
            (".filter", ".sieve"),
            ("\"6\"", "6"),
            ("}}", "}"),
            ("}}", "},\"more\":1}"),
            (STORED, ""),
            (STORED, "null"),
            (STORED, "{}"),
            // As it was before there were versions.
            (STORED, r#"{"parts":{"the node_name template":"1"}}"#),
        ] {
            let stored = STORED.replacen(from, to, 1);
            assert_ne!(stored, STORED, "{from}");
            let accepted = Accepted::from_stored(Some(&stored));
            assert_eq!(accepted, Accepted::Unreadable, "{stored}");
            let now = fingerprint();
            let changed = Configuration { now, accepted }.changed();
            assert_eq!(changed, [FingerprintPart::Unknown], "{stored}");
        }
        assert_eq!(Accepted::from_stored(None), Accepted::Nothing);
    }

    #[test]
    fn a_part_that_came_or_went_is_a_change() {
        let now = fingerprint();
        let without = |part: &FingerprintPart| {
            let mut other = now.clone();
            other.parts.remove(part);
            other
        };
        for part in now.parts.keys() {
            let other = without(part);
            assert_eq!(now.differing(&other), std::slice::from_ref(part));
            assert_eq!(other.differing(&now), std::slice::from_ref(part));
        }
        assert_eq!(now.differing(&now.clone()), []);
    }
}
