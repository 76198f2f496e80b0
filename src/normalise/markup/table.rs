//! A table as lines that can be read without columns: `Header: value; ...`, or cells between bars.
//! A table of one column only lays things out, and its cells are read one after the other.

use super::page::{Block, BlockKind, GLUE};

/// A header longer than this is no name for each of its values.
const MAX_HEADER: usize = 40;
/// Cells, and bytes of text, that a table may come to by values that stand in several cells. In one that
/// comes to more, they stand where they are written alone.
const MAX_CELLS: usize = 20_000;
const MAX_TEXT: usize = 1 << 20;

/// A cell and what stands in it.
pub(crate) struct TableCell {
    /// Whether it names others.
    pub(crate) header: bool,
    /// Columns and rows that it stands in; no rows: all that follow.
    pub(crate) span: (usize, usize),
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
    /// Whether the cells that come name others, whatever they are.
    pub(crate) in_head: bool,
}

impl TextTable {
    /// Begins a cell, in a row of its own if there is none.
    pub(crate) fn open_cell(&mut self, mut cell: TableCell) {
        self.cell_is_open = true;
        cell.header |= self.in_head;
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
        let mut rows = grid(&self.rows);
        rows.retain(|row| row.cells.iter().any(|cell| !cell.text.is_empty()));
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

/// A place in a table.
#[derive(Clone, Default)]
struct GridCell {
    header: bool,
    text: String,
}

struct GridRow {
    cells: Vec<GridCell>,
    /// One cell stands in all of it.
    is_one: bool,
}

/// What stands in each place of a table.
fn grid(rows: &[Vec<TableCell>]) -> Vec<GridRow> {
    let flat: Vec<Vec<GridCell>> = rows
        .iter()
        .map(|row| row.iter().map(GridCell::of).collect())
        .collect();
    let spans = spans(rows, &flat);
    let mut open: Vec<(usize, GridCell)> = Vec::new();
    let mut laid = Vec::with_capacity(rows.len());
    for (cells, spans) in flat.into_iter().zip(spans) {
        let is_alone = cells.len() == 1 && spans[0].0 > 1;
        let mut row: Vec<GridCell> = Vec::new();
        from_above(&mut open, &mut row, false);
        // What reaches down from above stands beside it.
        let is_alone = is_alone && row.is_empty();
        for (cell, (columns, rows)) in cells.into_iter().zip(spans) {
            from_above(&mut open, &mut row, false);
            for _ in 0..columns {
                let at = row.len();
                if open.len() <= at {
                    open.resize_with(at + 1, Default::default);
                }
                open[at] = (rows - 1, cell.clone());
                row.push(cell.clone());
            }
        }
        let is_one = is_alone && open.len() == row.len();
        from_above(&mut open, &mut row, true);
        laid.push(GridRow { cells: row, is_one });
    }
    laid
}

/// Puts what reaches down from rows above into the next places: as long as there is such, or all of it.
fn from_above(open: &mut [(usize, GridCell)], row: &mut Vec<GridCell>, to_the_end: bool) {
    let last = open.iter().rposition(|(left, _)| *left > 0);
    while let Some((left, cell)) = open.get_mut(row.len()) {
        if *left > 0 {
            *left -= 1;
            row.push(cell.clone());
        } else if to_the_end && last.is_some_and(|last| row.len() < last) {
            row.push(GridCell::default());
        } else {
            break;
        }
    }
}

/// The columns and rows of each cell, as far as there are such and not too many.
fn spans(rows: &[Vec<TableCell>], flat: &[Vec<GridCell>]) -> Vec<Vec<(usize, usize)>> {
    let (mut cells, mut text) = (0_usize, 0_usize);
    let mut all = Vec::with_capacity(rows.len());
    for (at, (row, flat)) in rows.iter().zip(flat).enumerate() {
        let left = rows.len() - at;
        let mut spans = Vec::with_capacity(row.len());
        for (cell, flat) in row.iter().zip(flat) {
            let (columns, rows) = cell.span;
            let rows = if rows == 0 { left } else { rows.min(left) };
            let columns = columns.clamp(1, MAX_CELLS);
            let places = columns.saturating_mul(rows);
            cells = cells.saturating_add(places);
            text = text.saturating_add(places.saturating_mul(flat.text.len()));
            spans.push((columns, rows));
        }
        all.push(spans);
    }
    let written: usize = rows.iter().map(Vec::len).sum();
    if cells > MAX_CELLS.max(written) || text > MAX_TEXT {
        let alone = |row: &Vec<TableCell>| vec![(1, 1); row.len()];
        return rows.iter().map(alone).collect();
    }
    all
}

impl GridCell {
    fn of(cell: &TableCell) -> Self {
        let texts = cell.blocks.iter().flat_map(|block| block.text.split('\n'));
        let trimmed = texts.map(|text| text.trim_matches([' ', GLUE]));
        Self {
            header: cell.header,
            text: trimmed.collect::<Vec<_>>().join(" "),
        }
    }

    fn is_name(&self) -> bool {
        self.header && self.text.chars().count() <= MAX_HEADER
    }
}

fn lines(rows: &[GridRow]) -> Vec<String> {
    // A row above the header that is one cell is a title.
    let titles = rows.iter().take_while(|row| row.is_one).count();
    let (titles, rows) = rows.split_at(titles);
    let heads = |row: &&GridRow| !row.is_one && row.cells.iter().all(GridCell::is_name);
    let (head, body) = rows.split_at(rows.iter().take_while(heads).count());
    let titles = titles.iter().map(|row| row.cells[0].text.clone());
    if head.is_empty() || body.is_empty() {
        return titles.chain(rows.iter().map(barred)).collect();
    }
    let names = names(head);
    titles
        .chain(body.iter().map(|row| named(&names, row)))
        .collect()
}

/// What the rows of a header call each column.
fn names(head: &[GridRow]) -> Vec<String> {
    let width = head.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let name = |column: usize| {
        let mut parts: Vec<&str> = Vec::new();
        for row in head {
            let text = row.cells.get(column).map_or("", |cell| &cell.text);
            let text = text.trim_end_matches(':');
            if !text.is_empty() && parts.last() != Some(&text) {
                parts.push(text);
            }
        }
        parts.join(" ")
    };
    (0..width).map(name).collect()
}

fn named(names: &[String], row: &GridRow) -> String {
    if row.is_one {
        return row.cells[0].text.clone();
    }
    let mut values = Vec::new();
    for (at, cell) in row.cells.iter().enumerate() {
        let value = &cell.text;
        match names.get(at) {
            _ if value.is_empty() => {}
            Some(name) if !name.is_empty() => values.push(format!("{name}: {value}")),
            _ => values.push(value.clone()),
        }
    }
    values.join("; ")
}

fn barred(row: &GridRow) -> String {
    match row.cells.as_slice() {
        [first, ..] if row.is_one => first.text.clone(),
        [name, value] if name.header && !value.header => match name.text.as_str() {
            "" => value.text.clone(),
            _ if value.text.is_empty() => String::new(),
            name => format!("{}: {}", name.trim_end_matches(':'), value.text),
        },
        cells => {
            let texts: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
            texts.join(" | ").trim().to_owned()
        }
    }
}
