//! The arguments of `rollback`, `pause`, `withdraw`, `put-back`, `keep` and `resume`.

#[derive(Debug, clap::Args)]
pub(crate) struct RollbackArgs {
    /// The bot
    pub(super) bot: String,
    /// The upload, by its number in `history`
    #[arg(long, value_name = "UPLOAD")]
    pub(super) to: i64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ResumeArgs {
    /// The bot
    pub(super) bot: String,
    /// Only this step, which was withdrawn, put back or kept
    pub(super) step: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PauseArgs {
    /// The bot
    pub(super) bot: String,
    /// How long; until `resume` where it is not given
    #[arg(long = "for", value_name = "DURATION", value_parser = crate::config::parse_duration)]
    pub(super) lasts: Option<std::time::Duration>,
    /// Why, for whoever looks next
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct WithdrawArgs {
    /// The bot
    pub(super) bot: String,
    /// The step, by its name
    pub(super) step: String,
    /// Why, for whoever looks next
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PutBackArgs {
    /// The bot
    pub(super) bot: String,
    /// The step, by its name
    pub(super) step: String,
    /// The upload, by its number in `history`
    #[arg(long, value_name = "UPLOAD")]
    pub(super) to: i64,
    /// Why, for whoever looks next
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct KeepArgs {
    /// The bot
    pub(super) bot: String,
    /// The steps, by their names
    #[arg(required = true, value_name = "STEP")]
    pub(super) steps: Vec<String>,
    /// Why, for whoever looks next
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
}
