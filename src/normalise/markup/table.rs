//! A table as lines that can be read without columns: `Header: value; ...`, or cells between bars.
//! A table of one column only lays things out, and its cells are read one after the other.

use super::page::{Block, BlockKind, GLUE};

/// A header longer than this is no name for each of its values.
const MAX_HEADER: usize = 40;

/// A cell and what stands in it.
pub(crate) struct TableCell {
    /// Whether it names others.
    pub(crate) header: bool,
    /// What stands in it.
    pub(crate) blocks: Vec<Block>,
}

/// A table that is being read.
#[derive(Default)]
pub(crate) struct TextTable {
    /// What stands in it outside of cells, such as its caption.
    outside: Vec<Block>,
    /// Its rows.
    pub(crate) rows: Vec<Vec<TableCell>>,
    /// Whether the last cell is still being read.
    pub(crate) cell_is_open: bool,
}

impl TextTable {
    /// Begins a cell, in a row of its own if there is none.
    pub(crate) fn open_cell(&mut self, cell: TableCell) {
        self.cell_is_open = true;
        match self.rows.last_mut() {
            Some(row) => row.push(cell),
            None => self.rows.push(vec![cell]),
        }
    }

    /// Where blocks go.
    pub(crate) fn here(&mut self) -> &mut Vec<Block> {
        let cell = self.rows.last_mut().and_then(|row| row.last_mut());
        match cell {
            Some(cell) if self.cell_is_open => &mut cell.blocks,
            _ => &mut self.outside,
        }
    }

    /// The table as blocks.
    pub(crate) fn into_blocks(self) -> Vec<Block> {
        let mut blocks = self.outside;
        if self.rows.iter().all(|row| row.len() <= 1) {
            let cells = self.rows.into_iter().flatten();
            blocks.extend(cells.flat_map(|cell| cell.blocks));
            return blocks;
        }
        let rows: Vec<Vec<(bool, String)>> = self
            .rows
            .into_iter()
            .map(|row| row.iter().map(|cell| (cell.header, flat(cell))).collect())
            .filter(|row: &Vec<(bool, String)>| row.iter().any(|(_, text)| !text.is_empty()))
            .collect();
        let text = lines(&rows).join("\n");
        if !text.is_empty() {
            blocks.push(Block {
                kind: BlockKind::Lines,
                text,
            });
        }
        blocks
    }
}

fn flat(cell: &TableCell) -> String {
    let texts = cell.blocks.iter().flat_map(|block| block.text.split('\n'));
    let trimmed = texts.map(|text| text.trim_matches([' ', GLUE]));
    trimmed.collect::<Vec<_>>().join(" ")
}

fn lines(rows: &[Vec<(bool, String)>]) -> Vec<String> {
    let is_name = |text: &String| text.chars().count() <= MAX_HEADER;
    let heads =
        |row: &Vec<(bool, String)>| row.iter().all(|(header, text)| *header && is_name(text));
    match rows.split_first() {
        Some((head, body)) if !body.is_empty() && heads(head) => {
            body.iter().map(|row| named(head, row)).collect()
        }
        _ => rows.iter().map(|row| barred(row)).collect(),
    }
}

fn named(head: &[(bool, String)], row: &[(bool, String)]) -> String {
    let mut values = Vec::new();
    for (at, (_, value)) in row.iter().enumerate() {
        match head.get(at) {
            _ if value.is_empty() => {}
            Some((_, name)) if !name.is_empty() => {
                values.push(format!("{}: {value}", name.trim_end_matches(':')));
            }
            _ => values.push(value.clone()),
        }
    }
    values.join("; ")
}

fn barred(row: &[(bool, String)]) -> String {
    if let [(true, name), (false, value)] = row {
        return named(&[(true, name.clone())], &[(false, value.clone())]);
    }
    let texts: Vec<&str> = row.iter().map(|(_, text)| text.as_str()).collect();
    texts.join(" | ").trim().to_owned()
}
