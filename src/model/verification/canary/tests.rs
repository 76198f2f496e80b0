use super::*;
use CanaryReading::{Missing, Newer, Older, Other, Own};

const FIRST: Duration = Duration::from_secs(10);
const MINUTE: Millis = 60_000;

/// Upload 7 put it on the bot, and upload 9 carried it and failed.
fn canary() -> Canary {
    Canary {
        owner: "0a".to_owned(),
        wish: CanaryWish::Present,
        revision: Some(7),
        confirmed_at: Some(1000),
        tried: Some(9),
        refused: None,
        refused_at: None,
        reading: None,
        at: None,
        verified_at: None,
        contradictions: 0,
        next_at: None,
        stopped_at: None,
        stopped_by: None,
    }
}

fn said(owner: &str, revision: i64) -> String {
    canary_step(owner, revision, CanaryErrand::Put).answer
}

#[test]
fn what_a_bot_answers_is_one_reading() {
    for (words, reading) in [
        (said("0a", 7), Own),
        // An upload that failed may have come so far.
        (said("0a", 9), Own),
        (said("0a", 6), Older),
        (said("0a", 10), Newer),
        (said("0b", 7), Other),
        (said("0b", 6), Other),
        (said("0a", 7).replace(' ', "  \n"), Own),
        (format!("Hello! {} Anything else?", said("0a", 7)), Own),
        ("Sorry, I did not understand that.".to_owned(), Missing),
        ("kms-haptik-sync canary of 0a upload".to_owned(), Missing),
        (
            "kms-haptik-sync canary of 0a upload seven".to_owned(),
            Missing,
        ),
        (String::new(), Missing),
    ] {
        let reply = BotReply::of_texts([&*words]);
        assert_eq!(canary().reading_of(&reply), reading, "{words}");
    }
}

/// After these readings, a minute apart.
fn after(mut canary: Canary, readings: &[CanaryReading]) -> Canary {
    for (minute, reading) in (2..).zip(readings) {
        canary = canary.heard(*reading, minute * MINUTE, FIRST);
    }
    canary
}

#[test]
fn a_finding_is_heard_twice_and_that_of_another_service_stays() {
    use CanaryFinding::{CopiedState, PublishedOver, SecondService, Unanswered};
    let unanswered = |was_answered| Some(Unanswered { was_answered });
    for (readings, finding, repairs) in [
        (vec![], None, false),
        (vec![Own], None, true),
        (vec![Other], None, false),
        (vec![Other, Other], Some(SecondService), false),
        (vec![Other, Own, Other], None, false),
        (vec![Other, Older], None, false),
        // It reads right after each upload of one's own.
        (vec![Other, Other, Own, Own], Some(SecondService), false),
        (vec![Newer, Newer], Some(CopiedState), false),
        (vec![Newer, Newer, Other, Other], Some(CopiedState), false),
        (vec![Own, Older], None, false),
        (vec![Own, Older, Older], Some(PublishedOver), false),
        (vec![Own, Older, Older, Own], None, true),
        (vec![Missing, Missing], unanswered(false), false),
        (vec![Own, Missing, Missing], unanswered(true), false),
        (vec![Missing, Missing, Own], None, true),
    ] {
        let canary = after(canary(), &readings);
        assert_eq!(canary.finding(), finding, "{readings:?}");
        assert_eq!(canary.allows_repairs(), repairs, "{readings:?}");
    }
}

#[test]
fn a_person_ends_what_was_found() {
    let found = after(canary(), &[Other, Other]);
    let resumed = found.resumed();
    assert_eq!(resumed.finding(), None);
    assert_eq!(
        resumed.errand(0),
        Some(CanaryErrand::Put),
        "it goes up again"
    );
    assert!(!resumed.allows_repairs(), "it is not there yet");
    for (wish, refused_at, finding) in [
        (
            CanaryWish::AbsentByHand,
            None,
            Some(CanaryFinding::LeftBehind),
        ),
        (CanaryWish::Absent, Some(5), Some(CanaryFinding::LeftBehind)),
        (CanaryWish::Absent, None, None),
    ] {
        let left = Canary {
            wish,
            refused_at,
            ..canary()
        };
        assert_eq!(left.finding(), finding, "{wish:?}");
        let resumed = left.resumed();
        assert_eq!(
            (resumed.finding(), resumed.errand(0)),
            (None, None),
            "{wish:?}"
        );
    }
}

