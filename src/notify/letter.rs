//! A message as its receiver is to understand it without knowing where it comes from: what, where, since
//! when, how much, and a link. Pure; the forms say it in their own ways.

use reqwest::Url;

use crate::clock::{Millis, rfc3339};
use crate::config::Config;
use crate::model::{CauseKind, Message, News, Severity};
use crate::text::{FEW, Foreign, first, one_line};

/// Characters of a name in a message.
pub(super) const NAME: usize = 100;
/// The kind of a message that only shows that messages arrive.
const TEST: &str = "test";

/// Where messages come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    /// The machine.
    pub(super) host: String,
    /// What the installation is called.
    pub(super) installation: String,
    /// Where people reach the page.
    pub(super) public_url: Option<String>,
}

impl Sender {
    /// This process, with what its configuration says of it.
    pub(super) fn of(config: &Config) -> Self {
        // Linux keeps it here; messages of a machine without it are still worth sending.
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
        let named = config
            .notify
            .as_ref()
            .and_then(|it| it.installation.clone());
        Self {
            host: host.map_or_else(|_| "unknown".to_owned(), |host| host.trim().to_owned()),
            installation: named.unwrap_or_else(|| config.path.display().to_string()),
            public_url: config.admin.as_ref().and_then(|it| it.public_url.clone()),
        }
    }
}

impl Message {
    pub(super) fn new(receiver: &str, bot: Option<&str>, news: &News, at: Millis) -> Self {
        Self {
            id: 0,
            receiver: receiver.to_owned(),
            recipient: None,
            bot: bot.map(str::to_owned),
            kind: news.kind.name().to_owned(),
            is_over: news.is_over,
            since: news.since,
            count: news.cause.count,
            names: news.cause.names.clone(),
            words: Foreign::heard(&news.cause.words).text,
            at,
            attempts: 0,
        }
    }

    /// One that is about nothing.
    pub(super) fn test(receiver: &str, at: Millis) -> Self {
        Self {
            id: 0,
            receiver: receiver.to_owned(),
            recipient: None,
            bot: None,
            kind: TEST.to_owned(),
            is_over: false,
            since: at,
            count: 0,
            names: Vec::new(),
            words:
                "This message was sent by `kms-haptik-sync notify test`. Nothing needs attention."
                    .to_owned(),
            at,
            attempts: 0,
        }
    }
}

/// A message and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Letter<'a> {
    pub(super) message: &'a Message,
    pub(super) sender: &'a Sender,
}

impl Letter<'_> {
    fn kind(&self) -> Option<CauseKind> {
        CauseKind::from_name(&self.message.kind)
    }

    /// How much it matters: what is over matters no more.
    pub(super) fn severity(&self) -> Severity {
        match self.kind() {
            Some(kind) if !self.message.is_over => kind.severity(),
            _ => Severity::Info,
        }
    }

    /// Whether it began or is over.
    pub(super) fn state(&self) -> &'static str {
        if self.message.is_over {
            "over"
        } else {
            "begun"
        }
    }

    /// Whom it is about, and what it is in a few words.
    pub(super) fn title(&self) -> String {
        if self.message.recipient.is_some() {
            let counts = self.message.words.lines().next().unwrap_or_default();
            return format!("Your articles: {}", one_line(counts, NAME));
        }
        let whom = self.message.bot.as_deref().unwrap_or("kms-haptik-sync");
        let what = match self.kind() {
            None => "a test message".to_owned(),
            Some(kind) if self.message.is_over => kind.over().to_owned(),
            Some(kind) => kind.headline(self.message.count),
        };
        format!("{}: {what}", one_line(whom, NAME))
    }

    /// The text to an author: what it is about, and where it comes from.
    pub(super) fn to_author(self) -> String {
        format!(
            "{}\n\nThis mail was written by kms-haptik-sync ({}), because the knowledge base names you as the author of these \
             articles. Nobody reads answers to it.\n",
            self.message.words, self.sender.installation
        )
    }

    /// What there is to say beside the words, each with what it is.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let message = self.message;
        let mut facts = vec![
            ("Severity", self.severity().name().to_owned()),
            ("Since", rfc3339(message.since)),
        ];
        if !message.names.is_empty() {
            let names = message.names.iter().map(|name| one_line(name, NAME));
            let all = usize::try_from(message.count).unwrap_or(usize::MAX);
            facts.push(("About", first(names, all.max(message.names.len()), FEW)));
        }
        facts.push(("Installation", self.sender.installation.clone()));
        facts.push(("Host", self.sender.host.clone()));
        facts
    }

    /// Where a person sees more: the page of the step, if it is about one, else the overview.
    pub(super) fn link(&self) -> Option<String> {
        let public_url = self.sender.public_url.as_deref();
        match (&self.message.bot, &self.message.names[..], self.kind()) {
            (Some(bot), [step], Some(CauseKind::Quarantined | CauseKind::Held)) => {
                step_link(public_url, bot, step)
            }
            _ => page_link(public_url, [""]),
        }
    }
}

