//! An email: plain text, with headers that say that a program wrote it, and by which a repeat is known.

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};

use super::json::plain;
use crate::config::Mail;
use crate::notify::letter::Letter;

/// RFC 3834: nobody's absence note should answer.
const AUTOMATIC: &str = "Auto-Submitted";

/// Why an email cannot be written.
type NoEmail = Box<dyn std::error::Error + Send + Sync>;

/// The email of a message.
pub(in crate::notify) fn email(
    letter: Letter<'_>,
    mail: &Mail,
) -> Result<lettre::Message, NoEmail> {
    let message = letter.message;
    let from: Mailbox = mail.from.parse()?;
    let domain = from.email.domain().to_owned();
    let at = u64::try_from(message.at).unwrap_or(0);
    let written = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at);
    let mut email = lettre::Message::builder()
        .from(from)
        .subject(letter.title())
        .date(written)
        // The time tells apart what two states number alike.
        .message_id(Some(format!(
            "<{}.{}.{}@{domain}>",
            env!("CARGO_PKG_NAME"),
            message.at,
            message.id
        )))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str(AUTOMATIC),
            "auto-generated".to_owned(),
        ));
    let recipients = match &message.recipient {
        Some(author) => std::slice::from_ref(author),
        // Nobody is meant in particular by a test, so it comes back to who writes.
        None if mail.to.is_empty() => std::slice::from_ref(&mail.from),
        None => &mail.to,
    };
    for to in recipients {
        email = email.to(to.parse()?);
    }
    let text = match message.recipient {
        Some(_) => letter.to_author(),
        None => plain(letter),
    };
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(text);
    Ok(email.singlepart(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::letter::tests::{message, sender};

    #[test]
    fn headers_are_whole_whatever_a_bot_is_called() {
        let (mut message, sender) = (message(), sender());
        message.bot = Some("acme\r\nBcc: all@acme.com".into());
        let mail = Mail {
            user: None,
            from: "KMS sync <kms@acme.com>".into(),
            to: vec!["ops@acme.com".into(), "anna@acme.com".into()],
            digest: None,
        };
        let letter = Letter {
            message: &message,
            sender: &sender,
        };
        let email = email(letter, &mail).unwrap();
        let to: Vec<String> = email
            .envelope()
            .to()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(to, ["ops@acme.com", "anna@acme.com"]);
        let sent = String::from_utf8(email.formatted()).unwrap();
        let (headers, body) = sent.split_once("\r\n\r\n").unwrap();
        for header in [
            "Subject: acme Bcc: all@acme.com: 12 removals held",
            "Auto-Submitted: auto-generated",
            "Message-ID: <kms-haptik-sync.1780000060000.7@acme.com>",
            "Date: Thu, 28 May 2026 20:27:40 +0000",
        ] {
            assert!(
                headers.lines().any(|line| line == header),
                "{header} in {headers}"
            );
        }
        assert!(
            !headers.lines().any(|line| line.starts_with("Bcc")),
            "{headers}"
        );
        assert!(body.contains("the removals of 12 steps are held"), "{body}");
    }
}
