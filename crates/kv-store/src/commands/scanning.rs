//! What `SCAN` and its kin have in common: where to go on, how far, and what is wanted.

use kv_protocol::ReplyWriter;
use kv_types::glob;

use crate::command::Arg;
use crate::{Args, Error};

/// Elements looked at by one call that does not say how many.
const DEFAULT_COUNT: usize = 10;

/// `cursor`, as an argument of a declaration.
pub(crate) const CURSOR: Arg = Arg::Int("cursor");
/// `[MATCH pattern]`.
pub(crate) const MATCH: Arg = Arg::Optional(&Arg::Option("MATCH", &Arg::Pattern("pattern")));
/// `[COUNT count]`.
pub(crate) const COUNT: Arg = Arg::Optional(&Arg::Option("COUNT", &Arg::Int("count")));

/// Takes a cursor: an unsigned number as C's `strtoull` reads it, which is what Redis calls: white space
/// and a plus may stand before the digits. Any number will do: one that no call has returned starts a
/// walk somewhere.
///
/// # Errors
/// [`Error::InvalidCursor`] if it is no such number.
pub(crate) fn cursor(args: &mut Args<'_>) -> Result<u64, Error> {
    let text = std::str::from_utf8(args.bytes()?).map_err(|_| Error::InvalidCursor)?;
    let digits = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    digits.parse().map_err(|_| Error::InvalidCursor)
}

/// How far a call goes, and what is wanted of what it meets.
pub(crate) struct Options<'a> {
    /// About so many elements are looked at.
    pub(crate) count: usize,
    /// Elements, or their fields, that do not match are left out.
    pattern: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// Options that nobody has given.
    pub(crate) fn new() -> Options<'a> {
        Options { count: DEFAULT_COUNT, pattern: None }
    }

    /// Takes `MATCH` and `COUNT`, and nothing else is left.
    ///
    /// # Errors
    /// As [`take`](Options::take).
    pub(crate) fn all(args: &mut Args<'a>) -> Result<Options<'a>, Error> {
        let mut options = Options::new();
        while !args.is_empty() {
            options.take(args)?;
        }
        Ok(options)
    }

    /// Takes the next option, `MATCH` or `COUNT`; a command that has others tries those first.
    ///
    /// # Errors
    /// [`Error::Syntax`] if it is neither, or its value is missing or no positive number.
    pub(crate) fn take(&mut self, args: &mut Args<'a>) -> Result<(), Error> {
        match args.one_of(&["MATCH", "COUNT", "NOVALUES", "NOSCORES"]) {
            Some("MATCH") => self.pattern = Some(args.pattern()?),
            Some("COUNT") => {
                let count = usize::try_from(args.int()?).ok().filter(|&count| count > 0);
                self.count = count.ok_or(Error::Syntax)?;
            }
            Some("NOVALUES") => {
                return Err(Error::new("NOVALUES option can only be used in HSCAN"));
            }
            Some(_) => return Err(Error::new("NOSCORES option can only be used in ZSCAN")),
            None => return Err(Error::Syntax),
        }
        Ok(())
    }

    /// Whether an element of this text is wanted.
    #[inline]
    pub(crate) fn wants(&self, text: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, text))
    }
}

/// Begins the reply: where to go on, and an array of `len`.
pub(crate) fn begin_reply(next: u64, len: usize, out: &mut ReplyWriter<'_>) {
    out.array(2);
    out.bulk(next.to_string().as_bytes());
    out.array(len);
}
