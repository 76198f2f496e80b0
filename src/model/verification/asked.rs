//! What is kept of a step that the bot is asked for, when it is asked again, and what a contradiction
//! leads to. Pure: a clock is passed in.

use std::time::Duration;

use super::{Finding, Verdict};
use crate::clock::{Millis, duration_millis};
use crate::model::step::Step;
use crate::sabotage;
use crate::sabotage::Sabotage;

/// The longest wait between questions for a step that the bot does not answer as it should.
pub const STEADY: Duration = Duration::from_hours(24);
/// The wait after the first such question, in those before a change is asked for at all; each is four times
/// the one before.
const SECOND: u32 = 6;
const GROWTH: u32 = 4;
/// The wait after a first contradiction of what was answered before.
const SECOND_LOOK: u32 = 60;
/// A contradiction counts once it was heard so often: replies can be late or lost.
const BELIEVED: u32 = 2;

/// Why a step is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskReason {
    /// It was added or changed, and the bot has not answered it since.
    Change,
    /// Every live step is asked for from time to time.
    Sweep,
}

impl AskReason {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Sweep => "sweep",
        }
    }

    /// The reason of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Change, Self::Sweep]
            .into_iter()
            .find(|reason| reason.name() == name)
    }
}

/// What there is to say of a step that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Nothing: it was not asked yet, or is verified, or a contradiction was heard only once.
    Fine,
    /// Its new messages are not understood: the bot has to be trained.
    Untrained,
    /// A change that the bot does not answer.
    Unanswered,
    /// It was answered before, or should long be, and is not.
    Drifted,
}

/// What is kept of a step that the bot is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedStep {
    /// Its name.
    pub node_name: String,
    /// Why it is asked for.
    pub reason: AskReason,
    /// When its change was seen.
    pub since: Millis,
    /// What it came to last.
    pub verdict: Option<Verdict>,
    /// The other step that answered.
    pub other: Option<String>,
    /// When it was asked last.
    pub at: Option<Millis>,
    /// When the bot last answered it as it should.
    pub verified_at: Option<Millis>,
    /// Questions since it was last verified, or since its change.
    pub attempts: u32,
    /// Contradictions one after the other.
    pub contradictions: u32,
    /// Its new messages are not understood while its old ones are, or it has no old ones.
    pub is_untrained: bool,
    /// When it was uploaded again because of a contradiction.
    pub resent_at: Option<Millis>,
    /// When it is asked next; `None`: when its turn comes.
    pub next_at: Option<Millis>,
}

impl AskedStep {
    /// A live step that was never asked for.
    pub fn unasked(node_name: &str, now: Millis) -> Self {
        Self {
            node_name: node_name.to_owned(),
            reason: AskReason::Sweep,
            since: now,
            verdict: None,
            other: None,
            at: None,
            verified_at: None,
            attempts: 0,
            contradictions: 0,
            is_untrained: false,
            resent_at: None,
            next_at: None,
        }
    }

    /// After a reply. `is_untrained`: only the new messages of the step are not understood; `first`: how long
    /// after Success a change is asked for, by which the waits grow.
    #[must_use]
    pub fn heard(
        mut self,
        finding: Finding,
        is_untrained: bool,
        now: Millis,
        first: Duration,
    ) -> Self {
        self.at = Some(now);
        self.verdict = Some(finding.verdict);
        self.other = finding.other;
        self.is_untrained = is_untrained && finding.verdict == Verdict::NotUnderstood;
        self.next_at = match finding.verdict {
            Verdict::Verified => {
                self.reason = AskReason::Sweep;
                self.verified_at = Some(now);
                (self.attempts, self.contradictions) = (0, 0);
                None
            }
            // That it calls a person is no word against the step, and it is not asked again.
            Verdict::Agent => None,
            Verdict::OldVersion | Verdict::OtherStep | Verdict::NotUnderstood => {
                self.contradictions = self.contradictions.saturating_add(1);
                let wait = next_question(self.reason, self.attempts, first);
                self.attempts = self.attempts.saturating_add(1);
                Some(now + duration_millis(wait))
            }
        };
        self
    }

    /// After a look that asked nothing, such as at a step that hands over to people.
    #[must_use]
    pub fn passed_over(mut self, now: Millis) -> Self {
        self.at = Some(now);
        (self.verdict, self.other, self.next_at) = (None, None, None);
        self
    }

