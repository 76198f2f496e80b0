//! Reads `[wake]`: where a knowledge base says that it has news.

use std::path::Path;

use super::admin;
use crate::config::problem::Reported;
use crate::config::section::ConfigSection;
use crate::config::{Wake, token};

/// Reads `[wake]`.
pub(crate) fn wake(section: &ConfigSection<'_, '_>, folder: &Path) -> Result<Wake, Reported> {
    let listen = admin::listen(section, folder);
    let token = token::read(section, folder);
    Ok(Wake {
        listen: listen?,
        token: token?.ok_or_else(|| token::missing(section))?,
    })
}
