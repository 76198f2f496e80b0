//! The formats of files, one row each: what a person calls it, the words of the configuration, and
//! how its files are named. How each is recognised and read stands in `intake::format`.

/// Makes the enum and all that follows from its rows. The first word of a format is its own, and is
/// part of fingerprints that are stored: it does not change.
macro_rules! file_formats {
    ($(
        $(#[$meaning:meta])*
        $format:ident {
            name: $name:literal,
            words: [$own:literal $(, $word:literal)*],
            included: [$($included:literal),*],
            named: [$($named:literal),*],
        }
    )+) => {
        /// What a file is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FileFormat {
            $($(#[$meaning])* $format,)+
        }

        impl FileFormat {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$format,)+];

            /// Every word of the configuration for a format.
            pub const WORDS: &'static [&'static str] = &[$($own, $($word,)*)+];

            /// The extensions of the files that count without being asked for.
            pub const INCLUDED: &'static [&'static str] = &[$($($included,)*)+];

            /// The default of `include`, as the configuration would say it: these, and what is packed.
            pub const DEFAULT_INCLUDE: &'static str = concat!(
                "[",
                $($("\"**/*.", $included, "\", ",)*)+
                "\"**/*.gz\", \"**/*.zip\"]"
            );

            /// The format as `check` names it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$format => $name,)+
                }
            }

            /// The words for it in the configuration, its own first.
            pub const fn words(self) -> &'static [&'static str] {
                match self {
                    $(Self::$format => &[$own, $($word,)*],)+
                }
            }

            /// The extensions of its files: those that count without being asked for, and the others.
            pub const fn extensions(self) -> (&'static [&'static str], &'static [&'static str]) {
                match self {
                    $(Self::$format => (&[$($included,)*], &[$($named,)*]),)+
                }
            }
        }
    };
}

file_formats! {
    /// Delimited text, the delimiter detected.
    Csv {
        name: "delimited text",
        words: ["csv"],
        included: ["csv", "tsv"],
        named: ["txt"],
    }
    /// Delimited text with tabs. A file that is named so may have other delimiters all the same.
    Tsv {
        name: "text delimited by tabs",
        words: ["tsv"],
        included: [],
        named: [],
    }
    /// One JSON document.
    Json {
        name: "JSON",
        words: ["json"],
        included: ["json"],
        named: [],
    }
    /// One JSON object on a line.
    JsonLines {
        name: "JSON Lines",
        words: ["jsonl"],
        included: ["jsonl", "ndjson"],
        named: [],
    }
    /// XLSX or the older XLS.
    Workbook {
        name: "a workbook",
        words: ["xlsx", "xls"],
        included: ["xlsx", "xls"],
        named: ["xlsm"],
    }
    /// YAML.
    Yaml {
        name: "YAML",
        words: ["yaml"],
        included: ["yaml", "yml"],
        named: [],
    }
    /// XML.
    Xml {
        name: "XML",
        words: ["xml"],
        included: ["xml"],
        named: [],
    }
    /// Markdown, with or without front matter.
    Markdown {
        name: "Markdown",
        words: ["markdown"],
        included: [],
        named: ["md", "markdown", "mdx"],
    }
    /// A web page.
    Html {
        name: "HTML",
        words: ["html"],
        included: [],
        named: ["html", "htm", "xhtml"],
    }
    /// Java-style properties whose keys pair up.
    Properties {
        name: "properties",
        words: ["properties"],
        included: [],
        named: ["properties"],
    }
}

impl FileFormat {
    /// The word that is its own.
    pub const fn word(self) -> &'static str {
        self.words()[0]
    }

    /// The format with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        let has = |format: &&Self| format.words().contains(&word);
        Self::ALL.iter().find(has).copied()
    }

    /// The format of files with this extension, in whatever case.
    pub fn from_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        let has = |format: &&Self| {
            let (included, named) = format.extensions();
            included.contains(&&*extension) || named.contains(&&*extension)
        };
        Self::ALL.iter().find(has).copied()
    }

    /// The format of a file of this name, packed or not.
    pub fn from_file_name(path: &str) -> Option<Self> {
        Self::from_extension(extension(path)?)
    }

    /// The word for a file of this name: the one that says most where the format has several, or
    /// another format is named like the file.
    pub fn word_for_file_name(path: &str) -> Option<&'static str> {
        let extension = extension(path)?;
        let is_named = |word: &&&str| word.eq_ignore_ascii_case(extension);
        let named = Self::WORDS.iter().find(is_named).copied();
        named.or_else(|| Self::from_extension(extension).map(Self::word))
    }
}

/// The extension of the last part of a path, that of what is packed where it is packed.
fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    let (stem, extension) = split(name)?;
    if extension.eq_ignore_ascii_case("gz") {
        return split(stem).map(|(_, extension)| extension);
    }
    Some(extension)
}

/// A name that begins with its only dot has no extension.
fn split(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_and_extensions_name_one_format_each() {
        let mut words = HashSet::new();
        let mut extensions = HashSet::new();
        for format in FileFormat::ALL {
            assert_eq!(FileFormat::from_word(format.word()), Some(*format));
            let (included, named) = format.extensions();
            assert!(format.words().iter().all(|word| words.insert(*word)));
            for extension in included.iter().chain(named) {
                assert!(extensions.insert(*extension), "{extension}");
                assert_eq!(FileFormat::from_extension(extension), Some(*format));
            }
        }
        assert_eq!(words.len(), FileFormat::WORDS.len());
    }

    #[test]
    fn names_of_files_tell_the_format() {
        for (name, format, word) in [
            ("a.csv", Some(FileFormat::Csv), Some("csv")),
            ("b.c/a.TSV.gz", Some(FileFormat::Csv), Some("tsv")),
            ("a.xls", Some(FileFormat::Workbook), Some("xls")),
            ("a.xlsm", Some(FileFormat::Workbook), Some("xlsx")),
            ("a.md", Some(FileFormat::Markdown), Some("markdown")),
            ("b.csv/a", None, None),
            (".csv", None, None),
            ("a.gz", None, None),
        ] {
            assert_eq!(FileFormat::from_file_name(name), format, "{name}");
            assert_eq!(FileFormat::word_for_file_name(name), word, "{name}");
        }
    }
}