    /// What there is to say of it.
    pub fn stand(&self) -> Stand {
        if self.contradictions < BELIEVED {
            return Stand::Fine;
        }
        match self.reason {
            _ if self.is_untrained => Stand::Untrained,
            AskReason::Change => Stand::Unanswered,
            AskReason::Sweep if sabotage::is(Sabotage::DriftIgnored) => Stand::Fine,
            AskReason::Sweep => Stand::Drifted,
        }
    }
}

/// How long until a step that was contradicted is asked again.
pub fn next_question(reason: AskReason, attempts: u32, first: Duration) -> Duration {
    let times = if reason == AskReason::Sweep && attempts == 0 {
        SECOND_LOOK
    } else {
        SECOND.saturating_mul(GROWTH.saturating_pow(attempts))
    };
    first.saturating_mul(times).min(STEADY)
}

/// Whether a step that has drifted is uploaded again: once for what it says now, so that two services
/// that contradict each other do not go on for ever, and only so many a day of one bot.
pub fn resends(step: &AskedStep, resent_today: u64, limit: u32) -> bool {
    let is_new = step.resent_at.is_none() || sabotage::is(Sabotage::ResendLoop);
    step.stand() == Stand::Drifted && is_new && resent_today < u64::from(limit)
}

/// How long from one live step whose turn it is to the next: all of them within `sweep`, but for no more than
/// half of the questions of a day.
pub fn sweep_interval(sweep: Duration, live: u64, questions_per_day: u32) -> Duration {
    let steps = u32::try_from(live.max(1)).unwrap_or(u32::MAX);
    let room = STEADY / (questions_per_day / 2).max(1);
    (sweep / steps).max(room)
}

/// A message to ask with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskMessage<'s> {
    /// One of the step's own user messages.
    pub text: &'s str,
    /// Whether the step did not have it before.
    pub is_new: bool,
    /// One that it had before.
    pub known: Option<&'s str>,
}

