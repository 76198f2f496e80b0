//! The thumbprint of a certificate, by which a server finds the key that it checks a signature with.

use std::fs::File;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::config::{Certified, Thumbprint};

/// No file with a certificate and those above it is longer.
const MOST_BYTES: u64 = 256 << 10;

/// The header that tells the thumbprint of the first certificate in a file, and its value.
pub(crate) fn thumbprint(certified: &Certified) -> Result<(&'static str, String), String> {
    let shown = certified.file.display();
    let mut pem = Vec::new();
    File::open(&certified.file)
        .and_then(|file| file.take(MOST_BYTES).read_to_end(&mut pem))
        .map_err(|error| format!("{shown}, which `certificate` names, cannot be read: {error}"))?;
    let der = CertificateDer::from_pem_slice(&pem)
        .map_err(|_| format!("{shown}, which `certificate` names, holds no certificate in PEM"))?;
    let (name, algorithm) = match certified.thumbprint {
        Thumbprint::Sha256 => ("x5t#S256", &SHA256),
        Thumbprint::Sha1 => ("x5t", &SHA1_FOR_LEGACY_USE_ONLY),
    };
    Ok((name, URL_SAFE_NO_PAD.encode(digest(algorithm, &der))))
}
