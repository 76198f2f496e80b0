//! `sandbox`: a local Haptik to develop and test against.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::context::answer;
use crate::config::{ConfigWord, Secret, UploadEffect};
use crate::control::{CommandFailure, Exit};
use crate::sandbox::{Sandbox, SandboxSettings};

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8900", value_name = "ADDRESS")]
    pub(crate) listen: std::net::SocketAddr,
    /// The client-id that it answers to
    #[arg(long, default_value = "sandbox")]
    pub(crate) client_id: String,
    /// The token that it asks for; without it none is asked for
    #[arg(long)]
    pub(crate) token: Option<String>,
    /// What an upload does to the steps that it does not name
    #[arg(long, default_value = "merge")]
    pub(crate) effect: EffectArg,
    /// How long a task takes
    #[arg(long, default_value = "2s", value_name = "DURATION", value_parser = crate::config::parse_duration)]
    pub(crate) task_time: std::time::Duration,
    /// A step that is refused, with the reason; may be repeated
    #[arg(long, value_name = "NAME=REASON")]
    pub(crate) bad_step: Vec<String>,
    /// A file that keeps the steps over restarts
    #[arg(long, value_name = "PATH")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EffectArg {
    /// They stay
    Merge,
    /// They go inactive
    Replace,
}

pub(crate) fn sandbox(args: &SandboxArgs) -> Result<Exit, CommandFailure> {
    let settings = settings(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CommandFailure::System(format!("the runtime cannot start: {error}")))?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen)
            .await
            .map_err(|error| {
                CommandFailure::System(format!(
                    "cannot listen on {}: {error}; is another sandbox running there? Choose another address with --listen",
                    args.listen
                ))
            })?;
        let address = listener
            .local_addr()
            .map_err(|error| CommandFailure::System(error.to_string()))?;
        answer(&format!(
            "sandbox listens on http://{address} (client-id {}, uploads {})\n\
             its steps: http://{address}/sandbox/steps?domain_name=NAME\n",
            settings.client_id,
            settings.effect.word()
        ))?;
        Sandbox::new(settings)
            .serve(listener, crate::cli::output::stop_asked())
            .await
            .map_err(|error| CommandFailure::System(error.to_string()))
    })?;
    Ok(Exit::InSync)
}

fn settings(args: &SandboxArgs) -> Result<SandboxSettings, CommandFailure> {
    let effect = match args.effect {
        EffectArg::Merge => UploadEffect::Merge,
        EffectArg::Replace => UploadEffect::Replace,
    };
    let mut settings = SandboxSettings::new(args.client_id.clone(), effect);
    settings.token = args.token.clone().map(Secret::new);
    settings.task_time = args.task_time;
    settings.path.clone_from(&args.keep);
    settings.seed = u64::from(std::process::id());
    for bad in &args.bad_step {
        let (name, reason) = bad
            .split_once('=')
            .unwrap_or((bad, "refused by the sandbox"));
        if name.is_empty() {
            return Err(CommandFailure::Usage(format!(
                "--bad-step {bad} names no step; write it like --bad-step \"kb-7=answer too long\""
            )));
        }
        settings
            .bad_steps
            .insert(name.to_owned(), reason.to_owned());
    }
    Ok(settings)
}
