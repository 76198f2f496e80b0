//! Reads `[haptik.ask]`: whether bots are asked what they answer, how, and how often.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::haptik;
use crate::clock::Millis;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::model::ReplyWords;

/// How bots are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskMode {
    /// Not at all.
    Off,
    /// In one call, whose answer is the reply.
    Webhook,
    /// By a message; the reply stands in the conversation.
    Conversation,
}

/// What is done about a step that the bot no longer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// People are told.
    Tell,
    /// It is uploaded once more as well.
    Resend,
}

/// Where the calls are, below the base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskPaths {
    /// Asks, and hears the reply.
    pub webhook: String,
    /// Makes a user.
    pub user: String,
    /// Says something.
    pub message: String,
}

impl Default for AskPaths {
    fn default() -> Self {
        Self {
            webhook: "/v1.0/synchronous_webhook/".to_owned(),
            user: "/v1.0/user/".to_owned(),
            message: "/v1.0/log_message_from_user/".to_owned(),
        }
    }
}

/// `[haptik.ask]`.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How bots are asked; never `Off`.
    pub mode: AskMode,
    /// Where the calls are; `None`: where the others are.
    pub base_url: Option<String>,
    /// The channel of the only bot.
    pub business_id: Option<u64>,
    /// The user who asks.
    pub user: String,
    /// The paths of the calls.
    pub paths: AskPaths,
    /// Where the reply stands in the answer of the webhook: a JSON pointer, empty for the whole.
    pub reply: String,
    /// The conversation in which the messages stand.
    pub conversation_no: u64,
    /// How long a reply is waited for.
    pub reply_within: Duration,
    /// Calls in any 24 hours, all bots together.
    pub calls_per_day: u32,
    /// When nothing is asked.
    pub quiet: Option<QuietHours>,
    /// How long after Success a changed step is asked for; the waits between questions grow from it.
    pub first: Duration,
    /// Changed steps that are asked for after uploads.
    pub changed_steps: u32,
    /// Within this time every live step is asked for.
    pub sweep: Duration,
    /// What is done about a step that the bot no longer answers.
    pub repair: Repair,
    /// Steps that are uploaded once more in 24 hours, for each bot.
    pub resends_per_day: u32,
    /// Whether bots have a canary, by which a second service is found.
    pub canary: bool,
    /// How a reply tells what it is.
    pub words: ReplyWords,
}

/// Hours in which nothing is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    to: Time,
    zone: TimeZone,
}

impl QuietHours {
    /// How long they still last; `None`: they do not.
    pub fn left(&self, now: Millis) -> Option<Duration> {
        let now = Timestamp::from_millisecond(now).ok()?;
        let time = self.zone.to_datetime(now).time();
        let is_quiet = if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        };
        let seconds = |time: Time| {
            i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
        };
        let left = (seconds(self.to) - seconds(time)).rem_euclid(24 * 3600);
        is_quiet.then(|| Duration::from_secs(left.unsigned_abs().max(1)))
    }
}

/// Reads `[haptik.ask]`; `None` where nothing is asked.
pub(super) fn ask(
    section: &ConfigSection<'_, '_>,
    allow_plain_http: bool,
) -> Result<Option<Ask>, Reported> {
    let mode = section.word("mode");
    let base_url = section.optional("base_url", |section, key| {
        haptik::url(section, &section.text(key)?, allow_plain_http)
    });
    let business_id = section.optional("business_id", ConfigSection::number);
    let user = section.text("user");
    let paths = paths(section);
    let reply = reply(section);
    let conversation_no = section.number("conversation_no");
    let reply_within = section.duration("reply_within");
    let calls_per_day = section.number("calls_per_day");
    let quiet = quiet(section);
    let first = section.duration("first");
    let changed_steps = section.number("changed_steps");
    let sweep = section.duration("sweep");
    let repair = section.word("repair");
    let resends_per_day = section.number("resends_per_day");
    let canary = section.flag("canary");
    let fallback = section.texts("fallback", |_| Ok(()));
    let hand_over = section.texts("hand_over", |_| Ok(()));
    let ask = Ask {
        mode: mode?,
        base_url: base_url?,
        business_id: business_id?,
        user: user?,
        paths: paths?,
        reply: reply?,
        conversation_no: conversation_no?,
        reply_within: reply_within?,
        calls_per_day: calls_per_day?,
        quiet: quiet?,
        first: first?,
        changed_steps: changed_steps?,
        sweep: sweep?,
        repair: repair?,
        resends_per_day: resends_per_day?,
        canary: canary?,
        words: ReplyWords {
            fallback: fallback?,
            hand_over: hand_over?,
        },
    };
    Ok((ask.mode != AskMode::Off).then_some(ask))
}

fn paths(section: &ConfigSection<'_, '_>) -> Result<AskPaths, Reported> {
    let is_of_path =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~');
    let path = |key: &str| {
        let path = section.text(key)?;
        if path.starts_with('/') && path.bytes().all(is_of_path) {
            return Ok(path);
        }
        let hint = format!("for example {key} = \"{}\"", AskPaths::default().message);
        let message = format!("`{key}` must be a path that begins with /");
        Err(section.wrong(key, message, hint))
    };
    let (webhook, user, message) = (
        path("webhook_path"),
        path("user_path"),
        path("message_path"),
    );
    let paths = AskPaths {
        webhook: webhook?,
        user: user?,
        message: message?,
    };
    let is_twice =
        paths.user == paths.message || [&paths.user, &paths.message].contains(&&paths.webhook);
    if is_twice {
        let hint = "each call has a path of its own; leave out those that Haptik did not tell you";
        return Err(section.wrong("webhook_path", "two calls have the same path", hint));
    }
    Ok(paths)
}

