//! The segment that is written to.

use std::io::{self, Write};

use super::frame::{self, MARK_BYTES, SEGMENT_HEADER_BYTES};
use super::manifest::Sealed;
use super::names;
use super::queue::Chunk;
use crate::disk::{Disk, DiskFile};

/// An open segment. What is in it is whole frames and marks, or is cut off before more is written.
pub(crate) struct Segment {
    pub(crate) number: u64,
    file: Box<dyn DiskFile>,
    salt: u64,
    /// Up to the end of the last whole frame.
    length: u64,
    synced: u64,
    /// The length that the last mark told of.
    marked: u64,
    /// Whether there may be a part of a write after `length`.
    torn: bool,
}

impl Segment {
    /// Makes a segment, with a header that is on the disk.
    pub(crate) fn create(disk: &dyn Disk, number: u64, salt: u64) -> io::Result<Segment> {
        let mut file = disk.create(&names::segment(number))?;
        file.write_all(&frame::segment_header(number, salt))?;
        file.sync()?;
        disk.sync_directory()?;
        let length = SEGMENT_HEADER_BYTES as u64;
        Ok(Segment { number, file, salt, length, synced: length, marked: length, torn: false })
    }

    /// Bytes up to the end of the last whole frame.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Whether something is not synced.
    pub(crate) fn is_dirty(&self) -> bool {
        self.synced < self.length || self.torn
    }

    /// Writes the frames of a chunk, and a mark before them if there is news for one.
    ///
    /// # Errors
    /// Nothing of the chunk counts as written then.
    pub(crate) fn write(&mut self, chunk: &mut Chunk) -> io::Result<()> {
        self.cut()?;
        let bytes = if self.synced > self.marked {
            chunk.bytes[..MARK_BYTES].copy_from_slice(&frame::mark(self.salt, self.synced));
            &chunk.bytes[..]
        } else {
            &chunk.bytes[MARK_BYTES..]
        };
        if let Err(error) = self.file.write_all(bytes) {
            self.torn = true;
            // If this fails too, the next write tries it again before anything else.
            let _ = self.cut();
            return Err(error);
        }
        self.length += bytes.len() as u64;
        self.marked = self.synced;
        Ok(())
    }

    /// Brings all that was written to the disk.
    ///
    /// # Errors
    /// Nothing may be written to the segment any more.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.cut()?;
        self.file.sync()?;
        self.synced = self.length;
        Ok(())
    }

    /// The segment, synced, as it is named when nothing more is to come; `None` if it has no frames.
    pub(crate) fn sealed(&self) -> Option<Sealed> {
        debug_assert!(!self.is_dirty());
        let is_empty = self.length == SEGMENT_HEADER_BYTES as u64;
        (!is_empty).then_some(Sealed { number: self.number, length: self.length })
    }

    fn cut(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.truncate(self.length)?;
            self.torn = false;
        }
        Ok(())
    }
}
