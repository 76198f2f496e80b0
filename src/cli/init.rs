//! `init`: what a configuration begins with. Asks the few things that nobody else can know, shows
//! how the export is understood, writes a commented configuration, and checks it.

mod ask;
mod render;

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::{Context, Failure, answer, answer_json};
use super::view::shown;
use super::{Exit, check, plan};
use crate::config::{Config, UploadEffect, pasted};
use ask::{Dialogue, Question};
use render::{Account, Answers, Fields, render};

const SANDBOX: &str = "sandbox";
/// Articles that are shown as steps.
const SHOWN: usize = 3;

#[derive(Debug, clap::Args)]
pub(super) struct WantedBeginning {
    /// Print the feed that a preset stands for, and nothing else
    #[arg(long, value_name = "NAME", exclusive = true, value_parser = clap::builder::PossibleValuesParser::new(crate::config::PRESETS))]
    show_preset: Option<String>,
    /// Ask nothing: what no flag says has its default
    #[arg(long)]
    yes: bool,
    /// The folder that the knowledge base exports into [default: export]
    #[arg(long, value_name = "PATH")]
    folder: Option<String>,
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

pub(super) fn init(context: &Context, wanted: &WantedBeginning) -> Result<Exit, Failure> {
    match &wanted.show_preset {
        Some(preset) => show(context, preset),
        None => begin(context, wanted),
    }
}

fn show(context: &Context, preset: &str) -> Result<Exit, Failure> {
    let Some(text) = pasted(preset) else {
        return Err(Failure::Usage(format!("there is no preset {preset}")));
    };
    if context.json {
        answer_json(&json!({ "preset": preset, "text": text }));
    } else {
        answer(&text);
    }
    Ok(Exit::InSync)
}

fn begin(context: &Context, wanted: &WantedBeginning) -> Result<Exit, Failure> {
    let context = context.at("config.toml");
    let path = context.path();
    if path.exists() {
        return Err(Failure::Usage(format!(
            "{} is there already and stays as it is; name another file with --config, or move it away",
            path.display()
        )));
    }
    let mut dialogue = Dialogue {
        input: std::io::stdin().lock(),
        output: anstream::stderr(),
        yes: wanted.yes,
    };
    let mut answers = asked(&mut dialogue, wanted, &path)?;
    let mut look = plan::first_look(&context, &parsed(&answers, &path)?, SHOWN)?;
    let in_place = Path::new(&answers.folder).is_dir();
    if in_place && !look.understood && answers.fields.is_none() {
        let _ = write!(dialogue.output, "{}", look.page);
        answers.fields = columns(&mut dialogue, wanted)?;
        look = plan::first_look(&context, &parsed(&answers, &path)?, SHOWN)?;
    }
    write(&path, &render(&answers))?;
    if !context.json {
        let file = shown(&path.to_string_lossy()).into_owned();
        answer(&format!(
            "What a sync would do with this configuration:\n\n{}\n{file} is written; look into it, and then `kms-haptik-sync --sync-now --config {file}`. `check` says:\n\n",
            look.page,
        ));
    }
    check::check(&context, &check::WantedCheck { offline: false })
}

fn parsed(answers: &Answers, path: &Path) -> Result<Config, Failure> {
    Config::parse(&render(answers), path, std::env::vars_os()).map_err(Failure::Config)
}

/// Never over a file that has come to be there meanwhile.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::System(format!("{} cannot be written: {error}", path.display())))
}

fn asked<R: BufRead, W: Write>(
    dialogue: &mut Dialogue<R, W>,
    wanted: &WantedBeginning,
    path: &Path,
) -> Result<Answers, Failure> {
    let mut ask = |flag: &'static str,
                   words: &'static str,
                   default: Option<&str>,
                   problem: fn(&str) -> Option<&'static str>,
                   given: Option<&str>| {
        let question = Question {
            flag,
            words,
            default,
            problem,
        };
        dialogue.ask(&question, given)
    };
    let folder = ask(
        "--folder",
        "The folder that the knowledge base exports into",
        Some("export"),
        filled,
        wanted.folder.as_deref(),
    )?;
    let base_url = ask(
        "--base-url",
        "The URL that Haptik gave you, or \"sandbox\" to try things out without Haptik",
        Some(SANDBOX),
        filled,
        wanted.base_url.as_deref(),
    )?;
    let tries_out = base_url == SANDBOX;
    let haptik = if tries_out {
        None
    } else {
        Some(Account {
            base_url,
            client_id: ask(
                "--client-id",
                "Your client-id at Haptik",
                None,
                filled,
                wanted.client_id.as_deref(),
            )?,
            token_env: ask(
                "--token-env",
                "The environment variable that holds the token",
                Some("HAPTIK_TOKEN"),
                filled,
                wanted.token_env.as_deref(),
            )?,
        })
    };
    let domain_name = ask(
        "--domain-name",
        "The bot (its domain_name)",
        tries_out.then_some("my_bot"),
        filled,
        wanted.domain_name.as_deref(),
    )?;
    // A wrong guess takes live answers away, so only the sandbox has a default.
    let effect = ask(
        "--upload-effect",
        "What one upload does to the steps that it does not name: \"merge\" (they stay) or \"replace\" (they go inactive)",
        tries_out.then_some("merge"),
        |answer| {
            (!matches!(answer, "merge" | "replace"))
                .then_some("write merge or replace; Haptik can tell you which")
        },
        wanted.upload_effect.as_deref(),
    )?;
    let fields = match (&wanted.id, &wanted.question, &wanted.answer) {
        (Some(id), Some(question), Some(answer)) => Some(Fields {
            id: id.clone(),
            question: question.clone(),
            answer: answer.clone(),
        }),
        _ => None,
    };
    Ok(Answers {
        folder: from_file(&folder, path),
        haptik,
        domain_name,
        effect: match &*effect {
            "replace" => UploadEffect::Replace,
            _ => UploadEffect::Merge,
        },
        fields,
    })
}

/// The columns, where their names did not say enough; an empty answer leaves it at that.
fn columns<R: BufRead, W: Write>(
    dialogue: &mut Dialogue<R, W>,
    wanted: &WantedBeginning,
) -> Result<Option<Fields>, Failure> {
    let id = Question {
        flag: "--id",
        words: "Nothing could be taken. If columns have other names: the one with the article's id, or nothing to leave it",
        default: Some(""),
        problem: |_| None,
    };
    let id = dialogue.ask(&id, wanted.id.as_deref())?;
    if id.is_empty() {
        return Ok(None);
    }
    let mut column = |flag, words| {
        let question = Question {
            flag,
            words,
            default: None,
            problem: filled,
        };
        dialogue.ask(&question, None)
    };
    Ok(Some(Fields {
        id,
        question: column(
            "--question",
            "The columns with questions, separated by commas",
        )?,
        answer: column("--answer", "The column with the answer")?,
    }))
}

fn filled(answer: &str) -> Option<&'static str> {
    answer.trim().is_empty().then_some("an answer is needed")
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
