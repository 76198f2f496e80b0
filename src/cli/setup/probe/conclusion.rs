//! What follows from what was seen, and the lines of configuration for it. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::{FIRST, SECOND};
use crate::clock::span;
use crate::config::{ConfigWord, UploadEffect};
use crate::control::Exit;
use crate::text::{count, shown};

/// What a person saw the bot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProbeObservation {
    /// It does not answer with what was uploaded.
    Nothing,
    /// A step that an upload does not name stays.
    Merges(Removal),
    /// It goes.
    Replaces,
}

/// What a blank row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// The step goes.
    Removes,
    /// The step stays.
    Ignored,
    /// Haptik refuses the row, with these words.
    Refused(String),
}

/// What a probe came to.
#[derive(Clone, Debug)]
pub(crate) struct Conclusion {
    pub(crate) domain_name: String,
    /// What the configuration says now, where it has the bot.
    pub(crate) configured: Option<UploadEffect>,
    pub(crate) seen: ProbeObservation,
    /// How long each task took.
    pub(crate) tasks: Vec<Duration>,
    /// How long the bot took to answer with each upload, where it was asked.
    pub(crate) answered: Vec<Duration>,
    /// Throw-away steps that a person has to remove.
    pub(crate) left: Vec<&'static str>,
}

impl Conclusion {
    fn effect(&self) -> Option<UploadEffect> {
        match self.seen {
            ProbeObservation::Nothing => None,
            ProbeObservation::Merges(_) => Some(UploadEffect::Merge),
            ProbeObservation::Replaces => Some(UploadEffect::Replace),
        }
    }

    fn removals(&self) -> Option<&'static str> {
        match &self.seen {
            ProbeObservation::Merges(Removal::Removes) => Some("blank-row"),
            ProbeObservation::Merges(Removal::Ignored | Removal::Refused(_)) => Some("manual"),
            ProbeObservation::Nothing | ProbeObservation::Replaces => None,
        }
    }

    /// Whether it is found out, and nothing is left to do.
    pub(crate) fn exit(&self) -> Exit {
        if self.seen == ProbeObservation::Nothing || !self.left.is_empty() {
            Exit::Attention
        } else {
            Exit::InSync
        }
    }

    pub(crate) fn json(&self) -> Value {
        let seconds =
            |times: &[Duration]| -> Vec<f64> { times.iter().map(Duration::as_secs_f64).collect() };
        json!({
            "domain_name": self.domain_name,
            "upload_effect": self.effect().map(ConfigWord::word),
            "removals": self.removals(),
            "task_seconds": seconds(&self.tasks),
            "answered_seconds": seconds(&self.answered),
            "left_to_remove": self.left,
        })
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("\n{}\n", self.seen.words());
        self.task_times(&mut text);
        self.lines(&mut text);
        self.leftovers(&mut text);
        text
    }

    fn task_times(&self, text: &mut String) {
        if let (Some(least), Some(most)) = (self.tasks.iter().min(), self.tasks.iter().max()) {
            let _ = writeln!(
                text,
                "{} of one or two rows took {} to {}.",
                count(self.tasks.len() as u64, "task", "tasks"),
                span(*least),
                span(*most)
            );
        }
        if let (Some(least), Some(most)) = (self.answered.iter().min(), self.answered.iter().max())
        {
            let _ = writeln!(
                text,
                "The bot answered with an upload {} to {} after its task had ended.",
                span(*least),
                span(*most)
            );
        }
    }

    fn lines(&self, text: &mut String) {
        let Some(effect) = self.effect() else { return };
        let _ = write!(
            text,
            "\nThe lines for the configuration:\n\n[[bot]]\ndomain_name = {:?}\nupload_effect = \"{}\"\n",
            self.domain_name,
            effect.word()
        );
        if let Some(removals) = self.removals() {
            let _ = writeln!(text, "removals = \"{removals}\"");
        }
        if let Some(configured) = self.configured.filter(|configured| *configured != effect) {
            let _ = writeln!(
                text,
                "\nThe configuration says upload_effect = \"{}\" for it. Change that before the next sync.",
                configured.word()
            );
        }
    }

    fn leftovers(&self, text: &mut String) {
        if self.left.is_empty() {
            return;
        }
        let names = self.left.join(" and ");
        let _ = match self.seen {
            ProbeObservation::Nothing => writeln!(
                text,
                "The bot may hold {names}. Look for them in Haptik, and remove them by hand."
            ),
            ProbeObservation::Merges(_) => {
                writeln!(text, "\nPlease remove by hand, in Haptik: {names}.")
            }
            ProbeObservation::Replaces => writeln!(
                text,
                "\n{names} could not be taken away. It goes inactive with the next upload; until then, remove it by hand in Haptik."
            ),
        };
    }
}

