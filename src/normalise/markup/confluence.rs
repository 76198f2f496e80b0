//! What Confluence stores that is no HTML: macros with their titles, links by the names of pages, dates and
//! emoji. Its readers see all of that as text.

use super::attributes::Attributes;
use super::page::BlockCollector;

/// Macros without a body that show nothing which belongs to the text: they lead around in it.
const SILENT: [&str; 10] = [
    "anchor",
    "children",
    "contributors",
    "listlabels",
    "livesearch",
    "pagetree",
    "pagetreesearch",
    "recently-updated",
    "status",
    "toc",
];

/// Emoticons of Confluence Server that say something, and the sign for each.
const EMOTICONS: [(&str, &str); 16] = [
    ("tick", "✔"),
    ("cross", "✖"),
    ("warning", "⚠"),
    ("information", "ℹ"),
    ("question", "❓"),
    ("plus", "➕"),
    ("minus", "➖"),
    ("light-on", "💡"),
    ("thumbs-up", "👍"),
    ("thumbs-down", "👎"),
    ("smile", "🙂"),
    ("sad", "🙁"),
    ("laugh", "😀"),
    ("wink", "😉"),
    ("heart", "❤"),
    ("yellow-star", "⭐"),
];

/// Where reading stands in what Confluence stores.
#[derive(Default)]
pub(super) struct Confluence {
    /// Those that are open, the outermost first.
    macros: Vec<OpenMacro>,
    /// A link that has shown no words yet.
    link: Option<WordlessLink>,
    /// A date that has shown no words yet.
    date: Option<String>,
    /// Whether the title of a macro is being read.
    in_title: bool,
    /// Whether an extension has shown its content, which then comes once more.
    has_content: bool,
    /// Whether something was left out that only Confluence can show.
    pub(super) is_partial: bool,
}

#[derive(Default)]
struct OpenMacro {
    name: String,
    title: String,
    has_body: bool,
}

impl OpenMacro {
    /// Whether it stands among words.
    fn is_word(&self) -> bool {
        self.name == "status"
    }
}

/// What a link shows where it has no words of its own.
#[derive(Default)]
struct WordlessLink(Option<String>);

impl Confluence {
    /// Takes text that is not shown where it stands.
    pub(super) fn takes(&mut self, text: &str) -> bool {
        if self.in_title {
            if let Some(open) = self.macros.last_mut() {
                open.title.push_str(text);
            }
            return true;
        }
        if !text.trim().is_empty() {
            (self.link, self.date) = (None, None);
        }
        false
    }

    /// Whether what stands in an element is not shown.
    pub(super) fn hides(&self, name: &str, attributes: &Attributes) -> bool {
        match name {
            "ac:parameter" => {
                self.macros.is_empty() || attributes.value("ac:name") != Some("title")
            }
            // The bodies of other macros are diagrams, formulas or programs.
            "ac:plain-text-body" => !self
                .macros
                .last()
                .is_some_and(|open| matches!(open.name.as_str(), "code" | "noformat" | "panel")),
            "ac:adf-fallback" => self.has_content,
            "ac:adf-attribute" | "ac:placeholder" | "ac:task-id" | "ac:task-status"
            | "ac:task-uuid" => true,
            _ => false,
        }
    }

    /// Reads a start tag.
    pub(super) fn start(
        &mut self,
        name: &str,
        attributes: &Attributes,
        is_closed: bool,
        page: &mut BlockCollector,
    ) {
        let value = |wanted: &str| attributes.value(wanted).map(str::to_owned);
        match name {
            "ac:structured-macro" => {
                let open = OpenMacro {
                    name: value("ac:name").unwrap_or_default(),
                    ..OpenMacro::default()
                };
                if !open.is_word() {
                    page.end_block();
                }
                self.macros.push(open);
            }
            "ac:parameter" => self.in_title = !is_closed,
            "ac:rich-text-body" | "ac:plain-text-body" => self.begin_body(page),
            "ac:link" => self.link = Some(WordlessLink::default()),
            "ri:page" | "ri:blog-post" => self.leads_to(value("ri:content-title")),
            "ri:attachment" => self.leads_to(value("ri:filename")),
            "ac:image" => page.text(attributes.value("ac:alt").unwrap_or_default()),
            "ac:emoticon" => page.text(&emoji(attributes)),
            "ac:adf-extension" => self.has_content = false,
            "ac:adf-content" => self.has_content = true,
            "time" => self.date = value("datetime"),
            _ => {}
        }
        if is_closed {
            self.end(name, page);
        }
    }

