//! Reads HTML, and XHTML with the macros of Confluence, token by token: without a tree, so that no
//! nesting is too deep for the stack and nothing is looked up through all its ancestors.

use std::collections::HashSet;
use std::convert::Infallible;

use html5gum::{Emitter, Error, State as Reading, Tokenizer};

use super::attributes::Attributes;
use super::confluence::Confluence;
use super::page::{BlockCollector, Blocks, Style};
use super::tags;
use super::tags::HiddenTag;
use crate::text::raised::Raised;

/// The blocks of a piece of HTML. `lines`: where no block stands around it, and no tag breaks lines, a
/// line break is one.
pub(crate) fn blocks(html: &str, page: BlockCollector, lines: bool) -> Result<Blocks, String> {
    let lines = lines && !has_line_tags(html);
    let mut state = HtmlState {
        page,
        hidden: None,
        confluence: Confluence::default(),
        character_data: false,
        lines,
        open_blocks: 0,
        panels: tags::panels(html),
        raised_by: None,
    };
    let reader = HtmlReader {
        state: &mut state,
        text: Vec::new(),
        tag: Tag::default(),
        last_start: Vec::new(),
    };
    let Ok(()) = Tokenizer::new_with_emitter(html, reader).finish();
    let too_deep = "nests lists and tables more than 64 deep; fix its markup";
    let is_partial = state.confluence.is_partial;
    let blocks = state.page.finish().ok_or_else(|| too_deep.to_owned())?;
    Ok(Blocks {
        is_partial,
        ..blocks
    })
}

/// What the tokenizer calls with what it finds.
struct HtmlReader<'s> {
    state: &'s mut HtmlState,
    /// Text since the last tag. Its pieces may end within a character.
    text: Vec<u8>,
    tag: Tag,
    /// The name of the start tag whose end may be the only markup there is.
    last_start: Vec<u8>,
}

/// The tag that is being read.
#[derive(Default)]
struct Tag {
    start: bool,
    name: Vec<u8>,
    attributes: Attributes,
    self_closing: bool,
}

struct HtmlState {
    page: BlockCollector,
    hidden: Option<HiddenTag>,
    confluence: Confluence,
    /// Whether `<![CDATA[` means what it means in XML.
    character_data: bool,
    /// Whether line breaks count outside of blocks.
    lines: bool,
    /// Blocks that are open.
    open_blocks: usize,
    /// The ids of what a click on something else opens.
    panels: HashSet<String>,
    /// The element that raises or lowers its text by its style, and how many of its name are open in it.
    raised_by: Option<(String, usize)>,
}

fn has_line_tags(html: &str) -> bool {
    let mut tags = html.as_bytes().windows(3);
    tags.any(|start| start.eq_ignore_ascii_case(b"<br"))
}

impl HtmlReader<'_> {
    fn end_text(&mut self) {
        if self.state.hidden.is_none() {
            self.state.text(&String::from_utf8_lossy(&self.text));
        }
        self.text.clear();
    }

    fn begin(&mut self, start: bool) {
        self.tag.start = start;
        self.tag.name.clear();
        self.tag.attributes.clear();
        self.tag.self_closing = false;
    }
}

impl Emitter for HtmlReader<'_> {
    type Token = Infallible;

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_string(&mut self, text: &[u8]) {
        if self.state.hidden.is_none() {
            self.text.extend_from_slice(text);
        }
    }

    fn init_start_tag(&mut self) {
        self.begin(true);
    }

    fn init_end_tag(&mut self) {
        self.begin(false);
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        self.tag.name.extend_from_slice(name);
    }

    fn init_attribute(&mut self) {
        self.tag.attributes.begin();
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        self.tag.attributes.push(name);
    }

    fn init_attribute_value(&mut self) {
        self.tag.attributes.begin_value();
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        self.tag.attributes.begin_value();
        self.tag.attributes.push(value);
    }

    fn set_self_closing(&mut self) {
        self.tag.self_closing = true;
    }

    fn emit_current_tag(&mut self) -> Option<Reading> {
        self.end_text();
        if self.tag.start {
            self.last_start.clone_from(&self.tag.name);
        }
        let name = String::from_utf8_lossy(&self.tag.name);
        self.state.tag(&name, &self.tag)
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        !self.tag.start && self.tag.name == self.last_start
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.state.character_data
    }

    fn emit_eof(&mut self) {
        self.end_text();
    }

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn emit_current_doctype(&mut self) {}
}

