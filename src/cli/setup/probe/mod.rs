//! `probe`: finds out on a staging bot what nobody can ask Haptik for: whether uploads merge or replace,
//! whether a blank row removes, and how long tasks take. A person looks at what the bot answers, or with
//! `--ask` the probe asks it.

mod conclusion;
mod look;
mod person;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cli::context::{Context, answer, answer_json, print_error};
use crate::cli::output::{BAD, STRONG, painted};
use crate::cli::record::{RecordArgs, Recorder};
use crate::clock::span;
use crate::config::{BaseUrl, Config, parse_duration};
use crate::control::{CommandFailure, Exit};
use crate::store::Store;
use crate::sync::{Engine, Lock, silent};
use crate::text::{count, shown};
use conclusion::{Conclusion, ProbeObservation, Removal, left_behind, perhaps_left};
use look::{BotLooker, Look};
use person::ProbePerson;
use upload::{ProbeOutcome, ProbeRow, Uploader};

/// The throw-away steps. Their names say whose they are to whoever finds them, and their questions
/// have no word in common, so that a bot does not take the one for the other.
const FIRST: ProbeRow = ProbeRow {
    name: "kms_haptik_sync_probe_1",
    question: "copper kettle",
    answer: "You have found the first step of a probe.",
};
const SECOND: ProbeRow = ProbeRow {
    name: "kms_haptik_sync_probe_2",
    question: "seventeen paper boats",
    answer: "You have found the second step of a probe.",
};
const SECOND_CHANGED: ProbeRow = ProbeRow {
    answer: "You have found the second step of a probe, changed.",
    ..SECOND
};

#[derive(Debug, clap::Args)]
pub(crate) struct ProbeArgs {
    /// A bot whose answers nobody needs; it need not be in the configuration
    bot: String,
    /// Ask the bot in place of a person, as [haptik.ask] says
    #[arg(long)]
    ask: bool,
    /// The channel on which the bot answers, where the configuration does not have it
    #[arg(long, value_name = "N", requires = "ask")]
    business_id: Option<u64>,
    /// How long the bot may take to answer with what was uploaded
    #[arg(long, value_name = "TIME", requires = "ask", default_value = "10m", value_parser = parse_duration)]
    within: Duration,
    #[command(flatten)]
    record: RecordArgs,
}

pub(crate) fn probe(context: &Context, wanted: &ProbeArgs) -> Result<Exit, CommandFailure> {
    let config = context.config()?;
    let lock = Lock::take(&config.state_dir)?;
    let recorder = wanted.record.begin("probe", &config, &context.clock)?;
    let conclusion = context.block_on(find_out(context, &config, wanted, recorder.as_ref()));
    drop(lock);
    if let Some(recorder) = recorder {
        print_error(&format!("\n{}", recorder.told()?));
    }
    let conclusion = conclusion?;
    if context.json {
        answer_json(&conclusion.json())?;
    } else {
        answer(&conclusion.text())?;
    }
    Ok(conclusion.exit())
}

async fn find_out(
    context: &Context,
    config: &Config,
    wanted: &ProbeArgs,
    recorder: Option<&Arc<Recorder>>,
) -> Result<Conclusion, CommandFailure> {
    let bot = &*wanted.bot;
    // What is asked for in vain ends by itself; uploads are ended by the probe.
    let never = CancellationToken::new();
    let mut engine = Engine::open(config, context.clock.clone(), silent(), never).await?;
    if let Some(recorder) = recorder {
        engine = engine.over(|transport| recorder.over(transport));
    }
    let store = engine.runner.store.clone();
    guard(&store, bot).await?;
    let known = config.bots.iter().find(|known| known.domain_name == bot);
    let business_id = wanted
        .business_id
        .or(known.and_then(|known| known.business_id));
    let looker = if wanted.ask {
        Some(BotLooker::new(&engine, bot, business_id, wanted.within).await?)
    } else {
        None
    };
    let (person, stops) = ProbePerson::listening();
    let probe = Probe {
        looker,
        config,
        person,
        uploader: Uploader::new(&engine.runner, bot),
        bot,
        stop: stops.stop.clone(),
        leave: stops.leave.clone(),
    };
    let outcome = tokio::select! {
        outcome = probe.run() => outcome,
        () = stops.leave.cancelled() => Err(CommandFailure::System(left_behind(bot))),
    };
    stops.done();
    store.rest().await;
    outcome
}

/// A bot that this program feeds has answers to lose.
async fn guard(store: &Store, bot: &str) -> Result<(), CommandFailure> {
    let Some(id) = store.find_bot(bot).await? else {
        return Ok(());
    };
    let live = store.live(id).await?;
    if live > 0 {
        return Err(CommandFailure::Usage(format!(
            "{bot} has {} live, and where uploads replace, a probe would switch all of them off; probe a staging bot whose answers nobody needs",
            count(live, "step", "steps")
        )));
    }
    if store.under_way(id).await?.is_some() {
        return Err(CommandFailure::System(format!(
            "an upload to {bot} is under way; let it come to its end (`kms-haptik-sync --sync-now` waits for that), and probe again"
        )));
    }
    Ok(())
}

