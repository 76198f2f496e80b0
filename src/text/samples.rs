//! Values of error types, so that a test can hold what each of them says to docs/OPERATIONS.md.

/// What stands in a message for names, as the document has it.
#[cfg(test)]
pub(crate) const GAP: &str = "…";

/// A gap for a text or a path.
#[cfg(test)]
pub(crate) fn gap<T: From<&'static str>>() -> T {
    GAP.into()
}

/// A gap for what the operating system says.
#[cfg(test)]
pub(crate) fn io_gap() -> std::io::Error {
    std::io::Error::other(GAP)
}

/// Gives an error type a value of each variant, in tests alone. `[]` is for a variant that says what
/// the error in it says. A variant that is left out does not compile.
macro_rules! samples {
    ($type:ident { $($variant:ident => $values:expr,)+ }) => {
        #[cfg(test)]
        impl $type {
            /// Values of every variant that has words of its own.
            pub(crate) fn samples() -> Vec<Self> {
                #[allow(unused_imports, reason = "not every error has both")]
                use crate::text::{gap, io_gap};
                let _: fn(&Self) = |error| match error {
                    $(Self::$variant { .. } => {})+
                };
                let samples = [$(Vec::<Self>::from($values)),+];
                samples.into_iter().flatten().collect()
            }
        }
    };
}
pub(crate) use samples;
