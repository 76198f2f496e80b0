//! The content of an XML element that is written in the elements of a web page, of `DocBook` or of Forrest, as HTML.
//! Elements that nobody knows are no content: then it stays an object of fields. Pure.

use std::fmt::Write as _;

use super::document::XmlElement;
use crate::text::markup_signs::{TagSigns, tag_signs};

/// What elements within a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XmlMarks {
    /// Fields, because the configuration leads to some of them.
    Fields,
    /// Marks of content, if they are known ones; the document has none.
    Unused,
    /// Marks of content, which the document has: so `<` in a text is a sign.
    Used,
}

/// Elements that have the same name in HTML.
const OF_HTML: [&str; 49] = [
    "abbr",
    "acronym",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
];

/// Elements of `DocBook` and Forrest, and what they are in HTML.
const OF_OTHERS: [(&str, &str); 40] = [
    ("application", "span"),
    ("caution", "blockquote"),
    ("classname", "code"),
    ("command", "code"),
    ("computeroutput", "code"),
    ("constant", "code"),
    ("emphasis", "em"),
    ("email", "span"),
    ("envar", "code"),
    ("filename", "code"),
    ("function", "code"),
    ("guibutton", "span"),
    ("guilabel", "span"),
    ("guimenu", "span"),
    ("guimenuitem", "span"),
    ("important", "blockquote"),
    ("itemizedlist", "ul"),
    ("keycap", "span"),
    ("listitem", "li"),
    ("literal", "code"),
    ("literallayout", "pre"),
    ("note", "blockquote"),
    ("option", "code"),
    ("orderedlist", "ol"),
    ("para", "p"),
    ("parameter", "code"),
    ("productname", "span"),
    ("programlisting", "pre"),
    ("quote", "span"),
    ("replaceable", "em"),
    ("screen", "pre"),
    ("simpara", "p"),
    ("source", "pre"),
    ("subscript", "sub"),
    ("superscript", "sup"),
    ("tip", "blockquote"),
    ("userinput", "code"),
    ("varname", "code"),
    ("warning", "blockquote"),
    ("xref", "span"),
];
/// Attributes that say where a link leads.
const ADDRESSES: [&str; 3] = ["href", "url", "xlink:href"];

/// Whether an element with this name hardly is anything but a mark of content.
pub(crate) fn is_mark(name: &str) -> bool {
    const SURE: [&str; 12] = [
        "p",
        "br",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "para",
        "simpara",
        "emphasis",
        "itemizedlist",
        "orderedlist",
    ];
    SURE.contains(&name)
}

/// The content of an element as HTML, if all elements in it are known; as text, if they make no difference.
pub(crate) fn html(element: &XmlElement) -> Option<String> {
    if element.children.is_empty() || !element.children.iter().all(is_known) {
        return None;
    }
    let text = whole_text(element);
    if is_plain(element) && tag_signs(&text) == TagSigns::None {
        let words: Vec<&str> = text.split_whitespace().collect();
        return Some(words.join(" "));
    }
    let mut html = String::from("<div>");
    content(element, &mut html);
    html.push_str("</div>");
    Some(html)
}

/// The text of an element without others in it. In a document with marks, its signs are signs.
pub(crate) fn text(element: &XmlElement, marks: XmlMarks) -> String {
    let text = element.text.trim();
    if marks == XmlMarks::Used && text.contains('<') && tag_signs(text) != TagSigns::None {
        return format!("<div>{}</div>", escaped(text));
    }
    text.to_owned()
}

fn is_known(element: &XmlElement) -> bool {
    let is_named = match &*element.name {
        // Fields are called so, too.
        "a" => address(element).is_some() || attribute(element, "name").is_some(),
        "link" | "ulink" => address(element).is_some(),
        _ => tag(&element.name).is_some(),
    };
    is_named && element.children.iter().all(is_known)
}

/// Whether there is nothing in an element but text that runs on, and marks that do not change what it says.
fn is_plain(element: &XmlElement) -> bool {
    match element.children.as_slice() {
        [child] if element.text.trim().is_empty() && tag(&child.name) == Some("p") => {
            is_inline(child)
        }
        _ => is_inline(element),
    }
}

fn is_inline(element: &XmlElement) -> bool {
    const INLINE: [&str; 9] = ["b", "code", "em", "i", "kbd", "span", "strong", "tt", "u"];
    let is_one = |child: &XmlElement| tag(&child.name).is_some_and(|tag| INLINE.contains(&tag));
    let mut children = element.children.iter();
    children.all(|child| is_one(child) && is_inline(child))
}