/// A probe under way.
struct Probe<'a> {
    /// Asks the bot; `None`: the person looks.
    looker: Option<BotLooker<'a>>,
    config: &'a Config,
    person: ProbePerson,
    uploader: Uploader<'a>,
    bot: &'a str,
    /// Clean up, and end.
    stop: CancellationToken,
    /// End at once.
    leave: CancellationToken,
}

/// Why a probe cannot go on.
enum Broken {
    /// A stop was asked for.
    Stopped,
    /// Nobody answers what is asked.
    Silent,
    /// The bot could not be asked.
    NotAsked(String),
    /// Haptik did not carry out an upload that it has to, with its words.
    NotDone(String),
    /// Calls fail, so that nothing can be cleaned up either.
    Calls(CommandFailure),
}

impl Probe<'_> {
    async fn run(mut self) -> Result<Conclusion, CommandFailure> {
        self.agree()?;
        match self.look().await {
            Ok(seen) => Ok(self.conclude(seen).await),
            Err(broken) => {
                if self.uploader.arrived {
                    let words = self.leave_behind(&broken).await;
                    self.person.hears(&words);
                }
                Err(broken.into())
            }
        }
    }

    /// Says what will happen and what it may cost; the name of the bot, typed, is the consent.
    fn agree(&mut self) -> Result<(), CommandFailure> {
        let announcement = announcement(self.config, self.bot, self.looker.is_some());
        self.person.hears(&announcement);
        let typed = self.person.types("Type the name of the bot to go on");
        if typed.as_deref() == Some(self.bot) && !self.stop.is_cancelled() {
            return Ok(());
        }
        Err(CommandFailure::Usage(format!(
            "nobody typed \"{}\", so nothing was uploaded",
            self.bot
        )))
    }

    /// What the bot does.
    async fn look(&mut self) -> Result<ProbeObservation, Broken> {
        self.must_succeed(&[FIRST, SECOND]).await?;
        if !self.answers(Look::Appears, &FIRST).await? {
            return Ok(ProbeObservation::Nothing);
        }
        self.must_succeed(&[SECOND_CHANGED]).await?;
        // Only once the bot answers with the newest upload does its answer about the other step count.
        if !self.answers(Look::Appears, &SECOND_CHANGED).await? {
            return Ok(ProbeObservation::Nothing);
        }
        if !self.answers(Look::Stays, &FIRST).await? {
            return Ok(ProbeObservation::Replaces);
        }
        let removal = match self.upload(&[FIRST.blank()], &self.stop.clone()).await? {
            ProbeOutcome::Failed(words) => Removal::Refused(words),
            ProbeOutcome::Succeeded if self.answers(Look::Goes, &FIRST).await? => Removal::Ignored,
            ProbeOutcome::Succeeded => Removal::Removes,
        };
        Ok(ProbeObservation::Merges(removal))
    }

    async fn must_succeed(&mut self, rows: &[ProbeRow]) -> Result<(), Broken> {
        match self.upload(rows, &self.stop.clone()).await? {
            ProbeOutcome::Failed(words) => Err(Broken::NotDone(words)),
            ProbeOutcome::Succeeded if self.stop.is_cancelled() => Err(Broken::Stopped),
            ProbeOutcome::Succeeded => Ok(()),
        }
    }

    /// Whether the bot gives the answer of this step.
    async fn answers(&mut self, look: Look, row: &ProbeRow) -> Result<bool, Broken> {
        if let Some(looker) = &mut self.looker {
            let person = &mut self.person;
            let looked = looker.looks(look, row, &self.stop, |words| person.hears(words));
            return looked.await.map_err(|words| {
                if self.stop.is_cancelled() {
                    Broken::Stopped
                } else {
                    Broken::NotAsked(words)
                }
            });
        }
        let words = format!(
            "\nWrite to the bot: {}\n{}: {}\n(yes or no)",
            painted(STRONG, row.question),
            look.words(),
            painted(STRONG, row.answer)
        );
        let answer = self.person.says_yes(&words);
        if self.stop.is_cancelled() {
            return Err(Broken::Stopped);
        }
        answer.ok_or(Broken::Silent)
    }

    /// Takes away what an upload can take away, and says what is left.
    async fn conclude(mut self, seen: ProbeObservation) -> Conclusion {
        let blank = [FIRST.blank(), SECOND.blank()];
        let (rows, all): (Option<&[ProbeRow]>, _) = match seen {
            // An upload that names no step leaves none active.
            ProbeObservation::Replaces => (Some(&[]), vec![SECOND.name]),
            ProbeObservation::Merges(Removal::Removes) => (Some(&blank[1..]), vec![SECOND.name]),
            ProbeObservation::Merges(_) => (None, vec![FIRST.name, SECOND.name]),
            // It harms nowhere, and mostly helps.
            ProbeObservation::Nothing => (Some(&blank), vec![FIRST.name, SECOND.name]),
        };
        let cleaned = match rows {
            Some(rows) => {
                self.person.hears("\nTaking the throw-away steps away.");
                let leave = self.leave.clone();
                matches!(self.upload(rows, &leave).await, Ok(ProbeOutcome::Succeeded))
            }
            None => false,
        };
        let known = self.config.bots.iter();
        let known = known.clone().find(|known| known.domain_name == self.bot);
        Conclusion {
            domain_name: self.bot.to_owned(),
            configured: known.map(|bot| bot.upload_effect),
            left: if cleaned && seen != ProbeObservation::Nothing {
                Vec::new()
            } else {
                all
            },
            seen,
            tasks: self.uploader.tasks,
            answered: self
                .looker
                .map(|looker| looker.answered)
                .unwrap_or_default(),
        }
    }

    /// After a probe that broke off: what can be done in every kind of bot, and what to look at.
    async fn leave_behind(&mut self, broken: &Broken) -> String {
        if matches!(broken, Broken::Calls(_)) {
            return left_behind(self.bot);
        }
        self.person.hears("\nTaking the throw-away steps away.");
        let leave = self.leave.clone();
        match self.upload(&[FIRST.blank(), SECOND.blank()], &leave).await {
            Ok(ProbeOutcome::Succeeded) => perhaps_left(self.bot),
            _ => left_behind(self.bot),
        }
    }

    /// Uploads these rows, and says so.
    async fn upload(
        &mut self,
        rows: &[ProbeRow],
        until: &CancellationToken,
    ) -> Result<ProbeOutcome, Broken> {
        let names: Vec<_> = rows.iter().map(ProbeRow::described).collect();
        let names = if names.is_empty() {
            "no step at all".to_owned()
        } else {
            names.join(", ")
        };
        self.person.hears(&format!("\nUploading {names} ..."));
        let before = self.uploader.tasks.len();
        let person = &mut self.person;
        let ended = self
            .uploader
            .carry_out(rows, until, |words| person.hears(words))
            .await;
        self.person.hears(&match &ended {
            Ok(ProbeOutcome::Succeeded) => match self.uploader.tasks.get(before) {
                Some(took) => format!("  done; the task took {}", span(*took)),
                None => "  done".to_owned(),
            },
            Ok(ProbeOutcome::Failed(words)) => format!("  not done; Haptik says: {}", shown(words)),
            Err(failure) => format!("  broke off: {}", shown(&failure.to_string())),
        });
        ended.map_err(|failure| {
            if until.is_cancelled() {
                Broken::Stopped
            } else {
                Broken::Calls(failure)
            }
        })
    }
}

