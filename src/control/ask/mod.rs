//! `ask`: what a bot answers now, which step that is, and how it differs from what it should answer.

mod compare;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bots::acting;
use super::command_context::CommandContext;
use super::failure::CommandFailure;
use crate::clock::{duration_millis, rfc3339};
use crate::config::Bot;
use crate::model::{BotReply, Step, Verdict, hands_over, verify};
use crate::store::{BotId, Store};
use crate::sync::{AGENT_PAUSE, Asker, ask as ask_bot, handed_over_until};
use crate::text::command_for;
use compare::Meant;

/// Earlier versions of a step that a reply is held against.
const EARLIER: u32 = 20;

/// What a bot is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Questions {
    /// The bot.
    pub(crate) bot: String,
    /// The messages, in order.
    pub(crate) messages: Vec<Question>,
}

/// A message, and which step it should find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// What a customer would write.
    pub(crate) message: String,
    /// The name of the step; `None`: the one that has this message, if any.
    pub(crate) expected: Option<String>,
}

/// What came of the questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answers {
    /// The bot.
    pub(crate) bot: String,
    /// One for each message.
    pub(crate) answers: Vec<Answered>,
}

/// What came of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// The message.
    pub(crate) message: String,
    /// The step that was expected.
    pub(crate) expected: Option<String>,
    /// The step that should answer it: the expected one, or the one that has this message.
    pub(crate) meant: Option<String>,
    /// What that step says, bubble by bubble.
    pub(crate) held: Vec<String>,
    /// What the bot said, bubble by bubble.
    pub(crate) reply: Vec<String>,
    /// The live step whose answer that is.
    pub(crate) step: Option<String>,
    /// How the reply compares with the step that should answer.
    pub(crate) verdict: Option<Verdict>,
    /// Why the bot was not asked.
    pub(crate) not_asked: Option<String>,
}

impl Answers {
    /// How many were answered as expected.
    pub(crate) fn as_expected(&self) -> usize {
        let all = self.answers.iter();
        all.filter(|answer| answer.is_as_expected()).count()
    }

    /// As the command line and the API tell it.
    pub(crate) fn as_json(&self) -> Value {
        let answers = self.answers.iter().map(Answered::as_json);
        json!({
            "domain_name": self.bot,
            "asked": self.answers.len(),
            "as_expected": self.as_expected(),
            "answers": answers.collect::<Vec<_>>(),
        })
    }
}

impl Answered {
    fn as_json(&self) -> Value {
        json!({
            "message": self.message,
            "expected": self.expected,
            "meant": self.meant,
            "held": self.held,
            "reply": self.reply,
            "step": self.step,
            "verdict": self.verdict.map(Verdict::name),
            "as_expected": self.is_as_expected(),
            "not_asked": self.not_asked,
        })
    }

    /// Whether the bot answers as it should, as far as it is known what that is.
    pub(crate) fn is_as_expected(&self) -> bool {
        let is_known = self.meant.is_some() || self.expected.is_none();
        let is_right = self
            .verdict
            .is_none_or(|verdict| verdict == Verdict::Verified);
        is_known && is_right && self.not_asked.is_none()
    }
}

pub(super) async fn ask(
    context: &CommandContext,
    questions: &Questions,
) -> Result<Answers, CommandFailure> {
    let admitted = acting(context, Some(&questions.bot)).await?;
    let Some(&(bot, id)) = admitted.bots.first() else {
        return Err(CommandFailure::Usage(format!(
            "there is no bot \"{}\"",
            questions.bot
        )));
    };
    let Some(asker) = &context.engine.asker else {
        return Err(CommandFailure::Usage(format!(
            "{}: bots are not asked what they answer; set mode = \"webhook\" or \"conversation\" below [haptik.ask], docs/LIVE.md says which",
            bot.domain_name
        )));
    };
    let store = &context.engine.runner.store;
    let meant = compare::meant(store, id, &questions.messages).await?;
    let mut answers = Vec::new();
    let mut replies = Vec::new();
    for (question, meant) in questions.messages.iter().zip(&meant) {
        let (answer, reply) = one(context, asker, (bot, id), question, meant).await?;
        answers.push(answer);
        replies.push(reply);
    }
    let answering = compare::answering(store, id, &replies).await?;
    let found = answers.iter_mut().zip(&replies).zip(&meant).zip(answering);
    for (((answer, reply), meant), answering) in found {
        let Some(reply) = reply else { continue };
        judge(store, asker, id, answer, (reply, meant, answering)).await?;
    }
    Ok(Answers {
        bot: bot.domain_name.clone(),
        answers,
    })
}

