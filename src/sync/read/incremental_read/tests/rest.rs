//! Where nothing is open, the shortest look is the whole pass.

use super::*;
use crate::config::UploadEffect;
use crate::model::{Action, Fingerprint, Purpose, Step};
use crate::store::KeptPast;
use crate::sync::unchanged::at_rest;

const EVERYTHING: KeptPast = KeptPast {
    from: 0,
    max_bytes: u64::MAX,
};

/// Whether a pass has nothing to do.
async fn is_at_rest(world: &World) -> bool {
    let found = look(world, async |store, bot, id, reader| {
        at_rest(store, bot, id, reader, EVERYTHING).await.unwrap()
    });
    let Some((preview, has_old)) = found.await else {
        return false;
    };
    assert!(!has_old);
    assert!(preview.plan.changes.is_empty() && preview.plan.held.is_empty());
    assert_eq!(preview.plan.unchanged, world.lines.len() as u64);
    assert_eq!(preview.live, world.lines.len() as u64);
    true
}

async fn leave_open(store: &Store, bot: BotId, what: &str) {
    let names = ["100".to_owned()];
    match what {
        "a removal is released" => store.approve(bot, &names, 1).await.unwrap(),
        "the bot is to go back" => {
            let newest = store.history(bot, 1).await.unwrap()[0].id;
            store.pin(bot, Some(newest)).await.unwrap();
        }
        "the bot may be emptied" => store.approve_empty(bot, true).await.unwrap(),
        "the configuration was another one" => {
            let other = Fingerprint::default();
            store.accept_configuration(bot, &other).await.unwrap();
        }
        "everything is in doubt" => drop(store.doubt_snapshot(bot).await.unwrap()),
        "a step was struck off" => store.strike_off(bot, &names, 9).await.unwrap(),
        "an upload is under way" => {
            let step = Step {
                node_name: "100".into(),
                question: "question".into(),
                answer: "answer".into(),
            };
            let change = Change {
                action: Action::Change,
                key: ArticleKey {
                    source: "export".into(),
                    article: "100".into(),
                },
                step,
                line: 0,
            };
            let (purpose, effect) = (Purpose::Change, UploadEffect::Merge);
            let rows = [(0, change)];
            let written = store.prepare(bot, purpose, effect, &rows, 1);
            written.await.unwrap();
        }
        _ => unreachable!("{what}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_seen_to_though_no_file_has_changed() {
    for what in [
        "a removal is released",
        "the bot is to go back",
        "the bot may be emptied",
        "the configuration was another one",
        "everything is in doubt",
        "a step was struck off",
        "an upload is under way",
    ] {
        let mut world = World::new("merge", 2).await;
        many_lines(&mut world);
        assert!(!is_at_rest(&world).await, "nothing was seen yet");
        settled_sync(&world).await;
        assert!(is_at_rest(&world).await, "before: {what}");
        let store = &world.engine.runner.store;
        let bot = store.bot("bot").await.unwrap();
        leave_open(store, bot, what).await;
        assert!(!is_at_rest(&world).await, "{what}");
        store.pin(bot, None).await.unwrap();
        settled_sync(&world).await;
        settled_sync(&world).await;
        assert!(is_at_rest(&world).await, "after: {what}");
    }
}
