//! The file that keeps what was seen: a line of JSON, packed numbers, and a checksum over both. It
//! need not survive a crash, so nothing waits for the disk.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::{About, Names, Seen, SeenFile};
use crate::store::AsOf;

const FORMAT: u32 = 1;
const CHECKSUM: usize = 8;

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    seed: u64,
    reader: u64,
    as_of: AsOf,
    names: usize,
    text: usize,
    files: Vec<(About, usize)>,
}

impl Seen {
    /// Reads what was kept; `None` where there is nothing that can be used.
    pub fn load(path: &Path, reader: u64) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let (body, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        if xxhash_rust::xxh3::xxh3_64(body).to_le_bytes() != checksum {
            return None;
        }
        let line = memchr::memchr(b'\n', body)?;
        let head: Head = serde_json::from_slice(&body[..line]).ok()?;
        if head.format != FORMAT || head.reader != reader {
            return None;
        }
        Packed(&body[line + 1..]).seen(head)
    }

    /// Keeps it, in place of what was kept before.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let file = tempfile::NamedTempFile::new_in(folder)?;
        let mut out = Out {
            file: io::BufWriter::with_capacity(1 << 20, file),
            checksum: Xxh3::new(),
        };
        self.write(&mut out)?;
        let checksum = out.checksum.digest().to_le_bytes();
        out.file.write_all(&checksum)?;
        let file = out
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.persist(path).map(drop).map_err(|error| error.error)
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
        serde_json::to_writer(&mut *out, &head)?;
        out.write_all(b"\n")?;
        out.write_all(text.as_bytes())?;
        write_all(out, ends, |end| end.to_le_bytes())?;
        write_all(out, &self.articles, |article| article.to_le_bytes())?;
        for file in &self.files {
            write_all(out, &file.digests, |digest| digest.to_le_bytes())?;
            write_all(out, &file.steps, |step| step.to_le_bytes())?;
        }
        Ok(())
    }
}

fn write_all<T: Copy, const N: usize>(
    out: &mut impl Write,
    numbers: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    let mut page = Vec::with_capacity(4096 * N);
    for numbers in numbers.chunks(4096) {
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

/// What is left to unpack.
struct Packed<'a>(&'a [u8]);

impl<'a> Packed<'a> {
    fn seen(mut self, head: Head) -> Option<Seen> {
        let text = self.take(head.text)?;
        let text = std::str::from_utf8(text).ok()?.to_owned();
        let ends = self.numbers(head.names, u32::from_le_bytes)?;
        let names = Names::of_parts(text, ends)?;
        let articles = self.numbers(head.names, u64::from_le_bytes)?;
        let mut files = Vec::with_capacity(head.files.len());
        for (about, rows) in head.files {
            let digests = self.numbers(rows, u128::from_le_bytes)?;
            let steps = self.numbers(rows, u32::from_le_bytes)?;
            if steps.iter().any(|step| *step as usize >= names.len()) {
                return None;
            }
            files.push(SeenFile {
                about,
                digests,
                steps,
            });
        }
        let ordered = files.is_sorted_by(|a, b| a.about.place() < b.about.place());
        (ordered && self.0.is_empty()).then_some(Seen {
            seed: head.seed,
            reader: head.reader,
            as_of: head.as_of,
            names,
            articles,
            files,
        })
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn numbers<T, const N: usize>(
        &mut self,
        count: usize,
        number: impl Fn([u8; N]) -> T,
    ) -> Option<Vec<T>> {
        let bytes = self.take(count.checked_mul(N)?)?;
        let (chunks, _) = bytes.as_chunks::<N>();
        Some(chunks.iter().map(|chunk| number(*chunk)).collect())
    }
}