#[test]
fn it_is_asked_for_after_each_upload_and_from_time_to_time() {
    let hour = Duration::from_hours(1);
    let due = |canary: &Canary| canary.due_at(FIRST, hour);
    let first = canary();
    assert_eq!(due(&first), Some(11_000));
    let right = after(first, &[Own]);
    assert_eq!(due(&right), Some(62 * MINUTE), "an hour later");
    // Another upload carried it since.
    let again = Canary {
        confirmed_at: Some(30 * MINUTE),
        ..right.clone()
    };
    assert_eq!(due(&again), Some(30 * MINUTE + 10_000));
    let wrong = after(right, &[Other]);
    assert_eq!(due(&wrong), Some(12 * MINUTE), "a second look");
    for off in [
        Canary {
            revision: None,
            ..canary()
        },
        Canary {
            wish: CanaryWish::Absent,
            ..canary()
        },
    ] {
        assert_eq!(due(&off), None);
    }
}

#[test]
fn a_quarter_of_the_questions_of_a_day_are_for_it_at_the_most() {
    let day = Duration::from_hours(24);
    for (sweep, questions, minutes) in [
        (7 * day, 500, 60),
        (7 * day, 40, 144),
        (7 * day, 4, 24 * 60),
        (7 * day, 0, 24 * 60),
        (Duration::from_mins(2), 100_000, 2),
        (Duration::from_mins(2), 96, 60),
    ] {
        let every = canary_interval(sweep, questions);
        assert_eq!(every.as_secs() / 60, minutes, "{sweep:?} {questions}");
    }
}

#[test]
fn it_goes_alone_where_nothing_takes_it_along() {
    use CanaryErrand::{Put, Remove};
    use CanaryWish::{Absent, AbsentByHand, Present};
    let refused = |at| (Some("no".to_owned()), Some(at));
    let day = 24 * 60 * MINUTE;
    for (wish, revision, tried, (words, refused_at), errand, rides_along) in [
        (Present, None, None, (None, None), Some(Put), true),
        (Present, Some(7), Some(9), (None, None), None, true),
        (Present, None, Some(9), (None, None), Some(Put), true),
        // Refused: neither with others, nor before a day is over.
        (Present, None, Some(9), refused(day), None, false),
        (Present, None, Some(9), refused(0), Some(Put), false),
        (Absent, Some(7), Some(9), (None, None), Some(Remove), false),
        (Absent, None, None, (None, None), None, false),
        (Absent, None, Some(9), (None, None), Some(Remove), false),
        (AbsentByHand, Some(7), Some(9), (None, None), None, false),
    ] {
        let canary = Canary {
            wish,
            revision,
            tried,
            refused: words,
            refused_at,
            ..canary()
        };
        let now = day + 1;
        assert_eq!(canary.errand(now), errand, "{canary:?}");
        assert_eq!(canary.rides_along(), rides_along, "{canary:?}");
    }
}

#[test]
fn a_refusal_is_told() {
    let refused = Canary {
        refused: Some("the name is reserved".to_owned()),
        refused_at: Some(5),
        revision: None,
        ..canary()
    };
    let reason = "the name is reserved".to_owned();
    assert_eq!(refused.finding(), Some(CanaryFinding::Refused { reason }));
    assert!(!refused.allows_repairs());
}

#[test]
fn names_are_read_back() {
    for reading in CanaryReading::ALL {
        assert_eq!(CanaryReading::from_name(reading.name()), Some(reading));
    }
    for wish in [
        CanaryWish::Present,
        CanaryWish::Absent,
        CanaryWish::AbsentByHand,
    ] {
        assert_eq!(CanaryWish::from_name(wish.name()), Some(wish));
    }
    for errand in [CanaryErrand::Put, CanaryErrand::Remove] {
        assert_eq!(CanaryErrand::from_name(errand.name()), Some(errand));
    }
}
