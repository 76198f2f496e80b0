//! `export`: the desired set, or what is live, as a FAQ CSV on standard output.

use serde_json::json;

use super::Exit;
use super::bots::telling;
use super::context::{Context, Failure, answer_foreign, answer_json, complain, one_bot};
use super::view::{rejection, rejections_json};
use crate::config::Bot;
use crate::daemon::desired_set;
use crate::flow::intake::Rejection;
use crate::flow::normalise::Step;
use crate::flow::plan::command_for;
use crate::flow::render::CsvWriter;
use crate::list::FEW;
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
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

pub(super) fn export(context: &Context, args: &ExportArgs) -> Result<Exit, Failure> {
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
            complain_of(&rejections, &bot.domain_name);
        }
        Ok(if rejections.is_empty() {
            Exit::InSync
        } else {
            Exit::Attention
        })
    })
}

fn complain_of(rejections: &[Rejection], domain_name: &str) {
    for rejected in rejections.iter().take(FEW) {
        complain(&format!("not exported: {}", rejection(rejected, 4)));
    }
    let more = rejections.len().saturating_sub(FEW);
    if more > 0 {
        complain(&format!(
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
) -> Result<(Vec<Step>, Vec<Rejection>), Failure> {
    let set = desired_set(store, bot, &context.clock).await?;
    if !set.errors.is_empty() {
        return Err(Failure::System(set.errors.join("\n")));
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
