//! What the names and attributes of tags mean for a reader: blocks, and what is never seen.

use std::collections::HashSet;

use super::attributes::Attributes;
use crate::text::markup_signs::shows_icon;
use crate::text::raised::Raised;

/// Whether an element stands on lines of its own.
pub(crate) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "listing"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
            | "xmp"
            | "ac:adf-node"
            | "ac:layout"
            | "ac:layout-cell"
            | "ac:layout-section"
            | "ac:plain-text-body"
            | "ac:rich-text-body"
            | "ac:structured-macro"
            | "ac:task"
            | "ac:task-body"
            | "ac:task-list"
    )
}

/// Whether what stands in an element is never shown, or cannot be shown as text.
pub(crate) fn is_unseen(name: &str) -> bool {
    matches!(
        name,
        "audio"
            | "canvas"
            | "datalist"
            | "embed"
            | "iframe"
            | "map"
            | "noembed"
            | "noframes"
            | "noscript"
            | "object"
            | "script"
            | "select"
            | "style"
            | "svg"
            | "template"
            | "textarea"
            | "title"
            | "video"
    )
}

fn is_empty(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether an element's own attributes keep it from being seen. The classes are MediaWiki's, for
/// its edit links and footnote marks, and those of icons.
pub(crate) fn says_hidden(name: &str, attributes: &Attributes) -> bool {
    let class = |wanted: &str| {
        let classes = attributes.value("class").unwrap_or_default();
        classes
            .split_ascii_whitespace()
            .any(|class| class == wanted)
    };
    let classes = attributes.value("class").unwrap_or_default();
    shows_icon(name, classes)
        || !attributes.is_empty()
            && (attributes.value("hidden").is_some()
                || has_style(attributes, &["display"], "none")
                || class("mw-editsection")
                || name == "sup" && class("reference"))
}

/// Whether one of these properties of an element's own style begins with a word.
fn has_style(attributes: &Attributes, properties: &[&str], wanted: &str) -> bool {
    let style = attributes.value("style").unwrap_or_default();
    style.split(';').any(|rule| {
        rule.split_once(':').is_some_and(|(property, value)| {
            let property = property.trim();
            let mut words = value.split_ascii_whitespace();
            properties
                .iter()
                .any(|known| known.eq_ignore_ascii_case(property))
                && words.any(|word| word.to_ascii_lowercase().starts_with(wanted))
        })
    })
}

/// Whether what stands in an element is struck out: its author says that it is true no more.
pub(crate) fn is_struck(name: &str, attributes: &Attributes) -> bool {
    const LINES: [&str; 2] = ["text-decoration", "text-decoration-line"];
    matches!(name, "del" | "s" | "strike")
        || has_style(attributes, &LINES, "line-through")
        || attributes.value("class").is_some_and(|classes| {
            let mut classes = classes.split_ascii_whitespace();
            classes.any(|class| STRUCK.contains(&class))
        })
}

/// Classes that say how they look: editors and the common frameworks call them so. `strike` alone is also the
/// line of a divider.
const STRUCK: [&str; 5] = [
    "strikethrough",
    "strike-through",
    "line-through",
    "text-decoration-line-through",
    "text-line-through",
];

/// Where an element within a line stands by its own style alone, as word processors write it.
pub(crate) fn raised_by_style(name: &str, attributes: &Attributes) -> Option<Raised> {
    const WITHIN_LINES: [&str; 9] = ["a", "b", "em", "font", "i", "small", "span", "strong", "u"];
    if attributes.is_empty() || !WITHIN_LINES.contains(&name) {
        return None;
    }
    let says = |wanted: &str| has_style(attributes, &["vertical-align"], wanted);
    if says("super") {
        Some(Raised::Above)
    } else {
        says("sub").then_some(Raised::Below)
    }
}

/// Whether an element that is not shown at first is the closed part of an accordion or the like.
pub(crate) fn is_panel(attributes: &Attributes) -> bool {
    const CLASSES: [&str; 9] = [
        "accordion",
        "collapse",
        "collapsible",
        "expand",
        "faq",
        "panel",
        "spoiler",
        "tab-pane",
        "toggle",
    ];
    let class = attributes
        .value("class")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let role = attributes.value("role").unwrap_or_default();
    CLASSES.iter().any(|known| class.contains(known))
        || matches!(role, "region" | "tabpanel")
        || attributes.value("hidden") == Some("until-found")
}

/// The ids of what a click on something else opens.
pub(crate) fn panels(html: &str) -> HashSet<String> {
    const OPENS: [&str; 3] = ["aria-controls=", "data-target=", "data-bs-target="];
    let opens = OPENS.iter().flat_map(|name| html.split(name).skip(1));
    let id = |rest: &str| {
        let rest = rest.trim_start_matches(['"', '\'', '#']);
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>'));
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    opens.map(id).collect()
}

/// An element that is not seen, while its end is looked for.
pub(crate) struct HiddenTag {
    name: String,
    /// Elements of the same name that are open in it.
    same: usize,
    /// Lists and tables that are open in it.
    holders: usize,
}

impl HiddenTag {
    /// Begins at the start tag of such an element, unless nothing can be in it.
    pub(crate) fn begin(name: &str, self_closing: bool) -> Option<Self> {
        // Only outside of HTML does a slash at its end close a tag.
        let closed = self_closing && (name.contains(':') || name == "svg");
        (!is_empty(name) && !closed).then(|| Self {
            name: name.to_owned(),
            same: 0,
            holders: 0,
        })
    }

    /// Whether it is an element of this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Whether it still is open after an end tag, or still open at a start tag.
    pub(crate) fn goes_on(&mut self, name: &str, start: bool, self_closing: bool) -> bool {
        let own = self.name.as_str();
        let is_holder = matches!(name, "ul" | "ol" | "dl" | "table");
        let may_lack_end = matches!(own, "li" | "dt" | "dd" | "tr" | "td" | "th" | "p");
        if may_lack_end && self.holders == 0 {
            let ends = match own {
                "p" => is_block(name),
                _ if start => name == own,
                _ => is_holder,
            };
            if ends {
                return false;
            }
        }
        match (name == own, start) {
            (true, true) if !(self_closing && own.contains(':')) => self.same += 1,
            (true, false) if self.same == 0 => return false,
            (true, false) => self.same -= 1,
            _ => {}
        }
        if is_holder && start {
            self.holders += 1;
        } else if is_holder {
            self.holders = self.holders.saturating_sub(1);
        }
        true
    }
}
