//! The file that keeps the rows that were seen: a line of JSON and its checksum, packed numbers, and a
//! checksum over everything. It need not survive a crash, so nothing waits for the disk.

use std::fs;
use std::io::{self, BufRead, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::names::NameList;
use super::{CachedFile, CachedSource, RowCache};
use crate::store::SnapshotVersion;

const FORMAT: u32 = 3;
const CHECKSUM: usize = 8;
/// Numbers that are packed and unpacked at a time.
const PAGE: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    seed: u64,
    reader: u64,
    as_of: SnapshotVersion,
    names: usize,
    text: usize,
    files: Vec<(CachedSource, usize)>,
}

impl RowCache {
    /// Reads what was kept; `None` where there is nothing that can be used.
    pub fn load(path: &Path, reader: u64) -> Option<Self> {
        let file = fs::File::open(path).ok()?;
        let left = usize::try_from(file.metadata().ok()?.len()).ok()?;
        let mut packed = PackedNumbers {
            file: io::BufReader::with_capacity(1 << 16, file),
            checksum: Xxh3::new(),
            left: left.checked_sub(CHECKSUM)?,
        };
        let head = packed.head(reader)?;
        packed.seen(head)
    }

    /// Keeps it, in place of what was kept before.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        replace(path, |file| {
            let mut out = Out {
                file: io::BufWriter::with_capacity(1 << 20, file),
                checksum: Xxh3::new(),
            };
            self.write(&mut out)?;
            let checksum = out.checksum.digest().to_le_bytes();
            out.file.write_all(&checksum)?;
            out.file.flush()
        })
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (text, ends) = self.names.parts();
        let files = self.files.iter();
        let head = Head {
            format: FORMAT,
            seed: self.seed,
            reader: self.reader,
            as_of: self.as_of,
            names: ends.len(),
            text: text.len(),
            files: files
                .map(|file| (file.about.clone(), file.digests.len()))
                .collect(),
        };
        let mut line = serde_json::to_vec(&head)?;
        line.push(b'\n');
        out.write_all(&line)?;
        writeln!(out, "{:016x}", xxh3_64(&line))?;
        out.write_all(text.as_bytes())?;
        write_all(out, ends, u32::to_le_bytes)?;
        write_all(out, &self.articles, u64::to_le_bytes)?;
        for file in &self.files {
            write_all(out, &file.digests, u128::to_le_bytes)?;
            write_all(out, &file.steps, u32::to_le_bytes)?;
        }
        Ok(())
    }
}

/// Puts a file in the place of another, at once.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    write(file.as_file_mut())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn write_all<T: Copy, const N: usize>(
    out: &mut impl Write,
    numbers: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    let mut page = Vec::with_capacity(PAGE * N);
    for numbers in numbers.chunks(PAGE) {
        page.clear();
        page.extend(numbers.iter().flat_map(|number| bytes(*number)));
        out.write_all(&page)?;
    }
    Ok(())
}

struct Out<W: Write> {
    file: io::BufWriter<W>,
    checksum: Xxh3,
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.checksum.update(bytes);
        self.file.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that is being unpacked.
struct PackedNumbers {
    file: io::BufReader<fs::File>,
    checksum: Xxh3,
    /// Bytes before the checksum. A damaged count must not ask for more memory than that.
    left: usize,
}

impl PackedNumbers {
    fn seen(mut self, head: Head) -> Option<RowCache> {
        let text = String::from_utf8(self.bytes(head.text)?).ok()?;
        let ends = self.numbers(head.names, u32::from_le_bytes)?;
        let names = NameList::of_parts(text, ends)?;
        let articles = self.numbers(head.names, u64::from_le_bytes)?;
        let mut files = Vec::with_capacity(head.files.len());
        for (about, rows) in head.files {
            let digests = self.numbers(rows, u128::from_le_bytes)?;
            let steps = self.numbers(rows, u32::from_le_bytes)?;
            if steps.iter().any(|step| *step as usize >= names.len()) {
                return None;
            }
            files.push(CachedFile {
                about,
                digests,
                steps,
            });
        }
        let ordered = files.is_sorted_by(|a, b| a.about.place() < b.about.place());
        (ordered && self.checked()?).then_some(RowCache {
            seed: head.seed,
            reader: head.reader,
            as_of: head.as_of,
            names,
            articles,
            files,
        })
    }

    fn head(&mut self, reader: u64) -> Option<Head> {
        let line = self.line()?;
        if self.line()? != format!("{:016x}\n", xxh3_64(&line)).into_bytes() {
            return None;
        }
        let head: Head = serde_json::from_slice(&line).ok()?;
        (head.format == FORMAT && head.reader == reader).then_some(head)
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        self.file.read_until(b'\n', &mut line).ok()?;
        self.checksum.update(&line);
        self.left = self.left.checked_sub(line.len())?;
        Some(line)
    }

    fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        self.left = self.left.checked_sub(count)?;
        let mut bytes = vec![0; count];
        self.file.read_exact(&mut bytes).ok()?;
        self.checksum.update(&bytes);
        Some(bytes)
    }

    fn numbers<T, const N: usize>(
        &mut self,
        count: usize,
        number: impl Fn([u8; N]) -> T,
    ) -> Option<Vec<T>> {
        self.left = self.left.checked_sub(count.checked_mul(N)?)?;
        let mut numbers = Vec::with_capacity(count);
        let mut page = vec![0; PAGE * N];
        while numbers.len() < count {
            let page = &mut page[..PAGE.min(count - numbers.len()) * N];
            self.file.read_exact(page).ok()?;
            self.checksum.update(page);
            let (chunks, _) = page.as_chunks::<N>();
            numbers.extend(chunks.iter().map(|chunk| number(*chunk)));
        }
        Some(numbers)
    }

    fn checked(mut self) -> Option<bool> {
        let mut checksum = [0; CHECKSUM];
        self.file.read_exact(&mut checksum).ok()?;
        Some(self.left == 0 && self.checksum.digest().to_le_bytes() == checksum)
    }
}
