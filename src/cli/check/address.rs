//! Whether the host of Haptik can be found and takes connections. Nothing is sent.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::Url;

use crate::haptik::is_loopback;

/// Long enough for a slow network, short enough for a person who waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// The variables that name a proxy, as HTTP clients read them.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Where Haptik is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// The name, or the address, of the host.
    pub(super) name: String,
    pub(super) port: u16,
    /// Whether `base_url` begins with https.
    pub(super) secure: bool,
    /// Whether it is this machine.
    pub(super) here: bool,
    /// The variable that names the proxy through which calls go.
    pub(super) proxy: Option<&'static str>,
}

impl Host {
    /// That of a `base_url`, with the proxies of this process.
    pub(super) fn of(base_url: &str) -> Option<Self> {
        let url = Url::parse(base_url).ok()?;
        let here = is_loopback(base_url);
        Some(Self {
            name: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
            secure: url.scheme() == "https",
            here,
            // What runs on this machine is never reached through one.
            proxy: if here { None } else { proxy() },
        })
    }

    /// The name as a resolver takes it.
    fn bare(&self) -> &str {
        self.name.trim_matches(['[', ']'])
    }

    /// Whether the name is an address already.
    pub(super) fn is_address(&self) -> bool {
        self.bare().parse::<IpAddr>().is_ok()
    }
}

fn proxy() -> Option<&'static str> {
    PROXIES
        .into_iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// What stands in the way, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obstacle {
    pub(super) evidence: String,
    pub(super) remedy: &'static str,
}

impl Obstacle {
    pub(super) fn new(evidence: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            evidence: evidence.into(),
            remedy,
        }
    }
}

/// The addresses of the host.
pub(super) async fn find(host: &Host) -> Result<Vec<SocketAddr>, Obstacle> {
    let name = &host.name;
    let looking = tokio::net::lookup_host((host.bare(), host.port));
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(addresses)) => Ok(addresses.collect()),
        Ok(Err(error)) => Err(Obstacle::new(
            format!("{name} cannot be found: {error}"),
            "see that base_url is spelled right and that this machine can look up names (DNS)",
        )),
        Err(_) => Err(Obstacle::new(
            format!("looking up {name} took more than {} s", PATIENCE.as_secs()),
            "see that the name server of this machine works",
        )),
    }
}

/// The first of the addresses that takes a connection.
pub(super) async fn connect(host: &Host, addresses: &[SocketAddr]) -> Result<SocketAddr, Obstacle> {
    let name = &host.name;
    let connecting = async {
        let mut causes = Vec::new();
        for address in addresses {
            match tokio::net::TcpStream::connect(address).await {
                Ok(_) => return Ok(*address),
                Err(error) => causes.push(format!("{address}: {error}")),
            }
        }
        Err(causes.join("; "))
    };
    let remedy = "see that this machine may go out to it (firewall, VPN, proxy) and that it is up";
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(address)) => Ok(address),
        Ok(Err(causes)) => Err(Obstacle::new(
            format!("{name} takes no connection ({causes})"),
            remedy,
        )),
        Err(_) => Err(Obstacle::new(
            format!("{name} did not answer within {} s", PATIENCE.as_secs()),
            remedy,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_host_that_listens_is_reached_and_one_that_does_not_is_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = listener.local_addr().unwrap();
        let host = Host::of(&format!("http://{there}")).unwrap();
        assert!(host.here && host.is_address() && !host.secure);
        let addresses = find(&host).await.unwrap();
        assert_eq!(connect(&host, &addresses).await, Ok(there));
        drop(listener);
        let obstacle = connect(&host, &addresses).await.unwrap_err();
        let evidence = obstacle.evidence;
        assert!(
            evidence.starts_with("127.0.0.1 takes no connection"),
            "{evidence}"
        );
    }

    #[test]
    fn hosts_are_read_from_base_urls() {
        let host = Host::of("https://[::1]/api").unwrap();
        assert_eq!((host.bare(), host.port), ("::1", 443));
        assert!(host.secure && host.here && host.is_address());
        let host = Host::of("http://haptik.invalid:8080").unwrap();
        assert_eq!((&*host.name, host.port), ("haptik.invalid", 8080));
        assert!(!host.secure && !host.here && !host.is_address());
    }
}
