//! What bots answered: it is of the content that was asked for, and which step is asked for next.

use super::*;
use crate::model::{AskReason, AskedStep, CallKind, DAY, Finding, Verdict};

async fn names_due(store: &Store, bot: BotId) -> Option<String> {
    let next = store.next_asked(bot).await.unwrap();
    next.map(|next| next.node_name)
}

async fn answer(store: &Store, bot: BotId, name: &str, verdict: Verdict, at: i64) {
    let known = store.asked_step(bot, name).await.unwrap();
    let step = known.unwrap_or_else(|| AskedStep::unasked(name, at));
    let finding = Finding {
        verdict,
        other: None,
    };
    let step = step.heard(finding, false, at, std::time::Duration::from_secs(1));
    let names = [name.to_owned()];
    let digest = store.contents(bot, &names).await.unwrap()[name]
        .step
        .digest();
    store.keep_asked(bot, digest, &step).await.unwrap();
}

#[tokio::test]
async fn changed_steps_are_asked_for_first_and_as_they_are() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let add = |name| change(Action::Add, name, "one");
    confirm(&store, bot, &[add("a"), add("b"), add("c")], 1).await;
    assert_eq!(names_due(&store, bot).await, None);
    store.list_changed(bot, 2, 50).await.unwrap();
    let listed = store.verifications(bot).await.unwrap();
    assert_eq!(listed.keys().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(listed["b"].reason, AskReason::Change);
    assert_eq!((listed["b"].since, listed["b"].next_at), (1, Some(50)));
    store.list_changed(bot, 2, 60).await.unwrap();
    let again = store.verifications(bot).await.unwrap();
    assert_eq!(again["b"].next_at, Some(50), "once for each upload");

    answer(&store, bot, "b", Verdict::Verified, 70).await;
    answer(&store, bot, "c", Verdict::OldVersion, 80).await;
    assert_eq!(names_due(&store, bot).await.as_deref(), Some("c"));
    let swept = store.next_swept(bot).await.unwrap();
    assert_eq!(swept.as_deref(), Some("a"), "never asked for");
    answer(&store, bot, "a", Verdict::Verified, 90).await;
    assert_eq!(store.next_swept(bot).await.unwrap().as_deref(), Some("b"));

    // What was said of other content says nothing.
    confirm(&store, bot, &[change(Action::Change, "b", "two")], 100).await;
    let now = store.verifications(bot).await.unwrap();
    assert_eq!(now.keys().collect::<Vec<_>>(), ["a", "c"]);
    store.list_changed(bot, 2, 110).await.unwrap();
    let now = store.verifications(bot).await.unwrap();
    assert_eq!((now["b"].verdict, now["b"].next_at), (None, Some(110)));
    confirm(&store, bot, &[change(Action::Remove, "c", "")], 120).await;
    store.list_changed(bot, 2, 130).await.unwrap();
    assert_eq!(store.asked_step(bot, "c").await.unwrap(), None);
}

#[tokio::test]
async fn what_asking_came_to_is_counted() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let add = |name| change(Action::Add, name, "one");
    confirm(&store, bot, &[add("a"), add("b"), add("c")], 5).await;
    store.list_changed(bot, 2, 50).await.unwrap();
    for at in [60, 70] {
        answer(&store, bot, "a", Verdict::OldVersion, at).await;
        answer(&store, bot, "b", Verdict::OtherStep, at).await;
    }
    answer(&store, bot, "c", Verdict::Verified, 60).await;
    store.ask_not_before(bot, 99).await.unwrap();
    store.note_swept(bot, 88).await.unwrap();
    let counts = store.verification_counts(bot).await.unwrap();
    assert_eq!(counts.drifted, [("a".to_owned(), Verdict::OldVersion)]);
    assert_eq!(counts.unanswered, [("b".to_owned(), Verdict::OtherStep)]);
    assert_eq!(counts.verdicts[&Verdict::Verified], 1);
    assert_eq!(
        (counts.oldest_change, counts.not_before),
        (Some(5), Some(99))
    );
    assert!(counts.wants_a_person());
    store.doubt_step(bot, "a").await.unwrap();
    let doubted = store.uncertain(bot).await.unwrap();
    assert_eq!(doubted.keys().collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn calls_that_ask_count_for_a_day() {
    let (_folder, store) = store_in_file().await;
    let take = async |kind, now| store.take_call(kind, (10, 2), now).await.unwrap();
    assert_eq!(take(CallKind::Ask, 1).await, Ok(()));
    assert_eq!(take(CallKind::Ask, 2).await, Ok(()));
    assert_eq!(take(CallKind::Ask, 200_000).await, Err(1 + DAY - 200_000));
    assert_eq!(take(CallKind::Submit, 200_000).await, Ok(()));
    assert_eq!(store.calls_in_window(200_000).await.unwrap(), 1);
    assert_eq!(take(CallKind::Ask, 1 + DAY).await, Ok(()));
}
