//! A knowledge base over HTTP: the bot holds exactly what it publishes, or what it held before.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{World, is_about_files, serve};

/// What the knowledge base holds, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Shelf {
    /// Question, answer and state, by id.
    pub(crate) articles: BTreeMap<usize, (String, String, &'static str)>,
    /// The page from which on it answers 500.
    broken_from: Option<usize>,
    /// How much more than there is it says that there is.
    boast: usize,
    /// What happens as soon as the first page has been read.
    then: Option<Edit>,
    /// Pages that were asked for.
    pages: usize,
    /// Whatever was asked for.
    pub(crate) requests: usize,
}

type Edit = Box<dyn FnOnce(&mut Shelf) + Send>;

impl Shelf {
    pub(crate) fn publish(&mut self, ids: impl IntoIterator<Item = usize>) {
        for id in ids {
            let article = (format!("Question {id}?"), format!("Answer {id}."), "public");
            self.articles.insert(id, article);
        }
    }
}

pub(crate) type Shared = Arc<Mutex<Shelf>>;

/// Serves two articles on a page; drafts too, but only to who knows the password.
pub(crate) fn knowledge_base(shelf: Shared) -> String {
    let answer = move |request: Request<Body>| {
        let (status, body) = answered(&mut shelf.lock().unwrap(), &request);
        async move {
            Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))
                .unwrap()
        }
    };
    serve(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    })
}

fn answered(shelf: &mut Shelf, request: &Request<Body>) -> (u16, serde_json::Value) {
    shelf.requests += 1;
    // printf 'bot:right' | base64
    let known = request.headers().get("authorization");
    let known = known.is_some_and(|value| value == "Basic Ym90OnJpZ2h0");
    if request.uri().path() == "/me" {
        return (if known { 200 } else { 401 }, json!({}));
    }
    if let Some(id) = request.uri().path().strip_prefix("/texts/") {
        let id: usize = id.parse().unwrap();
        let broken = shelf.articles[&id].2 == "broken";
        return (
            if broken { 500 } else { 200 },
            json!({"body": shelf.articles[&id].1}),
        );
    }
    let query = request.uri().query().unwrap_or_default();
    shelf.pages += 1;
    let page: usize = query.strip_prefix("page=").unwrap().parse().unwrap();
    if shelf.broken_from.is_some_and(|from| page >= from) {
        return (500, json!({}));
    }
    let articles: Vec<_> = shelf
        .articles
        .iter()
        .filter(|(_, (_, _, state))| known || *state != "draft" && *state != "internal")
        .map(|(id, (question, answer, state))| json!({"id": id, "title": question, "body": answer, "state": state}))
        .collect();
    let found: Vec<_> = articles.iter().skip((page - 1) * 2).take(2).collect();
    let total = articles.len() + shelf.boast;
    let body = json!({"items": found, "total": total});
    if let Some(then) = shelf.then.take() {
        then(shelf);
    }
    (200, body)
}

fn world(shelf: &Shared) -> World {
    world_with(shelf, &[])
}

fn world_with(shelf: &Shared, more: &[&str]) -> World {
    let address = knowledge_base(shelf.clone());
    let world = World::with(|settings| {
        let lines = [
            "path = '/articles'",
            "items = '/items'",
            "keep = { '/state' = ['public', 'internal', 'broken'] }",
            "paging = { mode = 'page', total = '/total' }",
            "auth_check = '/me'",
            "auth = { kind = 'basic', user = 'bot', token = { file = 'kms-password' } }",
            "max_wait = '0s'",
        ];
        settings.feed(&address, &[&lines[..], more].concat());
    });
    world.write("kms-password", "right");
    world
}

/// The names and answers that are live.
fn live(world: &World) -> Vec<(String, String)> {
    let steps = world.live().into_iter();
    steps.map(|(name, (_, answer))| (name, answer)).collect()
}

fn expected(shelf: &Shared) -> Vec<(String, String)> {
    let shelf = shelf.lock().unwrap();
    let articles = shelf.articles.iter();
    let mut found: Vec<_> = articles
        .filter(|(_, (_, _, state))| *state != "draft")
        .map(|(id, (_, answer, _))| (id.to_string(), answer.clone()))
        .collect();
    found.sort();
    found
}

