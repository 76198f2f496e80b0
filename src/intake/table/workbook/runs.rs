//! The text of a cell in runs, of which some may be struck out, raised or lowered (ECMA-376 part 1, 18.4):
//! what is left of it without the first, and with what the others mean.

use std::collections::HashMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::facts::TEXT;
use super::package::{Package, attribute};
use super::sheet::SheetCell;
use crate::intake::budget::{Budget, Exceeded};
use crate::text::raised::{Raised, written};

/// The part with the texts that cells share.
const SHARED: &str = "xl/sharedStrings.xml";

/// A text that is being read.
#[derive(Debug, Default)]
pub(crate) struct TextRuns {
    kept: String,
    /// What the run says that is open, and where it stands.
    run: String,
    raised: Option<Raised>,
    /// How many of its runs are raised or lowered, and how many struck out.
    raised_runs: usize,
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
            Event::Empty(element)
                if matches!(element.local_name().as_ref(), "strike" | "vertAlign") =>
            {
                self.begins(element);
            }
            Event::End(element) => match element.local_name().as_ref() {
                "t" => self.is_text = false,
                "r" => self.end_run(),
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
            "r" => self.end_run(),
            "rPh" => self.is_phonetic = true,
            "vertAlign" => {
                self.raised = match attribute(element, "val").as_deref() {
                    Some("superscript") => Some(Raised::Above),
                    Some("subscript") => Some(Raised::Below),
                    _ => None,
                };
            }
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
            self.run.push_str(text);
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        self.is_struck = false;
        match self.raised.take() {
            Some(raised) => {
                self.raised_runs += usize::from(!run.trim().is_empty());
                self.kept.push_str(&written(&run, raised));
            }
            None => self.kept.push_str(&run),
        }
    }

    /// What is to be read, where it is not all the words as they stand.
    pub(crate) fn rest(mut self) -> Option<SheetCell> {
        self.end_run();
        match (self.struck > 0, self.raised_runs > 0) {
            (true, _) => Some(SheetCell::Struck(self.kept)),
            (false, true) => Some(SheetCell::Text(self.kept)),
            (false, false) => None,
        }
    }
}

/// Of the shared texts, by number, those of which something is struck out or raised, as they are read.
pub(crate) fn marked_texts(
    package: &mut Package,
    budget: &mut Budget,
) -> Result<HashMap<usize, SheetCell>, Exceeded> {
    let mut marked = HashMap::new();
    let Some(mut reader) = package.part(SHARED) else {
        return Ok(marked);
    };
    let (mut number, mut open) = (0, TextRuns::default());
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::End(element)) if element.local_name().as_ref() == "si" => {
                if let Some(rest) = std::mem::take(&mut open).rest() {
                    budget.take(TEXT + rest.words().len())?;
                    marked.insert(number, rest);
                }
                number += 1;
            }
            Ok(Event::Empty(element)) if element.local_name().as_ref() == "si" => number += 1,
            // What is no XML any more, the library says.
            Ok(Event::Eof) | Err(_) => return Ok(marked),
            Ok(event) => open.see(&event),
        }
    }
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::*;

    #[test]
    fn what_is_struck_out_is_left_out_and_what_is_raised_keeps_its_meaning() {
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
            let struck = expected.map(|text| SheetCell::Struck(text.to_owned()));
            assert_eq!(rest(&xml), struck, "{xml}");
        }
        let above = "<vertAlign val=\"superscript\"/>";
        let below = "<vertAlign val=\"subscript\"></vertAlign>";
        for (xml, expected) in [
            (
                run("", "10") + &run(above, "5") + &run("", " m"),
                Some("10⁵ m"),
            ),
            (
                run("<b/>", "H") + &run(below, "2") + "<r><t>O</t></r>",
                Some("H₂O"),
            ),
            (run("", "3") + &run(above, "r&#100;"), Some("3rd")),
            (
                run(above, " ") + &run("<vertAlign val=\"baseline\"/>", "5"),
                None,
            ),
        ] {
            let text = expected.map(|text| SheetCell::Text(text.to_owned()));
            assert_eq!(rest(&xml), text, "{xml}");
        }
        let both = run("<strike/>", "20") + &run("", "10") + &run(above, "2");
        assert_eq!(rest(&both), Some(SheetCell::Struck("10²".to_owned())));
    }
}
