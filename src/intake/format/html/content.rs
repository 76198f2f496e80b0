//! The content of a web page in the order of reading: headings, and what stands between them. What is
//! around the content (menus, the foot of the site) is left out.

use std::collections::HashSet;
use std::ops::Range;

use scraper::{ElementRef, Html, Node};

use super::openings::{is_opening, opened_line};
use super::{one_line, select};
use crate::intake::budget::{Budget, Exceeded};
use crate::intake::format::page::heading;
use crate::intake::sections::{Heading, OPENING};

/// What a piece takes besides its text.
const PIECE: usize = 100;
/// Where an export of Confluence has the content of a page.
const CONFLUENCE: &str = "#main-content.wiki-content";
/// What may be a heading, or stand in the place of one.
const HEADINGS: &str =
    "h1, h2, h3, h4, h5, h6, summary, dt, p, button, [class], [aria-controls], [aria-expanded]";
/// What is longer says more than that something is to come, as text and with its tags.
const WAITING: usize = 40;
const MOST_WAITING: usize = 4000;
/// The level of questions in a list that can be opened.
const LISTED: usize = 6;

/// The content of a page.
pub(crate) struct PageContent {
    pieces: Vec<Piece>,
    /// The headings among the pieces; they count in pieces.
    pub(crate) headings: Vec<Heading>,
    /// What the page is called in an export of Confluence, where headings of the content are its sections.
    pub(crate) named: Option<String>,
    /// What the page is called by its browser tab.
    pub(crate) tab: Option<String>,
    /// The page itself says where its content is.
    pub(crate) is_marked: bool,
}

struct Piece {
    html: String,
    /// Whether a reader sees anything of it, headings aside.
    says: bool,
}

impl PageContent {
    /// The content of a page without these elements.
    pub(crate) fn of(
        page: &Html,
        left_out: &[ElementRef],
        budget: &mut Budget,
    ) -> Result<Self, Exceeded> {
        let marked = ["main", "[role='main']"];
        let marked = marked.iter().find_map(|css| select(page, css).next());
        let marked = marked.or_else(|| {
            let mut articles = select(page, "article");
            articles.next().filter(|_| articles.next().is_none())
        });
        let of_confluence = select(page, CONFLUENCE).next();
        let marked = marked.or(of_confluence);
        let root = marked.or_else(|| select(page, "body").next());
        let root = root.unwrap_or_else(|| page.root_element());
        let mut walk = Walk {
            left_out: left_out.iter().map(|element| address(*element)).collect(),
            holders: HashSet::new(),
            is_marked: marked.is_some(),
            pieces: Vec::new(),
            headings: Vec::new(),
            budget,
        };
        let headings = select(page, HEADINGS);
        let is_one =
            |element: &ElementRef| level(*element).is_some() || opened_line(*element).is_some();
        for heading in headings.filter(is_one) {
            let holders = heading.ancestors().filter_map(ElementRef::wrap);
            for holder in holders {
                if !walk.holders.insert(address(holder)) {
                    break;
                }
            }
        }
        walk.go_into(root)?;
        let tab = select(page, "title").next();
        let tab = tab.map(|tab| one_line(&tab.text().collect::<String>()));
        let named = of_confluence.and_then(|_| select(page, "#title-text").next());
        Ok(Self {
            named: named.and_then(page_of_space),
            is_marked: walk.is_marked,
            pieces: walk.pieces,
            headings: walk.headings,
            tab: tab.filter(|tab| !tab.is_empty()),
        })
    }

    /// How many pieces there are.
    pub(crate) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// These pieces as HTML.
    pub(crate) fn html(&self, ranges: &[Range<usize>]) -> String {
        let pieces = ranges.iter().flat_map(|range| &self.pieces[range.clone()]);
        let html: String = pieces.map(|piece| piece.html.as_str()).collect();
        html.trim().to_owned()
    }

    /// Whether these pieces say more than their headings do.
    pub(crate) fn says_something(&self, ranges: &[Range<usize>]) -> bool {
        let mut pieces = ranges.iter().flat_map(|range| &self.pieces[range.clone()]);
        pieces.any(|piece| piece.says)
    }

    /// Whether all that these pieces say is that something is to come, such as `Loading...`: a program in
    /// the page shows the rest.
    pub(crate) fn is_waiting(&self, ranges: &[Range<usize>]) -> bool {
        let html = self.html(ranges);
        if html.len() > MOST_WAITING {
            return false;
        }
        let page = Html::parse_fragment(&html);
        let text = one_line(&page.root_element().text().collect::<String>());
        text.chars().count() <= WAITING && (text.ends_with("...") || text.ends_with('…'))
    }
}

