//! What a reply is: the step as it should be, an earlier version of it, another step, or none of them.

use super::Verdict;
use super::bubbles::{BotReply, element_of, is_same, of_step};
use crate::model::step::Step;
use crate::sabotage;
use crate::sabotage::Sabotage;

/// Words by which a reply tells what it is, where no step says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyWords {
    /// What the bot says where it understands nothing; with none, a reply that no step has counts as that.
    pub fallback: Vec<String>,
    /// Parts of answers that hand the chat over to people.
    pub hand_over: Vec<String>,
}

impl ReplyWords {
    fn is_fallback(&self, reply: &BotReply) -> bool {
        let heard = reply.texts().join(" ").to_lowercase();
        let is_said = |words: &String| heard.contains(&words.to_lowercase());
        heard.is_empty() || self.fallback.is_empty() || self.fallback.iter().any(is_said)
    }

    /// Whether a person has answered in place of the bot, or is being called.
    pub fn calls_people(&self, reply: &BotReply) -> bool {
        reply.is_of_agent || reply.texts().iter().any(|text| self.hands_over(text))
    }

    fn hands_over(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let is_said = |words: &String| text.contains(&words.to_lowercase());
        self.hand_over.iter().any(is_said)
    }
}

/// What a reply is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In one word.
    pub verdict: Verdict,
    /// The other step that answers, where it is known.
    pub other: Option<String>,
}

impl Finding {
    fn new(verdict: Verdict) -> Self {
        Self {
            verdict,
            other: None,
        }
    }
}

/// Whether an answer hands the chat over to people: asking for it would call one. By the words that do
/// so, or by the kind of an element of Haptik's JSON.
pub fn hands_over(step: &Step, words: &ReplyWords) -> bool {
    step.answers().any(|cell| {
        let element = element_of(cell);
        let kind = element.as_ref().and_then(|element| element.get("type"));
        let kind = kind.and_then(|kind| kind.as_str()).unwrap_or_default();
        let kind = kind.to_uppercase();
        let is_kind = ["AGENT", "HANDOVER", "HAND_OVER", "TRANSFER"]
            .iter()
            .any(|word| kind.contains(word));
        let text = element
            .as_ref()
            .map(|element| element.get("text").and_then(|text| text.as_str()));
        is_kind || words.hands_over(text.map_or(cell, |text| text.unwrap_or_default()))
    })
}

/// Whether a reply is the answer of this step.
pub fn says(reply: &BotReply, step: &Step) -> bool {
    !reply.is_of_agent && is_same(&of_step(step), &reply.bubbles)
}

/// Holds a reply against the step that was asked for, what it said before, and the other live steps.
pub fn verify<'s>(
    reply: &BotReply,
    step: &Step,
    earlier: &[Step],
    others: impl IntoIterator<Item = &'s Step>,
    words: &ReplyWords,
) -> Finding {
    let is_earlier = || earlier.iter().any(|version| says(reply, version));
    if reply.is_of_agent {
        return Finding::new(Verdict::Agent);
    }
    if says(reply, step) || sabotage::is(Sabotage::AlwaysVerified) {
        return Finding::new(Verdict::Verified);
    }
    if is_earlier() {
        return Finding::new(if sabotage::is(Sabotage::OldIsVerified) {
            Verdict::Verified
        } else {
            Verdict::OldVersion
        });
    }
    let is_other = |other: &&Step| other.node_name != step.node_name && says(reply, other);
    if let Some(other) = others.into_iter().find(is_other) {
        return Finding {
            verdict: Verdict::OtherStep,
            other: Some(other.node_name.clone()),
        };
    }
    if words.calls_people(reply) {
        return Finding::new(Verdict::Agent);
    }
    Finding::new(if words.is_fallback(reply) {
        Verdict::NotUnderstood
    } else {
        Verdict::OtherStep
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, answer: &str) -> Step {
        Step {
            node_name: name.into(),
            question: "where?".into(),
            answer: answer.into(),
        }
    }

    #[test]
    fn a_reply_is_one_thing() {
        let words = ReplyWords {
            fallback: vec!["did not understand".into()],
            hand_over: vec!["connecting you".into()],
        };
        let (held, earlier) = (step("kb-1", "New.<m>More."), [step("kb-1", "Old.")]);
        let others = [step("kb-1", "New."), step("kb-2", "Other.")];
        let table = [
            (vec!["New.", "More."], &words, Verdict::Verified, None),
            (vec!["Old."], &words, Verdict::OldVersion, None),
            (vec!["Other."], &words, Verdict::OtherStep, Some("kb-2")),
            (vec!["New."], &words, Verdict::OtherStep, None),
            (
                vec!["Sorry, I did not  understand that."],
                &words,
                Verdict::NotUnderstood,
                None,
            ),
            (vec![], &words, Verdict::NotUnderstood, None),
            (vec!["Good morning!"], &words, Verdict::OtherStep, None),
            (
                vec!["Good morning!"],
                &ReplyWords::default(),
                Verdict::NotUnderstood,
                None,
            ),
            (vec!["Connecting you to Asha"], &words, Verdict::Agent, None),
        ];
        for (texts, words, verdict, other) in table {
            let reply = BotReply::of_texts(texts.iter().copied());
            let expected = Finding {
                verdict,
                other: other.map(str::to_owned),
            };
            assert_eq!(
                verify(&reply, &held, &earlier, &others, words),
                expected,
                "{texts:?}"
            );
        }
        let of_agent = BotReply {
            is_of_agent: true,
            ..BotReply::of_texts(["New.", "More."])
        };
        let found = verify(&of_agent, &held, &earlier, &others, &words);
        assert_eq!(found.verdict, Verdict::Agent);
    }

    #[test]
    fn an_answer_that_calls_a_person_is_known_by_its_words_or_its_kind() {
        let words = ReplyWords {
            hand_over: vec!["connecting you".into()],
            ..ReplyWords::default()
        };
        let offer = r#"{"text":"Anything else?","type":"TEXT","data":{"quick_replies":[{"actionable_text":"Talk to an agent"}]}}"#;
        for (answer, expected) in [
            ("Within 30 days.", false),
            ("One moment.<m>Connecting you to our team.", true),
            (
                r#"{"text":"One moment","type":"AGENT_TRANSFER","data":{}}"#,
                true,
            ),
            (r#"{"text":"Connecting you","type":"TEXT","data":{}}"#, true),
            // It offers a person, and calls none.
            (offer, false),
        ] {
            assert_eq!(
                hands_over(&step("kb-1", answer), &words),
                expected,
                "{answer}"
            );
        }
    }
}