    /// Reads an end tag.
    pub(super) fn end(&mut self, name: &str, page: &mut BlockCollector) {
        match name {
            "ac:structured-macro" => self.end_macro(page),
            "ac:parameter" => self.in_title = false,
            "ac:link" => {
                if let Some(WordlessLink(words)) = self.link.take() {
                    // The name of a person, say, is not stored.
                    self.is_partial |= words.is_none();
                    page.text(&words.unwrap_or_default());
                }
            }
            "time" => page.text(&self.date.take().unwrap_or_default()),
            _ => {}
        }
    }

    fn begin_body(&mut self, page: &mut BlockCollector) {
        if let Some(open) = self.macros.last_mut() {
            open.has_body = true;
            let title = std::mem::take(&mut open.title);
            if !title.is_empty() {
                page.text(&title);
                page.end_block();
            }
        }
    }

    fn end_macro(&mut self, page: &mut BlockCollector) {
        self.in_title = false;
        let Some(open) = self.macros.pop() else {
            return;
        };
        if open.is_word() {
            return page.text(&open.title);
        }
        self.is_partial |= !open.has_body && !SILENT.contains(&open.name.as_str());
        page.end_block();
    }

    /// What comes later in a link belongs to a picture in it.
    fn leads_to(&mut self, title: Option<String>) {
        if let Some(WordlessLink(words)) = &mut self.link {
            *words = words.take().or(title);
        }
    }
}

/// An emoji by its code points, or by what stands for it.
fn emoji(attributes: &Attributes) -> String {
    let value = |name: &str| attributes.value(name).unwrap_or_default();
    by_code_points(value("ac:emoji-id")).unwrap_or_else(|| {
        let fallback = unescaped(value("ac:emoji-fallback"));
        if !fallback.is_empty() {
            return fallback;
        }
        let known = EMOTICONS.iter().find(|(name, _)| *name == value("ac:name"));
        known.map_or_else(String::new, |(_, sign)| (*sign).to_owned())
    })
}

/// `1f468-200d-1f4bb`; `None` for emoji of Atlassian's own.
fn by_code_points(id: &str) -> Option<String> {
    let part = |part: &str| {
        let is_short = (2..=6).contains(&part.len());
        u32::from_str_radix(part, 16)
            .ok()
            .filter(|_| is_short)
            .and_then(char::from_u32)
    };
    id.split('-').map(part).collect()
}

/// A text in which characters may stand as the escapes of Java.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u") {
        units.extend(before.encode_utf16());
        let digits = after
            .get(..4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(Ok(unit)) = digits.map(|digits| u16::from_str_radix(digits, 16)) else {
            units.extend("\\u".encode_utf16());
            rest = after;
            continue;
        };
        units.push(unit);
        rest = &after[4..];
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_java_are_characters() {
        for (text, expected) in [
            ("\\uD83D\\uDE00", "😀"),
            ("a\\u00e4b", "aäb"),
            ("✔", "✔"),
            (":blue_star:", ":blue_star:"),
            ("\\u12", "\\u12"),
            ("\\u+123", "\\u+123"),
        ] {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }

    #[test]
    fn an_emoji_is_known_by_its_code_points() {
        for (id, expected) in [
            ("1f600", Some("😀")),
            ("1f468-200d-1f4bb", Some("👨‍💻")),
            ("2714", Some("✔")),
            ("atlassian-blue_star", None),
            ("d83d", None),
            ("", None),
        ] {
            assert_eq!(by_code_points(id).as_deref(), expected, "{id}");
        }
    }
}
