//! What a bot was before: printed as it was then, and erased.

use std::fs;

use crate::support::{BOT, World, edit, faq, is_about_files};
use kms_haptik_sync::config::UploadEffect::Merge;
use kms_haptik_sync::sandbox::{Fault, FaultKind, On};

#[test]
fn what_was_live_then_is_printed_as_it_was() {
    let mut steps = faq(&["a", "b"]);
    let world = World::synced(Merge, &steps);
    let export = |at: &str| world.run(&["export", "--at", at]);
    let first = world.run(&["export", "--as", "live"]).exits(0).stdout;
    edit(&mut steps, "a", "edited");
    world.export(&steps);
    world.sync().exits(0);
    let second = world.run(&["export", "--as", "live"]).exits(0).stdout;
    assert_ne!(first, second);
    assert_eq!(export("1").exits(0).stdout, first);
    assert_eq!(export("2").exits(0).stdout, second);
    assert_eq!(export("2100-01-01").exits(0).stdout, second);
    let uploads = world.run(&["history", "--json"]).exits(0).json();
    let settled = uploads[0]["settled"].as_str().unwrap().to_owned();
    assert_eq!(export(&settled).exits(0).stdout, second);
    export("2000-01-01")
        .exits(2)
        .tells(&["no upload had succeeded by 2000-01-01T00:00:00Z", "history"]);
    export("3")
        .exits(2)
        .tells(&["there is no successful upload 3"]);
    export("tomorrow")
        .exits(2)
        .tells(&["neither an upload's number nor a time"]);
}

#[test]
fn a_text_that_has_to_go_is_erased_from_the_state() {
    if is_about_files("a_text_that_has_to_go_is_erased_from_the_state") {
        return;
    }
    let mut steps = faq(&["a", "b"]);
    edit(&mut steps, "a", "the secret of the customer");
    let world = World::synced(Merge, &steps);
    let forget = |step: &str| world.run(&["forget", BOT, step]);
    let holds = |words: &str| {
        let files = fs::read_dir(world.path("state")).unwrap();
        let files = files.map(|file| fs::read(file.unwrap().path()).unwrap_or_default());
        files.into_iter().any(|bytes| {
            bytes
                .windows(words.len())
                .any(|window| window == words.as_bytes())
        })
    };
    forget("a").exits(2).tells(&["only the live text is kept"]);
    forget("nobody")
        .exits(2)
        .tells(&["nothing is kept of a step \"nobody\""]);
    edit(&mut steps, "a", "nothing of the kind");
    world.export(&steps);
    world.sync().exits(0);
    assert!(holds("the secret of the customer"));
    forget("a").exits(0).tells(&[
        "1 old version of \"a\" erased; its live text stays",
        "before upload 2",
    ]);
    assert!(!holds("the secret of the customer"));
    assert!(holds("nothing of the kind"));
    assert_eq!(world.live(), steps);
    // There is no way back to a bot without the step, either.
    world
        .run(&["rollback", BOT, "--to", "1"])
        .exits(2)
        .tells(&["no longer kept"]);
    world.sync().exits(0);
    assert_eq!(world.calls(), 4, "nothing more went out");
    world
        .run(&["history", "--actions"])
        .exits(0)
        .tells(&["forget"]);
}

#[test]
fn nothing_is_erased_that_an_upload_may_need() {
    let mut steps = faq(&["a"]);
    let world = World::synced(Merge, &steps);
    edit(&mut steps, "a", "two");
    world.export(&steps);
    world.sync().exits(0);
    edit(&mut steps, "a", "three");
    world.export(&steps);
    world.fault(Fault {
        times: 1_000_000,
        ..Fault::new(On::Submit, FaultKind::DropBefore)
    });
    world.sync().exits(1);
    world
        .run(&["forget", BOT, "a"])
        .exits(2)
        .tells(&["nothing was forgotten, because an upload is under way"]);
    world.heal();
    world.sync().exits(0);
    world
        .run(&["forget", BOT, "a"])
        .exits(0)
        .tells(&["2 old versions"]);
}
