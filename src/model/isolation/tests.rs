use super::kept::KeptSearch;
use super::*;

const REASON: &str = "Error: a step could not be created";
const OUTAGE: &str = "Error: internal server error";

/// A Haptik that refuses some rows, names them or not, and fails altogether for a while.
struct Service {
    bad: TrialRows,
    named: bool,
    live: bool,
    outage: std::ops::Range<usize>,
    /// A row that every failure names.
    lie: Option<u32>,
    uploads: usize,
}

impl Service {
    fn new(bad: impl IntoIterator<Item = u32>, named: bool, live: bool) -> Self {
        Self {
            bad: bad.into_iter().collect(),
            named,
            live,
            outage: 0..0,
            lie: None,
            uploads: 0,
        }
    }

    /// The row that stops a task, and the words about it; `None`: it ends in Success.
    fn task(&mut self, rows: &TrialRows) -> Option<(Named, String)> {
        self.uploads += 1;
        if self.outage.contains(&self.uploads) {
            return Some((Named::Nobody, OUTAGE.to_owned()));
        }
        let row = rows.intersection(&self.bad).next().copied()?;
        Some(match self.lie {
            Some(innocent) if rows.contains(&innocent) => (
                Named::Row(innocent),
                format!("row {innocent} exists already"),
            ),
            Some(innocent) => (Named::Absent, format!("row {innocent} exists already")),
            None if self.named => (Named::Row(row), format!("row {row} is bad")),
            None => (Named::Nobody, REASON.to_owned()),
        })
    }
}

/// What a search came to.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    convicted: TrialRows,
    confirmed: TrialRows,
    service_fails: bool,
}

/// Uploads `size` rows and searches to the end, kept as JSON between any two steps.
fn search(size: u32, service: &mut Service) -> Found {
    let all: TrialRows = (0..size).collect();
    let mut found = Found {
        convicted: TrialRows::new(),
        confirmed: TrialRows::new(),
        service_fails: false,
    };
    let Some((named, text)) = service.task(&all) else {
        found.confirmed = all;
        return found;
    };
    let (mut isolation, blame) = Isolation::begin(1, all.len(), None, named, &text);
    found.convicted.extend(blame.map(|blame| blame.row));
    for _ in 0..10_000 {
        if size < 8 {
            let json = serde_json::to_string(&KeptSearch::of(&isolation)).unwrap();
            isolation = KeptSearch::read(&json).unwrap();
        }
        let control = service.live || !found.confirmed.is_empty();
        match isolation.next(control) {
            NextTrial::Try(rows) => {
                assert!(
                    rows.is_disjoint(&found.convicted),
                    "a convicted row goes up"
                );
                match service.task(&rows) {
                    None => {
                        isolation.succeeded(&rows);
                        found.confirmed.extend(rows);
                    }
                    Some((named, text)) => {
                        let failure = TrialFailure {
                            tried: &rows,
                            named,
                            text: &text,
                        };
                        let blame = isolation.failed(failure);
                        found.convicted.extend(blame.map(|blame| blame.row));
                    }
                }
            }
            NextTrial::Control => match service.task(&TrialRows::new()) {
                None => isolation.control_succeeded(),
                Some((_, text)) => isolation.control_failed(&text),
            },
            NextTrial::Convict(blamed) => {
                found.convicted.extend(blamed.iter().map(|blame| blame.row));
            }
            NextTrial::ServiceFails(_) => {
                found.service_fails = true;
                return found;
            }
            NextTrial::Done => return found,
        }
    }
    panic!("no end after {} uploads: {isolation:?}", service.uploads);
}

fn some_rows(size: u32, count: usize, random: &mut fastrand::Rng) -> TrialRows {
    let mut all: Vec<u32> = (0..size).collect();
    random.shuffle(&mut all);
    all.into_iter().take(count).collect()
}

fn log2_up(size: u32) -> usize {
    size.next_power_of_two().trailing_zeros() as usize
}

/// Every way to be bad for few rows, and many ways for many.
fn cases() -> impl Iterator<Item = (u32, TrialRows)> {
    let few = (1..=7_u32).flat_map(|size| {
        (0..1_u32 << size).map(move |bits| {
            let bad = (0..size).filter(|row| bits >> row & 1 == 1).collect();
            (size, bad)
        })
    });
    let mut random = fastrand::Rng::with_seed(1);
    let many = (0..100).map(move |_| {
        let size = random.u32(8..300);
        let count = random.usize(0..6).min(size as usize);
        (size, some_rows(size, count, &mut random))
    });
    few.chain(many)
}

/// k bad steps cost k + 1 uploads. Where nothing else is in the upload that could succeed without them,
/// each is tried alone, after a control where there is one.
#[test]
fn named_steps_take_one_upload_each_and_one_more() {
    for (size, bad) in cases() {
        for live in [false, true] {
            let mut service = Service::new(bad.clone(), true, live);
            let found = search(size, &mut service);
            assert_eq!(found.convicted, bad, "{size} rows");
            assert_eq!(found.confirmed.len() + bad.len(), size as usize);
            let bound = if bad.len() < size as usize {
                bad.len() + 1
            } else {
                2 * bad.len()
            };
            assert!(service.uploads <= bound, "{size} rows, {bad:?}");
        }
    }
}

