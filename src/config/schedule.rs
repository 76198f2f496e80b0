//! When a feed is asked, written as in a crontab.

use cronexpr::{Crontab, MakeTimestamp};

use super::problem::Reported;
use super::section::Section;
use crate::clock::Millis;

/// Times of the day, week or month in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule(Crontab);

impl Schedule {
    /// The first time after this one; `None` where there is none any more.
    pub fn after(&self, time: Millis) -> Option<Millis> {
        let start = MakeTimestamp::from_millisecond(time).ok()?;
        let next = self.0.find_next(start).ok()?;
        Some(next.timestamp().as_millisecond())
    }
}

/// Reads `schedule` and its time zone.
pub(super) fn schedule(section: &Section<'_, '_>) -> Result<Option<Schedule>, Reported> {
    let zone = section.text("time_zone")?;
    if !section.has("schedule") {
        return match section.has("time_zone") {
            false => Ok(None),
            true => Err(section.wrong(
                "time_zone",
                "`time_zone` is not used",
                "it belongs to `schedule`; take it out, or add one such as schedule = \"0 */2 * * *\"",
            )),
        };
    }
    if section.has("every") {
        let message = "there are both `every` and `schedule`";
        return Err(section.wrong("schedule", message, "keep one of them"));
    }
    if jiff::tz::TimeZone::get(&zone).is_err() {
        let message = format!("there is no time zone `{}`", zone.escape_debug());
        let hint = "for example time_zone = \"Europe/Berlin\" or \"UTC\"";
        return Err(section.wrong("time_zone", message, hint));
    }
    let text = section.text("schedule")?;
    let wrong = |message: &str| {
        let hint = "minute, hour, day of the month, month, day of the week: \"0 */2 * * *\" is every two hours, \"30 6 * * 1-5\" half past six from Monday to Friday";
        section.wrong("schedule", format!("`schedule` {message}"), hint)
    };
    if text.split_whitespace().count() != 5 {
        return Err(wrong("must have five fields, as in a crontab"));
    }
    let crontab = cronexpr::parse_crontab(&format!("{} {zone}", text.trim()));
    let schedule = Schedule(crontab.map_err(|_| wrong("is not a line of a crontab"))?);
    if schedule.after(0).is_none() {
        return Err(wrong("names a time that never comes"));
    }
    Ok(Some(schedule))
}
