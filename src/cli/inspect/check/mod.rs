//! `check`: what could keep a sync from working, each with what was found and what to do. Changes
//! nothing and uploads nothing; one call, which the budget counts, asks Haptik whether it takes the token.

mod address;
mod audience;
mod authors;
mod budget;
pub(crate) mod credential_check;
mod haptik;
mod sources;
mod state;
mod variants;
mod watches;

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::json;

use crate::cli::context::{Context, answer, answer_json, ignored};
use crate::cli::output::{of_state, painted};
use crate::cli::record::{RecordArgs, Recorder};
use crate::clock::Clock;
use crate::config::{
    Admin, BaseUrl, Bot, Config, Problems, Secret, SecretError, SecretSource, SourceKind,
};
use crate::control::{CommandFailure, Exit};
use crate::text::{count, shown_lines};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Leave out what needs the network: feeds, and everything about Haptik but the token's place
    #[arg(long, conflicts_with = "record")]
    pub(crate) offline: bool,
    #[command(flatten)]
    record: RecordArgs,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CheckVerdict {
    /// Nothing to do.
    Ok,
    /// It works, but a person should look.
    Warning,
    /// It cannot work like this.
    Wrong,
}

impl CheckVerdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Check {
    name: String,
    verdict: CheckVerdict,
    evidence: String,
    remedy: Option<String>,
}

impl Check {
    fn ok(name: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            verdict: CheckVerdict::Ok,
            evidence: evidence.into(),
            remedy: None,
        }
    }

    fn found(
        name: impl Into<String>,
        verdict: CheckVerdict,
        evidence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            verdict,
            evidence: evidence.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// From a message of the form `what is wrong; what to do`.
    fn from_message(name: impl Into<String>, verdict: CheckVerdict, message: &str) -> Self {
        let (evidence, remedy) = match message.split_once("; ") {
            Some((evidence, remedy)) => (evidence, Some(remedy.to_owned())),
            None => (message, None),
        };
        Self {
            name: name.into(),
            verdict,
            evidence: evidence.to_owned(),
            remedy,
        }
    }
}

pub(crate) fn check(context: &Context, wanted: &CheckArgs) -> Result<Exit, CommandFailure> {
    check_file(context, context.load(), wanted.offline, &wanted.record)
}

/// Checks what a configuration file holds.
pub(crate) fn check_file(
    context: &Context,
    loaded: Result<Config, Problems>,
    offline: bool,
    record: &RecordArgs,
) -> Result<Exit, CommandFailure> {
    let config = match loaded {
        Ok(config) => config,
        Err(problems) => {
            tell(context, &[wrong_configuration(&problems)])?;
            return Ok(Exit::Usage);
        }
    };
    let recorder = record.begin("check", &config, &context.clock)?;
    context.block_on(async {
        let mut checks = all(&config, &context.clock, offline, recorder.as_ref()).await;
        checks.extend(recorder.map(|recorder| recording(&recorder)));
        // Told before the runtime ends: it waits for a look-up of a name that hangs.
        tell(context, &checks)?;
        Ok(exit(&checks))
    })
}

fn exit(checks: &[Check]) -> Exit {
    if checks
        .iter()
        .any(|check| check.verdict == CheckVerdict::Wrong)
    {
        Exit::Failed
    } else {
        Exit::InSync
    }
}

/// The checks in the order in which a person would fix things.
async fn all(
    config: &Config,
    clock: &Clock,
    offline: bool,
    recorder: Option<&Arc<Recorder>>,
) -> Vec<Check> {
    let state_dir = &config.state_dir;
    let mut checks = vec![configuration(config)];
    if let Some(words) = ignored(config) {
        checks.push(Check::from_message(
            "environment",
            CheckVerdict::Warning,
            &words,
        ));
    }
    checks.extend(state::folder(state_dir));
    checks.push(state::file(config).await);
    checks.extend(state::bots(config).await);
    checks.push(state::daemon(config).await);
    checks.extend(state::shared_folders(config));
    let notify = config.notify.as_ref();
    for bot in &config.bots {
        let standing = state::StateEvidence::of(config, &bot.domain_name).await;
        for source in &bot.sources {
            if offline && matches!(source.kind, SourceKind::Feed(_)) {
                continue;
            }
            checks.extend(sources::source(bot, source, standing, notify, clock).await);
        }
        if !offline || !has_feed(bot) {
            checks.extend(variants::variants(bot, clock).await);
        }
    }
    checks.extend(authors::without_authors(&config.bots, notify));
    checks.extend(watches::watches(config).await);
    let mut looked = haptik::Looked::default();
    if !offline {
        looked = haptik::checks(config, clock, recorder).await;
    }
    checks.push(token(
        "token",
        config.haptik.token.as_ref(),
        looked.daemon_is_let_in,
    ));
    if let Some((source, read)) = config.admin.as_ref().and_then(admin_token) {
        checks.push(token_as_read("admin token", source, read, false));
    }
    if let Some(admin) = &config.admin {
        checks.extend(admin.users.iter().filter_map(|user| {
            let name = format!("admin token of {}", user.name);
            let (source, read) = (user.token.as_ref()?, admin.read_token_of(user)?);
            Some(token_as_read(&name, source, read, false))
        }));
    }
    for receiver in config.notify.iter().flat_map(|notify| &notify.receivers) {
        if let Some(source) = &receiver.token {
            let name = format!("token for {}", receiver.name);
            checks.push(token(&name, Some(source), false));
        }
    }
    checks.append(&mut looked.checks);
    if matches!(config.haptik.base_url, BaseUrl::Url(_)) {
        checks.extend(budget::budget(config, clock).await);
    }
    checks
}

