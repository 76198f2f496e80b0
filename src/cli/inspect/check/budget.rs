//! How much of the call budget the last minute has used.

use super::{Check, CheckVerdict};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;

const NAME: &str = "budget";

/// `None` where the state cannot be read, which another check tells.
pub(crate) async fn budget(config: &Config, clock: &Clock) -> Option<Check> {
    let store = Store::open_for_reading(config).await.ok()?;
    let calls_per_minute = config.haptik.calls_per_minute;
    let used = store.calls_in_window(clock.uptime()).await.ok()?;
    Some(judge(used, calls_per_minute))
}

fn judge(used: u64, calls_per_minute: u32) -> Check {
    let evidence = format!("{used} of {calls_per_minute} calls in the last minute");
    if used < u64::from(calls_per_minute) {
        return Check::ok(NAME, evidence);
    }
    Check::found(
        NAME,
        CheckVerdict::Warning,
        format!("{evidence}: the next ones wait"),
        "if changes go live too late, ask Haptik whether calls_per_minute may be higher",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_is_used_up_is_told() {
        for (used, of, verdict) in [
            (0, 100, CheckVerdict::Ok),
            (99, 100, CheckVerdict::Ok),
            (100, 100, CheckVerdict::Warning),
            (120, 100, CheckVerdict::Warning),
        ] {
            let check = judge(used, of);
            assert_eq!(check.verdict, verdict, "{check:?}");
            assert!(check.evidence.starts_with(&format!("{used} of {of} calls")));
        }
    }
}
