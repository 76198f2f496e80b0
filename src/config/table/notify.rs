//! Reads `[notify]`: who is told what begins to need attention, in which form, and of what.

use std::path::Path;
use std::time::Duration;

use reqwest::Url;

use super::haptik::is_loopback;
use crate::config::problem::{Report, Reported};
use crate::config::section::ConfigSection;
use crate::config::tree::{TomlTable, ValueOrigin};
use crate::config::{SecretSource, token};
use crate::model::CauseKind;
use crate::text::mail_address;

/// `[notify]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// Who is told. Their names are unique.
    pub receivers: Vec<Receiver>,
    /// This URL is asked after a pass that counts for the last success ...
    pub alive_url: Option<String>,
    /// ... and no more often than this.
    pub alive_every: Duration,
    /// What this installation is called in messages; `None`: by its configuration file.
    pub installation: Option<String>,
}

/// Somebody who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its name in the log, in the state and for `notify test`.
    pub name: String,
    /// Messages go there: `https://`, or `smtps://` and `smtp://` for email.
    pub url: String,
    /// The form of the messages.
    pub format: NotifyFormat,
    /// What messages are signed with; for email, the password.
    pub token: Option<SecretSource>,
    /// Who writes to whom, for email.
    pub mail: Option<Mail>,
    /// The bots that it is told of; empty: all, and the service.
    pub bots: Vec<String>,
    /// The kinds that it is told of; empty: all.
    pub events: Vec<CauseKind>,
}

/// Who writes to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// As whom to sign in; `None`: not at all.
    pub user: Option<String>,
    /// Who writes.
    pub from: String,
    /// To whom; nobody where authors are written to.
    pub to: Vec<String>,
    /// Authors are written to about their own articles.
    pub digest: Option<DigestSettings>,
}

/// Mails to the authors of articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestSettings {
    /// How often one author is written to at the most.
    pub every: Duration,
    /// Only addresses in these domains are written to.
    pub domains: Vec<String>,
}

/// The form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyFormat {
    /// JSON with a key for each thing.
    Json,
    /// `{"text": ...}`.
    Text,
    /// For an incoming webhook of Slack.
    Slack,
    /// For a webhook of Workflows in Microsoft Teams.
    Teams,
    /// By SMTP.
    Email,
}

/// What the receiver is called that `[notify]` itself names.
const ITSELF: &str = "notify.url";

/// Reads `[notify]`. `bots`: those of the configuration, where they could be read.
pub(crate) fn notify(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
    bots: Option<&[String]>,
) -> Result<Notify, Reported> {
    let allow_plain_http = section.flag("allow_plain_http");
    let plain = *allow_plain_http.as_ref().unwrap_or(&true);
    let itself = section.optional("url", |section, _| itself(section, folder, plain));
    if !section.has("url") {
        // What it says of nobody would be a setting that silently does nothing.
        for key in ["format", "token"]
            .into_iter()
            .filter(|key| section.has(key))
        {
            let message = format!("`{key}` is not used");
            section.wrong(
                key,
                message,
                "add url, or put it into a [[notify.receiver]]",
            );
        }
    }
    let others = section.optional("receiver", |section, key| {
        receivers(section, section.tables(key)?, folder, plain, bots)
    });
    let alive_url = section.optional("alive_url", |section, key| address(section, key, plain));
    let alive_every = section.duration("alive_every");
    let installation = section.optional("installation", ConfigSection::text);
    let (itself, others, alive_url) = (itself?, others?, alive_url?);
    allow_plain_http?;
    let receivers: Vec<Receiver> = itself
        .into_iter()
        .chain(others.unwrap_or_default())
        .collect();
    if receivers.is_empty() && alive_url.is_none() {
        let hint = "add url, which messages are posted to, a [[notify.receiver]], or alive_url, which is asked after each good pass; or leave [notify] out";
        return Err(section
            .report
            .add(&section.origin, "[notify] names nobody", hint));
    }
    Ok(Notify {
        receivers,
        alive_url,
        alive_every: alive_every?,
        installation: installation?,
    })
}