fn recording(recorder: &Recorder) -> Check {
    match recorder.told() {
        Ok(words) if recorder.is_empty() => Check::found(
            "recording",
            CheckVerdict::Warning,
            words,
            "a running daemon makes the call of `check` itself, and the sandbox inside this program is not called; stop the daemon, \
             or see what is wrong above",
        ),
        Ok(words) => Check::ok("recording", words),
        Err(failure) => Check::from_message("recording", CheckVerdict::Wrong, &failure.to_string()),
    }
}

fn has_feed(bot: &Bot) -> bool {
    let mut sources = bot.sources.iter();
    sources.any(|source| matches!(source.kind, SourceKind::Feed(_)))
}

fn configuration(config: &Config) -> Check {
    let sources: usize = config.bots.iter().map(|bot| bot.sources.len()).sum();
    Check::ok(
        "configuration",
        format!(
            "{}: {}, {}",
            config.path.display(),
            count(config.bots.len() as u64, "bot", "bots"),
            count(sources as u64, "source", "sources"),
        ),
    )
}

fn wrong_configuration(problems: &Problems) -> Check {
    Check::found(
        "configuration",
        CheckVerdict::Wrong,
        problems.to_string(),
        "fix this and run `kms-haptik-sync check` again; the other checks follow then",
    )
}

/// `elsewhere`: the daemon has a token that works, whatever this process finds.
fn token(name: &str, source: Option<&SecretSource>, elsewhere: bool) -> Check {
    let Some(source) = source else {
        return Check::ok(name, "the sandbox needs none");
    };
    token_as_read(name, source, source.read(), elsewhere)
}

fn admin_token(admin: &Admin) -> Option<(&SecretSource, Result<Secret, SecretError>)> {
    Some((admin.token.as_ref()?, admin.read_token()?))
}

fn token_as_read(
    name: &str,
    source: &SecretSource,
    read: Result<Secret, SecretError>,
    elsewhere: bool,
) -> Check {
    match read {
        Ok(_) => Check::ok(name, format!("{source} holds one")),
        Err(error) if elsewhere => Check::ok(
            name,
            format!("the daemon has one ({source} is not for this command to read: {error})"),
        ),
        Err(error) => Check::from_message(name, CheckVerdict::Wrong, &error.to_string()),
    }
}

fn tell(context: &Context, checks: &[Check]) -> Result<(), CommandFailure> {
    if context.json {
        let checks: Vec<_> = checks
            .iter()
            .map(|check| {
                json!({
                    "name": check.name,
                    "state": check.verdict.name(),
                    "evidence": check.evidence,
                    "remedy": check.remedy,
                })
            })
            .collect();
        answer_json(&json!({ "checks": checks }))
    } else {
        answer(&text(checks))
    }
}

/// The checks as a list, and what they come to.
fn text(checks: &[Check]) -> String {
    let names = checks.iter().map(|check| check.name.chars().count());
    let width = names.max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let word = check.verdict.name();
        let word = painted(of_state(word), format_args!("{word:<7}"));
        let indent = 11 + width;
        let _ = writeln!(
            text,
            "{word}  {:<width$}  {}",
            check.name,
            shown_lines(&check.evidence, indent)
        );
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(text, "{:indent$}→ {}", "", shown_lines(remedy, indent + 2));
        }
    }
    let many = |verdict| {
        checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count()
    };
    let _ = writeln!(
        text,
        "{} ok, {}, {} wrong",
        many(CheckVerdict::Ok),
        count(many(CheckVerdict::Warning) as u64, "warning", "warnings"),
        many(CheckVerdict::Wrong),
    );
    text
}

#[cfg(test)]
mod tests;
