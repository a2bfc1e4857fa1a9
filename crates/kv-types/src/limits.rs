//! Up to where a collection stays packed in its record.

use crate::record::PACKED_MAX;

/// A collection stays packed up to so many elements of so many bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Most elements: members, or pairs of field and value.
    pub entries: usize,
    /// Longest element, in bytes; of a pair, each of the two.
    pub bytes: usize,
}

/// Up to where each kind of collection stays packed. What is longer than [`PACKED_MAX`] does in no case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Hashes.
    pub hash: Packed,
    /// Sets, unless they are of integers alone.
    pub set: Packed,
    /// Most members of a set of integers.
    pub set_ints: usize,
    /// Sorted sets.
    pub zset: Packed,
    /// Lists: most elements if positive; if negative, -1 to -5 are 4, 8, 16, 32, 64 KiB (as Redis has it).
    pub list: i64,
}

impl Limits {
    /// The defaults of Valkey 9.1.
    pub const DEFAULT: Limits = Limits {
        hash: Packed { entries: 512, bytes: 64 },
        set: Packed { entries: 128, bytes: 64 },
        set_ints: 512,
        zset: Packed { entries: 128, bytes: 64 },
        list: -2,
    };
}

const _: () = assert!(PACKED_MAX >= 8 << 10, "a list of the default size stays packed");
