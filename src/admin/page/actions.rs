//! What a person can do on the page. A form counts only with the session's own key, and for those whose
//! role allows it. What is done is the same as on the command line.

use std::sync::Arc;

use axum::extract::{Extension, Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use serde::Serialize;

use super::approval::{approval, chosen, chosen_changes};
use super::sign_in::harmless;
use super::{PageAnswer, PageState};
use crate::admin::guard::Visitor;
use crate::config::{Bot, ConfigWord as _, Role, parse_duration};
use crate::control::{
    Approval, Approved, CommandContext, CommandFailure, ControlCommand, OverrideRequest, Reply,
    carry_out, not_understood, visitor as visitor_of_page,
};
use crate::store::StoreError;
use crate::text::{command_for, one_line};

/// Characters of what somebody typed, as a message shows it.
const SHOWN: usize = 80;

/// What a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageAction {
    Approve,
    Sync,
    Retry,
    PutBack,
    Withdraw,
    Keep,
    Follow,
    Pause,
    Resume,
    Rollback,
    FollowSources,
    Ask,
}

impl PageAction {
    const ALL: [Self; 12] = [
        Self::Approve,
        Self::Sync,
        Self::Retry,
        Self::PutBack,
        Self::Withdraw,
        Self::Keep,
        Self::Follow,
        Self::Pause,
        Self::Resume,
        Self::Rollback,
        Self::FollowSources,
        Self::Ask,
    ];

    /// The last part of its address.
    const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Sync => "sync",
            Self::Retry => "retry",
            Self::PutBack => "put-back",
            Self::Withdraw => "withdraw",
            Self::Keep => "keep",
            Self::Follow => "follow",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Rollback => "rollback",
            Self::FollowSources => "follow-sources",
            Self::Ask => "ask",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }

    /// Who may do it.
    pub(super) const fn needs(self) -> Role {
        match self {
            Self::Sync | Self::Retry | Self::PutBack | Self::Ask => Role::Editor,
            Self::Approve
            | Self::Withdraw
            | Self::Keep
            | Self::Follow
            | Self::Pause
            | Self::Resume => Role::Approver,
            Self::Rollback | Self::FollowSources => Role::Operator,
        }
    }

    /// What is said once it is done.
    const fn done(self) -> &'static str {
        match self {
            Self::Approve => "Released. The next sync carries it out.",
            Self::Sync => "A sync begins now. This page follows along.",
            Self::Retry => {
                "What Haptik rejected is tried again with the next sync, which begins now."
            }
            Self::PutBack => "The earlier version goes back with the next sync, which begins now.",
            Self::Withdraw => "The answer leaves the bot with the next sync, which begins now.",
            Self::Keep => "Kept: what was ticked stays on the bot until its article is back.",
            Self::Follow => "The step follows its article again, from the next sync on.",
            Self::Pause => "Paused. Nothing is uploaded until the pause is over.",
            Self::Resume => "The bot goes on. What has waited goes out now.",
            Self::FollowSources => "The bot follows its sources again, from the next sync on.",
            Self::Ask => "The bot was asked.",
            Self::Rollback => "The bot goes back with the next sync, which begins now.",
        }
    }
}

/// What is said of what was done, by the word in the address of the page.
pub(super) fn done(word: Option<&String>) -> Option<&'static str> {
    PageAction::of(word?).map(PageAction::done)
}

/// What somebody can do here, for the templates.
#[derive(Debug, Serialize)]
pub(super) struct Acting {
    /// `form`, `sign_in` or `command`.
    act: &'static str,
    form_key: Option<String>,
    /// At least each of these.
    editor: bool,
    approver: bool,
    operator: bool,
}

impl Acting {
    pub(super) fn of(page_state: &PageState, visitor: &Visitor) -> Self {
        let session = visitor.0.as_ref();
        let may = |role| session.is_some_and(|session| session.role >= role);
        Self {
            act: match session {
                Some(_) => "form",
                None if !page_state.access.admin.has_sign_in() => "command",
                None => "sign_in",
            },
            form_key: session.map(|session| session.form_key.clone()),
            editor: may(Role::Editor),
            approver: may(Role::Approver),
            operator: may(Role::Operator),
        }
    }
}

