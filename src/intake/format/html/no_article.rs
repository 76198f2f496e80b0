//! Tells pages that are no articles: the contents of an export, which only lead to the other pages, and what
//! a server may have sent in place of a page. Pure.

use scraper::{ElementRef, Html};

use super::content::PageContent;
use super::{select, without};
use crate::intake::sections::stem;

/// What programs call such a page: site generators, wikis and help systems, and Doxygen.
const NAMES: [&str; 9] = [
    "index",
    "toc",
    "contents",
    "sitemap",
    "default",
    "overview",
    "annotated",
    "files",
    "pages",
];
/// Fewer links are a paragraph that refers to something.
const ENOUGH: usize = 3;

/// A page that says less may be an error page.
const SHORT: usize = 300;
/// What such pages are called.
const NO_ARTICLE: [&str; 16] = [
    "sign in",
    "signin",
    "log in",
    "login",
    "log on",
    "denied",
    "forbidden",
    "unauthorized",
    "not found",
    "bad gateway",
    "unavailable",
    "timeout",
    "error",
    "maintenance",
    "moment",
    "anmelden",
];

/// Whether a page of this name leads to the files beside it, and says little more.
pub(crate) fn is_list_of_pages(name: &str, page: &Html) -> bool {
    let stem = stem(name);
    let base = stem.rsplit('/').next().unwrap_or(stem).to_lowercase();
    if !NAMES.contains(&base.as_str()) {
        return false;
    }
    let links = select(page, "body a[href]");
    let links: Vec<ElementRef> = links.filter(|link| leads_to_page(*link)).collect();
    let linked: usize = links.iter().map(|link| letters(*link)).sum();
    let all: usize = select(page, "body").map(letters).sum();
    links.len() >= ENOUGH && linked * 2 >= all
}

/// Whether a link leads to a page beside this one.
fn leads_to_page(link: ElementRef) -> bool {
    let to = link.value().attr("href").unwrap_or_default();
    let path = to.split(['#', '?']).next().unwrap_or_default();
    let is_page = [".html", ".htm", ".xhtml"];
    is_page
        .iter()
        .any(|end| path.to_ascii_lowercase().ends_with(end))
        && !path.contains("://")
}

fn letters(element: ElementRef) -> usize {
    let texts = element
        .text()
        .map(|text| text.chars().filter(|c| c.is_alphanumeric()).count());
    texts.sum()
}

/// Whether a page may be what a server sent in place of it.
pub(crate) fn is_suspicious(page: &Html, content: &PageContent) -> bool {
    let asks_who = select(page, "input[type='password'], meta[http-equiv='refresh']");
    if asks_who.count() > 0 {
        return true;
    }
    let headings = content.headings.iter().map(|heading| &heading.text);
    let titles = content.tab.iter().chain(headings.take(1));
    let says_so = titles.map(|title| title.to_lowercase()).any(|title| {
        let mut words = title.split(|c: char| !c.is_alphanumeric());
        let is_status = |word: &str| {
            word.len() == 3 && word.starts_with(['4', '5']) && word.parse::<u16>().is_ok()
        };
        NO_ARTICLE.iter().any(|part| title.contains(part)) || words.any(is_status)
    });
    let all = without(0..content.len(), None);
    says_so && content.html(&all).len() < SHORT
}
