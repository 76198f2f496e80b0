//! Reads the form of an upload: exactly a text field with the bot and a file field with the CSV.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::response::Response;
use bytes::Bytes;

use super::rows;
use super::rows::SandboxRow;
use super::server::{bad_request, refuse};
use crate::config::UploadEffect;
use crate::haptik::wire;

/// Files below this many bytes are read at once; others on a thread of their own, so that they
/// do not hold up other calls.
const SMALL: usize = 1 << 18;

/// The fields of a submitted form.
pub(super) struct Upload {
    pub(super) domain_name: String,
    file: Bytes,
}

impl Upload {
    pub(super) async fn read(mut form: Multipart) -> Result<Self, Response> {
        let (mut domain_name, mut file) = (None, None);
        while let Some(field) = form.next_field().await.map_err(|e| broken(&e))? {
            let name = field.name().unwrap_or_default().to_owned();
            let is_file = field.file_name().is_some();
            let fresh = match (name.as_str(), is_file) {
                (wire::DOMAIN_NAME_FIELD, false) => {
                    let text = field.text().await.map_err(|e| broken(&e))?;
                    domain_name.replace(text).is_none()
                }
                (wire::CSV_FILE_FIELD, true) => {
                    let bytes = field.bytes().await.map_err(|e| broken(&e))?;
                    file.replace(bytes).is_none()
                }
                (wire::CSV_FILE_FIELD, false) => {
                    return Err(bad_request("csv_file must be a file, with a file name"));
                }
                _ => return Err(bad_request(&format!("there is no field \"{name}\""))),
            };
            if !fresh {
                return Err(bad_request(&format!("the field \"{name}\" comes twice")));
            }
        }
        let domain_name = domain_name.filter(|name: &String| !name.trim().is_empty());
        Ok(Self {
            domain_name: domain_name.ok_or_else(|| bad_request("domain_name is missing"))?,
            file: file.ok_or_else(|| bad_request("csv_file is missing"))?,
        })
    }

    /// Where uploads replace, a file without rows empties the bot; where they merge, it is a
    /// mistake.
    pub(super) async fn rows(&self, effect: UploadEffect) -> Result<Vec<SandboxRow>, String> {
        let rows = if self.file.len() < SMALL {
            rows::read(&self.file)?
        } else {
            let file = self.file.clone();
            tokio::task::spawn_blocking(move || rows::read(&file))
                .await
                .map_err(|error| error.to_string())??
        };
        if rows.is_empty() && effect == UploadEffect::Merge {
            return Err("csv_file has no rows".to_owned());
        }
        Ok(rows)
    }
}

fn broken(error: &MultipartError) -> Response {
    refuse(error.status(), &error.body_text())
}
