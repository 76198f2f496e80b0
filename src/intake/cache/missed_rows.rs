//! The rows that a reading parses are needed again only when its pass is over, so that they wait
//! in the spool, many to a record.

use std::sync::Arc;

use super::rebuild::MissedRow;
use crate::model::{Digest, RowDigest};
use crate::spool::{Handle, Spool, SpoolError};

/// Rows of one record.
const ROWS: usize = 4096;

/// Rows that were parsed, wherever they wait.
pub trait ReadMissedRows: std::fmt::Debug {
    /// Hands over one after the other, in their order.
    fn each(&self, take: &mut dyn FnMut(MissedRow)) -> Result<(), SpoolError>;
}

impl ReadMissedRows for Vec<MissedRow> {
    fn each(&self, take: &mut dyn FnMut(MissedRow)) -> Result<(), SpoolError> {
        self.iter().copied().for_each(take);
        Ok(())
    }
}

/// Rows in their order.
#[derive(Clone, Debug)]
pub struct MissedRows {
    spool: Arc<Spool>,
    records: Vec<Handle>,
    /// The last ones, which are no record yet.
    rest: Vec<MissedRow>,
}

impl MissedRows {
    /// None yet.
    pub fn new(spool: &Arc<Spool>) -> Self {
        Self {
            spool: spool.clone(),
            records: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// Puts one behind the others.
    pub fn push(&mut self, row: MissedRow) {
        self.rest.push(row);
        if self.rest.len() < ROWS {
            return;
        }
        let record: Vec<u8> = self.rest.iter().flat_map(to_bytes).flatten().collect();
        // What the spool does not take stays in memory.
        if let Ok(handle) = self.spool.append(&record) {
            self.records.push(handle);
            self.rest.clear();
        }
    }

    /// Hands over one after the other.
    pub fn each(&self, mut take: impl FnMut(MissedRow)) -> Result<(), SpoolError> {
        for handle in &self.records {
            let record = self.spool.read(*handle)?;
            let numbers = record.as_chunks().0;
            numbers
                .as_chunks()
                .0
                .iter()
                .map(from_bytes)
                .for_each(&mut take);
        }
        self.rest.iter().copied().for_each(take);
        Ok(())
    }
}

fn to_bytes(row: &MissedRow) -> [[u8; 16]; 3] {
    let mut others = [0; 16];
    others[..8].copy_from_slice(&row.article.to_le_bytes());
    others[8..].copy_from_slice(&row.file.to_le_bytes());
    [row.digest.to_le_bytes(), row.content.0, others]
}

fn from_bytes([digest, content, others]: &[[u8; 16]; 3]) -> MissedRow {
    let [article, file] = *others.as_chunks().0 else {
        unreachable!("16 are twice 8")
    };
    MissedRow {
        file: usize::from_le_bytes(file),
        digest: RowDigest::from_le_bytes(*digest),
        article: u64::from_le_bytes(article),
        content: Digest(*content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::SpillConfig;

    #[test]
    fn rows_come_back_as_they_were_and_in_their_order() {
        for count in [0, 1, ROWS - 1, ROWS, 3 * ROWS + 5] {
            let row = |at: usize| MissedRow {
                file: at / 10,
                digest: ((at as u128) << 100) | 7,
                article: u64::MAX - at as u64,
                content: Digest([at.to_le_bytes()[0]; 16]),
            };
            let spool = Arc::new(Spool::new(&SpillConfig::MEMORY));
            let mut rows = MissedRows::new(&spool);
            (0..count).for_each(|at| rows.push(row(at)));
            assert_eq!(rows.records.len(), count / ROWS);
            let mut back = Vec::new();
            rows.each(|row| back.push(row)).unwrap();
            assert_eq!(back, (0..count).map(row).collect::<Vec<_>>());
        }
    }

    #[test]
    fn rows_that_are_lost_are_missed() {
        let spool = Arc::new(Spool::new(&SpillConfig::MEMORY));
        let mut rows = MissedRows::new(&spool);
        let row = MissedRow {
            file: 0,
            digest: 1,
            article: 2,
            content: Digest([3; 16]),
        };
        (0..ROWS).for_each(|_| rows.push(row));
        spool.corrupt();
        assert_eq!(rows.each(drop), Err(spool.damaged()));
    }
}
