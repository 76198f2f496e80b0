//! Every way in which a feed knows us.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::{Value, json};

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

/// Reads a feed whose token endpoint keeps what was asked of it.
async fn asked_for_a_token(kms: &Kms, auth: &str) -> std::collections::HashMap<String, String> {
    let auth = format!(
        "auth = {{ kind = \"oauth2\", token_url = \"HERE/token\", client_id = \"sync\", {auth} }}"
    );
    let outcome = kms.read(&auth).await.unwrap();
    assert_eq!(outcome.ids(), ["1"]);
    let calls = kms.calls();
    let call = calls.iter().find(|call| call.path == "/token").unwrap();
    let url = reqwest::Url::parse(&format!("http://x/?{}", call.body)).unwrap();
    url.query_pairs().into_owned().collect()
}

async fn granting() -> Kms {
    Kms::start(|call, _| match call.path.as_str() {
        "/token" => page(&json!({"access_token": "granted"})),
        _ if call.header("authorization") == "Zoho-oauthtoken granted" => page(&items([1])),
        _ if call.header("authorization") == "Bearer granted" => page(&items([1])),
        _ => status(401, &[]),
    })
    .await
}

#[tokio::test]
async fn a_refresh_token_is_sent_beside_the_client_secret() {
    let kms = granting().await;
    let auth = "grant = \"refresh_token\", scheme = \"Zoho-oauthtoken\", token = TOKEN, refresh_token = TOKEN";
    let asked = asked_for_a_token(&kms, auth).await;
    assert_eq!(asked["grant_type"], "refresh_token");
    assert_eq!(
        (&*asked["refresh_token"], &*asked["client_secret"]),
        (TOKEN, TOKEN)
    );
    assert_eq!(
        kms.calls()[1].header("authorization"),
        "Zoho-oauthtoken granted"
    );
}

/// The claims of an assertion, whose signature was seen to be good.
fn claims(token: &str, key: &rcgen::KeyPair, algorithm: &str) -> (Value, Value) {
    let (text, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let public = key.public_key_raw();
    let by: &'static dyn VerificationAlgorithm = match algorithm {
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "ES256" => &ECDSA_P256_SHA256_FIXED,
        other => panic!("{other}"),
    };
    let verified = UnparsedPublicKey::new(by, public).verify(text.as_bytes(), &signature);
    verified.unwrap();
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let (header, body) = text.split_once('.').unwrap();
    (part(header), part(body))
}

/// Of nobody: it was made for this test.
const RSA_KEY: &str = include_str!("rsa-key.pem");

#[tokio::test]
async fn assertions_are_signed_with_a_private_key() {
    let keys = [
        (
            rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
            "ES256",
        ),
        (rcgen::KeyPair::from_pem(RSA_KEY).unwrap(), "RS256"),
    ];
    for (key, algorithm) in &keys {
        let kms = granting().await;
        std::fs::write(kms.folder.path().join("token"), key.serialize_pem()).unwrap();
        let auth = "grant = \"jwt_bearer\", user = \"kb@acme.com\", audience = \"https://login.salesforce.com\", token = TOKEN";
        let asked = asked_for_a_token(&kms, auth).await;
        assert_eq!(
            asked["grant_type"],
            "urn:ietf:params:oauth:grant-type:jwt-bearer"
        );
        let (header, claims_of) = claims(&asked["assertion"], key, algorithm);
        assert_eq!(
            (header["alg"].as_str(), header.get("kid")),
            (Some(*algorithm), None)
        );
        assert_eq!(
            (claims_of["iss"].as_str(), claims_of["sub"].as_str()),
            (Some("sync"), Some("kb@acme.com"))
        );
        assert_eq!(claims_of["aud"], "https://login.salesforce.com");
        let good_for = claims_of["exp"].as_i64().unwrap() - claims_of["iat"].as_i64().unwrap();
        assert!((60..=300).contains(&good_for), "{good_for}");

        let kms = granting().await;
        std::fs::write(kms.folder.path().join("token"), key.serialize_pem()).unwrap();
        let auth = "grant = \"private_key_jwt\", key_id = \"k1\", scope = \"kb\", token = TOKEN";
        let asked = asked_for_a_token(&kms, auth).await;
        assert_eq!(
            (&*asked["grant_type"], &*asked["scope"]),
            ("client_credentials", "kb")
        );
        assert!(!asked.contains_key("client_secret"));
        let (header, claims_of) = claims(&asked["client_assertion"], key, algorithm);
        assert_eq!(
            (&header["kid"], &claims_of["sub"]),
            (&json!("k1"), &json!("sync"))
        );
        assert_eq!(claims_of["aud"], format!("{}/token", kms.address));
    }
}

