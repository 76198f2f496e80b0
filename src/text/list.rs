//! Lists in messages. A person reads the first few names; a message that has all of them costs as much
//! as there are, and where each names all others, the square of that.

use std::fmt::{Display, Write as _};

use super::escape::shown;

/// Names that a list in a message has at the most.
pub const FEW: usize = 10;

/// The first of these, and how many more there are.
pub fn few<T: Display>(names: &[T]) -> String {
    first(names.iter(), names.len(), FEW)
}

/// The same of names from outside, as a terminal may have them.
pub(crate) fn few_shown<S: AsRef<str>>(names: &[S]) -> String {
    let safe = names.iter().map(|name| shown(name.as_ref()));
    first(safe, names.len(), FEW)
}

/// At the most so many of these, and how many more there are of `all`. No more are looked at.
pub fn first<T: Display>(names: impl Iterator<Item = T>, all: usize, most: usize) -> String {
    let (mut text, mut told) = (String::new(), 0);
    for name in names.take(most) {
        // Writing to memory cannot fail.
        let _ = write!(text, "{}{name}", if told > 0 { ", " } else { "" });
        told += 1;
    }
    if all > told {
        let _ = write!(text, " and {} more", all - told);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_a_message_is_short() {
        let names: Vec<usize> = (1..=12).collect();
        assert_eq!(few(&names[..0]), "");
        assert_eq!(few(&names[..2]), "1, 2");
        assert_eq!(few(&names[..10]), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
        assert_eq!(few(&names), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
    }

    #[test]
    fn a_list_of_names_from_outside_is_short_and_harmless() {
        let names: Vec<String> = (1..=12).map(|at| format!("\u{7}{at}")).collect();
        let told = few_shown(&names);
        assert!(
            told.starts_with("\\u{7}1, \\u{7}2, ") && told.ends_with(" and 2 more"),
            "{told}"
        );
    }

    #[test]
    fn what_is_not_told_is_not_looked_at() {
        let mut looked = 0;
        let names = (0..1000).inspect(|_| looked += 1);
        assert_eq!(first(names, 1000, 2), "0, 1 and 998 more");
        assert_eq!(looked, 2);
    }
}
