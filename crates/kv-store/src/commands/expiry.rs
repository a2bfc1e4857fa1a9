//! Times to live as arguments: `EX seconds`, `PXAT unix-time-milliseconds` and their kin.

use kv_types::integer;

use crate::command::Arg;
use crate::{Args, Deadline, Error};

/// How a number states a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds from now.
    Seconds,
    /// Milliseconds from now.
    Millis,
    /// Unix time in seconds.
    UnixSeconds,
    /// Unix time in milliseconds.
    UnixMillis,
}

/// `EX seconds`, as an argument of a declaration.
pub(crate) const EX: Arg = Arg::Option("EX", &Arg::Int("seconds"));
/// `PX milliseconds`.
pub(crate) const PX: Arg = Arg::Option("PX", &Arg::Int("milliseconds"));
/// `EXAT unix-time-seconds`.
pub(crate) const EXAT: Arg = Arg::Option("EXAT", &Arg::UnixTime("unix-time-seconds"));
/// `PXAT unix-time-milliseconds`.
pub(crate) const PXAT: Arg = Arg::Option("PXAT", &Arg::UnixTime("unix-time-milliseconds"));

/// `[NX | XX | GT | LT]`.
pub(crate) const CONDITION: Arg = Arg::Optional(&Arg::OneOf(
    "condition",
    &[Arg::Token("NX"), Arg::Token("XX"), Arg::Token("GT"), Arg::Token("LT")],
));

const WORDS: [(&str, Unit); 4] = [
    ("EX", Unit::Seconds),
    ("PX", Unit::Millis),
    ("EXAT", Unit::UnixSeconds),
    ("PXAT", Unit::UnixMillis),
];

/// A time to live as it was sent. It is [resolved](Requested::deadline) when all options are read:
/// a misplaced option is a syntax error whatever the number is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requested<'a> {
    pub(crate) unit: Unit,
    pub(crate) number: &'a [u8],
}

impl<'a> Requested<'a> {
    /// Takes one of the four options, if one is next and a number follows it.
    pub(crate) fn take(args: &mut Args<'a>) -> Result<Option<Requested<'a>>, Error> {
        for (word, unit) in WORDS {
            if args.token(word) {
                return Ok(Some(Requested { unit, number: args.bytes()? }));
            }
        }
        Ok(None)
    }

    /// The Unix time in milliseconds; `now` is one too, `command` is named by an error.
    pub(crate) fn deadline(self, now: u64, command: &'static str) -> Result<u64, Error> {
        let number = integer::parse(self.number).ok_or(Error::NotInteger)?;
        if number <= 0 {
            return Err(Error::InvalidExpire(command));
        }
        deadline(number, self.unit, now).ok_or(Error::InvalidExpire(command))
    }
}

/// When something is to end: one of the four options, perhaps again and again, or a word instead, such as
/// `PERSIST`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ends<'a> {
    asked: Option<Requested<'a>>,
    word: bool,
}

impl<'a> Ends<'a> {
    /// Takes the next option; `word` is the one that stands for no time.
    ///
    /// # Errors
    /// [`Error::Syntax`] if it is none of these, or does not go with one before it.
    pub(crate) fn take(&mut self, args: &mut Args<'a>, word: &str) -> Result<(), Error> {
        match Requested::take(args)? {
            Some(asked) if self.asked.is_none_or(|before| before.unit == asked.unit) => {
                self.asked = Some(asked);
            }
            None if args.token(word) => self.word = true,
            _ => return Err(Error::Syntax),
        }
        if self.word && self.asked.is_some() { Err(Error::Syntax) } else { Ok(()) }
    }

