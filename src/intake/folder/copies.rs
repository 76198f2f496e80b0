//! Names of what is no export: copies that people, office programs and synchronising clients leave beside
//! a file, and the folders in which file servers keep what was deleted. Pure.

/// Folders that a file server or a system keeps for itself.
const OWN_FOLDERS: [&str; 12] = [
    "#recycle",
    "@recycle",
    "@recently-snapshot",
    "#snapshot",
    "@eadir",
    "@tmp",
    "$recycle.bin",
    "recycler",
    "system volume information",
    "network trash folder",
    "temporary items",
    "__macosx",
];
/// What stands before the name of a copy.
const COPY_OF: [&str; 10] = [
    "copy of ",
    "kopie von ",
    "copie de ",
    "copia de ",
    "copia di ",
    "cópia de ",
    "kopie van ",
    "kopia av ",
    "kopia ",
    "копия ",
];
/// What a copy is called behind its name.
const COPY: [&str; 23] = [
    "copy",
    "kopie",
    "copie",
    "copia",
    "cópia",
    "kopia",
    "копия",
    "副本",
    "のコピー",
    "コピー",
    "kopi",
    "kopio",
    "kopya",
    "kopija",
    "kópia",
    "másolat",
    "αντιγραφή",
    "עותק",
    "نسخة",
    "복사본",
    "autorecovered",
    "autosaved",
    "repaired",
];

/// What a name says of its file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LeftBehind {
    /// It is the copy that a synchronising client made of a conflict.
    Conflict,
    /// It is a copy, if one of these lies beside it.
    CopyOf(Vec<String>),
}

/// Whether a folder of this name is a recycle bin or a server's own.
pub(crate) fn is_own_folder(name: &str) -> bool {
    let lower = name.to_lowercase();
    OWN_FOLDERS.contains(&&*lower)
}

/// What a file of this name may be besides an export.
pub(crate) fn left_behind(name: &str) -> Option<LeftBehind> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let lower = stem.to_lowercase();
    if is_conflict(&lower) {
        return Some(LeftBehind::Conflict);
    }
    let named = |stem: &str| match extension {
        "" => stem.to_owned(),
        extension => format!("{stem}.{extension}"),
    };
    let mut originals: Vec<String> = Vec::new();
    let before = COPY_OF.iter().filter_map(|prefix| prefix_of(stem, prefix));
    originals.extend(before.map(named));
    if let Some(original) = without_number(stem) {
        originals.push(named(original));
        originals.extend(without_copy(original).map(named));
    }
    originals.extend(without_copy(stem).map(named));
    originals.extend(without_computer(stem).map(named));
    (!originals.is_empty()).then_some(LeftBehind::CopyOf(originals))
}

/// As Dropbox, Nextcloud, `ownCloud`, Syncthing, Seafile, Synology Drive, pCloud and Resilio call them.
fn is_conflict(lower: &str) -> bool {
    lower.contains("conflicted copy")
        || lower.contains(".sync-conflict-")
        || lower.contains("(sfconflict ")
        || lower.contains("_conflict-20")
        || lower.ends_with("_conflict")
        || lower.ends_with(".conflict")
        || lower.contains("[conflicted")
        || lower.contains("(in konflikt stehende kopie")
        || lower.contains("(copie en conflit")
        || lower.contains("(copia en conflicto")
}

/// What follows a prefix, in whatever case.
fn prefix_of<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let mut rest = name.chars();
    for wanted in prefix.chars() {
        let found = rest.next()?;
        if !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str()).filter(|rest| !rest.is_empty())
}

/// `faq` of `faq (2)`, as browsers and synchronising clients number them.
fn without_number(stem: &str) -> Option<&str> {
    let (original, number) = stem.strip_suffix([')', '）'])?.rsplit_once(['(', '（'])?;
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let original = original.trim_end();
    (is_number && !original.is_empty()).then_some(original)
}

