//! Reading one segment.

use std::io::{self, BufReader, Read};

use crate::disk::Disk;
use crate::log::frame::{
    self, FRAME_HEADER_BYTES, Head, MARK_BYTES, SEGMENT_HEADER_BYTES, find_marks,
};
use crate::log::names;

const BUFFER_BYTES: usize = 256 << 10;

/// Reads a segment's frames one after the other.
pub(super) struct SegmentReader {
    pub(super) number: u64,
    pub(super) name: String,
    /// Whether nothing was to be added any more.
    pub(super) is_sealed: bool,
    /// The file's length.
    pub(super) length: u64,
    /// The end of the last thing that was whole.
    pub(super) offset: u64,
    pub(super) has_frames: bool,
    /// How many bytes were on the disk by the last mark that was read.
    pub(super) synced: u64,
    salt: u64,
    input: BufReader<Box<dyn Read + Send>>,
}

/// What comes next in a segment.
pub(super) enum Step {
    /// A frame.
    Frame,
    /// Nothing.
    End,
    /// Something that is no frame, for this reason.
    Bad(String),
}

impl SegmentReader {
    /// Opens a segment. The inner error is what is wrong with its header.
    pub(super) fn open(
        disk: &dyn Disk,
        number: u64,
        is_sealed: bool,
    ) -> io::Result<Result<SegmentReader, String>> {
        let name = names::segment(number);
        let length = disk.size(&name)?;
        let mut input = BufReader::with_capacity(BUFFER_BYTES, disk.read(&name, 0)?);
        let mut header = [0; SEGMENT_HEADER_BYTES];
        let offset = header.len() as u64;
        // The header was on the disk before the segment was named.
        if length < offset {
            return Ok(Err("the header is cut off".to_owned()));
        }
        input.read_exact(&mut header)?;
        let salt = match frame::read_segment_header(number, &header) {
            Ok(salt) => salt,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(Ok(SegmentReader {
            number,
            name,
            is_sealed,
            length,
            offset,
            has_frames: false,
            synced: offset,
            salt,
            input,
        }))
    }

    /// Reads on, a frame's payload into `payload`.
    pub(super) fn next(&mut self, payload: &mut Vec<u8>) -> io::Result<Step> {
        loop {
            let left = self.length - self.offset;
            if left == 0 {
                return Ok(Step::End);
            }
            if left < FRAME_HEADER_BYTES as u64 {
                return Ok(Step::Bad("the head of a frame is cut off".to_owned()));
            }
            let mut head = [0; FRAME_HEADER_BYTES];
            self.input.read_exact(&mut head)?;
            let left = left - FRAME_HEADER_BYTES as u64;
            match frame::read_head(&head) {
                Head::Frame(length) if length as u64 > left => {
                    let reason = format!("a frame has {length} bytes, and {left} are left");
                    return Ok(Step::Bad(reason));
                }
                Head::Frame(length) => {
                    // So much is in the file, so memory may be taken for it.
                    payload.resize(length, 0);
                    self.input.read_exact(payload)?;
                    if !frame::is_intact(&head, payload) {
                        return Ok(Step::Bad("a frame's checksum is wrong".to_owned()));
                    }
                    self.offset += (FRAME_HEADER_BYTES + length) as u64;
                    self.has_frames = true;
                    return Ok(Step::Frame);
                }
                Head::Mark if left < (MARK_BYTES - head.len()) as u64 => {
                    return Ok(Step::Bad("a mark is cut off".to_owned()));
                }
                Head::Mark => {
                    let mut mark = [0; MARK_BYTES];
                    mark[..head.len()].copy_from_slice(&head);
                    self.input.read_exact(&mut mark[head.len()..])?;
                    match frame::read_mark(self.salt, &mark) {
                        Some(synced) if synced <= self.offset => {
                            self.synced = synced;
                            self.offset += MARK_BYTES as u64;
                        }
                        Some(_) => return Ok(Step::Bad("a mark is out of place".to_owned())),
                        None => return Ok(Step::Bad("a mark's checksum is wrong".to_owned())),
                    }
                }
                Head::Unknown => return Ok(Step::Bad("there is no frame".to_owned())),
            }
        }
    }

    /// How many bytes were certainly on the disk, by the marks after what was read.
    pub(super) fn synced_by_later_marks(&self, disk: &dyn Disk) -> io::Result<u64> {
        let mut input = disk.read(&self.name, self.offset)?;
        let mut window = Vec::with_capacity(BUFFER_BYTES + MARK_BYTES);
        let mut most = 0;
        loop {
            let read = (&mut input).take(BUFFER_BYTES as u64).read_to_end(&mut window)?;
            if read == 0 {
                return Ok(most);
            }
            most = most.max(find_marks(self.salt, &window).unwrap_or(0));
            // A mark may go on in what comes next.
            let keep = window.len().min(MARK_BYTES - 1);
            window.drain(..window.len() - keep);
        }
    }
}
