//! The encodings that the configuration can name: those of the WHATWG's list.

use encoding_rs::Encoding;

/// How the bytes of a file stand for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfiguredEncoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, of either byte order.
    Utf16,
    /// Another one of the WHATWG's list.
    Other(&'static Encoding),
}

impl ConfiguredEncoding {
    /// The encoding with this label.
    pub fn from_label(label: &str) -> Option<Self> {
        let label = label.trim();
        if label.eq_ignore_ascii_case(UTF_16) {
            return Some(Self::Utf16);
        }
        // What has no label there stands for nothing that can be read.
        let found = Encoding::for_label_no_replacement(label.as_bytes())?;
        Some(if found == encoding_rs::UTF_8 {
            Self::Utf8
        } else if [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE].contains(&found) {
            Self::Utf16
        } else {
            Self::Other(found)
        })
    }

    /// Its name, in small letters.
    pub fn name(self) -> String {
        match self {
            Self::Utf8 => "utf-8".to_owned(),
            Self::Utf16 => UTF_16.to_owned(),
            Self::Other(encoding) => encoding.name().to_lowercase(),
        }
    }
}

/// Of either byte order.
const UTF_16: &str = "utf-16";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_the_list() {
        for (label, expected) in [
            ("utf-8", Some("utf-8")),
            ("UTF8", Some("utf-8")),
            ("utf-16", Some("utf-16")),
            ("utf-16be", Some("utf-16")),
            ("latin1", Some("windows-1252")),
            ("cp1250", Some("windows-1250")),
            ("x-sjis", Some("shift_jis")),
            ("gb2312", Some("gbk")),
            ("macintosh", Some("macintosh")),
            ("cp850", None),
            ("utf-7", None),
            ("iso-2022-kr", None),
        ] {
            let found = ConfiguredEncoding::from_label(label).map(ConfiguredEncoding::name);
            assert_eq!(found.as_deref(), expected, "{label}");
        }
    }
}
