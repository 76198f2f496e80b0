//! The questions of `init`, at most nine of them in any one talk.

use std::io::{BufRead, Write};
use std::sync::LazyLock;

use super::InitArgs;
use super::find::UrlLook;
use super::find::fields::InitFields;
use super::find::recognise::FeedShape;
use super::render::{Account, KnownFeed, Reads};
use crate::cli::ask::{Dialogue, Question};
use crate::config::{
    Audience, ConfigWord, PRESETS, ScopeOf, UploadEffect, has_audience, has_locale, preset_auth,
    preset_scope,
};
use crate::control::CommandFailure;

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
pub(crate) struct Questions<'w, R, W> {
    pub(crate) dialogue: Dialogue<R, W>,
    /// What the flags say.
    pub(crate) args: &'w InitArgs,
}

impl<R: BufRead, W: Write> Questions<'_, R, W> {
    fn ask(
        &mut self,
        flag: &'static str,
        words: &'static str,
        default: Option<&str>,
        problem: fn(&str) -> Option<&'static str>,
        given: Option<&str>,
    ) -> Result<String, CommandFailure> {
        let question = Question {
            flag,
            words,
            default,
            problem,
        };
        self.dialogue.ask(&question, given)
    }

    /// Tells something in between.
    pub(crate) fn tell(&mut self, words: &str) {
        let _ = write!(self.dialogue.output, "{words}");
    }

    /// A folder, or an address with `://` in it.
    pub(crate) fn source(&mut self) -> Result<String, CommandFailure> {
        if let Some(feed) = &self.args.feed {
            return address(feed);
        }
        self.ask(
            "--folder or --feed",
            "The folder that the knowledge base exports into, or the URL where it answers",
            Some("export"),
            filled,
            self.args.folder.as_deref(),
        )
    }

    /// A folder is read by whoever may read it.
    pub(crate) fn nobody_known(&self) -> Result<(), CommandFailure> {
        self.no_token("a folder needs none: name the --feed, or leave this out")
    }

    /// A token that nothing would use is told, not dropped.
    fn no_token(&self, remedy: &str) -> Result<(), CommandFailure> {
        match &self.args.feed_token_env {
            None => Ok(()),
            Some(name) => Err(CommandFailure::Usage(format!(
                "--feed-token-env: nothing would use {name}; {remedy}"
            ))),
        }
    }

    /// The preset, unless the answer of the feed has said all there is to say.
    pub(crate) fn preset(&mut self, look: &UrlLook) -> Result<Option<String>, CommandFailure> {
        let default = match look.shape {
            FeedShape::Preset(preset) => preset,
            FeedShape::Json { .. } | FeedShape::File(_) if self.args.preset.is_none() => {
                return Ok(None);
            }
            FeedShape::Json { .. } | FeedShape::File(_) | FeedShape::Unknown => NO_PRESET,
        };
        let preset = self.ask(
            "--preset",
            &WHICH,
            Some(default),
            |answer| {
                let known = answer == NO_PRESET || PRESETS.contains(&answer);
                (!known).then_some("write one of these names")
            },
            self.args.preset.as_deref(),
        )?;
        Ok(Some(preset).filter(|preset| preset != NO_PRESET))
    }

    /// How the feed knows us. Whoever has no preset says so with flags, or later in the file.
    pub(crate) fn known(
        &mut self,
        preset: Option<&str>,
    ) -> Result<Option<KnownFeed>, CommandFailure> {
        let args = self.args;
        let kind = preset.and_then(preset_auth);
        let flags = args.feed_user.is_some() || args.feed_token_env.is_some();
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
                let given = args.feed_user.as_deref();
                Some(self.ask("--feed-user", words, default, problem, given)?)
            }
        };
        if kind.is_none() && user.as_deref() == Some("") {
            self.no_token(
                "say with --feed-user as whom the feed is read, or leave this out and write `auth` into the file (docs/FEEDS.md)",
            )?;
            return Ok(None);
        }
        let token_env = args.feed_token_env.as_deref().unwrap_or(KMS_TOKEN);
        Ok(Some(KnownFeed {
            kind,
            user,
            token_env: token_env.to_owned(),
        }))
    }

    /// Audience, scope and locale belong to a preset; anywhere else they would be dropped without a word.
    pub(crate) fn no_preset(&self) -> Result<(), CommandFailure> {
        let flags = [
            ("--scope", &self.args.scope),
            ("--audience", &self.args.audience),
            ("--locale", &self.args.locale),
        ];
        match flags.into_iter().find(|(_, value)| value.is_some()) {
            None => Ok(()),
            Some((flag, _)) => Err(CommandFailure::Usage(format!(
                "{flag}: only a preset knows what it means; name the knowledge base with --preset, or leave this out"
            ))),
        }
    }

    /// Whose articles a preset reads, and of which part of the knowledge base. Without credentials
    /// there is nothing that only some may see.
    pub(crate) fn reads(
        &mut self,
        preset: &str,
        has_credentials: bool,
        look: &UrlLook,
    ) -> Result<Reads, CommandFailure> {
        let args = self.args;
        let is_asked = has_credentials && has_audience(preset);
        let audience = match (&args.audience, is_asked) {
            (None, false) => Audience::Public,
            (given, _) => {
                let answer = self.ask(
                    "--audience",
                    "What the bot may say: \"public\", what everybody may read, or \"any\", also what only some readers may see",
                    Some("public"),
                    |answer| Audience::from_word(answer).is_none().then_some("write public or any"),
                    given.as_deref(),
                )?;
                taken(&answer)
            }
        };
        let scope = match (preset_scope(preset), &args.scope) {
            (Some(scope), given) if given.is_some() || scope.is_required(audience) => {
                self.scope(preset, &scope, look.scope.as_deref())?
            }
            (None, Some(_)) => {
                return Err(CommandFailure::Usage(format!(
                    "--scope: {preset} reads the whole of what its address answers with; leave this out"
                )));
            }
            _ => Vec::new(),
        };
        let locale = self.locale(preset, look.locale.as_deref())?;
        Ok(Reads {
            audience,
            scope,
            locale,
        })
    }

    /// The language, where a preset can choose one.
    fn locale(
        &mut self,
        preset: &str,
        found: Option<&str>,
    ) -> Result<Option<String>, CommandFailure> {
        if !has_locale(preset) {
            return match &self.args.locale {
                None => Ok(None),
                Some(_) => Err(CommandFailure::Usage(format!(
                    "--locale: {preset} does not say in which language an article is; leave this out"
                ))),
            };
        }
        let args = self.args;
        let answer = self.ask(
            "--locale",
            "The language that is read, such as en-us, or nothing where there is one",
            Some(found.unwrap_or_default()),
            anything,
            args.locale.as_deref(),
        )?;
        Ok(Some(answer).filter(|answer| !answer.is_empty()))
    }

    fn scope(
        &mut self,
        preset: &str,
        scope: &ScopeOf,
        found: Option<&str>,
    ) -> Result<Vec<String>, CommandFailure> {
        let ScopeOf {
            means,
            find,
            example,
            ..
        } = scope;
        let all = if scope.everything {
            format!(", or --scope \"*\" for every {means} that the account can see")
        } else {
            String::new()
        };
        if self.args.scope.is_none() && found.is_none() && self.dialogue.yes {
            return Err(CommandFailure::Usage(format!(
                "--scope: {preset} reads the {means} that you name, and not whatever its account can see; give --scope {example} ({find}){all}"
            )));
        }
        let all = if scope.everything { ", * for all" } else { "" };
        let words =
            format!("Which {means} is read, such as {example}; several with commas{all} ({find})");
        let question = Question {
            flag: "--scope",
            words: &words,
            default: found,
            problem: named,
        };
        let answer = self.dialogue.ask(&question, self.args.scope.as_deref())?;
        let parts = answer.split(',').map(str::trim);
        Ok(parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect())
    }

    /// Only who runs an RSS feed knows whether it is of use.
    pub(crate) fn lists_all(&mut self) -> Result<(), CommandFailure> {
        let answer = self.ask(
            "--lists-all",
            "Whether this feed always holds every article, and not its newest alone (yes or no)",
            None,
            |answer| (!matches!(answer, "yes" | "no")).then_some("write yes or no"),
            self.args.lists_all.then_some("yes"),
        )?;
        if answer == "yes" {
            return Ok(());
        }
        Err(CommandFailure::Usage(
            "what drops out of such a feed would be removed from the bot; take the API of the knowledge base, or a folder that it exports into".to_owned(),
        ))
    }

    /// `None`: the sandbox.
    pub(crate) fn account(&mut self) -> Result<Option<Account>, CommandFailure> {
        let args = self.args;
        let base_url = self.ask(
            "--base-url",
            "The URL that Haptik gave you, or \"sandbox\" to try things out without Haptik",
            Some(SANDBOX),
            filled,
            args.base_url.as_deref(),
        )?;
        if base_url == SANDBOX {
            return Ok(None);
        }
        let client_id = self.ask(
            "--client-id",
            "Your client-id at Haptik",
            None,
            filled,
            args.client_id.as_deref(),
        )?;
        let token_env = args.token_env.as_deref().unwrap_or(HAPTIK_TOKEN);
        Ok(Some(Account {
            base_url,
            client_id,
            token_env: token_env.to_owned(),
        }))
    }

    /// The bot, and what an upload does. A wrong guess takes live answers away, so only the sandbox
    /// has defaults.
    pub(crate) fn bot(
        &mut self,
        tries_out: bool,
    ) -> Result<(String, UploadEffect), CommandFailure> {
        let args = self.args;
        let domain_name = self.ask(
            "--domain-name",
            "The bot (its domain_name)",
            tries_out.then_some("my_bot"),
            filled,
            args.domain_name.as_deref(),
        )?;
        let effect = self.ask(
            "--upload-effect",
            "What one upload does to the steps that it does not name: \"merge\" (they stay) or \"replace\" (they go inactive)",
            tries_out.then_some("merge"),
            |answer| {
                let is_none = UploadEffect::from_word(answer).is_none();
                is_none.then_some("write merge or replace; Haptik can tell you which")
            },
            args.upload_effect.as_deref(),
        )?;
        Ok((domain_name, taken(&effect)))
    }

    /// The columns, where flags say them.
    pub(crate) fn given_columns(&self) -> Option<InitFields> {
        let args = self.args;
        Some(InitFields {
            id: args.id.clone()?,
            question: args.question.clone()?,
            answer: args.answer.clone()?,
        })
    }

    /// The columns, where their names did not say enough; an empty answer leaves it at that.
    pub(crate) fn columns(&mut self) -> Result<Option<InitFields>, CommandFailure> {
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
        Ok(Some(InitFields {
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
fn address(feed: &str) -> Result<String, CommandFailure> {
    let (scheme, rest) = feed.split_once("://").unwrap_or(("", feed));
    let known = ["http", "https"];
    if known.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Ok(feed.to_owned());
    }
    Err(CommandFailure::Usage(format!(
        "--feed: {feed} is no URL that begins with https:// or http://; write --feed https://{rest}"
    )))
}

fn filled(answer: &str) -> Option<&'static str> {
    answer.trim().is_empty().then_some("an answer is needed")
}

fn named(answer: &str) -> Option<&'static str> {
    let named = answer.split(',').any(|part| !part.trim().is_empty());
    (!named).then_some("name one, or * for all")
}

fn anything(_: &str) -> Option<&'static str> {
    None
}

/// What a word stands for that the dialogue has taken.
fn taken<T: ConfigWord>(word: &str) -> T {
    T::from_word(word).unwrap_or_else(|| unreachable!("{word} was taken"))
}
