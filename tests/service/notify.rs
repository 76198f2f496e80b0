//! Messages to a webhook: once for each cause and once when it is over, signed, and kept until they
//! are taken; and the sign of life.

use std::sync::{Arc, Mutex};

use crate::support::{World, edit, faq, serve, until};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use kms_haptik_sync::sandbox::{Fault, FaultKind, On, UploadRule};
use ring::hmac;
use serde_json::Value;

const SECRET: &str = "s3cret-of-the-webhook";

/// Somebody who is told.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    messages: Vec<(Value, String, String)>,
    signs_of_life: usize,
    refuses: bool,
    /// Messages with this in them get this answer.
    refuses_some: Option<(&'static str, u16)>,
    refused: usize,
}

impl Receiver {
    /// Listens, and says where.
    fn open(&self) -> String {
        let router = Router::new()
            .route("/message", post(message))
            .route("/alive", get(alive))
            .with_state(self.clone());
        let (listener, address) = serve(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            (listener, address)
        });
        serve(async {
            tokio::spawn(async { axum::serve(listener, router).await });
        });
        format!("http://{address}")
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.0.lock().unwrap()
    }

    /// What was told so far: event, state and text.
    fn events(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let told = self.told();
        let events = told.messages.iter();
        events
            .map(|(message, _, _)| (text(&message["event"]), text(&message["state"])))
            .collect()
    }
}

async fn message(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let mut told = receiver.told();
    if told.refuses {
        told.refused += 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if let Some((part, status)) = told.refuses_some
        && body.contains(part)
    {
        told.refused += 1;
        return StatusCode::from_u16(status).unwrap();
    }
    let signature = headers.get("kms-haptik-sync-signature");
    let signature = signature.map_or("", |value| value.to_str().unwrap());
    let message = serde_json::from_str(&body).unwrap();
    told.messages.push((message, signature.to_owned(), body));
    StatusCode::NO_CONTENT
}

async fn alive(State(receiver): State<Receiver>) {
    receiver.told().signs_of_life += 1;
}

fn world(receiver: &Receiver, lines: &str) -> World {
    let address = receiver.open();
    let world = World::with(|settings| {
        settings.tables(&format!(
            "[notify]\nurl = '{address}/message'\nalive_url = '{address}/alive'\n{lines}"
        ));
    });
    world.write("webhook", SECRET);
    world
}

fn refuse(world: &World, names: &[&str]) {
    let reason = |name: &&str| ((*name).to_owned(), "the text is not allowed".to_owned());
    world.sandbox.change(UploadRule {
        bad_steps: Some(names.iter().map(reason).collect()),
        ..UploadRule::default()
    });
}

#[track_caller]
fn assert_signed((_, signature, body): &(Value, String, String)) {
    let (time, hex) = signature.split_once(",v1=").unwrap();
    let seconds = time.strip_prefix("t=").unwrap();
    let tag: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::verify(&key, format!("{seconds}.{body}").as_bytes(), &tag).unwrap();
}

fn event(event: &str, state: &str) -> (String, String) {
    (event.to_owned(), state.to_owned())
}

#[test]
fn a_refused_step_is_told_once_and_once_when_it_is_mended() {
    let receiver = Receiver::default();
    let world = world(&receiver, "token = { file = 'webhook' }");
    let mut steps = faq(&["a", "b"]);
    refuse(&world, &["b"]);
    world.export(&steps);
    let daemon = world.daemon();
    until("somebody is told", || !receiver.events().is_empty());

    // More passes with the same cause tell nothing new.
    for answer in ["other", "another"] {
        edit(&mut steps, "a", answer);
        world.export(&steps);
        until("it is live", || {
            world.live().get("a").is_some_and(|step| step.1 == answer)
        });
    }
    assert_eq!(receiver.events(), [event("quarantined", "begun")]);

    refuse(&world, &[]);
    edit(&mut steps, "b", "fixed");
    world.export(&steps);
    until("it is over", || receiver.events().len() == 2);
    assert_eq!(receiver.events()[1], event("quarantined", "over"));
    daemon.stop();

    let told = receiver.told();
    let (first, _, _) = &told.messages[0];
    assert_eq!(first["bot"], "acme_support");
    let text = first["text"].as_str().unwrap();
    assert!(
        text.contains("\"b\" (it is not live; Haptik says: "),
        "{text}"
    );
    assert!(text.contains("the text is not allowed"), "{text}");
    told.messages.iter().for_each(assert_signed);
    assert!(told.signs_of_life > 0);
}

#[test]
fn a_message_that_nobody_took_goes_again_after_a_kill() {
    let receiver = Receiver::default();
    receiver.told().refuses = true;
    let world = world(&receiver, "");
    refuse(&world, &["b"]);
    world.export(&faq(&["a", "b"]));
    let daemon = world.daemon();
    until("it was tried", || receiver.told().refused > 0);
    daemon.kill();

    receiver.told().refuses = false;
    let daemon = world.daemon();
    until("it is taken", || !receiver.events().is_empty());
    daemon.stop();
    assert_eq!(receiver.events(), [event("quarantined", "begun")]);
    assert_eq!(receiver.told().messages[0].0["id"], 1);
}

#[test]
fn what_is_no_matter_of_the_token_does_not_blame_it() {
    let receiver = Receiver::default();
    let world = world(&receiver, "");
    world.export(&faq(&["a"]));
    world.fault(Fault {
        code: Some(404),
        times: 1,
        ..Fault::new(On::Submit, FaultKind::StatusCode)
    });
    world.sync().exits(1);
    // It is a failure like others, of which nobody hears before it has lasted.
    assert_eq!(receiver.events(), []);
}

#[test]
fn without_a_daemon_sync_now_tells_and_a_failure_gives_no_sign_of_life() {
    let receiver = Receiver::default();
    let world = world(&receiver, "");
    world.export(&faq(&["a"]));
    world.fault(Fault {
        code: Some(401),
        times: 1,
        ..Fault::new(On::Submit, FaultKind::StatusCode)
    });
    world.sync().exits(1);
    assert_eq!(receiver.events(), [event("credential_refused", "begun")]);
    assert_eq!(receiver.told().signs_of_life, 0);

    world.sync().exits(0);
    assert_eq!(
        receiver.events()[1..],
        [event("credential_refused", "over")]
    );
    assert_eq!(receiver.told().signs_of_life, 1);
    let told = receiver.told();
    let text = told.messages[1].0["text"].as_str().unwrap();
    assert!(text.contains("takes the credentials again"), "{text}");
}

#[test]
fn a_message_that_is_refused_for_good_holds_up_no_other() {
    for status in [400, 404, 410, 413] {
        let receiver = Receiver::default();
        let world = world(&receiver, "token = { file = 'webhook' }");
        receiver.told().refuses_some = Some(("begun", status));
        let mut steps = faq(&["a", "b"]);
        refuse(&world, &["b"]);
        world.export(&steps);
        let daemon = world.daemon();
        until("it is refused", || receiver.told().refused > 0);

        refuse(&world, &[]);
        edit(&mut steps, "b", "fixed");
        world.export(&steps);
        until("the next one is taken", || !receiver.events().is_empty());
        assert_eq!(receiver.events(), [event("quarantined", "over")]);
        until("the first one is given up", || {
            daemon.stderr().contains("refuses this one for good")
        });
        daemon.stop();
    }
}
