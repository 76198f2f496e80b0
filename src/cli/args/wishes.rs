//! What is typed as a wish, to be carried out here or by the daemon.

use super::{WantedApproval, WantedBinding, WantedBot, WantedResume, WantedRetry, WantedRollback};
use crate::cli::change::{Approval, Approved};
use crate::control::Wish;

impl WantedApproval {
    pub(in crate::cli) fn wish(&self) -> Wish {
        Wish::Approve(Approval {
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

impl WantedRetry {
    pub(in crate::cli) fn wish(&self) -> Wish {
        Wish::Retry {
            bot: self.bot.clone(),
            steps: self.steps.clone(),
        }
    }
}

impl WantedRollback {
    pub(in crate::cli) fn wish(&self) -> Wish {
        Wish::Rollback {
            bot: self.bot.clone(),
            to: self.to,
        }
    }
}

impl WantedResume {
    pub(in crate::cli) fn wish(&self) -> Wish {
        Wish::Resume {
            bot: self.bot.clone(),
        }
    }
}

impl WantedBinding {
    pub(in crate::cli) fn wish(&self) -> Wish {
        Wish::Rebind {
            bot: self.bot.clone(),
        }
    }
}

impl WantedBot {
    pub(in crate::cli) fn bot(&self) -> Option<&str> {
        self.bot.as_deref()
    }

    pub(in crate::cli) fn wish(&self) -> Wish {
        Wish::Resync {
            bot: self.bot.clone(),
        }
    }
}