/// The receiver that stands in `[notify]` itself: it is told of everything.
fn itself(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
    plain: bool,
) -> Result<Receiver, Reported> {
    let format = section.word("format");
    if let Ok(NotifyFormat::Email) = format {
        let hint = "write a [[notify.receiver]] with url, format, from and to";
        let message = "an email needs a sender and somebody to read it";
        return Err(section.wrong("format", message, hint));
    }
    let url = address(section, "url", plain);
    let token = token::read(section, folder);
    Ok(Receiver {
        name: ITSELF.to_owned(),
        url: url?,
        format: format?,
        token: token?,
        mail: None,
        bots: Vec::new(),
        events: Vec::new(),
    })
}

fn receivers(
    notify: &ConfigSection<'_, '_>,
    tables: Vec<(ValueOrigin, TomlTable)>,
    folder: &Path,
    plain: bool,
    bots: Option<&[String]>,
) -> Result<Vec<Receiver>, Reported> {
    let pattern = format!("{}[]", notify.below("receiver"));
    let mut read: Vec<Result<Receiver, Reported>> = Vec::new();
    for (origin, table) in tables {
        let section = ConfigSection::new(notify.report, pattern.clone(), origin, table);
        let one = receiver(&section, folder, plain, bots).and_then(|one| {
            let same = |other: &Result<Receiver, Reported>| {
                other.as_ref().is_ok_and(|other| other.name == one.name)
            };
            if one.name != ITSELF && !read.iter().any(same) {
                return Ok(one);
            }
            let message = format!("two receivers are called \"{}\"", one.name);
            let hint = "give this one a name of its own, for example name = \"editors\"";
            Err(section.report.add(&section.origin, message, hint))
        });
        read.push(one);
    }
    read.into_iter().collect()
}

fn receiver(
    section: &ConfigSection<'_, '_>,
    folder: &Path,
    plain: bool,
    bots: Option<&[String]>,
) -> Result<Receiver, Reported> {
    let format = section.word("format");
    let is_mail = matches!(format, Ok(NotifyFormat::Email));
    let url = if is_mail {
        mail_server(section)
    } else {
        address(section, "url", plain)
    };
    let mail = is_mail.then(|| mail(section)).transpose();
    if !is_mail && format.is_ok() {
        for key in ["user", "from", "to", "digest", "domains"]
            .into_iter()
            .filter(|key| section.has(key))
        {
            let message = format!("`{key}` is for email alone");
            section.wrong(key, message, "write format = \"email\", or take it out");
        }
    }
    let token = token::read(section, folder);
    let name = section.optional("name", ConfigSection::text);
    let routes = routes(section, bots);
    let (url, (bots, events)) = (url?, routes?);
    let host = Url::parse(&url).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("receiver");
    Ok(Receiver {
        name: name?.unwrap_or_else(|| host.to_owned()),
        url,
        format: format?,
        token: token?,
        mail: mail?,
        bots,
        events,
    })
}

/// Of which bots and of what it is told.
fn routes(
    section: &ConfigSection<'_, '_>,
    known: Option<&[String]>,
) -> Result<(Vec<String>, Vec<CauseKind>), Reported> {
    let bots = section.optional("bots", |section, key| {
        section.texts(key, |bot| match known {
            Some(known) if !known.contains(&bot.text) => {
                let message = format!("there is no bot \"{}\"", bot.text.escape_debug());
                let hint = format!("configured: {}", known.join(", "));
                Err(section.report.add(&bot.origin, message, hint))
            }
            _ => Ok(()),
        })
    });
    let events = section.optional("events", |section, key| {
        section.texts(key, |event| {
            if CauseKind::from_name(&event.text).is_some() {
                return Ok(());
            }
            let message = format!("there is no event \"{}\"", event.text.escape_debug());
            let hint = format!("the events: {}", CauseKind::NAMES.join(", "));
            Err(section.report.add(&event.origin, message, hint))
        })
    });
    let (bots, events) = (bots?, events?.unwrap_or_default());
    let events = events.iter().filter_map(|name| CauseKind::from_name(name));
    Ok((bots.unwrap_or_default(), events.collect()))
}

