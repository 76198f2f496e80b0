//! Every format of an export, from the file to what the bot answers.

use crate::support::{Settings, World};

struct Format {
    file: &'static str,
    bytes: Vec<u8>,
    settings: fn(&mut Settings),
    /// Name, questions and answers of the steps.
    live: &'static [(&'static str, &'static str, &'static str)],
}

fn plain(file: &'static str, text: &str) -> Format {
    Format {
        file,
        bytes: text.as_bytes().to_vec(),
        settings: |_| {},
        live: &[("1", "How?", "So."), ("2", "Why?", "Because, \"well\".")],
    }
}

const ROWS: &str = "1,How?,So.\n2,Why?,\"Because, \"\"well\"\".\"\n";

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once('\u{feff}')
        .chain(text.chars())
        .flat_map(|character| character.encode_utf16(&mut [0; 2]).to_vec());
    units.flat_map(u16::to_le_bytes).collect()
}

fn formats() -> Vec<Format> {
    let comma = format!("id,question,answer\n{ROWS}");
    let semicolon = "id;question;answer\n1;How?;So.\n2;Why?;\"Because, \"\"well\"\".\"\n";
    let objects = r#"{"id": 1, "question": "How?", "answer": "So."},
                     {"id": "2", "question": ["Why?"], "answer": "Because, \"well\"."}"#;
    let lines = objects
        .replace("},", "}")
        .replace("\n                     ", "\n");
    vec![
        plain("a.csv", &comma),
        plain("crlf.csv", &comma.replace('\n', "\r\n")),
        plain("bom.csv", &format!("\u{feff}{comma}")),
        plain("semicolon.csv", semicolon),
        plain("tab.tsv", &semicolon.replace(';', "\t")),
        Format {
            bytes: utf16(&comma),
            ..plain("utf16.csv", "")
        },
        plain("list.json", &format!("[{objects}]")),
        plain("lines.jsonl", &lines),
        plain("deep/er/lines.ndjson", &lines),
        Format {
            settings: |settings| settings.source("items = '/data/articles'"),
            ..plain(
                "object.json",
                &format!(r#"{{"total": 2, "data": {{"articles": [{objects}]}}}}"#),
            )
        },
        Format {
            settings: |settings| {
                settings.source(
                    "fields = { id = 'Nr', question = ['Titel', 'Auch'], answer = 'Text' }",
                );
            },
            live: &[("7", "Wie?|Wie denn?|Wie so?", "So | oder so")],
            ..plain(
                "mapped.csv",
                "Nr,Titel,Auch,Text\n7,Wie?,Wie denn?|Wie so?,So | oder so\n",
            )
        },
        Format {
            live: &[
                ("hours", "Open?|When?", "Nine to five.<m>Not on Sundays."),
                ("lines", "Two lines?", "Yes,\nindeed."),
            ],
            ..plain(
                "faq.csv",
                "node_name,question,answer\nhours,Open?|When?,Nine to five.<m>Not on Sundays.\n\
                 lines,\"Two\nlines?\",\"Yes,\nindeed.\"\n",
            )
        },
        Format {
            live: &[("b", "Buttons?", HSL)],
            ..plain("hsl.jsonl", &hsl_line())
        },
    ]
}

const HSL: &str = r#"{"text":"Pick one","type":"TEXT","data":{"quick_replies":[]}}"#;

fn hsl_line() -> String {
    let article = serde_json::json!({ "id": "b", "question": "Buttons?", "answer": HSL });
    article.to_string()
}

#[test]
fn every_format_reaches_the_bot() {
    for format in formats() {
        let world = World::with(format.settings);
        world.write(&format!("export/{}", format.file), &format.bytes);
        let run = world.sync();
        assert_eq!(run.code, Some(0), "{}: {run:?}", format.file);
        let live = world.live();
        let live: Vec<_> = live
            .iter()
            .map(|(name, (question, answer))| (name.as_str(), question.as_str(), answer.as_str()))
            .collect();
        assert_eq!(live, format.live, "{}", format.file);
        let before = world.calls();
        world.sync().exits(0);
        assert_eq!(
            world.calls(),
            before,
            "{} is not read alike twice",
            format.file
        );
    }
}

#[test]
fn separators_that_are_text_do_not_split_an_answer() {
    let world = World::new();
    let article = r#"{"id": "x", "question": "a|b", "answer": "One<m>two"}"#;
    world.write("export/kb.jsonl", article);
    world.sync().exits(0);
    let step = &world.sandbox.steps(crate::support::BOT)["x"];
    assert_eq!(
        (step.questions.len(), step.answers.len()),
        (1, 1),
        "{step:?}"
    );
}

#[test]
fn files_under_way_and_files_of_others_are_not_read() {
    let world = World::new();
    world.write("export/faq.csv", "node_name,question,answer\na,b,c\n");
    for file in [
        ".hidden.csv",
        "faq.csv~",
        "faq.csv.tmp",
        "new.csv.part.csv.part",
        "readme.md",
    ] {
        std::fs::write(
            world.path(&format!("export/{file}")),
            "node_name,question,answer\nz,z,z\n",
        )
        .unwrap();
    }
    std::fs::write(
        world.path("outside.csv"),
        "node_name,question,answer\nz,z,z\n",
    )
    .unwrap();
    std::os::unix::fs::symlink(world.path("outside.csv"), world.path("export/link.csv")).unwrap();
    world.sync().exits(0);
    assert_eq!(world.live().into_keys().collect::<Vec<_>>(), ["a"]);
}
