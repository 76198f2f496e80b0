//! Lists with a heading over each column. A terminal gets lines that fit it; a file or a pipe gets each entry on
//! one line, so that it can be searched by line.

use std::io::IsTerminal as _;

use super::style::{FAINT, painted};

/// Characters of a line on a terminal: the narrowest that people use.
const WIDTH: usize = 80;
/// Below so many characters, the last column begins on a line of its own.
const NARROW: usize = 24;
/// On a terminal, what is longer makes no column wider, and only its own line.
const WIDEST: usize = 32;
/// What stands in front of lines that go on.
const INDENT: usize = 4;

/// Columns under their headings, as wide as their widest cell; colours take no room. The last column may be of
/// any length.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    laid_out(headings, rows, width())
}

/// Text whose long lines go on, indented, below; lines are those of the text.
pub(crate) fn wrapped(text: &str) -> String {
    let Some(width) = width() else {
        return text.to_owned();
    };
    let fold = |line: &str| {
        let indent = line.len() - line.trim_start().len() + 2;
        folded(line, width, width, indent)
    };
    text.lines().map(fold).collect()
}

/// `None` where lines may be of any length.
fn width() -> Option<usize> {
    std::io::stdout().is_terminal().then_some(WIDTH)
}

fn laid_out(headings: &[&str], rows: &[Vec<String>], width: Option<usize>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut widths: Vec<usize> = headings.iter().map(|heading| room(heading)).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(room(cell));
        }
    }
    let used = |at: &usize| {
        rows.iter()
            .any(|row| row.get(*at).is_some_and(|cell| !cell.is_empty()))
    };
    let columns: Vec<usize> = (0..headings.len()).filter(used).collect();
    let head: Vec<String> = columns
        .iter()
        .map(|at| painted(FAINT, headings[*at]))
        .collect();
    let most = width.map_or(usize::MAX, |_| WIDEST);
    let widths: Vec<usize> = columns.iter().map(|at| widths[*at].min(most)).collect();
    let mut text = line(&head, &widths, width);
    for row in rows {
        let cell = |at: &usize| row.get(*at).cloned().unwrap_or_default();
        let cells: Vec<String> = columns.iter().map(cell).collect();
        text += &line(&cells, &widths, width);
    }
    text
}

fn line(cells: &[String], widths: &[usize], width: Option<usize>) -> String {
    let last = cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
    let mut text = String::new();
    for (at, (cell, wide)) in cells.iter().zip(widths).enumerate() {
        if at + 1 == cells.len()
            && let Some(width) = width
        {
            let begins = room(&text);
            if width.saturating_sub(begins) < NARROW && room(cell) > width.saturating_sub(begins) {
                text.truncate(text.trim_end().len());
                let cell = format!("{:INDENT$}{cell}", "");
                return text + "\n" + &folded(&cell, width, width, INDENT);
            }
            return text + &folded(cell, width - begins, width, begins.min(width - NARROW));
        }
        text.push_str(cell);
        if at == last {
            break;
        }
        text.extend(std::iter::repeat_n(
            ' ',
            wide.saturating_sub(room(cell)) + 2,
        ));
    }
    text.push('\n');
    text
}

/// Breaks a line between words: `first` characters on the first one, then up to `width`, `indent` of them blank.
fn folded(text: &str, first: usize, width: usize, indent: usize) -> String {
    let mut folded = String::new();
    let lead = text.len() - text.trim_start().len();
    folded.extend(std::iter::repeat_n(' ', lead));
    let mut left = first.saturating_sub(lead);
    let mut begun = false;
    for word in text.trim_start().split(' ') {
        let needs = room(word) + usize::from(begun);
        if begun && needs > left {
            folded.push('\n');
            folded.extend(std::iter::repeat_n(' ', indent));
            left = width.saturating_sub(indent);
            begun = false;
        }
        if begun {
            folded.push(' ');
        }
        folded += word;
        left = left.saturating_sub(room(word) + usize::from(begun));
        begun = true;
    }
    folded.push('\n');
    folded
}

fn room(cell: &str) -> usize {
    anstream::adapter::strip_str(cell)
        .map(|visible| visible.chars().count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::style::BAD;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn columns_stand_below_their_headings_and_colours_take_no_room() {
        let red = painted(BAD, "no");
        let rows = [
            vec!["a".to_owned(), red, "why".to_owned()],
            vec!["äö".to_owned(), "yes".to_owned(), String::new()],
        ];
        let text = laid_out(&["ONE", "TWO", "THREE"], &rows, None);
        assert_eq!(plain(&text), "ONE  TWO  THREE\na    no   why\näö   yes\n");
        // A column in which nothing stands is left out.
        let rows = [vec!["a".to_owned(), String::new()]];
        assert_eq!(plain(&laid_out(&["ONE", "TWO"], &rows, None)), "ONE\na\n");
        assert_eq!(laid_out(&["ONE"], &[], None), "");
    }

    #[test]
    fn nothing_goes_beyond_a_terminal() {
        let reason = "Haptik says that this answer is longer than a bubble may be ".repeat(4);
        for name in [
            "kb-1",
            "an article with quite a long name, as some knowledge bases have",
        ] {
            let rows = [vec![
                "acme_support".to_owned(),
                name.to_owned(),
                reason.trim_end().to_owned(),
            ]];
            let text = plain(&laid_out(&["BOT", "STEP", "REASON"], &rows, Some(WIDTH)));
            for line in text.lines() {
                assert!(line.chars().count() <= WIDTH, "{line}");
            }
            let words = |text: &str| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert!(words(&text).ends_with(&words(&reason)), "{text}");
            let line = plain(&laid_out(&["BOT", "STEP", "REASON"], &rows, None));
            assert_eq!(line.lines().count(), 2);
        }
    }

    #[test]
    fn a_long_line_goes_on_below_itself() {
        let text = folded("  error: one two three", 14, 14, 4);
        assert_eq!(text, "  error: one\n    two three\n");
        let long = "x".repeat(30);
        assert_eq!(folded(&long, 14, 14, 4), format!("{long}\n"));
    }
}
