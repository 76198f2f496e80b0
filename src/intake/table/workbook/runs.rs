//! The text of a cell in runs, of which some may be struck out (ECMA-376 part 1, 18.4): what is left of
//! it without these.

use std::collections::HashMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::facts::TEXT;
use super::package::{Package, attribute};
use crate::intake::budget::{Budget, Exceeded};

/// The part with the texts that cells share.
const SHARED: &str = "xl/sharedStrings.xml";

/// A text that is being read.
#[derive(Debug, Default)]
pub(crate) struct TextRuns {
    kept: String,
    /// How many of its runs are struck out.
    struck: usize,
    is_struck: bool,
    is_text: bool,
    /// How the characters are read aloud, which no cell shows.
    is_phonetic: bool,
}

impl TextRuns {
    /// Takes what an event says of it.
    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Start(element) => self.begins(element),
            Event::Empty(element) if element.local_name().as_ref() == "strike" => {
                self.begins(element);
            }
            Event::End(element) => match element.local_name().as_ref() {
                "t" => self.is_text = false,
                "r" => self.is_struck = false,
                "rPh" => self.is_phonetic = false,
                _ => {}
            },
            Event::Text(text) => self.text(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(name) => {
                if let Ok(Some(letter)) = name.resolve_char_ref() {
                    self.text(letter.encode_utf8(&mut [0; 4]));
                } else {
                    let known = quick_xml::escape::resolve_predefined_entity(name);
                    self.text(known.unwrap_or_default());
                }
            }
            _ => {}
        }
    }

    fn begins(&mut self, element: &BytesStart) {
        match element.local_name().as_ref() {
            "t" => self.is_text = true,
            "r" => self.is_struck = false,
            "rPh" => self.is_phonetic = true,
            "strike" => {
                let value = attribute(element, "val");
                self.is_struck = !value.is_some_and(|value| value == "0" || value == "false");
                self.struck += usize::from(self.is_struck);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.is_text && !self.is_phonetic && !self.is_struck {
            self.kept.push_str(text);
        }
    }

    /// What is not struck out, where something is.
    pub(crate) fn rest(self) -> Option<String> {
        (self.struck > 0).then_some(self.kept)
    }
}

/// Of the shared texts, by number, those of which something is struck out, and what is left.
pub(crate) fn struck_texts(
    package: &mut Package,
    budget: &mut Budget,
) -> Result<HashMap<usize, String>, Exceeded> {
    let mut struck = HashMap::new();
    let Some(mut reader) = package.part(SHARED) else {
        return Ok(struck);
    };
    let (mut number, mut open) = (0, TextRuns::default());
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::End(element)) if element.local_name().as_ref() == "si" => {
                if let Some(rest) = std::mem::take(&mut open).rest() {
                    budget.take(TEXT + rest.len())?;
                    struck.insert(number, rest);
                }
                number += 1;
            }
            Ok(Event::Empty(element)) if element.local_name().as_ref() == "si" => number += 1,
            // What is no XML any more, the library says.
            Ok(Event::Eof) | Err(_) => return Ok(struck),
            Ok(event) => open.see(&event),
        }
    }
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::*;

    #[test]
    fn what_is_struck_out_is_left_out_of_a_text() {
        let rest = |xml: &str| {
            let mut reader = Reader::from_str(xml);
            let mut runs = TextRuns::default();
            loop {
                match reader.read_event().unwrap() {
                    Event::Eof => return runs.rest(),
                    event => runs.see(&event),
                }
            }
        };
        let run = |format: &str, text: &str| format!("<r><rPr>{format}</rPr><t>{text}</t></r>");
        for (xml, expected) in [
            ("<t>all</t>".to_owned(), None),
            (run("<b/>", "bold"), None),
            (
                run("<strike/>", "20 ") + &run("<b/>", "30 &amp; more"),
                Some("30 & more"),
            ),
            (run("<strike val=\"0\"/>", "20"), None),
            (
                run("<strike val=\"1\"></strike>", "20") + "<rPh><t>x</t></rPh>",
                Some(""),
            ),
            (run("<strike/>", "20") + "<r><t>5&#48;</t></r>", Some("50")),
        ] {
            assert_eq!(rest(&xml).as_deref(), expected, "{xml}");
        }
    }
}