/// The fields of a form, in their order.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> &str {
        let mut fields = self.0.iter();
        let field = fields.find(|(key, _)| key == name);
        field.map_or("", |(_, value)| value)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }
}

/// Why a form was not carried out.
enum Undone {
    /// It makes no sense.
    Wrong(&'static str),
    /// What is asked for is not there, or could not be done.
    Failed(CommandFailure),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<CommandFailure> for Undone {
    fn from(failure: CommandFailure) -> Self {
        Self::Failed(failure)
    }
}

/// Does what a form of a bot asks for, and leads back to where it was sent from.
pub(super) async fn act(
    State(page_state): State<Arc<PageState>>,
    Extension(visitor): Extension<Visitor>,
    Path((bot, action)): Path<(String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> PageAnswer {
    let fields = Fields(fields);
    let say = |status, title, words: &str| Ok(page_state.say(&visitor, status, title, words));
    let undone = |status, words: &str| say(status, "Nothing was done", words);
    let Some(action) = PageAction::of(&action) else {
        return say(
            StatusCode::NOT_FOUND,
            "Nothing is here",
            "There is no such action.",
        );
    };
    let Some(session) = &visitor.0 else {
        let words = if page_state.access.admin.is_open() {
            format!(
                "Without a token in [admin] this is done on the command line: {}",
                command_for(action.word(), &one_line(&bot, SHOWN), &[])
            )
        } else if page_state.access.admin.identity_header.is_some() {
            "Only somebody whom the proxy names can do this here.".to_owned()
        } else {
            "Sign in first; then the button is there.".to_owned()
        };
        return say(StatusCode::FORBIDDEN, "Not here", &words);
    };
    if !session.made(fields.get("form_key")) {
        let words = "This form is not of your session. Go back to the page, load it again, and press the button once more.";
        return undone(StatusCode::FORBIDDEN, words);
    }
    if session.role < action.needs() {
        let words = format!(
            "Your role here is {}, and this needs {}. Ask somebody who has it, or whoever runs the service.",
            session.role.word(),
            action.needs().word()
        );
        return undone(StatusCode::FORBIDDEN, &words);
    }
    let Some(bot) = page_state.bot(&bot) else {
        return Ok(super::no_bot(&page_state, &visitor, &bot));
    };
    if let Some(why) = page_state.status_reader.refused(&bot.domain_name).await? {
        return undone(StatusCode::CONFLICT, &why);
    }
    let context = page_state.command_context.clone();
    let context = context.by(&visitor_of_page(&session.who));
    let next = match fields.get("next") {
        "" => "/",
        next => harmless(next),
    };
    if action == PageAction::Ask {
        return match super::ask::answer(&context, bot, fields.get("message")).await {
            Ok(words) => say(StatusCode::OK, "What the bot answers", &words),
            Err(failure) => undone(StatusCode::CONFLICT, &failure.to_string()),
        };
    }
    match carry(&page_state, &context, bot, action, &fields).await {
        Ok(did) => Ok(Redirect::to(&format!("{next}?{did}")).into_response()),
        Err(Undone::Wrong(words)) => undone(StatusCode::CONFLICT, words),
        Err(Undone::Failed(CommandFailure::Store(error))) => Err(error.into()),
        Err(Undone::Failed(other)) => undone(StatusCode::CONFLICT, &other.to_string()),
    }
}

/// Carries it out: what the address says of it afterwards.
async fn carry(
    page_state: &PageState,
    context: &CommandContext,
    bot: &Bot,
    action: PageAction,
    fields: &Fields,
) -> Result<String, Undone> {
    let name = bot.domain_name.clone();
    let step = fields.get("step").to_owned();
    let command = match action {
        PageAction::Approve => return release(page_state, context, &name, fields).await,
        PageAction::Sync => ControlCommand::SyncSoon { bot: name },
        PageAction::Retry => ControlCommand::Retry {
            bot: Some(name),
            steps: fields.all("step").map(str::to_owned).collect(),
        },
        PageAction::PutBack | PageAction::Withdraw => ControlCommand::Overrule(OverrideRequest {
            bot: name,
            step,
            put_back: match action {
                PageAction::PutBack => Some(number(fields, "upload")?),
                _ => None,
            },
            reason: fields.get("reason").to_owned(),
        }),
        PageAction::Keep => ControlCommand::Keep {
            bot: name,
            steps: fields.all("step").map(str::to_owned).collect(),
            reason: fields.get("reason").to_owned(),
        },
        PageAction::Follow => ControlCommand::Resume {
            bot: name,
            step: Some(step),
        },
        PageAction::Pause => ControlCommand::Pause {
            bot: name,
            lasts: match fields.get("lasts").trim() {
                "" => None,
                lasts => Some(
                    parse_duration(lasts)
                        .map_err(|_| Undone::Wrong("How long is written as in 30m, 4h or 2d."))?,
                ),
            },
            reason: fields.get("reason").to_owned(),
        },
        PageAction::Resume | PageAction::FollowSources => {
            // One word on the command line ends either; here somebody may end only the one that they see.
            let is_paused = page_state.pause_of(&name).await?.is_some();
            if is_paused != (action == PageAction::Resume) {
                return Err(Undone::Wrong(
                    "This has changed since you looked. Look at the bot again.",
                ));
            }
            ControlCommand::Resume {
                bot: name,
                step: None,
            }
        }
        PageAction::Rollback => ControlCommand::Rollback {
            bot: name,
            to: number(fields, "upload")?,
        },
        PageAction::Ask => return Err(Undone::Wrong("A question has an answer of its own.")),
    };
    carry_out(context, &command).await?;
    Ok(format!("did={}", action.word()))
}

fn number(fields: &Fields, name: &str) -> Result<i64, Undone> {
    let number = fields.get(name).parse();
    number.map_err(|_| Undone::Wrong("The form does not say which upload is meant."))
}

/// Releases the held removals of a bot that a person saw and chose, and strikes off what they removed by
/// hand; or the held changes that they chose.
async fn release(
    page_state: &PageState,
    context: &CommandContext,
    name: &str,
    fields: &Fields,
) -> Result<String, Undone> {
    let plan = page_state.status_reader.live_status.of(name).last_plan;
    let plan = plan.unwrap_or_default();
    if approval(&plan) != fields.get("approval") {
        return Err(Undone::Wrong(
            "What is held has changed since you looked. Look at the list again before you release it.",
        ));
    }
    let steps: Vec<String> = match fields.get("choose") {
        "" => chosen(&plan, None),
        "changes" => chosen_changes(&plan, &fields.all("step").collect::<Vec<_>>()),
        _ => chosen(&plan, Some(&fields.all("step").collect::<Vec<_>>())),
    };
    if steps.is_empty() {
        return Err(Undone::Wrong("Nothing was chosen."));
    }
    let asked = Approval {
        bot: Some(name.to_owned()),
        steps,
        what: Approved::Listed,
        ..Approval::default()
    };
    match carry_out(context, &ControlCommand::Approve(asked)).await? {
        Reply::Approve(reply) => Ok(format!("done={}", reply.done())),
        _ => Err(not_understood("it answers another command").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_a_word_and_a_role() {
        for action in PageAction::ALL {
            assert_eq!(PageAction::of(action.word()), Some(action));
            assert!(action.needs() > Role::Reader, "{action:?}");
        }
        assert_eq!(PageAction::of("approve/"), None);
        assert_eq!(PageAction::Withdraw.needs(), Role::Approver);
        assert_eq!(PageAction::PutBack.needs(), Role::Editor);
        assert_eq!(PageAction::Rollback.needs(), Role::Operator);
        assert_eq!(PageAction::Resume.needs(), Role::Approver);
    }

    #[test]
    fn a_field_may_come_more_than_once() {
        let fields = [("step", "a"), ("step", "b"), ("x", "1")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let fields = Fields(fields.to_vec());
        assert_eq!(fields.all("step").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((fields.get("x"), fields.get("y")), ("1", ""));
    }
}
