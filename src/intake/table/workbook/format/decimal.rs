//! A number in the decimal system, with the 15 digits that a spreadsheet has. Pure.

/// `0.digits` times ten to the power of `point`.
pub(crate) struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// Of a number that is not negative.
    pub(crate) fn new(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let text = format!("{value:.14e}");
        let (digits, power) = text.split_once('e')?;
        let digits = digits.bytes().filter(u8::is_ascii_digit).collect();
        let point = power.parse::<i32>().ok()? + 1;
        // No cell shows a number with hundreds of digits.
        (value == 0.0 || (-50..=50).contains(&point)).then_some(Self { digits, point })
    }

    /// Moves the point by so many places to the right.
    pub(crate) fn shift(&mut self, places: i32) {
        self.point += places;
    }

    /// Rounds to so many decimals, half of one up.
    pub(crate) fn round(&mut self, decimals: usize) {
        let decimals = i32::try_from(decimals).unwrap_or(i32::MAX);
        let Ok(kept) = usize::try_from(self.point.saturating_add(decimals)) else {
            self.digits.clear();
            return;
        };
        let goes_up = self.digits.get(kept).is_some_and(|digit| *digit >= b'5');
        self.digits.truncate(kept);
        if goes_up {
            self.add_one();
        }
    }

    /// Adds one to the last digit.
    fn add_one(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
        self.digits.insert(0, b'1');
        self.point += 1;
    }

    /// The digits before the point, at least one, and those behind it.
    pub(crate) fn parts(&self) -> (String, String) {
        let whole = usize::try_from(self.point).unwrap_or_default();
        let zeros = usize::try_from(-self.point).unwrap_or_default();
        let digit = |at: usize| char::from(self.digits.get(at).copied().unwrap_or(b'0'));
        let before: String = (0..whole).map(digit).collect();
        let before = match before.trim_start_matches('0') {
            "" => "0",
            before => before,
        };
        let behind = self.digits.get(whole..).unwrap_or_default();
        let behind = behind.iter().map(|digit| char::from(*digit));
        let behind = std::iter::repeat_n('0', zeros).chain(behind).collect();
        (before.to_owned(), behind)
    }
}
