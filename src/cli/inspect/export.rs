//! `export`: the desired set, or what is live, as a FAQ CSV on standard output.

use serde_json::json;

use crate::cli::context::{Context, answer_foreign, answer_json, print_error};
use crate::cli::output::{rejection, rejections_json};
use crate::config::Bot;
use crate::control::{CommandFailure, Exit, one_bot, telling};
use crate::model::{CsvWriter, Rejection, Step};
use crate::store::{Store, StoreError};
use crate::sync::desired_set;
use crate::text::{FEW, command_for};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The bot; needed where the configuration has several
    bot: Option<String>,
    /// Which steps
    #[arg(long = "as", value_name = "WHAT", default_value = "desired")]
    what: ExportAs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ExportAs {
    /// Those that the sources say should be live
    Desired,
    /// Those that are known to be live
    Live,
}

pub(crate) fn export(context: &Context, args: &ExportArgs) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    let bot = one_bot(&config, args.bot.as_deref())?;
    context.block_on(async {
        let store = Store::open_to_read(&config.state_dir).await?;
        if let ExportAs::Live = args.what {
            telling(&store, &config, Some(&bot.domain_name)).await?;
        }
        let (steps, rejections) = match args.what {
            ExportAs::Desired => desired(context, &store, bot).await?,
            ExportAs::Live => (live(&store, bot).await?, Vec::new()),
        };
        if context.json {
            let steps: Vec<_> = steps.iter().map(as_json).collect();
            answer_json(&json!({
                "domain_name": bot.domain_name,
                "steps": steps,
                "rejected": rejections_json(&rejections),
            }))?;
        } else {
            answer_foreign(&csv(&steps))?;
            tell_of(&rejections, &bot.domain_name);
        }
        Ok(if rejections.is_empty() {
            Exit::InSync
        } else {
            Exit::Attention
        })
    })
}

fn tell_of(rejections: &[Rejection], domain_name: &str) {
    for rejected in rejections.iter().take(FEW) {
        print_error(&format!("not exported: {}", rejection(rejected, 4)));
    }
    let more = rejections.len().saturating_sub(FEW);
    if more > 0 {
        print_error(&format!(
            "not exported: {more} more rows or files; `{}` shows all of them",
            command_for("plan", domain_name, &["--all"])
        ));
    }
}

/// A set that lacks what could not be read would pass for a whole one, so there is none.
async fn desired(
    context: &Context,
    store: &Store,
    bot: &Bot,
) -> Result<(Vec<Step>, Vec<Rejection>), CommandFailure> {
    let set = desired_set(store, bot, &context.clock).await?;
    if !set.errors.is_empty() {
        return Err(CommandFailure::System(set.errors.join("\n")));
    }
    Ok((set.steps, set.rejections))
}

async fn live(store: &Store, bot: &Bot) -> Result<Vec<Step>, StoreError> {
    let Some(id) = store.find_bot(&bot.domain_name).await? else {
        return Ok(Vec::new());
    };
    let known = store.snapshot(id).await?;
    let names = known.into_iter().map(|known| known.node_name.into());
    let names: Vec<String> = names.collect();
    let mut contents = store.contents(id, &names).await?;
    let steps = names.iter().filter_map(|name| contents.remove(name));
    Ok(steps.map(|live| live.step).collect())
}

fn as_json(step: &Step) -> serde_json::Value {
    json!({
        "node_name": step.node_name,
        "questions": step.questions().collect::<Vec<_>>(),
        "answers": step.answers().collect::<Vec<_>>(),
    })
}

fn csv(steps: &[Step]) -> Vec<u8> {
    let mut writer = CsvWriter::after_header(false);
    for step in steps {
        writer.row(&step.node_name, &step.question, &step.answer);
    }
    writer.finish()
}