impl ProbeObservation {
    fn words(&self) -> String {
        match self {
            Self::Nothing => {
                "The bot does not answer with what was uploaded, so nothing is found out. Is it the right bot, and does it have to be \
                 trained or published first? Then probe again."
                    .to_owned()
            }
            Self::Merges(removal) => format!(
                "Uploads merge: a step that an upload does not name stays.\n{}",
                removal.words()
            ),
            Self::Replaces => "Uploads replace: a step that an upload does not name goes inactive, as any other step of this bot did with the first \
                 upload."
                .to_owned(),
        }
    }
}

impl Removal {
    fn words(&self) -> String {
        match self {
            Self::Removes => "A blank row removes its step.".to_owned(),
            Self::Ignored => "A blank row does nothing, so a person removes steps.".to_owned(),
            Self::Refused(words) => format!(
                "A blank row is refused (Haptik says: {}), so a person removes steps.",
                shown(words)
            ),
        }
    }
}

/// What is left where a probe broke off and could not clean up.
pub(crate) fn left_behind(bot: &str) -> String {
    format!(
        "{bot} may still hold {} and {}: remove them by hand in Haptik, or probe again",
        FIRST.name, SECOND.name
    )
}

/// What may be left where a probe broke off and did what it could.
pub(crate) fn perhaps_left(bot: &str) -> String {
    format!(
        "Where a blank row removes its step, the throw-away steps are gone. If {bot} still answers to \"{}\" or \"{}\", remove {} and {} by hand in Haptik.",
        FIRST.question, SECOND.question, FIRST.name, SECOND.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concluded(seen: ProbeObservation, left: &[&'static str]) -> Conclusion {
        Conclusion {
            domain_name: "acme".to_owned(),
            configured: Some(UploadEffect::Merge),
            seen,
            tasks: vec![Duration::from_secs(3), Duration::from_secs(2)],
            answered: vec![Duration::from_secs(70), Duration::from_secs(4)],
            left: left.to_vec(),
        }
    }

    #[test]
    fn what_was_seen_becomes_lines_of_configuration() {
        let merges = ProbeObservation::Merges;
        let both = [FIRST.name, SECOND.name];
        let by_hand =
            "remove by hand, in Haptik: kms_haptik_sync_probe_1 and kms_haptik_sync_probe_2";
        let table: [(ProbeObservation, &[&'static str], &str, &str); 5] = [
            (
                merges(Removal::Removes),
                &[],
                "upload_effect = \"merge\"\nremovals = \"blank-row\"\n",
                "A blank row removes its step.",
            ),
            (
                merges(Removal::Ignored),
                &both,
                "upload_effect = \"merge\"\nremovals = \"manual\"\n",
                by_hand,
            ),
            (
                merges(Removal::Refused("no\u{7}".to_owned())),
                &both,
                "upload_effect = \"merge\"\nremovals = \"manual\"\n",
                "Haptik says: no\\u{7}",
            ),
            (
                ProbeObservation::Replaces,
                &[],
                "upload_effect = \"replace\"\n\nThe configuration says upload_effect = \"merge\" for it.",
                "Uploads replace",
            ),
            (
                ProbeObservation::Replaces,
                &both[1..],
                "upload_effect = \"replace\"\n",
                "kms_haptik_sync_probe_2 could not be taken away",
            ),
        ];
        for (seen, left, lines, words) in table {
            let conclusion = concluded(seen, left);
            let text = conclusion.text();
            assert!(text.contains(lines) && text.contains(words), "{text}");
            assert!(
                text.contains("2 tasks of one or two rows took 2 s to 3 s.")
                    && text.contains("The bot answered with an upload 4 s to 70 s after"),
                "{text}"
            );
            assert_eq!(conclusion.exit() == Exit::InSync, left.is_empty());
        }
    }

    #[test]
    fn nothing_is_concluded_from_nothing() {
        let conclusion = concluded(ProbeObservation::Nothing, &[FIRST.name]);
        let text = conclusion.text();
        assert!(!text.contains("[[bot]]") && text.contains("may hold kms_haptik_sync_probe_1"));
        assert_eq!(conclusion.exit(), Exit::Attention);
        assert_eq!(conclusion.json()["upload_effect"], Value::Null);
    }
}
