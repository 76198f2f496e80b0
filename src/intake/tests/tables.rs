//! Tables in the encodings, quotings and layouts that the configuration can ask for.

use super::*;
use crate::config::ConfiguredEncoding;
use crate::model::FileFormat;

#[test]
fn windows_1252_where_configured_or_where_nothing_is_utf8() {
    let latin = b"id,question,answer\n1,caf\xe9 \x80?,a\n";
    let mixed = b"id,question,answer\n1,caf\xe9,a\n2,caf\xc3\xa9,a\n";
    let trial = Trial::new();
    trial.write("a.csv", latin);
    let (articles, reading) = trial.read();
    assert_eq!(articles[0].questions, ["café €?"]);
    assert_eq!(reading.rejections, []);
    assert!(reading.notes[0].reason.contains("windows-1252"));

    let mut trial = Trial::new();
    trial.write("a.csv", mixed);
    assert_one(&trial.outcome().1, &["a.csv:2 1", "not UTF-8"]);
    trial.settings().encoding = Some(ConfiguredEncoding::Other(encoding_rs::WINDOWS_1252));
    let (articles, reading) = trial.read();
    assert_eq!(articles[1].questions, ["cafÃ©"], "as configured");
    assert_eq!((reading.rejections, reading.notes), (vec![], vec![]));
    trial.settings().encoding = Some(ConfiguredEncoding::Utf8);
    assert_eq!(trial.outcome().0, ["2"]);
}

#[test]
fn utf16_where_configured_needs_no_mark() {
    let mut trial = Trial::new();
    let text = "id,question,answer\n1,q,a\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    trial.write("a.csv", bytes);
    trial.settings().encoding = Some(ConfiguredEncoding::Utf16);
    assert_eq!(trial.articles()[0].id, "1");
}

#[test]
fn quotes_are_text_only_where_every_line_says_so() {
    let head = "id\tquestion\tanswer\n";
    let rows = [
        // (rows, whether the quotes are text)
        ("1\t\"Hi\" she said\ta\n2\tq\tb\n", true),
        ("1\t\"open\ta\n2\tq\tb\n", true),
        ("1\tq\ta\n2\tq\t\"cut", false),
        ("1\t\"Hi\" she said\ta\n2\tq\n", false),
        ("1\t\"Hi\" she said\ta\n2\t\"q\"\tb\n", false),
    ];
    for (rows, off) in rows {
        let trial = Trial::with(&[("a.tsv", &format!("{head}{rows}"))]);
        let (_, reading) = trial.read();
        let noted = reading
            .notes
            .iter()
            .any(|note| note.reason.contains("quotes"));
        assert_eq!((noted, reading.complete()), (off, off), "{rows}");
    }
    let trial = Trial::with(&[("a.csv", "id,question,answer\n1,\"open,a\n2,q,b\n")]);
    assert!(
        !trial.read().1.complete(),
        "with commas an open quote is a mistake"
    );
}

#[test]
fn a_table_without_header() {
    let rows = "How?,So.\nWhy?,\"Because, it is\"\n";
    let mut trial = Trial::with(&[("a.csv", rows)]);
    let (articles, reading) = trial.read();
    assert_eq!(articles[1].id, "Why?");
    assert_eq!(articles[1].answers, ["Because, it is"]);
    assert!(reading.notes[0].reason.contains("header = false"));
    trial.settings().header = Some(false);
    assert_eq!(trial.read().1.notes, []);
    trial.settings().header = Some(true);
    assert_one(&trial.outcome().1, &["a.csv:1", "for the id"]);
    let trial = Trial::with(&[("a.csv", "name,text\nHow?,So.\n")]);
    assert_one(&trial.outcome().1, &["a.csv:1", "for the id"]);
}

#[test]
fn the_configured_format_wins_over_the_name() {
    let mut trial = Trial::with(&[("a.txt", "[{\"id\":1,\"question\":\"q\",\"answer\":\"a\"}]")]);
    assert!(!trial.read().1.complete());
    trial.settings().format = Some(FileFormat::Json);
    let (articles, reading) = trial.read();
    assert_eq!(articles.len(), 1);
    assert!(reading.recognised[0].reason.contains("configuration"));
}

#[test]
fn a_sheet_by_its_name() {
    let mut trial = Trial::fixture("workbook/title-rows.xlsx");
    trial.settings().include = vec!["**/*".to_owned()];
    trial.settings().sheet = vec!["FAQ".to_owned()];
    assert_eq!(trial.outcome().0, ["pay", "102", "when"]);
    trial.settings().sheet = vec!["Read me".to_owned()];
    assert_one(
        &trial.outcome().1,
        &["title-rows.xlsx:1", "sheet \"Read me\""],
    );
    trial.settings().sheet = vec!["Other".to_owned()];
    assert_one(&trial.outcome().1, &["no sheet named \"Other\"", "\"FAQ\""]);
    trial.settings().sheet = Vec::new();
    trial.settings().limits.max_rows = 2;
    assert_one(&trial.outcome().1, &["title-rows.xlsx:14", "max_rows = 2"]);
}

