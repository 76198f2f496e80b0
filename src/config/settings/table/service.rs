//! History, freshness, the log, and the listener for administrators.

use super::{POSITIVE, setting};
use crate::config::ConfigWord;
use crate::config::FreshUntil;
use crate::config::Role;
use crate::config::settings::{Setting, SettingKind, SettingNeed};
use crate::config::words::LogLevel;

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "history.keep",
        POSITIVE,
        SettingNeed::Default("\"30d\""),
        "How long old content is kept for `rollback`.",
    ),
    setting(
        "history.max_bytes",
        SettingKind::Size,
        SettingNeed::Default("\"256MiB\""),
        "How much old content is kept for each bot; the oldest goes first.",
    ),
    setting(
        "freshness.max_age",
        POSITIVE,
        SettingNeed::Default("\"1h\""),
        "A change that has waited longer than this to go live makes the service unhealthy.",
    ),
    setting(
        "freshness.until",
        SettingKind::Choice(FreshUntil::WORDS),
        SettingNeed::Default("\"confirmed\""),
        "Until when a change waits: \"confirmed\": until Haptik confirms it; \"verified\": until the bot answers it, as far as it is asked (`[haptik.ask]`).",
    ),
    setting(
        "log.level",
        SettingKind::Choice(LogLevel::WORDS),
        SettingNeed::Default("\"info\""),
        "How much the daemon logs, where neither `--log-level` nor KMS_HAPTIK_SYNC_LOG says; a reload changes it.",
    ),
    setting(
        "admin.listen",
        SettingKind::Text,
        SettingNeed::Default("\"127.0.0.1:9464\""),
        "Where the admin page listens: an address with a port, or \"unix:\" and the path of a socket.",
    ),
    setting(
        "wake.listen",
        SettingKind::Text,
        SettingNeed::Default("\"127.0.0.1:9465\""),
        "Where knowledge bases say that something changed: an address with a port, or \"unix:\" and the path of a socket. Nothing else is served there.",
    ),
    setting(
        "wake.token.env",
        SettingKind::Text,
        SettingNeed::Optional("\"WAKE_TOKEN\""),
        "The environment variable that holds the token that a wake brings, or the secret that it is signed with; at least 16 characters.",
    ),
    setting(
        "wake.token.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/wake-token\""),
        "The file that holds it.",
    ),
    setting(
        "wake.token.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"wake-token\""),
        "The systemd credential that holds it.",
    ),
    setting(
        "admin.public_url",
        SettingKind::Text,
        SettingNeed::Optional("\"https://kms.acme.com\""),
        "Where people reach the page, for the links in messages.",
    ),
    setting(
        "admin.identity_header",
        SettingKind::Text,
        SettingNeed::Optional("\"X-Forwarded-User\""),
        "The header in which a trusted proxy says who asks, by the `name` of an `[[admin.user]]`; only where the page listens on a unix socket. See docs/PAGE.md.",
    ),
    setting(
        "admin.token.env",
        SettingKind::Text,
        SettingNeed::Optional("\"ADMIN_TOKEN\""),
        "The environment variable that holds the token of the admin page.",
    ),
    setting(
        "admin.token.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/admin-token\""),
        "The file that holds it.",
    ),
    setting(
        "admin.token.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"admin-token\""),
        "The systemd credential that holds it.",
    ),
    setting(
        "admin.user[].name",
        SettingKind::Text,
        SettingNeed::Required("\"anna\""),
        "Who this is, as the list of what was done says it.",
    ),
    setting(
        "admin.user[].role",
        SettingKind::Choice(Role::WORDS),
        SettingNeed::Default("\"reader\""),
        "What they may do on the page: look; also sync, retry and put back one answer; also release removals, withdraw answers and pause a bot; everything. A person with `[admin] token` is an operator.",
    ),
    setting(
        "admin.user[].token.env",
        SettingKind::Text,
        SettingNeed::Optional("\"ANNA_TOKEN\""),
        "The environment variable that holds the token of this user.",
    ),
    setting(
        "admin.user[].token.file",
        SettingKind::Text,
        SettingNeed::Optional("\"/run/secrets/anna-token\""),
        "The file that holds it.",
    ),
    setting(
        "admin.user[].token.credential",
        SettingKind::Text,
        SettingNeed::Optional("\"anna-token\""),
        "The systemd credential that holds it.",
    ),
];
