//! Who looks at what the bot answers: a person before its chat, or with `--ask` the probe itself.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::upload::ProbeRow;
use crate::clock::{duration_millis, instant, rfc3339, span};
use crate::control::CommandFailure;
use crate::model::{BotReply, Step, Verdict, says, verify};
use crate::store::BotId;
use crate::sync::{AGENT_PAUSE, Asker, Engine, ask, handed_over_until};
use crate::text::shown;

/// The waits between two questions: each is twice the one before.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The bot comes to answer with a step.
    Appears,
    /// The bot answers with a step as before.
    Stays,
    /// The bot comes to answer with a step no longer.
    Goes,
}

impl Look {
    /// The question for a person.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Appears => "Within some minutes, does it answer",
            Self::Stays => "Does it still answer",
            Self::Goes => "After some minutes, does it still answer",
        }
    }
}

/// Whether the bot answers with the step, as far as it was heard; `None`: it has to be asked again. That it
/// does not is believed where it was heard twice, since a reply can be lost. `is_over`: it was waited long
/// enough for what may take its time.
fn concluded(look: Look, heard: &[bool], is_over: bool) -> Option<bool> {
    let answers = heard.last() == Some(&true);
    let is_gone = heard.ends_with(&[false, false]);
    match look {
        Look::Appears | Look::Stays if answers => Some(true),
        Look::Appears if is_over => Some(false),
        Look::Stays | Look::Goes if is_gone => Some(false),
        Look::Goes if answers && is_over => Some(true),
        Look::Appears | Look::Stays | Look::Goes => None,
    }
}

/// Asks the bot in place of a person.
pub(crate) struct BotLooker<'a> {
    engine: &'a Engine,
    asker: &'a Asker,
    business_id: u64,
    /// The bot, where the state knows it.
    id: Option<BotId>,
    /// How long the bot may take to answer with what was uploaded.
    within: Duration,
    /// How long it took, each time.
    pub(crate) answered: Vec<Duration>,
}

impl<'a> BotLooker<'a> {
    /// For the bot on this channel, where the configuration says how bots are asked.
    pub(crate) async fn new(
        engine: &'a Engine,
        bot: &str,
        business_id: Option<u64>,
        within: Duration,
    ) -> Result<Self, CommandFailure> {
        let Some(asker) = &engine.asker else {
            return Err(CommandFailure::Usage(
                "bots are not asked what they answer; set mode = \"webhook\" or \"conversation\" below [haptik.ask], docs/LIVE.md says which"
                    .to_owned(),
            ));
        };
        let Some(business_id) = business_id else {
            return Err(CommandFailure::Usage(
                "the configuration does not say on which channel this bot answers; give its number with --business-id".to_owned(),
            ));
        };
        let id = engine.runner.store.find_bot(bot).await?;
        if let Some(id) = id
            && let Some(until) = handed_over_until(engine, id).await?
        {
            return Err(CommandFailure::System(format!(
                "{bot}: the bot handed a chat to an agent when it was asked, so nothing is asked of it until {}; probe it then, or without --ask",
                rfc3339(until)
            )));
        }
        Ok(Self {
            engine,
            asker,
            business_id,
            id,
            within,
            answered: Vec::new(),
        })
    }

    /// Whether the bot answers with this step; `Err` where it could not be asked, with the reason.
    pub(crate) async fn looks(
        &mut self,
        look: Look,
        row: &ProbeRow,
        stop: &CancellationToken,
        mut tell: impl FnMut(&str),
    ) -> Result<bool, String> {
        let began = instant();
        let (mut heard, mut wait) = (Vec::new(), FIRST_WAIT);
        loop {
            let asked = ask(self.engine, self.asker, self.business_id, row.question);
            let reply = tokio::select! {
                reply = asked => reply.map_err(|error| error.to_string()),
                () = stop.cancelled() => return Err("it was stopped".to_owned()),
            };
            let is_over = began.elapsed() >= self.within;
            match reply {
                Ok(reply) => {
                    self.no_agent(&reply).await?;
                    heard.push(says(&reply, &step(row)));
                    tell(&format!("  asked \"{}\": {}", row.question, told(&reply)));
                }
                Err(words) if is_over => return Err(words),
                Err(words) => tell(&format!("  not answered: {}", shown(&words))),
            }
            if let Some(answers) = concluded(look, &heard, is_over) {
                if look == Look::Appears && answers {
                    self.answered.push(began.elapsed());
                }
                return Ok(answers);
            }
            let left = self.within.saturating_sub(began.elapsed());
            let next = wait.min(left.max(FIRST_WAIT));
            tell(&format!("  asked again in {}", span(next)));
            tokio::select! {
                () = self.engine.runner.clock.sleep(next) => {}
                () = stop.cancelled() => return Err("it was stopped".to_owned()),
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// A bot that calls people is not asked on.
    async fn no_agent(&self, reply: &BotReply) -> Result<(), String> {
        let nothing = Step {
            node_name: String::new(),
            question: String::new(),
            answer: "\u{0}".to_owned(),
        };
        let found = verify(reply, &nothing, &[], [], &self.asker.settings.words);
        if found.verdict != Verdict::Agent {
            return Ok(());
        }
        if let Some(id) = self.id {
            let runner = &self.engine.runner;
            let until = runner.clock.now() + duration_millis(AGENT_PAUSE);
            let noted = runner.store.ask_not_before(id, until).await;
            noted.map_err(|error| error.to_string())?;
        }
        Err("the bot handed the chat to an agent".to_owned())
    }
}

fn step(row: &ProbeRow) -> Step {
    Step {
        node_name: row.name.to_owned(),
        question: row.question.to_owned(),
        answer: row.answer.to_owned(),
    }
}

fn told(reply: &BotReply) -> String {
    let texts = reply.texts();
    if texts.is_empty() {
        return "the bot says nothing".to_owned();
    }
    format!("the bot says \"{}\"", shown(&texts.join("\" \"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_once_may_be_a_lost_reply() {
        use Look::{Appears, Goes, Stays};
        for (look, heard, is_over, expected) in [
            (Appears, vec![], false, None),
            (Appears, vec![false], false, None),
            (Appears, vec![false, false, false], false, None),
            (Appears, vec![false, true], false, Some(true)),
            (Appears, vec![false], true, Some(false)),
            (Appears, vec![true], true, Some(true)),
            (Stays, vec![true], false, Some(true)),
            (Stays, vec![false], false, None),
            (Stays, vec![false], true, None),
            (Stays, vec![false, true], false, Some(true)),
            (Stays, vec![false, false], false, Some(false)),
            (Goes, vec![true], false, None),
            (Goes, vec![true, true], false, None),
            (Goes, vec![true, true], true, Some(true)),
            (Goes, vec![true, false], false, None),
            (Goes, vec![true, false], true, None),
            (Goes, vec![true, false, false], false, Some(false)),
            (Goes, vec![false, true], false, None),
        ] {
            assert_eq!(
                concluded(look, &heard, is_over),
                expected,
                "{look:?} {heard:?} {is_over}"
            );
        }
    }
}
