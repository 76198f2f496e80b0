//! Text that is raised or lowered: `10` with a small `5` above it is not 105. Digits and signs have
//! characters of their own for that; letters are set apart.

const DIGITS_ABOVE: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
const DIGITS_BELOW: [char; 10] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'];
/// What ends an ordinal number, and so says the same beside the line and above it.
const ORDINALS: &str = "st nd rd th er re e ère eme ème ième o a º ª os as de ste";
/// Letters of a word that is a sign.
const SIGNS: [(&str, &str); 2] = [("TM", "™"), ("SM", "℠")];

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Raised {
    /// Above the line.
    Above,
    /// Below the line.
    Below,
}

/// A raised or lowered text beside what it belongs to.
pub(crate) fn written(text: &str, raised: Raised) -> String {
    let word = text.trim();
    if let (Raised::Above, Some((_, sign))) = (raised, SIGNS.iter().find(|(name, _)| *name == word))
    {
        return text.replace(word, sign);
    }
    if word.chars().any(char::is_alphabetic) {
        let lower = word.to_lowercase();
        let is_ordinal = ORDINALS.split(' ').any(|known| known == lower);
        return match raised {
            Raised::Above if word == "n" => text.replace('n', "ⁿ"),
            Raised::Above if is_ordinal => text.to_owned(),
            Raised::Above => apart(text, word, '^'),
            Raised::Below => apart(text, word, '_'),
        };
    }
    text.chars().map(|sign| small(sign, raised)).collect()
}

fn apart(text: &str, word: &str, mark: char) -> String {
    let one = word.chars().nth(1).is_none();
    let marked = if one {
        format!("{mark}{word}")
    } else {
        format!("{mark}({word})")
    };
    text.replacen(word, &marked, 1)
}

fn small(sign: char, raised: Raised) -> char {
    let digit = sign
        .to_digit(10)
        .and_then(|digit| usize::try_from(digit).ok());
    match (raised, sign, digit) {
        (Raised::Above, _, Some(digit)) => DIGITS_ABOVE[digit],
        (Raised::Below, _, Some(digit)) => DIGITS_BELOW[digit],
        (Raised::Above, '+', _) => '⁺',
        (Raised::Above, '-' | '−' | '–', _) => '⁻',
        (Raised::Above, '=', _) => '⁼',
        (Raised::Above, '(', _) => '⁽',
        (Raised::Above, ')', _) => '⁾',
        (Raised::Below, '+', _) => '₊',
        (Raised::Below, '-' | '−' | '–', _) => '₋',
        (Raised::Below, '=', _) => '₌',
        (Raised::Below, '(', _) => '₍',
        (Raised::Below, ')', _) => '₎',
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_raised_stays_apart_from_what_stands_before_it() {
        for (text, above, below) in [
            ("5", "⁵", "₅"),
            ("-12", "⁻¹²", "₋₁₂"),
            ("1)", "¹⁾", "₁₎"),
            ("1, 2", "¹, ²", "₁, ₂"),
            ("st", "st", "_(st)"),
            ("TM", "™", "_(TM)"),
            ("n", "ⁿ", "_n"),
            ("x", "^x", "_x"),
            ("2n", "^(2n)", "_(2n)"),
            (" max ", " ^(max) ", " _(max) "),
            ("[1]", "[¹]", "[₁]"),
            ("*", "*", "*"),
            ("", "", ""),
        ] {
            assert_eq!(written(text, Raised::Above), above, "{text}");
            assert_eq!(written(text, Raised::Below), below, "{text}");
        }
    }
}
