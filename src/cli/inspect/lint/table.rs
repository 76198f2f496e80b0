//! The findings as a table for a spreadsheet. Content comes from outside, so no cell may become a
//! formula.

use super::Judged;
use crate::cli::output::harmless;
use crate::lint::{Finding, FindingAt};

const HEADER: [&str; 12] = [
    "level",
    "rule",
    "bot",
    "file",
    "line",
    "article",
    "step",
    "field",
    "finding",
    "other",
    "why",
    "suggestion",
];
/// Spreadsheets take a file for UTF-8 by it.
const MARK: &[u8] = "\u{feff}".as_bytes();

pub(crate) fn bytes(judged: &[Judged]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(MARK.to_vec());
    // Writing to memory cannot fail.
    let _ = writer.write_record(HEADER);
    for judged in judged {
        for finding in &judged.findings {
            let _ = writer.write_record(row(finding, judged).map(|cell| harmless(&cell)));
        }
    }
    writer.into_inner().unwrap_or_default()
}

fn row(finding: &Finding, judged: &Judged) -> [String; 12] {
    let of = |part: fn(&FindingAt) -> Option<&String>| {
        let part = finding.at.as_ref().and_then(part);
        part.cloned().unwrap_or_default()
    };
    let at = finding.at.as_ref();
    let line = at.map(|at| at.place.line).filter(|line| *line > 0);
    let other = finding.other.as_ref();
    [
        finding.level.name().to_owned(),
        finding.rule.name().to_owned(),
        judged.domain_name.clone().unwrap_or_default(),
        at.map(|at| judged.places.file(at)).unwrap_or_default(),
        line.map(|line| line.to_string()).unwrap_or_default(),
        of(|at| at.article.as_ref()),
        of(|at| at.node_name.as_ref()),
        finding.field.clone(),
        finding.what.clone(),
        other
            .and_then(|other| other.node_name.clone())
            .unwrap_or_default(),
        finding.rule.why().to_owned(),
        finding.rule.suggestion().to_owned(),
    ]
}
