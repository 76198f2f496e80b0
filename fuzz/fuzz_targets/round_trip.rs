//! Article to step to a row of the FAQ CSV, which a strict CSV reader reads back as the same step.
#![no_main]

use kms_haptik_sync::model::{Article, Body, CsvWriter, Markup, Place, Writing};
use kms_haptik_sync_fuzz::normalised;
use libfuzzer_sys::fuzz_target;

type Input = (u8, String, Vec<String>, Vec<String>);

fuzz_target!(|input: Input| {
    let (kind, id, questions, answers) = input;
    let markup = [Markup::Faq, Markup::Variants, Markup::Plain][usize::from(kind % 3)];
    let body = [
        None,
        Some(Body::Html),
        Some(Body::Markdown),
        Some(Body::Wikitext),
    ][usize::from(kind / 3 % 4)];
    let place = Place {
        file: "a.csv".into(),
        line: 1,
    };
    let article = Article {
        id,
        questions,
        answers,
        markup,
        body: body.map(Writing::with_lines),
        url: None,
        author: None,
        quick_replies: Vec::new(),
        place,
        row: None,
    };
    let Some(found) = normalised(article) else {
        return;
    };
    let step = found.step;
    let mut writer = CsvWriter::after_header(false);
    writer.row(&step.node_name, &step.question, &step.answer);
    let bytes = writer.finish();
    let rows = csv::ReaderBuilder::new()
        .flexible(false)
        .from_reader(bytes.as_slice())
        .into_records()
        .collect::<Result<Vec<_>, _>>()
        .expect("a CSV that can be read back");
    assert_eq!(rows.len(), 1, "one step is one row");
    let cells: Vec<&str> = rows[0].iter().collect();
    assert_eq!(cells, [&step.node_name, &step.question, &step.answer]);
});
