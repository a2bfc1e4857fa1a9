//! A comparison with the string at a key, as a condition: `IFEQ value` and its kin.

use crate::command::Arg;
use crate::{Args, Error};

use super::digest::{self, digest};

/// What the string must be like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison<'a> {
    with: &'a [u8],
    /// Digests are compared instead.
    digests: bool,
    /// Whether they must be equal, or must not.
    equal: bool,
}

/// `IFEQ value`, as an argument of a declaration.
pub(super) const IFEQ: Arg = Arg::Option("IFEQ", &Arg::String("comparison-value"));
/// `IFNE value`.
pub(super) const IFNE: Arg = Arg::Option("IFNE", &Arg::String("ifne-value"));
/// `IFDEQ digest`.
pub(super) const IFDEQ: Arg = Arg::Option("IFDEQ", &Arg::String("ifdeq-digest"));
/// `IFDNE digest`.
pub(super) const IFDNE: Arg = Arg::Option("IFDNE", &Arg::String("ifdne-digest"));

impl<'a> Comparison<'a> {
    /// Takes one of the four options, if one is next and a value follows it.
    pub(super) fn take(args: &mut Args<'a>) -> Result<Option<Comparison<'a>>, Error> {
        let (digests, equal) = match args.one_of(&["IFEQ", "IFNE", "IFDEQ", "IFDNE"]) {
            Some("IFEQ") => (false, true),
            Some("IFNE") => (false, false),
            Some("IFDEQ") => (true, true),
            Some(_) => (true, false),
            None => return Ok(None),
        };
        Ok(Some(Comparison { with: args.bytes()?, digests, equal }))
    }

    /// That the string must be equal to this.
    pub(super) fn equal_to(with: &'a [u8]) -> Comparison<'a> {
        Comparison { with, digests: false, equal: true }
    }

    /// Whether a missing key meets it: it is equal to nothing.
    pub(super) fn is_met_by_nothing(self) -> bool {
        !self.equal
    }

    /// Whether `string` meets it.
    ///
    /// # Errors
    /// If a digest is wanted and it is given in another number of digits than digests have.
    pub(super) fn is_met(self, string: &[u8]) -> Result<bool, Error> {
        let equal = match self.digests {
            true if self.with.len() != digest::LEN => {
                return Err(Error::new("must be exactly 16 hexadecimal characters"));
            }
            true => digest(string).as_bytes().eq_ignore_ascii_case(self.with),
            false => string == self.with,
        };
        Ok(equal == self.equal)
    }
}
