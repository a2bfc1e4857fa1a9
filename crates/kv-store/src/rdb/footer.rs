//! What stands behind a dumped value: the version of the format it is in (2 bytes, low byte first) and
//! the CRC-64 of all that is before (8 bytes).

use super::code::NEWEST;
use super::{Error, Reader, Reason, crc64};

/// Appends the footer to a dumped value.
pub fn seal(dump: &mut Vec<u8>, version: u16) {
    dump.extend_from_slice(&version.to_le_bytes());
    let checksum = crc64(0, dump);
    dump.extend_from_slice(&checksum.to_le_bytes());
}

/// The version of a dump, and what is in front of its footer.
///
/// # Errors
/// [`Reason::Checksum`] if there is no footer that fits the bytes, [`Reason::Version`] if its version is
/// not from 1 to [`NEWEST`].
pub fn unseal(dump: &[u8]) -> Result<(u16, &[u8]), Error> {
    let end = dump.len();
    let Some((body, checksum)) = dump.split_last_chunk() else {
        return Reader::error(end, Reason::Checksum);
    };
    let Some((value, version)) = body.split_last_chunk() else {
        return Reader::error(end, Reason::Checksum);
    };
    if crc64(0, body) != u64::from_le_bytes(*checksum) {
        return Reader::error(body.len(), Reason::Checksum);
    }
    match u16::from_le_bytes(*version) {
        version @ 1..=NEWEST => Ok((version, value)),
        version => Reader::error(value.len(), Reason::Version(version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SET k hello`, then `DUMP k`, on a Redis 7.0.15.
    const HELLO: &[u8] = b"\x00\x05hello\x0a\x00\x63\x72\xdf\x76\x65\x34\x20\x0a";

    #[test]
    fn a_real_one() {
        let mut dump = b"\x00\x05hello".to_vec();
        seal(&mut dump, 10);
        assert_eq!(dump, HELLO);
        assert_eq!(unseal(HELLO), Ok((10, &b"\x00\x05hello"[..])));
    }

    #[test]
    fn damage() {
        for at in 0..HELLO.len() {
            let mut flipped = HELLO.to_vec();
            flipped[at] ^= 1;
            assert_eq!(unseal(&flipped).map_err(|error| error.reason), Err(Reason::Checksum));
            assert_eq!(unseal(&HELLO[..at]).map_err(|error| error.reason), Err(Reason::Checksum));
        }
        for version in [0, NEWEST + 1, u16::MAX] {
            let mut dump = b"\x00\x05hello".to_vec();
            seal(&mut dump, version);
            assert_eq!(unseal(&dump), Reader::error(7, Reason::Version(version)));
        }
    }
}