/// What an element is called in HTML.
fn tag(name: &str) -> Option<&'static str> {
    let same = OF_HTML.iter().find(|known| **known == name);
    let other = || OF_OTHERS.iter().find(|(known, _)| *known == name);
    same.copied().or_else(|| other().map(|(_, tag)| *tag))
}

fn attribute<'e>(element: &'e XmlElement, name: &str) -> Option<&'e str> {
    let mut attributes = element.attributes.iter();
    let found = attributes.find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn address(element: &XmlElement) -> Option<&str> {
    ADDRESSES.iter().find_map(|name| attribute(element, name))
}

fn whole_text(element: &XmlElement) -> String {
    let mut all = String::new();
    walk(
        element,
        &mut all,
        &|text| text.to_owned(),
        &mut |child, all| {
            all.push_str(&whole_text(child));
        },
    );
    all
}

/// Goes through the text of an element and the elements that stand in it, in their order.
fn walk(
    element: &XmlElement,
    all: &mut String,
    write: &dyn Fn(&str) -> String,
    inner: &mut dyn FnMut(&XmlElement, &mut String),
) {
    let mut done = 0;
    for child in &element.children {
        all.push_str(&write(&element.text[done..child.at]));
        done = child.at;
        inner(child, all);
    }
    all.push_str(&write(&element.text[done..]));
}

fn content(element: &XmlElement, html: &mut String) {
    walk(element, html, &escaped, &mut |child, html| {
        node(child, html);
    });
}

fn node(element: &XmlElement, html: &mut String) {
    let tag = tag(&element.name).unwrap_or("a");
    let _ = write!(html, "<{tag}");
    let kept = ["href", "src", "alt", "colspan", "rowspan", "start"];
    for name in kept {
        let value = match name {
            "href" => address(element),
            _ => attribute(element, name),
        };
        if let Some(value) = value {
            let _ = write!(
                html,
                " {name}=\"{}\"",
                escaped(value).replace('"', "&quot;")
            );
        }
    }
    html.push('>');
    if !matches!(tag, "br" | "hr" | "img") {
        content(element, html);
        let _ = write!(html, "</{tag}>");
    }
}

/// Text as HTML has it. The document has resolved the entities of XML, so that what is left of others is of HTML.
fn escaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut escaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split_once(';').map_or("", |(name, _)| name);
        let is_entity = (2..=8).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !matches!(name, "lt" | "gt" | "amp" | "quot" | "apos");
        escaped.push_str(if is_entity { "&" } else { "&amp;" });
        escaped.push_str(part);
    }
    escaped.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(name: &str, text: &str, children: Vec<XmlElement>) -> XmlElement {
        XmlElement {
            name: name.to_owned(),
            text: text.to_owned(),
            children,
            ..XmlElement::default()
        }
    }

    fn at(at: usize, mut child: XmlElement) -> XmlElement {
        child.at = at;
        child
    }

    #[test]
    fn known_elements_are_content_and_others_are_fields() {
        let words = |name: &str| element(name, "so", Vec::new());
        let mut link = element("ulink", "here", Vec::new());
        link.attributes
            .push(("url".to_owned(), "https://a.example/?a=1&b=2".to_owned()));
        for (children, text, expected) in [
            (
                vec![at(5, words("emphasis"))],
                "It is < 5.",
                Some("It isso < 5."),
            ),
            (vec![words("para")], "", Some("so")),
            (
                vec![words("p"), words("p")],
                "",
                Some("<div><p>so</p><p>so</p></div>"),
            ),
            (
                vec![at(4, link)],
                "See  &nbsp;<",
                Some(
                    "<div>See <a href=\"https://a.example/?a=1&amp;b=2\">here</a> &nbsp;&lt;</div>",
                ),
            ),
            (
                vec![at(2, words("sub"))],
                "CO",
                Some("<div>CO<sub>so</sub></div>"),
            ),
            (
                vec![at(6, element("code", "<b>", Vec::new()))],
                "Write .",
                Some("<div>Write <code>&lt;b&gt;</code>.</div>"),
            ),
            (vec![words("a")], "", None),
            (vec![words("p"), words("price")], "", None),
            (Vec::new(), "x", None),
        ] {
            let field = element("answer", text, children);
            assert_eq!(html(&field).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn signs_in_a_text_are_signs_where_elements_are_written_as_elements() {
        let field = element("answer", " Write <b> & so. ", Vec::new());
        assert_eq!(text(&field, XmlMarks::Unused), "Write <b> & so.");
        assert_eq!(
            text(&field, XmlMarks::Used),
            "<div>Write &lt;b&gt; &amp; so.</div>"
        );
    }
}
