//! The bytes of a segment: its header, frames and marks.
//!
//! ```text
//! header:  "KVLOG\0\0\0" | version u32 | number u64 | salt u64 | crc32c u32
//! frame:   length u32, 1 ..= 2^31 - 1 | crc32c u32 of length and payload | payload
//! mark:    0xffffffff u32 | crc32c u32 of salt, 0xffffffff and synced | synced u64
//! ```
//!
//! Numbers are little-endian. A *mark* says that the first `synced` bytes of this segment were on the disk when
//! it was written. So what is unreadable before that is damage, while what is unreadable after the last
//! mark may be what a crash has left of a write. The salt, a random number, keeps a value in which
//! somebody stored a piece of a log from being taken for a mark.
//!
//! The zeros that a file system may leave where data should be are neither a frame (length 0) nor a mark.

use memchr::memmem;

/// Bytes before a frame's payload.
pub(crate) const FRAME_HEADER_BYTES: usize = 8;
/// Bytes of a mark.
pub(crate) const MARK_BYTES: usize = 16;
/// Bytes of a segment's header.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 32;
/// The most bytes that one append may have.
pub(crate) const MAX_PAYLOAD_BYTES: usize = i32::MAX as usize;

const MAGIC: [u8; 8] = *b"KVLOG\0\0\0";
const VERSION: u32 = 1;
const MARK: [u8; 4] = [0xff; 4];

/// What comes before a payload in its frame.
pub(crate) fn frame_header(payload: &[u8]) -> [u8; FRAME_HEADER_BYTES] {
    debug_assert!((1..=MAX_PAYLOAD_BYTES).contains(&payload.len()));
    let length = (payload.len() as u32).to_le_bytes();
    let mut header = [0; FRAME_HEADER_BYTES];
    header[..4].copy_from_slice(&length);
    header[4..].copy_from_slice(&frame_sum(length, payload).to_le_bytes());
    header
}

fn frame_sum(length: [u8; 4], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length), payload)
}

/// What the eight bytes say that frames and marks begin with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// A frame whose payload has this many bytes.
    Frame(usize),
    /// A mark; eight more bytes follow.
    Mark,
    /// Neither.
    Unknown,
}

/// Reads the head of a frame or mark.
pub(crate) fn read_head(head: &[u8; FRAME_HEADER_BYTES]) -> Head {
    let length = u32_at(head, 0);
    match length as usize {
        _ if head[..4] == MARK => Head::Mark,
        length @ 1..=MAX_PAYLOAD_BYTES => Head::Frame(length),
        _ => Head::Unknown,
    }
}

/// Whether a payload is the one that its frame's head was made for.
pub(crate) fn is_intact(head: &[u8; FRAME_HEADER_BYTES], payload: &[u8]) -> bool {
    let length = [head[0], head[1], head[2], head[3]];
    frame_sum(length, payload) == u32_at(head, 4)
}

/// A mark that the first `synced` bytes of the segment with this salt are on the disk.
pub(crate) fn mark(salt: u64, synced: u64) -> [u8; MARK_BYTES] {
    let mut mark = [0; MARK_BYTES];
    mark[..4].copy_from_slice(&MARK);
    mark[4..8].copy_from_slice(&mark_sum(salt, synced).to_le_bytes());
    mark[8..].copy_from_slice(&synced.to_le_bytes());
    mark
}

fn mark_sum(salt: u64, synced: u64) -> u32 {
    let sum = crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), &MARK);
    crc32c::crc32c_append(sum, &synced.to_le_bytes())
}

/// What a mark says, if these bytes are one of the segment with this salt.
pub(crate) fn read_mark(salt: u64, bytes: &[u8; MARK_BYTES]) -> Option<u64> {
    let synced = u64_at(bytes, 8);
    (bytes[..4] == MARK && u32_at(bytes, 4) == mark_sum(salt, synced)).then_some(synced)
}

