//! What a file begins with: who wrote it, and the version of the format it is in.
//!
//! ```text
//! REDIS0011    Redis, four digits: 6 to 12 are known
//! VALKEY080    Valkey since 9, three digits: 80 is known
//! ```
//!
//! Between 12 and 79 there will be versions of Redis alone, and from 80 on of Valkey alone: they are two
//! formats by now, and one version says which.

use kv_store::rdb::NEWEST;

use super::Reason;

/// Length of it, in bytes.
pub(super) const LEN: usize = 9;
/// The oldest version whose files are read: that of Redis 2.6.
const OLDEST: u16 = 6;
/// The newest version that is Redis's.
const NEWEST_OF_REDIS: u16 = 12;
/// The first that has all the parts that are written.
const OLDEST_WRITTEN: u16 = 7;

/// The version in the first bytes of a file.
pub(super) fn read(bytes: &[u8; LEN]) -> Result<u16, Reason> {
    let (digits, known) = match bytes {
        [b'R', b'E', b'D', b'I', b'S', digits @ ..] => (&digits[..], OLDEST..=NEWEST_OF_REDIS),
        [b'V', b'A', b'L', b'K', b'E', b'Y', digits @ ..] => (&digits[..], NEWEST..=NEWEST),
        _ => return Err(Reason::Magic),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Reason::Magic);
    }
    let version = digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match known.contains(&version) {
        true => Ok(version),
        false => Err(Reason::Version(String::from_utf8_lossy(bytes).into_owned())),
    }
}

/// The first bytes of a file whose entries need this version, or an older one.
pub(super) fn write(version: u16) -> [u8; LEN] {
    let text = match version.max(OLDEST_WRITTEN) {
        version @ ..=NEWEST_OF_REDIS => format!("REDIS{version:04}"),
        _ => format!("VALKEY{NEWEST:03}"),
    };
    let mut bytes = [0; LEN];
    bytes.copy_from_slice(text.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let known = |bytes: &[u8; LEN]| read(bytes).map_err(|reason| reason.to_string());
        for version in 6..=12 {
            assert_eq!(
                known(format!("REDIS{version:04}").as_bytes().try_into().unwrap()),
                Ok(version)
            );
        }
        assert_eq!(known(b"VALKEY080"), Ok(80));
        for unknown in [b"REDIS0005", b"REDIS0013", b"REDIS0080", b"VALKEY079", b"VALKEY081"] {
            let text = format!("version {} of the format is not known", unknown.escape_ascii());
            assert_eq!(known(unknown), Err(text));
        }
        for other in [b"REDIS 011", b"VALKEY08x", b"\0\0\0\0\0\0\0\0\0", b"*2\r\n$6\r\nS"] {
            assert!(matches!(read(other), Err(Reason::Magic)), "{other:?}");
        }
    }

    #[test]
    fn the_version_written_is_one_that_is_read() {
        let written = [
            (6, b"REDIS0007", 7),
            (11, b"REDIS0011", 11),
            (12, b"REDIS0012", 12),
            (80, b"VALKEY080", 80),
        ];
        for (version, bytes, read_back) in written {
            assert_eq!(write(version), *bytes);
            assert_eq!(read(bytes).map_err(|reason| reason.to_string()), Ok(read_back));
        }
    }
}
