//! What a peer may send: every bound has a name and a unit.

use crate::error::ProtocolError;

/// Bounds on incoming bytes. A peer that passes one gets a [`ProtocolError`].
///
/// Nothing is ever allocated from a length that a peer merely announced; these bounds say how
/// much may be *kept* of what it really sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Longest bulk string, verbatim string or bulk error, in bytes.
    pub max_bulk: usize,
    /// Most arguments of a request and most elements (or pairs) of one aggregate.
    pub max_args: usize,
    /// Longest inline request or line of a frame, in bytes, counted from its first byte up to the
    /// byte that ends it (which is not counted). Never less than [`Limits::SHORTEST_LINE`]
    /// whatever is set.
    pub max_inline: usize,
    /// Most aggregates inside one another; never more than [`Limits::DEEPEST`] whatever is set.
    /// The array that carries a request is not counted.
    pub max_depth: usize,
    /// Longest request or frame as a whole, in bytes: what a buffer has to hold at most, give or
    /// take one line. Never more than [`Limits::LARGEST`] whatever is set.
    pub max_request: usize,
    /// Whether the peer has shown who it is; chooses the wording of the errors about
    /// `max_bulk` and `max_args`.
    pub authenticated: bool,
}

impl Limits {
    /// What an authenticated peer may send.
    pub const DEFAULT: Limits = Limits {
        max_bulk: 512 << 20,
        max_args: i32::MAX as usize,
        max_inline: 64 << 10,
        max_depth: 128,
        max_request: 1 << 30,
        authenticated: true,
    };

    /// What a peer may send before it has authenticated: 10 arguments of 16,384 bytes each.
    pub const UNAUTHENTICATED: Limits = Limits {
        max_bulk: 16_384,
        max_args: 10,
        max_request: 1 << 20,
        authenticated: false,
        ..Limits::DEFAULT
    };

    /// The deepest nesting that any setting allows. A [`Frame`](crate::Frame) is built, compared
    /// and dropped by recursion, so this bounds the stack.
    pub const DEEPEST: usize = 512;

    /// The largest whole request that any setting allows, in bytes: offsets are kept in 31 bits.
    pub const LARGEST: usize = (1 << 31) - 1;

    /// The shortest bound on lines that any setting allows, in bytes: every length fits.
    pub const SHORTEST_LINE: usize = 32;

    pub(crate) const fn line(&self) -> usize {
        if self.max_inline > Limits::SHORTEST_LINE {
            self.max_inline
        } else {
            Limits::SHORTEST_LINE
        }
    }

    pub(crate) const fn depth(&self) -> usize {
        if self.max_depth < Limits::DEEPEST { self.max_depth } else { Limits::DEEPEST }
    }

    /// Checks that a request or frame may reach up to offset `end`.
    #[inline]
    pub(crate) fn check_request(&self, end: usize) -> Result<(), ProtocolError> {
        if end <= self.request() { Ok(()) } else { Err(ProtocolError::TooBigRequest) }
    }

    /// Checks the same of a blob of `len` bytes at offset `start`, with its CR LF. Told by the
    /// announced length: there's no use in waiting for what won't be taken.
    pub(crate) fn check_blob(&self, start: usize, len: usize) -> Result<(), ProtocolError> {
        self.check_request(start.saturating_add(len).saturating_add(2))
    }

    pub(crate) const fn request(&self) -> usize {
        if self.max_request < Limits::LARGEST { self.max_request } else { Limits::LARGEST }
    }
}

/// For bytes that some decoder has measured already.
pub(crate) const UNBOUNDED: Limits = Limits {
    max_bulk: usize::MAX,
    max_args: usize::MAX,
    max_inline: usize::MAX,
    max_depth: usize::MAX,
    max_request: usize::MAX,
    authenticated: true,
};

impl Default for Limits {
    fn default() -> Self {
        Limits::DEFAULT
    }
}
