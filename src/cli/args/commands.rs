//! The arguments of commands that are run here or by the daemon, and the command that each becomes.

use super::{
    ApproveArgs, BotArgs, ForgetArgs, KeepArgs, PauseArgs, PutBackArgs, RebindArgs, ResumeArgs,
    RetryArgs, RollbackArgs, WithdrawArgs,
};
use crate::control::{Approval, Approved, ControlCommand, OverrideRequest};

impl ApproveArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Approve(Approval {
            bot: self.bot.clone(),
            steps: self.steps.clone(),
            plan: self.plan,
            what: match (self.removed, self.empty, self.incomplete) {
                (true, ..) => Approved::Removed,
                (_, true, _) => Approved::Empty,
                (_, _, true) => Approved::Incomplete,
                _ => Approved::Removals,
            },
            all: self.all,
        })
    }
}

impl RetryArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Retry {
            bot: self.bot.clone(),
            steps: self.steps.clone(),
        }
    }
}

impl RollbackArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Rollback {
            bot: self.bot.clone(),
            to: self.to,
        }
    }
}

impl ForgetArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Forget {
            bot: self.bot.clone(),
            step: self.step.clone(),
        }
    }
}

impl ResumeArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Resume {
            bot: self.bot.clone(),
            step: self.step.clone(),
        }
    }
}

impl PauseArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Pause {
            bot: self.bot.clone(),
            lasts: self.lasts,
            reason: self.reason.clone(),
        }
    }
}

impl WithdrawArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Overrule(OverrideRequest {
            bot: self.bot.clone(),
            step: self.step.clone(),
            put_back: None,
            reason: self.reason.clone(),
        })
    }
}

impl PutBackArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Overrule(OverrideRequest {
            bot: self.bot.clone(),
            step: self.step.clone(),
            put_back: Some(self.to),
            reason: self.reason.clone(),
        })
    }
}

impl KeepArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Keep {
            bot: self.bot.clone(),
            steps: self.steps.clone(),
            reason: self.reason.clone(),
        }
    }
}

impl RebindArgs {
    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Rebind {
            bot: self.bot.clone(),
        }
    }
}

impl BotArgs {
    pub(in crate::cli) fn bot(&self) -> Option<&str> {
        self.bot.as_deref()
    }

    pub(in crate::cli) fn command(&self) -> ControlCommand {
        ControlCommand::Resync {
            bot: self.bot.clone(),
        }
    }
}
