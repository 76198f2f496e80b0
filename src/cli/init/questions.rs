//! The questions of `init`, at most eight of them in any one talk.

use std::io::{BufRead, Write};
use std::sync::LazyLock;

use super::WantedBeginning;
use super::look::Look;
use super::recognise::Shape;
use super::render::{Account, Fields, Known};
use crate::cli::ask::{Dialogue, Question};
use crate::cli::context::Failure;
use crate::config::{PRESETS, UploadEffect, preset_auth};

const SANDBOX: &str = "sandbox";
/// A feed that is none of the presets'.
const NO_PRESET: &str = "none";
const HAPTIK_TOKEN: &str = "HAPTIK_TOKEN";
const KMS_TOKEN: &str = "KMS_TOKEN";

static WHICH: LazyLock<String> = LazyLock::new(|| {
    format!(
        "Which knowledge base it is ({}, or none)",
        PRESETS.join(", ")
    )
});

/// Asks them.
pub(super) struct Questions<'w, R, W> {
    pub(super) dialogue: Dialogue<R, W>,
    /// What the flags say.
    pub(super) wanted: &'w WantedBeginning,
}

impl<R: BufRead, W: Write> Questions<'_, R, W> {
    fn ask(
        &mut self,
        flag: &'static str,
        words: &'static str,
        default: Option<&str>,
        problem: fn(&str) -> Option<&'static str>,
        given: Option<&str>,
    ) -> Result<String, Failure> {
        let question = Question {
            flag,
            words,
            default,
            problem,
        };
        self.dialogue.ask(&question, given)
    }

    /// Tells something in between.
    pub(super) fn tell(&mut self, words: &str) {
        let _ = write!(self.dialogue.output, "{words}");
    }

    /// A folder, or an address with `://` in it.
    pub(super) fn source(&mut self) -> Result<String, Failure> {
        if let Some(feed) = &self.wanted.feed {
            return address(feed);
        }
        self.ask(
            "--folder or --feed",
            "The folder that the knowledge base exports into, or the URL where it answers",
            Some("export"),
            filled,
            self.wanted.folder.as_deref(),
        )
    }

    /// A folder is read by whoever may read it.
    pub(super) fn nobody_known(&self) -> Result<(), Failure> {
        self.no_token("a folder needs none: name the --feed, or leave this out")
    }

    /// A token that nothing would use is told, not dropped.
    fn no_token(&self, remedy: &str) -> Result<(), Failure> {
        match &self.wanted.feed_token_env {
            None => Ok(()),
            Some(name) => Err(Failure::Usage(format!(
                "--feed-token-env: nothing would use {name}; {remedy}"
            ))),
        }
    }

    /// The preset, unless the answer of the feed has said all there is to say.
    pub(super) fn preset(&mut self, look: &Look) -> Result<Option<String>, Failure> {
        let default = match look.shape {
            Shape::Preset(preset) => preset,
            Shape::Json { .. } | Shape::File(_) if self.wanted.preset.is_none() => return Ok(None),
            Shape::Json { .. } | Shape::File(_) | Shape::Unknown => NO_PRESET,
        };
        let preset = self.ask(
            "--preset",
            &WHICH,
            Some(default),
            |answer| {
                let known = answer == NO_PRESET || PRESETS.contains(&answer);
                (!known).then_some("write one of these names")
            },
            self.wanted.preset.as_deref(),
        )?;
        Ok(Some(preset).filter(|preset| preset != NO_PRESET))
    }

    /// How the feed knows us. Whoever has no preset says so with flags, or later in the file.
    pub(super) fn known(&mut self, preset: Option<&str>) -> Result<Option<Known>, Failure> {
        let wanted = self.wanted;
        let kind = preset.and_then(preset_auth);
        let flags = wanted.feed_user.is_some() || wanted.feed_token_env.is_some();
        let user = match (kind.as_deref(), preset) {
            (Some("basic"), _) => Some(("The user as whom it is read, such as you@acme.com", None)),
            (Some("oauth2"), _) => Some(("The client id with which it is read", None)),
            (Some(_), _) => None,
            (None, None | Some("rss")) if !flags => return Ok(None),
            (None, _) => Some((
                "The user as whom it is read, or nothing for what everybody may read",
                Some(""),
            )),
        };
        let user = match user {
            None => None,
            Some((words, default)) => {
                let problem = if default.is_some() { anything } else { filled };
                let given = wanted.feed_user.as_deref();
                Some(self.ask("--feed-user", words, default, problem, given)?)
            }
        };
        if kind.is_none() && user.as_deref() == Some("") {
            self.no_token(
                "say with --feed-user as whom the feed is read, or leave this out and write `auth` into the file (docs/FEEDS.md)",
            )?;
            return Ok(None);
        }
        let token_env = wanted.feed_token_env.as_deref().unwrap_or(KMS_TOKEN);
        Ok(Some(Known {
            kind,
            user,
            token_env: token_env.to_owned(),
        }))
    }

    /// Only who runs an RSS feed knows whether it is of use.
    pub(super) fn lists_all(&mut self) -> Result<(), Failure> {
        let answer = self.ask(
            "--lists-all",
            "Whether this feed always holds every article, and not its newest alone (yes or no)",
            None,
            |answer| (!matches!(answer, "yes" | "no")).then_some("write yes or no"),
            self.wanted.lists_all.then_some("yes"),
        )?;
        if answer == "yes" {
            return Ok(());
        }
        Err(Failure::Usage(
            "what drops out of such a feed would be removed from the bot; take the API of the knowledge base, or a folder that it exports into".to_owned(),
        ))
    }

    /// `None`: the sandbox.
    pub(super) fn account(&mut self) -> Result<Option<Account>, Failure> {
        let wanted = self.wanted;
        let base_url = self.ask(
            "--base-url",
            "The URL that Haptik gave you, or \"sandbox\" to try things out without Haptik",
            Some(SANDBOX),
            filled,
            wanted.base_url.as_deref(),
        )?;
        if base_url == SANDBOX {
            return Ok(None);
        }
        let client_id = self.ask(
            "--client-id",
            "Your client-id at Haptik",
            None,
            filled,
            wanted.client_id.as_deref(),
        )?;
        let token_env = wanted.token_env.as_deref().unwrap_or(HAPTIK_TOKEN);
        Ok(Some(Account {
            base_url,
            client_id,
            token_env: token_env.to_owned(),
        }))
    }

    /// The bot, and what an upload does. A wrong guess takes live answers away, so only the sandbox
    /// has defaults.
    pub(super) fn bot(&mut self, tries_out: bool) -> Result<(String, UploadEffect), Failure> {
        let wanted = self.wanted;
        let domain_name = self.ask(
            "--domain-name",
            "The bot (its domain_name)",
            tries_out.then_some("my_bot"),
            filled,
            wanted.domain_name.as_deref(),
        )?;
        let effect = self.ask(
            "--upload-effect",
            "What one upload does to the steps that it does not name: \"merge\" (they stay) or \"replace\" (they go inactive)",
            tries_out.then_some("merge"),
            |answer| {
                (!matches!(answer, "merge" | "replace"))
                    .then_some("write merge or replace; Haptik can tell you which")
            },
            wanted.upload_effect.as_deref(),
        )?;
        let effect = match &*effect {
            "replace" => UploadEffect::Replace,
            _ => UploadEffect::Merge,
        };
        Ok((domain_name, effect))
    }

    /// The columns, where flags say them.
    pub(super) fn given_columns(&self) -> Option<Fields> {
        let wanted = self.wanted;
        Some(Fields {
            id: wanted.id.clone()?,
            question: wanted.question.clone()?,
            answer: wanted.answer.clone()?,
        })
    }

    /// The columns, where their names did not say enough; an empty answer leaves it at that.
    pub(super) fn columns(&mut self) -> Result<Option<Fields>, Failure> {
        let id = self.ask(
            "--id",
            "Nothing could be taken. If columns have other names: the one with the article's id, or nothing to leave it",
            Some(""),
            anything,
            None,
        )?;
        if id.is_empty() {
            return Ok(None);
        }
        Ok(Some(Fields {
            id,
            question: self.ask(
                "--question",
                "The columns with questions, separated by commas",
                None,
                filled,
                None,
            )?,
            answer: self.ask("--answer", "The column with the answer", None, filled, None)?,
        }))
    }
}

/// What `--feed` says; it is never the name of a folder.
fn address(feed: &str) -> Result<String, Failure> {
    let (scheme, rest) = feed.split_once("://").unwrap_or(("", feed));
    let known = ["http", "https"];
    if known.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Ok(feed.to_owned());
    }
    Err(Failure::Usage(format!(
        "--feed: {feed} is no URL that begins with https:// or http://; write --feed https://{rest}"
    )))
}

fn filled(answer: &str) -> Option<&'static str> {
    answer.trim().is_empty().then_some("an answer is needed")
}

fn anything(_: &str) -> Option<&'static str> {
    None
}
