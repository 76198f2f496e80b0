//! Every way in which a feed knows us.

use serde_json::json;

use super::{Call, Kms, TOKEN, items, page, status};

/// Reads a feed of two pages that only answers to calls that this accepts.
async fn known_by(auth: &str, accepts: fn(&Call) -> bool) {
    let answer = move |call: &Call, _: &str| {
        if !accepts(call) {
            return status(401, &[]);
        }
        match call.asks("p") {
            None => page(&json!({"data": items([1]), "next": "/x?p=2"})),
            Some(_) => page(&json!({"data": items([2])})),
        }
    };
    let kms = Kms::start(answer).await;
    let settings = "items = \"/data\"\npaging = { mode = \"next_url\", next = \"/next\" }\n";
    let outcome = kms.read(&format!("{settings}auth = {auth}")).await.unwrap();
    assert_eq!(outcome.ids(), ["1", "2"], "{auth}");
    let error = kms.read(settings).await.unwrap_err();
    assert!(error.contains("401"), "{error}");
}

#[tokio::test]
async fn fixed_credentials() {
    known_by(
        "{ kind = \"basic\", user = \"a@b/token\", token = TOKEN }",
        // printf 'a@b/token:s3cr3t-t0ken' | base64
        |call| call.header("authorization") == "Basic YUBiL3Rva2VuOnMzY3IzdC10MGtlbg==",
    )
    .await;
    known_by("{ kind = \"bearer\", token = TOKEN }", |call| {
        call.header("authorization") == format!("Bearer {TOKEN}")
    })
    .await;
    known_by(
        "{ kind = \"header\", name = \"api_token\", token = TOKEN }",
        |call| call.header("api_token") == TOKEN,
    )
    .await;
    known_by(
        "{ kind = \"query\", name = \"key\", token = TOKEN }",
        |call| call.asks("key") == Some(TOKEN),
    )
    .await;
}

const OAUTH2: &str = "paging = { mode = \"page\" }\nauth = { kind = \"oauth2\", token_url = \"HERE/token\", client_id = \"sync\", scope = \"kb read\", token = TOKEN }";

/// Grants tokens, each of which is good for so many pages and said to be good for so long.
async fn oauth2(good_for: usize, expires_in: u64) -> Kms {
    let granted = std::sync::Mutex::new((0, 0));
    Kms::start(move |call, _| {
        let mut granted = granted.lock().unwrap();
        if call.path == "/token" {
            let form = format!(
                "grant_type=client_credentials&client_id=sync&client_secret={TOKEN}&scope=kb+read"
            );
            assert_eq!(call.body, form);
            *granted = (granted.0 + 1, good_for);
            let token = format!("access-{}", granted.0);
            return page(&json!({"access_token": token, "expires_in": expires_in}));
        }
        let bearer = format!("Bearer access-{}", granted.0);
        if granted.1 == 0 || call.header("authorization") != bearer {
            return status(401, &[]);
        }
        granted.1 -= 1;
        let at = call.number_in("page");
        page(&if at < 4 { items([at]) } else { items([]) })
    })
    .await
}

fn tokens(kms: &Kms) -> usize {
    let calls = kms.calls();
    calls.iter().filter(|call| call.path == "/token").count()
}

#[tokio::test]
async fn access_tokens_are_fetched_and_refreshed() {
    for (good_for, expires_in, fetched) in [(9, 3600, 1), (2, 3600, 2), (9, 0, 4), (1, 3600, 4)] {
        let kms = oauth2(good_for, expires_in).await;
        let outcome = kms.read(OAUTH2).await.unwrap();
        assert_eq!(outcome.ids(), ["1", "2", "3"]);
        assert_eq!(tokens(&kms), fetched, "good for {good_for} pages");
    }
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_end() {
    let kms = oauth2(0, 3600).await;
    let error = kms.read(OAUTH2).await.unwrap_err();
    assert!(error.contains("401"), "{error}");
    assert_eq!(tokens(&kms), 2);
    let kms = Kms::start(|_, _| page(&json!({"hint": TOKEN}))).await;
    let error = kms.read(OAUTH2).await.unwrap_err();
    assert!(error.contains("no access token can be had from"), "{error}");
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_told_apart() {
    let kms = Kms::start(|_, _| page(&items([1]))).await;
    let settings = "auth = { kind = \"bearer\", token = { file = \"/nowhere/token\" } }";
    let error = kms.read(settings).await.unwrap_err();
    assert!(error.contains("/nowhere/token does not exist"), "{error}");
    assert_eq!(kms.calls().len(), 0);
}
