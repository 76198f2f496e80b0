//! What a text shows of the markup that it may be written in: HTML or Markdown, or text that merely has
//! such signs in it. What follows from the signs is decided where there are many texts to go by.

const ELEMENTS: [&str; 58] = [
    "a",
    "abbr",
    "article",
    "b",
    "big",
    "blockquote",
    "body",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "html",
    "i",
    "iframe",
    "ins",
    "kbd",
    "label",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "td",
    "tr",
    "tt",
    "u",
    "ul",
];

/// Whether a text clearly is HTML: one of the usual elements opens and closes in it, or it has a
/// whole tag and an entity, or a `<br>`, which exports use between the lines of text.
pub(crate) fn is_html(text: &str) -> bool {
    let mut opened = 0_u64;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let (end, name) = match rest.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, rest),
        };
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, after) = name.split_at(length);
        if !after.starts_with(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>') {
            continue;
        }
        let Some(close) = after.find('>') else {
            break;
        };
        if name.eq_ignore_ascii_case("br") && after[..close].trim().trim_matches('/').is_empty() {
            return true;
        }
        if let Some(index) = element(name) {
            match (end, opened & (1 << index) != 0) {
                (false, _) => opened |= 1 << index,
                (true, true) => return true,
                (true, false) => {}
            }
        }
    }
    opened != 0 && has_entity(text)
}

/// Whether this is the name of an element that answers are usually written with.
pub(crate) fn is_element(name: &str) -> bool {
    element(name).is_some()
}

fn element(name: &str) -> Option<usize> {
    let is_it = |element: &&str| element.eq_ignore_ascii_case(name);
    ELEMENTS.iter().position(is_it)
}

/// Whether an element of this name and with these classes shows an icon: its text is the name by which the font
/// finds the picture, such as `expand_more`, and no reader sees it.
pub(crate) fn shows_icon(name: &str, classes: &str) -> bool {
    const ELEMENTS: [&str; 3] = ["mat-icon", "md-icon", "v-icon"];
    const FONTS: [&str; 2] = ["material-icons", "material-symbols"];
    if ELEMENTS.contains(&name) {
        return true;
    }
    let mut classes = classes.split_ascii_whitespace();
    classes.any(|class| FONTS.iter().any(|font| class.starts_with(font)))
}

/// Whether a text holds an entity, from `&` to `;`.
pub(crate) fn has_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        let name = rest.strip_prefix('#').unwrap_or(rest);
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        (1..=32).contains(&length) && name[length..].starts_with(';')
    })
}

/// What a text shows of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TagSigns {
    /// Nothing.
    None,
    /// An entity, a tag without its end, or inline tags in plain lines: no proof of anything.
    Weak,
    /// Inline tags in a single line.
    Inline,
    /// Lines that are parted by tags.
    Block,
    /// Tags that are used, not spoken of: with a link or another attribute, or around an index.
    Used,
    /// All of it stands within blocks.
    Whole,
}

/// What a text shows of HTML.
pub(crate) fn tag_signs(text: &str) -> TagSigns {
    if memchr::memchr2(b'<', b'&', text.as_bytes()).is_none() {
        return TagSigns::None;
    }
    if !is_html(text) {
        let has_tag = has_known_tag(text);
        return if has_tag || has_entity(text) {
            TagSigns::Weak
        } else {
            TagSigns::None
        };
    }
    let trimmed = text.trim();
    if starts_block(trimmed) && trimmed.ends_with('>') {
        return TagSigns::Whole;
    }
    if has_attribute(text) || has_index(text) {
        return TagSigns::Used;
    }
    let has_block = tags(text).any(|tag| is_parting(tag.name));
    match (has_block, trimmed.contains('\n')) {
        (true, _) => TagSigns::Block,
        (false, false) => TagSigns::Inline,
        (false, true) => TagSigns::Weak,
    }
}

/// A tag of a known name.
struct SeenTag<'t> {
    name: &'t str,
    /// What stands between the name and the end.
    rest: &'t str,
}

/// The start tags in a text whose names are known.
fn tags(text: &str) -> impl Iterator<Item = SeenTag<'_>> {
    text.split('<').skip(1).filter_map(|part| {
        let length = part.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, after) = part.split_at(length);
        let is_tag = after.starts_with(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>');
        let rest = &after[..after.find('>')?];
        let is_known = is_element(name) || name.eq_ignore_ascii_case("br");
        (is_tag && is_known).then_some(SeenTag { name, rest })
    })
}

fn has_known_tag(text: &str) -> bool {
    tags(text).next().is_some()
}

/// Whether a tag has an attribute: in quotes, or one of those that are often written without.
fn has_attribute(text: &str) -> bool {
    const UNQUOTED: [&str; 5] = ["href=", "src=", "class=", "style=", "target="];
    tags(text).any(|tag| {
        let is_unquoted = |word: &str| UNQUOTED.iter().any(|name| word.starts_with(name));
        tag.rest.contains("=\"")
            || tag.rest.contains("='")
            || tag.rest.split_ascii_whitespace().any(is_unquoted)
    })
}

/// Whether a raised or lowered sign stands right behind a letter, digit or bracket: `CO<sub>2</sub>`, `m<sup>2</sup>`.
/// Who speaks of these elements does not write them so.
fn has_index(text: &str) -> bool {
    ["sub", "sup"].iter().any(|name| {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        text.match_indices(&start).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let index = text[at + start.len()..].split_once(&end);
            before.is_some_and(|sign| sign.is_alphanumeric() || matches!(sign, ')' | ']'))
                && index.is_some_and(|(index, _)| {
                    (1..=8).contains(&index.len()) && !index.contains('<')
                })
        })
    })
}

