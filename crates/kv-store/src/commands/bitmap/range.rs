//! Which bits of a string `BITCOUNT` and `BITPOS` look at: `[start [end [BYTE | BIT]]]`.

use std::ops::Range;

use kv_types::integer;

use crate::command::Arg;
use crate::{Args, Error};

/// The three arguments, as declared.
pub(super) const ARG: Arg = Arg::Optional(&Arg::Block(
    "range",
    &[
        Arg::Int("start"),
        Arg::Optional(&Arg::Block(
            "end-unit-block",
            &[
                Arg::Int("end"),
                Arg::Optional(&Arg::OneOf("unit", &[Arg::Token("BYTE"), Arg::Token("BIT")])),
            ],
        )),
    ],
));

/// The range that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    start: i64,
    /// The last byte or bit, if it was given.
    end: Option<i64>,
    /// Bits that `start` and `end` count in.
    unit: u64,
}

impl Asked {
    /// Takes the rest of the arguments. Errors come in the order that a real server checks in.
    pub(super) fn take(args: &mut Args<'_>) -> Result<Asked, Error> {
        let mut asked = Asked { start: 0, end: None, unit: 8 };
        if args.remaining() > 3 {
            return Err(Error::Syntax);
        }
        if !args.is_empty() {
            asked.start = args.int()?;
        }
        if !args.is_empty() {
            let end = args.bytes()?;
            asked.unit = match args.one_of(&["BYTE", "BIT"]) {
                Some("BIT") => 1,
                _ => 8,
            };
            args.finish()?;
            asked.end = Some(integer::parse(end).ok_or(Error::NotInteger)?);
        }
        Ok(asked)
    }

    /// The bits of a string of `len` bytes that are in the range; `span` finds positions in it.
    pub(super) fn of(self, len: usize, span: fn(i64, i64, u64) -> Range<u64>) -> Range<u64> {
        let unit = self.unit;
        let span = span(self.start, self.end.unwrap_or(-1), len as u64 * 8 / unit);
        span.start * unit..span.end * unit
    }

    /// Whether the range has no end of its own, but the string's.
    pub(super) fn is_open(self) -> bool {
        self.end.is_none()
    }
}
