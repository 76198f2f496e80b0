//! Writes answers out as a commented configuration. Pure.

use std::fmt::Write as _;

use reqwest::Url;

use super::find::fields::InitFields;
use super::find::paging::{GuessedPaging, NextPage};
use super::pages::Patterns;
use crate::config::{
    Audience, ConfigWord, OAuthExample, UploadEffect, has_audience, has_locale, preset_scope,
};
use crate::intake::folder::include_line;

/// What the questions brought.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    pub(crate) source: InitSource,
    /// The address of Haptik and what it asks for; `None`: the embedded sandbox.
    pub(crate) haptik: Option<Account>,
    /// The state folder, where the one that is usual speaks of another Haptik.
    pub(crate) state_dir: Option<String>,
    /// The bot.
    pub(crate) domain_name: String,
    /// What its uploads do.
    pub(crate) effect: UploadEffect,
    /// The columns, where their names do not say what they are.
    pub(crate) fields: Option<InitFields>,
}

impl Answers {
    /// Whether there is something whose columns a person may have to name.
    pub(crate) fn has_unknown_columns(&self) -> bool {
        self.fields.is_none()
            && match &self.source {
                InitSource::Folder { there, .. } => *there,
                InitSource::Feed(feed) => !matches!(feed.shape, InitShape::Preset { .. }),
            }
    }
}

/// Where articles come from.
#[derive(Clone, Debug)]
pub(crate) enum InitSource {
    /// A folder.
    Folder {
        /// Its path from the configuration file.
        path: String,
        /// Whether it is there already.
        there: bool,
        /// What of it counts; without any, the default.
        patterns: Patterns,
    },
    /// A knowledge base that answers over HTTP.
    Feed(Box<InitFeed>),
}

/// A knowledge base that answers over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct InitFeed {
    pub(crate) address: String,
    /// What of the address chooses what is read.
    pub(crate) query: Vec<(String, String)>,
    /// Lines in which it differs from its preset.
    pub(crate) settings: Vec<String>,
    /// What says which articles are live: pointers and conditions.
    pub(crate) keep: Vec<(String, String)>,
    /// The fields, where they were found deeper than usual.
    pub(crate) fields: Option<InitFields>,
    pub(crate) shape: InitShape,
    /// How it knows us; `None`: not at all.
    pub(crate) known: Option<KnownFeed>,
}

/// What it answers with.
#[derive(Clone, Debug)]
pub(crate) enum InitShape {
    /// As a preset says.
    Preset {
        preset: String,
        /// What it reads.
        reads: Reads,
    },
    /// Pages of JSON.
    Json {
        /// The pointer to the list in a page.
        items: Option<String>,
        paging: GuessedPaging,
    },
    /// A file of this format.
    File(&'static str),
}

/// What a preset reads.
#[derive(Clone, Debug)]
pub(crate) struct Reads {
    pub(crate) audience: Audience,
    /// Empty: as the preset has it.
    pub(crate) scope: Vec<String>,
    /// `None`: as the knowledge base has it.
    pub(crate) locale: Option<String>,
}

impl Default for Reads {
    fn default() -> Self {
        Self {
            audience: Audience::Public,
            scope: Vec::new(),
            locale: None,
        }
    }
}

/// How a knowledge base knows us.
#[derive(Clone, Debug)]
pub(crate) struct KnownFeed {
    /// As the preset has it; `None`: by name and password.
    pub(crate) kind: Option<String>,
    /// A user, or a client id.
    pub(crate) user: Option<String>,
    /// The environment variable that holds the token or password.
    pub(crate) token_env: String,
}

/// An account at Haptik.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) base_url: String,
    pub(crate) client_id: String,
    /// The environment variable that holds the token.
    pub(crate) token_env: String,
}

/// The configuration.
pub(crate) fn render(answers: &Answers) -> String {
    let effect = answers.effect.word();
    format!(
        "# The configuration of kms-haptik-sync. What is commented out shows the default.\n\
         # docs/CONFIGURATION.md explains every key.\n\n\
         # The database and the lock; a path begins in the folder of this file. A state belongs to one Haptik.\n\
         {}\n\n\
         {}\n\
         [[bot]]\n\
         domain_name = {}\n\n\
         # What one upload does to the steps that it does not name. Haptik can tell you.\n\
         #   \"merge\":   they stay. Uploads hold what changed, and each removal is a row of its own.\n\
         #   \"replace\": they go inactive. Every upload holds all steps.\n\
         upload_effect = \"{effect}\"\n\n\
         # More removals in one plan than both of these wait for `kms-haptik-sync approve`.\n\
         # max_removal_percent = 20\n\
         # max_removals = 5\n\n\
         [[bot.source]]\n\
         {}",
        match &answers.state_dir {
            Some(state_dir) => format!("state_dir = {}", quoted(state_dir)),
            None => "# state_dir = \"state\"".to_owned(),
        },
        haptik(answers.haptik.as_ref()),
        quoted(&answers.domain_name),
        source(answers),
    )
}

