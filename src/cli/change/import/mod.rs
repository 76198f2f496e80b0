//! `import`: takes over steps that were made by hand, so that the first plan shows what would
//! become of them.

mod file;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::Told;
use crate::cli::context::Context;
use crate::cli::run_command::run_command;
use crate::control::{CommandFailure, ControlCommand, Exit, TakenOver, one_bot};
use crate::text::{command_for, count};

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The steps, as a FAQ CSV
    file: PathBuf,
    /// The bot; needed where the configuration has several
    #[arg(long)]
    bot: Option<String>,
    /// What they are
    #[arg(long = "as", value_name = "WHAT")]
    what: ImportAs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ImportAs {
    /// Live on the bot, each exactly as the file has it
    Live,
}

pub(crate) fn import(context: &Context, args: &ImportArgs) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    let bot = one_bot(&config, args.bot.as_deref())?.domain_name.clone();
    let ImportAs::Live = args.what;
    let steps = file::read(&args.file)?;
    let steps = steps
        .into_iter()
        .map(|step| (step.node_name, step.question, step.answer))
        .collect();
    run_command(context, &ControlCommand::Import { bot, steps })
}

pub(crate) fn told(reply: &TakenOver) -> Told {
    let bot = &reply.domain_name;
    let mut text = format!(
        "{bot}: {} taken over as live",
        count(reply.imported, "step", "steps")
    );
    if reply.already_live > 0 {
        let _ = write!(
            text,
            "; {} known to be live already and left as confirmed",
            count(reply.already_live, "step was", "steps were")
        );
    }
    let _ = writeln!(
        text,
        "\n  `{}` shows what a sync would make of them; those that no source has stay until `{}`",
        command_for("plan", bot, &[]),
        command_for("approve", bot, &[])
    );
    Told {
        json: json!({
            "domain_name": bot,
            "imported": reply.imported,
            "already_live": reply.already_live,
        }),
        text,
        exit: Exit::InSync,
    }
}