    /// What becomes of the deadline: the time that `at` makes of what was asked for, or what `word` stands
    /// for, or else `none`.
    pub(crate) fn deadline(
        self,
        word: Deadline,
        none: Deadline,
        at: impl FnOnce(Requested<'a>) -> Result<u64, Error>,
    ) -> Result<Deadline, Error> {
        match self.asked {
            Some(asked) => at(asked).map(Deadline::At),
            None => Ok(if self.word { word } else { none }),
        }
    }
}

/// The Unix time in milliseconds that `number` states; a time before 1970 is 0. `None` if it is too
/// far away for 63 bits.
pub(crate) fn deadline(number: i64, unit: Unit, now: u64) -> Option<u64> {
    let millis = match unit {
        Unit::Seconds | Unit::UnixSeconds => number.checked_mul(1000)?,
        Unit::Millis | Unit::UnixMillis => number,
    };
    let at = match unit {
        Unit::Seconds | Unit::Millis => millis.checked_add(i64::try_from(now).ok()?)?,
        Unit::UnixSeconds | Unit::UnixMillis => millis,
    };
    Some(u64::try_from(at).unwrap_or(0))
}

/// The answer for a key or an element that does not exist.
const MISSING: i64 = -2;
/// The answer for one that does not end.
const STAYS: i64 = -1;

/// How `TTL` and its kin tell, at `now`, when something ends, whose deadline this is (milliseconds), if
/// there is such a thing and if it has one.
pub(crate) fn told(deadline: Option<Option<u64>>, now: u64, unit: Unit) -> i64 {
    match deadline {
        None => MISSING,
        Some(None) => STAYS,
        Some(Some(at)) => in_unit(at, now, unit),
    }
}

/// `at`, or the time left at `now` (both milliseconds), in `unit`; seconds are rounded to the nearest.
fn in_unit(at: u64, now: u64, unit: Unit) -> i64 {
    let left = at.saturating_sub(now);
    let number = match unit {
        Unit::Seconds => (left + 500) / 1000,
        Unit::Millis => left,
        Unit::UnixSeconds => (at + 500) / 1000,
        Unit::UnixMillis => at,
    };
    // Deadlines are made of signed numbers, so they fit.
    number as i64
}

/// What the deadline that a key or an element has must be like for a new one to be set.
#[derive(Clone, Copy, Default)]
pub(crate) struct Condition {
    /// NX: there is none.
    none: bool,
    /// XX: there is one.
    some: bool,
    /// GT: it is earlier than the new one. No deadline is the latest of all.
    earlier: bool,
    /// LT: it is later than the new one.
    later: bool,
}

impl Condition {
    /// Takes arguments until so many are `left`.
    pub(crate) fn take(args: &mut Args<'_>, left: usize) -> Result<Condition, Error> {
        let mut condition = Condition::default();
        while args.remaining() > left {
            match args.one_of(&["NX", "XX", "GT", "LT"]) {
                Some("NX") => condition.none = true,
                Some("XX") => condition.some = true,
                Some("GT") => condition.earlier = true,
                Some(_) => condition.later = true,
                None => {
                    return Err(Error::quoting("Unsupported option ", args.bytes()?, ""));
                }
            }
        }
        let Condition { none, some, earlier, later } = condition;
        if none && (some || earlier || later) {
            let text = "NX and XX, GT or LT options at the same time are not compatible";
            return Err(Error::new(text));
        }
        if earlier && later {
            return Err(Error::new("GT and LT options at the same time are not compatible"));
        }
        Ok(condition)
    }

    /// Whether the deadline may go from `current` to `at`.
    pub(crate) fn is_met(self, current: Option<u64>, at: u64) -> bool {
        match current {
            None => !self.some && !self.earlier,
            Some(current) => {
                !self.none && (!self.earlier || at > current) && (!self.later || at < current)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_bounds() {
        assert_eq!(deadline(2, Unit::Seconds, 500), Some(2500));
        assert_eq!(deadline(2, Unit::Millis, 500), Some(502));
        assert_eq!(deadline(2, Unit::UnixSeconds, 500), Some(2000));
        assert_eq!(deadline(-1, Unit::UnixMillis, 500), Some(0));
        assert_eq!(deadline(i64::MAX, Unit::Seconds, 500), None);
        assert_eq!(deadline(i64::MAX, Unit::Millis, 500), None);
        assert_eq!(deadline(i64::MAX, Unit::UnixMillis, 500), Some(i64::MAX as u64));
    }
}
