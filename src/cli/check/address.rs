//! Whether the address of Haptik resolves and answers to a connection. Nothing is sent.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::Url;

use super::{Check, Verdict};
use crate::config::BaseUrl;

/// Long enough for a slow network, short enough for a person who waits.
const PATIENCE: Duration = Duration::from_secs(5);
const NAME: &str = "address";
/// The variables that name a proxy, as HTTP clients read them.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

pub(super) async fn address(base_url: &BaseUrl) -> Check {
    let url = match base_url {
        BaseUrl::Sandbox => return Check::ok(NAME, "the sandbox in the state folder"),
        BaseUrl::Url(url) => url,
    };
    let target = Url::parse(url)
        .ok()
        .and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)));
    let Some((host, port)) = target else {
        return Check::found(
            NAME,
            Verdict::Wrong,
            format!("{url} names no host"),
            "write base_url as Haptik gave it to you",
        );
    };
    match reach(&host, port).await {
        Ok(peer) => Check::ok(NAME, format!("{host} answers at {peer}")),
        Err((evidence, remedy)) => match proxy().filter(|_| !is_loopback(&host)) {
            Some(variable) => Check::found(
                NAME,
                Verdict::Warning,
                format!("{evidence}, but {variable} names a proxy, which the service uses"),
                "if syncs fail too, ask who runs the proxy to let this host through",
            ),
            None => Check::found(NAME, Verdict::Wrong, evidence, remedy),
        },
    }
}

fn proxy() -> Option<&'static str> {
    PROXIES
        .into_iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// What runs on this machine is never reached through a proxy.
fn is_loopback(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The first address of the host that takes a connection, or what is wrong and what to do.
async fn reach(host: &str, port: u16) -> Result<SocketAddr, (String, &'static str)> {
    let bare = host.trim_matches(['[', ']']);
    let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((bare, port))).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            return Err((
                format!("{host} cannot be found: {error}"),
                "see that base_url is spelled right and that this machine can look up names (DNS)",
            ));
        }
        Err(_) => {
            return Err((
                format!("looking up {host} took more than {} s", PATIENCE.as_secs()),
                "see that the name server of this machine works",
            ));
        }
    };
    let connecting = async {
        let mut causes = Vec::new();
        for address in addresses {
            match tokio::net::TcpStream::connect(address).await {
                Ok(_) => return Ok(address),
                Err(error) => causes.push(format!("{address}: {error}")),
            }
        }
        Err(causes.join("; "))
    };
    let remedy = "see that this machine may go out to it (firewall, VPN, proxy) and that it is up";
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(address)) => Ok(address),
        Ok(Err(causes)) => Err((format!("{host} takes no connection ({causes})"), remedy)),
        Err(_) => Err((
            format!("{host} did not answer within {} s", PATIENCE.as_secs()),
            remedy,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_host_that_listens_is_ok_and_one_that_does_not_is_wrong() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = listener.local_addr().unwrap();
        let answered = reach("127.0.0.1", there.port()).await;
        assert_eq!(answered, Ok(there));
        drop(listener);
        let (evidence, _) = reach("127.0.0.1", there.port()).await.unwrap_err();
        assert!(
            evidence.starts_with("127.0.0.1 takes no connection"),
            "{evidence}"
        );
    }
}
