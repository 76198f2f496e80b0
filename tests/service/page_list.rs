//! The list of many bots: trouble first, narrowed by state and name, and small on the wire.

use std::io::{Read as _, Write as _};

use crate::admin::{OPEN, address, status_of};
use crate::page::{get, header};
use crate::support::{World, faq, until};
use kms_haptik_sync::config::UploadEffect;

/// A daemon with so many bots beside the first.
pub(crate) fn many(bots: usize) -> World {
    let world = World::with(|settings| {
        settings.tables(OPEN);
        for bot in 0..bots {
            settings.add_bot(&format!("shop_{bot:03}"), UploadEffect::Merge);
        }
    });
    for bot in 0..bots {
        world.export_for(&format!("shop_{bot:03}"), &faq(&["a", "b"]));
    }
    world
}

#[test]
fn trouble_comes_first_and_the_list_is_narrowed() {
    let world = many(3);
    let daemon = world.daemon();
    let address = address(&daemon);
    // The first bot has no export at all.
    until("the list", || {
        let page = get(&address, "/", "");
        page.contains("1 failing") && page.contains("3 in sync")
    });
    let page = get(&address, "/", "");
    let at = |words: &str| {
        page.find(words)
            .unwrap_or_else(|| panic!("no {words}: {page}"))
    };
    assert!(at("href=\"/bots/acme_support\"") < at("href=\"/bots/shop_000\""));
    for (query, shown, hidden) in [
        ("/?state=in_sync", "/bots/shop_001", "/bots/acme_support"),
        ("/?state=failing", "/bots/acme_support", "/bots/shop_001"),
        ("/?name=SHOP_002", "/bots/shop_002", "/bots/shop_001"),
        ("/rows?name=shop_002", "/bots/shop_002", "/bots/shop_001"),
    ] {
        let page = get(&address, query, "");
        let has = |bot: &str| page.contains(&format!("href=\"{bot}\""));
        assert!(has(shown) && !has(hidden), "{query}: {page}");
        assert!(page.contains("3 in sync"), "the strip counts all of them");
    }
    let bot = get(&address, "/bots/shop_001", "");
    for words in [
        "All steps, by their states",
        "Sources",
        "2 live, 0 pending",
        "/bots/shop_001/uploads/",
    ] {
        assert!(bot.contains(words), "{words} in {bot}");
    }
    let steps = get(&address, "/bots/shop_001/steps", "");
    for words in [
        "href=\"/steps/shop_001/a\"",
        "What is a?",
        "2 live",
        "As read at ",
    ] {
        assert!(steps.contains(words), "{words} in {steps}");
    }
    assert!(!steps.contains("Next page"));
    let upload = bot.split_once("/bots/shop_001/uploads/").unwrap().1;
    let upload = upload.split('"').next().unwrap();
    let upload = get(&address, &format!("/bots/shop_001/uploads/{upload}"), "");
    for words in [
        "Haptik says",
        "What it changed",
        "href=\"/steps/shop_001/b\"",
    ] {
        assert!(upload.contains(words), "{words} in {upload}");
    }
    let uploads = get(&address, "/bots/shop_001/uploads", "");
    let before = get(&address, "/bots/shop_001/uploads?before=1", "");
    for (page, is_there) in [(&uploads, true), (&before, false)] {
        assert_eq!(status_of(page), 200);
        assert_eq!(page.contains("succeeded"), is_there, "{page}");
    }
    assert!(before.contains("No uploads are here."), "{before}");
    for nothing in [
        "/bots/nobody",
        "/bots/shop_001/uploads/999",
        "/bots/shop_001/uploads/x",
    ] {
        assert_eq!(status_of(&get(&address, nothing, "")), 404, "{nothing}");
    }
    daemon.stop().exits(0);
}

#[test]
fn three_hundred_bots_are_a_small_answer() {
    let world = many(300);
    let daemon = world.daemon();
    let address = address(&daemon);
    until("all are in sync", || {
        get(&address, "/", "").contains("300 in sync")
    });
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = String::from_utf8_lossy(&answer[..answer.len().min(2000)]).into_owned();
    assert_eq!(header(&head, "content-encoding"), Some("gzip"), "{head}");
    assert!(answer.len() <= 60_000, "{} bytes", answer.len());
    let plain = get(&address, "/", "");
    assert_eq!(
        header(&plain, "content-encoding"),
        None,
        "only who asks for it"
    );
    daemon.stop().exits(0);
}
