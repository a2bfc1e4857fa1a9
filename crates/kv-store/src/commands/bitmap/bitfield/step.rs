//! The operations of a BITFIELD: how they are written, and what they do.

use kv_types::bits::{Field, Overflow};
use smallvec::SmallVec;

use super::super::offset;
use crate::{Args, Error};

/// One operation.
pub(super) struct Step {
    place: Place,
    action: Action,
}

/// An integer's type, and the bit that it begins at.
struct Place {
    field: Field,
    at: u64,
}

enum Action {
    Get,
    Set(i64, Overflow),
    Increment(i64, Overflow),
}

pub(super) type Steps = SmallVec<[Step; 4]>;

/// Takes all operations, on strings of at most `longest` bytes.
pub(super) fn steps(args: &mut Args<'_>, longest: usize) -> Result<Steps, Error> {
    let mut steps = Steps::new();
    let mut overflow = Overflow::Wrap;
    while !args.is_empty() {
        let (place, action) = match args.one_of(&["GET", "SET", "INCRBY", "OVERFLOW"]) {
            Some("GET") => (Place::take(args, 2, longest)?, Action::Get),
            Some("SET") => (Place::take(args, 3, longest)?, Action::Set(args.int()?, overflow)),
            Some("INCRBY") => {
                (Place::take(args, 3, longest)?, Action::Increment(args.int()?, overflow))
            }
            Some("OVERFLOW") => {
                overflow = take_overflow(args)?;
                continue;
            }
            _ => return Err(Error::Syntax),
        };
        steps.push(Step { place, action });
    }
    Ok(steps)
}

/// Takes how the operations that follow treat a number that does not fit.
fn take_overflow(args: &mut Args<'_>) -> Result<Overflow, Error> {
    match args.one_of(&["WRAP", "SAT", "FAIL"]) {
        Some("WRAP") => Ok(Overflow::Wrap),
        Some("SAT") => Ok(Overflow::Saturate),
        Some(_) => Ok(Overflow::Fail),
        None if args.is_empty() => Err(Error::Syntax),
        None => Err(Error::new("Invalid OVERFLOW type specified")),
    }
}

impl Place {
    /// Takes the two words of a place, the first of `words` that the operation has: one that is cut
    /// short is a syntax error, whatever there is of it.
    fn take(args: &mut Args<'_>, words: usize, longest: usize) -> Result<Place, Error> {
        if args.remaining() < words {
            return Err(Error::Syntax);
        }
        let invalid = "Invalid bitfield type. Use something like i16 u8. \
                       Note that u64 is not supported but i64 is.";
        let field = Field::parse(args.bytes()?).ok_or_else(|| Error::new(invalid))?;
        let at = match args.bytes()? {
            [b'#', number @ ..] => offset(number, field.bits().into(), longest)?,
            number => offset(number, 1, longest)?,
        };
        Ok(Place { field, at })
    }
}

impl Step {
    /// Whether it may change the string.
    pub(super) fn writes(&self) -> bool {
        !matches!(self.action, Action::Get)
    }

    /// How many bytes a string has at least that the integer is in.
    pub(super) fn bytes(&self) -> usize {
        let Place { field, at } = self.place;
        (at + u64::from(field.bits())).div_ceil(8) as usize
    }

    /// The integer as it is now. Bits behind the end of the string are zeros.
    pub(super) fn read(&self, string: &[u8]) -> i64 {
        self.place.field.read(string, self.place.at)
    }

    /// Runs on a string that is long enough. What it answers, and whether it has changed the string.
    pub(super) fn run(&self, string: &mut [u8]) -> (Option<i64>, bool) {
        let Place { field, at } = self.place;
        let before = self.read(string);
        let (after, answer) = match self.action {
            Action::Get => return (Some(before), false),
            Action::Set(value, overflow) => {
                let after = field.fit(field.number(value), overflow);
                (after, after.and(Some(before)))
            }
            Action::Increment(by, overflow) => {
                let after = field.fit(i128::from(before) + i128::from(by), overflow);
                (after, after)
            }
        };
        if let Some(after) = after {
            field.write(string, at, after);
        }
        (answer, after.is_some_and(|after| after != before))
    }
}
