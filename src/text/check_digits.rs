//! Check digits: whether a number can be what its digits claim.

/// Whether the last digit is that of Luhn, which cards have. `digits` are values from 0 to 9.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| {
            let product = u32::from(*digit) * weight;
            product / 10 + product % 10
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// The multiplication of the dihedral group of ten elements.
const PRODUCT: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
/// What is done to a digit at each place from the right; it begins again after eight.
const PERMUTED: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

/// Whether the last digit is that of Verhoeff, which Aadhaar numbers have.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    let rest =
        digits
            .iter()
            .rev()
            .zip(PERMUTED.iter().cycle())
            .fold(0_u8, |rest, (digit, permuted)| {
                PRODUCT[usize::from(rest)][usize::from(permuted[usize::from(*digit)])]
            });
    !digits.is_empty() && rest == 0
}

/// The sum of digits, each with its weight.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    let products = digits.iter().zip(weights);
    products
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    #[test]
    fn one_wrong_digit_and_two_that_are_exchanged_are_found() {
        for (text, check) in [
            ("4539578763621486", luhn as fn(&[u8]) -> bool),
            ("79927398713", luhn),
            ("2363", verhoeff),
            ("758722", verhoeff),
        ] {
            let right = digits(text);
            assert!(check(&right), "{text}");
            for at in 0..right.len() {
                let mut wrong = right.clone();
                wrong[at] = (wrong[at] + 1) % 10;
                assert!(!check(&wrong), "{wrong:?}");
            }
        }
        assert!(!verhoeff(&digits("2336")));
        assert!(!luhn(&[]) && !verhoeff(&[]));
    }
}
