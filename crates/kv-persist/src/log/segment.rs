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
    /// The file's length: up to here there are zeros, to be written over.
    room: u64,
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
        Ok(Segment {
            number,
            file,
            salt,
            length,
            room: length,
            synced: length,
            marked: length,
            torn: false,
        })
    }

    /// Bytes up to the end of the last whole frame.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Whether something is not synced.
    pub(crate) fn is_dirty(&self) -> bool {
        self.synced < self.length || self.torn
    }

    /// Writes the frames of a chunk, and a mark before them if there is news for one. If there is no room for
    /// them, `ahead` bytes of zeros are written first.
    ///
    /// # Errors
    /// Nothing of the chunk counts as written then.
    pub(crate) fn write(&mut self, chunk: &mut Chunk, ahead: usize) -> io::Result<()> {
        self.cut()?;
        let bytes = if self.synced > self.marked {
            chunk.bytes[..MARK_BYTES].copy_from_slice(&frame::mark(self.salt, self.synced));
            &chunk.bytes[..]
        } else {
            &chunk.bytes[MARK_BYTES..]
        };
        let end = self.length + bytes.len() as u64;
        if let Err(error) = put(&mut *self.file, (self.length, end), &mut self.room, bytes, ahead) {
            self.torn = true;
            // If this fails too, the next write tries it again before anything else.
            let _ = self.cut();
            return Err(error);
        }
        self.length = end;
        self.marked = self.synced;
        Ok(())
    }

    /// Takes the room away that is left: nothing more will be written. It is to be synced then.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.torn |= self.room > self.length;
        self.cut()
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
            self.room = self.length;
            // The shorter length is not on the disk yet.
            self.synced = self.synced.min(self.length - 1);
            self.torn = false;
        }
        Ok(())
    }
}

/// Puts `bytes` at an offset, up to another one.
///
/// To grow a file is what makes a sync slow: its length, and where its blocks are, must be brought to the disk, too.
/// So zeros are written from time to time, and what comes is written over them.
fn put(
    file: &mut dyn DiskFile,
    (from, to): (u64, u64),
    room: &mut u64,
    bytes: &[u8],
    ahead: usize,
) -> io::Result<()> {
    if ahead > 0 && to > *room && bytes.len() <= ahead {
        file.write_all(&vec![0; ahead])?;
        *room += ahead as u64;
    }
    if to <= *room {
        return file.overwrite(from, bytes);
    }
    let over = (*room - from) as usize;
    if over > 0 {
        file.overwrite(from, &bytes[..over])?;
    }
    file.write_all(&bytes[over..])?;
    *room = to;
    Ok(())
}