#[test]
fn xml_elements_by_their_path() {
    let xml = "<e><as><a id='1'><title>q</title><body>a</body></a></as><b><c id='1'/></b></e>";
    let mut trial = Trial::with(&[("a.xml", xml)]);
    trial.settings().include = vec!["*".to_owned()];
    trial.settings().items = Some("/e/as/a".to_owned());
    assert_eq!(trial.articles()[0].id, "1");
    trial.settings().items = Some("/e/x".to_owned());
    assert_one(
        &trial.outcome().1,
        &["items = \"/e/x\"", "items = \"/e/as/a\""],
    );
}

#[test]
fn markup_that_is_written_as_elements_is_read_if_all_of_it_is_known() {
    let trial = |answer: &str| {
        let xml = format!(
            "<f><q id='1'><question>When?</question><answer>{answer}</answer></q>\
             <q id='2'><question>Why?</question><answer>So.</answer></q></f>"
        );
        let mut trial = Trial::with(&[("a.xml", &xml)]);
        trial.settings().include = vec!["*".to_owned()];
        trial
    };
    for (answer, expected) in [
        ("From <b>9</b> to 17 h.", "From 9 to 17 h."),
        (
            "<p>Yes.</p><p>Within a week.</p>",
            "<div><p>Yes.</p><p>Within a week.</p></div>",
        ),
        ("<b>x</b>", "x"),
    ] {
        assert_eq!(trial(answer).articles()[0].answers, [expected]);
    }
    for (answer, expected) in [
        ("<long>x</long>", "such as `/answer/long`"),
        ("<p>A lamp.</p><price>5</price>", "escaped or in CDATA"),
        ("So <a>x</a> y", "escaped or in CDATA"),
    ] {
        assert_one(&trial(answer).outcome().1, &["a.xml:1", expected]);
    }
    // Who names a field within an answer has fields there, and no marks.
    let named = trial("<b>x</b><p>y</p>").fields(Some("id"), &["question"], &["/answer/b"]);
    assert_eq!(named.read().0[0].answers, ["x"]);
}

#[test]
fn gzip_is_unpacked_within_bounds() {
    let mut trial = Trial::fixture("gzip/comma.csv.gz");
    trial.settings().include = vec!["**/*".to_owned()];
    assert_eq!(trial.articles().len(), 1);
    trial.settings().limits.max_file_bytes = 1000;
    assert_one(
        &trial.outcome().1,
        &[
            "comma.csv.gz",
            "unpacks to more than 1000",
            "max_file_bytes",
        ],
    );
}

#[test]
fn a_question_that_serves_as_the_id_has_variants_and_lines() {
    let trial = Trial::with(&[(
        "a.csv",
        "Question,Answer\n\"How do I|\npay?\",So.\nWhy? | Wherefore?,x\n",
    )]);
    let (articles, reading) = trial.read();
    let ids: Vec<&str> = articles.iter().map(|article| &*article.id).collect();
    assert_eq!(ids, ["How do I", "Why?"]);
    assert!(reading.notes[0].reason.contains("each question is the id"));
    let trial = Trial::with(&[("a.csv", "title,text\nHow?,So.\n")]);
    assert_one(&trial.outcome().1, &["a.csv:1", "for the id"]);
    let trial = trial.fields(None, &["title"], &["text"]);
    assert_eq!(trial.articles()[0].id, "How?", "as configured");
}

#[test]
fn sheets_that_are_named_are_read_whether_they_are_hidden_or_not() {
    let mut trial = Trial::fixture("workbook/sheets.xlsx");
    trial.settings().include = vec!["**/*".to_owned()];
    assert_eq!(trial.outcome().0, ["1", "2"]);
    let places: Vec<String> = trial
        .articles()
        .iter()
        .map(|one| one.place.to_string())
        .collect();
    assert_eq!(
        places,
        ["workbook/sheets.xlsx:2", "workbook/sheets.xlsx → Returns:2"]
    );
    trial.settings().sheet = vec!["Old".to_owned(), "Prices".to_owned()];
    assert_eq!(trial.outcome().0, ["3", "4"]);
    trial.settings().sheet = vec!["*".to_owned()];
    assert_eq!(trial.outcome().0, ["1", "2", "4"]);
    trial.settings().sheet = vec!["FAQ".to_owned(), "Read me".to_owned()];
    assert_one(&trial.outcome().1, &["(sheet \"Read me\")"]);
}

