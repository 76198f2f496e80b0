//! Folders as a documentation site keeps them: pages, and beside them what articles have to download.

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn archive(name: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    writer
        .write_all(b"id,question,answer\nx,Why?,So.\n")
        .unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn archives_without_articles_do_not_keep_pages_from_being_asked_for() {
    for (inside, asked_for) in [("fix.patch", true), ("articles.csv", false)] {
        let world = fresh();
        for page in ["refunds", "opening", "delivery"] {
            let text = format!("---\ntitle: {page}: how?\n---\n\nThis is about {page}.\n");
            fs::write(world.path("export").join(format!("{page}.md")), text).unwrap();
        }
        fs::write(world.path("export/download.zip"), archive(inside)).unwrap();
        let output = init(&world, &["--yes"], "");
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let written = fs::read_to_string(world.path("config.toml")).unwrap();
        assert_eq!(
            written.contains("include = [\"**/*.md\"]"),
            asked_for,
            "{written}"
        );
        let articles = if asked_for { "3 to add" } else { "1 to add" };
        assert!(said.contains(articles), "{said}");
        if asked_for {
            assert!(said.contains("question  refunds: how?"), "{said}");
            assert!(
                said.contains("`title` has signs in it that need quotes"),
                "{said}"
            );
        }
    }
}
