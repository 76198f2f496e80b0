use super::super::KeptSearch;
use super::*;

const REASON: &str = "Error: a step could not be created";
const OUTAGE: &str = "Error: internal server error";

/// A Haptik that refuses some rows, names them or not, and fails altogether for a while.
struct Service {
    bad: Rows,
    named: bool,
    live: bool,
    outage: std::ops::Range<usize>,
    uploads: usize,
}

impl Service {
    fn new(bad: impl IntoIterator<Item = u32>, named: bool, live: bool) -> Self {
        Self {
            bad: bad.into_iter().collect(),
            named,
            live,
            outage: 0..0,
            uploads: 0,
        }
    }

    /// The row that stops a task, and the words about it; `None`: it ends in Success.
    fn task(&mut self, rows: &Rows) -> Option<(Option<u32>, &'static str)> {
        self.uploads += 1;
        if self.outage.contains(&self.uploads) {
            return Some((None, OUTAGE));
        }
        let bad = rows.intersection(&self.bad).next().copied();
        bad.map(|row| (Some(row).filter(|_| self.named), REASON))
    }
}

/// What a search came to.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    convicted: Rows,
    confirmed: Rows,
    service_fails: bool,
}

/// Uploads `size` rows and searches to the end, kept as JSON between any two steps.
fn search(size: u32, service: &mut Service) -> Found {
    let all: Rows = (0..size).collect();
    let mut found = Found {
        convicted: Rows::new(),
        confirmed: Rows::new(),
        service_fails: false,
    };
    let Some((named, text)) = service.task(&all) else {
        found.confirmed = all;
        return found;
    };
    let (mut isolation, blame) = Isolation::begin(1, all.len(), None, named, text, true);
    found.convicted.extend(blame.map(|blame| blame.row));
    for _ in 0..10_000 {
        if size < 8 {
            let json = serde_json::to_string(&KeptSearch::of(&isolation)).unwrap();
            isolation = KeptSearch::read(&json).unwrap();
        }
        let control = service.live || !found.confirmed.is_empty();
        match isolation.next(control) {
            Next::Try(rows) => {
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
                        let failure = Failure {
                            tried: &rows,
                            named,
                            text,
                            executed: true,
                        };
                        let blame = isolation.failed(failure);
                        found.convicted.extend(blame.map(|blame| blame.row));
                    }
                }
            }
            Next::Control => match service.task(&Rows::new()) {
                None => isolation.control_succeeded(),
                Some((_, text)) => isolation.control_failed(text),
            },
            Next::Convict(blamed) => {
                found.convicted.extend(blamed.iter().map(|blame| blame.row));
            }
            Next::ServiceFails(_) => {
                found.service_fails = true;
                return found;
            }
            Next::Done => return found,
        }
    }
    panic!("no end after {} uploads: {isolation:?}", service.uploads);
}

fn some_rows(size: u32, count: usize, random: &mut fastrand::Rng) -> Rows {
    let mut all: Vec<u32> = (0..size).collect();
    random.shuffle(&mut all);
    all.into_iter().take(count).collect()
}

fn log2_up(size: u32) -> usize {
    size.next_power_of_two().trailing_zeros() as usize
}

/// Every way to be bad for few rows, and many ways for many.
fn cases() -> impl Iterator<Item = (u32, Rows)> {
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

#[test]
fn named_steps_take_one_upload_each_and_two_more() {
    for (size, bad) in cases() {
        for live in [false, true] {
            let mut service = Service::new(bad.clone(), true, live);
            let found = search(size, &mut service);
            assert_eq!(found.convicted, bad, "{size} rows");
            assert_eq!(found.confirmed.len() + bad.len(), size as usize);
            assert!(service.uploads <= bad.len() + 2, "{size} rows, {bad:?}");
        }
    }
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