/// Where a person sees a step.
pub(super) fn step_link(public_url: Option<&str>, bot: &str, step: &str) -> Option<String> {
    page_link(public_url, ["steps", bot, step])
}

fn page_link<'p>(
    public_url: Option<&str>,
    parts: impl IntoIterator<Item = &'p str>,
) -> Option<String> {
    let mut url = Url::parse(public_url?).ok()?;
    let mut path = url.path_segments_mut().ok()?;
    path.pop_if_empty().extend(parts);
    drop(path);
    Some(url.into())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::notify) fn sender() -> Sender {
        Sender {
            host: "vm-7".into(),
            installation: "acme production".into(),
            public_url: Some("https://kms.acme.com/sync".into()),
        }
    }

    pub(in crate::notify) fn message() -> Message {
        Message {
            id: 7,
            receiver: "ops".into(),
            recipient: None,
            bot: Some("acme".into()),
            kind: "held".into(),
            is_over: false,
            since: 1_780_000_000_000,
            count: 12,
            names: (1..=10).map(|at| format!("kb-{at}")).collect(),
            words: "the removals of 12 steps are held".into(),
            at: 1_780_000_060_000,
            attempts: 0,
        }
    }

    fn link(change: impl FnOnce(&mut Message)) -> Option<String> {
        let (mut message, sender) = (message(), sender());
        change(&mut message);
        Letter {
            message: &message,
            sender: &sender,
        }
        .link()
    }

    #[test]
    fn a_link_leads_to_the_step_or_to_the_overview() {
        let overview = Some("https://kms.acme.com/sync/".to_owned());
        assert_eq!(link(|_| {}), overview);
        assert_eq!(
            link(|message| message.names = vec!["a/../b ü?".into()]).as_deref(),
            Some("https://kms.acme.com/sync/steps/acme/a%2F..%2Fb%20%C3%BC%3F")
        );
        // A row that was skipped is no step.
        let rejected = |message: &mut Message| {
            message.kind = "rejected".into();
            message.names = vec!["kb-1".into()];
        };
        assert_eq!(link(rejected), overview);
    }

    #[test]
    fn names_are_counted_where_they_are_not_all_told() {
        let (message, sender) = (message(), sender());
        let letter = Letter {
            message: &message,
            sender: &sender,
        };
        assert_eq!(letter.title(), "acme: 12 removals held");
        let about = letter
            .facts()
            .into_iter()
            .find(|(what, _)| *what == "About");
        let (_, names) = about.unwrap();
        assert!(
            names.starts_with("kb-1, ") && names.ends_with("kb-10 and 2 more"),
            "{names}"
        );
    }

    #[test]
    fn what_is_told_has_a_bound() {
        let news = |words: String| News {
            kind: CauseKind::Failing,
            is_over: false,
            since: 0,
            cause: crate::model::Cause {
                count: 1,
                names: Vec::new(),
                words,
            },
        };
        for sign in ["x", "\u{1}", "é"] {
            let message = Message::new("ops", Some("acme"), &news(sign.repeat(1 << 20)), 0);
            assert!(message.words.len() <= crate::text::FOREIGN_LIMIT);
            assert!(message.words.ends_with(" bytes in all]"));
        }
    }
}
