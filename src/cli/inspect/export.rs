//! `export`: the desired set, what is live, or what was live once, as a FAQ CSV on standard output.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use crate::cli::context::{Context, answer_foreign, answer_json, print_error};
use crate::cli::output::{RejectionList, rejection};
use crate::clock::{Millis, rfc3339};
use crate::config::Bot;
use crate::control::{CommandFailure, Exit, one_bot, readable_bots};
use crate::model::{CsvWriter, Rejection, Step, UploadId};
use crate::store::{PastError, Store, StoreError};
use crate::sync::desired_set;
use crate::text::{FEW, command_for};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The bot; needed where the configuration has several
    bot: Option<String>,
    /// Which steps
    #[arg(long = "as", value_name = "WHAT", default_value = "desired")]
    what: ExportAs,
    /// What was live then: after an upload, by its number in `history`, or at a time
    #[arg(long, value_name = "UPLOAD|TIME", conflicts_with = "what")]
    at: Option<ExportAt>,
}

/// A moment in the life of a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExportAt {
    After(UploadId),
    At(Millis),
}

impl FromStr for ExportAt {
    type Err = String;

    /// A number, an RFC 3339 time, or a date and a time of day as `history` prints them, in UTC.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(upload) = text.parse() {
            return Ok(Self::After(UploadId(upload)));
        }
        let at = text.parse::<Timestamp>().ok().or_else(|| {
            let civil = text.parse::<DateTime>().ok()?;
            Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
        });
        at.map(|at| Self::At(at.as_millisecond())).ok_or_else(|| {
            "this is neither an upload's number nor a time such as 2026-11-28T09:30:00Z".to_owned()
        })
    }
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
        let store = Store::open_for_reading(&config).await?;
        if args.at.is_some() || matches!(args.what, ExportAs::Live) {
            readable_bots(&store, &config, Some(&bot.domain_name)).await?;
        }
        let (steps, rejections) = match (args.at, args.what) {
            (Some(until), _) => (past(&store, bot, until).await?, Vec::new()),
            (None, ExportAs::Desired) => desired(context, &store, bot).await?,
            (None, ExportAs::Live) => (live(&store, bot).await?, Vec::new()),
        };
        if context.json {
            answer_json(&ExportJson {
                domain_name: &bot.domain_name,
                steps: StepList(&steps),
                rejected: RejectionList(&rejections),
            })?;
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

/// What was live at a moment.
async fn past(store: &Store, bot: &Bot, until: ExportAt) -> Result<Vec<Step>, CommandFailure> {
    let name = &bot.domain_name;
    let nothing = |what: String| {
        CommandFailure::Usage(format!(
            "{name}: {what}; `{}` lists its uploads",
            command_for("history", name, &[])
        ))
    };
    let Some(id) = store.find_bot(name).await? else {
        return Err(nothing("nothing was uploaded yet".to_owned()));
    };
    let upload = match until {
        ExportAt::After(upload) => upload,
        // Times are shown in whole seconds.
        ExportAt::At(at) => store
            .upload_at(id, at + 999 - at.rem_euclid(1000))
            .await?
            .ok_or_else(|| nothing(format!("no upload had succeeded by {}", rfc3339(at))))?,
    };
    let way = store.check_way_back(id, name, upload).await;
    way.map_err(|error| match error {
        PastError::Store(error) => CommandFailure::Store(error),
        other => CommandFailure::Usage(other.to_string()),
    })?;
    let steps = store.state_after(id, upload).await?;
    Ok(steps.into_iter().map(|old| old.step).collect())
}

/// Written step by step: a bot may have a million.
#[derive(Serialize)]
struct ExportJson<'a> {
    domain_name: &'a str,
    steps: StepList<'a>,
    rejected: RejectionList<'a>,
}

struct StepList<'a>(&'a [Step]);

impl Serialize for StepList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Entry<'a> {
            node_name: &'a str,
            questions: Vec<&'a str>,
            answers: Vec<&'a str>,
        }
        serializer.collect_seq(self.0.iter().map(|step| Entry {
            node_name: &step.node_name,
            questions: step.questions().collect(),
            answers: step.answers().collect(),
        }))
    }
}

fn csv(steps: &[Step]) -> Vec<u8> {
    let mut writer = CsvWriter::after_header(false);
    for step in steps {
        writer.row(&step.node_name, &step.question, &step.answer);
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_an_upload_or_a_time() {
        let at = |text: &str| text.parse::<ExportAt>().ok();
        let noon = Some(ExportAt::At(1_795_953_600_000));
        assert_eq!(at("12"), Some(ExportAt::After(UploadId(12))));
        assert_eq!(at("2026-11-29T12:00:00Z"), noon);
        assert_eq!(at("2026-11-29T14:00:00+02:00"), noon);
        assert_eq!(at("2026-11-29 12:00"), noon);
        assert_eq!(at("2026-11-29"), Some(ExportAt::At(1_795_910_400_000)));
        for wrong in ["", "yesterday", "12:00", "2026-13-01"] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
