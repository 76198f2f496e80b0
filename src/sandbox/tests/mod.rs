//! The sandbox and the client against each other: over real connections, and in process.

mod answers;
mod conversations;
mod files;
mod http_faults;
mod in_process;
mod strictness;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::faults::Fault;
use super::rules::UploadRule;
use super::server::Sandbox;
use super::settings::SandboxSettings;
use crate::clock::Clock;
use crate::config::{Secret, UploadEffect};
use crate::haptik::{Client, CsvFile, HttpTransport, Transport};

const CLIENT_ID: &str = "acme";
const TOKEN: &str = "a-very-secret-token";
const CSV: &str = "node_name,question,answer\nkb-1,q|r,a<m>b\nkb-2,s,c\n";

fn settings() -> SandboxSettings {
    SandboxSettings {
        token: Some(Secret::new(TOKEN)),
        ..SandboxSettings::new(CLIENT_ID, UploadEffect::Merge)
    }
}

/// Serves a sandbox on a port of its own; the base URL.
async fn serve(sandbox: &Sandbox) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
    format!("http://{address}")
}

fn client(transport: Arc<dyn Transport>, base_url: &str, token: &str) -> Client {
    let token = Arc::new(Secret::new(token));
    let clock = Clock::system();
    Client::new(
        transport,
        base_url.to_owned(),
        CLIENT_ID.to_owned(),
        Some(token),
        clock,
    )
    .unwrap()
}

fn http_client(base_url: &str) -> Client {
    let transport = HttpTransport::new(base_url, Duration::from_secs(5)).unwrap();
    client(Arc::new(transport), base_url, TOKEN)
}

fn csv(text: &str) -> CsvFile {
    CsvFile {
        length: text.len() as u64,
        body: text.to_owned().into(),
    }
}

fn with_fault(fault: Fault) -> UploadRule {
    UploadRule {
        faults: vec![fault],
        ..UploadRule::default()
    }
}
