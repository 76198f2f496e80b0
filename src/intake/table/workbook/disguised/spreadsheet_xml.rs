//! Reads Excel's XML of 2003 (`SpreadsheetML`), which many systems write under the name of a workbook.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read};

use calamine::{Data, Dimensions, ExcelDateTime, ExcelDateTimeType};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::FoundSheet;
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;
use crate::intake::read_files::ReadJob;
use crate::intake::table::workbook::facts::{ROW, SheetFacts, TEXT};
use crate::intake::table::workbook::package::attribute;
use crate::intake::table::workbook::sheet::{Sheet, SheetCell, text as shown};
use crate::text::raised::{Raised, written};

/// The style of cells that name none.
const DEFAULT: &str = "Default";
/// What an entry takes besides its text.
const ENTRY: usize = 100;

/// All sheets.
pub(crate) fn read(
    job: &ReadJob,
    collector: &mut ArticleCollector,
) -> Result<Vec<FoundSheet>, TextProblem> {
    let text = job.page(collector)?;
    let mut reader = Reader::from_reader(BufReader::new(text.reader()));
    let mut walk = SheetsWalk {
        job,
        budget: collector.budget(),
        found: Vec::new(),
        formats: HashMap::new(),
        struck: HashSet::new(),
        style: None,
        open: None,
        is_in_visible: false,
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        if walk.next(&mut reader, &mut buffer)? {
            return Ok(walk.found);
        }
    }
}

/// The sheet that is open.
struct OpenSheet {
    sheet: Sheet,
    facts: SheetFacts,
    merged: Vec<Dimensions>,
    is_visible: bool,
    row: u32,
    column: u32,
    cell: Option<OpenCell>,
}

#[derive(Default)]
struct OpenCell {
    column: u32,
    across: u32,
    style: Option<String>,
    kind: String,
    has_formula: bool,
    /// Whether it has a value, be it empty.
    has_data: bool,
    is_in_data: bool,
    text: String,
    /// Elements that are open in it and strike out, and where raised or lowered text began.
    struck: usize,
    raised: Option<(usize, Raised)>,
    /// How often something was struck out.
    struck_out: usize,
}

impl OpenCell {
    /// An element of HTML begins in its value.
    fn begins(&mut self, name: &str) {
        match &*name.to_ascii_lowercase() {
            "s" | "strike" | "del" => self.struck += 1,
            "sup" => self.raised = Some((self.text.len(), Raised::Above)),
            "sub" => self.raised = Some((self.text.len(), Raised::Below)),
            _ => {}
        }
    }

    fn ends(&mut self, name: &str) {
        match &*name.to_ascii_lowercase() {
            "s" | "strike" | "del" => self.struck = self.struck.saturating_sub(1),
            "sup" | "sub" => {
                if let Some((start, raised)) = self.raised.take() {
                    let text = self.text.split_off(start);
                    self.text.push_str(&written(&text, raised));
                }
            }
            _ => {}
        }
    }
}

struct SheetsWalk<'a> {
    job: &'a ReadJob<'a>,
    budget: &'a mut Budget,
    found: Vec<FoundSheet>,
    /// The codes of number formats by the names of styles.
    formats: HashMap<String, String>,
    /// The styles that strike out.
    struck: HashSet<String>,
    /// The style that is open.
    style: Option<String>,
    open: Option<OpenSheet>,
    is_in_visible: bool,
}