impl HtmlState {
    fn text(&mut self, text: &str) {
        if self.confluence.takes(text) {
            return;
        }
        if !self.lines || self.open_blocks > 0 {
            return self.page.text(text);
        }
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.page.written_line_break();
            }
            self.page.text(line);
        }
    }

    fn tag(&mut self, name: &str, tag: &Tag) -> Option<Reading> {
        let start = tag.start;
        if name == "ac:plain-text-body" || name == "ac:plain-text-link-body" {
            self.character_data = start && !tag.self_closing;
        }
        if let Some(hidden) = &mut self.hidden {
            if hidden.goes_on(name, start, tag.self_closing) {
                return raw(name, start);
            }
            let own_end = !start && hidden.is(name);
            self.hidden = None;
            if own_end {
                return None;
            }
        }
        if !start {
            self.end(name);
        } else if self.is_hidden(name, &tag.attributes) {
            self.hidden = HiddenTag::begin(name, tag.self_closing);
            if tags::is_struck(name, &tag.attributes) {
                self.page.strike();
            }
            if tags::is_block(name) {
                self.page.end_block();
            }
        } else {
            self.start(name, tag);
        }
        raw(name, start)
    }

    fn is_hidden(&self, name: &str, attributes: &Attributes) -> bool {
        self.confluence.hides(name, attributes)
            || tags::is_unseen(name)
            || tags::is_struck(name, attributes)
            || tags::says_hidden(name, attributes) && !self.is_opened(attributes)
    }

    /// Whether a reader opens it with a click.
    fn is_opened(&self, attributes: &Attributes) -> bool {
        let id = attributes.value("id").filter(|id| !id.is_empty());
        tags::is_panel(attributes) || id.is_some_and(|id| self.panels.contains(id))
    }

    fn start(&mut self, name: &str, tag: &Tag) {
        let attributes = &tag.attributes;
        // Only outside of HTML does a slash at its end close a tag.
        let is_closed = tag.self_closing && (name.contains(':') || name == "time");
        self.open_blocks += usize::from(tags::is_block(name) && name != "hr" && !is_closed);
        let value = |wanted: &str| attributes.value(wanted);
        let number = |wanted: &str| value(wanted).and_then(|text| text.trim().parse().ok());
        let page = &mut self.page;
        match name {
            "br" => page.line_break(),
            "a" => page.open_link(value("href").unwrap_or_default()),
            "b" | "strong" => page.bold().begin(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => page.set_style(Style::Heading),
            "ol" => page.open_list(Some(number("start").unwrap_or(1))),
            "ul" | "menu" | "dir" | "ac:task-list" => page.open_list(None),
            "li" | "ac:task" => page.open_item(number("value")),
            "pre" | "listing" | "xmp" | "ac:plain-text-body" => page.set_style(Style::Preformatted),
            "table" => page.open_table(),
            "tr" => page.open_row(),
            "thead" => page.set_head(true),
            "tbody" | "tfoot" => page.set_head(false),
            "td" | "th" => {
                let count = |wanted: &str| number(wanted).and_then(|n| usize::try_from(n).ok());
                let span = (count("colspan").unwrap_or(1), count("rowspan").unwrap_or(1));
                page.open_cell(name == "th", span);
            }
            "sup" => page.raise(Raised::Above),
            "sub" => page.raise(Raised::Below),
            "img" => {
                let text = value("alt").unwrap_or_default();
                page.image(value("src").unwrap_or_default(), text);
            }
            // It may stand among words.
            "ac:structured-macro" => {}
            _ if tags::is_block(name) => page.end_block(),
            _ => {}
        }
        self.confluence.start(name, attributes, is_closed, page);
        self.raise_by_style(name, attributes);
    }

    fn raise_by_style(&mut self, name: &str, attributes: &Attributes) {
        match &mut self.raised_by {
            Some((open, within)) if open == name => *within += 1,
            Some(_) => {}
            None => {
                if let Some(raised) = tags::raised_by_style(name, attributes) {
                    self.page.raise(raised);
                    self.raised_by = Some((name.to_owned(), 0));
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        match &mut self.raised_by {
            Some((open, 0)) if open == name => {
                self.raised_by = None;
                self.page.end_raised();
            }
            Some((open, within)) if open == name => *within -= 1,
            _ => {}
        }
        let closed = usize::from(tags::is_block(name));
        self.open_blocks = self.open_blocks.saturating_sub(closed);
        let page = &mut self.page;
        match name {
            "a" => page.close_link(),
            "b" | "strong" => page.bold().end(),
            "ol" | "ul" | "menu" | "dir" | "ac:task-list" => page.close_list(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "listing" | "xmp"
            | "ac:plain-text-body" => page.set_style(Style::Running),
            "table" => page.close_table(),
            "td" | "th" | "tr" => {
                page.close_cell();
            }
            "thead" => page.set_head(false),
            "sup" | "sub" => page.end_raised(),
            "br" => page.line_break(),
            "ac:structured-macro" => {}
            _ if tags::is_block(name) => page.end_block(),
            _ => {}
        }
        self.confluence.end(name, page);
    }
}

/// In what follows these tags, nothing but their end is markup.
fn raw(name: &str, start: bool) -> Option<Reading> {
    match name {
        _ if !start => None,
        "script" => Some(Reading::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(Reading::RawText),
        "title" | "textarea" => Some(Reading::RcData),
        _ => None,
    }
}
