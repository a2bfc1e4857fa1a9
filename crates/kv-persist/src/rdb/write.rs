//! Writing a snapshot.

use std::io::{self, Seek, SeekFrom, Write};

use kv_store::Snapshot;
use kv_store::rdb::{self, crc64, crc64_joined};

use super::version;

/// Writes a snapshot of a store where `out` stands, `aux` as in [`Writer::begin`]. Returns the output, flushed,
/// and how many bytes were written to it.
///
/// # Errors
/// Those of `out`.
pub fn save<W: Write + Seek>(
    mut snapshot: Snapshot,
    out: W,
    aux: &[(&str, &str)],
) -> io::Result<(W, u64)> {
    let mut writer = Writer::begin(out, aux)?;
    let sizes = snapshot.databases();
    let (mut last, mut entries) = (None, Vec::new());
    while let Some(db) = snapshot.read(&mut entries) {
        if last.replace(db) != Some(db) {
            let size = sizes.iter().find(|size| size.db == db);
            let (keys, expiring) = size.map_or((0, 0), |size| (size.keys, size.expiring));
            writer.database(db as u64, keys, expiring)?;
        }
        writer.entries(&entries)?;
        entries.clear();
    }
    writer.finish(snapshot.version())
}

/// Bytes that are gathered before they are written.
const GATHERED: usize = 64 << 10;

const AUX: u8 = 250;
const RESIZE: u8 = 251;
const SELECT: u8 = 254;
const END: u8 = 255;

/// Writes a snapshot, from front to back.
///
/// What it begins with says which version of the format its entries need, and that is known only when they
/// are all written: it is written once more in the end, if it turns out to be another one. The checksum is
/// of all bytes, so it is taken of those behind the beginning, and put together with that.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// Where the snapshot begins in `out`.
    start: u64,
    /// What has not been written yet.
    gathered: Vec<u8>,
    /// The checksum of all behind the beginning, without what is in `gathered`, and its length.
    crc: u64,
    len: u64,
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a snapshot where `out` stands. `aux` is what the writer says of itself, as names and values:
    /// whoever reads it ignores names that it does not know, unless they begin with `%`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(mut out: W, aux: &[(&str, &str)]) -> io::Result<Writer<W>> {
        let start = out.stream_position()?;
        out.write_all(&version::write(0))?;
        let mut writer = Writer { out, start, gathered: Vec::new(), crc: 0, len: 0 };
        for (name, value) in aux {
            writer.part(AUX, |parts| {
                parts.string(name.as_bytes());
                parts.string(value.as_bytes());
            })?;
        }
        Ok(writer)
    }

    /// Begins a database, of which `keys` keys will follow, `expiring` of them with a time to live: about so
    /// many, for these are hints.
    ///
    /// # Errors
    /// Those of the output.
    pub fn database(&mut self, db: u64, keys: u64, expiring: u64) -> io::Result<()> {
        self.part(SELECT, |parts| parts.number(db))?;
        self.part(RESIZE, |parts| {
            parts.number(keys);
            parts.number(expiring);
        })
    }

    /// Writes entries, as the store gives them.
    ///
    /// # Errors
    /// Those of the output.
    pub fn entries(&mut self, entries: &[u8]) -> io::Result<()> {
        if self.gathered.len() + entries.len() > GATHERED {
            self.pass_on()?;
        }
        if entries.len() < GATHERED {
            self.gathered.extend_from_slice(entries);
            return Ok(());
        }
        write(&mut self.out, entries, &mut self.crc, &mut self.len)
    }

    /// Ends the snapshot, whose entries need this version of the format ([`rdb::Code::version`]), or older ones.
    /// Returns the output, flushed, and how many bytes were written to it.
    ///
    /// A version of Redis is named if that will do, so that the most stores read it; else Valkey's.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self, version: u16) -> io::Result<(W, u64)> {
        self.part(END, |_| ())?;
        self.pass_on()?;
        let head = version::write(version);
        let crc = crc64_joined(crc64(0, &head), self.crc, self.len);
        self.out.write_all(&crc.to_le_bytes())?;
        let total = self.len + (head.len() + size_of_val(&crc)) as u64;
        if head != version::write(0) {
            self.out.seek(SeekFrom::Start(self.start))?;
            self.out.write_all(&head)?;
            self.out.seek(SeekFrom::Start(self.start + total))?;
        }
        self.out.flush()?;
        Ok((self.out, total))
    }

    fn part(&mut self, code: u8, write: impl FnOnce(&mut rdb::Writer<Vec<u8>>)) -> io::Result<()> {
        let mut parts = rdb::Writer::new(vec![code], false);
        write(&mut parts);
        self.entries(&parts.into_inner())
    }

    /// Writes what is gathered.
    fn pass_on(&mut self) -> io::Result<()> {
        write(&mut self.out, &self.gathered, &mut self.crc, &mut self.len)?;
        self.gathered.clear();
        Ok(())
    }
}

fn write(out: &mut impl Write, bytes: &[u8], crc: &mut u64, len: &mut u64) -> io::Result<()> {
    *crc = crc64(*crc, bytes);
    *len += bytes.len() as u64;
    out.write_all(bytes)
}
