//! Slows down who guesses tokens: after a few wrong ones, their address is refused for the rest of
//! the minute, whatever it sends. Who has signed in is not asked again and goes on.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wrong tokens from one address within a window, before it is refused.
const ALLOWED: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered; the oldest goes first.
const ADDRESSES: usize = 1024;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Peer {
    /// An address; of IPv6 the network, since a host has as many addresses there as it likes.
    Address(IpAddr),
    /// The socket in the file system.
    Socket,
}

impl Peer {
    pub(super) fn of(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address @ IpAddr::V6(_)) => write!(f, "{address}/64"),
            Self::Address(address) => address.fmt(f),
            Self::Socket => f.write_str("the socket"),
        }
    }
}

/// Wrong tokens of late.
#[derive(Debug)]
pub(super) struct Guesses {
    /// Which listener they were sent to.
    listener: &'static str,
    windows: Mutex<HashMap<Peer, GuessWindow>>,
}

#[derive(Debug)]
struct GuessWindow {
    began: Instant,
    wrong: u32,
}

impl Guesses {
    pub(super) fn of(listener: &'static str) -> Self {
        Self {
            listener,
            windows: Mutex::default(),
        }
    }

    /// Whether tokens from there are not even looked at.
    pub(super) fn refuses(&self, peer: Peer, now: Instant) -> bool {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| now.duration_since(window.began) < WINDOW);
        windows
            .get(&peer)
            .is_some_and(|window| window.wrong >= ALLOWED)
    }

    /// Counts a wrong token, and tells of the first of a minute and of the one that is too many.
    pub(super) fn wrong(&self, peer: Peer, now: Instant) {
        let listener = self.listener;
        match self.count(peer, now) {
            1 => tracing::warn!("a wrong token was sent to the {listener} listener from {peer}"),
            ALLOWED => tracing::warn!(
                "{ALLOWED} wrong tokens were sent to the {listener} listener from {peer} within a minute; \
                 until that is over, it refuses every token from there. If you do not know who that is, \
                 close the port to it"
            ),
            _ => {}
        }
    }

    fn count(&self, peer: Peer, now: Instant) -> u32 {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ADDRESSES && !windows.contains_key(&peer) {
            let oldest = windows.iter().min_by_key(|(_, window)| window.began);
            let oldest = oldest.map(|(peer, _)| *peer);
            oldest.and_then(|oldest| windows.remove(&oldest));
        }
        let window = windows.entry(peer).or_insert(GuessWindow {
            began: now,
            wrong: 0,
        });
        window.wrong += 1;
        window.wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::of(address.parse().unwrap())
    }

    #[test]
    fn who_guesses_is_refused_until_the_minute_is_over() {
        let (guesses, start) = (Guesses::of("admin"), Instant::now());
        for second in 0..10 {
            let now = start + Duration::from_secs(second);
            assert!(!guesses.refuses(peer("10.0.0.7"), now));
            guesses.wrong(peer("10.0.0.7"), now);
        }
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!(guesses.refuses(peer("10.0.0.7"), after(59)));
        assert!(guesses.refuses(peer("::ffff:10.0.0.7"), after(59)));
        assert!(!guesses.refuses(peer("10.0.0.8"), after(59)));
        assert!(!guesses.refuses(peer("10.0.0.7"), after(60)));
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        assert_eq!(peer("2001:db8:1:2::3"), peer("2001:db8:1:2:ffff::9"));
        assert_ne!(peer("2001:db8:1:2::3"), peer("2001:db8:1:3::3"));
        assert_eq!(peer("2001:db8:1:2::3").to_string(), "2001:db8:1:2::/64");
    }

    #[test]
    fn the_addresses_that_are_remembered_are_bounded() {
        let (guesses, now) = (Guesses::of("admin"), Instant::now());
        for number in 0..u32::try_from(ADDRESSES).unwrap() * 2 {
            guesses.count(Peer::of(IpAddr::V4(number.into())), now);
        }
        assert_eq!(guesses.windows.lock().unwrap().len(), ADDRESSES);
    }
}
