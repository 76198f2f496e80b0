//! Quotes that happen to balance: rows that a cell has swallowed, and cells that show a table.

use super::*;

const HEADER: &str = "id,question,answer\n";

#[test]
fn a_cell_that_holds_live_rows_is_rejected_with_the_line() {
    let cases: [(&str, &str, &[&str]); 7] = [
        // (rows, what is read, where the row stands that was swallowed)
        (
            "1,q,a\n2,q,\"open\n3,q,a\n4,q,end\"\n5,q,a\n",
            "1 5",
            &["a.csv:3 2: ", "line 4 is that of `3`"],
        ),
        (
            "2,q,\"open\n3,q,end\"\n5,q,a\n",
            "5",
            &["a.csv:2 2: ", "line 3 is that of `3`"],
        ),
        // In the question, and the rest of the row behind it.
        (
            "2,\"open\n3,q\",a\n5,q,a\n",
            "5",
            &["a.csv:2 2: ", "line 3 is that of `3`"],
        ),
        // Doubled quotes within.
        (
            "2,q,\"open\n3,q,say \"\"hi\"\"\n4,q,x\"\n5,q,a\n",
            "5",
            &["line 3 is that of `3`"],
        ),
        // Lines of prose around them.
        (
            "2,q,\"open\nmore, of it\n\n3,q,a\nlast\"\n5,q,a\n",
            "5",
            &["line 5 is that of `3`"],
        ),
        // An id that was live, among those that never were.
        (
            "2,q,\"open\n8,q,a\n9,q,a\n3,q,a\n\"\n5,q,a\n",
            "5",
            &["line 5 is that of `3`"],
        ),
        (
            "2,q,\"open\r\n3,q,a\r\n4,q,end\"\r\n5,q,a\r\n",
            "5",
            &["line 3 is that of `3`"],
        ),
    ];
    for (rows, ids, parts) in cases {
        let text = format!("{HEADER}{rows}");
        let trial = Trial::with(&[("a.csv", &text)]).live(&["1", "2", "3", "4", "5"]);
        let (found, rejections) = trial.outcome();
        assert_eq!(found.join(" "), ids, "{rows}");
        assert_one(&rejections, parts);
        assert!(trial.reaches().0[0].ends_with("Rest"), "{rows}");
    }
}

#[test]
fn an_answer_that_shows_a_table_stays_an_answer() {
    let rows = "1,q,\"Write it like this:\nid,question,answer\n7,How?,So.\n\"\n";
    let text = format!("{HEADER}{rows}");
    for live in [&[][..], &["1"], &["1", "77", "How?"]] {
        let trial = Trial::with(&[("a.csv", &text)]).live(live);
        assert_eq!(trial.outcome(), (vec!["1".to_owned()], vec![]), "{live:?}");
    }
    // Another number of cells, or another delimiter.
    for line in ["7,How?", "7,How?,So.,x", "7;How?;So.", "see 7, please"] {
        let text = format!("{HEADER}1,q,\"first\n{line}\nlast\"\n");
        let trial = Trial::with(&[("a.csv", &text)]).live(&["1", "7"]);
        assert_eq!(trial.outcome().0, ["1"], "{line}");
    }
}

#[test]
fn every_delimiter_and_every_kind_of_table() {
    let semicolon = "id;question;answer\n2;q;\"open\n3;q;a\n4;q;end\"\n";
    let tabs = "id\tquestion\tanswer\n2\tq\t\"open\n3\tq\ta\n4\tq\tend\"\n5\tq\t\"whole\"\n";
    let kore = "Faq,Que ID,Primary Question,Answer\n,2,q,\"open\n,3,q,a\n,4,q,end\"\n";
    let composite = "a,b,question,answer\n2,x,q,\"open\n3,x,q,a\n4,x,q,end\"\n";
    for (name, text, place) in [
        ("a.csv", semicolon, "a.csv:2 2 Rest"),
        ("a.tsv", tabs, "a.tsv:2 2 Rest"),
        ("a.csv", kore, "a.csv:2 2 Rest"),
    ] {
        let trial = Trial::with(&[(name, text)]).live(&["3"]);
        assert_eq!(trial.reaches().0, [place], "{text}");
    }
    let mut trial = Trial::with(&[("a.csv", composite)]).live(&["3-x"]);
    trial.source.fields = Some(Fields {
        id: vec!["a".to_owned(), "b".to_owned()],
        ..Fields::default()
    });
    assert_eq!(trial.reaches().0, ["a.csv:2 2-x Rest"]);
}

#[test]
fn quotes_that_are_text_give_the_rows_back() {
    let text = "id\tquestion\tanswer\n2\tq\t\"open\n3\tq\ta\n4\tq\tend\"\n5\tq\ta\n";
    let trial = Trial::with(&[("a.tsv", text)]).live(&["3"]);
    assert_eq!(
        trial.outcome(),
        (["2", "3", "4", "5"].map(str::to_owned).to_vec(), vec![])
    );
}
