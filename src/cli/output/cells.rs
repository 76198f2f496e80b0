//! Cells of tables that a spreadsheet opens.

/// Text that a spreadsheet would take for a formula begins with an apostrophe, as its users write
/// it. White space and control characters before it do not hide it.
pub(crate) fn harmless(cell: &str) -> String {
    let visible = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    let leads = visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if leads || cell.starts_with(['\t', '\r', '\n']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_becomes_a_formula() {
        for (cell, expected) in [
            ("kb-1", "kb-1"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            (" =1", "' =1"),
            ("\"=1\" is here", "\"=1\" is here"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), expected, "{cell:?}");
        }
    }
}