fn source(answers: &Answers) -> String {
    match &answers.source {
        InitSource::Folder { path, patterns, .. } => format!(
            "# The folder that the knowledge base exports into.\n\
             folder = {}\n\n\
             {}\n\
             {}",
            quoted(path),
            counting(patterns),
            fields(answers.fields.as_ref()),
        ),
        InitSource::Feed(feed) => format!(
            "# The knowledge base, asked over HTTP; docs/FEEDS.md explains every key.\n\
             feed = {}\n\
             {}{}{}{}\
             # How often it is asked.\n\
             # every = \"5m\"\n\n\
             {}{}",
            quoted(&feed.address),
            name(&feed.address),
            shape(&feed.shape, &feed.settings),
            query(&feed.query),
            keep(feed),
            auth(feed),
            match (&feed.shape, &answers.fields) {
                (InitShape::Preset { .. }, None) => String::new(),
                (_, given) => format!("\n{}", fields(given.as_ref())),
            },
        ),
    }
}

/// Which files of a folder count.
fn counting(patterns: &Patterns) -> String {
    if patterns.include.is_empty() {
        return "# Which files count; without it all known formats but Markdown and HTML.\n\
                # include = [\"**/*.csv\"]\n"
            .to_owned();
    }
    let include = include_line(&patterns.include);
    let mut lines = format!("# Which files count: what is in the folder now.\n{include}\n");
    if !patterns.exclude.is_empty() {
        let _ = writeln!(lines, "exclude = {:?}", patterns.exclude);
    }
    lines
}

/// What messages call the source.
fn name(address: &str) -> String {
    let host = Url::parse(address)
        .ok()
        .and_then(|url| Some(url.host_str()?.to_owned()));
    host.map_or_else(String::new, |host| format!("name = {}\n", quoted(&host)))
}

fn shape(shape: &InitShape, settings: &[String]) -> String {
    match shape {
        InitShape::Preset {
            preset,
            reads: what,
        } => format!(
            "# What such a knowledge base needs; every key of it can be changed here. To see them:\n\
             # kms-haptik-sync init --show-preset {preset}\n\
             preset = {}\n{}{}{}",
            quoted(preset),
            settings
                .iter()
                .flat_map(|line| [line.as_str(), "\n"])
                .collect::<String>(),
            reads(preset, what),
            match &**preset {
                "rss" =>
                    "# It always holds every article: what drops out of it goes from the bot.\nlists_all = true\n",
                name if !has_locale(name) || what.locale.is_some() => "",
                _ => "# One language of several.\n# locale = \"en-us\"\n",
            },
        ),
        InitShape::File(format) => {
            format!("# The address is one file.\nformat = {}\n", quoted(format))
        }
        InitShape::Json {
            items: None,
            paging,
        } => format!(
            "# Where the list of articles is in a page; left out: the page is the list.\n\
             # items = \"/articles\"\n\
             {}",
            pages(paging),
        ),
        InitShape::Json {
            items: Some(items),
            paging,
        } => format!(
            "# Where the list of articles is in a page.\n\
             items = {}\n\
             {}",
            quoted(items),
            pages(paging),
        ),
    }
}

fn reads(preset: &str, reads: &Reads) -> String {
    let mut text = String::new();
    if let Some(locale) = &reads.locale {
        let locale = quoted(locale);
        let _ = writeln!(text, "# One language of several.\nlocale = {locale}");
    }
    let audience = format!("audience = {}\n", quoted(reads.audience.word()));
    if has_audience(preset) || reads.audience == Audience::Any {
        text.push_str("# \"public\": what everybody may read; \"any\": also what only some readers may see, and it goes live.\n");
        text.push_str(&audience);
    }
    if let Some(scope) = preset_scope(preset)
        && !reads.scope.is_empty()
    {
        let values: Vec<String> = reads.scope.iter().map(|value| quoted(value)).collect();
        let (means, find) = (scope.means, scope.find);
        let _ = writeln!(
            text,
            "# What of it is read: the {means}, or several; \"*\" for all. {find}.\nscope = [{}]",
            values.join(", ")
        );
    }
    text
}

fn query(query: &[(String, String)]) -> String {
    if query.is_empty() {
        return String::new();
    }
    let pairs = query.iter();
    let pairs = pairs.map(|(name, value)| format!("{} = {}", quoted(name), quoted(value)));
    let pairs: Vec<String> = pairs.collect();
    format!(
        "# What of the address chooses what is read.\nquery = {{ {} }}\n",
        pairs.join(", ")
    )
}

/// No draft where the articles say which they are; a preset knows it better.
fn keep(feed: &InitFeed) -> String {
    if feed.keep.is_empty() || matches!(feed.shape, InitShape::Preset { .. }) {
        return String::new();
    }
    let conditions = feed.keep.iter();
    let conditions =
        conditions.map(|(pointer, condition)| format!("{} = {condition}", quoted(pointer)));
    let conditions: Vec<String> = conditions.collect();
    format!(
        "# Which articles are live, as the first page says it; look whether that is what it means.\nkeep = {{ {} }}\n",
        conditions.join(", ")
    )
}

