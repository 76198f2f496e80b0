//! What people did to a bot, for the overview: the last of what `history --actions` lists.

use serde::Serialize;

use super::PageState;
use crate::clock::Millis;
use crate::status::details;
use crate::store::{ActionRecord, StoreError};

/// Things that people did; the template shows the first ones at once.
const ACTIONS: u32 = 30;

/// What a person did.
#[derive(Debug, Serialize)]
pub(super) struct ActionView {
    at: Millis,
    who: String,
    what: String,
    details: String,
}

/// The last things that people did to a bot.
pub(super) async fn activity(
    page_state: &PageState,
    bot: &str,
) -> Result<Vec<ActionView>, StoreError> {
    let actions = page_state
        .status_reader
        .store
        .actions(Some(bot), ACTIONS)
        .await?;
    let view = |action: ActionRecord| ActionView {
        details: details(&action),
        at: action.at,
        who: action.who,
        what: action.what,
    };
    Ok(actions.into_iter().map(view).collect())
}
