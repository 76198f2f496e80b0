//! The forms in which messages go out, each with a file of its own. What people wrote stays text in all of
//! them: nothing of an article becomes a mention or a link.

mod email;
mod json;
mod slack;
mod teams;

use super::letter::Letter;
use crate::config::NotifyFormat;
pub(super) use email::email;

/// The body of a request to a webhook.
pub(super) fn body(format: NotifyFormat, letter: Letter<'_>) -> String {
    match format {
        NotifyFormat::Json => json::json(letter),
        NotifyFormat::Slack => slack::slack(letter),
        NotifyFormat::Teams => teams::teams(letter),
        NotifyFormat::Text | NotifyFormat::Email => json::text(letter),
    }
}
