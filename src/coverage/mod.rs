//! Which of the messages of customers a bot answers: exactly, nearly (a user message to add), or not at all. What
//! they wrote goes in as text, and comes out in groups, without personal data. Pure.

mod exports;
mod grams;
mod mask;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use crate::lint::reduced;
use crate::model::Desired;
use crate::text::one_line;
use grams::{Index, Weights};
pub(crate) use mask::masked as without_personal_data;

/// A message so much like a user message is near it.
const NEAR: f32 = 0.5;
/// Messages so much alike ask the same.
const SAME: f32 = 0.55;
/// Characters of a message that are looked at.
const LOOKED_AT: usize = 300;
/// Different messages that are grouped; further ones are only counted.
const DIFFERENT: usize = 200_000;
/// Further wordings that are shown of a group.
const WORDINGS: usize = 4;

/// What becomes of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No article answers them.
    Nobody,
    /// An article nearly has them: add them as a user message.
    Near {
        /// The step.
        step: KnownStep,
        /// Its user message that is nearest.
        question: String,
        /// How near, in percent.
        percent: u8,
    },
    /// They are a user message of this step.
    Exactly(KnownStep),
}

/// A step that answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnownStep {
    /// Its article.
    pub article: String,
    /// Its name.
    pub node_name: String,
}

/// Messages that ask the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageGroup {
    /// What becomes of them.
    pub verdict: Verdict,
    /// How many there are.
    pub messages: u64,
    /// How many different ones.
    pub different: usize,
    /// The one that was written most often.
    pub typical: String,
    /// A few others.
    pub others: Vec<String>,
}

/// What becomes of all messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The groups: those that nobody answers first, and the largest of each kind first.
    pub groups: Vec<MessageGroup>,
    /// Messages in all.
    pub messages: u64,
    /// Of these, those that were not grouped because there were too many different ones.
    pub ungrouped: u64,
}

impl Coverage {
    /// How many messages there are of each kind: answered exactly, nearly, and not at all.
    pub fn counts(&self) -> [u64; 3] {
        let mut counts = [0; 3];
        for group in &self.groups {
            counts[match group.verdict {
                Verdict::Exactly(_) => 0,
                Verdict::Near { .. } => 1,
                Verdict::Nobody => 2,
            }] += group.messages;
        }
        counts
    }
}

/// Different messages, with how often each was written.
#[derive(Debug, Default)]
pub struct Messages {
    /// By what tells them apart: how often, and the first wording as it was written.
    different: HashMap<String, (u64, String)>,
    all: u64,
    ungrouped: u64,
}

impl Messages {
    /// Takes in a text that an export, a transcript or a list of messages holds.
    pub fn take(&mut self, text: &str) {
        exports::each_message(text, &mut |message, count| self.add(message, count));
    }

    fn add(&mut self, message: &str, count: u64) {
        let message = one_line(message, LOOKED_AT);
        if !message.chars().any(char::is_alphanumeric) {
            return;
        }
        self.all = self.all.saturating_add(count);
        let is_full = self.different.len() >= DIFFERENT;
        let key = reduced(&message);
        match self.different.get_mut(&key) {
            Some(known) => known.0 = known.0.saturating_add(count),
            None if is_full => self.ungrouped = self.ungrouped.saturating_add(count),
            None => {
                self.different.insert(key, (count, message));
            }
        }
    }
}

/// Holds messages against the steps of a bot.
pub fn cover(messages: Messages, desired: &[Desired]) -> Coverage {
    let known = KnownMessages::of(desired);
    let mut grouping = Grouping::default();
    let mut unknown: HashMap<String, (u64, String)> = HashMap::new();
    let mut different: Vec<_> = messages.different.into_iter().collect();
    different.sort_unstable_by(|a, b| (b.1.0, &a.0).cmp(&(a.1.0, &b.0)));
    for (key, (count, message)) in different {
        if let Some(step) = known.exact.get(&key) {
            let typical = mask::masked(&message);
            grouping.exactly(&known.steps[*step], count, typical);
            continue;
        }
        // Without what names somebody, many are the same.
        let masked = mask::masked(&message);
        let key = reduced(&masked);
        let entry = unknown.entry(key).or_insert((0, masked));
        entry.0 = entry.0.saturating_add(count);
    }
    let mut unknown: Vec<(String, u64, String)> = unknown
        .into_iter()
        .map(|(key, (count, message))| (key, count, message))
        .collect();
    unknown.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    grouping.near_or_nobody(&known, &unknown);
    Coverage {
        groups: grouping.finish(),
        messages: messages.all,
        ungrouped: messages.ungrouped,
    }
}

