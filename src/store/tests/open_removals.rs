//! What the last stored plan left open, and what people did about it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::model;
use crate::model::{HoldReason, Plan, StepRef, Unread};
use crate::store::bots::BotId;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::steps::{OpenPlan, PlanToStore, Release, RemovalKind};
use Action::{Add, Change, Remove};
use RemovalKind::{Held, Manual, Waiting};

/// Stores a plan that leaves this open.
pub(super) async fn keep(
    store: &Store,
    bot: BotId,
    pending: &[(&str, Action)],
    open: &[(&str, RemovalKind)],
    at: i64,
) {
    let of = |wanted| {
        let open = open.iter().filter(move |(_, kind)| *kind == wanted);
        open.map(|(name, _)| (*name).to_owned())
    };
    let plan = Plan {
        changes: pending
            .iter()
            .map(|(name, action)| {
                let model::Change {
                    action,
                    key,
                    step,
                    line,
                } = change(*action, name, "2");
                model::Change {
                    action,
                    key,
                    step: StepRef::from(step),
                    line,
                }
            })
            .collect(),
        held: of(RemovalKind::Held)
            .map(|node_name| model::Held {
                node_name,
                renamed_to: None,
                reason: HoldReason::ByHand,
            })
            .collect(),
        waiting: of(RemovalKind::Waiting)
            .map(|node_name| model::Waiting {
                node_name,
                renamed_to: None,
                reason: "why".to_owned(),
                left: Duration::ZERO,
            })
            .collect(),
        manual: of(RemovalKind::Manual).collect(),
        unread: ["x", "y"]
            .map(|name| Unread {
                node_name: name.into(),
                reason: "why".into(),
                is_rejected: false,
            })
            .into(),
        ..Plan::default()
    };
    let before = store.absences(bot).await.unwrap();
    let now = TimePoint {
        wall: at,
        ..TimePoint::default()
    };
    let stored = PlanToStore {
        plan: &plan,
        before: &before,
        markers: &BTreeMap::new(),
        rejected: 3,
        bot: "acme",
        now: &now,
    };
    store.store_plan(bot, stored).await.unwrap();
}

async fn names(store: &Store, bot: BotId) -> Vec<(String, i64, bool)> {
    let open = store.open_removals(bot).await.unwrap();
    open.into_iter()
        .map(|open| (open.node_name, open.plan, open.released))
        .collect()
}

#[tokio::test]
async fn a_removal_keeps_the_number_of_the_plan_that_first_had_it() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let steps: Vec<_> = ["a", "b", "c"]
        .map(|name| change(Action::Add, name, "1"))
        .into();
    confirm(&store, bot, &steps, 1).await;
    for (open, expected, number) in [
        (&[("a", Held)][..], vec![("a", 1)], 1),
        (&[("a", Held)], vec![("a", 1)], 1),
        (&[("a", Held), ("b", Waiting)], vec![("a", 1), ("b", 2)], 2),
        (&[("b", Held), ("c", Manual)], vec![("b", 2), ("c", 3)], 3),
        (&[], vec![], 4),
        (&[("a", Held)], vec![("a", 5)], 5),
    ] {
        keep(&store, bot, &[], open, 10).await;
        let found = names(&store, bot).await;
        let found: Vec<_> = found
            .iter()
            .map(|(name, plan, _)| (name.as_str(), *plan))
            .collect();
        assert_eq!(found, expected);
        let kept = store.open_plan(bot).await.unwrap();
        assert_eq!(
            (kept.plan, kept.planned_at, kept.unread, kept.rejected),
            (number, Some(10), 2, 3)
        );
    }
}

#[tokio::test]
async fn what_is_released_is_open_no_more_and_who_did_it_is_known() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    let steps: Vec<_> = ["a", "b", "c"]
        .map(|name| change(Action::Add, name, "1"))
        .into();
    confirm(&store, bot, &steps, 1).await;
    let open = [("a", Held), ("b", Held), ("c", Manual)];
    keep(&store, bot, &[], &open, 2).await;
    let release = Release {
        released: vec!["a".into()],
        changes: Vec::new(),
        struck_off: vec!["c".into()],
    };
    store.release(bot, &release, &action(3)).await.unwrap();
    let expected = [("a".to_owned(), 1, true), ("b".to_owned(), 1, false)];
    assert_eq!(names(&store, bot).await, expected);
    assert_eq!(store.live(bot).await.unwrap(), 2);
    assert_eq!(store.actions(None, 9).await.unwrap(), [action(3)]);

    // Once the step is gone, its removal is over, whatever the plan said.
    confirm(&store, bot, &[change(Action::Remove, "a", "")], 4).await;
    assert_eq!(names(&store, bot).await, [("b".to_owned(), 1, false)]);
}

#[tokio::test]
async fn what_has_gone_live_since_is_pending_no_more() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    assert_eq!(store.open_plan(bot).await.unwrap(), OpenPlan::default());
    let steps: Vec<_> = ["b", "c", "d"].map(|name| change(Add, name, "1")).into();
    confirm(&store, bot, &steps, 1).await;
    let wanted = [("a", Add), ("b", Change), ("c", Remove), ("d", Change)];
    keep(&store, bot, &wanted, &[], 10).await;
    let pending = async || {
        let plan = store.open_plan(bot).await.unwrap();
        let names: Vec<_> = plan.pending.into_iter().map(|(name, _)| name).collect();
        (names.join(" "), plan.pending_count)
    };
    assert_eq!(pending().await, ("a b c d".into(), 4));
    confirm(
        &store,
        bot,
        &[change(Add, "a", "1"), change(Change, "b", "2")],
        10,
    )
    .await;
    assert_eq!(pending().await, ("c d".into(), 2));
    confirm(&store, bot, &[change(Remove, "c", "")], 11).await;
    assert_eq!(pending().await, ("d".into(), 1));

    // Of many, the first ones have names; the uploads since then tell how many are left.
    let many: Vec<_> = (0..1500).map(|at| format!("kb-{at}")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), Add)).collect();
    keep(&store, bot, &many, &[], 20).await;
    assert_eq!(store.open_plan(bot).await.unwrap().pending_count, 1500);
    let first: Vec<_> = many[..1200]
        .iter()
        .map(|(name, _)| change(Add, name, "1"))
        .collect();
    confirm(&store, bot, &first, 21).await;
    assert_eq!(pending().await, (String::new(), 300));
}

#[tokio::test]
async fn what_cannot_be_read_back_is_damage() {
    let (_folder, store) = store_in_file().await;
    let bot = store.bot("acme").await.unwrap();
    confirm(&store, bot, &[change(Action::Add, "a", "1")], 1).await;
    let held = [("a", RemovalKind::Held)];
    keep(&store, bot, &[("a", Action::Change)], &held, 2).await;
    query("UPDATE bot SET pending = '[[\"a\", \"explode\"]]'")
        .execute(&mut *store.hold().await)
        .await
        .unwrap();
    let error = store.open_plan(bot).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn actions_go_with_the_history() {
    let (_folder, store) = store().await;
    let bot = store.bot("acme").await.unwrap();
    for at in [10, 20, 30] {
        store.record_action(&action(at)).await.unwrap();
    }
    store
        .prune_past(bot, kept(20, u64::MAX >> 1))
        .await
        .unwrap();
    let times = async |bot| -> Vec<i64> {
        let actions = store.actions(bot, 9).await.unwrap();
        actions.into_iter().map(|action| action.at).collect()
    };
    assert_eq!(times(None).await, [30, 20]);
    assert_eq!(times(Some("acme")).await, [30, 20]);
    assert_eq!(times(Some("other")).await, [0; 0]);
}
