//! What stands between the cells of a delimited text, as its first lines show. Pure.

/// The likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', PIPE];
/// It also stands between the variants in a cell.
const PIPE: u8 = b'|';
/// So many lines are looked at.
const LINES: usize = 200;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundDelimiter {
    pub(crate) delimiter: u8,
    /// Whether the header alone says the same, so that it holds for every part of the file with it.
    pub(crate) is_told_by_header: bool,
}

/// The delimiter of a text that begins so. `is_named_for_tabs`: the file's name says that it is tabs.
pub(crate) fn detect(head: &[u8], is_named_for_tabs: bool) -> FoundDelimiter {
    let told = |delimiter| FoundDelimiter {
        delimiter,
        is_told_by_header: true,
    };
    let head = head.trim_ascii_start();
    // Excel writes and reads such a first line.
    if let Some([delimiter @ (b',' | b';' | b'\t' | PIPE), ..]) = head.strip_prefix(b"sep=") {
        return told(*delimiter);
    }
    if is_named_for_tabs && head.contains(&b'\t') {
        return told(b'\t');
    }
    let lines = without_footer(lines(head));
    let first = of_first_line(&lines);
    let best = of_all_lines(&lines, first);
    FoundDelimiter {
        delimiter: best,
        is_told_by_header: best == first,
    }
}

/// The lines without those at their end that have none of the delimiters, such as a count of the rows.
fn without_footer(mut lines: Vec<Counts>) -> Vec<Counts> {
    while lines.len() > 2 && lines.last() == Some(&Counts::default()) {
        lines.pop();
    }
    lines
}

/// The delimiter alone, of a text that may be anything.
pub(crate) fn delimiter_of(text: &[u8]) -> u8 {
    const HEAD: usize = 64 << 10;
    detect(&text[..text.len().min(HEAD)], false).delimiter
}

/// How often each delimiter stands in a line outside of quotes.
type Counts = [usize; 4];

/// The delimiter that the first line with any of them has most of.
fn of_first_line(lines: &[Counts]) -> u8 {
    let first = lines
        .iter()
        .find(|counts| counts.iter().any(|count| *count > 0));
    let counts = first.copied().unwrap_or_default();
    let [others @ .., pipes] = counts;
    if others.iter().all(|count| *count == 0) && pipes > 0 && are_piped(lines, pipes) {
        return PIPE;
    }
    // `max_by_key` takes the last of equals, and a comma is the likeliest.
    let most = (0..others.len()).rev().max_by_key(|at| others[*at]);
    DELIMITERS[most.unwrap_or_default()]
}

/// Whether next to all lines have as many pipes as the first: variants in cells have now more, now fewer.
fn are_piped(lines: &[Counts], pipes: usize) -> bool {
    let alike = lines.iter().filter(|counts| counts[3] == pipes).count();
    lines.len() > 1 && alike * 10 >= lines.len() * 9
}

/// Another delimiter than that of the first line, where it plainly divides the lines into the same number
/// of cells, and the other does not. Text next to never has a tab in every line by chance.
fn of_all_lines(lines: &[Counts], first: u8) -> u8 {
    let at = |delimiter: u8| DELIMITERS.iter().position(|one| *one == delimiter);
    let tabs = at(b'\t').unwrap_or_default();
    if lines.len() > 1 && lines.iter().all(|counts| counts[tabs] > 0) {
        return b'\t';
    }
    if first == PIPE {
        return first;
    }
    let shares: Vec<usize> = (0..=tabs).map(|at| alike(lines, at)).collect();
    let own = shares[at(first).unwrap_or_default()];
    let best = (0..shares.len()).rev().max_by_key(|at| shares[*at]);
    let best = best.unwrap_or_default();
    let is_plain = shares[best] * 10 >= lines.len() * 7 && own * 2 < shares[best];
    if is_plain { DELIMITERS[best] } else { first }
}

/// How many lines have the number of this delimiter that most have, if they have any.
fn alike(lines: &[Counts], at: usize) -> usize {
    let mut numbers: Vec<usize> = lines.iter().map(|counts| counts[at]).collect();
    numbers.retain(|number| *number > 0);
    numbers.sort_unstable();
    let groups = numbers.chunk_by(|a, b| a == b);
    groups.map(<[usize]>::len).max().unwrap_or_default()
}

