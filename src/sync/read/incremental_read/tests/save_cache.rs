//! What is cached after a pass, and what an old cache is good for.

use super::*;

type Edit = fn(&mut Vec<Line>);

#[tokio::test(flavor = "multi_thread")]
async fn a_small_change_leaves_the_rows_as_they_were_noted_down() {
    let mut world = World::new("merge", 2).await;
    many_lines(&mut world);
    settled_sync(&world).await;
    let first = world.written();
    assert!(first.iter().all(Option::is_some));
    let mut earlier = first;
    for answer in ["another", "and another"] {
        for line in &mut world.lines[..3] {
            line.3 = answer.to_owned();
        }
        world.lines.pop();
        world.export();
        settled_sync(&world).await;
        let now = world.written();
        assert_eq!(now[0], first[0], "the rows were written");
        assert_ne!(now[1], earlier[1]);
        assert!(world.rows_are_old() && is_unchanged(&world).await);
        world.sync().await;
        assert_eq!(world.written(), now, "nothing has moved");
        earlier = now;
    }
    for line in &mut world.lines[10..20] {
        line.3 = "a further answer".into();
    }
    world.export();
    settled_sync(&world).await;
    assert_ne!(world.written()[0], first[0], "ten rows are enough");
    assert!(!world.rows_are_old() && is_unchanged(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_over_the_same_rows_writes_what_the_files_are_like_and_then_nothing() {
    let mut world = World::new("merge", 2).await;
    many_lines(&mut world);
    settled_sync(&world).await;
    let before = world.written();
    let file = world.folder.path().join("export").join(FILES[0]);
    let text = fs::read(&file).unwrap();
    fs::write(&file, text).unwrap();
    assert!(!is_unchanged(&world).await, "the file has another time");
    settled_sync(&world).await;
    let after = world.written();
    assert_eq!(after[0], before[0]);
    assert_ne!(after[1], before[1]);
    assert!(is_unchanged(&world).await);

    world.lines[0].3 = "forbidden".into();
    world.lines[1].3 = "another answer".into();
    world.export();
    settled_sync(&world).await;
    assert!(!is_unchanged(&world).await, "a step is in quarantine");
    let after = world.written();
    settled_sync(&world).await;
    assert_eq!(world.written(), after);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_noted_down_and_come_back_count_as_new() {
    let edits: [(&str, Edit); 6] = [
        ("changed", |lines| lines[7].3 = "another answer".into()),
        ("removed", |lines| drop(lines.remove(7))),
        ("added", |lines| {
            lines.push((0, 500, "new".to_owned(), "answer".to_owned()));
        }),
        ("renamed", |lines| lines[7].2 = "another question".into()),
        ("of another id", |lines| lines[7].1 = 500),
        ("refused", |lines| lines[7].3 = "forbidden".into()),
    ];
    // Steps that are named by their ids, and by their questions.
    for (what, edit) in edits {
        for seed in [2, 1] {
            let mut world = World::new("merge", seed).await;
            many_lines(&mut world);
            settled_sync(&world).await;
            let (rows, before) = (world.written()[0], world.lines.clone());
            edit(&mut world.lines);
            world.export();
            world.sync().await;
            assert!(world.check().await, "{what}");
            world.lines = before;
            world.export();
            assert!(world.check().await, "{what}, and it comes back");
            world.sync().await;
            assert!(world.check().await, "{what}, and it came back");
            if what != "of another id" {
                assert_eq!(world.written()[0], rows, "{what}: the rows were written");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_do_not_need_the_history() {
    let mut world = World::new("merge", 2).await;
    many_lines(&mut world);
    settled_sync(&world).await;
    world.lines[4].3 = "another answer".into();
    world.export();
    settled_sync(&world).await;
    world.forget_history().await;
    world.lines[5].3 = "another answer".into();
    world.export();
    assert!(world.rows_are_old());
    assert!(serves(&world).await && world.check().await);
    fs::remove_file(&world.kept()[1]).unwrap();
    assert!(!serves(&world).await, "nobody knows what has changed");
    settled_sync(&world).await;
    assert!(serves(&world).await && is_unchanged(&world).await);
}

/// Whether the next reading makes use of the rows.
async fn serves(world: &World) -> bool {
    let (store, clock) = (&world.engine.runner.store, &world.engine.runner.clock);
    let id = store.bot("bot").await.unwrap();
    let look = ReadRequest::begin(store, &world.config.bots[0], id, clock).await;
    look.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_holds_nothing_is_told_of_each_time() {
    let mut world = World::new("merge", 2).await;
    world.lines.clear();
    world.export();
    settled_sync(&world).await;
    assert!(!is_unchanged(&world).await);
}
