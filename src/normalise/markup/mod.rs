//! From HTML, Markdown and wikitext to blocks of text. Markdown and wikitext become HTML on the way,
//! so that one reader knows what paragraphs, lists, tables and links look like in a chat.

mod attributes;
mod detect;
mod html;
mod link;
mod markdown;
mod media;
mod page;
mod table;
mod tags;
mod wikitext;

#[cfg(test)]
mod fixtures;

pub(crate) use detect::is_element;
pub(crate) use link::whole;
pub(crate) use media::{MARK, Media, marked, without_marks};
pub(crate) use page::{Block, BlockKind, Blocks, GLUE, JOIN};

use super::text;
use crate::config::Rich;
use crate::model::Body;
use page::BlockCollector;

#[cfg(test)]
mod tests;

/// More markup than this is no answer of a chat, whatever the limits of the source.
const MAX_BYTES: usize = 4 << 20;

/// The blocks of an answer, or nothing if it is text. The error says what is wrong with it.
pub(crate) fn blocks(answer: &str, body: Body, rich: &Rich) -> Result<Option<Blocks>, String> {
    if body == Body::Text || body == Body::Auto && !detect::is_html(answer) {
        return Ok(None);
    }
    if answer.len() > MAX_BYTES {
        return Err("has markup of more than 4 MiB; leave it out of the export, or set body = \"text\" for its source".to_owned());
    }
    let html = match body {
        Body::Markdown => &markdown::to_html(answer)?,
        Body::Wikitext => &wikitext::to_html(answer)?,
        Body::Auto | Body::Html | Body::Text => answer,
    };
    html::blocks(html, BlockCollector::with(rich)).map(Some)
}

/// A question without tags and entities, where its source may have them.
pub(crate) fn title(question: &str, body: Body) -> Result<String, String> {
    let with_tags = match body {
        Body::Html => true,
        Body::Auto => detect::is_html(question),
        Body::Text | Body::Markdown | Body::Wikitext => false,
    };
    if !(with_tags || body == Body::Auto && detect::has_entity(question)) {
        return Ok(question.to_owned());
    }
    if question.len() > MAX_BYTES {
        return Err("has a question of more than 4 MiB".to_owned());
    }
    let escaped;
    let html = if with_tags {
        question
    } else {
        escaped = question.replace('<', "&lt;");
        &escaped
    };
    let blocks = html::blocks(html, BlockCollector::without_links())?;
    let texts: Vec<String> = blocks
        .list
        .iter()
        .map(|block| text::line(&block.text))
        .collect();
    Ok(texts.join(" "))
}
