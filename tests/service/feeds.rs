//! A knowledge base over HTTP: the bot holds exactly what it publishes, or what it held before.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{World, serve};

/// What the knowledge base holds, and what is wrong with it.
#[derive(Default)]
struct Shelf {
    /// Question, answer and state, by id.
    articles: BTreeMap<usize, (String, String, &'static str)>,
    /// The page from which on it answers 500.
    broken_from: Option<usize>,
}

type Shared = Arc<Mutex<Shelf>>;

/// Serves two articles on a page; drafts too, but only to who knows the password.
fn knowledge_base(shelf: Shared) -> String {
    let answer = move |request: Request<Body>| {
        let (status, body) = answered(&shelf.lock().unwrap(), &request);
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

fn answered(shelf: &Shelf, request: &Request<Body>) -> (u16, serde_json::Value) {
    // printf 'bot:right' | base64
    let known = request.headers().get("authorization");
    let known = known.is_some_and(|value| value == "Basic Ym90OnJpZ2h0");
    if request.uri().path() == "/me" {
        return (if known { 200 } else { 401 }, json!({}));
    }
    let query = request.uri().query().unwrap_or_default();
    let page: usize = query.strip_prefix("page=").unwrap().parse().unwrap();
    if shelf.broken_from.is_some_and(|from| page >= from) {
        return (500, json!({}));
    }
    let articles: Vec<_> = shelf
        .articles
        .iter()
        .filter(|(_, (_, _, state))| known || *state == "public")
        .map(|(id, (question, answer, state))| json!({"id": id, "title": question, "body": answer, "state": state}))
        .collect();
    let found: Vec<_> = articles.iter().skip((page - 1) * 2).take(2).collect();
    (200, json!({"items": found, "total": articles.len()}))
}

fn world(shelf: &Shared) -> World {
    let address = knowledge_base(shelf.clone());
    let world = World::with(|settings| {
        settings.feed(
            &address,
            &[
                "path = '/articles'",
                "items = '/items'",
                "keep = { '/state' = ['public', 'internal'] }",
                "paging = { mode = 'page', total = '/total' }",
                "auth_check = '/me'",
                "auth = { kind = 'basic', user = 'bot', token = { file = 'kms-password' } }",
                "max_wait = '0s'",
            ],
        );
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
    in_step("mended");
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
