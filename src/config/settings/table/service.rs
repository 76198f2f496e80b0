//! History, freshness and the listener for administrators.

use super::super::{Kind, Need, Setting};
use super::{POSITIVE, setting};

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
];
