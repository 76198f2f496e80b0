//! From HTML, Markdown and wikitext to blocks of text. Markdown and wikitext become HTML on the way,
//! so that one reader knows what paragraphs, lists, tables and links look like in a chat.

mod attributes;
mod boxes;
mod confluence;
mod html;
mod link;
mod markdown;
mod media;
mod open_tags;
mod page;
mod table;
mod tags;
mod wikitext;

#[cfg(test)]
mod fixtures;

pub(crate) use link::whole;
pub(crate) use media::{MARK, Media, marked, without_marks};
pub(crate) use page::{Block, BlockKind, Blocks, GLUE, JOIN};

use std::borrow::Cow;

use super::text;
use crate::config::Rich;
use crate::model::{Body, Writing};
use crate::text::markup_signs::{has_entity, is_html, markdown_signs};
use open_tags::{TagRule, guarded};
use page::BlockCollector;

#[cfg(test)]
mod tests;

/// More markup than this is no answer of a chat, whatever the limits of the source.
const MAX_BYTES: usize = 4 << 20;

/// The blocks of an answer, or nothing if it is text. The error says what is wrong with it.
pub(crate) fn blocks(
    answer: &str,
    writing: impl Into<Writing>,
    rich: &Rich,
) -> Result<Option<Blocks>, String> {
    let Writing { body, lines } = writing.into();
    if body == Body::Text || body == Body::Auto && !is_html(answer) {
        return Ok(None);
    }
    if answer.len() > MAX_BYTES {
        return Err("has markup of more than 4 MiB; leave it out of the export, or set body = \"text\" for its source".to_owned());
    }
    let page = BlockCollector::with(rich);
    let blocks = match body {
        Body::Markdown => {
            let written = markdown::to_html(answer, lines)?;
            html::blocks(&guarded(&written, TagRule::AsBrowsers), page, false)
        }
        Body::Wikitext => {
            let written = wikitext::to_html(answer)?;
            let blocks = html::blocks(&guarded(&written.html, TagRule::AsBrowsers), page, false);
            blocks.map(|blocks| Blocks {
                is_partial: written.is_partial || blocks.is_partial,
                ..blocks
            })
        }
        Body::Auto | Body::Html | Body::Text => {
            let is_found_out = lines || body == Body::Auto;
            let rule = if is_found_out {
                TagRule::Sure
            } else {
                TagRule::AsBrowsers
            };
            html::blocks(&guarded(answer, rule), page, is_found_out)
        }
    };
    blocks.map(Some)
}

/// A question as text.
pub(crate) struct Title<'q> {
    pub(crate) text: Cow<'q, str>,
    /// Something was left out that its author has struck out.
    pub(crate) has_struck: bool,
}

/// A question without tags and entities, where its source may have them.
pub(crate) fn title(question: &str, body: Body) -> Result<Title<'_>, String> {
    let (with_tags, with_marks) = match body {
        Body::Html => (true, false),
        Body::Auto => (is_html(question), false),
        Body::Markdown => (false, markdown_signs(question).marks),
        Body::Text | Body::Wikitext => (false, false),
    };
    let is_markup = with_tags || with_marks;
    if !(is_markup || body == Body::Auto && has_entity(question)) {
        return Ok(Title {
            text: question.into(),
            has_struck: false,
        });
    }
    if question.len() > MAX_BYTES {
        return Err("has a question of more than 4 MiB".to_owned());
    }
    let html = if with_marks {
        markdown::to_html(question, false)?
    } else if with_tags {
        question.to_owned()
    } else {
        question.replace('<', "&lt;")
    };
    let rule = match body {
        Body::Auto => TagRule::Sure,
        _ => TagRule::AsBrowsers,
    };
    let page = BlockCollector::without_links();
    let blocks = html::blocks(&guarded(&html, rule), page, false)?;
    let texts: Vec<String> = blocks
        .list
        .iter()
        .map(|block| text::line(&block.text))
        .collect();
    Ok(Title {
        text: texts.join(" ").into(),
        has_struck: blocks.has_struck,
    })
}
