//! `lint`: what in the content would make a bot answer badly, before customers see it. Works on the
//! configured bots, or on a folder or file alone; changes nothing and calls nobody at Haptik.

mod place;
mod sarif;
mod table;
mod text;

use std::path::Path;

use serde_json::json;

use crate::cli::context::{Context, answer, answer_foreign, answer_json, print_error};
use crate::config::{Bot, Config, Level, Lint, SourceKind};
use crate::control::{CommandFailure, Exit, wanted_bots};
use crate::lint::{Finding, FindingAt, Rule, judge};
use crate::sync::{SourceContent, content};
use crate::text::shown_lines;
use place::ShownPlaces;

#[derive(Debug, clap::Args)]
pub(crate) struct LintArgs {
    /// Only this bot; or a folder or file, which needs no configuration (a `/` in it makes it one)
    #[arg(value_name = "BOT|PATH")]
    target: Option<String>,
    /// How to tell; `json` is the same as --json
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    format: Option<LintFormat>,
    /// Another level for a rule, before what the configuration says; may be repeated
    #[arg(long, value_name = "RULE=LEVEL", value_parser = level)]
    level: Vec<(Rule, Level)>,
    /// Show every finding, however many there are
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LintFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for the pipelines of code hosts
    Sarif,
    /// A table to open in a spreadsheet
    Csv,
}

/// `near_duplicate=off`.
fn level(text: &str) -> Result<(Rule, Level), String> {
    let (rule, level) = text
        .split_once('=')
        .ok_or("write it like near_duplicate=off")?;
    let found = Rule::from_name(rule).ok_or_else(|| {
        let names = Rule::ALL.map(Rule::name);
        let nearest = names
            .iter()
            .max_by(|one, other| likeness(one, rule).total_cmp(&likeness(other, rule)));
        match nearest.filter(|name| likeness(name, rule) >= 0.8) {
            Some(name) => format!("there is no rule {rule}; did you mean {name}?"),
            None => format!(
                "there is no rule {rule}; the rules are {}",
                names.join(", ")
            ),
        }
    })?;
    let level = Level::from_name(level)
        .ok_or_else(|| format!("there is no level {level}; it is error, warning, note or off"))?;
    Ok((found, level))
}

fn likeness(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(one, other)
}

/// What was found in the steps of one bot, or of a folder alone.
struct Judged {
    /// `None`: a folder or file alone.
    domain_name: Option<String>,
    /// What to call it.
    title: String,
    steps: usize,
    findings: Vec<Finding>,
    errors: Vec<String>,
    places: ShownPlaces,
}

impl Judged {
    fn count(&self, level: Level) -> usize {
        let findings = self.findings.iter();
        findings.filter(|finding| finding.level == level).count()
    }
}

pub(crate) fn lint(context: &Context, args: &LintArgs) -> Result<Exit, CommandFailure> {
    let alone = args.target.as_deref().filter(|target| is_path(target));
    let config = match alone {
        Some(path) => of_path(path)?,
        None => context.config()?,
    };
    let name = args.target.as_deref().filter(|_| alone.is_none());
    let mut levels = config.lint.clone();
    for (rule, level) in &args.level {
        levels.set(rule.name(), *level);
    }
    let judged = context.block_on(async {
        let mut bots = Vec::new();
        for bot in wanted_bots(&config, name)? {
            let read = content(bot, &context.clock).await;
            bots.push(judge_bot(bot, read, &levels, alone));
        }
        Ok(bots)
    })?;
    tell(context, args, &judged, &levels)?;
    Ok(exit(&judged))
}

fn is_path(target: &str) -> bool {
    target.contains('/') || target == "." || Path::new(target).exists()
}

