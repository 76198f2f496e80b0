//! The table of settings. A default is written down here and nowhere else.

mod ask;
mod bot;
mod feed;
mod haptik;
mod lint;
mod notify;
mod service;
mod source;
mod variants;

use super::{Setting, SettingKind, SettingNeed};

const POSITIVE: SettingKind = SettingKind::Duration { zero: false };

const fn setting(
    key: &'static str,
    kind: SettingKind,
    need: SettingNeed,
    meaning: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        need,
        meaning,
    }
}

/// Every setting, in the order of the reference.
pub(crate) fn all() -> impl Iterator<Item = &'static Setting> {
    let tables = [
        haptik::SETTINGS,
        ask::SETTINGS,
        bot::SETTINGS,
        source::SETTINGS,
        feed::SETTINGS,
        variants::SETTINGS,
        service::SETTINGS,
        notify::SETTINGS,
        lint::SETTINGS,
    ];
    tables.into_iter().flatten()
}
