//! Integers of any width at any bit.

/// The type of an integer in a string: signed of 1 to 64 bits, or unsigned of 1 to 63. Its highest bit
/// comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    signed: bool,
    bits: u32,
}

/// What becomes of a number that a field cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Its lowest bits are taken.
    Wrap,
    /// It becomes the nearest number that the field can hold.
    Saturate,
    /// There is no result.
    Fail,
}

impl Field {
    /// The type that `i` or `u` and a number of bits names, if there is one.
    pub fn parse(text: &[u8]) -> Option<Field> {
        let (signed, most, digits) = match text {
            [b'i', digits @ ..] => (true, 64, digits),
            [b'u', digits @ ..] => (false, 63, digits),
            _ => return None,
        };
        let bits = u32::try_from(crate::integer::parse(digits)?).ok()?;
        (1..=most).contains(&bits).then_some(Field { signed, bits })
    }

    /// How many bits it has.
    pub fn bits(self) -> u32 {
        self.bits
    }

    /// The number at bit `at`. Bits behind the end are zeros.
    pub fn read(self, bytes: &[u8], at: u64) -> i64 {
        self.lowest_bits(window(bytes, at) >> self.behind(at))
    }

    /// Writes the lowest bits of `value` at bit `at`.
    ///
    /// # Panics
    /// If bits of it are behind the end.
    pub fn write(self, bytes: &mut [u8], at: u64, value: i64) {
        let behind = self.behind(at);
        let mask = (u128::MAX >> (u128::BITS - self.bits)) << behind;
        let old = window(bytes, at) & !mask;
        let new = old | ((value as u128) << behind & mask);
        let from = super::byte_of(at);
        let len = (at % 8 + u64::from(self.bits)).div_ceil(8) as usize;
        bytes[from..from + len].copy_from_slice(&new.to_be_bytes()[..len]);
    }

    /// Bits of the [`window`] at bit `at` that stand behind the field.
    fn behind(self, at: u64) -> u32 {
        u128::BITS - (at % 8) as u32 - self.bits
    }

    /// The number that the lowest bits of `number` are.
    fn lowest_bits(self, number: u128) -> i64 {
        let unused = u64::BITS - self.bits;
        let bits = (number as u64) << unused;
        if self.signed { bits as i64 >> unused } else { (bits >> unused) as i64 }
    }

    /// `number` as the field can hold it. `None` only if it cannot and that is to fail.
    pub fn fit(self, number: i128, overflow: Overflow) -> Option<i64> {
        let (least, most) = match self.signed {
            true => (-1i128 << (self.bits - 1), !(-1 << (self.bits - 1))),
            false => (0, !(-1 << self.bits)),
        };
        match overflow {
            Overflow::Wrap => Some(self.lowest_bits(number as u128)),
            // Within 64 bits now, as the bounds are.
            Overflow::Saturate => Some(number.clamp(least, most) as i64),
            Overflow::Fail => (least..=most).contains(&number).then_some(number as i64),
        }
    }

    /// The number that `value` is to a field of this type, which need not be able to hold it: to an
    /// unsigned one, the bits of a negative number are those of a large one.
    pub fn number(self, value: i64) -> i128 {
        if self.signed { value.into() } else { (value as u64).into() }
    }
}

/// The 128 bits from the byte on that bit `at` is in. A field of 64 bits takes at most 71 of them.
fn window(bytes: &[u8], at: u64) -> u128 {
    let mut window = [0; 16];
    let bytes = bytes.get(super::byte_of(at)..).unwrap_or_default();
    let len = bytes.len().min(window.len());
    window[..len].copy_from_slice(&bytes[..len]);
    u128::from_be_bytes(window)
}
