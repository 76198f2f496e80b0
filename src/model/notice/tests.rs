use super::*;

fn stand(entries: &[(CauseKind, u64)]) -> Causes {
    let cause = |count| Cause {
        count,
        names: Vec::new(),
        words: format!("{count} of them"),
    };
    entries
        .iter()
        .map(|(kind, count)| (*kind, cause(*count)))
        .collect()
}

/// Looks one after the other, at these minutes: what each of them tells.
fn told(looks: &[(i64, &[(CauseKind, u64)])]) -> Vec<Vec<String>> {
    let looks: Vec<_> = looks
        .iter()
        .map(|(minute, entries)| (*minute, Certainty::Settled, *entries))
        .collect();
    told_at(&looks)
}

/// A minute, what may be concluded, and what is seen.
type Look<'a> = (i64, Certainty, &'a [(CauseKind, u64)]);

fn told_at(looks: &[Look<'_>]) -> Vec<Vec<String>> {
    let mut ongoing = BTreeMap::new();
    let look = |(minute, certainty, entries): &Look<'_>| {
        let (kept, news) = compare(&ongoing, &stand(entries), minute * 60_000, *certainty);
        ongoing = kept;
        let say = |news: News| {
            let state = if news.is_over { "over" } else { "begun" };
            format!("{} {state}: {}", news.kind.name(), news.cause.words)
        };
        news.into_iter().map(say).collect()
    };
    looks.iter().map(look).collect()
}

#[test]
fn each_cause_is_told_once_and_once_when_it_is_over() {
    let held: &[(CauseKind, u64)] = &[(CauseKind::Held, 3)];
    assert_eq!(
        told(&[(0, held), (1, held), (2, held), (3, &[]), (4, &[])]),
        [
            vec!["held begun: 3 of them".to_owned()],
            vec![],
            vec![],
            vec!["held over: no removal is held any more, after 3 min".to_owned()],
            vec![],
        ]
    );
}

#[test]
fn a_cause_that_grows_is_told_again_also_after_it_has_shrunk() {
    let counts = [2, 2, 5, 1, 2, 2];
    let looks: Vec<Vec<(CauseKind, u64)>> = counts
        .iter()
        .map(|count| vec![(CauseKind::Quarantined, *count)])
        .collect();
    let looks: Vec<(i64, &[(CauseKind, u64)])> =
        (0..).zip(looks.iter().map(Vec::as_slice)).collect();
    let words: Vec<usize> = told(&looks).iter().map(Vec::len).collect();
    assert_eq!(words, [1, 0, 1, 0, 1, 0]);
}

#[test]
fn a_short_failure_tells_nobody() {
    let failing: &[(CauseKind, u64)] = &[(CauseKind::Failing, 1)];
    assert_eq!(
        told(&[(0, failing), (4, failing), (5, &[])]).concat(),
        Vec::<String>::new()
    );
    assert_eq!(
        told(&[(0, failing), (6, failing), (7, failing), (9, &[])]).concat(),
        [
            "failing begun: failing for 6 min: 1 of them",
            "failing over: recovered: passes succeed again, after 9 min",
        ]
    );
}

#[test]
fn an_edit_of_a_refused_step_tells_nothing_new() {
    let (one, two): (&[_], &[_]) = (
        &[(CauseKind::Quarantined, 1)],
        &[(CauseKind::Quarantined, 2)],
    );
    // While the edited step is tried again, it is in no quarantine.
    let told = told_at(&[
        (0, Certainty::Settled, two),
        (1, Certainty::Unsettled, &[]),
        (2, Certainty::Unsettled, one),
        (3, Certainty::Settled, two),
        (4, Certainty::Unsettled, &[]),
        (5, Certainty::Settled, &[]),
    ]);
    let many: Vec<usize> = told.iter().map(Vec::len).collect();
    assert_eq!(many, [1, 0, 0, 0, 0, 1], "{told:?}");
    assert_eq!(
        told[5],
        ["quarantined over: no step is in quarantine any more, after 5 min"]
    );
}

#[test]
fn what_begins_during_a_pass_is_told_during_it() {
    let late: &[_] = &[(CauseKind::Stale, 1)];
    let told = told_at(&[
        (0, Certainty::Unsettled, late),
        (1, Certainty::Unsettled, late),
    ]);
    assert_eq!(told, [vec!["stale begun: 1 of them".to_owned()], vec![]]);
}

#[test]
fn kinds_are_apart() {
    let both: &[(CauseKind, u64)] = &[(CauseKind::CredentialRefused, 1), (CauseKind::Stale, 1)];
    let told = told(&[(0, both), (1, &[(CauseKind::Stale, 1)])]);
    assert_eq!(told[0].len(), 2);
    assert_eq!(
        told[1],
        ["credential_refused over: recovered: Haptik takes the credentials again, after 60 s"]
    );
}

#[test]
fn names_lead_back_to_their_kinds() {
    for kind in CauseKind::ALL {
        assert_eq!(CauseKind::from_name(kind.name()), Some(kind));
    }
}