impl From<Broken> for CommandFailure {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Stopped => Self::System("the probe was stopped, and nothing is found out".to_owned()),
            Broken::Silent => Self::System(
                "nobody answers, so nothing is found out; run it on a terminal, with the bot's chat beside it".to_owned(),
            ),
            Broken::NotAsked(words) => Self::System(format!(
                "nothing is found out, because the bot could not be asked: {words}. See `kms-haptik-sync ask`, or probe without --ask"
            )),
            Broken::NotDone(words) => Self::System(format!(
                "nothing can be found out while Haptik does not carry out an upload of two plain steps; it says: {words}"
            )),
            Broken::Calls(failure) => failure,
        }
    }
}

/// What is about to happen, and what it may cost.
fn announcement(config: &Config, bot: &str, is_asked: bool) -> String {
    let address = match &config.haptik.base_url {
        BaseUrl::Sandbox => "the sandbox inside this program",
        BaseUrl::Url(url) => url,
    };
    let known = config.bots.iter().any(|known| known.domain_name == bot);
    let unknown = if known {
        String::new()
    } else {
        format!(
            "{} does not have this bot: look twice whether the name is right.\n",
            config.path.display()
        )
    };
    let danger = painted(
        BAD,
        format_args!("Danger: every other step of {bot} may go."),
    );
    let (second, third, last) = if is_asked {
        (
            "the bot is asked whether it",
            "it is asked",
            "The bot is asked as [haptik.ask] says.",
        )
    } else {
        (
            "you are asked whether the bot",
            "you are asked",
            "Have the bot's chat open.",
        )
    };
    format!(
        "About to probe {bot} at {address}, with four uploads at most:\n\
         \x20 1. two throw-away steps, {} and {}\n\
         \x20 2. the second one alone, changed; {second} still answers with the first\n\
         \x20 3. if it does, a blank row for the first, and {third} once more\n\
         \x20 4. what takes the throw-away steps away, as far as an upload can\n\
         \n\
         {danger} Where uploads replace, the first upload\n\
         switches all of them off at once, also those made by hand, and nothing here brings these back.\n\
         Use a staging bot whose answers nobody needs.\n\
         {unknown}\
         \n\
         {last} Ctrl-C stops the probe and takes its steps away.",
        FIRST.name, SECOND.name
    )
}
