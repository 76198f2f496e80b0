//! The promises that are judged from the state of a bot and of the store whenever something has
//! happened.

use std::collections::{BTreeMap, BTreeSet};

use super::knowledge::{Content, Knowledge};
use super::ledger::{Ledger, active};
use super::loops::see;
use super::run::World;
use kms_haptik_sync::model::{Accepted, Digest, Step};
use kms_haptik_sync::sandbox::ShownStep;
use kms_haptik_sync::store::ContentOwners;

/// What the store says about one bot.
pub(crate) struct State {
    pub(crate) snapshot: BTreeMap<String, Digest>,
    /// Refused contents, with Haptik's words.
    pub(crate) quarantine: BTreeMap<String, (Digest, String)>,
    /// Names that an upload under way, or a failed one, may have changed on the bot.
    uncertain: BTreeSet<String>,
    /// Whether that may be any name.
    pub(crate) unsettled: bool,
    /// The configuration that was accepted cannot be read: whatever would be removed is held for that.
    pub(crate) is_held: bool,
}

pub(crate) fn digest(name: &str, content: &Content) -> Digest {
    let step = Step {
        node_name: name.to_owned(),
        question: content.0.clone(),
        answer: content.1.clone(),
    };
    step.digest()
}

impl World {
    /// Judges what can be judged at any time, of these bots bit by bit.
    pub(crate) fn look(&mut self, bots: u32) {
        self.books().observe(&self.sandbox, &self.story);
        self.judge_content();
        for at in (0..self.bases.len()).filter(|at| bots >> at & 1 == 1) {
            let Some(state) = self.state(at) else {
                continue;
            };
            let bot = self.config.bots[at].domain_name.clone();
            let live = self.sandbox.steps(&bot);
            let mut books = self.books();
            let ledger = books.ledgers.get_mut(&bot).expect("a bot");
            ledger.known_live = state.snapshot.keys().cloned().collect();
            let verdicts = [
                never_ahead(ledger, &state),
                bot_and_snapshot_agree(ledger, &state, &live),
                no_innocent_in_quarantine(ledger, &state),
            ];
            for verdict in verdicts {
                books.judge(&bot, verdict);
            }
            drop(books);
            self.judge_kept(at, &state, &live);
            self.become_steady(at, &state, &live);
        }
    }

    /// Each version has its content, and no name is live twice.
    fn judge_content(&self) {
        let Some(process) = &self.process else {
            return;
        };
        let owners = see(process.store.content_owners());
        if owners != ContentOwners::default() {
            let broken = format!("versions and content belong together: {owners:?}");
            self.books().broken.push(broken);
        }
    }

    /// What the store says about a bot; `None` before its first pass, and while no process runs.
    pub(crate) fn state(&self, at: usize) -> Option<State> {
        let process = self.process.as_ref()?;
        let store = &process.store;
        let id = see(store.find_bot(&self.config.bots[at].domain_name))?;
        let snapshot = see(store.snapshot(id));
        let quarantine = see(store.quarantine(id)).into_iter();
        let of_bot = see(store.bot_state(id));
        let incomplete = of_bot.needs_recovery && !snapshot.is_empty();
        Some(State {
            snapshot: snapshot
                .into_iter()
                .map(|known| (known.node_name.into(), known.digest))
                .collect(),
            quarantine: quarantine
                .map(|(name, refused)| (name, (refused.digest, refused.reason)))
                .collect(),
            uncertain: see(store.uncertain(id)).into_keys().collect(),
            is_held: of_bot.fingerprint == Accepted::Unreadable,
            unsettled: incomplete || see(store.under_way(id)).is_some(),
        })
    }

    /// What is live as the source has it is steady from now on.
    fn become_steady(&mut self, at: usize, state: &State, live: &BTreeMap<String, ShownStep>) {
        let mut books = self.books.lock().expect("no panic");
        let bot = &self.config.bots[at].domain_name;
        let ledger = books.ledgers.get_mut(bot).expect("a bot");
        for (name, article) in &self.bases[at].articles {
            let content = Knowledge::content(article);
            let steady = !article.reverted
                && ledger.files.is_found(name)
                && !self.bad_names.contains(name)
                && active(live, name).as_ref() == Some(&content)
                && state.snapshot.get(name) == Some(&digest(name, &content));
            if steady {
                ledger.steady.insert(name.clone(), content);
            }
        }
    }
}

fn never_ahead(ledger: &Ledger, state: &State) -> Result<(), String> {
    for (name, known) in &state.snapshot {
        let mut confirmed = ledger.confirmed.get(name).into_iter().flatten();
        if !confirmed.any(|content| digest(name, content) == *known) {
            return Err(format!(
                "never ahead: the snapshot holds a content of \"{name}\" that no task ending in Success has carried"
            ));
        }
    }
    Ok(())
}

fn bot_and_snapshot_agree(
    ledger: &Ledger,
    state: &State,
    live: &BTreeMap<String, ShownStep>,
) -> Result<(), String> {
    let open = ledger.open_names();
    for (name, known) in &state.snapshot {
        let excused = state.unsettled
            || state.uncertain.contains(name)
            || state.quarantine.contains_key(name)
            || open.contains(name.as_str())
            || ledger.ever_bad_names.contains(name);
        let same = active(live, name).is_some_and(|now| digest(name, &now) == *known);
        if !same && !excused {
            return Err(format!(
                "snapshot and bot agree: \"{name}\" is not live as the snapshot has it"
            ));
        }
    }
    Ok(())
}

fn no_innocent_in_quarantine(ledger: &mut Ledger, state: &State) -> Result<(), String> {
    if state.snapshot.is_empty() {
        ledger.lonely.extend(state.quarantine.keys().cloned());
    }
    for (name, (refused, reason)) in &state.quarantine {
        let mut bad = ledger.ever_bad.iter();
        let bad = bad.any(|content| digest(name, content) == *refused);
        if !bad && !ledger.ever_bad_names.contains(name) && !ledger.lonely.contains(name) {
            return Err(format!(
                "no innocent in quarantine: \"{name}\" was never bad; said of it: {reason}"
            ));
        }
    }
    Ok(())
}
