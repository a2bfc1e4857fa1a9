//! The codes that say what kind of value follows, and in which form: those of Redis and Valkey, and two
//! of our own ([`Code::SetTtl`], [`Code::Frame`]).

use std::ops::RangeInclusive;

use super::{Error, Reason};

/// The newest version of the format that is known here: that of Valkey 9.
pub const NEWEST: u16 = 80;
/// The versions that are Redis's alone (7.4 and later). Valkey went on at 80, and the two use one code
/// for different things.
const REDIS_ONLY: RangeInclusive<u16> = 12..=79;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $byte:literal, since $version:literal $(, in $range:ident)?;)*) => {
        /// A kind of value and the form it is written in, as a byte in front of it says.
        ///
        /// No form is ever given up: whoever wrote one may still have it lying about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            #[cfg(test)]
            const ALL: &[Code] = &[$(Code::$name),*];

            /// The byte that stands for it.
            pub fn byte(self) -> u8 {
                match self {
                    $(Code::$name => $byte,)*
                }
            }

            /// The first version of the format that has it, or 6, the first that dumps are of. A dump of this
            /// version is restored by the most stores.
            pub fn version(self) -> u16 {
                match self {
                    $(Code::$name => $version,)*
                }
            }

            fn find(byte: u8, version: u16) -> Option<Code> {
                match byte {
                    $($byte if true $(&& $range.contains(&version))? => Some(Code::$name),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// A string.
    String = 0, since 6;
    /// A list: its elements as strings (before Redis 3.2).
    List = 1, since 6;
    /// A set: its members as strings.
    Set = 2, since 6;
    /// A sorted set: members as strings, scores as decimals (before Redis 4).
    ZsetDecimal = 3, since 6;
    /// A hash: fields and values as strings.
    Hash = 4, since 6;
    /// A sorted set: members as strings, scores as 8 bytes.
    Zset = 5, since 8;
    /// A hash as a zipmap (before Redis 2.6).
    HashZipmap = 9, since 6;
    /// A list as a ziplist (before Redis 3.2).
    ListZiplist = 10, since 6;
    /// A set as a sorted array of integers.
    SetIntset = 11, since 6;
    /// A sorted set as a ziplist (before Redis 7).
    ZsetZiplist = 12, since 6;
    /// A hash as a ziplist (before Redis 7).
    HashZiplist = 13, since 6;
    /// A list as a sequence of ziplists (before Redis 7).
    ListZiplists = 14, since 7;
    /// A hash as a listpack.
    HashListpack = 16, since 10;
    /// A sorted set as a listpack.
    ZsetListpack = 17, since 10;
    /// A list as a sequence of nodes: listpacks, and large elements by themselves.
    ListNodes = 18, since 10;
    /// A set as a listpack.
    SetListpack = 20, since 11;
    /// A hash whose fields have deadlines, from previews of Redis 7.4: deadline, field, value each.
    HashTtlPreview = 22, since 12, in REDIS_ONLY;
    /// A hash whose fields have deadlines: field, value, 8 bytes of deadline each (Valkey 9).
    HashTtl = 22, since 80;
    /// The same as a listpack: field, value, deadline each (previews of Redis 7.4).
    HashListpackTtlPreview = 23, since 12;
    /// A hash whose fields have deadlines: the earliest, then for each field how much later its own is
    /// (Redis 7.4).
    HashTtlRelative = 24, since 12;
    /// The same as a listpack with absolute deadlines, and the earliest in front (Redis 7.4).
    HashListpackTtl = 25, since 12;
    /// A set whose members have deadlines: member, 8 bytes of deadline each. It is of this store alone,
    /// and its code as far from others as can be: their values are numbered upwards, the other parts of
    /// their snapshots downwards from 255. They refuse it; as another form, the deadlines would be lost.
    SetTtl = 128, since 6;
    /// A frame of the native dialect, as a string that holds its bytes as they were sent. Of this store
    /// alone too: as a string it would come back as text, no longer a number, a list, or nothing at all.
    Frame = 129, since 6;
}

impl Code {
    /// What `byte`, at offset `at`, stands for in a dump or snapshot of this version.
    ///
    /// # Errors
    /// [`Reason::Unsupported`] for streams and values of modules, [`Reason::UnknownType`] for a
    /// byte that stands for nothing.
    pub fn read(byte: u8, version: u16, at: usize) -> Result<Code, Error> {
        let reason = match byte {
            6 | 7 => Reason::Unsupported("values of modules"),
            15 | 19 | 21 => Reason::Unsupported("streams"),
            _ => match Code::find(byte, version) {
                Some(code) => return Ok(code),
                None => Reason::UnknownType(byte),
            },
        };
        Err(Error { at, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_the_version_it_is_written_in() {
        for code in Code::ALL {
            assert_eq!(Code::read(code.byte(), code.version(), 0), Ok(*code));
            assert!(code.version() <= NEWEST);
        }
    }

    #[test]
    fn no_other_byte_is_one() {
        let known: Vec<u8> = Code::ALL.iter().map(|code| code.byte()).collect();
        for byte in (0..=u8::MAX).filter(|byte| !known.contains(byte)) {
            let reason = Code::read(byte, 11, 7).map_err(|error| (error.at, error.reason));
            let expected = match byte {
                6 | 7 => Reason::Unsupported("values of modules"),
                15 | 19 | 21 => Reason::Unsupported("streams"),
                other => Reason::UnknownType(other),
            };
            assert_eq!(reason, Err((7, expected)));
        }
    }
}
