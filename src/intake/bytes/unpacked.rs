//! Bounds on what packed files unpack to. For a zip archive that is found by unpacking it into
//! nothing: the sizes that it declares are not to be trusted.

use std::io::{self, Cursor, Read, copy, sink};

use zip::ZipArchive;

use super::text::TextProblem;
use crate::intake::budget::Budget;

/// Below this no ratio is suspicious: a sheet of blank rows packs very well.
const HARMLESS: u64 = 64 << 20;
const MAX_RATIO: u64 = 200;
/// What the library holds for a tag besides text.
const TAG: usize = 16;

/// How many bytes something packed may come to.
#[derive(Debug)]
pub(crate) struct UnpackedBound {
    limit: u64,
    allowed: u64,
}

impl UnpackedBound {
    /// For so many packed bytes, and never more than `limit`.
    pub(crate) fn new(packed: u64, limit: u64) -> Self {
        let by_ratio = packed.saturating_mul(MAX_RATIO).max(HARMLESS);
        Self {
            limit,
            allowed: limit.min(by_ratio),
        }
    }

    /// Unpacks `bytes` into nothing, where `total` have been unpacked before. Returns how many they
    /// were: one more than there may be, if they are too many.
    pub(crate) fn measure(&self, bytes: impl Read, total: u64) -> io::Result<u64> {
        self.measure_into(bytes, total, &mut sink())
    }

    fn measure_into(
        &self,
        bytes: impl Read,
        total: u64,
        into: &mut impl io::Write,
    ) -> io::Result<u64> {
        let room = self.allowed.saturating_sub(total).saturating_add(1);
        copy(&mut bytes.take(room), into)
    }

    /// Why so many bytes are too many, if they are.
    pub(crate) fn exceeded_by(&self, total: u64) -> Option<String> {
        let Self { limit, allowed } = self;
        (total > *allowed).then(|| {
            let why = if allowed == limit {
                "max_file_bytes; raise max_file_bytes if it is meant to be so long"
            } else {
                "200 times its size, so it is not unpacked; export it again unpacked"
            };
            format!("unpacks to more than {allowed} bytes, which is {why}")
        })
    }
}

/// Refuses a workbook that unpacks to more than `limit` bytes, to suspiciously many for its size, or to
/// more than the budget has left: all but its sheets is held as a whole.
pub(crate) fn check(bytes: &[u8], limit: u64, budget: &mut Budget) -> Result<(), TextProblem> {
    let broken = |cause: &dyn std::fmt::Display| {
        TextProblem::whole_file(format!(
            "looks like a workbook but cannot be unpacked ({cause}); it looks damaged or cut off: run the export again, or export it as CSV"
        ))
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let bound = UnpackedBound::new(bytes.len() as u64, limit);
    let mut total = 0;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|error| broken(&error))?;
        let is_held = entry.name().is_ok_and(|name| is_held(&name));
        let mut tags = Tags::default();
        let size = bound
            .measure_into(&mut entry, total, &mut tags)
            .map_err(|error| broken(&error))?;
        total += size;
        if let Some(reason) = bound.exceeded_by(total) {
            return Err(TextProblem::whole_file(reason));
        }
        if is_held {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            budget.take(size.saturating_add(tags.0.saturating_mul(TAG)))?;
        }
    }
    Ok(())
}

/// Whether the library holds what stands in a part, and does not go through it piece by piece.
fn is_held(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_sheet = name.contains("worksheets/") && !name.ends_with("sharedstrings.xml");
    !is_sheet && [".xml", ".rels"].iter().any(|end| name.ends_with(end))
}

/// Counts tags: a text that is shared by cells has four of them at least.
#[derive(Default)]
struct Tags(usize);

impl io::Write for Tags {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += memchr::memchr_iter(b'<', bytes).count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive_of_zeros(megabytes: usize) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        writer.start_file("xl/sheet.xml", options).unwrap();
        for _ in 0..megabytes {
            writer.write_all(&vec![0; 1 << 20]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn bombs_are_refused() {
        assert_eq!(
            check(&archive_of_zeros(1), 2 << 20, &mut Budget::default()),
            Ok(())
        );
        let bomb = archive_of_zeros(66);
        let error = check(&bomb, 1 << 30, &mut Budget::default()).unwrap_err();
        assert!(error.reason.contains("200 times"), "{error:?}");
        let error = check(&bomb, 1 << 20, &mut Budget::default()).unwrap_err();
        assert!(error.reason.contains("max_file_bytes"), "{error:?}");
        assert!(check(b"PK\x03\x04\x14\0", 1 << 20, &mut Budget::default()).is_err());
    }
}
