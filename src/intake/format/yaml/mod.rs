//! Reads YAML: a list of articles, or a mapping with the list somewhere in it. `no` and `010` stay
//! the text that they are.

mod events;
mod scalar;

use serde_json::Value;

use super::json::tree_size;
use super::{json, rasa};
use crate::intake::article_collector::ArticleCollector;
use crate::intake::budget::Budget;
use crate::intake::bytes::TextProblem;
use crate::intake::format::front_matter::{begins, has_text_after};
use crate::intake::format_readers::FormatReader;
use crate::intake::read_files::ReadJob;
use events::to_json;

/// YAML.
pub(crate) const YAML: FormatReader = FormatReader {
    shows,
    ..FormatReader::new(read)
};

fn shows(head: &str) -> Option<&'static str> {
    let is_yaml = head.starts_with("- ") || (begins(head) && !has_text_after(head));
    is_yaml.then_some("by its first line")
}

/// Reads all items of a file.
fn read(job: &ReadJob, collector: &mut ArticleCollector) -> Result<(), TextProblem> {
    let text = job.text(collector)?;
    let document = text.whole(collector.budget())?;
    let json = to_json(&document, collector.budget())?;
    collector.budget().trim_memory(document.len());
    drop(document);
    if job.folder.items.is_none() && rasa::is_it(&json) {
        let root = tree(&json, collector.budget())?;
        return rasa::read(&root, job, collector);
    }
    json::read_made(&json, job, collector)
}

/// A YAML document as the JSON value that says the same.
pub(crate) fn parse(document: &str, budget: &mut Budget) -> Result<Value, TextProblem> {
    tree(&to_json(document, budget)?, budget)
}

fn tree(json: &str, budget: &mut Budget) -> Result<Value, TextProblem> {
    budget.take(tree_size(json))?;
    serde_json::from_str(json).map_err(|_| {
        TextProblem::whole_file("has lists more than 100 deep within each other; export it again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_they_say() {
        let document =
            "id: 010\nyes: no\nversion: 1.10\nlist: [1, ~, true, !x y]\n7: &a {b: c}\ncopy: *a\n";
        let expected = serde_json::json!({
            "id": "010", "yes": "no", "version": "1.10", "list": ["1", null, true, "y"],
            "7": {"b": "c"}, "copy": {"b": "c"},
        });
        assert_eq!(parse(document, &mut Budget::default()).unwrap(), expected);
        assert_eq!(
            parse("", &mut Budget::default()).unwrap(),
            serde_json::Value::Null
        );
    }

    #[test]
    fn bombs_are_refused() {
        let long = vec!["x"; 5000].join(",");
        let aliases = vec!["*a"; 2000].join(",");
        let deep = "[".repeat(100_000);
        for (document, part) in [
            (
                format!("a: &a [{long}]\nb: [{aliases}]\n"),
                "repeat too much",
            ),
            (format!("a: 1\nb: {deep}"), "recursion limit"),
            ("- ".repeat(100_000), "recursion limit"),
            ("a: 1\na: 2\n".to_owned(), "`a` occurs twice"),
            ("a: &a\n  b: *a\n".to_owned(), "in what it repeats"),
            ("a: 1\n---\nb: 1\n".to_owned(), "more than one document"),
            ("? [a]\n: 1\n".to_owned(), "keys as words"),
        ] {
            let problem = parse(&document, &mut Budget::default()).unwrap_err();
            assert!(problem.reason.contains(part), "{problem:?}");
        }
    }
}