fn reply(section: &ConfigSection<'_, '_>) -> Result<String, Reported> {
    if !section.has("reply") {
        return Ok(String::new());
    }
    let reply = section.text("reply")?;
    if reply.starts_with('/') {
        return Ok(reply);
    }
    let hint = "for example reply = \"/0/bot_messages\"; leave it out for the whole answer";
    Err(section.wrong(
        "reply",
        "`reply` must be a JSON pointer that begins with /",
        hint,
    ))
}

fn quiet(section: &ConfigSection<'_, '_>) -> Result<Option<QuietHours>, Reported> {
    // The database of time zones is read only for those who have quiet hours.
    if !section.has("quiet") && !section.has("time_zone") {
        return Ok(None);
    }
    let zone = section.text("time_zone")?;
    let Ok(zone) = TimeZone::get(&zone) else {
        let message = format!("there is no time zone `{}`", zone.escape_debug());
        let hint = "for example time_zone = \"Europe/Berlin\" or \"UTC\"";
        return Err(section.wrong("time_zone", message, hint));
    };
    if !section.has("quiet") {
        return Ok(None);
    }
    let text = section.text("quiet")?;
    let hours = text.split_once('-').and_then(|(from, to)| {
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
        Some((time(from)?, time(to)?))
    });
    let Some((from, to)) = hours.filter(|(from, to)| from != to) else {
        let hint = "two different times of the day, for example quiet = \"22:00-07:00\"";
        return Err(section.wrong("quiet", "`quiet` is no span of hours", hint));
    };
    Ok(Some(QuietHours { from, to, zone }))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parse(ask: &str, bots: &str) -> Result<Config, String> {
        let text = format!("[haptik]\nbase_url = \"sandbox\"\n[haptik.ask]\n{ask}\n{bots}");
        let none: [(&str, &str); 0] = [];
        Config::parse(&text, std::path::Path::new("/c.toml"), none)
            .map_err(|problems| problems.to_string())
    }

    fn bot(name: &str, more: &str) -> String {
        format!(
            "[[bot]]\ndomain_name = \"{name}\"\nupload_effect = \"merge\"\n{more}\n[[bot.source]]\nfolder = \"export\"\n"
        )
    }

    #[test]
    fn nothing_is_asked_unless_somebody_says_so() {
        let config = parse("", &bot("a", "")).unwrap();
        assert!(config.haptik.ask.is_none());
    }

    #[test]
    fn each_bot_has_a_channel_of_its_own() {
        let own = |name, id| bot(name, &format!("business_id = {id}"));
        let one = parse("mode = \"webhook\"\nbusiness_id = 7", &bot("a", "")).unwrap();
        assert_eq!(one.bots[0].business_id, Some(7));
        let two = format!("{}{}", own("a", 8), own("b", 9));
        let two = parse("mode = \"webhook\"\nbusiness_id = 7", &two).unwrap();
        assert_eq!(two.bots[1].business_id, Some(9));
        let shared = format!("{}{}", bot("a", ""), own("b", 9));
        let told = parse("mode = \"webhook\"\nbusiness_id = 7", &shared).unwrap_err();
        assert!(
            told.contains("bot \"a\" is to be asked, and has no `business_id`"),
            "{told}"
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (ask, words) in [
            (
                "mode = \"always\"",
                "`mode` must be \"off\", \"webhook\" or \"conversation\"",
            ),
            (
                "mode = \"off\"\nquiet = \"night\"",
                "`quiet` is no span of hours",
            ),
            ("quiet = \"22:00-22:00\"", "`quiet` is no span of hours"),
            (
                "quiet = \"22:00-07:00\"\ntime_zone = \"Mars\"",
                "there is no time zone `Mars`",
            ),
            ("webhook_path = \"ask\"", "`webhook_path` must be a path"),
            (
                "webhook_path = \"/v1.0/user/\"",
                "two calls have the same path",
            ),
            ("reply = \"body\"", "`reply` must be a JSON pointer"),
            ("base_url = \"http://example.com\"", "plain http"),
        ] {
            let told = parse(ask, &bot("a", "business_id = 1")).unwrap_err();
            assert!(told.contains(words), "{ask}: {told}");
        }
        let until = format!("[freshness]\nuntil = \"verified\"\n{}", bot("a", ""));
        let told = parse("", &until).unwrap_err();
        assert!(
            told.contains("`until` is \"verified\", and no bot is asked"),
            "{told}"
        );
    }

    #[test]
    fn quiet_hours_go_over_midnight() {
        let hours = |quiet: &str| {
            let ask =
                format!("mode = \"webhook\"\nquiet = \"{quiet}\"\ntime_zone = \"Asia/Kolkata\"");
            let config = parse(&ask, &bot("a", "business_id = 1")).unwrap();
            config.haptik.ask.unwrap().quiet.unwrap()
        };
        // 2026-11-22 08:00 UTC is 13:30 there.
        let noon = 1_795_334_400_000;
        let minutes = |quiet: &str, later: i64| {
            let left = hours(quiet).left(noon + later * 60_000);
            left.map(|left| left.as_secs() / 60)
        };
        for (quiet, later, expected) in [
            ("22:00-07:00", 0, None),
            ("22:00-07:00", 8 * 60 + 30, Some(9 * 60)),
            ("22:00-07:00", 17 * 60, Some(30)),
            ("22:00-07:00", 17 * 60 + 30, None),
            ("13:00-14:00", 0, Some(30)),
            ("13:00-14:00", 30, None),
        ] {
            assert_eq!(minutes(quiet, later), expected, "{quiet} {later}");
        }
    }
}
