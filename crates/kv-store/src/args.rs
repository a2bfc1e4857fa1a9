//! A command's arguments, read from left to right.

use kv_protocol::{Arg, Request};
use kv_types::{glob, integer};
use smallvec::SmallVec;

use crate::Error;
use crate::keyspace::Key;

/// Longest glob pattern for keys, in bytes.
pub(crate) const MAX_PATTERN: usize = 1024;

/// Arguments such as members or fields: in most commands no more than these.
pub(crate) type Texts<'a> = SmallVec<[&'a [u8]; 8]>;

/// A cursor over a request's arguments, behind the command's name.
///
/// Each method takes the next argument in one reading and moves on. A handler reads everything it
/// needs and calls [`finish`](Args::finish) before it touches a key, so that a malformed request
/// changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a> {
    request: Request<'a>,
    keys: &'a [Key<'a>],
    /// The next argument.
    at: usize,
}

impl<'a> Args<'a> {
    pub(crate) fn new(request: Request<'a>, keys: &'a [Key<'a>], at: usize) -> Args<'a> {
        Args { request, keys, at }
    }

    /// The command's name as the client has written it.
    pub(crate) fn called(&self) -> &'a [u8] {
        self.request.arg(0).and_then(Arg::text).unwrap_or_default()
    }

    /// How many arguments are left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.request.len().saturating_sub(self.at)
    }

    /// Position of the next argument in the request.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Whether all arguments have been read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    #[inline]
    fn peek(&self) -> Option<Arg<'a>> {
        self.request.arg(self.at)
    }

    /// The next argument as it was sent: bytes, or a frame of the native dialect.
    ///
    /// # Errors
    /// [`Error::Syntax`] when there is none.
    #[inline]
    pub fn value(&mut self) -> Result<Arg<'a>, Error> {
        let arg = self.peek().ok_or(Error::Syntax)?;
        self.at += 1;
        Ok(arg)
    }

    /// The next argument's bytes; a number or simple string of the native dialect reads as its text.
    ///
    /// # Errors
    /// [`Error::Syntax`] when there is none, [`Error::NotText`] for a null, an array, a dictionary.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], Error> {
        self.value()?.text().ok_or(Error::NotText)
    }

    /// All arguments that are left.
    ///
    /// # Errors
    /// As [`bytes`](Args::bytes).
    pub(crate) fn texts(&mut self) -> Result<Texts<'a>, Error> {
        let mut texts = Texts::with_capacity(self.remaining());
        while !self.is_empty() {
            texts.push(self.bytes()?);
        }
        Ok(texts)
    }

    /// The next argument as a glob pattern for keys.
    ///
    /// # Errors
    /// As [`bytes`](Args::bytes); an error for one with special bytes that is longer than
    /// [`MAX_PATTERN`]: matching takes time by its length times the key's, under a lock.
    pub(crate) fn pattern(&mut self) -> Result<&'a [u8], Error> {
        let pattern = self.bytes()?;
        if pattern.len() > MAX_PATTERN && glob::literal(pattern).is_none() {
            return Err(Error::new("pattern is too long"));
        }
        Ok(pattern)
    }

    /// The next argument as a key, which the command's declaration must name.
    ///
    /// # Errors
    /// As [`bytes`](Args::bytes); [`Error::UndeclaredKey`] if the declaration does not name it.
    #[inline]
    pub fn key(&mut self) -> Result<Key<'a>, Error> {
        let at = self.at;
        // Keys are planned, and mostly read, in the order of their positions.
        while let [first, rest @ ..] = self.keys {
            if first.position() > at {
                break;
            }
            self.keys = rest;
            if first.position() == at {
                self.at += 1;
                return Ok(*first);
            }
        }
        self.bytes()?;
        debug_assert!(false, "argument {at} is read as a key, but is not declared as one");
        Err(Error::UndeclaredKey)
    }

    /// The next argument as a canonical 64-bit integer.
    ///
    /// # Errors
    /// As [`bytes`](Args::bytes); [`Error::NotInteger`] if it is none.
    #[inline]
    pub fn int(&mut self) -> Result<i64, Error> {
        integer::parse(self.bytes()?).ok_or(Error::NotInteger)
    }

    /// The next argument as a canonical integer of 32 bits: what Redis numbers databases with.
    ///
    /// # Errors
    /// As [`int`](Args::int); [`Error::OutOfRange`] if it is longer.
    pub fn int32(&mut self) -> Result<i32, Error> {
        let bounds = Error::OutOfRange(i32::MIN.into(), i32::MAX.into());
        i32::try_from(self.int()?).map_err(|_| bounds)
    }

    /// The last argument, if one is left, as a number of elements.
    ///
    /// # Errors
    /// [`Error::Syntax`] if several are left, which is told of before a number that is none;
    /// [`Error::NotPositive`] if it is none, or less than 0.
    pub(crate) fn last_count(&mut self) -> Result<Option<usize>, Error> {
        match self.remaining() {
            0 => Ok(None),
            1 => {
                let count = integer::parse(self.bytes()?);
                let count = count.and_then(|count| usize::try_from(count).ok());
                count.map(Some).ok_or(Error::NotPositive)
            }
            _ => Err(Error::Syntax),
        }
    }

    /// The next argument as a number above 0, such as that of keys that follow.
    ///
    /// # Errors
    /// As [`bytes`](Args::bytes); the error `otherwise` if it is none.
    pub(crate) fn positive(&mut self, otherwise: &str) -> Result<usize, Error> {
        let number = integer::parse(self.bytes()?).and_then(|number| usize::try_from(number).ok());
        number.filter(|&number| number > 0).ok_or_else(|| Error::new(otherwise))
    }

    /// The next argument as a number of elements, negative if they may repeat.
    ///
    /// # Errors
    /// As [`int`](Args::int); [`Error::OutOfRange`] for the one number that has no positive twin.
    pub(crate) fn signed_count(&mut self) -> Result<i64, Error> {
        match self.int()? {
            i64::MIN => Err(Error::OutOfRange(-i64::MAX, i64::MAX)),
            count => Ok(count),
        }
    }

    /// The next argument as a floating-point number; `inf` and `-inf` are numbers, `nan` is not.
    ///
    /// # Errors
    /// As [`bytes`](Args::bytes); [`Error::NotFloat`] if it is none.
    pub fn float(&mut self) -> Result<f64, Error> {
        crate::float::parse(self.bytes()?).ok_or(Error::NotFloat)
    }

    /// Whether the next argument is `word`, in any case; if so it is taken.
    #[inline]
    pub fn token(&mut self, word: &str) -> bool {
        let found = matches!(self.peek().and_then(Arg::text), Some(text) if text.eq_ignore_ascii_case(word.as_bytes()));
        self.at += usize::from(found);
        found
    }

    /// The next argument in capitals if it is one of `words`; if so it is taken.
    pub fn one_of(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().copied().find(|word| self.token(word))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Error::Syntax`] when an argument is left.
    #[inline]
    pub fn finish(&self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(Error::Syntax) }
    }

    /// The request behind these arguments, for commands about commands (`COMMAND GETKEYS`).
    pub fn rest(&self) -> impl Iterator<Item = Arg<'a>> + use<'a> {
        let (request, at) = (self.request, self.at);
        (at..request.len()).filter_map(move |at| request.arg(at))
    }
}
