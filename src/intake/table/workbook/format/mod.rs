//! Numbers and dates as a cell shows them, by its number format (ECMA-376 part 1, 18.8.31). What
//! depends on the machine that shows it, such as the order of day and month in the system's own date,
//! is written as in ISO 8601. Pure.

mod code;
mod date;
mod decimal;

use calamine::{ExcelDateTime, ExcelDateTimeType};

use code::{FormatPart, FormatSection};
use decimal::Decimal;

/// The codes of the formats that every workbook has, by number, as far as they mean the same on every
/// machine: 14 and 22 are the system's own.
pub(crate) fn built_in(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "0",
        2 => "0.00",
        // Most of these have the currency of the machine, which nobody knows.
        3 | 5 | 6 | 41 | 42 => "#,##0",
        4 | 7 | 8 | 43 | 44 => "#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        37 | 38 => "#,##0;(#,##0)",
        39 | 40 => "#,##0.00;(#,##0.00)",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        _ => return None,
    })
}

/// The number as its format shows it; `None` where the format is not understood, or says nothing.
pub(crate) fn shown(value: f64, code: &str, is_1904: bool) -> Option<String> {
    let sections = code::sections(code)?;
    let (section, is_absolute) = chosen(&sections, value)?;
    if section.is_date() {
        return date::shown(section, value, is_1904);
    }
    let text = number(section, value.abs())?;
    let has_value = text.contains(|c| matches!(c, '1'..='9'));
    let sign = if value < 0.0 && !is_absolute && has_value {
        "-"
    } else {
        ""
    };
    Some(format!("{sign}{}", text.trim()))
}

/// A number without a format: as many digits as the file has, but for what comes of calculating in
/// the binary system.
pub(crate) fn general(value: f64) -> String {
    if value.fract() == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    match Decimal::new(value.abs()) {
        Some(decimal) if (1e-9..1e15).contains(&value.abs()) => {
            let (whole, fraction) = decimal.parts();
            format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
        }
        _ => value.to_string(),
    }
}

