//! Whatever a list does while it is read, and whichever call fails: what is there all the time is never
//! removed, and after two quiet readings everything is true.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::json;

use super::moving::{names, removed, slice};
use super::{Answer, Call, Kms, answer, items, page, read_live, status};
use crate::intake::feed::memory::SweepMemory;

/// Articles at the beginning.
const ARTICLES: usize = 35;
/// No call is later than this in the first reading.
const CALLS: usize = 14;
/// Calls of the first sweep.
const FIRST_SWEEP: usize = 4;

const OFFSET: &str = "items = \"/data\"\npaging = { mode = \"offset\" }\n";
const COUNTED: &str = "items = \"/data\"\npaging = { mode = \"offset\", total = \"/total\" }\n";
const BY_ID: &str = "[bot.source.by_id]\npath = \"/articles/{article.id}\"\nitem = \"/article\"\n";

/// An article has one version alone.
const CHANGES: &str = "[bot.source.changes]\npath = \"/articles/{item.id}\"\nitem = \"/article\"\nunchanged = \"/id\"\n";

/// Something that happens to the list.
#[derive(Clone, Debug)]
enum Edit {
    Publish { at: usize },
    Withdraw { at: usize },
    Move { from: usize, to: usize },
}

/// A call that fails, and how.
#[derive(Clone, Copy, Debug)]
enum Failing {
    Nothing,
    Status(usize, u16),
    Torn(usize),
}

impl Failing {
    fn of(self, at: usize) -> Option<Answer> {
        match self {
            Self::Status(number, code) if number == at => Some(status(code, &[])),
            Self::Torn(number) if number == at => {
                let torn = "{\"data\":[{\"id\":".to_owned();
                Some(answer(200, "application/json", &[], torn))
            }
            _ => None,
        }
    }
}

/// The list, and what was there all the time.
struct MovingList {
    now: Vec<usize>,
    always: BTreeSet<usize>,
    next: usize,
    edits: Vec<(usize, Edit)>,
    failing: Failing,
}

impl MovingList {
    fn new(edits: Vec<(usize, Edit)>, failing: Failing) -> Self {
        let now: Vec<usize> = (1..=ARTICLES).collect();
        Self {
            always: now.iter().copied().collect(),
            next: ARTICLES + 1,
            now,
            edits,
            failing,
        }
    }

    /// What has happened when this call was answered happens now.
    fn after(&mut self, number: usize) {
        let edits: Vec<Edit> = self
            .edits
            .extract_if(.., |(after, _)| *after == number)
            .map(|(_, edit)| edit)
            .collect();
        for edit in edits {
            self.apply(&edit);
        }
        self.always.retain(|id| self.now.contains(id));
    }

    fn apply(&mut self, edit: &Edit) {
        let many = self.now.len();
        match *edit {
            Edit::Publish { at } => {
                self.now.insert(at % (many + 1), self.next);
                self.next += 1;
            }
            Edit::Withdraw { at } if many > 0 => drop(self.now.remove(at % many)),
            Edit::Move { from, to } if many > 0 => {
                let id = self.now.remove(from % many);
                self.now.insert(to % many, id);
            }
            Edit::Withdraw { .. } | Edit::Move { .. } => {}
        }
    }

    fn answer(&self, call: &Call) -> Answer {
        if let Some(id) = call.path.strip_prefix("/articles/") {
            let id: usize = id.parse().unwrap();
            return if self.now.contains(&id) {
                page(&json!({"article": items([id])[0]}))
            } else {
                status(404, &[])
            };
        }
        page(&json!({"data": items(slice(call, &self.now)), "total": self.now.len()}))
    }
}

fn edits(calls: usize) -> impl Strategy<Value = Vec<(usize, Edit)>> {
    let place = 0..ARTICLES;
    let edit = prop_oneof![
        place.clone().prop_map(|at| Edit::Publish { at }),
        place.clone().prop_map(|at| Edit::Withdraw { at }),
        (place.clone(), place).prop_map(|(from, to)| Edit::Move { from, to }),
    ];
    prop::collection::vec((0..calls, edit), 0..10)
}