fn pages(paging: &GuessedPaging) -> String {
    let mode = match &paging.next {
        None => "mode = \"none\"".to_owned(),
        Some(NextPage::LinkHeader) => "mode = \"link_header\"".to_owned(),
        Some(NextPage::Url(next)) => format!("mode = \"next_url\", next = {}", quoted(next)),
        Some(NextPage::Page {
            parameter,
            start,
            pages,
        }) => {
            let pages = pages.as_ref();
            let pages = pages.map(|pages| format!(", pages = {}", quoted(pages)));
            format!(
                "mode = \"page\", parameter = {}, start = {start}{}",
                quoted(parameter),
                pages.unwrap_or_default()
            )
        }
        Some(NextPage::Offset { parameter }) => {
            format!("mode = \"offset\", parameter = {}", quoted(parameter))
        }
    };
    if let (None, Some(warning)) = (&paging.next, &paging.warning) {
        return format!(
            "# {warning}.\n# One page is read. Where there are more, say how they follow each other:\n\
             # paging = {{ mode = \"next_url\", next = \"/links/next\" }}\n"
        );
    }
    let words = match (&paging.next, &paging.total) {
        (None, None) => {
            return "# One page is read. Where there are more, say how they follow each other:\n\
                    # paging = { mode = \"next_url\", next = \"/links/next\" }\n"
                .to_owned();
        }
        (None, Some(_)) => {
            "# One page is read, and fails where it does not hold all. Where there are more pages, say how they\n\
             # follow each other, for example with mode = \"page\" or mode = \"next_url\".\n"
        }
        (Some(_), _) => "# How the next page is found.\n",
    };
    let total = paging
        .total
        .as_ref()
        .map(|total| format!(", total = {}", quoted(total)));
    let total = total.unwrap_or_default();
    format!("{words}paging = {{ {mode}{total} }}\n")
}

fn auth(feed: &InitFeed) -> String {
    let Some(known) = &feed.known else {
        return "# Without this, only what everybody may read is there.\n\
                # auth = { kind = \"basic\", user = \"you@acme.com\", token = { env = \"KMS_TOKEN\" } }\n"
            .to_owned();
    };
    let token = format!("token = {{ env = {} }}", quoted(&known.token_env));
    let user = quoted(known.user.as_deref().unwrap_or_default());
    let what = match known.kind.as_deref() {
        None => format!("kind = \"basic\", user = {user}, "),
        Some("basic") => format!("user = {user}, "),
        Some("oauth2") => {
            let preset = match &feed.shape {
                InitShape::Preset { preset, .. } => preset,
                _ => "",
            };
            let about = OAuthExample::of(preset, &feed.address);
            let refresh_token = format!("{}_REFRESH", known.token_env);
            format!("{}client_id = {user}, ", about.settings(&refresh_token))
        }
        Some(_) => String::new(),
    };
    format!(
        "# Where its token or password is kept, never the token itself: env, file or credential.\nauth = {{ {what}{token} }}\n"
    )
}

fn haptik(account: Option<&Account>) -> String {
    let Some(account) = account else {
        return "[haptik]\n\
                # A pretend Haptik inside the program, to try things out. For the real one, the URL that\n\
                # Haptik gave you, client_id, token = { env = \"HAPTIK_TOKEN\" }, and a state_dir of its own.\n\
                base_url = \"sandbox\"\n"
            .to_owned();
    };
    format!(
        "[haptik]\n\
         # The URL that Haptik gave you; staging and production differ.\n\
         base_url = {}\n\
         client_id = {}\n\
         # Where the token is kept, never the token itself: env, file or credential.\n\
         token = {{ env = {} }}\n\
         # Calls in any 60 seconds, all bots, commands and restarts together.\n\
         # calls_per_minute = 100\n",
        quoted(&account.base_url),
        quoted(&account.client_id),
        quoted(&account.token_env),
    )
}

fn fields(fields: Option<&InitFields>) -> String {
    let Some(fields) = fields else {
        return "# The columns have names that are recognised. Where they have others, say which is which:\n\
                # [bot.source.fields]\n\
                # id = \"article_id\"\n\
                # question = [\"title\", \"other_questions\"]\n\
                # answer = \"body\"\n"
            .to_owned();
    };
    let questions: Vec<_> = fields
        .question
        .split(',')
        .map(|column| quoted(column.trim()))
        .collect();
    format!(
        "# Column names, or JSON pointers such as \"/fields/title\".\n\
         [bot.source.fields]\n\
         id = {}\n\
         question = [{}]\n\
         answer = {}\n",
        quoted(&fields.id),
        questions.join(", "),
        quoted(&fields.answer),
    )
}

/// As a string of TOML, which takes those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