/// A date where nothing else is known of how it is shown.
pub(crate) fn iso(value: f64, is_duration: bool, is_1904: bool) -> String {
    let kind = ExcelDateTimeType::DateTime;
    let time = ExcelDateTime::new(value, kind, is_1904);
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    // Times of day and durations have no day in them.
    if is_duration || value < 1.0 {
        return clock;
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    if value.fract() == 0.0 {
        day
    } else {
        format!("{day}T{clock}")
    }
}

/// The section for a value, and whether it says itself that the value is negative.
fn chosen(sections: &[FormatSection], value: f64) -> Option<(&FormatSection, bool)> {
    match sections {
        [only] | [only, _, _, ..] if value > 0.0 || sections.len() == 1 => Some((only, false)),
        [first, _] if value >= 0.0 => Some((first, false)),
        [_, _, zero, ..] if value == 0.0 => Some((zero, true)),
        [_, negative, ..] => Some((negative, true)),
        _ => None,
    }
}

fn number(section: &FormatSection, value: f64) -> Option<String> {
    let mut decimal = Decimal::new(value)?;
    decimal.shift(section.shift());
    if section.0.contains(&FormatPart::Exponent) {
        return None;
    }
    let point = section.0.iter().position(|part| *part == FormatPart::Point);
    let (whole, fraction) = section.0.split_at(point.unwrap_or(section.0.len()));
    let places = fraction.iter().filter(|part| part.is_digit()).count();
    decimal.round(places);
    let (digits, decimals) = decimal.parts();
    let digits = if digits == "0" { "" } else { &digits };
    Some(laid_out(whole, digits) + &decimals_laid_out(fraction, &decimals))
}

/// The digits before the point, from the last one on, with what stands between them.
fn laid_out(parts: &[FormatPart], digits: &str) -> String {
    let is_grouped = FormatSection::groups(parts);
    let mut rest = digits.as_bytes();
    let mut places = parts.iter().filter(|part| part.is_digit()).count();
    let mut written = 0;
    // From the last character to the first.
    let mut back = String::new();
    let mut write = |digit: u8, back: &mut String| {
        if is_grouped && written > 0 && written % 3 == 0 {
            back.push(',');
        }
        written += 1;
        back.push(char::from(digit));
    };
    for part in parts.iter().rev() {
        match part {
            FormatPart::Digit(kind) => {
                places -= 1;
                match rest.split_last() {
                    Some((last, before)) => {
                        write(*last, &mut back);
                        rest = before;
                    }
                    None if *kind == '0' => write(b'0', &mut back),
                    None => {}
                }
                while let (0, Some((last, before))) = (places, rest.split_last()) {
                    write(*last, &mut back);
                    rest = before;
                }
            }
            FormatPart::Text(text) => back.extend(text.chars().rev()),
            FormatPart::Percent => back.push('%'),
            _ => {}
        }
    }
    back.chars().rev().collect()
}

fn decimals_laid_out(parts: &[FormatPart], decimals: &str) -> String {
    let significant = decimals.trim_end_matches('0').len();
    let mut text = String::new();
    let (mut at, mut has_digit) = (0, false);
    for part in parts {
        match part {
            FormatPart::Digit(kind) => {
                if at < significant || *kind == '0' {
                    if !std::mem::replace(&mut has_digit, true) {
                        text.push('.');
                    }
                    text.push_str(decimals.get(at..=at).unwrap_or("0"));
                }
                at += 1;
            }
            FormatPart::Text(literal) => text.push_str(literal),
            FormatPart::Percent => text.push('%'),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_their_cells_do() {
        for (value, code, expected) in [
            (0.2, "0%", "20%"),
            (0.125, "0.0%", "12.5%"),
            (0.19, "0.00 %", "19.00 %"),
            (9.5, "[$€-2]\\ #,##0.00", "€ 9.50"),
            (9.5, "#,##0.00\\ \"€\"", "9.50 €"),
            (9.5, "\"$\"#,##0.00_);[Red]\\(\"$\"#,##0.00\\)", "$9.50"),
            (-9.5, "\"$\"#,##0.00_);[Red]\\(\"$\"#,##0.00\\)", "($9.50)"),
            (
                1234.5,
                "_-* #,##0.00\\ _€_-;\\-* #,##0.00\\ _€_-;_-* \"-\"??\\ _€_-;_-@_-",
                "1,234.50",
            ),
            (
                0.0,
                "_-* #,##0.00\\ _€_-;\\-* #,##0.00\\ _€_-;_-* \"-\"??\\ _€_-;_-@_-",
                "-",
            ),
            (42.0, "00000", "00042"),
            (1_234_567.0, "00000", "1234567"),
            (
                491_711_234_567.0,
                "\\+00\\ 000\\ 0000000",
                "+49 171 1234567",
            ),
            (
                5_551_234.0,
                "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####",
                "",
            ),
            (5_551_234.0, "###\\-####", "555-1234"),
            (1_234_567.891, "#,##0.00", "1,234,567.89"),
            (123.0, "#,##0", "123"),
            (1000.0, "#,##0", "1,000"),
            (-1000.0, "#,##0", "-1,000"),
            (-0.001, "0.00", "0.00"),
            (2.675, "0.00", "2.68"),
            (0.995, "0.0", "1.0"),
            (5.0, "0.##", "5"),
            (5.25, "0.0##", "5.25"),
            (0.5, "#.00", ".50"),
            (1_500_000.0, "0.0,,\"M\"", "1.5M"),
            (3.0, "0\" days\"", "3 days"),
            (3.0, "General\" kg\"", ""),
            (0.5, "# ?/?", ""),
            (12000.0, "0.00E+00", ""),
            (7.0, "General", ""),
            (7.0, "@", ""),
            (7.0, ";;;", ""),
        ] {
            let found = shown(value, code, false).unwrap_or_default();
            assert_eq!(found, expected, "{value} as {code}");
        }
    }

    #[test]
    fn dates_look_as_their_cells_do_where_every_machine_shows_them_so() {
        for (value, code, expected) in [
            (45292.0, "dd\\.mm\\.yyyy", "01.01.2024"),
            (45355.0, "d/m/yy;@", "4/3/24"),
            (45292.75, "yyyy\\-mm\\-dd\\ hh:mm", "2024-01-01 18:00"),
            (45292.75, "h:mm AM/PM", "6:00 PM"),
            (0.5, "h:mm:ss\\ AM/PM", "12:00:00 PM"),
            (0.25, "hh\"h\"mm", "06h00"),
            (1.5, "[h]:mm", "36:00"),
            (0.0035, "[mm]:ss", "05:02"),
            (45355.0, "[$-409]d\\-mmm\\-yyyy;@", "4-Mar-2024"),
            (45355.0, "[$-809]dddd, d mmmm yyyy", "Monday, 4 March 2024"),
            (45355.0, "[$-407]d. mmmm yyyy", ""),
            (45355.0, "d\\-mmm\\-yy", ""),
            (45355.0, "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", ""),
        ] {
            let found = shown(value, code, false).unwrap_or_default();
            assert_eq!(found, expected, "{value} as {code}");
        }
        assert_eq!(shown(0.0, "yyyy", true).as_deref(), Some("1904"));
        assert_eq!(iso(45292.0, false, false), "2024-01-01");
        assert_eq!(iso(45292.5, false, false), "2024-01-01T12:00:00");
        assert_eq!(iso(0.25, false, false), "06:00:00");
    }

    #[test]
    fn numbers_without_a_format_have_the_digits_of_the_file() {
        for (value, expected) in [
            (101.0, "101"),
            (1.5, "1.5"),
            (0.1 + 0.2, "0.3"),
            (-2.25, "-2.25"),
            (491_711_234_567.0, "491711234567"),
            (1e20, "100000000000000000000"),
        ] {
            assert_eq!(general(value), expected);
        }
    }
}