/// The most that any mark in `bytes` says, wherever it begins.
pub(crate) fn find_marks(salt: u64, bytes: &[u8]) -> Option<u64> {
    // Where MARK occurs twice in a row the occurrences overlap, so each place is looked at by itself.
    let mut most = None;
    let mut from = 0;
    while let Some(at) = memmem::find(&bytes[from..], &MARK) {
        let start = from + at;
        if let Some(bytes) = bytes[start..].first_chunk() {
            most = most.max(read_mark(salt, bytes));
        }
        from = start + 1;
    }
    most
}

/// A segment's header.
pub(crate) fn segment_header(number: u64, salt: u64) -> [u8; SEGMENT_HEADER_BYTES] {
    let mut header = [0; SEGMENT_HEADER_BYTES];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..20].copy_from_slice(&number.to_le_bytes());
    header[20..28].copy_from_slice(&salt.to_le_bytes());
    let sum = crc32c::crc32c(&header[..28]);
    header[28..].copy_from_slice(&sum.to_le_bytes());
    header
}

/// Reads the header of segment `number`. Returns its salt.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read_segment_header(
    number: u64,
    header: &[u8; SEGMENT_HEADER_BYTES],
) -> Result<u64, String> {
    if header[..8] != MAGIC {
        return Err("this is no segment of a log".to_owned());
    }
    if u32_at(header, 28) != crc32c::crc32c(&header[..28]) {
        return Err("the header's checksum is wrong".to_owned());
    }
    let version = u32_at(header, 8);
    if version != VERSION {
        return Err(format!("format version {version} is not known"));
    }
    match u64_at(header, 12) {
        found if found == number => Ok(u64_at(header, 20)),
        found => Err(format!("the header says that this is segment {found}")),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by another program, from the description above.
    #[test]
    fn the_bytes_are_those_of_the_format() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(&frame_header(b"hello")), "05000000a1b1174e");
        let salt = 0x1122_3344_5566_7788;
        assert_eq!(hex(&mark(salt, 4711)), "ffffffffd5f3e3576712000000000000");
        assert_eq!(
            hex(&segment_header(7, salt)),
            "4b564c4f4700000001000000070000000000000088776655443322114b6d488a"
        );
    }

    #[test]
    fn a_frame_with_any_flipped_bit_is_not_intact() {
        let payload = b"SET k v".to_vec();
        let head = frame_header(&payload);
        assert_eq!(read_head(&head), Head::Frame(7));
        assert!(is_intact(&head, &payload));
        for bit in 0..64 {
            let mut damaged = head;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_intact(&damaged, &payload), "bit {bit} of the head");
        }
        for bit in 0..payload.len() * 8 {
            let mut damaged = payload.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_intact(&head, &damaged), "bit {bit} of the payload");
        }
    }

    #[test]
    fn zeros_are_neither_frame_nor_mark() {
        assert_eq!(read_head(&[0; 8]), Head::Unknown);
    }

    #[test]
    fn marks_are_found_anywhere_and_only_with_their_salt() {
        let mut bytes = vec![0xff; 7];
        bytes.extend_from_slice(&mark(5, 100));
        bytes.extend_from_slice(&mark(5, 70));
        bytes.extend_from_slice(&mark(6, 1000));
        bytes.extend_from_slice(&[0xff; 9]);
        assert_eq!(find_marks(5, &bytes), Some(100));
        assert_eq!(find_marks(6, &bytes), Some(1000));
        assert_eq!(find_marks(7, &bytes), None);
    }

    #[test]
    fn the_header_of_another_segment_is_refused() {
        let header = segment_header(3, 9);
        assert_eq!(read_segment_header(3, &header), Ok(9));
        assert_eq!(
            read_segment_header(4, &header),
            Err("the header says that this is segment 3".to_owned())
        );
        for at in 0..header.len() {
            let mut damaged = header;
            damaged[at] ^= 0x20;
            assert!(read_segment_header(3, &damaged).is_err(), "byte {at}");
        }
    }
}
