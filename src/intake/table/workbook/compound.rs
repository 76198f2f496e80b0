//! The container of an XLS file ([MS-CFB]), as far as it has to be known before the library reads it:
//! its tables chain sectors to streams, and a chain that runs in a circle would be followed until the
//! memory ends.
//!
//! [MS-CFB]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/

use crate::intake::bytes::TextProblem;

const HEADER: usize = 512;
const ENTRY: usize = 128;
/// Streams below this length lie in small sectors.
const SHORT: usize = 4096;
const SMALL_SECTOR: usize = 64;
/// From here on, a number stands for something other than a sector.
const NO_SECTOR: u32 = 0xFFFF_FFFA;

/// The streams of these names. A container whose chains do not end is refused; what else is wrong with
/// it, the library says.
pub(crate) fn streams(bytes: &[u8], names: &[&str]) -> Result<Vec<Vec<u8>>, TextProblem> {
    let endless = || {
        TextProblem::whole_file(
            "looks like a workbook but is damaged (its table of sectors runs in a circle); run the export again, or export it as CSV",
        )
    };
    let Some(file) = CompoundFile::new(bytes) else {
        return Ok(Vec::new());
    };
    let table = file.table().ok_or_else(endless)?;
    if !ends(&table) {
        return Err(endless());
    }
    let small = file.chain(number(bytes, 60), &table, usize::MAX);
    let small: Vec<u32> = numbers(&small).collect();
    if !ends(&small) {
        return Err(endless());
    }
    Ok(file.named(names, &table, &small))
}

struct CompoundFile<'a> {
    bytes: &'a [u8],
    sector: usize,
}

impl<'a> CompoundFile<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER {
            return None;
        }
        let sector = match (bytes[30], bytes[31]) {
            (9, 0) => 512,
            (12, 0) => 4096,
            _ => return None,
        };
        Some(Self { bytes, sector })
    }

    /// A sector, as far as the file goes.
    fn sector(&self, id: u32) -> &'a [u8] {
        let start = (id as usize).saturating_add(1).saturating_mul(self.sector);
        let rest = self.bytes.get(start..).unwrap_or_default();
        &rest[..rest.len().min(self.sector)]
    }

    /// The table that says which sector follows which; `None` where its own list is endless.
    fn table(&self) -> Option<Vec<u32>> {
        let most = self.bytes.len() / self.sector + 1;
        let mut list: Vec<u32> = numbers(&self.bytes[76..HEADER]).collect();
        let mut next = number(self.bytes, 68);
        for _ in 0..=most {
            if next >= NO_SECTOR {
                break;
            }
            list.extend(numbers(self.sector(next)));
            next = list.pop()?;
        }
        let mut table = Vec::new();
        for id in list.into_iter().filter(|id| *id < NO_SECTOR) {
            table.extend(numbers(self.sector(id)));
            // The last sector of the table may be filled up.
            if table.len() > most + self.sector / 4 {
                return None;
            }
        }
        (next >= NO_SECTOR).then_some(table)
    }

    /// The bytes in the sectors of a chain, `length` of them at most.
    fn chain(&self, mut id: u32, table: &[u32], length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(next) = table.get(id as usize).filter(|_| bytes.len() < length) {
            bytes.extend_from_slice(self.sector(id));
            id = *next;
        }
        bytes.truncate(length);
        bytes
    }

    /// The streams of these names. Short ones lie in sectors of their own, within the stream of the
    /// first entry of the directory.
    fn named(&self, names: &[&str], table: &[u32], small: &[u32]) -> Vec<Vec<u8>> {
        let directory = self.chain(number(self.bytes, 48), table, usize::MAX);
        let length = |entry: &[u8]| number(entry, 120) as usize;
        let within = directory.first_chunk::<ENTRY>();
        let within = within.map(|root| self.chain(number(root, 116), table, length(root)));
        let within = within.unwrap_or_default();
        let is_named = |entry: &&[u8]| {
            let units = entry[..64].as_chunks::<2>().0.iter();
            let units = units.map(|two| u16::from_le_bytes(*two));
            let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
            let name = String::from_utf16_lossy(&units);
            names
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(&name))
        };
        let stream = |entry: &[u8]| {
            let (start, length) = (number(entry, 116), length(entry));
            if length >= SHORT {
                return self.chain(start, table, length);
            }
            let inner = CompoundFile {
                bytes: &within,
                sector: SMALL_SECTOR,
            };
            inner.small_chain(start, small, length)
        };
        let entries = directory.chunks_exact(ENTRY);
        entries.filter(is_named).map(stream).collect()
    }

    /// The same as [`Self::chain`], where no header comes first.
    fn small_chain(&self, mut id: u32, table: &[u32], length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(next) = table.get(id as usize).filter(|_| bytes.len() < length) {
            let start = (id as usize).saturating_mul(self.sector);
            let rest = self.bytes.get(start..).unwrap_or_default();
            bytes.extend_from_slice(&rest[..rest.len().min(self.sector)]);
            id = *next;
        }
        bytes.truncate(length);
        bytes
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|four| u32::from_le_bytes(*four))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_le_bytes(four.unwrap_or([0xff; 4]))
}

/// Whether every chain of a table comes to an end.
fn ends(table: &[u32]) -> bool {
    // In which walk a sector was met; 0 is in none yet.
    let mut met = vec![0_usize; table.len()];
    for start in 0..table.len() {
        let mut at = start;
        while let Some(seen) = met.get_mut(at) {
            match *seen {
                0 => *seen = start + 1,
                walk if walk == start + 1 => return false,
                _ => break,
            }
            at = table[at] as usize;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found() {
        const END: u32 = 0xFFFF_FFFE;
        for (table, expected) in [
            (&[][..], true),
            (&[1, 2, END], true),
            (&[2, 2, END, 0xFFFF_FFFF], true),
            (&[0], false),
            (&[END, 2, 3, 1], false),
            (&[1, 2, 1], false),
            (&[9, END], true),
        ] {
            assert_eq!(ends(table), expected, "{table:?}");
        }
    }

    #[test]
    fn a_real_workbook_passes_and_one_in_a_circle_does_not() {
        let good =
            include_bytes!("../../../../tests/fixtures/intake/workbook/biff-named-xlsx.xlsx");
        let found = streams(good, &["workbook", "book"]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0][..2], [0x09, 0x08], "a stream begins with BOF");
        let mut bad = good.to_vec();
        let table = number(&bad, 76) as usize;
        let at = (table + 1) * 512;
        let directory = number(&bad, 48);
        let place = at + directory as usize * 4;
        bad[place..place + 4].copy_from_slice(&directory.to_le_bytes());
        assert!(streams(&bad, &[]).is_err());
        assert_eq!(streams(&good[..100], &[]), Ok(Vec::new()));
    }
}