fn failing() -> impl Strategy<Value = Failing> {
    let number = 0..CALLS;
    prop_oneof![
        2 => Just(Failing::Nothing),
        2 => (number.clone(), prop::sample::select(vec![400, 403]))
            .prop_map(|(number, code)| Failing::Status(number, code)),
        1 => number.prop_map(Failing::Torn),
    ]
}

/// One reading while the list moves, and two of a list that rests. With `changes` there is one before,
/// so that it is known by then.
async fn check(
    settings: &str,
    edits: Vec<(usize, Edit)>,
    failing: Failing,
) -> Result<(), TestCaseError> {
    let list = Arc::new(Mutex::new(MovingList::new(edits, failing)));
    let is_known = settings.contains("changes");
    let first = Arc::new(AtomicUsize::new(if is_known { usize::MAX } else { 0 }));
    let (shared, begins) = (list.clone(), first.clone());
    let kms = Kms::start(move |call, _| {
        let mut list = shared.lock().unwrap();
        let Some(number) = call.number.checked_sub(begins.load(Ordering::Relaxed)) else {
            return list.answer(call);
        };
        let answer = list.failing.of(number).unwrap_or_else(|| list.answer(call));
        list.after(number);
        answer
    })
    .await;
    let (source, memory) = (kms.source(settings), SweepMemory::default());
    if is_known {
        read_live(&source, &memory, &[]).await.unwrap();
        first.store(kms.calls().len(), Ordering::Relaxed);
    }
    let mut live = names(1..=ARTICLES);
    let read = async |live: &[String]| {
        let ids: Vec<&str> = live.iter().map(String::as_str).collect();
        read_live(&source, &memory, &ids).await
    };
    // A reading that fails removes nothing.
    if let Ok(outcome) = read(&live).await {
        let gone = removed(&outcome, &live);
        let always = names(list.lock().unwrap().always.iter().copied());
        let wrong: Vec<_> = gone.iter().filter(|id| always.contains(id)).collect();
        prop_assert!(wrong.is_empty(), "{wrong:?} were there all the time");
        live.retain(|id| !gone.contains(id));
        let new = outcome
            .ids()
            .into_iter()
            .filter(|id| !live.iter().any(|live| live == id));
        let new: Vec<String> = new.map(str::to_owned).collect();
        live.extend(new);
    }
    list.lock().unwrap().edits.clear();
    list.lock().unwrap().failing = Failing::Nothing;
    for _ in 0..2 {
        let outcome = read(&live).await.unwrap();
        let gone = removed(&outcome, &live);
        live.retain(|id| !gone.contains(id));
        let new = outcome
            .ids()
            .into_iter()
            .filter(|id| !live.iter().any(|live| live == id));
        let new: Vec<String> = new.map(str::to_owned).collect();
        live.extend(new);
    }
    let there: BTreeSet<String> = names(list.lock().unwrap().now.iter().copied())
        .into_iter()
        .collect();
    prop_assert_eq!(live.into_iter().collect::<BTreeSet<_>>(), there);
    Ok(())
}

fn run(settings: &str, edits: Vec<(usize, Edit)>, failing: Failing) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(check(settings, edits, failing))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Where an article has an address of its own, whatever the list does all the time.
    #[test]
    fn nothing_that_is_there_is_removed_however_a_list_moves(
        edits in edits(CALLS),
        failing in failing(),
        counted in any::<bool>(),
    ) {
        let paging = if counted { COUNTED } else { OFFSET };
        run(&format!("{paging}{BY_ID}"), edits, failing)?;
    }

    /// The same of a reading that asks for what changed.
    #[test]
    fn what_is_known_is_no_less_there(
        edits in edits(CALLS),
        failing in failing(),
        counted in any::<bool>(),
    ) {
        let paging = if counted { COUNTED } else { OFFSET };
        run(&format!("{paging}{BY_ID}{CHANGES}"), edits, failing)?;
    }

    /// Where only the list can tell, it has to rest while it is read again.
    #[test]
    fn a_list_that_moves_during_one_sweep_takes_nothing_away(
        edits in edits(FIRST_SWEEP),
        failing in failing(),
        counted in any::<bool>(),
    ) {
        run(if counted { COUNTED } else { OFFSET }, edits, failing)?;
    }
}
