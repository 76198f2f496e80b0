//! What a Salesforce archive says about itself: one `.properties` in its root, with the encoding and
//! the separator of the one `.csv` beside it (Salesforce Help, "Create a .properties File").

use super::entries::ArchiveEntry;
use super::has_extension;
use crate::config::{ConfiguredEncoding, Folder};
use crate::intake::budget::Budget;
use crate::intake::bytes::Text;
use crate::intake::format::properties;

/// A longer file is something else.
const MAX_BYTES: u64 = 64 << 10;

/// The folder's settings, and where they leave it open, those of the archive; and the name of the
/// file that has these.
pub(crate) fn apply<'e>(
    folder: &Folder,
    entries: &'e [ArchiveEntry],
    budget: &mut Budget,
) -> (Folder, Option<&'e str>) {
    let mut folder = folder.clone();
    let in_root = |extension: &'static str| {
        let found = entries.iter();
        let mut found = found.filter(move |entry| {
            let is_root = !entry.name.contains('/');
            is_root && has_extension(&entry.name, &[extension])
        });
        found.next().filter(|_| found.next().is_none())
    };
    let (Some(settings), Some(_)) = (in_root("properties"), in_root("csv")) else {
        return (folder, None);
    };
    if settings.size > MAX_BYTES {
        return (folder, None);
    }
    let text = Text::open(&settings.content, None).and_then(|text| text.whole(budget));
    for pair in properties::pairs(&text.unwrap_or_default()) {
        match pair.key.as_str() {
            "CSVSeparator" => folder.delimiter = folder.delimiter.or(separator(&pair.value)),
            "CSVEncoding" => folder.encoding = folder.encoding.or(encoding(&pair.value)),
            _ => {}
        }
    }
    (folder, Some(&settings.name))
}

fn separator(value: &str) -> Option<u8> {
    match value.trim_matches(['"', '\'']) {
        "," => Some(b','),
        ";" => Some(b';'),
        "\t" | "tab" => Some(b'\t'),
        _ => None,
    }
}

fn encoding(value: &str) -> Option<ConfiguredEncoding> {
    // Java writes some names without a hyphen.
    let label = value.trim().to_ascii_lowercase();
    ConfiguredEncoding::from_label(&label)
        .or_else(|| ConfiguredEncoding::from_label(&label.replace("iso8859_", "iso-8859-")))
}
