//! Every HTTP client begins here, so that all of them stand on the same TLS: rustls with `ring`, which builds
//! in a few seconds.

/// What a client is built from.
pub fn client_builder() -> reqwest::ClientBuilder {
    // Whoever came first has chosen; that it was this program is all that matters.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