/// The lines of a text with something in them, as far as they are whole. A quote counts where a cell may
/// begin.
fn lines(head: &[u8]) -> Vec<Counts> {
    let mut lines = Vec::new();
    let (mut counts, mut is_blank) = (Counts::default(), true);
    let (mut is_quoted, mut may_begin) = (false, true);
    let mut at = 0;
    while let Some(byte) = head.get(at) {
        if is_quoted && *byte != b'"' {
            at += memchr::memchr(b'"', &head[at..]).unwrap_or(head.len());
            continue;
        }
        match byte {
            b'"' if is_quoted || may_begin => is_quoted = !is_quoted,
            b'\n' => {
                if !std::mem::replace(&mut is_blank, true) {
                    lines.push(std::mem::take(&mut counts));
                }
                if lines.len() == LINES {
                    return lines;
                }
            }
            byte => {
                if let Some(at) = DELIMITERS.iter().position(|one| one == byte) {
                    counts[at] += 1;
                }
            }
        }
        is_blank &= byte.is_ascii_whitespace() && *byte != b'\t';
        // A quote that ends a cell may be the first half of a doubled one.
        may_begin = matches!(byte, b'\n' | b'"') || DELIMITERS.contains(byte);
        at += 1;
    }
    // Where everything is one line, or the rest is the last one, it may be cut off.
    if !is_blank && (lines.is_empty() || !is_quoted) {
        lines.push(counts);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_that_of_the_header() {
        for (head, expected) in [
            ("id,question,answer\n1;2;3;4;5", b','),
            ("id;question;answer\n1,2,3,4,5", b';'),
            ("id\tquestion\tanswer\n", b'\t'),
            ("\"a,b,c,d\";question;answer\n", b';'),
            ("\n\nid;question;answer", b';'),
            ("\"multi\nline,,,,\"\tquestion\tanswer", b'\t'),
            ("id", b','),
            ("", b','),
            ("sep=;\nid;question,,,", b';'),
            ("id,q\n1,\"a \"\"b\"\" ; ; ;\"\n", b','),
        ] {
            let found = detect(head.as_bytes(), false);
            assert_eq!(found.delimiter, expected, "{head}");
            assert!(found.is_told_by_header, "{head}");
        }
    }

    #[test]
    fn many_lines_say_it_better_than_one() {
        let rows = "1;q;a, b\n2;q;a, b, c\n3;q;a\n4;q;a\n";
        for (head, expected) in [
            (
                format!("FAQ, version 2, of today\nid;question;answer\n{rows}"),
                b';',
            ),
            (
                format!("no;question, short, plain, good;answer\n{rows}"),
                b';',
            ),
            (
                "Well, how?\tSo, and so.\nWhy?\tBecause, yes, no.\n".to_owned(),
                b'\t',
            ),
            (
                "How?\tSo, and so.\nOh, well, and why?\tBecause.\n".to_owned(),
                b'\t',
            ),
        ] {
            let found = detect(head.as_bytes(), false);
            assert_eq!(found.delimiter, expected, "{head}");
        }
    }

    #[test]
    fn pipes_separate_cells_where_every_line_has_as_many() {
        for (head, expected) in [
            (
                "id|question|answer\n1|How?|Yes, and so.\n2|Why?|No; never.\n",
                b'|',
            ),
            ("id|question|answer\n1|How?|So.\n2|How|Why?|So.\n", b','),
            (
                "question,answer\nHow?|So?,By card.\nWhy?|When?,Now.\n",
                b',',
            ),
            ("id|question|answer\n", b','),
            ("id|question|answer\n1|How?|So.\n\n(1 row affected)\n", b'|'),
            ("sep=|\nid|question|answer\n", b'|'),
        ] {
            assert_eq!(detect(head.as_bytes(), false).delimiter, expected, "{head}");
        }
    }

    #[test]
    fn a_name_for_tabs_holds_where_there_are_any() {
        for (head, expected) in [
            ("id\tq, r, s, t\ta\n", b'\t'),
            ("title, of, all\nid\tq\n", b'\t'),
            ("id,q,a\n1,q,a\n", b','),
        ] {
            assert_eq!(detect(head.as_bytes(), true).delimiter, expected, "{head}");
        }
    }
}