struct Walk<'b> {
    left_out: HashSet<*const Node>,
    /// The elements with headings in them.
    holders: HashSet<*const Node>,
    is_marked: bool,
    pieces: Vec<Piece>,
    headings: Vec<Heading>,
    budget: &'b mut Budget,
}

impl Walk<'_> {
    fn go_into(&mut self, parent: ElementRef) -> Result<(), Exceeded> {
        for child in parent.children() {
            let Some(element) = ElementRef::wrap(child) else {
                if let Some(text) = child.value().as_text() {
                    let html = text.replace('&', "&amp;").replace('<', "&lt;");
                    self.push(html, text.chars().any(char::is_alphanumeric))?;
                }
                continue;
            };
            let is_holder = self.holders.contains(&address(element)) && !is_hidden(element);
            if self.left_out.contains(&address(element)) || self.is_around(element, is_holder) {
                continue;
            }
            if let Some((line, rest)) = opened_line(element) {
                self.heading(line, OPENING)?;
                self.push(rest, true)?;
                continue;
            }
            match level(element) {
                Some(level) => self.heading(element, level)?,
                None if is_holder => {
                    self.go_into(element)?;
                    if is_list(element) {
                        self.end_of_list();
                    }
                }
                None => self.push(element.html(), says(element))?,
            }
        }
        Ok(())
    }

    fn heading(&mut self, element: ElementRef, level: usize) -> Result<(), Exceeded> {
        let at = self.pieces.len();
        let text = one_line(&element.text().collect::<String>());
        self.headings.push(heading(level, text, at..at + 1));
        self.push(element.html(), false)
    }

    /// What follows a list of questions answers none of them.
    fn end_of_list(&mut self) {
        let at = self.pieces.len();
        self.headings.push(heading(LISTED, String::new(), at..at));
    }

    fn push(&mut self, html: String, says: bool) -> Result<(), Exceeded> {
        self.budget.take(PIECE + html.len())?;
        self.pieces.push(Piece { html, says });
        Ok(())
    }

    /// Whether an element belongs to the site, or is no content at all.
    fn is_around(&self, element: ElementRef, holds_heading: bool) -> bool {
        let role = element.value().attr("role").unwrap_or_default();
        match element.value().name() {
            "nav" | "script" | "style" | "template" | "noscript" | "head" => true,
            "footer" => !self.is_marked,
            "header" => !self.is_marked && !holds_heading,
            _ => matches!(role, "navigation" | "contentinfo" | "search"),
        }
    }
}

fn address(element: ElementRef) -> *const Node {
    std::ptr::from_ref::<Node>((*element).value())
}

fn is_hidden(element: ElementRef) -> bool {
    let style = element.value().attr("style").unwrap_or_default();
    let style: String = style.split_whitespace().collect();
    element.value().attr("hidden").is_some() || style.to_ascii_lowercase().contains("display:none")
}

fn says(element: ElementRef) -> bool {
    let is_seen = |name: &str| !matches!(name, "script" | "style" | "template" | "noscript");
    element.descendants().any(|node| {
        let text = node.value().as_text();
        let parent = node.parent().and_then(ElementRef::wrap);
        text.is_some_and(|text| text.chars().any(char::is_alphanumeric))
            && parent.is_none_or(|parent| is_seen(parent.value().name()))
    })
}

/// The title of a page, which an export of Confluence writes behind that of its space.
fn page_of_space(title: ElementRef) -> Option<String> {
    let title = one_line(&title.text().collect::<String>());
    let page = title.split_once(" : ").map_or(&*title, |(_, page)| page);
    (!page.is_empty()).then(|| page.to_owned())
}

/// Whether an element is a list of questions, or one that opens.
fn is_list(element: ElementRef) -> bool {
    let class = element.value().attr("class").unwrap_or_default();
    let class = class.to_ascii_lowercase();
    matches!(element.value().name(), "details" | "dl")
        || class.contains("accordion")
        || class.contains("faq")
}

/// The level of a heading. Questions that open what answers them, and terms that are questions, are
/// headings too.
fn level(element: ElementRef) -> Option<usize> {
    let name = element.value().name();
    if matches!(name, "summary" | "dt") {
        let text = one_line(&element.text().collect::<String>());
        return heading(LISTED, text, 0..0).asks().then_some(LISTED);
    }
    match name.strip_prefix('h').map(str::parse) {
        Some(Ok(level @ 1..=6)) => Some(level),
        _ => is_opening(element).then_some(OPENING),
    }
}