/// Which of a step's messages is asked with: after a change those that are new, since these need training;
/// and another one with each `turn`.
pub fn message_for<'s>(
    step: &'s Step,
    earlier: Option<&Step>,
    asked: &AskedStep,
    rotation: Millis,
) -> AskMessage<'s> {
    let is_known = |message: &&str| {
        earlier.is_some_and(|earlier| earlier.questions().any(|known| known == *message))
    };
    let (known, new): (Vec<&str>, Vec<&str>) = step.questions().partition(is_known);
    let asks_new = asked.reason == AskReason::Change && !new.is_empty();
    let all: Vec<&str> = if asks_new {
        new
    } else {
        step.questions().collect()
    };
    let rotation = usize::try_from(rotation.unsigned_abs()).unwrap_or_default();
    AskMessage {
        text: all[rotation % all.len()],
        is_new: asks_new,
        known: known.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_step_is_asked_with_what_is_new() {
        let step = |question: &str| Step {
            node_name: "kb-1".into(),
            question: question.into(),
            answer: "a".into(),
        };
        let now = step("a|b|c");
        let before = step("a|x");
        let old = AskedStep::unasked("kb-1", 0);
        for (asked, earlier, rotation, text, is_new, known) in [
            (changed(), Some(&before), 0, "b", true, Some("a")),
            (changed(), Some(&before), 1, "c", true, Some("a")),
            (changed(), None, 5, "c", true, None),
            (changed(), Some(&now), 1, "b", false, Some("a")),
            (old.clone(), Some(&before), 0, "a", false, Some("a")),
            (old, None, 1, "b", false, None),
        ] {
            let message = message_for(&now, earlier, &asked, rotation);
            let expected = AskMessage {
                text,
                is_new,
                known,
            };
            assert_eq!(message, expected, "{rotation}");
        }
    }

    #[test]
    fn a_sweep_takes_its_time_and_half_of_the_day_at_the_most() {
        let week = Duration::from_hours(7 * 24);
        for (live, calls_per_day, minutes) in [
            (7, 500, 24 * 60),
            (168, 500, 60),
            (100_000, 96, 30),
            (100_000, 1, 24 * 60),
            (0, 500, 7 * 24 * 60),
        ] {
            let every = sweep_interval(week, live, calls_per_day);
            assert_eq!(every.as_secs() / 60, minutes, "{live} of {calls_per_day}");
        }
    }

    const FIRST: Duration = Duration::from_secs(10);

    fn finding(verdict: Verdict) -> Finding {
        Finding {
            verdict,
            other: None,
        }
    }

    fn changed() -> AskedStep {
        AskedStep {
            reason: AskReason::Change,
            next_at: Some(0),
            ..AskedStep::unasked("kb-1", 0)
        }
    }

    /// What is heard one after the other, and what there is to say then.
    fn stand(mut step: AskedStep, heard: &[(Verdict, bool)]) -> Stand {
        for (verdict, is_untrained) in heard {
            step = step.heard(finding(*verdict), *is_untrained, 1, FIRST);
        }
        step.stand()
    }

    #[test]
    fn a_contradiction_counts_when_it_was_heard_twice() {
        use Verdict::{Agent, NotUnderstood, OldVersion, OtherStep, Verified};
        let old = || AskedStep::unasked("kb-1", 0);
        let no = |verdict| (verdict, false);
        let untrained = (NotUnderstood, true);
        let table = [
            (changed(), vec![], Stand::Fine),
            (changed(), vec![no(OldVersion)], Stand::Fine),
            (
                changed(),
                vec![no(OldVersion), no(OtherStep)],
                Stand::Unanswered,
            ),
            (changed(), vec![untrained, untrained], Stand::Untrained),
            (
                changed(),
                vec![no(NotUnderstood), no(NotUnderstood)],
                Stand::Unanswered,
            ),
            (
                changed(),
                vec![untrained, untrained, no(Verified)],
                Stand::Fine,
            ),
            (changed(), vec![no(Verified), no(OldVersion)], Stand::Fine),
            (
                changed(),
                vec![no(Verified), no(OldVersion), no(OldVersion)],
                Stand::Drifted,
            ),
            (old(), vec![no(OtherStep), no(OtherStep)], Stand::Drifted),
            (
                old(),
                vec![no(OtherStep), no(Verified), no(OtherStep)],
                Stand::Fine,
            ),
            (old(), vec![no(Agent), no(Agent)], Stand::Fine),
        ];
        for (step, heard, expected) in table {
            assert_eq!(stand(step, &heard), expected, "{heard:?}");
        }
    }

    #[test]
    fn questions_come_at_growing_intervals() {
        let mut step = changed();
        let mut waits = Vec::new();
        for _ in 0..9 {
            step = step.heard(finding(Verdict::NotUnderstood), true, 0, FIRST);
            waits.push(step.next_at.unwrap_or_default() / 60_000);
        }
        assert_eq!(waits, [1, 4, 16, 64, 256, 1024, 1440, 1440, 1440]);
        let second = next_question(AskReason::Sweep, 0, FIRST);
        assert_eq!(second, Duration::from_mins(10));
        let verified = step.heard(finding(Verdict::Verified), false, 7, FIRST);
        assert_eq!((verified.next_at, verified.verified_at), (None, Some(7)));
        assert_eq!(verified.attempts, 0);
    }

    #[test]
    fn what_was_sent_again_and_is_contradicted_again_is_told_and_not_repeated() {
        let drifted = stand_of(&[Verdict::OldVersion; 2]);
        assert!(resends(&drifted, 0, 3));
        assert!(!resends(&drifted, 3, 3), "no more than the limit");
        assert!(!resends(&drifted, 0, 0));
        let again = AskedStep {
            resent_at: Some(1),
            ..drifted
        };
        assert!(!resends(&again, 0, 3));
        let answered = again.heard(finding(Verdict::Verified), false, 2, FIRST);
        let twice = answered
            .heard(finding(Verdict::OldVersion), false, 3, FIRST)
            .heard(finding(Verdict::OldVersion), false, 4, FIRST);
        assert_eq!(twice.stand(), Stand::Drifted);
        assert!(
            !resends(&twice, 0, 3),
            "another service puts it back each time"
        );
        assert!(!resends(&stand_of(&[Verdict::OldVersion]), 0, 3));
    }

    fn stand_of(heard: &[Verdict]) -> AskedStep {
        heard
            .iter()
            .fold(AskedStep::unasked("kb-1", 0), |step, verdict| {
                step.heard(finding(*verdict), false, 1, FIRST)
            })
    }
}
