//! A feed is read page by page: what is held depends on the size of its pages and not on their number.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{World, serve};

const ON_PAGE: usize = 100;
const ANSWER_BYTES: usize = 6000;
const PAGES: usize = 60;

/// Articles that wait in memory until all of them were read, and then what the steps say, have 8 MiB
/// each. All pages together have 36 MB.
const MORE_KIB: u64 = 20 << 10;

fn knowledge_base() -> String {
    let answer = |request: Request<Body>| async move {
        let path = request.uri().path().trim_matches('/').to_owned();
        let pages: usize = path.parse().unwrap();
        let query = request.uri().query().unwrap();
        let number: usize = query.strip_prefix("page=").unwrap().parse().unwrap();
        let text = "So. ".repeat(ANSWER_BYTES / 4);
        let first = (number - 1) * ON_PAGE;
        let items: Vec<_> = (first..first + ON_PAGE)
            .map(|id| json!({"id": id, "title": format!("How {id}?"), "body": text}))
            .collect();
        let body = json!({"items": items, "total": pages * ON_PAGE});
        Response::builder()
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    };
    serve(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    })
}

#[test]
fn what_is_held_depends_on_the_pages_and_not_on_their_number() {
    let address = knowledge_base();
    let peak = |pages: usize| {
        let world = World::with(|settings| {
            settings.feed(
                &format!("{address}/{pages}"),
                &[
                    "items = '/items'",
                    "body = 'text'",
                    "paging = { mode = 'page', total = '/total' }",
                ],
            );
        });
        let run = world.run(&["plan", "--json"]).exits(0);
        let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let added = plan["bots"][0]["add"].as_array().unwrap().len();
        assert_eq!(added, pages * ON_PAGE);
        run.peak_kib
    };
    let (few, many) = (peak(PAGES / 10), peak(PAGES));
    assert!(
        many < few + MORE_KIB,
        "{PAGES} pages took {many} KiB, and a tenth of them {few} KiB"
    );
}
