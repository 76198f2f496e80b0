//! Checks the container of an XLS file ([MS-CFB]): its tables chain sectors to streams, and a chain
//! that runs in a circle would be followed until the memory ends.
//!
//! [MS-CFB]: https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb/

use super::text::Problem;

const HEADER: usize = 512;
/// From here on, a number stands for something other than a sector.
const NO_SECTOR: u32 = 0xFFFF_FFFA;

/// Refuses a container whose chains do not end. What else is wrong with it, its reader says.
pub(super) fn check(bytes: &[u8]) -> Result<(), Problem> {
    let endless = || {
        Problem::whole_file(
            "looks like a workbook but is damaged (its table of sectors runs in a circle); save it again, or export it as CSV",
        )
    };
    let Some(file) = File::new(bytes) else {
        return Ok(());
    };
    let table = file.table().ok_or_else(endless)?;
    if !ends(&table) {
        return Err(endless());
    }
    let small = file.chain(number(bytes, 60), &table);
    if ends(&small) { Ok(()) } else { Err(endless()) }
}

struct File<'a> {
    bytes: &'a [u8],
    sector: usize,
}

impl<'a> File<'a> {
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

    /// The numbers in a sector, as far as the file goes.
    fn numbers(&self, id: u32) -> impl Iterator<Item = u32> + use<'a> {
        let start = (id as usize).saturating_add(1).saturating_mul(self.sector);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let sector = &rest[..rest.len().min(self.sector)];
        let (numbers, _) = sector.as_chunks::<4>();
        numbers.iter().map(|four| u32::from_le_bytes(*four))
    }

    /// The table that says which sector follows which; `None` where its own list is endless.
    fn table(&self) -> Option<Vec<u32>> {
        let most = self.bytes.len() / self.sector + 1;
        let (first, _) = self.bytes[76..HEADER].as_chunks::<4>();
        let mut list: Vec<u32> = first.iter().map(|four| u32::from_le_bytes(*four)).collect();
        let mut next = number(self.bytes, 68);
        for _ in 0..=most {
            if next >= NO_SECTOR {
                break;
            }
            list.extend(self.numbers(next));
            next = list.pop()?;
        }
        let mut table = Vec::new();
        for id in list.into_iter().filter(|id| *id < NO_SECTOR) {
            table.extend(self.numbers(id));
            // The last sector of the table may be filled up.
            if table.len() > most + self.sector / 4 {
                return None;
            }
        }
        (next >= NO_SECTOR).then_some(table)
    }

    /// The numbers in the sectors of a chain.
    fn chain(&self, mut id: u32, table: &[u32]) -> Vec<u32> {
        let mut numbers = Vec::new();
        while let Some(next) = table.get(id as usize) {
            numbers.extend(self.numbers(id));
            id = *next;
        }
        numbers
    }
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
        let good = include_bytes!("../../../tests/fixtures/intake/workbook/biff-named-xlsx.xlsx");
        assert_eq!(check(good), Ok(()));
        let mut bad = good.to_vec();
        let table = number(&bad, 76) as usize;
        let at = (table + 1) * 512;
        let directory = number(&bad, 48);
        let place = at + directory as usize * 4;
        bad[place..place + 4].copy_from_slice(&directory.to_le_bytes());
        assert!(check(&bad).is_err());
        assert_eq!(check(&good[..100]), Ok(()), "its reader refuses it");
    }
}