#[test]
fn the_bot_holds_what_the_knowledge_base_publishes_or_what_it_held_before() {
    let shelf = Shared::default();
    for id in 1..=7 {
        let state = if id == 7 { "internal" } else { "public" };
        let article = (format!("Question {id}?"), format!("Answer {id}."), state);
        shelf.lock().unwrap().articles.insert(id, article);
    }
    let world = world(&shelf);
    let in_step = |told: &str| {
        world.sync().exits(0);
        assert_eq!(live(&world), expected(&shelf), "{told}");
    };
    in_step("first sync");
    let change = |id: usize, change: &dyn Fn(&mut (String, String, &'static str))| {
        change(shelf.lock().unwrap().articles.get_mut(&id).unwrap());
    };
    change(2, &|article| article.1 = "A better answer.".to_owned());
    in_step("edit");
    change(3, &|article| article.2 = "draft");
    in_step("draft");
    shelf.lock().unwrap().articles.remove(&4);
    in_step("hard delete");
    change(3, &|article| article.2 = "public");
    in_step("published again");

    let before = live(&world);
    let held = |told: &str| {
        let run = world.sync().exits(1);
        assert_eq!(live(&world), before, "{told}");
        run
    };
    world.write("kms-password", "wrong");
    let _ = held("the public view of wrong credentials");
    world.write("kms-password", "right");
    change(5, &|article| article.2 = "draft");
    shelf.lock().unwrap().broken_from = Some(2);
    let _ = held("a sweep that breaks off");
    shelf.lock().unwrap().broken_from = None;
    in_step("fixed");
}

#[test]
fn a_list_that_moves_while_it_is_read_takes_no_answer_away() {
    let shelf = Shared::default();
    shelf.lock().unwrap().publish(1..=20);
    let world = world(&shelf);
    world.sync().exits(0);
    // One unpublished on the first page and one published at the end: the total is the same, and what
    // began the second page has slipped to the first.
    shelf.lock().unwrap().then = Some(Box::new(|shelf| {
        shelf.articles.remove(&1);
        shelf.publish([21]);
        shelf.articles.get_mut(&9).unwrap().1 = "Edited meanwhile.".to_owned();
    }));
    world.sync().exits(0);
    let held: Vec<(String, String)> = live(&world);
    assert_eq!(held.len(), 21, "nothing left");
    assert!(held.contains(&("3".to_owned(), "Answer 3.".to_owned())));
    assert!(held.contains(&("9".to_owned(), "Edited meanwhile.".to_owned())));
    world.sync().exits(0);
    assert_eq!(live(&world), expected(&shelf));
    let before = live(&world);
    // Four deletions among those that were read already.
    shelf.lock().unwrap().then = Some(Box::new(|shelf| {
        shelf.publish(30..=33);
        shelf.articles.retain(|id, _| !(2..=5).contains(id));
    }));
    world.sync().exits(0);
    let held = live(&world);
    assert!(
        before
            .iter()
            .all(|step| held.contains(step) || step.0 == "4" || step.0 == "5")
    );
    world.sync().exits(0);
    world.sync().exits(0);
    assert_eq!(live(&world), expected(&shelf), "after two quiet sweeps");
}

#[test]
fn a_mass_withdrawal_is_held_and_costs_one_further_sweep() {
    let shelf = Shared::default();
    shelf.lock().unwrap().publish(1..=120);
    let world = world(&shelf);
    world.sync().exits(0);
    let before = live(&world);
    shelf.lock().unwrap().articles.retain(|id, _| *id > 100);
    shelf.lock().unwrap().publish([200]);
    shelf.lock().unwrap().pages = 0;
    world.sync().exits(3);
    let mut held = live(&world);
    held.retain(|(name, _)| name != "200");
    assert_eq!(held, before);
    let pages = shelf.lock().unwrap().pages;
    // Twice eleven pages, and a look past the end.
    assert!((22..=24).contains(&pages), "{pages} pages were asked for");
}

#[test]
fn a_total_that_is_always_too_high_stops_removals_alone() {
    let shelf = Shared::default();
    shelf.lock().unwrap().publish(1..=10);
    let world = world(&shelf);
    world.sync().exits(0);
    shelf.lock().unwrap().boast = 3;
    shelf.lock().unwrap().articles.remove(&2);
    shelf.lock().unwrap().publish([11]);
    shelf.lock().unwrap().articles.get_mut(&5).unwrap().1 = "Changed.".to_owned();
    world.sync().exits(3);
    let held = live(&world);
    assert_eq!(held.len(), 11);
    for step in [("2", "Answer 2."), ("11", "Answer 11."), ("5", "Changed.")] {
        assert!(
            held.contains(&(step.0.to_owned(), step.1.to_owned())),
            "{step:?}"
        );
    }
}

#[test]
fn an_article_whose_text_cannot_be_had_keeps_its_answer_and_stops_no_other() {
    let shelf = Shared::default();
    shelf.lock().unwrap().publish(1..=6);
    let world = world_with(&shelf, &["detail = { path = '/texts/{item.id}' }"]);
    world.sync().exits(0);
    let change = |id: usize, answer: &str, state: &'static str| {
        let mut shelf = shelf.lock().unwrap();
        let article = shelf.articles.get_mut(&id).unwrap();
        (article.1, article.2) = (answer.to_owned(), state);
    };
    change(2, "Nobody can read this.", "broken");
    change(4, "A better answer.", "public");
    let run = world.sync().exits(3);
    run.tells(&["its own call answered 500", "left as it is"]);
    let held = live(&world);
    assert_eq!(held.len(), 6);
    for step in [("2", "Answer 2."), ("4", "A better answer.")] {
        assert!(
            held.contains(&(step.0.to_owned(), step.1.to_owned())),
            "{step:?}"
        );
    }
    change(2, "Now they can.", "public");
    world.sync().exits(0);
    assert_eq!(live(&world), expected(&shelf));
}

