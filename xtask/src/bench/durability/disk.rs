//! The disk that all servers write to.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::bench::samples::Spread;
use crate::scratch::{self, Scratch};

/// Writes that are waited for, and their bytes, to see what that takes.
const SYNCS: usize = 100;
const BYTES: usize = 4096;

/// A folder on a disk.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    system: String,
    /// Milliseconds until a small write is on disk.
    sync: Spread,
}

impl Disk {
    pub(super) fn look() -> Result<Disk> {
        let folder = scratch::on_disk();
        let system = scratch::file_system(&folder).unwrap_or_else(|| "unknown".to_owned());
        let directory = Scratch::within(&folder)?;
        let mut file = File::create(directory.path().join("sync"))?;
        let mut times = Vec::new();
        for _ in 0..SYNCS {
            let start = Instant::now();
            file.write_all(&[0; BYTES])?;
            file.sync_data()?;
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        let sync = Spread::of(times).context("nothing was written")?;
        Ok(Disk { folder, system, sync })
    }

    /// A directory for one server.
    pub(super) fn directory(&self) -> Result<Scratch> {
        Scratch::within(&self.folder)
    }

    pub(super) fn describe(&self) -> String {
        format!(
            "Data on {}; appending {BYTES} bytes and waiting until they are on disk takes {:.2} ms there \
             ({:.2} – {:.2}), with nobody else.",
            self.system, self.sync.median, self.sync.least, self.sync.most
        )
    }
}
