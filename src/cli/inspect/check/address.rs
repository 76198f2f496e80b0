//! Whether the host of Haptik can be found and takes connections. Nothing is sent.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::Url;

use crate::haptik::is_loopback;

/// Long enough for a slow network, short enough for a person who waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// A variable in both spellings. As HTTP clients have it, the first one that is set counts.
type Spellings = [&'static str; 2];

const HTTP: Spellings = ["HTTP_PROXY", "http_proxy"];
const HTTPS: Spellings = ["HTTPS_PROXY", "https_proxy"];
const ALL: Spellings = ["ALL_PROXY", "all_proxy"];
const NONE: Spellings = ["NO_PROXY", "no_proxy"];

/// Where Haptik is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// The name, or the address, of the host.
    pub(crate) name: String,
    pub(crate) port: u16,
    /// Whether `base_url` begins with https.
    pub(crate) secure: bool,
    /// Whether it is this machine.
    pub(crate) here: bool,
    /// The variable that names the proxy through which calls go.
    pub(crate) proxy: Option<&'static str>,
}

impl Host {
    /// That of a `base_url`, with the proxies of this process.
    pub(crate) fn of(base_url: &str) -> Option<Self> {
        let url = Url::parse(base_url).ok()?;
        let here = is_loopback(base_url);
        Some(Self {
            name: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
            secure: url.scheme() == "https",
            here,
            // What runs on this machine is never reached through one.
            proxy: if here {
                None
            } else {
                proxy(&url, |name| std::env::var(name).ok())
            },
        })
    }

    /// The name as a resolver takes it.
    fn bare(&self) -> &str {
        self.name.trim_matches(['[', ']'])
    }

    /// Whether the name is an address already.
    pub(crate) fn is_address(&self) -> bool {
        self.bare().parse::<IpAddr>().is_ok()
    }
}

/// The variable that names the proxy for calls to `url`.
fn proxy(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let set = |spellings: Spellings| {
        let mut spellings = spellings.into_iter();
        spellings.find_map(|name| Some((name, variable(name)?)))
    };
    let host = url.host_str()?;
    if set(NONE).is_some_and(|(_, list)| is_excepted(host, &list)) {
        return None;
    }
    let of_scheme = if url.scheme() == "http" { HTTP } else { HTTPS };
    [of_scheme, ALL]
        .into_iter()
        .filter_map(set)
        .find(|(_, value)| !value.is_empty())
        .map(|(name, _)| name)
}

/// Whether `NO_PROXY` names a host, a domain above it, or all of them. Addresses are only named one
/// by one.
fn is_excepted(host: &str, list: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let mut entries = list
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    if let Ok(address) = host.parse::<IpAddr>() {
        return entries.any(|entry| entry.parse() == Ok(address));
    }
    entries.any(|entry| {
        let domain = entry.trim_start_matches('.').to_ascii_lowercase();
        let before = host.strip_suffix(&domain);
        entry == "*" || before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// What stands in the way, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) evidence: String,
    pub(crate) remedy: &'static str,
}

impl Obstacle {
    pub(crate) fn new(evidence: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            evidence: evidence.into(),
            remedy,
        }
    }
}

/// The addresses of the host.
pub(crate) async fn find(host: &Host) -> Result<Vec<SocketAddr>, Obstacle> {
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
pub(crate) async fn connect(host: &Host, addresses: &[SocketAddr]) -> Result<SocketAddr, Obstacle> {
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

    #[test]
    fn the_variables_for_this_scheme_and_host_count() {
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: &[Case<'_>] = &[
            ("https", &[], None),
            ("https", &[("HTTPS_PROXY", "p")], Some("HTTPS_PROXY")),
            ("https", &[("https_proxy", "p")], Some("https_proxy")),
            ("https", &[("HTTP_PROXY", "p")], None),
            ("http", &[("HTTPS_PROXY", "p")], None),
            ("http", &[("HTTP_PROXY", "p")], Some("HTTP_PROXY")),
            ("http", &[("http_proxy", "p")], Some("http_proxy")),
            ("http", &[("all_proxy", "p")], Some("all_proxy")),
            (
                "https",
                &[("HTTPS_PROXY", ""), ("ALL_PROXY", "p")],
                Some("ALL_PROXY"),
            ),
            ("https", &[("ALL_PROXY", "p"), ("NO_PROXY", "*")], None),
            (
                "https",
                &[("ALL_PROXY", "p"), ("no_proxy", "a, .Acme.com")],
                None,
            ),
            (
                "https",
                &[("ALL_PROXY", "p"), ("NO_PROXY", ""), ("no_proxy", "*")],
                Some("ALL_PROXY"),
            ),
        ];
        for (scheme, variables, expected) in cases {
            let url = Url::parse(&format!("{scheme}://haptik.acme.com")).unwrap();
            let variable = |name: &str| {
                let mut variables = variables.iter();
                let found = variables.find(|(known, _)| *known == name)?;
                Some(found.1.to_owned())
            };
            assert_eq!(proxy(&url, variable), *expected, "{scheme} {variables:?}");
        }
    }

    #[test]
    fn exceptions_from_the_proxy() {
        for (list, expected) in [
            ("haptik.acme.com", true),
            ("other, HAPTIK.acme.COM", true),
            ("acme.com", true),
            (".acme.com", true),
            ("*", true),
            ("", false),
            (" , ", false),
            ("tik.acme.com", false),
            ("x.haptik.acme.com", false),
            ("acme", false),
        ] {
            assert_eq!(is_excepted("haptik.acme.com", list), expected, "{list}");
        }
        for (list, expected) in [("a, ::1", true), ("*", false), ("::2", false)] {
            assert_eq!(is_excepted("[::1]", list), expected, "{list}");
        }
        assert!(!is_excepted("192.0.2.7", "2.7"));
    }
}
