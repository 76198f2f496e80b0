//! `import`: takes over steps that were made by hand, so that the first plan shows what would
//! become of them.

mod file;

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::Exit;
use crate::cli::bots::acting_on;
use crate::cli::context::{CommandFailure, Context, one_bot};
use crate::cli::output::count;
use crate::control::{CommandContext, ControlCommand, Reply, run_command};
use crate::model::Step;
use crate::store::Imported;
use crate::text::command_for;

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

pub(crate) async fn perform(
    hands: &CommandContext,
    bot: &str,
    steps: &[(String, String, String)],
) -> Result<Reply, CommandFailure> {
    let runner = &hands.engine.runner;
    let bot = &one_bot(&hands.config, Some(bot))?.domain_name;
    let steps: Vec<Step> = steps
        .iter()
        .map(|(node_name, question, answer)| Step {
            node_name: node_name.clone(),
            question: question.clone(),
            answer: answer.clone(),
        })
        .collect();
    let id = acting_on(hands, bot).await?;
    let now = runner.clock.now();
    let Imported::Joined(joined) = runner.store.import(id, &steps, now).await? else {
        return Err(CommandFailure::System(format!(
            "an upload to {bot} is under way; let it come to its end (`kms-haptik-sync --sync-now` waits for that), and import again"
        )));
    };
    let known = steps.len() as u64 - joined;
    let details = json!({ "steps": joined, "already_live": known });
    hands.done("import", bot, details).await?;
    let mut text = format!(
        "{bot}: {} taken over as live",
        count(joined, "step", "steps")
    );
    if known > 0 {
        let _ = write!(
            text,
            "; {} known to be live already and left as confirmed",
            count(known, "step was", "steps were")
        );
    }
    let _ = writeln!(
        text,
        "\n  `{}` shows what a sync would make of them; those that no source has stay until `{}`",
        command_for("plan", bot, &[]),
        command_for("approve", bot, &[])
    );
    Ok(Reply {
        json: json!({ "domain_name": bot, "imported": joined, "already_live": known }),
        text,
        exit: Exit::InSync,
    })
}