/// `faq` of `faq-DESKTOP-4K2J9QX`: `OneDrive` adds the name that Windows gave to a computer.
fn without_computer(stem: &str) -> Option<&str> {
    let (rest, number) = stem.rsplit_once('-')?;
    let is_number = (7..=8).contains(&number.len())
        && number
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    let kinds = ["-DESKTOP", "-LAPTOP"];
    let original = kinds.iter().find_map(|kind| rest.strip_suffix(kind))?;
    (is_number && !original.is_empty()).then_some(original)
}

/// `faq` of `faq - Copy`, `faq copy`, `faq copy 2` and `faq (Autosaved)`.
fn without_copy(stem: &str) -> Option<&str> {
    let bare = stem
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end();
    let bare = bare.strip_suffix([')', ']']).unwrap_or(bare);
    let lower = bare.to_lowercase();
    let word = COPY.iter().find(|word| lower.ends_with(*word))?;
    let letters = word.chars().count();
    let end = bare.char_indices().rev().nth(letters - 1)?.0;
    let rest = bare[..end].trim_end_matches(['(', '[', '-', '–', '—', '_', ' ']);
    // This one needs no space before it.
    let is_apart = rest.len() < end || word.starts_with('の');
    (is_apart && !rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_name_what_they_are_copies_of() {
        for (name, original) in [
            ("faq - Copy.csv", "faq.csv"),
            ("faq - Copy (2).csv", "faq.csv"),
            ("faq (1).csv", "faq.csv"),
            ("faq(1).csv", "faq.csv"),
            ("faq copy 2.csv", "faq.csv"),
            ("Copy of faq.xlsx", "faq.xlsx"),
            ("Kopie von faq.xlsx", "faq.xlsx"),
            ("faq – Kopie.xlsx", "faq.xlsx"),
            ("faq (Autosaved).xlsx", "faq.xlsx"),
            ("faq [Repaired].xlsx", "faq.xlsx"),
            ("faq - 副本.xlsx", "faq.xlsx"),
            ("Копия faq", "faq"),
            ("faq — копия.csv", "faq.csv"),
            ("faq のコピー.csv", "faq.csv"),
            ("faqのコピー 2.csv", "faq.csv"),
            ("faq（1）.csv", "faq.csv"),
            ("faq - Kopi.csv", "faq.csv"),
            ("faq - Αντιγραφή (2).csv", "faq.csv"),
            ("faq-DESKTOP-4K2J9QX.csv", "faq.csv"),
            ("faq-LAPTOP-0A1B2C3D.xlsx", "faq.xlsx"),
        ] {
            match left_behind(name) {
                Some(LeftBehind::CopyOf(originals)) => {
                    assert!(
                        originals.iter().any(|one| one == original),
                        "{name}: {originals:?}"
                    );
                }
                found => panic!("{name}: {found:?}"),
            }
        }
    }

    #[test]
    fn copies_of_conflicts_are_known_by_their_names() {
        for name in [
            "faq (conflicted copy 2024-01-01).csv",
            "faq (Anna's conflicted copy 2024-01-01).csv",
            "faq.sync-conflict-20240101-120000-ABCDEFG.csv",
            "faq_conflict-20240101-120000.csv",
            "faq (SFConflict anna@a.example 2024-01-01-12-00-00).csv",
            "faq_DiskStation_Conflict.csv",
        ] {
            assert_eq!(left_behind(name), Some(LeftBehind::Conflict), "{name}");
        }
    }

    #[test]
    fn other_names_are_those_of_exports() {
        for name in [
            "faq.csv",
            "faq 2.csv",
            "faq (2024).csv",
            "copy.csv",
            "photocopy.csv",
            "conflict-of-interest.csv",
            "(1).csv",
            ".csv",
            "faq-DESKTOP.csv",
            "faq-desktop-settings.csv",
            "faq-LAPTOP-repairs.csv",
            "",
        ] {
            assert_eq!(left_behind(name), None, "{name}");
        }
        assert!(is_own_folder("#recycle") && is_own_folder("$RECYCLE.BIN"));
        assert!(!is_own_folder("recycling"));
    }
}
