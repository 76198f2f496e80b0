//! Every HTTP client begins here, so that all of them stand on the same TLS: rustls with `ring`, which builds
//! in a few seconds.

/// Chooses the cryptography that TLS stands on, for clients that others build. Whoever came first has chosen;
/// that it was this program is all that matters.
pub fn choose() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What a client is built from.
pub fn client_builder() -> reqwest::ClientBuilder {
    choose();
    reqwest::Client::builder()
}
