//! What can be wrong with encoded bytes.

/// Why bytes were refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at byte {at})")]
pub struct Error {
    /// Offset, in bytes from the start of what is read, of the part that is wrong. Of a packed
    /// collection it is where the string begins that holds it.
    pub at: usize,
    /// What is wrong there.
    pub reason: Reason,
}

/// What is wrong with encoded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The bytes end before what they announce does.
    #[error("the bytes end too early")]
    Truncated,
    /// There are bytes behind the end of the value.
    #[error("bytes follow the end of the value")]
    Trailing,
    /// The footer's checksum is not that of the bytes, or there is no room for a footer.
    #[error("the checksum does not fit the bytes")]
    Checksum,
    /// A version newer than [`NEWEST`](super::NEWEST), or 0.
    #[error("version {0} of the format is not known")]
    Version(u16),
    /// No kind of value has this code.
    #[error("no type of value has the code {0}")]
    UnknownType(u8),
    /// A kind of value that this store does not have.
    #[error("{0} cannot be loaded")]
    Unsupported(&'static str),
    /// The first byte of a length is none that lengths begin with.
    #[error("not a length")]
    Length,
    /// A special encoding where only a count can be, or one that does not exist.
    #[error("not an encoding that can be here")]
    Encoding,
    /// A string longer than the reader allows.
    #[error("a string is too long")]
    TooLong,
    /// Compressed bytes that do not yield what they announce.
    #[error("compressed bytes are damaged")]
    Lzf,
    /// A score or an element's number is not one.
    #[error("not a number")]
    Number,
    /// A deadline before 1970, or too far away for 63 bits.
    #[error("not a deadline")]
    Deadline,
    /// A packed collection whose parts contradict each other.
    #[error("a packed collection is damaged")]
    Packed,
    /// The bytes of a frame are not one that a native client could have sent as a value.
    #[error("not a value of the native dialect")]
    Frame,
    /// A kind of list node that does not exist.
    #[error("not a kind of list node")]
    Node,
    /// A set member or hash field that is there twice.
    #[error("an element is there twice")]
    Duplicate,
    /// A collection without elements, which no key can hold.
    #[error("a collection is empty")]
    Empty,
}