/// The user messages of all steps.
struct KnownMessages {
    steps: Vec<KnownStep>,
    /// What tells a message apart, and its step.
    exact: HashMap<String, usize>,
    /// Each message with its step.
    messages: Vec<(String, usize)>,
}

impl KnownMessages {
    fn of(desired: &[Desired]) -> Self {
        let mut known = Self {
            steps: Vec::with_capacity(desired.len()),
            exact: HashMap::new(),
            messages: Vec::new(),
        };
        for (at, entry) in desired.iter().enumerate() {
            known.steps.push(KnownStep {
                article: entry.key.article.to_string(),
                node_name: entry.step.node_name.clone(),
            });
            for question in entry.step.questions() {
                known.exact.entry(reduced(question)).or_insert(at);
                known.messages.push((question.to_owned(), at));
            }
        }
        known
    }

    fn near(&self, at: usize, likeness: f32) -> Verdict {
        let (question, step) = &self.messages[at];
        Verdict::Near {
            step: self.steps[*step].clone(),
            question: question.clone(),
            percent: percent(likeness),
        }
    }
}

/// The groups while they grow.
#[derive(Default)]
struct Grouping {
    exactly: BTreeMap<KnownStep, MessageGroup>,
    groups: Vec<MessageGroup>,
}

impl Grouping {
    fn exactly(&mut self, step: &KnownStep, count: u64, message: String) {
        let group = self.exactly.entry(step.clone());
        let group = group.or_insert_with(|| group_of(Verdict::Exactly(step.clone())));
        add(group, count, message);
    }

    /// `unknown`: what tells each apart, how often it was written, and as what it is shown; the most frequent
    /// first, so that a group begins with what is typical of it.
    fn near_or_nobody(&mut self, known: &KnownMessages, unknown: &[(String, u64, String)]) {
        let mut weights = Weights::default();
        let questions: Vec<String> = known
            .messages
            .iter()
            .map(|(question, _)| reduced(question))
            .collect();
        let texts = questions.iter().chain(unknown.iter().map(|(key, ..)| key));
        texts.for_each(|text| weights.count(text));
        let mut index = Index::default();
        for question in &questions {
            index.add(weights.vector(question));
        }
        let mut leaders = Index::default();
        // The step that each group is near, by the number of the group.
        let mut targets: Vec<Option<usize>> = Vec::new();
        for (key, count, message) in unknown {
            let vector = weights.vector(key);
            let near = index.nearest(&vector, NEAR, |_| true);
            let target = near.map(|(at, _)| known.messages[at].1);
            let same = leaders.nearest(&vector, SAME, |at| targets[at] == target);
            let at = if let Some((at, _)) = same {
                at
            } else {
                leaders.add(vector);
                targets.push(target);
                let verdict = near.map(|(at, likeness)| known.near(at, likeness));
                self.groups
                    .push(group_of(verdict.unwrap_or(Verdict::Nobody)));
                self.groups.len() - 1
            };
            add(&mut self.groups[at], *count, message.clone());
        }
    }

    fn finish(self) -> Vec<MessageGroup> {
        let mut groups = self.groups;
        groups.extend(self.exactly.into_values());
        let kind = |group: &MessageGroup| match group.verdict {
            Verdict::Nobody => 0,
            Verdict::Near { .. } => 1,
            Verdict::Exactly(_) => 2,
        };
        groups.sort_by(|a, b| {
            (kind(a), b.messages, &a.typical).cmp(&(kind(b), a.messages, &b.typical))
        });
        groups
    }
}

fn group_of(verdict: Verdict) -> MessageGroup {
    MessageGroup {
        verdict,
        messages: 0,
        different: 0,
        typical: String::new(),
        others: Vec::new(),
    }
}

fn add(group: &mut MessageGroup, count: u64, message: String) {
    group.messages = group.messages.saturating_add(count);
    group.different += 1;
    if group.different == 1 {
        group.typical = message;
    } else if group.others.len() < WORDINGS {
        group.others.push(message);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and 100"
)]
fn percent(likeness: f32) -> u8 {
    (likeness.clamp(0.0, 1.0) * 100.0) as u8
}