/// A text that names the wrong step costs two uploads, and then the search goes on by halves.
#[test]
fn a_step_that_is_named_by_mistake_is_not_convicted() {
    for (size, bad) in cases() {
        for innocent in (0..size).filter(|row| !bad.contains(row)).step_by(3) {
            for live in [false, true] {
                let mut service = Service::new(bad.clone(), true, live);
                service.lie = Some(innocent);
                let found = search(size, &mut service);
                let what = format!("{size} rows, bad are {bad:?}, {innocent} is named");
                assert!(found.convicted.is_subset(&bad), "{what}: {found:?}");
                if live {
                    assert_eq!(found.convicted, bad, "{what}");
                    assert_eq!(found.confirmed.len() + bad.len(), size as usize, "{what}");
                    let bound = 2 * bad.len() * log2_up(size) + 3 + 2;
                    assert!(
                        service.uploads <= bound,
                        "{what}: {} uploads",
                        service.uploads
                    );
                }
            }
        }
    }
}

/// The words are the same, and what they name is no row of the upload, nor one of the search.
#[test]
fn words_that_come_again_without_the_step_that_they_accused_are_not_believed() {
    let text = "a step with this question exists already: kb-1";
    let (mut search, convicted) = Isolation::begin(1, 3, None, Named::Row(0), text);
    assert_eq!(convicted, None);
    let rest = TrialRows::from([1, 2]);
    assert_eq!(search.next(true), NextTrial::Try(rest.clone()));
    let failure = TrialFailure {
        tried: &rest,
        named: Named::Nobody,
        text,
    };
    assert_eq!(search.failed(failure), None);
    assert_eq!(search.next(true), NextTrial::Try(TrialRows::from([1])));
    search.succeeded(&TrialRows::from([1]));
    assert_eq!(search.next(true), NextTrial::Try(TrialRows::from([0])));
    search.succeeded(&TrialRows::from([0]));
    assert_eq!(search.next(true), NextTrial::Try(TrialRows::from([2])));
}

/// A named step and one that nobody names: the second one explains that the rest fails, so the first
/// one has to fail alone.
#[test]
fn a_named_step_is_tried_alone_where_the_rest_failed_for_another_reason() {
    let (mut search, _) = Isolation::begin(1, 3, None, Named::Row(0), "row 0 is bad");
    let rest = TrialRows::from([1, 2]);
    let failed = |search: &mut Isolation, tried: &TrialRows, named, text| {
        search.failed(TrialFailure { tried, named, text })
    };
    assert_eq!(failed(&mut search, &rest, Named::Nobody, REASON), None);
    search.succeeded(&TrialRows::from([1]));
    assert_eq!(
        search.next(true),
        NextTrial::Try(TrialRows::from([0])),
        "{search:?}"
    );
    let alone = TrialRows::from([0]);
    let blame = failed(&mut search, &alone, Named::Row(0), "row 0 is bad");
    assert_eq!(blame.map(|blame| blame.row), Some(0));
    assert_eq!(search.next(true), NextTrial::Try(TrialRows::from([2])));
}

#[test]
fn unnamed_steps_are_found_within_the_bound() {
    for (size, bad) in cases() {
        let mut service = Service::new(bad.clone(), false, true);
        let found = search(size, &mut service);
        assert_eq!(found.convicted, bad, "{size} rows");
        assert_eq!(found.confirmed.len() + bad.len(), size as usize);
        let bound = 2 * bad.len() * log2_up(size) + 3;
        assert!(
            service.uploads <= bound,
            "{size} rows, bad are {bad:?}: {} uploads, {bound} are allowed",
            service.uploads
        );
    }
}

#[test]
fn where_nothing_is_live_a_good_row_still_shows_that_the_service_works() {
    for (size, bad) in cases() {
        let mut service = Service::new(bad.clone(), false, false);
        let found = search(size, &mut service);
        assert!(found.convicted.is_subset(&bad), "{size} rows, {bad:?}");
        if !found.service_fails {
            assert_eq!(found.convicted, bad, "{size} rows");
        }
    }
}

#[test]
fn an_outage_convicts_nobody_whenever_it_begins_and_ends() {
    for (size, bad) in cases().filter(|(size, _)| *size < 40).step_by(7) {
        for (named, live) in [(true, true), (false, true), (false, false)] {
            if size == 1 && !live {
                continue; // One row, nothing else to compare it with: its failure is its own.
            }
            for from in 1..12 {
                for length in 1..8 {
                    let mut service = Service::new(bad.clone(), named, live);
                    service.outage = from..from + length;
                    let found = search(size, &mut service);
                    assert!(
                        found.convicted.is_subset(&bad) || (!live && found.confirmed.is_empty()),
                        "{size} rows, bad are {bad:?}, named: {named}, live: {live}, \
                         outage at uploads {:?}: {found:?}",
                        service.outage
                    );
                }
            }
        }
    }
}

#[test]
fn where_all_fail_alike_the_service_is_to_blame() {
    for live in [false, true] {
        let mut service = Service::new([], false, live);
        service.outage = 1..usize::MAX;
        let found = search(50, &mut service);
        assert!(found.service_fails && found.convicted.is_empty());
        assert!(service.uploads < 30, "{} uploads", service.uploads);
    }
}
