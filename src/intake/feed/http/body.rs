//! The body of an answer, read only so far: whoever sends it says neither how long it is nor when it ends.

use reqwest::Response;

/// Why a body was not read to its end.
pub(crate) enum UnreadBody {
    /// The connection broke.
    Broken(reqwest::Error),
    /// It is longer than it may be.
    TooLong,
}

/// The whole body, unpacked, if it has at most so many bytes.
pub(crate) async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, UnreadBody> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(UnreadBody::Broken)? {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(UnreadBody::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
