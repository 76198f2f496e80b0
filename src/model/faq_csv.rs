//! The FAQ CSV: UTF-8, the header `node_name,question,answer`, one row a step (the vendor's page
//! of April 2023).

/// The header row.
pub const HEADER: [&str; 3] = ["node_name", "question", "answer"];

/// Writes rows into memory. A CSV of any size is made of several of these, one after the other.
#[derive(Debug)]
pub struct CsvWriter {
    writer: csv::Writer<Vec<u8>>,
}

impl CsvWriter {
    /// Begins a CSV, or goes on with one whose header has been written.
    pub fn after_header(written: bool) -> Self {
        let mut writer = Self {
            writer: csv::Writer::from_writer(Vec::new()),
        };
        if !written {
            writer.row(HEADER[0], HEADER[1], HEADER[2]);
        }
        writer
    }

    /// Writes one row.
    pub fn row(&mut self, node_name: &str, question: &str, answer: &str) {
        self.writer
            .write_record([node_name, question, answer])
            .expect("three cells into memory");
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.writer.into_inner().expect("flush into memory")
    }
}
