//! Checks of bytes from outside.

use super::entry::{backlen_size, head_and_data};
use super::{END, HEADER, Listpack, UNCOUNTED, total};

/// Bytes that are no listpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<'a> Listpack<'a> {
    /// The listpack in `bytes`, each of which is looked at.
    ///
    /// # Errors
    /// [`Malformed`] unless lengths, counts, heads and backward lengths all agree.
    pub fn parse(bytes: &'a [u8]) -> Result<Listpack<'a>, Malformed> {
        if bytes.len() <= HEADER || total(bytes) != bytes.len() || bytes[bytes.len() - 1] != END {
            return Err(Malformed);
        }
        let end = bytes.len() - 1;
        let (mut at, mut count) = (HEADER, 0);
        while at < end {
            at = checked_next(bytes, at, end).ok_or(Malformed)?;
            count += 1;
        }
        let counted = u16::from_le_bytes([bytes[4], bytes[5]]);
        let list = Listpack(bytes);
        match counted {
            UNCOUNTED => Ok(list),
            counted if usize::from(counted) == count => Ok(list),
            _ => Err(Malformed),
        }
    }
}

/// The offset behind the entry at `at`, if that entry ends by `end` and its backward length is right.
fn checked_next(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    let head = match bytes[at] {
        0xC0..0xF0 => 2,
        0xF0 => 5,
        0xF5..=0xFF => return None,
        _ => 1,
    };
    if end - at < head {
        return None;
    }
    let size = head_and_data(&bytes[at..]);
    let next = at.checked_add(size)?.checked_add(backlen_size(size))?;
    if next > end {
        return None;
    }
    let list = Listpack(&bytes[..=next]);
    let (mut back, mut read, mut shift) = (next - 1, 0usize, 0);
    loop {
        let byte = list.0[back];
        read |= usize::from(byte & 127) << shift;
        if byte & 128 == 0 {
            break;
        }
        shift += 7;
        back = back.checked_sub(1).filter(|back| *back >= at + size)?;
    }
    (read == size && back == at + size).then_some(next)
}