/// Whether an element parts lines.
fn is_parting(name: &str) -> bool {
    const PARTING: [&str; 22] = [
        "article",
        "blockquote",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ];
    PARTING.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn starts_block(text: &str) -> bool {
    let name = text.strip_prefix('<').unwrap_or_default();
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    is_parting(&name[..length])
}

/// What a text shows of Markdown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MarkdownSigns {
    /// Marks that hardly stand in other text.
    pub(crate) marks: bool,
    /// Among them links or images.
    pub(crate) links: bool,
}

/// What a text shows of Markdown.
pub(crate) fn markdown_signs(text: &str) -> MarkdownSigns {
    if !may_be_marked(text) {
        return MarkdownSigns::default();
    }
    let links = has_link(text);
    let marks = links || text.lines().any(is_marked_line);
    MarkdownSigns { marks, links }
}

/// Whether a text holds any of the characters that marks are made of. Most texts do not, and this is all
/// that they cost; a bar alone parts user messages.
fn may_be_marked(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr3(b'*', b'`', b'#', bytes).is_some()
        || memchr::memchr2(b']', b'~', bytes).is_some()
        || memchr::memchr(b'|', bytes).is_some() && text.contains("--")
}

/// What may be a link and is none: so many of them are looked at in a text, and so far around each.
const TRIES: usize = 32;
const NEAR: usize = 2000;

/// `[words](address)`, also of an image.
fn has_link(text: &str) -> bool {
    text.match_indices("](").take(TRIES).any(|(at, _)| {
        let before = &text[text.floor_char_boundary(at.saturating_sub(NEAR))..at];
        let words = before.rfind(['[', '\n']);
        let opens = words.is_some_and(|words| before[words..].starts_with('['));
        let address = &text[at + 2..text.floor_char_boundary(at + 2 + NEAR)];
        let end = address.find([')', ' ', '\n']);
        let is_address = end.is_some_and(|end| {
            let address = &address[..end];
            ["http", "/", "mailto:", "tel:", "#", ".", "www."]
                .iter()
                .any(|start| address.starts_with(start))
                || address.contains(['.', '/'])
        });
        opens && is_address
    })
}

fn is_marked_line(line: &str) -> bool {
    let line = line.trim();
    let hashes = line.len() - line.trim_start_matches('#').len();
    (2..=6).contains(&hashes) && line[hashes..].starts_with(' ')
        || line.starts_with("```")
        || is_rule_of_table(line)
        || encloses(line, "**")
        || encloses(line, "~~")
        || encloses(line, "`")
}

fn is_rule_of_table(line: &str) -> bool {
    line.contains('|')
        && line.contains("--")
        && line
            .bytes()
            .all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '))
}

/// Whether a mark opens before a word and closes behind one.
fn encloses(line: &str, mark: &str) -> bool {
    let Some(open) = line.find(mark) else {
        return false;
    };
    let inside = &line[open + mark.len()..];
    let is_word = |c: char| !c.is_whitespace() && !mark.contains(c);
    inside.starts_with(is_word)
        && inside
            .match_indices(mark)
            .any(|(close, _)| inside[..close].ends_with(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_html() {
        for (text, expected) in [
            ("<p>One</p>", true),
            ("<P CLASS='x'>One\n</P >", true),
            ("One <b>two</b>", true),
            ("One<br>two", true),
            ("One<br />two", true),
            ("<p>Terms &amp; conditions", true),
            ("<p>One", false),
            ("One &amp; two", false),
            ("a < b and c > d", false),
            ("a <b and c> d", false),
            ("press <b", false),
            ("</p><p>", false),
            ("Vec<String> and <T>x</T>", false),
            ("mail <help@a.example>", false),
            ("<brand>", false),
            ("", false),
        ] {
            assert_eq!(is_html(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_text_shows_of_html() {
        for (text, expected) in [
            ("a < b & c", TagSigns::None),
            ("for (i=0; i<b.length; i++)", TagSigns::None),
            ("Tom &amp; Jerry", TagSigns::Weak),
            ("press <b> twice", TagSigns::Weak),
            ("One\nuse <b>bold</b>\nthree", TagSigns::Weak),
            ("Use <b>bold</b>", TagSigns::Inline),
            ("One<br>two", TagSigns::Block),
            ("A list: <ul><li>a</li></ul> and so on", TagSigns::Block),
            ("One <a href=\"/x\">two</a>\nthree", TagSigns::Used),
            (
                "One <a href=https://a.example/x>two</a>\nthree",
                TagSigns::Used,
            ),
            ("A CO<sub>2</sub> sensor", TagSigns::Used),
            ("20 m<sup>2</sup>\nor more", TagSigns::Used),
            ("<sub>x</sub> stands low", TagSigns::Inline),
            ("if a <b and c=1> d</b>", TagSigns::Inline),
            ("<p>One</p>\n<p>two</p>", TagSigns::Whole),
            (" <ul><li>One</ul> ", TagSigns::Whole),
        ] {
            assert_eq!(tag_signs(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_text_shows_of_markdown() {
        for (text, marks, links) in [
            ("See [here](https://a.example).", true, true),
            ("![A door](img/door.png)", true, true),
            ("a[0](x)", false, false),
            ("Price** from 5, **excl. VAT", false, false),
            ("**Note**: x", true, false),
            ("2 * 3 ** 4", false, false),
            ("# 1 choice", false, false),
            ("Intro\n\n## How\ntext", true, false),
            ("Run `ls`", true, false),
            ("```sh\nls\n```", true, false),
            ("|A|B|\n|--|--|\n|1|2|", true, false),
            ("~~old~~ new", true, false),
            ("about ~~ 5", false, false),
            ("- one\n- two", false, false),
            ("snake_case_name and __init__", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                markdown_signs(text),
                MarkdownSigns { marks, links },
                "{text}"
            );
        }
    }
}
