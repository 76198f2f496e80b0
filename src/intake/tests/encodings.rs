//! Encodings that change between two readings, or that are not what the configuration says: customers
//! must not see wrong letters.

use super::*;
use crate::config::ConfiguredEncoding;

const TEXT: &str =
    "id,question,answer\n1,Größe ändern?,\"Für Männer: größer, schöner, müßig, für über.\"\n";

fn in_windows_1252() -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(TEXT).0.into_owned()
}

fn zip(content: &[u8]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default();
    writer.start_file("faq.csv", options).unwrap();
    std::io::Write::write_all(&mut writer, content).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Whether each file of a reading was UTF-8.
fn is_utf8(reading: &Reading) -> Vec<Option<bool>> {
    let files = &reading.folder.as_ref().unwrap().files;
    files.iter().map(|file| file.is_utf8).collect()
}

#[test]
fn a_reading_says_which_files_are_utf8() {
    for (content, expected) in [
        (TEXT.as_bytes().to_vec(), Some(true)),
        (in_windows_1252(), Some(false)),
        (b"id,question,answer\n1,q,a\n".to_vec(), None),
        ([b"\xef\xbb\xbf", TEXT.as_bytes()].concat(), Some(true)),
        (zip(TEXT.as_bytes()), Some(true)),
        (zip(&in_windows_1252()), Some(false)),
    ] {
        let mut trial = Trial::new();
        trial.settings().include = vec!["faq*".to_owned()];
        trial.write("faq.csv", &content);
        assert_eq!(is_utf8(&trial.read().1), [expected]);
    }
}

#[test]
fn a_file_that_was_utf8_is_not_read_in_another_encoding_unless_a_person_says_so() {
    for (content, read, known_as) in [
        (in_windows_1252(), Read::All, "faq.csv"),
        (in_windows_1252(), Read::Newest, ""),
        (zip(&in_windows_1252()), Read::All, "faq.csv"),
    ] {
        let mut trial = Trial::new();
        trial.settings().include = vec!["faq*".to_owned()];
        trial.settings().read = read;
        trial.write("faq.csv", content);
        let (articles, reading) = trial.read();
        assert_eq!(articles[0].questions, ["Größe ändern?"]);
        assert!(reading.notes[0].reason.contains("was read as windows-1252"));

        trial.earlier.utf8 = HashSet::from([Arc::from(known_as)]);
        let (_, rejections) = trial.outcome();
        let said = "was UTF-8 when it was last read, and seems to be windows-1252 now";
        assert_one(
            &rejections,
            &["faq.csv", said, "encoding = \"windows-1252\""],
        );
        let (_, reading) = trial.read();
        assert_ne!(reading.rejections[0].reach, crate::model::Reach::Alone);
        assert_eq!(is_utf8(&reading), [None], "what is known of it stays");

        let windows = ConfiguredEncoding::Other(encoding_rs::WINDOWS_1252);
        trial.settings().encoding = Some(windows);
        assert_eq!(trial.articles()[0].questions, ["Größe ändern?"]);
    }
}

#[test]
fn utf8_is_not_read_as_what_the_configuration_takes_it_for() {
    for label in ["windows-1252", "windows-1251", "koi8-r", "shift_jis", "gbk"] {
        let configured = ConfiguredEncoding::from_label(label).unwrap();
        let mut trial = Trial::with(&[("faq.csv", TEXT)]);
        trial.settings().encoding = Some(configured);
        let (_, rejections) = trial.outcome();
        let line = format!("encoding = \"{label}\"");
        assert_one(&rejections, &["faq.csv", "is UTF-8, but", &line, "remove"]);

        // A few characters may be a coincidence.
        let latin = encoding_rs::WINDOWS_1252.encode("id,question,answer\n1,Ã©,a\n");
        trial.write("faq.csv", latin.0);
        trial.settings().encoding = Some(ConfiguredEncoding::Other(encoding_rs::WINDOWS_1252));
        assert_eq!(trial.articles()[0].questions, ["Ã©"]);
    }
}
