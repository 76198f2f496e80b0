//! What comes between a finished task and a right answer, and what must come of each.

use std::time::Duration;

use super::world::World;
use kms_haptik_sync::config::{AskMode, Repair};
use kms_haptik_sync::model::Verdict;
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, People, Reply, UploadRule};

/// Within this time a change is uploaded, and asked for twice.
const SOON: Duration = Duration::from_mins(30);
/// An answer that calls a person.
const HAND_OVER: &str = "One moment. Connecting you to our team.";

/// What comes between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// New user messages are not understood until the bot is trained.
    Untrained,
    /// An earlier version of a step is published once.
    PublishedOver,
    /// The whole bot goes back to an earlier version.
    SwitchedBack,
    /// Another service puts an earlier version back, again and again.
    PutBack,
    /// Another part of the platform answers first.
    OutAnswered,
    /// Another step answers.
    AnotherStep,
    /// Replies come late.
    Late,
    /// Replies do not come.
    Never,
    /// The bot says that it hands the chat over.
    SaysAgent,
    /// An agent speaks.
    AgentSpeaks,
    /// A step calls a person, as it should.
    CallsPeople,
    /// The user who asks is gone from the platform.
    UserForgotten,
    /// Calls fail for a while.
    Faults,
}

pub(super) const LIES: [Lie; 13] = [
    Lie::Untrained,
    Lie::PublishedOver,
    Lie::SwitchedBack,
    Lie::PutBack,
    Lie::OutAnswered,
    Lie::AnotherStep,
    Lie::Late,
    Lie::Never,
    Lie::SaysAgent,
    Lie::AgentSpeaks,
    Lie::CallsPeople,
    Lie::UserForgotten,
    Lie::Faults,
];

impl Lie {
    pub(super) fn calls_an_agent(self) -> bool {
        matches!(self, Self::SaysAgent | Self::AgentSpeaks)
    }
}

impl World {
    pub(super) async fn happen(&mut self, lie: Lie, bot: usize, name: &str) {
        match lie {
            Lie::Untrained => self.untrained(bot, name).await,
            Lie::PublishedOver => self.published_over(bot, &[name.to_owned()]).await,
            Lie::SwitchedBack => {
                let names: Vec<String> = self.bots[bot].articles.keys().cloned().collect();
                self.published_over(bot, &names).await;
            }
            Lie::PutBack => self.put_back(bot, name).await,
            Lie::OutAnswered => self.answered_by_another(bot, name, "Buy now!", None).await,
            Lie::AnotherStep => {
                let mut others = self.bots[bot].articles.iter();
                let other = others.find(|(other, _)| *other != name);
                let (other, (_, answer)) = other.expect("at least two steps");
                let (other, answer) = (other.clone(), answer.clone());
                self.answered_by_another(bot, name, &answer, Some(&other))
                    .await;
            }
            Lie::Late => self.waits_for_replies(bot, name, Reply::After(5_000)).await,
            Lie::Never => self.waits_for_replies(bot, name, Reply::Never).await,
            Lie::SaysAgent | Lie::AgentSpeaks => self.handed_over(lie, bot, name).await,
            Lie::CallsPeople => self.calls_people(bot, name).await,
            Lie::UserForgotten => self.user_forgotten(bot, name).await,
            Lie::Faults => self.faults(bot, name).await,
        }
    }

    async fn untrained(&mut self, bot: usize, name: &str) {
        self.answers(|rule| rule.training = true);
        self.add_question(bot, name);
        self.pass(SOON).await;
        if !self.is_tight {
            let found = self.counts(bot).untrained;
            self.check(found == [name], || {
                format!("waits for training, and told is {found:?}")
            });
            self.must_be(bot, name, Verdict::NotUnderstood);
        }
        self.never_is(bot, name, Verdict::Verified);
        self.train();
        // The waits grow: the next one is at most four times what has passed.
        self.pass(5 * SOON).await;
        if !self.is_tight {
            self.must_be(bot, name, Verdict::Verified);
        }
    }

