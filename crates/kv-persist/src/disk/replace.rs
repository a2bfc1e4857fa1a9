//! Files that are there as a whole or not at all.

use std::io::{self, Write};

use super::{Disk, DiskFile};

/// How the names of files begin that are not complete yet.
pub const TEMP_PREFIX: &str = "temp-";

/// While a file is written it is synced whenever this many bytes have come. A disk that had to take
/// gigabytes at once would keep the log's syncs waiting meanwhile.
pub const SYNC_EVERY_BYTES: u64 = 4 << 20;

const BUFFER_BYTES: usize = 128 << 10;

/// Writes a file under a temporary name and gives it the name `name` once it is on the disk. Returns its
/// length in bytes.
///
/// Whatever happens in between, under `name` is either what was there before, or all that `write` wrote.
///
/// # Errors
/// Those of the disk and of `write`. If the last step is the one that failed (the directory is synced), `name`
/// is the new file already, but might be the old one again after a loss of power. Else nothing has changed;
/// the temporary file is removed if that is possible.
pub fn replace(
    disk: &dyn Disk,
    name: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<u64> {
    let temp = format!("{TEMP_PREFIX}{name}");
    let written = fill(disk.create(&temp)?, write);
    let renamed = written.and_then(|length| disk.rename(&temp, name).map(|()| length));
    if renamed.is_err() {
        // The error to tell of is the one that came first.
        let _ = disk.remove(&temp);
    }
    let length = renamed?;
    disk.sync_directory()?;
    Ok(length)
}

fn fill(
    file: Box<dyn DiskFile>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<u64> {
    let steady = Steady { file, length: 0, unsynced: 0 };
    let mut buffer = io::BufWriter::with_capacity(BUFFER_BYTES, steady);
    write(&mut buffer)?;
    let mut steady = buffer.into_inner().map_err(io::IntoInnerError::into_error)?;
    steady.file.sync()?;
    Ok(steady.length)
}

/// A file that is synced as it grows.
struct Steady {
    file: Box<dyn DiskFile>,
    length: u64,
    unsynced: u64,
}

impl Write for Steady {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        self.unsynced += written as u64;
        if self.unsynced >= SYNC_EVERY_BYTES {
            self.file.sync()?;
            self.unsynced = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::faulty::{Fault, FaultyDisk};
    use super::*;

    const OLD: &[u8] = b"what was there before";

    /// Long enough to be synced as it grows.
    fn write_new(disk: &FaultyDisk, part: &[u8]) -> io::Result<u64> {
        replace(disk, "file", |out| (0..3).try_for_each(|_| out.write_all(part)))
    }

    fn disk(seed: u64) -> FaultyDisk {
        let disk = FaultyDisk::new(seed);
        disk.put("file", OLD);
        disk
    }

    #[test]
    fn whatever_happens_either_file_is_there_whole() {
        let part = vec![b'n'; SYNC_EVERY_BYTES as usize / 2];
        let new = part.repeat(3);
        let whole = disk(0);
        assert_eq!(write_new(&whole, &part).unwrap(), new.len() as u64);
        assert_eq!((whole.bytes("file"), whole.list().unwrap().len()), (new.clone(), 1));
        for operation in 0..whole.operations() {
            for fault in [Fault::Crash, Fault::NoSpace, Fault::Broken, Fault::Short] {
                for seed in 0..3 {
                    let disk = disk(seed);
                    disk.fail_at(operation, fault);
                    let replaced = write_new(&disk, &part).is_ok();
                    let place = format!("{fault:?} at {operation}, seed {seed}");
                    for found in [disk.after_power_loss(), disk.after_kill()] {
                        let bytes = found.bytes("file");
                        assert!(bytes == new || bytes == OLD && !replaced, "{place}");
                    }
                    // A process that lives on leaves nothing behind.
                    assert!(disk.is_dead() || disk.list().unwrap() == ["file"], "{place}");
                }
            }
        }
    }
}