/// A configuration for a folder or file alone: nothing but where it is and the defaults.
fn of_path(path: &str) -> Result<Config, CommandFailure> {
    const ALONE: &str = "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"alone\"\nupload_effect = \"merge\"\n[[bot.source]]\nfolder = \".\"\nsettle = \"0s\"\n";
    let nothing = std::iter::empty::<(&str, &str)>();
    let mut config =
        Config::parse(ALONE, Path::new("lint.toml"), nothing).map_err(CommandFailure::Config)?;
    let absolute = std::path::absolute(path).map_err(|error| unreadable(path, &error))?;
    let data = std::fs::metadata(&absolute).map_err(|error| unreadable(path, &error))?;
    let source = &mut config.bots[0].sources[0];
    path.clone_into(&mut source.name);
    if let SourceKind::Folder(folder) = &mut source.kind {
        match (data.is_file(), absolute.parent(), absolute.file_name()) {
            (true, Some(parent), Some(file)) => {
                folder.include = vec![globset::escape(&file.to_string_lossy())];
                parent.clone_into(&mut folder.path);
            }
            _ => folder.path = absolute,
        }
    }
    Ok(config)
}

fn unreadable(path: &str, error: &std::io::Error) -> CommandFailure {
    CommandFailure::Usage(format!(
        "{path} cannot be read ({error}); name a folder or file of articles, or a bot of the configuration"
    ))
}

fn judge_bot(bot: &Bot, content: SourceContent, levels: &Lint, alone: Option<&str>) -> Judged {
    Judged {
        domain_name: alone.is_none().then(|| bot.domain_name.clone()),
        title: alone.unwrap_or(&bot.domain_name).to_owned(),
        steps: content.desired.len(),
        findings: judge(&content.desired, &content.rejections, levels),
        errors: content.errors,
        places: ShownPlaces::of(bot),
    }
}

fn tell(
    context: &Context,
    args: &LintArgs,
    judged: &[Judged],
    levels: &Lint,
) -> Result<(), CommandFailure> {
    let format = match args.format {
        _ if context.json => LintFormat::Json,
        given => given.unwrap_or(LintFormat::Text),
    };
    match format {
        LintFormat::Text => answer(&text::text(judged, args.all)),
        LintFormat::Json => answer_json(&as_json(judged)),
        LintFormat::Sarif => answer_json(&sarif::sarif(judged, levels)),
        LintFormat::Csv => answer_foreign(&table::bytes(judged)),
    }?;
    if matches!(format, LintFormat::Sarif | LintFormat::Csv) {
        for error in judged.iter().flat_map(|judged| &judged.errors) {
            print_error(&shown_lines(error, 0));
        }
    }
    Ok(())
}

/// What could not be read was not judged, so it goes before everything that was.
fn exit(judged: &[Judged]) -> Exit {
    let wants_a_person = |judged: &Judged| {
        let mut findings = judged.findings.iter();
        findings.any(|finding| finding.level >= Level::Warning)
    };
    if judged.iter().any(|judged| !judged.errors.is_empty()) {
        Exit::Failed
    } else if judged.iter().any(wants_a_person) {
        Exit::Attention
    } else {
        Exit::InSync
    }
}

fn as_json(judged: &[Judged]) -> serde_json::Value {
    let bots: Vec<_> = judged
        .iter()
        .map(|judged| {
            let findings = judged.findings.iter();
            let findings: Vec<_> = findings.map(|one| finding(one, &judged.places)).collect();
            json!({
                "domain_name": judged.domain_name,
                "steps": judged.steps,
                "counts": {
                    "error": judged.count(Level::Error),
                    "warning": judged.count(Level::Warning),
                    "note": judged.count(Level::Note),
                },
                "findings": findings,
                "errors": judged.errors,
            })
        })
        .collect();
    json!({ "bots": bots })
}

fn finding(finding: &Finding, places: &ShownPlaces) -> serde_json::Value {
    let at = |at: &FindingAt| {
        json!({
            "source": at.source,
            "file": places.file(at),
            "line": at.place.line,
            "article": at.article,
            "node_name": at.node_name,
        })
    };
    json!({
        "rule": finding.rule.name(),
        "level": finding.level.name(),
        "at": finding.at.as_ref().map(at),
        "field": finding.field,
        "finding": finding.what,
        "why": finding.rule.why(),
        "suggestion": finding.rule.suggestion(),
        "other": finding.other.as_ref().map(at),
    })
}

#[cfg(test)]
mod tests;
