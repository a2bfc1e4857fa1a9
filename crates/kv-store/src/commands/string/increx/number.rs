//! The numbers that INCREX counts in.

use kv_protocol::ReplyWriter;
use kv_types::integer;

use crate::commands::string::incrbyfloat;
use crate::float::{Extended, Real};
use crate::{Ctx, Error, Key};

/// Which number of a request it is, for errors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// The one that is added.
    Increment,
    /// The lower bound.
    Lower,
    /// The upper bound.
    Upper,
    /// The one at the key.
    Value,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Increment => "Increment",
            Role::Lower => "LBOUND",
            Role::Upper => "UBOUND",
            Role::Value => "value",
        }
    }
}

/// A kind of number: an integer, or one with a fraction.
pub(super) trait Number: Copy + Ord {
    /// None at all: what a missing key counts as.
    const ZERO: Self;
    /// The increment when none is given.
    const ONE: Self;
    /// The smallest there is.
    const MIN: Self;
    /// The largest there is.
    const MAX: Self;

    /// Reads a number.
    ///
    /// # Errors
    /// If `text` is none of this kind; the text names its role.
    fn parse(text: &[u8], role: Role) -> Result<Self, Error>;

    /// The sum, if there is such a number.
    fn plus(self, other: Self) -> Option<Self>;

    /// The difference, if there is such a number.
    fn minus(self, other: Self) -> Option<Self>;

    /// Sets it at a key. The time to live stays, and a number of the native dialect stays one.
    ///
    /// # Errors
    /// As [`Ctx::set`].
    fn put(self, ctx: &mut Ctx<'_>, key: Key<'_>) -> Result<(), Error>;

    /// Answers it.
    fn reply(self, out: &mut ReplyWriter<'_>);
}

impl Number for i64 {
    const ZERO: i64 = 0;
    const ONE: i64 = 1;
    const MIN: i64 = i64::MIN;
    const MAX: i64 = i64::MAX;

    fn parse(text: &[u8], role: Role) -> Result<i64, Error> {
        let refused = || format!("{} is not an integer or out of range", role.name());
        integer::parse(text).ok_or_else(|| Error::new(refused()))
    }

    fn plus(self, other: i64) -> Option<i64> {
        self.checked_add(other)
    }

    fn minus(self, other: i64) -> Option<i64> {
        self.checked_sub(other)
    }

    fn put(self, ctx: &mut Ctx<'_>, key: Key<'_>) -> Result<(), Error> {
        ctx.try_update_int(key, |_| Ok(self)).map(drop)
    }

    fn reply(self, out: &mut ReplyWriter<'_>) {
        out.int(self);
    }
}

impl Number for Extended {
    const ZERO: Extended = Extended::ZERO;
    const ONE: Extended = Extended::ONE;
    const MIN: Extended = Extended::MIN;
    const MAX: Extended = Extended::MAX;

    fn parse(text: &[u8], role: Role) -> Result<Extended, Error> {
        match Real::parse(text) {
            Some(Real::Finite(number)) => Ok(number),
            Some(Real::Infinite) => Err(Error::new(match role {
                Role::Increment => "BYFLOAT increment cannot be Infinity".to_owned(),
                role => format!("{} cannot be Infinity", role.name()),
            })),
            None => Err(Error::new(format!("{} is not a valid float", role.name()))),
        }
    }

    fn plus(self, other: Extended) -> Option<Extended> {
        Extended::plus(self, other)
    }

    fn minus(self, other: Extended) -> Option<Extended> {
        Extended::minus(self, other)
    }

    fn put(self, ctx: &mut Ctx<'_>, key: Key<'_>) -> Result<(), Error> {
        incrbyfloat::put(ctx, key, &self.to_string())
    }

    fn reply(self, out: &mut ReplyWriter<'_>) {
        out.decimal(&self.to_string());
    }
}

/// Adds `by` to `now`; the sum, and by how much it is more. `None` if the sum would leave the bounds,
/// which are then its ends if it is to `saturate`.
///
/// # Errors
/// If by how much it is more is itself no such number.
pub(super) fn step<N: Number>(
    now: N,
    by: N,
    (lower, upper): (N, N),
    saturate: bool,
) -> Result<Option<(N, N)>, Error> {
    let end = match now.plus(by) {
        Some(sum) if sum < lower => lower,
        Some(sum) if sum > upper => upper,
        Some(sum) => return Ok(Some((sum, by))),
        None if by < N::ZERO => lower,
        None => upper,
    };
    if !saturate {
        return Ok(None);
    }
    let applied = end.minus(now).ok_or_else(|| Error::new("applied increment would overflow"))?;
    Ok(Some((end, applied)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: (i64, i64) = (i64::MIN, i64::MAX);

    #[test]
    fn sums_stay_in_their_bounds() {
        assert_eq!(step(5, 2, (0, 10), false), Ok(Some((7, 2))));
        assert_eq!(step(5, 5, (0, 10), false), Ok(Some((10, 5))));
        assert_eq!(step(5, 6, (0, 10), false), Ok(None));
        assert_eq!(step(5, 6, (0, 10), true), Ok(Some((10, 5))));
        assert_eq!(step(5, -6, (0, 10), true), Ok(Some((0, -5))));
        assert_eq!(step(i64::MAX, 1, ALL, false), Ok(None));
        assert_eq!(step(i64::MAX - 1, 5, ALL, true), Ok(Some((i64::MAX, 1))));
        assert_eq!(step(i64::MIN + 1, -5, ALL, true), Ok(Some((i64::MIN, -1))));
    }

    #[test]
    fn a_number_outside_may_come_in_but_not_stay_out() {
        assert_eq!(step(50, -25, (0, 30), false), Ok(Some((25, -25))));
        assert_eq!(step(50, -5, (0, 30), false), Ok(None));
        assert_eq!(step(50, 5, (0, 30), true), Ok(Some((30, -20))));
        assert!(step(1, 1, (i64::MIN, i64::MIN), true).is_err());
    }
}
