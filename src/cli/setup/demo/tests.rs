//! Plays the story with quick tasks, and holds it to its milestones.

use std::time::Duration;

use super::installation::DemoInstallation;
use super::output::{DemoNarrator, as_json, ending};
use super::play;
use super::scenes::SCENES;
use crate::model::Verdict;
use crate::sync::Outcome;

fn numbers(told: &DemoNarrator) -> (u64, u64, u64, usize, usize, usize) {
    let report = &told.report;
    (
        report.added,
        report.changed,
        report.removed,
        report.quarantined.len(),
        report.waiting.len(),
        told.live,
    )
}

async fn story(installation: &DemoInstallation) -> Vec<DemoNarrator> {
    let mut story = Vec::new();
    for scene in SCENES {
        story.push(play(installation, scene).await.unwrap());
    }
    story
}

#[tokio::test]
async fn the_story_comes_to_its_milestones() {
    let folder = tempfile::tempdir().unwrap();
    let installation = DemoInstallation::set(folder.path(), Duration::from_millis(20))
        .await
        .unwrap();
    let story = story(&installation).await;

    let expected = [
        ("The first sync", (30, 0, 0, 0, 0, 30)),
        ("An editor rewrites an answer", (0, 1, 0, 0, 0, 30)),
        ("An article is withdrawn", (0, 0, 1, 0, 0, 29)),
        (
            "Two new articles, and Haptik refuses one of them",
            (1, 0, 0, 1, 0, 30),
        ),
        ("The editor fixes it", (1, 0, 0, 0, 0, 31)),
        ("An editor changes a question", (0, 1, 0, 0, 0, 31)),
        ("A third of the export goes missing", (0, 0, 0, 0, 9, 31)),
        ("The file is back", (0, 0, 0, 0, 0, 31)),
    ];
    let played: Vec<_> = story
        .iter()
        .map(|told| (told.title, numbers(told)))
        .collect();
    assert_eq!(played, expected);

    let [
        first,
        edited,
        withdrawn,
        refused,
        fixed,
        reworded,
        missing,
        back,
    ] = &story[..]
    else {
        panic!("{} scenes", story.len());
    };
    let change = |told: &DemoNarrator| {
        let (_, before, now) = told.answers[0].clone();
        (before.unwrap_or_default(), now.unwrap_or_default())
    };
    assert!(change(first).1.contains("10 working days"));
    assert!(change(edited).0.contains("10 working days"));
    assert!(change(edited).1.contains("3 working days"));
    assert!(change(withdrawn).0.contains("3G network"));
    assert_eq!(change(withdrawn).1, "");

    let reason = "the answer links to a page that users cannot open";
    let (name, why) = &refused.report.quarantined[0];
    assert_eq!(name, "kb-212");
    assert!(why.contains(reason), "{why}");
    assert_eq!(refused.report.outcome, Outcome::Attention);
    assert_eq!(refused.answers[0].2, None);
    assert!(refused.answers[1].2.as_deref().unwrap().contains("Wi-Fi"));
    assert!(ending(refused).contains(reason));

    assert!(
        change(fixed)
            .1
            .contains("https://larkfield.example/network")
    );
    let (_, before, after) = reworded.learned.unwrap();
    assert_eq!((before, after), (Verdict::NotUnderstood, Verdict::Verified));
    let told = ending(reworded);
    assert!(told.contains("the bot does not understand it"), "{told}");
    assert_eq!(
        missing.report.outcome,
        Outcome::InSync,
        "it heals without a person"
    );
    assert_eq!(change(missing).0, change(missing).1);
    assert!(change(missing).1.contains("Forgot password"));
    assert_eq!(back.report.outcome, Outcome::InSync);
    assert_eq!(back.calls, 0, "nothing changed, so nobody is called");

    let document = as_json(&installation, &story);
    assert_eq!(document["scenes"][3]["quarantined"], 1);
}

#[tokio::test]
async fn what_the_story_leaves_behind_is_a_working_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let installation = DemoInstallation::set(folder.path(), Duration::ZERO)
        .await
        .unwrap();
    play(&installation, &SCENES[0]).await.unwrap();
    drop(installation);

    let path = folder.path().join("config.toml");
    let config = crate::config::Config::load(&path, Vec::<(String, String)>::new()).unwrap();
    let engine = crate::sync::Engine::open(
        &config,
        crate::clock::Clock::system(),
        crate::sync::silent(),
        tokio_util::sync::CancellationToken::new(),
    )
    .await
    .unwrap();
    let reports = crate::sync::sync_all(&engine, &config.bots).await;
    assert_eq!(reports[0].outcome, Outcome::InSync);
    assert_eq!(reports[0].unchanged, 30);
}