/// Where a key is known by its certificate (Microsoft Entra, AD FS), its thumbprint goes with the assertion.
#[tokio::test]
async fn the_thumbprint_of_a_certificate_names_the_key() {
    let keys = [
        rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
        rcgen::KeyPair::from_pem(RSA_KEY).unwrap(),
    ];
    let cases = [
        (0, "", "ES256", "x5t#S256", &SHA256),
        (1, "", "PS256", "x5t#S256", &SHA256),
        (
            1,
            ", thumbprint = \"x5t\"",
            "RS256",
            "x5t",
            &SHA1_FOR_LEGACY_USE_ONLY,
        ),
    ];
    for (key, more, algorithm, name, hash) in cases {
        let key = &keys[key];
        let kms = granting().await;
        let folder = kms.folder.path();
        let params = rcgen::CertificateParams::new(["acme.test".to_owned()]).unwrap();
        let certificate = params.self_signed(key).unwrap();
        std::fs::write(folder.join("token"), key.serialize_pem()).unwrap();
        std::fs::write(folder.join("crt"), certificate.pem()).unwrap();
        let file = folder.join("crt");
        let auth =
            format!("grant = \"private_key_jwt\", token = TOKEN, certificate = {file:?}{more}");
        let asked = asked_for_a_token(&kms, &auth).await;
        let (header, claims_of) = claims(&asked["client_assertion"], key, algorithm);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(hash, certificate.der()));
        assert_eq!(header[name], thumbprint);
        let names: Vec<&String> = header.as_object().unwrap().keys().collect();
        assert_eq!(names, ["alg", "typ", name], "nothing else");
        assert_eq!(header["alg"], algorithm);
        assert_eq!(claims_of["nbf"], claims_of["iat"]);
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_told_and_nothing_sent() {
    let kms = granting().await;
    let file = kms.folder.path().join("token");
    let key = rcgen::KeyPair::from_pem(RSA_KEY).unwrap();
    std::fs::write(&file, key.serialize_pem()).unwrap();
    for (file, told) in [
        (file.as_path(), "holds no certificate in PEM"),
        ("/nowhere/kms.crt".as_ref(), "cannot be read"),
    ] {
        let auth = format!(
            "auth = {{ kind = \"oauth2\", token_url = \"HERE/token\", client_id = \"sync\", grant = \"private_key_jwt\", token = TOKEN, certificate = {file:?} }}"
        );
        let error = kms.read(&auth).await.unwrap_err();
        assert!(error.contains(told), "{error}");
        assert!(error.contains("`certificate`"), "{error}");
    }
    assert_eq!(kms.calls().len(), 0);
}

#[tokio::test]
async fn what_is_no_private_key_is_told_and_not_sent() {
    let kms = granting().await;
    let auth = "auth = { kind = \"oauth2\", token_url = \"HERE/token\", client_id = \"sync\", grant = \"jwt_bearer\", token = TOKEN }";
    let error = kms.read(auth).await.unwrap_err();
    assert!(error.contains("no private key in PEM"), "{error}");
    assert_eq!(kms.calls().len(), 0);
}
