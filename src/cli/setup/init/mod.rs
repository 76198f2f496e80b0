//! `init`: what a configuration begins with. Asks the few things that nobody else can know, shows
//! how the export or feed is understood, writes a commented configuration, and checks it.

mod find;
mod pages;
mod questions;
mod render;

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::ask::Dialogue;
use crate::cli::context::{Context, answer, answer_json, load};
use crate::cli::inspect::{check, plan};
use crate::cli::record::RecordArgs;
use crate::config::{Config, SourceKind, pasted};
use crate::control::{CommandFailure, Exit};
use crate::store::Store;
use crate::sync::refused_bots;
use crate::text::shown;
use find::paging::GuessedPaging;
use find::recognise::FeedShape;
use pages::Patterns;
use questions::Questions;
use render::{Answers, InitFeed, InitSource, render};

/// State folders that are tried.
const STATES: u32 = 9;
/// Articles that are shown as steps.
const SHOWN: usize = 3;

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Print the feed that a preset stands for, and nothing else
    #[arg(long, value_name = "NAME", exclusive = true, value_parser = clap::builder::PossibleValuesParser::new(crate::config::PRESETS))]
    show_preset: Option<String>,
    /// Ask nothing: what no flag says has its default
    #[arg(long)]
    yes: bool,
    /// The folder that the knowledge base exports into [default: export]
    #[arg(long, value_name = "PATH")]
    folder: Option<String>,
    /// The URL where the knowledge base answers, in place of a folder
    #[arg(long, value_name = "URL", conflicts_with = "folder")]
    feed: Option<String>,
    /// Which knowledge base answers there, or "none" [default: what it seems to be]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// The user, or client id, with which the knowledge base is read
    #[arg(long, value_name = "USER")]
    feed_user: Option<String>,
    #[arg(
        long,
        value_name = "NAME",
        help = "The environment variable with the knowledge base's token or password [default: KMS_TOKEN]"
    )]
    feed_token_env: Option<String>,
    /// An RSS feed always holds every article
    #[arg(long)]
    lists_all: bool,
    /// Which space, knowledge base, collection, workspace, category or channel is read; several with
    /// commas, "*" for all
    #[arg(long, value_name = "VALUE")]
    scope: Option<String>,
    /// The language that is read, such as en-us, where the knowledge base has several [default: as the
    /// preset has it]
    #[arg(long, value_name = "LOCALE")]
    locale: Option<String>,
    /// What of the knowledge base is read: "public", or "any" for what only some readers may see too
    /// [default: public]
    #[arg(long, value_name = "AUDIENCE")]
    audience: Option<String>,
    /// The URL that Haptik gave you, or "sandbox" [default: sandbox]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Your client-id at Haptik
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[arg(
        long,
        value_name = "NAME",
        help = "The environment variable that holds the token [default: HAPTIK_TOKEN]"
    )]
    token_env: Option<String>,
    /// The bot
    #[arg(long, value_name = "NAME")]
    domain_name: Option<String>,
    /// What one upload does to the steps that it does not name: merge (they stay) or replace (they
    /// go inactive)
    #[arg(long, value_name = "EFFECT")]
    upload_effect: Option<String>,
    /// The column with the article's id, where its name does not say so
    #[arg(long, value_name = "COLUMN", requires_all = ["question", "answer"])]
    id: Option<String>,
    /// The columns with questions, separated by commas
    #[arg(long, value_name = "COLUMNS", requires = "id")]
    question: Option<String>,
    /// The column with the answer
    #[arg(long, value_name = "COLUMN", requires = "id")]
    answer: Option<String>,
}

pub(crate) fn init(context: &Context, args: &InitArgs) -> Result<Exit, CommandFailure> {
    match &args.show_preset {
        Some(preset) => show(context, preset),
        None => begin(context, args),
    }
}

fn show(context: &Context, preset: &str) -> Result<Exit, CommandFailure> {
    let Some(text) = pasted(preset) else {
        return Err(CommandFailure::Usage(format!(
            "there is no preset {preset}"
        )));
    };
    if context.json {
        answer_json(&json!({ "preset": preset, "text": text }))?;
    } else {
        answer(&text)?;
    }
    Ok(Exit::InSync)
}

fn begin(context: &Context, args: &InitArgs) -> Result<Exit, CommandFailure> {
    let path = context.path_to_write();
    if path.exists() {
        return Err(CommandFailure::Usage(format!(
            "{} is there already and stays as it is; name another file with --config, or move it away",
            path.display()
        )));
    }
    let mut questions = Questions {
        dialogue: Dialogue {
            input: std::io::stdin().lock(),
            output: anstream::stderr(),
            yes: args.yes,
        },
        args,
    };
    let mut answers = asked(context, &mut questions, &path)?;
    keep_states_apart(context, &mut answers, &path)?;
    see_folder(&mut answers, &path)?;
    let mut look = plan::first_look(context, &parsed(&answers, &path)?, SHOWN)?;
    if answers.has_unknown_columns() && look.readable && !look.understood {
        questions.tell(&look.page);
        answers.fields = questions.columns()?;
        look = plan::first_look(context, &parsed(&answers, &path)?, SHOWN)?;
    }
    write(&path, &render(&answers))?;
    if !context.json {
        let file = shown(&path.to_string_lossy()).into_owned();
        answer(&format!(
            "What a sync would do with this configuration:\n\n{}\n{file} is written; look into it, and then `kms-haptik-sync --sync-now --config {file}`. `check` says:\n\n",
            look.page,
        ))?;
    }
    check::check_file(context, load(&path), false, &RecordArgs::default())
}