impl SheetsWalk<'_> {
    /// `true`: the document has ended.
    fn next<R: Read>(
        &mut self,
        reader: &mut Reader<BufReader<R>>,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, TextProblem> {
        let broken = |cause: &dyn std::fmt::Display| {
            TextProblem::whole_file(format!(
                "is a workbook in Excel's XML of 2003 that cannot be read ({cause}); it looks damaged or cut off, so export it again"
            ))
        };
        match reader.read_event_into(buffer) {
            Ok(Event::Start(element)) => self.begins(&element)?,
            Ok(Event::Empty(element)) => {
                self.begins(&element)?;
                self.ends(element.local_name().as_ref())?;
            }
            Ok(Event::Text(text)) => self.text(&text.xml_content(XmlVersion::Implicit1_0))?,
            Ok(Event::CData(text)) => self.text(&text.xml_content(XmlVersion::Implicit1_0))?,
            Ok(Event::GeneralRef(name)) => {
                if let Ok(Some(c)) = name.resolve_char_ref() {
                    self.text(c.encode_utf8(&mut [0; 4]))?;
                } else {
                    let known = quick_xml::escape::resolve_predefined_entity(&name);
                    self.text(known.unwrap_or_default())?;
                }
            }
            Ok(Event::End(element)) => self.ends(element.local_name().as_ref())?,
            Ok(Event::Eof) if self.open.is_some() || self.found.is_empty() => {
                return Err(broken(&"it ends too early"));
            }
            Ok(Event::Eof) => return Ok(true),
            Ok(_) => {}
            Err(error) => return Err(broken(&error)),
        }
        Ok(false)
    }

    fn begins(&mut self, element: &BytesStart) -> Result<(), TextProblem> {
        let number =
            |name: &str| attribute(element, name).and_then(|text| text.parse::<u32>().ok());
        match (element.local_name().as_ref(), &mut self.open) {
            ("Style", None) => self.style = attribute(element, "ID"),
            ("NumberFormat", None) => {
                if let (Some(style), Some(code)) = (&self.style, attribute(element, "Format")) {
                    self.budget.take(ENTRY + style.len() + code.len())?;
                    self.formats
                        .insert(style.clone(), named_code(&code).to_owned());
                }
            }
            ("Font", None) => {
                if let Some(style) = &self.style
                    && attribute(element, "StrikeThrough").is_some_and(|is| is == "1")
                {
                    self.budget.take(ENTRY + style.len())?;
                    self.struck.insert(style.clone());
                }
            }
            ("Worksheet", _) => {
                let name = attribute(element, "Name").unwrap_or_default();
                self.open = Some(OpenSheet {
                    sheet: Sheet::new(name, &self.job.folder.limits),
                    facts: SheetFacts::default(),
                    merged: Vec::new(),
                    is_visible: true,
                    row: 0,
                    column: 0,
                    cell: None,
                });
            }
            ("Row", Some(open)) => {
                open.row = number("Index").map_or(open.row, |index| index.saturating_sub(1));
                open.column = 0;
                if attribute(element, "Hidden").is_some_and(|is| is == "1") {
                    open.facts.hold(ROW, self.budget)?;
                    open.facts.hidden.insert(open.row);
                }
            }
            ("Cell", Some(open)) => {
                let column = number("Index").map_or(open.column, |index| index.saturating_sub(1));
                let across = number("MergeAcross").unwrap_or_default();
                if let Some(down) = number("MergeDown").filter(|down| *down > 0) {
                    self.budget.take(ENTRY)?;
                    let end = (open.row.saturating_add(down), column.saturating_add(across));
                    open.merged.push(Dimensions::new((open.row, column), end));
                }
                if let Some(target) = attribute(element, "HRef") {
                    open.facts.hold(TEXT + target.len(), self.budget)?;
                    let at = (open.row, column);
                    open.facts.links.push((Dimensions::new(at, at), target));
                }
                open.cell = Some(OpenCell {
                    column,
                    across,
                    style: attribute(element, "StyleID"),
                    has_formula: attribute(element, "Formula").is_some(),
                    ..OpenCell::default()
                });
            }
            (
                "Data",
                Some(OpenSheet {
                    cell: Some(cell), ..
                }),
            ) => {
                cell.kind = attribute(element, "Type").unwrap_or_default();
                (cell.has_data, cell.is_in_data) = (true, true);
            }
            ("Visible", Some(_)) => self.is_in_visible = true,
            (
                name,
                Some(OpenSheet {
                    cell: Some(cell), ..
                }),
            ) if cell.is_in_data => cell.begins(name),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), TextProblem> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        if self.is_in_visible {
            open.is_visible &= !text.trim().starts_with("Sheet");
        }
        if let Some(cell) = open.cell.as_mut().filter(|cell| cell.is_in_data) {
            if cell.struck > 0 {
                cell.struck_out += usize::from(!text.trim().is_empty());
                return Ok(());
            }
            self.budget.take(text.len())?;
            cell.text.push_str(text);
        }
        Ok(())
    }

    fn ends(&mut self, name: &str) -> Result<(), TextProblem> {
        match (name, &mut self.open) {
            ("Style", None) => self.style = None,
            ("Visible", _) => self.is_in_visible = false,
            (
                "Data",
                Some(OpenSheet {
                    cell: Some(cell), ..
                }),
            ) => cell.is_in_data = false,
            ("Cell", Some(open)) => {
                if let Some(cell) = open.cell.take() {
                    open.column = cell.column.saturating_add(cell.across).saturating_add(1);
                    let style = cell.style.as_deref().unwrap_or(DEFAULT);
                    let value = if self.struck.contains(style) && cell.has_data {
                        SheetCell::Struck(String::new())
                    } else {
                        value(&cell, &self.formats)
                    };
                    open.sheet.add(open.row, cell.column, value, self.budget)?;
                    self.budget.trim_memory(cell.text.len());
                }
            }
            ("Row", Some(open)) => open.row = open.row.saturating_add(1),
            ("Worksheet", _) => {
                if let Some(mut open) = self.open.take() {
                    open.sheet.fill_merged(&open.merged, self.budget)?;
                    open.sheet.learn(&open.facts, self.budget)?;
                    open.facts.forget(self.budget);
                    self.found.push(FoundSheet {
                        sheet: open.sheet,
                        is_visible: open.is_visible,
                    });
                }
            }
            (
                name,
                Some(OpenSheet {
                    cell: Some(cell), ..
                }),
            ) if cell.is_in_data => cell.ends(name),
            _ => {}
        }
        Ok(())
    }
}

