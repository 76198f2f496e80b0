//! Stage 1: read a source completely and change nothing. Yields articles, and for everything that
//! could not be read the place and the reason.

mod article;

pub use article::{Article, Markup, Place, Reading, Rejection};
