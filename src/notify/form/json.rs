//! JSON with a key for each thing, and the shortest JSON of all.

use std::fmt::Write as _;

use serde_json::json;

use crate::clock::rfc3339;
use crate::notify::letter::Letter;

pub(super) fn json(letter: Letter<'_>) -> String {
    let message = letter.message;
    json!({
        "id": message.id,
        "at": rfc3339(message.at),
        "bot": message.bot,
        "event": message.kind,
        "state": letter.state(),
        "severity": letter.severity().name(),
        "since": rfc3339(message.since),
        "title": letter.title(),
        "text": message.words,
        "count": message.count,
        "names": message.names,
        "installation": letter.sender.installation,
        "host": letter.sender.host,
        "link": letter.link(),
    })
    .to_string()
}

/// `{"text": ...}`, as many chats take it.
pub(super) fn text(letter: Letter<'_>) -> String {
    json!({ "text": plain(letter) }).to_string()
}

/// Everything as lines of text.
pub(super) fn plain(letter: Letter<'_>) -> String {
    let mut text = format!("{}\n{}\n", letter.title(), letter.message.words);
    for (what, value) in letter.facts() {
        let _ = write!(text, "\n{what}: {value}");
    }
    if let Some(link) = letter.link() {
        let _ = write!(text, "\n{link}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::letter::tests::{message, sender};

    #[test]
    fn keys_of_earlier_versions_are_as_they_were() {
        let (mut message, sender) = (message(), sender());
        message.names.truncate(1);
        let letter = Letter {
            message: &message,
            sender: &sender,
        };
        assert_eq!(
            json(letter),
            r#"{"id":7,"at":"2026-05-28T20:27:40Z","bot":"acme","event":"held","state":"begun","severity":"warning","since":"2026-05-28T20:26:40Z","title":"acme: 12 removals held","text":"the removals of 12 steps are held","count":12,"names":["kb-1"],"installation":"acme production","host":"vm-7","link":"https://kms.acme.com/sync/steps/acme/kb-1"}"#
        );
        assert_eq!(
            text(letter),
            r#"{"text":"acme: 12 removals held\nthe removals of 12 steps are held\n\nSeverity: warning\nSince: 2026-05-28T20:26:40Z\nAbout: kb-1 and 11 more\nInstallation: acme production\nHost: vm-7\nhttps://kms.acme.com/sync/steps/acme/kb-1"}"#
        );
    }
}
