//! Tables on a page whose rows are questions and their answers. Pure.

use scraper::{ElementRef, Html};

use super::{one_line, select};
use crate::intake::format::page::are_questions;

/// So many rows show what a table is.
const ROWS: usize = 50;

/// Whether a page has such a table.
pub(crate) fn has_questions(page: &Html) -> bool {
    select(page, "table").any(|table| are_questions(&rows(table)))
}

/// The first rows of a table, without those of the tables in it.
fn rows(table: ElementRef) -> Vec<Vec<String>> {
    let bodies = table
        .child_elements()
        .flat_map(|child| match child.value().name() {
            "tr" => vec![child],
            "thead" | "tbody" | "tfoot" => child.child_elements().collect(),
            _ => Vec::new(),
        });
    let rows = bodies.filter(|row| row.value().name() == "tr").take(ROWS);
    let cells = |row: ElementRef| {
        let cells = row.child_elements();
        let cells = cells.filter(|cell| matches!(cell.value().name(), "td" | "th"));
        cells
            .map(|cell| one_line(&cell.text().collect::<String>()))
            .collect()
    };
    rows.map(cells).collect()
}
