//! Bytes received and not yet run: an unfinished request, or more than one batch.
//!
//! A large request is read to where it stays. Its buffer grows in a few steps as its bytes come, and
//! ends as large as the request, so that a value which is most of it can be kept as it is.

use bytes::{Bytes, BytesMut};

/// Once so many bytes of a request have come it is large: what follows is read to its place.
const LARGE: usize = 16 << 10;
/// A buffer for bytes that are announced has room for so many times those that have come.
const AHEAD: usize = 8;
/// From so many bytes on the buffer is lent to those who run it, so that a value can stay in it.
const LENT: usize = 64 << 10;
/// Room behind an announced argument, in bytes: for the options that may follow it.
const TAIL: usize = 64;
/// Times that a buffer may be made larger by less than its length, to end with what is announced. Then
/// it doubles, or else a request with many large arguments would be moved once for each.
const SHORT_STEPS: u8 = 4;

/// The buffer of one connection; it takes no memory while it is empty.
#[derive(Default)]
pub(crate) struct Inbox {
    bytes: BytesMut,
    /// Bytes at the start that have been run.
    done: usize,
    /// Short steps that the buffer has grown in.
    short_steps: u8,
}

impl Inbox {
    /// What is to be run.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.done..]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.len() == self.done
    }

    /// Whether more of the request that it holds should be read to its place.
    pub(crate) fn is_large(&self) -> bool {
        self.bytes().len() >= LARGE
    }

    /// Drops the first `count` bytes: they have been run.
    pub(crate) fn advance(&mut self, count: usize) {
        self.done += count;
        self.short_steps = 0;
        if self.is_empty() {
            *self = Inbox::default();
        }
    }

    /// Adds bytes that were read elsewhere, of a request that goes on for `needed` bytes at least.
    pub(crate) fn extend(&mut self, bytes: &[u8], needed: usize) {
        self.drop_done();
        if self.spare() < bytes.len() {
            let len = self.bytes.len() + bytes.len();
            match len >= LARGE {
                true => self.make_room(len, needed),
                false => self.bytes.reserve(bytes.len()),
            }
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// A place to read to, with room for as many bytes as should be read: of an argument no more than
    /// the `needed` bytes that are missing, so that the buffer ends with it.
    pub(crate) fn place(&mut self, needed: usize) -> (&mut BytesMut, usize) {
        self.drop_done();
        if self.spare() < needed.min(TAIL) {
            self.make_room(self.bytes.len(), needed);
        }
        let room = match needed > TAIL {
            true => needed.min(self.spare()),
            // What comes next may be other requests, which are better not gathered here.
            false => self.spare().min(LENT),
        };
        (&mut self.bytes, room)
    }

    /// Hands the buffer over if it may hold a large value, and says how much memory it takes.
    pub(crate) fn lend(&mut self) -> Option<(Bytes, usize)> {
        if self.done > 0 || self.bytes.len() < LENT {
            return None;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let allocated = bytes.capacity();
        Some((bytes.freeze(), allocated))
    }

    /// Takes the buffer back, of which `count` bytes have been run; the request behind them goes on for
    /// `needed` bytes. Whether somebody has kept a part of what was run: the rest is copied then.
    pub(crate) fn take_back(&mut self, buffer: Bytes, count: usize, needed: usize) -> bool {
        match buffer.try_into_mut() {
            Ok(bytes) => {
                self.bytes = bytes;
                if count > 0 {
                    self.advance(count);
                }
                false
            }
            Err(buffer) => {
                *self = Inbox::default();
                self.extend(&buffer[count..], needed);
                true
            }
        }
    }

    fn spare(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }

    fn drop_done(&mut self) {
        if self.done > 0 {
            self.bytes = BytesMut::from(self.bytes());
            self.done = 0;
        }
    }

    /// Moves to a buffer that has room for more than `len` bytes: for `needed` ones behind them, as far
    /// as those are not only announced.
    fn make_room(&mut self, len: usize, needed: usize) {
        let whole = len + needed + TAIL;
        let capacity = match whole / len {
            // As far as the next step can make it whole, if two steps can: the less is moved then.
            AHEAD.. => (whole / AHEAD).clamp(2 * len, AHEAD * len),
            2.. => whole,
            _ if self.short_steps < SHORT_STEPS => {
                // A few bytes: options behind the value, or one of many small arguments.
                self.short_steps += if needed > TAIL { 1 } else { SHORT_STEPS / 2 };
                whole
            }
            _ => 2 * len,
        };
        let mut roomy = BytesMut::with_capacity(capacity);
        roomy.extend_from_slice(&self.bytes);
        self.bytes = roomy;
    }
}
