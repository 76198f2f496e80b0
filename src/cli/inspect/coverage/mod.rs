//! `coverage`: which of the messages of customers a bot answers, and which it does not. Reads files and the
//! sources of the bot; changes nothing and calls nobody at Haptik.

mod table;
mod text;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::context::{Context, answer, answer_foreign, answer_json, print_error};
use crate::config::Bot;
use crate::control::{CommandFailure, Exit, wanted_bots};
use crate::coverage::{Coverage, KnownStep, MessageGroup, Messages, Verdict, cover};
use crate::intake::whole_text;
use crate::sync::content;
use crate::text::shown_lines;

/// So much of a file is read.
const MOST_BYTES: u64 = 64 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct CoverageArgs {
    /// Exports of recommendations or broken messages, transcripts, or lines of messages
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The bot; needed where several are configured
    #[arg(long, value_name = "BOT")]
    bot: Option<String>,
    /// The messages to add as a table that [[bot.variants]] reads, with a column for whoever reviews it
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Show every group, however many there are
    #[arg(long)]
    all: bool,
}

/// The messages, and the bot that they were held against.
struct Covered {
    domain_name: String,
    steps: usize,
    coverage: Coverage,
    errors: Vec<String>,
}

pub(crate) fn coverage(context: &Context, args: &CoverageArgs) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    let bots = wanted_bots(&config, args.bot.as_deref())?;
    let bot = only_one(&bots)?;
    let mut messages = Messages::default();
    for file in &args.files {
        messages.take(&text_of(file)?);
    }
    let read =
        context.block_on(async { Ok::<_, CommandFailure>(content(bot, &context.clock).await) })?;
    let covered = Covered {
        domain_name: bot.domain_name.clone(),
        steps: read.desired.len(),
        coverage: cover(messages, &read.desired),
        errors: read.errors,
    };
    if context.json {
        answer_json(&as_json(&covered))?;
    } else if args.csv {
        answer_foreign(&table::bytes(&covered.coverage))?;
        for error in &covered.errors {
            print_error(&shown_lines(error, 0));
        }
    } else {
        answer(&text::text(&covered, args.all))?;
    }
    // Of what could not be read, nobody knows what it answers.
    Ok(if covered.errors.is_empty() {
        Exit::InSync
    } else {
        Exit::Failed
    })
}

fn only_one<'b>(bots: &[&'b Bot]) -> Result<&'b Bot, CommandFailure> {
    match bots {
        [bot] => Ok(bot),
        bots => {
            let names: Vec<&str> = bots.iter().map(|bot| bot.domain_name.as_str()).collect();
            Err(CommandFailure::Usage(format!(
                "several bots are configured; say whose messages these are with --bot: {}",
                names.join(", ")
            )))
        }
    }
}

fn text_of(file: &Path) -> Result<String, CommandFailure> {
    whole_text(file, MOST_BYTES).map_err(|reason| {
        CommandFailure::Usage(format!(
            "{} {reason}; name a CSV, a transcript (JSON) or a file of lines",
            file.display()
        ))
    })
}

fn as_json(covered: &Covered) -> Value {
    let groups = covered.coverage.groups.iter();
    let [exactly, near, nobody] = covered.coverage.counts();
    json!({
        "domain_name": covered.domain_name,
        "steps": covered.steps,
        "messages": covered.coverage.messages,
        "exactly": exactly,
        "near": near,
        "no_article": nobody,
        "ungrouped": covered.coverage.ungrouped,
        "groups": groups.map(group).collect::<Vec<_>>(),
        "errors": covered.errors,
    })
}

fn group(group: &MessageGroup) -> Value {
    let (verdict, step, question, percent) = match &group.verdict {
        Verdict::Exactly(step) => ("exactly", Some(step), None, None),
        Verdict::Near {
            step,
            question,
            percent,
        } => ("near", Some(step), Some(question), Some(percent)),
        Verdict::Nobody => ("no_article", None, None, None),
    };
    json!({
        "verdict": verdict,
        "article": step.map(|step: &KnownStep| &step.article),
        "node_name": step.map(|step| &step.node_name),
        "near": question,
        "percent": percent,
        "messages": group.messages,
        "different": group.different,
        "typical": group.typical,
        "others": group.others,
    })
}
