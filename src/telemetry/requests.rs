//! Counts the requests that go out, how they end and how long they take, for `/metrics`. Clients are made in many
//! places and live as long as one sweep or one call, so the counts are those of the process.

use std::sync::LazyLock;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::clock::{Instant, instant};

/// Seconds until an answer: from a machine nearby to the longest `request_timeout` that makes sense.
const SECONDS: [f64; 12] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Haptik among the targets; a feed is called by its host.
pub(crate) const HAPTIK: &str = "haptik";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    target: String,
    call: &'static str,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTarget {
    target: String,
}

struct Requests {
    total: Family<OfRequest, Counter>,
    duration: Family<OfTarget, Histogram>,
}

static REQUESTS: LazyLock<Requests> = LazyLock::new(|| {
    let requests = Requests {
        total: Family::default(),
        duration: Family::new_with_constructor(|| Histogram::new(SECONDS)),
    };
    // At zero, rather than nowhere, before the first one.
    let target = HAPTIK.to_owned();
    let (call, code) = ("submit", "200".to_owned());
    let _ = requests.duration.get_or_create(&OfTarget {
        target: target.clone(),
    });
    let _ = requests
        .total
        .get_or_create(&OfRequest { target, call, code });
    requests
});

/// A request that is under way. One that is let go of before it has ended is not counted.
pub(crate) struct RequestTimer {
    target: String,
    call: &'static str,
    began: Instant,
}

impl RequestTimer {
    /// A request goes out.
    pub(crate) fn begin(target: &str, call: &'static str) -> Self {
        Self {
            target: target.to_owned(),
            call,
            began: instant(),
        }
    }

    /// It has ended with this status, or with a word for why no answer came.
    pub(crate) fn ended(self, code: &str) {
        let Self {
            target,
            call,
            began,
        } = self;
        let duration = OfTarget {
            target: target.clone(),
        };
        let seconds = began.elapsed().as_secs_f64();
        REQUESTS.duration.get_or_create(&duration).observe(seconds);
        let code = code.to_owned();
        let request = OfRequest { target, call, code };
        REQUESTS.total.get_or_create(&request).inc();
    }
}

/// Makes the counts known to a registry.
pub(crate) fn register_requests(registry: &mut Registry) {
    registry.register(
        "requests",
        "Requests that went out, by target (haptik, or the host of a feed), call, and status or why no answer came",
        REQUESTS.total.clone(),
    );
    registry.register(
        "request_duration_seconds",
        "How long a request took, from being sent to its answer or to giving up",
        REQUESTS.duration.clone(),
    );
}
