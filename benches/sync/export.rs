//! Generated exports: the same size and version give the same bytes.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Csv,
    JsonLines,
}

impl Layout {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::JsonLines => "JSON Lines",
        }
    }

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Csv => "articles.csv",
            Self::JsonLines => "articles.jsonl",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Csv => "article_id,title,other_questions,body\n",
            Self::JsonLines => "",
        }
    }

    /// About 400 bytes; with another `version`, every 500th article has another answer.
    fn row(self, row: &mut String, article: usize, version: usize) {
        let version = if article.is_multiple_of(500) {
            version
        } else {
            0
        };
        let more = "If it does not work, call us and we will gladly help. ".repeat(3);
        row.clear();
        match self {
            Self::Csv => writeln!(
                row,
                "kb-{article:07},How do I do thing number {article}?,What about thing {article}?|Thing {article} please,\
                 \"Open the settings, choose \"\"thing {article}\"\" and follow the steps that are shown there. \
                 It takes a moment; version {version} of this answer. {more}\""
            ),
            Self::JsonLines => writeln!(
                row,
                "{{\"article_id\":\"kb-{article:07}\",\"title\":\"How do I do thing number {article}?\",\
                 \"body\":\"Open the settings, choose \\\"thing {article}\\\" and follow the steps that are shown there. \
                 It takes a moment; version {version} of this answer. {more}\"}}"
            ),
        }
        .expect("text in memory");
    }
}

/// Writes an export and moves it into place, as a careful exporter does.
pub(crate) fn write(
    folder: &Path,
    name: &str,
    layout: Layout,
    articles: std::ops::Range<usize>,
    version: usize,
) {
    let part = folder.join(format!("{name}.part"));
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&part).expect("the export"));
    out.write_all(layout.header().as_bytes())
        .expect("the export");
    let mut row = String::new();
    for article in articles {
        layout.row(&mut row, article, version);
        out.write_all(row.as_bytes()).expect("the export");
    }
    // On the disk, so that nothing that is measured waits for it.
    let file = out.into_inner().expect("the export");
    file.sync_all().expect("the export");
    std::fs::rename(part, folder.join(name)).expect("the export");
}