    async fn published_over(&mut self, bot: usize, names: &[String]) {
        for name in names {
            self.edit(bot, name);
        }
        self.pass(SOON).await;
        let before = self.uploads(bot);
        self.publish_old(names);
        self.pass(self.found_within()).await;
        for name in names {
            if self.repair == Repair::Tell {
                self.is_found(bot, name, Verdict::OldVersion);
            } else if !self.is_tight {
                let is_said = self.is_said(bot, name);
                self.check(is_said, || {
                    format!("{name} was published over, and is not sent once more")
                });
            }
        }
        self.is_sent_at_most(names.len(), bot, before);
    }

    async fn put_back(&mut self, bot: usize, name: &str) {
        self.edit(bot, name);
        self.pass(SOON).await;
        let before = self.uploads(bot);
        let names = [name.to_owned()];
        // Each time before it can be verified in between.
        let rounds = 24;
        for _ in 0..rounds {
            self.publish_old(&names);
            self.pass(3 * self.found_within() / rounds).await;
        }
        self.is_found(bot, name, Verdict::OldVersion);
        self.is_sent_at_most(1, bot, before);
    }

    async fn answered_by_another(
        &mut self,
        bot: usize,
        name: &str,
        answer: &str,
        other: Option<&str>,
    ) {
        let before = self.uploads(bot);
        let ahead = self.answered_with(bot, name, answer);
        self.answers(|rule| rule.ahead = ahead);
        self.pass(self.found_within()).await;
        self.is_found(bot, name, Verdict::OtherStep);
        if !self.is_tight {
            let found = self.asked_step(bot, name).and_then(|step| step.other);
            self.check(found.as_deref() == other, || {
                format!("{other:?} answers, and told is {found:?}")
            });
        }
        self.is_sent_at_most(1, bot, before);
    }

    /// Silence is no word against a step.
    async fn waits_for_replies(&mut self, bot: usize, name: &str, reply: Reply) {
        self.answers(|rule| rule.reply = reply);
        self.edit(bot, name);
        self.pass(2 * SOON).await;
        self.is_not_accused(bot);
        let is_silent = reply == Reply::Never && self.mode == AskMode::Conversation;
        if is_silent {
            self.never_is(bot, name, Verdict::Verified);
        } else if !self.is_tight {
            self.must_be(bot, name, Verdict::Verified);
        }
    }

    async fn handed_over(&mut self, lie: Lie, bot: usize, name: &str) {
        let ahead = self.answered_with(bot, name, "Connecting you to Asha.");
        self.answers(|rule| match lie {
            Lie::AgentSpeaks => rule.agent = ahead.into_keys().collect(),
            _ => rule.ahead = ahead,
        });
        self.edit(bot, name);
        self.pass(SOON).await;
        // An earlier agent's time may be over.
        let now = self.clock.now();
        let rests = self.counts(bot).not_before.is_some_and(|time| time > now);
        if !rests {
            let is_tight = self.is_tight;
            self.check(is_tight, || {
                "called an agent, and that is not told".to_owned()
            });
            return;
        }
        let asked = self.asked().len();
        self.pass(Duration::from_hours(22)).await;
        let later = self.asked().split_off(asked);
        let channel = Some(self.bots[bot].channel);
        let is_left_alone = later.iter().all(|call| call.channel != channel);
        self.check(is_left_alone, || {
            "called an agent, and the bot is asked again".to_owned()
        });
        if self.bots.len() > 1 && !self.is_tight {
            self.check(!later.is_empty(), || {
                "called an agent, and the other bots are not asked either".to_owned()
            });
        }
    }