/// A cell as it shows its value.
fn value(cell: &OpenCell, formats: &HashMap<String, String>) -> SheetCell {
    let text = cell.text.trim();
    if cell.has_formula && !cell.has_data {
        return SheetCell::Error("a formula without a stored value".to_owned());
    }
    if cell.struck_out > 0 {
        return SheetCell::Struck(cell.text.clone());
    }
    let style = cell.style.as_deref().unwrap_or(DEFAULT);
    let format = formats.get(style).map(String::as_str);
    let is_long = text.len() > 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    match (cell.kind.as_str(), text.parse::<f64>()) {
        ("Number", Ok(number)) if !is_long => shown(&Data::Float(number), format, false),
        ("Boolean", _) => shown(&Data::Bool(text == "1"), None, false),
        ("Error", _) => SheetCell::Error(text.to_owned()),
        ("DateTime", _) => match serial(text) {
            Some(serial) => {
                let kind = ExcelDateTimeType::DateTime;
                let time = ExcelDateTime::new(serial, kind, false);
                shown(&Data::DateTime(time), format, false)
            }
            None => SheetCell::Text(text.to_owned()),
        },
        _ => SheetCell::Text(cell.text.clone()),
    }
}

/// The number of a day and its time, such as `2024-01-31T12:00:00.000`.
fn serial(text: &str) -> Option<f64> {
    let time: jiff::civil::DateTime = text.parse().ok()?;
    let first = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
    let seconds = time.duration_since(first).as_secs_f64();
    Some(seconds / 86_400.0)
}

/// The code that a name stands for, where it means the same on every machine.
fn named_code(code: &str) -> &str {
    match code {
        "Percent" => "0.00%",
        "Fixed" => "0.00",
        "Standard" => "#,##0.00",
        "Scientific" => "0.00E+00",
        code => code,
    }
}