#[test]
fn a_preset_is_printed_to_be_pasted() {
    let world = World::new();
    let run = world
        .run(&["init", "--show-preset", "document360"])
        .exits(0);
    for part in [
        "[[bot.source]]\nname = \"document360\"\nfeed = \"https://apihub.document360.io\"\n",
        "[[bot.source.parents]]\n",
        "[bot.source.detail]\n",
        "token = { env = \"KMS_TOKEN\" }",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
    let run = world.run(&["init", "--show-preset", "zendesk"]).exits(2);
    for part in ["zendesk-guide", "confluence-cloud", "wordpress"] {
        assert!(run.stderr.contains(part), "{part} in {}", run.stderr);
    }
}

/// A help centre with five articles for everybody, one for signed-in users (6), and maybe one without
/// a word on who may read it (7). Anonymous readers get the five alone, and are counted.
fn help_centre(anonymous: Arc<AtomicUsize>, has_silent: bool) -> String {
    let answer = move |request: Request<Body>| {
        let known = request.headers().contains_key("authorization");
        if !known {
            anonymous.fetch_add(1, Ordering::Relaxed);
        }
        let article = |id: usize| json!({"id": id, "draft": false, "title": format!("Question {id}?"), "body": "Yes.", "locale": "en-us", "user_segment_id": null, "user_segment_ids": []});
        let mut articles: Vec<_> = (1..=5).map(article).collect();
        if known {
            let (mut signed_in, mut silent) = (article(6), article(7));
            signed_in["user_segment_id"] = json!(77);
            articles.push(signed_in);
            silent.as_object_mut().unwrap().remove("user_segment_id");
            silent.as_object_mut().unwrap().remove("user_segment_ids");
            articles.extend(has_silent.then_some(silent));
        }
        let by_number = request.uri().query() == Some("per_page=1");
        let body = if by_number {
            json!({"count": articles.len(), "articles": articles[..1]})
        } else {
            assert!(known, "{}", request.uri());
            json!({"articles": articles, "meta": {"has_more": false}})
        };
        async move {
            Response::builder()
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))
                .unwrap()
        }
    };
    serve(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    })
}

fn names(world: &World) -> Vec<String> {
    live(world).into_iter().map(|(name, _)| name).collect()
}