fn mail(section: &ConfigSection<'_, '_>) -> Result<Mail, Reported> {
    let user = section.optional("user", ConfigSection::text);
    if matches!(user, Ok(None)) && section.has("token") {
        let hint = "add user, or take the token out where the server asks for no password";
        section.wrong("token", "`token` is a password without a `user`", hint);
    }
    let from = section.text("from").and_then(|from| {
        check_mailbox(section.report, &section.origin_of("from"), "from", &from)?;
        Ok(from)
    });
    let digest = digest(section);
    let to = match digest {
        Ok(None) => section.texts("to", |to| {
            check_mailbox(section.report, &to.origin, "to", &to.text)
        }),
        Ok(Some(_)) | Err(_) => Ok(Vec::new()),
    };
    Ok(Mail {
        user: user?,
        from: from?,
        to: to?,
        digest: digest?,
    })
}

/// Whether authors are written to, how often, and who of them.
fn digest(section: &ConfigSection<'_, '_>) -> Result<Option<DigestSettings>, Reported> {
    let every = section.optional("digest", ConfigSection::duration)?;
    let Some(every) = every else {
        if section.has("domains") {
            let hint = "add digest = \"1d\", or take domains out";
            return Err(section.wrong("domains", "`domains` is for a `digest` alone", hint));
        }
        return Ok(None);
    };
    if let Some(key) = ["to", "events"].into_iter().find(|key| section.has(key)) {
        let message = format!("`{key}` has no meaning beside `digest`");
        let hint = "a digest goes to the authors of articles; write another [[notify.receiver]] for messages to others";
        return Err(section.wrong(key, message, hint));
    }
    let domains = section.texts("domains", |domain| {
        let is_one = mail_address(&format!("a@{}", domain.text)).is_some();
        if is_one {
            return Ok(());
        }
        let message = "`domains` holds what is no domain";
        let hint = "what stands behind the @ of an address, for example \"acme.com\"";
        Err(section.report.add(&domain.origin, message, hint))
    })?;
    Ok(Some(DigestSettings { every, domains }))
}

fn check_mailbox(
    report: &Report<'_>,
    origin: &ValueOrigin,
    key: &str,
    text: &str,
) -> Result<(), Reported> {
    if text.parse::<lettre::message::Mailbox>().is_ok() {
        return Ok(());
    }
    let message = format!("`{key}` holds what is no address");
    let hint = "for example \"ops@acme.com\" or \"KMS sync <kms@acme.com>\"";
    Err(report.add(origin, message, hint))
}

/// Email always goes over TLS, but to a relay on this machine.
fn mail_server(section: &ConfigSection<'_, '_>) -> Result<String, Reported> {
    let text = section.text("url")?;
    let example =
        "for example \"smtps://mail.acme.com\", or \"smtp://mail.acme.com:587\" for STARTTLS";
    let url = Url::parse(&text).ok();
    let url = url.filter(|url| {
        matches!(url.scheme(), "smtp" | "smtps")
            && url.host_str().is_some_and(|host| !host.is_empty())
    });
    let Some(url) = url else {
        return Err(section.wrong("url", "`url` is not the address of a mail server", example));
    };
    if !url.username().is_empty() || url.password().is_some() {
        let hint = "take out what stands before the @; write user = \"...\", and in token where the password is kept";
        return Err(section.wrong("url", "`url` must not hold a user name or password", hint));
    }
    Ok(url.into())
}

fn address(
    section: &ConfigSection<'_, '_>,
    key: &str,
    allow_plain_http: bool,
) -> Result<String, Reported> {
    let text = section.text(key)?;
    let url = Url::parse(&text).ok();
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && text.contains("://");
    match url.filter(is_http) {
        Some(url) if url.scheme() == "http" && !is_loopback(&url) && !allow_plain_http => {
            let message = format!("`{key}` is plain http, which anybody on the way can read");
            let hint = "write https://, or allow_plain_http = true in [notify] if you must";
            Err(section.wrong(key, message, hint))
        }
        Some(url) => Ok(url.into()),
        None => Err(section.wrong(
            key,
            format!("`{key}` is not an http or https URL"),
            "for example \"https://hooks.acme.com/kms\"",
        )),
    }
}