/// Asks one question, unless it would call a person.
async fn one(
    context: &CommandContext,
    asker: &Asker,
    (bot, id): (&Bot, BotId),
    question: &Question,
    meant: &Meant,
) -> Result<(Answered, Option<BotReply>), CommandFailure> {
    let mut answer = Answered {
        message: question.message.clone(),
        expected: question.expected.clone(),
        meant: meant.step.as_ref().map(|step| step.node_name.clone()),
        held: meant
            .step
            .as_ref()
            .map(compare::bubbles)
            .unwrap_or_default(),
        ..Answered::default()
    };
    if let Some(until) = handed_over_until(&context.engine, id).await? {
        return Err(CommandFailure::System(format!(
            "{}: the bot handed a chat to an agent when it was asked, so nothing is asked of it until {}. `{}` shows what is known",
            bot.domain_name,
            rfc3339(until),
            command_for("steps", &bot.domain_name, &[])
        )));
    }
    let words = &asker.settings.words;
    let calling = meant.all.iter().find(|step| hands_over(step, words));
    if let Some(step) = calling {
        answer.not_asked = Some(format!(
            "step \"{}\" has this message and hands over to people",
            step.node_name
        ));
        return Ok((answer, None));
    }
    let channel = bot.business_id.unwrap_or_default();
    let question = ask_bot(&context.engine, asker, channel, &question.message);
    let stop = &context.engine.runner.stop;
    let reply = tokio::select! {
        reply = question => reply.map_err(|error| CommandFailure::System(format!("{}: {error}", bot.domain_name)))?,
        () = stop.cancelled() => {
            return Err(CommandFailure::System("stopped before the bot had answered; run it again".to_owned()));
        }
    };
    answer.reply = reply.texts().into_iter().map(str::to_owned).collect();
    let is_agent = verify(&reply, &nothing(), &[], [], words).verdict == Verdict::Agent;
    if is_agent {
        let runner = &context.engine.runner;
        let until = runner.clock.now() + duration_millis(AGENT_PAUSE);
        runner.store.ask_not_before(id, until).await?;
    }
    Ok((answer, Some(reply)))
}

/// A step that no reply is.
fn nothing() -> Step {
    Step {
        node_name: String::new(),
        question: String::new(),
        answer: "\u{0}".to_owned(),
    }
}

/// Holds a reply against what it should be.
async fn judge(
    store: &Store,
    asker: &Asker,
    id: BotId,
    answer: &mut Answered,
    (reply, meant, answering): (&BotReply, &Meant, Option<Step>),
) -> Result<(), CommandFailure> {
    answer.step = answering.as_ref().map(|step| step.node_name.clone());
    let Some(step) = &meant.step else {
        return Ok(());
    };
    let versions = store.versions_of(id, &step.node_name, EARLIER).await?;
    let earlier: Vec<Step> = versions
        .into_iter()
        .filter_map(|version| version.step)
        .filter(|earlier| earlier.digest() != step.digest())
        .collect();
    let finding = verify(reply, step, &earlier, &answering, &asker.settings.words);
    if finding.verdict == Verdict::Verified {
        answer.step = Some(step.node_name.clone());
    }
    answer.verdict = Some(finding.verdict);
    Ok(())
}
