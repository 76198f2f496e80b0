//! History, freshness, the log, the listener for administrators, and who is told.

use super::{POSITIVE, setting};
use crate::config::settings::{Kind, Need, Setting};

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "history.keep",
        POSITIVE,
        Need::Default("\"30d\""),
        "How long old content is kept for `rollback`.",
    ),
    setting(
        "history.max_bytes",
        Kind::Size,
        Need::Default("\"256MiB\""),
        "How much old content is kept for each bot; the oldest goes first.",
    ),
    setting(
        "freshness.max_age",
        POSITIVE,
        Need::Default("\"1h\""),
        "A change that has waited longer than this to go live makes the service unhealthy.",
    ),
    setting(
        "log.level",
        Kind::Choice(&["error", "warn", "info", "debug", "trace"]),
        Need::Default("\"info\""),
        "How much the daemon logs, where neither `--log-level` nor KMS_HAPTIK_SYNC_LOG says; a reload changes it.",
    ),
    setting(
        "admin.listen",
        Kind::Text,
        Need::Default("\"127.0.0.1:9464\""),
        "Where the admin page listens: an address with a port, or \"unix:\" and the path of a socket.",
    ),
    setting(
        "admin.token.env",
        Kind::Text,
        Need::Optional("\"ADMIN_TOKEN\""),
        "The environment variable that holds the token of the admin page.",
    ),
    setting(
        "admin.token.file",
        Kind::Text,
        Need::Optional("\"/run/secrets/admin-token\""),
        "The file that holds it.",
    ),
    setting(
        "admin.token.credential",
        Kind::Text,
        Need::Optional("\"admin-token\""),
        "The systemd credential that holds it.",
    ),
    setting(
        "notify.url",
        Kind::Text,
        Need::Optional("\"https://hooks.acme.com/kms\""),
        "Where a message is posted when something begins to want a person, and when that is over.",
    ),
    setting(
        "notify.format",
        Kind::Choice(&["json", "text"]),
        Need::Default("\"json\""),
        "The form of the messages: a key for each thing, or `{\"text\": ...}` as Slack and Teams take it.",
    ),
    setting(
        "notify.alive_url",
        Kind::Text,
        Need::Optional("\"https://hc.acme.com/kms\""),
        "Asked after each pass that leaves no bot failing, for a service that calls when the sign of life stays away.",
    ),
    setting(
        "notify.allow_plain_http",
        Kind::Flag,
        Need::Default("false"),
        "Allows a url or alive_url with plain http to a host other than this one. What bots are told, and a key in the address, then travel unencrypted.",
    ),
    setting(
        "notify.token.env",
        Kind::Text,
        Need::Optional("\"NOTIFY_TOKEN\""),
        "The environment variable that holds what messages are signed with.",
    ),
    setting(
        "notify.token.file",
        Kind::Text,
        Need::Optional("\"/run/secrets/notify-token\""),
        "The file that holds it.",
    ),
    setting(
        "notify.token.credential",
        Kind::Text,
        Need::Optional("\"notify-token\""),
        "The systemd credential that holds it.",
    ),
];
