//! The decimal digits of a double: the algorithm *Grisu2* (Florian Loitsch, 2010).
//!
//! It finds digits that read back as the same double, and nearly always the fewest that do: once in
//! 1,700 it does not. Redis and Valkey print what it finds, so other digits, though better ones, would be
//! other replies.

use crate::powers::power;

/// Most digits that a double needs.
const MOST: usize = 17;

/// A positive number: `digits * 10^exponent`.
pub(crate) struct Digits {
    digits: [u8; MOST + 1],
    len: usize,
    pub(crate) exponent: i32,
}

/// A number `fraction * 2^exponent`.
#[derive(Clone, Copy)]
struct Binary {
    fraction: u64,
    exponent: i32,
}

impl Binary {
    fn of(value: f64) -> Binary {
        const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
        const BIAS: i32 = f64::MAX_EXP - 1 + MANTISSA as i32;
        let (mantissa, exponent) =
            (value.to_bits() & ((1 << MANTISSA) - 1), (value.to_bits() >> MANTISSA) as i32);
        match exponent {
            0 => Binary { fraction: mantissa, exponent: 1 - BIAS },
            _ => Binary { fraction: mantissa | 1 << MANTISSA, exponent: exponent - BIAS },
        }
    }

    /// The same number, the highest bit of its fraction set.
    fn normalized(self) -> Binary {
        let unused = self.fraction.leading_zeros();
        Binary { fraction: self.fraction << unused, exponent: self.exponent - unused as i32 }
    }

    /// Half-way to the doubles below and above: what lies between reads back as this one.
    fn boundaries(self) -> (Binary, Binary) {
        let above =
            Binary { fraction: (self.fraction << 1) + 1, exponent: self.exponent - 1 }.normalized();
        // Below a power of two, doubles lie twice as close.
        let closer = u32::from(self.fraction == 1 << (f64::MANTISSA_DIGITS - 1));
        let below = Binary {
            fraction: (self.fraction << (1 + closer)) - 1,
            exponent: self.exponent - 1 - closer as i32,
        };
        let shift = below.exponent - above.exponent;
        (Binary { fraction: below.fraction << shift, exponent: above.exponent }, above)
    }

    /// The product, rounded to the upper half of its bits.
    fn times(self, other: Binary) -> Binary {
        let product = u128::from(self.fraction) * u128::from(other.fraction);
        let fraction = ((product + (1 << 63)) >> 64) as u64;
        Binary { fraction, exponent: self.exponent + other.exponent + 64 }
    }
}

impl Digits {
    /// The digits of a positive finite number.
    pub(crate) fn of(value: f64) -> Digits {
        let number = Binary::of(value);
        let (below, above) = number.boundaries();
        let (power, decimal) = power(above.exponent);
        let power = Binary { fraction: power.0, exponent: power.1 };
        let number = number.normalized().times(power);
        // One unit of safety at each end, for the powers are rounded.
        let (mut above, below) = (above.times(power), below.times(power).fraction + 1);
        above.fraction -= 1;
        let mut digits = Digits { digits: [0; MOST + 1], len: 0, exponent: -decimal };
        digits.generate(number.fraction, above, above.fraction - below);
        digits
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// Takes digits from `above`, the largest number allowed, until what is left is less than `delta`:
    /// then they spell a number between the boundaries.
    fn generate(&mut self, number: u64, above: Binary, mut delta: u64) {
        let shift = above.exponent.unsigned_abs();
        let one = 1u64 << shift;
        let mut distance = above.fraction - number;
        let (mut whole, mut part) = (above.fraction >> shift, above.fraction & (one - 1));
        let mut unit = 1_000_000_000u64;
        for place in (0..10).rev() {
            self.push(whole / unit);
            whole %= unit;
            let rest = (whole << shift) + part;
            if rest <= delta {
                self.exponent += place;
                self.round(delta, rest, unit << shift, distance);
                return;
            }
            unit /= 10;
        }
        loop {
            part *= 10;
            delta *= 10;
            distance = distance.wrapping_mul(10);
            self.push(part >> shift);
            part &= one - 1;
            self.exponent -= 1;
            if part < delta {
                self.round(delta, part, one, distance);
                return;
            }
        }
    }

    /// Adds a digit, unless it is a leading zero.
    fn push(&mut self, digit: u64) {
        if digit > 0 || self.len > 0 {
            self.digits[self.len] = b'0' + digit as u8;
            self.len += 1;
        }
    }

    /// Lowers the last digit, whose unit is `unit`, as long as that comes closer to the number, which is
    /// `distance` away from the largest allowed.
    fn round(&mut self, delta: u64, mut rest: u64, unit: u64, distance: u64) {
        while rest < distance
            && delta - rest >= unit
            && (rest + unit < distance || distance - rest > rest + unit - distance)
        {
            self.digits[self.len - 1] -= 1;
            rest += unit;
        }
    }
}
