//! Links on a page: their words, and where they lead.

use super::{BlockCollector, GLUE, JOIN, Links, OpenLink};
use crate::normalise::bubbles::parts_words;
use crate::normalise::markup::media::Media;
use crate::normalise::markup::{link, media};

impl BlockCollector {
    /// A link begins; links that lead nowhere are text.
    pub(crate) fn open_link(&mut self, address: &str) {
        self.close_link();
        if self.shown.links == Links::Words {
            return;
        }
        let start = self.line.len();
        self.link =
            link::reachable(address, self.shown.base.as_ref()).map(|url| OpenLink { url, start });
    }

    /// The link ends, and its address is shown.
    pub(crate) fn close_link(&mut self) {
        let Some(link) = self.link.take() else {
            return;
        };
        let written = self.line.split_off(link.start);
        let seen = media::without_marks(&written);
        let text = seen.trim_matches(|c: char| c.is_whitespace() || c == GLUE);
        if text.is_empty() {
            self.line.push_str(&written);
            return;
        }
        let space = written.len() - written.trim_start().len();
        self.line.push_str(&written[..space]);
        let said = link::is_same(text, &link.url);
        if said && link.url.contains("://") {
            self.line.push_str(&link.url);
            return;
        }
        let mark = if said {
            None
        } else {
            self.button(text, &link.url)
        };
        self.line.extend(mark.iter().map(String::as_str));
        let words = written.trim_end();
        let has_address = !said && mark.is_none();
        push_whole(&mut self.line, &words[space..], has_address);
        if has_address {
            self.line.push(GLUE);
            self.line.push('(');
            self.line.push_str(&link.url);
            self.line.push(')');
        }
        self.line.push_str(&written[words.len()..]);
    }

    /// The mark of a button, where links become some.
    fn button(&mut self, text: &str, url: &str) -> Option<String> {
        if self.shown.links != Links::Buttons || !link::is_whole(url) {
            return None;
        }
        let (url, text) = (url.to_owned(), text.replace([GLUE, '\n'], " "));
        media::add(&mut self.media, Media::Link { url, text })
    }
}

/// Appends the words of a link so that they are never parted, nor from an address that follows.
fn push_whole(line: &mut String, words: &str, has_address: bool) {
    let mut characters = words.chars().peekable();
    while let Some(character) = characters.next() {
        let has_more = characters.peek().is_some();
        let goes_on = has_more || has_address;
        match character {
            '\n' if has_more => line.push(GLUE),
            _ => line.push(character),
        }
        if goes_on && parts_words(character) && !character.is_whitespace() {
            line.push(JOIN);
        }
    }
}