    async fn calls_people(&mut self, bot: usize, name: &str) {
        let messages = self.answered_with(bot, name, "");
        self.rewrite(bot, name, HAND_OVER.to_owned());
        // What is asked while the upload is under way asks for what was there before.
        self.pass(Duration::from_mins(1)).await;
        let asked = self.asked_count();
        self.pass(self.found_within()).await;
        let later = self.asked().split_off(asked);
        let mut said = later.iter().filter_map(|call| call.message.as_ref());
        let is_asked = said.any(|message| messages.contains_key(message));
        self.check(!is_asked, || "calls people, and is asked for".to_owned());
        self.is_not_accused(bot);
    }

    async fn user_forgotten(&mut self, bot: usize, name: &str) {
        self.sandbox.change(UploadRule {
            people: Some(People::default()),
            ..UploadRule::default()
        });
        self.answers(|rule| rule.users_must_exist = true);
        self.edit(bot, name);
        self.pass(self.after_faults(2)).await;
        self.is_not_accused(bot);
        if !self.is_tight {
            self.must_be(bot, name, Verdict::Verified);
        }
    }

    async fn faults(&mut self, bot: usize, name: &str) {
        let kinds = [
            FaultKind::StatusCode,
            FaultKind::DropBefore,
            FaultKind::DropAfter,
            FaultKind::Truncate,
            FaultKind::Empty,
            FaultKind::Html,
            FaultKind::NotJson,
            FaultKind::SuccessFalse,
        ];
        let on: &[On] = match self.mode {
            AskMode::Conversation => &[On::Message, On::Transcript, On::User],
            AskMode::Webhook | AskMode::Off => &[On::Ask],
        };
        let times = self.random.u32(1..5);
        let faults = (0..times).map(|_| {
            let on = *self.random.choice(on).expect("a call");
            Fault::new(on, *self.random.choice(&kinds).expect("a fault"))
        });
        let faults: Vec<Fault> = faults.collect();
        self.tell(format_args!("{faults:?}"));
        self.sandbox.change(UploadRule {
            faults,
            ..UploadRule::default()
        });
        self.edit(bot, name);
        self.pass(self.after_faults(times + 1)).await;
        self.is_not_accused(bot);
        if !self.is_tight {
            self.must_be(bot, name, Verdict::Verified);
        }
    }

    /// Within this time a question is asked that fails so many times.
    fn after_faults(&self, times: u32) -> Duration {
        SOON + times * 90 * self.first + times * Duration::from_mins(11)
    }

    fn is_found(&mut self, bot: usize, name: &str, verdict: Verdict) {
        self.never_is(bot, name, Verdict::Verified);
        if self.is_tight {
            return;
        }
        let counts = self.counts(bot);
        let told = counts.drifted.iter().chain(&counts.unanswered);
        let is_told = told.into_iter().any(|(told, _)| told == name);
        self.check(is_told, || {
            format!("{name} is contradicted, and that is not told: {counts:?}")
        });
        self.must_be(bot, name, verdict);
    }

    fn must_be(&mut self, bot: usize, name: &str, verdict: Verdict) {
        let found = self.asked_step(bot, name).and_then(|step| step.verdict);
        self.check(found == Some(verdict), || {
            format!("{name} is {verdict:?}, and told is {found:?}")
        });
    }

    /// Where too few questions fit into a day, what is known may be from before.
    fn never_is(&mut self, bot: usize, name: &str, verdict: Verdict) {
        if self.is_tight {
            return;
        }
        let found = self.asked_step(bot, name).and_then(|step| step.verdict);
        self.check(found != Some(verdict), || {
            format!("{name} passes for {verdict:?}")
        });
    }

    fn is_not_accused(&mut self, bot: usize) {
        let counts = self.counts(bot);
        self.check(!counts.wants_a_person(), || {
            format!("is told of, though no reply contradicts it: {counts:?}")
        });
    }

    fn is_sent_at_most(&mut self, most: usize, bot: usize, before: usize) {
        let most = if self.repair == Repair::Resend {
            most
        } else {
            0
        };
        let sent = self.uploads(bot) - before;
        self.check(sent <= most, || format!("is sent {sent} times, not {most}"));
    }
}
