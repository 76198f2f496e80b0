//! When a feed is asked, written as in a crontab.

use cronexpr::{Crontab, MakeTimestamp};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::clock::Millis;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;

/// Times of the day, week or month in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    crontab: Crontab,
    /// The zone, where these are times of the day and no intervals: the crontab is then one of times on
    /// the clock on the wall.
    zone: Option<TimeZone>,
}

impl Schedule {
    /// The first time after this one; `None` where there is none any more.
    pub fn after(&self, time: Millis) -> Option<Millis> {
        let Some(zone) = &self.zone else {
            return next(&self.crontab, time);
        };
        let now = Timestamp::from_millisecond(time).ok()?;
        let mut civil = zone.to_datetime(now);
        // A time that comes twice, when the clock is set back, counts the first time alone.
        loop {
            let found = next(&self.crontab, as_utc(civil)?)?;
            civil = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(found).ok()?);
            let moment = first_moment(zone, civil)?;
            if moment > now {
                return Some(moment.as_millisecond());
            }
        }
    }
}

fn next(crontab: &Crontab, time: Millis) -> Option<Millis> {
    let start = MakeTimestamp::from_millisecond(time).ok()?;
    let next = crontab.find_next(start).ok()?;
    Some(next.timestamp().as_millisecond())
}

fn as_utc(civil: DateTime) -> Option<Millis> {
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// When the clock on the wall first shows a time; where it is set forward over it, when that is done.
fn first_moment(zone: &TimeZone, civil: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { before, .. } => {
            let beyond = before.to_timestamp(civil).ok()?;
            let after = beyond.checked_add(jiff::Span::new().seconds(1)).ok()?;
            let set = zone.preceding(after).next();
            Some(set.map_or(beyond, |set| set.timestamp()))
        }
        _ => ambiguous.earlier().ok(),
    }
}

/// Reads `schedule` and its time zone.
pub(crate) fn schedule(section: &ConfigSection<'_, '_>) -> Result<Option<Schedule>, Reported> {
    let zone = section.text("time_zone")?;
    if !section.has("schedule") {
        if section.has("time_zone") {
            let hint = "it belongs to `schedule`; take it out, or add one such as schedule = \"0 */2 * * *\"";
            return Err(section.wrong("time_zone", "`time_zone` is not used", hint));
        }
        return Ok(None);
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
    // As cron does it: what begins with a star in its minutes or hours is an interval, which goes on
    // whatever the clocks do.
    let mut fields = text.split_whitespace().take(2);
    let is_interval = fields.any(|field| field.starts_with('*'));
    let (read_in, on_the_wall) = match TimeZone::get(&zone) {
        Ok(found) if !is_interval => ("UTC", Some(found)),
        _ => (zone.as_str(), None),
    };
    let crontab = cronexpr::parse_crontab(&format!("{} {read_in}", text.trim()));
    let schedule = Schedule {
        crontab: crontab.map_err(|_| wrong("is no line of a crontab"))?,
        zone: on_the_wall,
    };
    if schedule.after(0).is_none() {
        return Err(wrong("names a time that never comes"));
    }
    Ok(Some(schedule))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parse(settings: &str) -> Result<Config, String> {
        let text = format!(
            "[haptik]\nbase_url = \"sandbox\"\n[[bot]]\ndomain_name = \"demo\"\nupload_effect = \"merge\"\n[[bot.source]]\nfeed = \"https://kms.test\"\n{settings}"
        );
        let none: [(&str, &str); 0] = [];
        Config::parse(&text, "/c.toml".as_ref(), none).map_err(|problems| problems.to_string())
    }

    #[test]
    fn times_are_those_of_the_time_zone() {
        let cases = [
            (
                "0 6 * * 1-5",
                "Europe/Berlin",
                "2026-07-03T12:00:00Z",
                "2026-07-06T04:00:00Z",
            ),
            (
                "0 6 * * 1-5",
                "Europe/Berlin",
                "2026-01-05T00:00:00Z",
                "2026-01-05T05:00:00Z",
            ),
            (
                "0 */2 * * *",
                "UTC",
                "2026-01-05T02:00:00Z",
                "2026-01-05T04:00:00Z",
            ),
            // Half past two does not exist on that day: it is made up for at three.
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-03-28T12:00:00Z",
                "2026-03-29T01:00:00Z",
            ),
            (
                "0,30 2 * * *",
                "Europe/Berlin",
                "2026-03-29T01:00:00Z",
                "2026-03-30T00:00:00Z",
            ),
            // It exists twice on that one, and counts once.
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-10-24T12:00:00Z",
                "2026-10-25T00:30:00Z",
            ),
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ),
            (
                "30 2 * * *",
                "Europe/Berlin",
                "2026-10-25T01:10:00Z",
                "2026-10-26T01:30:00Z",
            ),
            // Intervals go on.
            (
                "*/30 * * * *",
                "Europe/Berlin",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
            ),
            (
                "0 */2 * * *",
                "Europe/Berlin",
                "2026-03-29T00:00:00Z",
                "2026-03-29T02:00:00Z",
            ),
            // A zone whose clock moves by half an hour, and one that leaves out a day.
            (
                "15 2 * * *",
                "Australia/Lord_Howe",
                "2026-10-03T12:00:00Z",
                "2026-10-03T15:30:00Z",
            ),
            (
                "0 12 30 12 *",
                "Pacific/Apia",
                "2011-12-29T12:00:00Z",
                "2011-12-30T10:00:00Z",
            ),
        ];
        for (schedule, zone, now, expected) in cases {
            let config = parse(&format!("schedule = {schedule:?}\ntime_zone = {zone:?}")).unwrap();
            let schedule = config.bots[0].sources[0].schedule.as_ref().unwrap();
            let now: jiff::Timestamp = now.parse().unwrap();
            let next = schedule.after(now.as_millisecond()).unwrap();
            let next = jiff::Timestamp::from_millisecond(next).unwrap();
            assert_eq!(next.to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_schedule() {
        for (settings, told) in [
            ("schedule = \"0 */2 * *\"", "five fields"),
            ("schedule = \"0 0 */2 * * *\"", "five fields"),
            ("schedule = \"0 25 * * *\"", "no line of a crontab"),
            ("schedule = \"0 0 30 2 *\"", "never comes"),
            (
                "schedule = \"0 * * * *\"\ntime_zone = \"Mars/Phobos\"",
                "no time zone `Mars/Phobos`",
            ),
            ("time_zone = \"UTC\"", "`time_zone` is not used"),
            (
                "schedule = \"0 * * * *\"\nevery = \"5m\"",
                "both `every` and `schedule`",
            ),
        ] {
            let problems = parse(settings).unwrap_err();
            assert!(problems.contains(told), "{told} in {problems}");
        }
    }
}
