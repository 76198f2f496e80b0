//! Dates and times as a format shows them. Pure.

use calamine::{ExcelDateTime, ExcelDateTimeType};

use super::code::{FormatPart, FormatSection};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const SECONDS: f64 = 86_400.0;

/// The date; `None` where names of months or days would be in the language of the machine.
pub(crate) fn shown(section: &FormatSection, value: f64, is_1904: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&value) {
        return None;
    }
    let is_english = section.0.contains(&FormatPart::English);
    let time = ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904);
    let cell = CellDate {
        value,
        parts: time.to_ymd_hms_milli(),
        is_1904,
        is_halved: section.0.contains(&FormatPart::AmPm),
    };
    let mut text = String::new();
    for (at, part) in section.0.iter().enumerate() {
        match part {
            FormatPart::Text(literal) => text.push_str(literal),
            FormatPart::Comma => text.push(','),
            FormatPart::Point => text.push('.'),
            FormatPart::English => {}
            FormatPart::AmPm => text.push_str(if cell.parts.3 < 12 { "AM" } else { "PM" }),
            FormatPart::Elapsed(letter, count) => text.push_str(&cell.elapsed(*letter, *count)),
            FormatPart::Date('m', count) if is_minute(&section.0, at) => {
                text.push_str(&padded(cell.parts.4.into(), *count));
            }
            FormatPart::Date('m' | 'd', 3..) if !is_english => return None,
            FormatPart::Date(letter, count) => text.push_str(&cell.part(*letter, *count)),
            FormatPart::Digit(_)
            | FormatPart::Percent
            | FormatPart::Exponent
            | FormatPart::Cell => return None,
        }
    }
    Some(text.trim().to_owned())
}

/// `m` is a minute after an hour and before a second.
fn is_minute(parts: &[FormatPart], at: usize) -> bool {
    let letter = |part: &FormatPart| match part {
        FormatPart::Date(letter, _) | FormatPart::Elapsed(letter, _) => Some(*letter),
        _ => None,
    };
    let before = parts[..at].iter().rev().find_map(letter);
    let behind = parts[at + 1..].iter().find_map(letter);
    before == Some('h') || behind == Some('s')
}

struct CellDate {
    value: f64,
    /// Year, month, day, hour, minute, second, thousandths.
    parts: (u16, u8, u8, u8, u8, u8, u16),
    is_1904: bool,
    /// Hours go from 1 to 12.
    is_halved: bool,
}

impl CellDate {
    fn part(&self, letter: char, count: usize) -> String {
        let (year, month, day, hour, _, second, _) = self.parts;
        match (letter, count) {
            ('y', ..=2) => padded(u64::from(year % 100), 2),
            ('y', _) => padded(year.into(), 4),
            ('m', 3) => MONTHS[usize::from(month.clamp(1, 12) - 1)][..3].to_owned(),
            ('m', 5) => MONTHS[usize::from(month.clamp(1, 12) - 1)][..1].to_owned(),
            ('m', 4..) => MONTHS[usize::from(month.clamp(1, 12) - 1)].to_owned(),
            ('m', _) => padded(month.into(), count),
            ('d', 3) => self.weekday()[..3].to_owned(),
            ('d', 4..) => self.weekday().to_owned(),
            ('d', _) => padded(day.into(), count),
            ('h', _) if self.is_halved => padded(u64::from((hour + 11) % 12) + 1, count),
            ('h', _) => padded(hour.into(), count),
            _ => padded(second.into(), count),
        }
    }

    fn weekday(&self) -> &'static str {
        let days = self.value.floor() + if self.is_1904 { 1462.0 } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "dates end before the year 10000"
        )]
        let days = days as usize;
        DAYS[(days + 6) % 7]
    }

    fn elapsed(&self, letter: char, count: usize) -> String {
        let seconds = (self.value * SECONDS).round();
        let unit = match letter {
            'h' => 3600.0,
            'm' => 60.0,
            _ => 1.0,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "dates end before the year 10000"
        )]
        let elapsed = (seconds / unit).floor() as u64;
        padded(elapsed, count)
    }
}

fn padded(number: u64, count: usize) -> String {
    format!("{number:0width$}", width = count.min(4))
}
