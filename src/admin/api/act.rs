//! What programs have done: the commands of the command line, for whoever gives a token whose role allows it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use super::ask::{self, AskedMessage};
use crate::admin::guard::Caller;
use crate::admin::page::PageState;
use crate::config::{ConfigWord as _, Role, parse_duration};
use crate::control::{Approval, Approved, ControlCommand, OverrideRequest, carry_out};
use crate::text::few;

/// What can be asked for, in the order of the description.
pub(super) const WORDS: [&str; 10] = [
    "sync", "retry", "put-back", "approve", "withdraw", "keep", "pause", "resume", "rollback",
    "ask",
];

/// What is wanted, as far as the action needs it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionBody {
    /// One step, by its name.
    step: Option<String>,
    /// Several.
    #[serde(default)]
    steps: Vec<String>,
    /// The plan that was in front of whoever releases removals.
    plan: Option<u64>,
    upload: Option<u64>,
    /// How long, such as `4h`.
    #[serde(rename = "for")]
    lasts: Option<String>,
    #[serde(default)]
    reason: String,
    /// What the bot is asked.
    #[serde(default)]
    messages: Vec<AskedMessage>,
}

impl ActionBody {
    fn step(&self) -> Result<String, Refusal> {
        self.step
            .clone()
            .ok_or_else(|| wrong("`step` is missing: the name of the step"))
    }

    fn upload(&self) -> Result<i64, Refusal> {
        let upload = self
            .upload
            .ok_or_else(|| wrong("`upload` is missing: its number in the history"))?;
        Ok(i64::try_from(upload).unwrap_or(i64::MAX))
    }
}

fn wrong(words: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, words)
}

/// Who may do it; `None`: there is no such action.
fn needs(action: &str, body: &ActionBody) -> Option<Role> {
    Some(match action {
        "sync" | "retry" | "put-back" | "ask" => Role::Editor,
        "approve" | "withdraw" | "keep" | "pause" => Role::Approver,
        "resume" if body.step.is_some() => Role::Approver,
        "resume" | "rollback" => Role::Operator,
        _ => return None,
    })
}

/// A form of another site can send anything but this.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().map(str::trim) == Some("application/json")
}

/// Does what a program asks for.
pub(super) async fn act(
    State(page_state): State<Arc<PageState>>,
    Extension(caller): Extension<Caller>,
    Path((bot, action)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    // Most actions need nothing more than their address.
    let body = if body.is_empty() {
        ActionBody::default()
    } else {
        let json = Json::<ActionBody>::from_bytes(&body);
        let Json(body) = json.map_err(|wrong| Refusal::new(wrong.status(), wrong.body_text()))?;
        if !is_json(&headers) {
            let words = "send what is wanted as application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
        }
        body
    };
    let Some(needs) = needs(&action, &body) else {
        let words = format!("there is no such action; there are {}", few(&WORDS));
        return Err(Refusal::new(StatusCode::NOT_FOUND, words));
    };
    let Some(identity) = &caller.0 else {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "what changes something needs a token of [admin] as `Authorization: Bearer ...`",
        ));
    };
    if identity.role < needs {
        let words = format!(
            "the role of this token is {}, and this needs {}",
            identity.role.word(),
            needs.word()
        );
        return Err(Refusal::new(StatusCode::FORBIDDEN, words));
    }
    let bot = page_state.bot(&bot).ok_or_else(|| Refusal::no_bot(&bot))?;
    let name = bot.domain_name.clone();
    if let Some(why) = page_state.status_reader.refused(&name).await? {
        return Err(Refusal::new(StatusCode::CONFLICT, why));
    }
    let who = identity.name.as_deref().unwrap_or("the token of [admin]");
    let context = page_state.context().by(&format!("{who} (api)"));
    if action == "sync" {
        let soon = ControlCommand::SyncSoon { bot: name.clone() };
        carry_out(&context, &soon).await?;
        return Ok(Json(json!({ "domain_name": name, "syncing": true })));
    }
    if action == "ask" {
        let questions = ask::questions(name, body.messages)?;
        return ask::answer(&context, questions).await.map(Json);
    }
    let reply = carry_out(&context, &command(&action, name, body)?).await?;
    Ok(Json(serde_json::to_value(reply).unwrap_or_default()))
}

fn command(action: &str, bot: String, body: ActionBody) -> Result<ControlCommand, Refusal> {
    Ok(match action {
        "approve" => ControlCommand::Approve(Approval {
            bot: Some(bot),
            steps: body.steps,
            plan: body
                .plan
                .map(|plan| i64::try_from(plan).unwrap_or(i64::MAX)),
            what: Approved::Removals,
            all: false,
        }),
        "retry" => ControlCommand::Retry {
            bot: Some(bot),
            steps: body.steps,
        },
        "put-back" => ControlCommand::Overrule(OverrideRequest {
            step: body.step()?,
            put_back: Some(body.upload()?),
            bot,
            reason: body.reason,
        }),
        "withdraw" => ControlCommand::Overrule(OverrideRequest {
            step: body.step()?,
            put_back: None,
            bot,
            reason: body.reason,
        }),
        "keep" => ControlCommand::Keep {
            bot,
            steps: body.steps,
            reason: body.reason,
        },
        "pause" => ControlCommand::Pause {
            bot,
            lasts: match body.lasts.as_deref() {
                None => None,
                Some(lasts) => Some(
                    parse_duration(lasts)
                        .map_err(|_| wrong("`for` is a time such as \"30m\", \"4h\" or \"2d\""))?,
                ),
            },
            reason: body.reason,
        },
        "resume" => ControlCommand::Resume {
            bot,
            step: body.step,
        },
        _ => ControlCommand::Rollback {
            to: body.upload()?,
            bot,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_role_and_no_other_has() {
        for word in WORDS {
            assert!(
                needs(word, &ActionBody::default()) > Some(Role::Reader),
                "{word}"
            );
        }
        assert_eq!(needs("forget", &ActionBody::default()), None);
        let of_a_step = ActionBody {
            step: Some("a".into()),
            ..ActionBody::default()
        };
        assert_eq!(needs("resume", &of_a_step), Some(Role::Approver));
    }
}
