//! Signed assertions (RFC 7523): what a private key vouches for, in place of a secret that is sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
};
use serde_json::{Value, json};

use super::certificate;
use crate::clock::Millis;
use crate::config::{Assertion, OAuth2, Secret, Thumbprint};

/// Salesforce takes none that is good for longer than five minutes.
const GOOD_FOR: i64 = 240;

const NO_KEY: &str =
    "what `token` names is no private key in PEM, RSA or P-256 as PKCS #8, without a password";

/// What signs.
enum PrivateKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// The assertion that this client may have a token, signed. `scope` goes into it where servers look
/// for it there.
pub(crate) fn signed(
    settings: &OAuth2,
    assertion: &Assertion,
    scope: Option<&str>,
    pem: &Secret,
    now: Millis,
) -> Result<String, String> {
    let (key, certified) = (private_key(pem)?, assertion.certificate.as_ref());
    let thumbprint = certified.map(|certified| certified.thumbprint);
    let client = settings.client_id.as_str();
    let issued = now / 1000;
    let mut claims = json!({
        "iss": client,
        "sub": assertion.subject.as_deref().unwrap_or(client),
        "aud": assertion.audience.as_deref().unwrap_or(settings.token_url.as_str()),
        "iat": issued,
        "exp": issued + GOOD_FOR,
        // A server may refuse one that it has seen.
        "jti": format!("{:032x}", rand_id()?),
    });
    if let Some(scope) = scope {
        claims["scope"] = scope.into();
    }
    let mut header = json!({"alg": key.algorithm(thumbprint), "typ": "JWT"});
    if let Some(id) = &assertion.key_id {
        header["kid"] = Value::from(id.as_str());
    }
    if let Some(certified) = certified {
        let (name, value) = certificate::thumbprint(certified)?;
        header[name] = Value::from(value);
        claims["nbf"] = issued.into();
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(&claims));
    let signature = key.sign(thumbprint, text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn rand_id() -> Result<u128, String> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| "there are no random numbers".to_owned())?;
    Ok(u128::from_ne_bytes(bytes))
}

impl PrivateKey {
    /// The algorithm that is meant with such a thumbprint.
    fn algorithm(&self, thumbprint: Option<Thumbprint>) -> &'static str {
        match (self, thumbprint) {
            (Self::Rsa(_), Some(Thumbprint::Sha256)) => "PS256",
            (Self::Rsa(_), _) => "RS256",
            (Self::P256(_), _) => "ES256",
        }
    }

    fn sign(&self, thumbprint: Option<Thumbprint>, text: &[u8]) -> Result<Vec<u8>, String> {
        let random = SystemRandom::new();
        let failed = |_| "the key does not sign".to_owned();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let encoding: &'static dyn RsaEncoding = match thumbprint {
                    Some(Thumbprint::Sha256) => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                key.sign(encoding, &random, text, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Self::P256(key) => {
                let signature = key.sign(&random, text).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

/// Reads a private key, as PKCS #8 or in the older form of RSA.
fn private_key(pem: &Secret) -> Result<PrivateKey, String> {
    let lines = pem.expose().lines().map(str::trim);
    let inside = lines
        .skip_while(|line| !line.ends_with("PRIVATE KEY-----"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"));
    let der = STANDARD
        .decode(inside.collect::<String>())
        .unwrap_or_default();
    let rsa = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
    if let Ok(key) = rsa {
        return Ok(PrivateKey::Rsa(key));
    }
    let random = SystemRandom::new();
    let p256 = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random);
    p256.map(PrivateKey::P256).map_err(|_| NO_KEY.to_owned())
}
