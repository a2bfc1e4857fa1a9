//! A file, a bounded part of it at a time.

use std::io::Read;

use kv_store::rdb::crc64;

use super::{Error, Reason};

/// How many bytes are read at a time: enough to keep a thread busy for a while, and few enough to stay in
/// the cache of the one that reads them next.
pub(crate) const CHUNK: usize = 256 << 10;

/// A file, read into a buffer that holds what has not been handed on.
///
/// Its memory is that of the longest part that was needed at once, and at most twice that; never more than
/// there are bytes, whatever those announce.
pub(crate) struct Input<R> {
    source: R,
    /// How long the file is, if that is known.
    total: Option<u64>,
    buffer: Vec<u8>,
    /// Offset of the buffer in the file.
    base: u64,
    /// How much of the buffer has been read.
    at: usize,
    /// How much of the buffer `crc` is of; `crc` is of all in front of that.
    summed: usize,
    crc: u64,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(source: R, total: Option<u64>) -> Input<R> {
        let buffer = Vec::with_capacity(CHUNK);
        Input { source, total, buffer, base: 0, at: 0, summed: 0, crc: 0 }
    }

    /// How long the file is, if that is known.
    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }

    /// The offset in the file that has been reached.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The offset of the buffer's first byte.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// How much of the buffer has been read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What is in the buffer and has not been read.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Counts `len` bytes of [`unread`](Input::unread) as read.
    pub(crate) fn advance(&mut self, len: usize) {
        debug_assert!(len <= self.unread().len());
        self.at += len;
    }

    /// The checksum of all that has been read.
    pub(crate) fn checksum(&mut self) -> u64 {
        self.crc = crc64(self.crc, &self.buffer[self.summed..self.at]);
        self.summed = self.at;
        self.crc
    }

    /// Hands on what has been read of the buffer, and goes on with what has not in `fresh`.
    pub(crate) fn cut(&mut self, mut fresh: Vec<u8>) -> Vec<u8> {
        self.checksum();
        fresh.clear();
        fresh.extend_from_slice(self.unread());
        self.base += self.at as u64;
        let mut read = std::mem::replace(&mut self.buffer, fresh);
        read.truncate(self.at);
        (self.at, self.summed) = (0, 0);
        read
    }

    /// Forgets what has been read of the buffer.
    pub(crate) fn forget(&mut self) {
        self.checksum();
        self.buffer.drain(..self.at);
        self.base += self.at as u64;
        (self.at, self.summed) = (0, 0);
    }

    /// Reads more into the buffer, of which at least `missing` bytes are needed to go on.
    ///
    /// # Errors
    /// [`Reason::Truncated`] if there are not so many, at the offset where what is read begins; or the error
    /// of the reading.
    pub(crate) fn more(&mut self, missing: u64) -> Result<(), Error> {
        let known = self.base + self.buffer.len() as u64;
        if self.total.is_some_and(|total| known.saturating_add(missing) > total) {
            return Err(Error::new(self.offset(), Reason::Truncated));
        }
        // As much again as there is, at least: what is looked through again grows by as much each time.
        let aim = missing.max(CHUNK as u64).max(self.unread().len() as u64);
        // Room is taken for what comes, not for what was announced.
        self.buffer.reserve(aim.min(CHUNK as u64) as usize);
        match (&mut self.source).take(aim).read_to_end(&mut self.buffer) {
            Ok(read) if (read as u64) < missing => {
                Err(Error::new(self.offset(), Reason::Truncated))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(Error::new(known, error)),
        }
    }

    /// Reads more, if there is any; whether there was.
    pub(crate) fn try_more(&mut self) -> Result<bool, Error> {
        match self.more(1) {
            Ok(()) => Ok(true),
            Err(Error { reason: Reason::Truncated, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_truncated(result: Result<(), Error>) -> bool {
        matches!(result.map_err(|error| error.reason), Err(Reason::Truncated))
    }

    #[test]
    fn no_room_is_taken_for_what_is_not_there() {
        for total in [None, Some(1000)] {
            let mut input = Input::new(&[7; 1000][..], total);
            assert!(is_truncated(input.more(1 << 50)));
            assert!(input.buffer.capacity() <= 2 * CHUNK, "{}", input.buffer.capacity());
        }
    }

    #[test]
    fn what_is_read_is_counted_and_summed() {
        let bytes: Vec<u8> = (0..3 * CHUNK).map(|n| (n >> 3) as u8).collect();
        let mut input = Input::new(&bytes[..], None);
        input.more(5).unwrap();
        assert_eq!(input.unread(), &bytes[..CHUNK]);
        input.advance(CHUNK - 3);
        assert_eq!(input.cut(Vec::new()), &bytes[..CHUNK - 3]);
        assert_eq!((input.offset(), input.unread()), (CHUNK as u64 - 3, &bytes[CHUNK - 3..CHUNK]));
        input.more(2 * CHUNK as u64).unwrap();
        assert_eq!(input.unread(), &bytes[CHUNK - 3..]);
        input.advance(10);
        input.forget();
        assert_eq!((input.offset(), input.unread()), (CHUNK as u64 + 7, &bytes[CHUNK + 7..]));
        assert_eq!(input.checksum(), crc64(0, &bytes[..CHUNK + 7]));
        assert!(is_truncated(input.more(1)));
        assert!(!input.try_more().unwrap());
    }
}