fn asked<R: BufRead, W: Write>(
    context: &Context,
    questions: &mut Questions<'_, R, W>,
    path: &Path,
) -> Result<Answers, CommandFailure> {
    let source = questions.source()?;
    let source = if source.contains("://") {
        InitSource::Feed(Box::new(feed(context, questions, &source)?))
    } else {
        questions.nobody_known()?;
        questions.no_preset()?;
        InitSource::Folder {
            there: Path::new(&source).is_dir(),
            patterns: Patterns::default(),
            path: from_file(&source, path),
        }
    };
    let found = match &source {
        InitSource::Feed(feed) => feed.fields.clone(),
        InitSource::Folder { .. } => None,
    };
    let haptik = questions.account()?;
    let (domain_name, effect) = questions.bot(haptik.is_none())?;
    Ok(Answers {
        source,
        haptik,
        state_dir: None,
        domain_name,
        effect,
        fields: questions.given_columns().or(found),
    })
}

fn feed<R: BufRead, W: Write>(
    context: &Context,
    questions: &mut Questions<'_, R, W>,
    address: &str,
) -> Result<InitFeed, CommandFailure> {
    let look = context.block_on(async { Ok(find::look(address).await) })?;
    for line in &look.told {
        questions.tell(&format!("{}\n", shown(line)));
    }
    if let Some(problem) = &look.problem {
        let problem = shown(problem);
        questions.tell(&format!(
            "What answers there could not be seen: {problem}\n"
        ));
    }
    let preset = questions.preset(&look)?;
    let known = questions.known(preset.as_deref())?;
    if preset.as_deref() == Some("rss") {
        questions.lists_all()?;
    }
    let reads = if let Some(preset) = &preset {
        Some(questions.reads(preset, known.is_some(), &look)?)
    } else {
        questions.no_preset()?;
        None
    };
    let settings = match (&preset, &look.shape) {
        (Some(named), FeedShape::Preset(found)) if named == found => look.settings,
        _ => Vec::new(),
    };
    let shape = match (preset, look.shape) {
        (Some(preset), _) => render::InitShape::Preset {
            preset,
            reads: reads.unwrap_or_default(),
        },
        (None, FeedShape::Json { items, paging }) => render::InitShape::Json { items, paging },
        (None, FeedShape::File(format)) => render::InitShape::File(format),
        (None, FeedShape::Preset(_) | FeedShape::Unknown) => render::InitShape::Json {
            items: None,
            paging: GuessedPaging::default(),
        },
    };
    Ok(InitFeed {
        address: look.address,
        query: look.query,
        settings,
        keep: look.states.keep,
        fields: look.fields,
        shape,
        known,
    })
}

/// Beside a configuration for another Haptik, its state is not for this one.
fn keep_states_apart(
    context: &Context,
    answers: &mut Answers,
    path: &Path,
) -> Result<(), CommandFailure> {
    for number in 2..=STATES {
        let config = parsed(answers, path)?;
        let refused = context.block_on(async {
            let store = Store::open_for_reading(&config).await?;
            Ok(refused_bots(&store, &config).await?)
        })?;
        if refused.is_empty() {
            break;
        }
        answers.state_dir = Some(format!("state-{number}"));
    }
    Ok(())
}

/// Looks at what the folder holds, so that it is asked for.
fn see_folder(answers: &mut Answers, path: &Path) -> Result<(), CommandFailure> {
    let config = parsed(answers, path)?;
    let InitSource::Folder {
        patterns, there, ..
    } = &mut answers.source
    else {
        return Ok(());
    };
    let source = config.bots.first().and_then(|bot| bot.sources.first());
    if let (true, Some(SourceKind::Folder(folder))) = (*there, source.map(|source| &source.kind)) {
        // What cannot be listed is told by the look at what a sync would do.
        *patterns = pages::patterns(folder).ok().flatten().unwrap_or_default();
    }
    Ok(())
}

fn parsed(answers: &Answers, path: &Path) -> Result<Config, CommandFailure> {
    Config::parse(&render(answers), path, std::env::vars_os()).map_err(CommandFailure::Config)
}

/// Never over a file that has come to be there meanwhile.
fn write(path: &Path, text: &str) -> Result<(), CommandFailure> {
    let cannot = |error| {
        CommandFailure::System(format!(
            "{} cannot be written: {error}; name a file that can be with --config",
            path.display()
        ))
    };
    let mut file = std::fs::File::create_new(path).map_err(cannot)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        // Half a configuration would only be in the way of the next attempt.
        let _ = std::fs::remove_file(path);
    }
    written.map_err(cannot)
}

/// A folder as the configuration has to name it: paths in it begin where it lies.
fn from_file(folder: &str, path: &Path) -> String {
    let beside = path
        .parent()
        .is_none_or(|parent| parent.as_os_str().is_empty());
    let absolute = || std::path::absolute(folder).unwrap_or_else(|_| PathBuf::from(folder));
    if beside {
        folder.to_owned()
    } else {
        absolute().display().to_string()
    }
}
