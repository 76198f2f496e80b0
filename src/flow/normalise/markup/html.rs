//! Reads HTML, and XHTML with the macros of Confluence, token by token: without a tree, so that no
//! nesting is too deep for the stack and nothing is looked up through all its ancestors.

use std::cell::RefCell;

use html5ever::Attribute;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::page::{Block, Page, Style};
use super::tags::{self, Hidden};
use crate::flow::intake::check_attributes;

/// The blocks of a piece of HTML.
pub(super) fn blocks(html: &str, page: Page) -> Result<Vec<Block>, String> {
    check_attributes(html)?;
    let reader = Reader {
        state: RefCell::new(State {
            page,
            hidden: None,
            macro_name: String::new(),
            character_data: false,
        }),
    };
    let tokenizer = Tokenizer::new(reader, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // It only stops early for scripts, which the reader never asks for.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let state = tokenizer.sink.state.into_inner();
    let too_deep = "nests lists and tables more than 64 deep; mend its markup";
    state.page.finish().ok_or_else(|| too_deep.to_owned())
}

struct Reader {
    state: RefCell<State>,
}

struct State {
    page: Page,
    hidden: Option<Hidden>,
    macro_name: String,
    /// Whether `<![CDATA[` means what it means in XML.
    character_data: bool,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(text) if state.hidden.is_none() => state.page.text(&text),
            Token::TagToken(tag) => return state.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.state.borrow().character_data
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = &*tag.name;
        let start = tag.kind == TagKind::StartTag;
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
                return TokenSinkResult::Continue;
            }
        }
        if !start {
            self.end(name);
        } else if self.is_hidden(tag) {
            self.hidden = Hidden::begin(name, tag.self_closing);
            if tags::is_block(name) {
                self.page.end_block();
            }
        } else {
            self.start(name, &tag.attrs);
        }
        raw(name, start)
    }

    fn is_hidden(&self, tag: &Tag) -> bool {
        let name = &*tag.name;
        // The bodies of other macros are diagrams, formulas or programs.
        let foreign = name == "ac:plain-text-body"
            && !matches!(self.macro_name.as_str(), "code" | "noformat" | "panel");
        foreign || tags::is_unseen(name) || tags::says_hidden(name, &tag.attrs)
    }

    fn start(&mut self, name: &str, attributes: &[Attribute]) {
        let value = |wanted: &str| tags::value(attributes, wanted);
        let number = |wanted: &str| value(wanted).and_then(|text| text.trim().parse().ok());
        let page = &mut self.page;
        match name {
            "br" => page.line_break(),
            "a" => page.open_link(value("href").unwrap_or_default()),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => page.set_style(Style::Heading),
            "ol" => page.open_list(Some(number("start").unwrap_or(1))),
            "ul" | "menu" | "dir" | "ac:task-list" => page.open_list(None),
            "li" | "ac:task" => page.open_item(number("value")),
            "pre" | "listing" | "xmp" | "ac:plain-text-body" => page.set_style(Style::Preformatted),
            "table" => page.open_table(),
            "tr" => page.open_row(),
            "td" => page.open_cell(false),
            "th" => page.open_cell(true),
            "img" => page.text(value("alt").unwrap_or_default()),
            "ac:image" => page.text(value("ac:alt").unwrap_or_default()),
            "ac:emoticon" => page.text(value("ac:emoji-fallback").unwrap_or_default()),
            "ac:structured-macro" => {
                value("ac:name")
                    .unwrap_or_default()
                    .clone_into(&mut self.macro_name);
                page.end_block();
            }
            _ if tags::is_block(name) => page.end_block(),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        let page = &mut self.page;
        match name {
            "a" => page.close_link(),
            "ol" | "ul" | "menu" | "dir" | "ac:task-list" => page.close_list(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "listing" | "xmp"
            | "ac:plain-text-body" => page.set_style(Style::Running),
            "table" => page.close_table(),
            "td" | "th" | "tr" => {
                page.close_cell();
            }
            "br" => page.line_break(),
            _ if tags::is_block(name) => page.end_block(),
            _ => {}
        }
    }
}

/// In what follows these tags, nothing but their end is markup.
fn raw(name: &str, start: bool) -> TokenSinkResult<()> {
    if !start {
        return TokenSinkResult::Continue;
    }
    match name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
            TokenSinkResult::RawData(RawKind::Rawtext)
        }
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        _ => TokenSinkResult::Continue,
    }
}
