//! Writing a snapshot.

use std::io::{self, Write};
use std::thread;

use kv_store::Snapshot;
use kv_store::rdb::{self, crc64};

use super::version;

/// Writes a snapshot of a store, `aux` as in [`Writer::begin`]. Returns the output, flushed,
/// and how many bytes were written to it.
///
/// # Errors
/// Those of `out`.
pub fn save<W: Write>(
    mut snapshot: Snapshot,
    out: W,
    aux: &[(&str, &str)],
) -> io::Result<(W, u64)> {
    let mut writer = Writer::begin(out, snapshot.version(), aux)?;
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
        // A thread of higher priority that wakes does not always take the core at once: it may wait until this
        // one's time slice is over, milliseconds later. So the core is offered after every slice of the snapshot.
        thread::yield_now();
    }
    writer.finish()
}

/// Bytes that are gathered before they are written.
const GATHERED: usize = 64 << 10;

const AUX: u8 = 250;
const RESIZE: u8 = 251;
const SELECT: u8 = 254;
const END: u8 = 255;

/// Writes a snapshot, from front to back.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// What has not been written yet.
    gathered: Vec<u8>,
    /// The checksum of all but what is in `gathered`, and its length.
    crc: u64,
    len: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a snapshot, whose entries will need `version` of the format ([`rdb::Code::version`]) or an older one.
    /// `aux` is what the writer says of itself, as names and values: whoever reads it ignores names that it does
    /// not know, unless they begin with `%`.
    ///
    /// A version of Redis is named if that will do, so that the most stores read it; else Valkey's.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(out: W, version: u16, aux: &[(&str, &str)]) -> io::Result<Writer<W>> {
        let gathered = version::write(version).to_vec();
        let mut writer = Writer { out, gathered, crc: 0, len: 0 };
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

    /// Ends the snapshot. Returns the output, flushed, and how many bytes were written to it.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        self.part(END, |_| ())?;
        self.pass_on()?;
        let crc = self.crc.to_le_bytes();
        self.out.write_all(&crc)?;
        self.out.flush()?;
        Ok((self.out, self.len + crc.len() as u64))
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