#[test]
fn a_row_that_ends_early_waits_for_the_next_one() {
    let head = "id,question,answer,category\n";
    for (rows, taken, rejected) in [
        ("1,q,a\n2,q,b,x\n", &["1", "2"][..], 0),
        ("1,q,a\n2,q,b\n", &["1", "2"], 0),
        ("1,q,a\ngoes on,x\n2,q,b,x\n", &["2"], 2),
        ("1,q,a,x\n2,q,b", &["1"], 1),
        ("1,q,a,x\n2,q\n", &["1"], 1),
    ] {
        let trial = Trial::with(&[("a.csv", &format!("{head}{rows}"))]);
        let (ids, rejections) = trial.outcome();
        assert_eq!(
            (&*ids, rejections.len()),
            (
                &taken.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()[..],
                rejected
            ),
            "{rows}"
        );
    }
}

#[test]
fn a_line_below_the_table_is_none_that_is_live() {
    let text = "id,question,answer\n1,q,a\nTotal: 1\n";
    let trial = Trial::with(&[("a.csv", text)]);
    assert_eq!(trial.outcome(), (vec!["1".to_owned()], Vec::new()));
    let trial = trial.live(&["Total: 1"]);
    assert_one(&trial.outcome().1, &["a.csv:3 Total: 1", "1 cells"]);
}

#[test]
fn files_with_other_headers_are_read_by_the_names_that_they_have() {
    let files = [
        ("a.csv", "nr,title,also,text\n1,How?,How so?,So.\n"),
        ("b.csv", "nr;frage;also;text\n2;Wie?;;So.\n"),
        ("c.json", r#"[{"nr": 3, "frage": "Wo?", "text": "Hier."}]"#),
        ("d.csv", "nr,headline,also,text\n4,What?,,That.\n"),
    ];
    let mut trial = Trial::with(&files).fields(Some("nr"), &["title", "also"], &["text"]);
    let fields = trial.source.fields.as_mut().unwrap();
    fields.alternatives = [("title".to_owned(), vec!["frage".to_owned()])].into();
    let (articles, reading) = trial.read();
    let asked: Vec<String> = articles
        .iter()
        .map(|article| article.questions.join("|"))
        .collect();
    assert_eq!(asked, ["How?|How so?", "Wie?", "Wo?"]);
    // Nobody has said what stands for the title there.
    assert_eq!(reading.rejections.len(), 1);
    let reason = &reading.rejections[0].reason;
    assert!(
        reason.contains("looked for `title`, `frage`, found"),
        "{reason}"
    );
}

#[test]
fn a_sheet_of_user_messages_adds_to_the_articles_of_its_workbook() {
    let workbook = |sheets: &[(&str, &str)]| {
        let sheet = |(name, rows): &(&str, &str)| {
            let row = |row: &str| {
                let cells = row
                    .split(',')
                    .map(|cell| format!("<Cell><Data ss:Type=\"String\">{cell}</Data></Cell>"));
                format!("<Row>{}</Row>", cells.collect::<String>())
            };
            let rows: String = rows.lines().map(row).collect();
            format!("<Worksheet ss:Name=\"{name}\"><Table>{rows}</Table></Worksheet>")
        };
        let sheets: String = sheets.iter().map(sheet).collect();
        format!(
            "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>\
             <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" \
             xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">{sheets}</Workbook>"
        )
    };
    let articles = (
        "FAQ",
        "Node Name,Question,Answer\npay,How do I pay?,By card.\nship,When?,Soon.",
    );
    let messages = (
        "Variants",
        "Node Name,User Says\npay,which cards\npay,can i pay later\nother,who\n,lost",
    );
    let changes = ("Changes", "Node Name,Title\npay,Reworded in May");
    for order in [[articles, messages, changes], [messages, changes, articles]] {
        let mut trial = Trial::with(&[("faq.xls", &workbook(&order))]);
        trial.settings().include = vec!["*.xls".to_owned()];
        let found = trial.articles();
        let asked: Vec<String> = found
            .iter()
            .map(|article| article.questions.join("|"))
            .collect();
        assert_eq!(
            asked,
            ["How do I pay?|which cards|can i pay later", "When?"]
        );
        let (_, notes) = trial.reaches();
        for part in [
            "→ Variants:1 -: names user messages for articles",
            "→ Variants:4 other: is a user message for an id that no article has",
            "→ Variants:5 -: has no id",
            "other columns",
        ] {
            let is_told = notes.iter().any(|note| note.contains(part));
            assert!(is_told || part == "other columns", "{part} in {notes:#?}");
        }
    }
}

#[test]
fn columns_without_a_header_are_named_by_their_numbers() {
    let mut trial = Trial::new().fields(Some("column 1"), &["column 3"], &["column 4"]);
    trial.settings().header = Some(false);
    trial.write(
        "faq.csv",
        "17,pay,How do I pay?,By card.\n18,order,Where is it?,In the app.\n",
    );
    let articles = trial.articles();
    let told: Vec<_> = articles
        .iter()
        .map(|article| (&*article.id, &*article.questions[0], &*article.answers[0]))
        .collect();
    assert_eq!(
        told,
        [
            ("17", "How do I pay?", "By card."),
            ("18", "Where is it?", "In the app.")
        ]
    );
}