fn zendesk(address: &str, more: &str) -> World {
    let world = World::with(|settings| {
        settings.feed(
            address,
            &[
                "preset = 'zendesk-guide'",
                more,
                "auth = { kind = 'basic', user = 'bot', token = { file = 'kms-password' } }",
            ],
        );
    });
    world.write("kms-password", "right");
    world
}

#[test]
fn what_only_some_may_read_goes_live_only_where_any_is_said() {
    let anonymous = Arc::<AtomicUsize>::default();
    let address = help_centre(anonymous.clone(), true);
    let world = zendesk(&address, "");
    world
        .sync()
        .exits(3)
        .tells(&["`/user_segment_id` or `/user_segment_ids`"]);
    assert_eq!(names(&world), ["1", "2", "3", "4", "5"]);
    assert_eq!(anonymous.load(Ordering::Relaxed), 0, "by a sync");
    let check = world.run(&["check"]).exits(0);
    for part in [
        "only what everybody may read, by `/user_segment_id` and `/user_segment_ids`",
        "the credentials see 2 articles that an anonymous reader does not see",
    ] {
        assert!(check.stdout.contains(part), "{part} in {}", check.stdout);
    }
    assert_eq!(anonymous.load(Ordering::Relaxed), 1, "by a check");

    let world = zendesk(&address, "audience = 'any'");
    world.sync().exits(0);
    assert_eq!(names(&world), ["1", "2", "3", "4", "5", "6", "7"]);
    let check = world.run(&["check"]).exits(0);
    let told = "also what only some readers may see (audience = \"any\"); the credentials see 2";
    assert!(check.stdout.contains(told), "{}", check.stdout);
}

/// What an upgrade that narrows a preset would do, too.
#[test]
fn what_is_no_longer_read_is_removed_only_by_approval() {
    let address = help_centre(Arc::default(), false);
    let world = zendesk(&address, "audience = 'any'");
    world.sync().exits(0);
    assert_eq!(names(&world).len(), 6);
    let file = std::fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(file.contains("audience = 'any'"), "{file}");
    world.write("config.toml", file.replace("audience = 'any'", ""));
    let bot = world.sync().exits(3).bot();
    assert_eq!(
        (&bot["removed"], &bot["held_removals"]),
        (&0.into(), &1.into())
    );
    assert_eq!(names(&world).len(), 6, "one removal alone would be allowed");
    world.run(&["approve"]).exits(0);
    world.sync().exits(0);
    assert_eq!(names(&world), ["1", "2", "3", "4", "5"]);
}

/// Another process, as where a timer runs it, asks for what is listed, and not for each text again.
#[test]
fn the_next_run_asks_for_no_text_again_and_lost_state_is_told() {
    if is_about_files("the_next_run_asks_for_no_text_again_and_lost_state_is_told") {
        return;
    }
    let shelf = Shared::default();
    shelf.lock().unwrap().publish(1..=9);
    let detail = ["detail = { path = '/texts/{item.id}', unchanged = '/title' }"];
    let world = world_with(&shelf, &detail);
    let requests = || std::mem::take(&mut shelf.lock().unwrap().requests);
    world.sync().exits(0);
    let first = requests();
    world.sync().exits(0);
    assert_eq!(requests(), first - 9, "the lists alone");
    shelf.lock().unwrap().articles.get_mut(&4).unwrap().0 = "Question four?".to_owned();
    world.sync().exits(0);
    assert_eq!(requests(), first - 8, "and the one that changed");
    assert_eq!(live(&world), expected(&shelf));
    // What is damaged is not gone by.
    for entry in std::fs::read_dir(world.path("state/feeds")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("Answer 4.", "Answer 5.")).unwrap();
    }
    world.sync().exits(0);
    assert_eq!(requests(), first, "everything");
    assert_eq!(live(&world), expected(&shelf));
    // A bot that has feeds alone leaves traces, too.
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(world.path("state").join(name));
    }
    let run = world.sync().exits(1);
    assert!(
        run.stderr.contains("feeds is of an earlier life"),
        "{}",
        run.stderr
    );
}
