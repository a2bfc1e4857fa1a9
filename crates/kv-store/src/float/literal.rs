//! The spelling of a number, taken apart.

/// Exponents beyond this are as good as this one: no number that can be kept is that far from 1.
const FAR_EXPONENT: i32 = 1_000_000;

/// A number as it is spelled, in the grammar of C's `strtold`, NaN left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal<'a> {
    /// `inf` or `infinity`, with any sign.
    Infinite,
    /// Digits, maybe with a point and an exponent.
    Number(Number<'a>),
}

/// `±whole.fraction × base^exponent`. Whole part and fraction are digits of the radix, and not both
/// empty; the base is 10 for decimals and 2 for hexadecimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'a> {
    pub(super) negative: bool,
    pub(super) radix: Radix,
    pub(super) whole: &'a [u8],
    pub(super) fraction: &'a [u8],
    /// At most [`FAR_EXPONENT`] from zero.
    pub(super) exponent: i32,
}

/// What the digits count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Radix {
    /// `12.5e3`
    Decimal,
    /// `0x1.8p3`
    Hexadecimal,
}

impl Radix {
    pub(super) fn value(self) -> u32 {
        match self {
            Radix::Decimal => 10,
            Radix::Hexadecimal => 16,
        }
    }

    fn exponent_mark(self) -> u8 {
        match self {
            Radix::Decimal => b'e',
            Radix::Hexadecimal => b'p',
        }
    }

    /// The digits that `text` starts with, and what follows them.
    fn digits(self, text: &[u8]) -> (&[u8], &[u8]) {
        let is_digit = |byte: &u8| (*byte as char).is_digit(self.value());
        text.split_at(text.iter().position(|byte| !is_digit(byte)).unwrap_or(text.len()))
    }
}

impl<'a> Literal<'a> {
    /// Takes all of `text` apart; `None` if it is no number.
    pub(super) fn read(text: &'a [u8]) -> Option<Literal<'a>> {
        let (negative, text) = sign(text);
        if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
            return Some(Literal::Infinite);
        }
        let (radix, text) = match text {
            [b'0', b'x' | b'X', text @ ..] => (Radix::Hexadecimal, text),
            _ => (Radix::Decimal, text),
        };
        let (whole, text) = radix.digits(text);
        let (fraction, text) = match text {
            [b'.', text @ ..] => radix.digits(text),
            _ => (&[][..], text),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let exponent = match text {
            [] => 0,
            [mark, text @ ..] if mark.to_ascii_lowercase() == radix.exponent_mark() => {
                exponent(text)?
            }
            _ => return None,
        };
        Some(Literal::Number(Number { negative, radix, whole, fraction, exponent }))
    }
}

impl<'a> Number<'a> {
    /// The values of the digits, leading zeros left out; without any, the number is zero.
    pub(super) fn digits(&self) -> impl Iterator<Item = u32> + Clone + use<'a> {
        let radix = self.radix.value();
        let digits = self.whole.iter().chain(self.fraction);
        digits
            .filter_map(move |&byte| (byte as char).to_digit(radix))
            .skip_while(|&digit| digit == 0)
    }
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', text @ ..] => (true, text),
        [b'+', text @ ..] => (false, text),
        _ => (false, text),
    }
}

fn exponent(text: &[u8]) -> Option<i32> {
    let (negative, text) = sign(text);
    let (digits, rest) = Radix::Decimal.digits(text);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    let grow = |sum: i32, digit: &u8| (sum * 10 + i32::from(digit - b'0')).min(FAR_EXPONENT);
    let magnitude = digits.iter().fold(0, grow);
    Some(if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(bool, u32, &str, &str, i32)> {
        match Literal::read(text.as_bytes())? {
            Literal::Infinite => None,
            Literal::Number(n) => {
                let text = |bytes| std::str::from_utf8(bytes).unwrap();
                Some((n.negative, n.radix.value(), text(n.whole), text(n.fraction), n.exponent))
            }
        }
    }

    #[test]
    fn decimals_and_hexadecimals() {
        assert_eq!(parts("-12.50e+3"), Some((true, 10, "12", "50", 3)));
        assert_eq!(parts("+.5"), Some((false, 10, "", "5", 0)));
        assert_eq!(parts("5.E-99999999999"), Some((false, 10, "5", "", -FAR_EXPONENT)));
        assert_eq!(parts("0X1F.aP-3"), Some((false, 16, "1F", "a", -3)));
        assert_eq!(parts("0x1e5"), Some((false, 16, "1e5", "", 0)));
        for text in
            ["", "+", ".", "e5", "1e", "1e+", "1e5x", "0x", "0x.", "0xp1", "0x1p", "1p3", "1 "]
        {
            assert_eq!(parts(text), None, "{text:?}");
        }
    }

    #[test]
    fn infinities() {
        for text in ["inf", "-INF", "+Infinity"] {
            assert_eq!(Literal::read(text.as_bytes()), Some(Literal::Infinite), "{text}");
        }
        for text in ["infx", "infinit", "nan", "i"] {
            assert_eq!(Literal::read(text.as_bytes()), None, "{text}");
        }
    }
}
