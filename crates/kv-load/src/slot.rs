//! Places in a request where a number is written anew each time it is sent. A number takes a fixed
//! number of bytes, so that requests of a kind have one length.

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::hostile::{KEY_BYTES, Key, KeySet};

/// Digits of a number whose width is not said. Behind four letters they make a key of 16 bytes.
const DIGITS: usize = 12;

/// More digits than a number of 64 bits has would all be zeros.
const MAX_DIGITS: usize = 20;

/// Bytes of a filler at most: what servers take as one argument by default.
const MAX_FILLER: usize = 512 << 20;

/// What stands between the braces of a template.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// Bytes that are always the same.
    Filler(Vec<u8>),
    /// A number.
    Number(Number),
}

/// A number, and how it is written.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    source: Source,
    divisor: u64,
    modulus: Option<u64>,
    offset: u64,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    /// How often the template has been sent before.
    Count,
    /// A random number that has this letter; all slots with the letter have the same one.
    Draw(u8),
}

#[derive(Clone, Debug)]
enum Form {
    /// Its last digits, that many.
    Digits(usize),
    /// The key that has this number in a list.
    Listed(Vec<Key>),
}

/// What all slots of a template share while it is written once.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    random: fastrand::Rng,
    /// The letters that are used.
    letters: Vec<u8>,
    count: u64,
    drawn: [u64; 26],
}

impl Piece {
    /// Reads what stands between two braces.
    pub(crate) fn parse(text: &str) -> Result<Piece> {
        if let Some(len) = text.strip_prefix('#') {
            let len = len.parse().ok().filter(|len| *len <= MAX_FILLER);
            return Ok(Piece::Filler(filler(len.context("a filler has a number of bytes")?)));
        }
        let (number, form) = text.split_once(':').map_or((text, None), |(n, f)| (n, Some(f)));
        Ok(Piece::Number(Number::parse(number, form).with_context(|| format!("{{{text}}}"))?))
    }
}

impl Number {
    fn parse(text: &str, form: Option<&str>) -> Result<Number> {
        let source = match text.bytes().next() {
            Some(b'n') => Source::Count,
            Some(letter @ b'a'..=b'z') => Source::Draw(letter),
            _ => bail!("it begins with a letter"),
        };
        let mut rest = &text[1..];
        let mut operand = |operator| -> Result<Option<u64>> {
            let Some(behind) = rest.strip_prefix(operator) else { return Ok(None) };
            let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
            let digits;
            (digits, rest) = behind.split_at(end);
            Ok(Some(digits.parse().with_context(|| format!("what is behind {operator}?"))?))
        };
        let divisor = operand('/')?.unwrap_or(1);
        let modulus = operand('%')?;
        let offset = operand('+')?.unwrap_or(0);
        ensure!(rest.is_empty(), "{rest} is none of /, % and +, in this order");
        ensure!(divisor > 0 && modulus != Some(0), "it divides by zero");
        let form = match form {
            None => Form::Digits(DIGITS),
            Some(digits) if digits.bytes().all(|c| c.is_ascii_digit()) => {
                let digits = digits.parse().ok().filter(|d| (1..=MAX_DIGITS).contains(d));
                Form::Digits(digits.with_context(|| format!("digits are 1 to {MAX_DIGITS}"))?)
            }
            Some(name) => {
                let Ok(set) = KeySet::from_str(name, true) else { bail!("no set of keys: {name}") };
                let count = modulus.filter(|_| offset == 0).context("of how many keys?")?;
                Form::Listed(set.keys(usize::try_from(count)?))
            }
        };
        Ok(Number { source, divisor, modulus, offset, form })
    }

    /// Its letter, if it is random.
    pub(crate) fn letter(&self) -> Option<u8> {
        match self.source {
            Source::Draw(letter) => Some(letter),
            Source::Count => None,
        }
    }

    /// Bytes that it takes.
    pub(crate) fn len(&self) -> usize {
        match self.form {
            Form::Digits(digits) => digits,
            Form::Listed(_) => KEY_BYTES,
        }
    }

    /// Writes it over bytes of its length.
    pub(crate) fn write(&self, draws: &Draws, to: &mut [u8]) {
        let mut number = match self.source {
            Source::Count => draws.count,
            Source::Draw(letter) => draws.drawn[usize::from(letter - b'a')],
        };
        if self.divisor > 1 {
            number /= self.divisor;
        }
        if let Some(modulus) = self.modulus {
            number %= modulus;
        }
        number = number.wrapping_add(self.offset);
        match &self.form {
            Form::Digits(_) => digits(number, to),
            Form::Listed(keys) => to.copy_from_slice(&keys[number as usize]),
        }
    }
}

impl Draws {
    /// For a template that uses these letters. The count begins at zero.
    pub(crate) fn new(mut letters: Vec<u8>, seed: u64) -> Draws {
        letters.sort_unstable();
        letters.dedup();
        Draws { random: fastrand::Rng::with_seed(seed), letters, count: 0, drawn: [0; 26] }
    }

    /// Draws the numbers that the template has when it is written next.
    pub(crate) fn draw(&mut self) {
        for letter in &self.letters {
            self.drawn[usize::from(letter - b'a')] = self.random.u64(..);
        }
    }

    /// Counts that it was written.
    pub(crate) fn count(&mut self) {
        self.count += 1;
    }
}

/// Bytes of a value: nothing that repeats within a cache line.
fn filler(len: usize) -> Vec<u8> {
    (b'a'..=b'z').chain(b'A'..=b'Z').chain(b'0'..=b'9').cycle().take(len).collect()
}

/// Every number of two digits. Numbers are written on the way to the socket, so this must be cheap.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut at = 0;
    while at < 100 {
        pairs[at] = [b'0' + (at / 10) as u8, b'0' + (at % 10) as u8];
        at += 1;
    }
    pairs
};

/// Writes the last digits of a number, as many as there is room for.
fn digits(mut number: u64, to: &mut [u8]) {
    let mut pairs = to.rchunks_exact_mut(2);
    for pair in &mut pairs {
        pair.copy_from_slice(&PAIRS[(number % 100) as usize]);
        number /= 100;
    }
    if let [first] = pairs.into_remainder() {
        *first = b'0' + (number % 10) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        match Piece::parse(text).unwrap() {
            Piece::Number(number) => number,
            Piece::Filler(_) => panic!("{text} is no number"),
        }
    }

    fn written(text: &str, draws: &Draws) -> String {
        let number = number(text);
        let mut to = vec![b'?'; number.len()];
        number.write(draws, &mut to);
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn counted_numbers_are_divided_reduced_and_moved_in_this_order() {
        let mut draws = Draws::new(Vec::new(), 1);
        draws.count = 1_234_567_890_123;
        for (text, expected) in [
            ("n", "234567890123"),
            ("n:15", "001234567890123"),
            ("n:1", "3"),
            ("n:3", "123"),
            ("n/1000", "001234567890"),
            ("n%1000", "000000000123"),
            ("n/1000%1000+500:4", "1390"),
            ("n+10:2", "33"),
        ] {
            assert_eq!(written(text, &draws), expected, "{text}");
        }
        draws.count();
        assert_eq!(written("n:1", &draws), "4");
    }

    #[test]
    fn a_letter_is_one_number_until_it_is_drawn_again() {
        let mut draws = Draws::new(vec![b'b', b'a', b'b'], 1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1000 {
            draws.draw();
            let (low, high) = (written("a%10+100:3", &draws), written("a%10+200:3", &draws));
            assert_eq!(low[1..], high[1..]);
            seen.insert(low);
            assert_ne!(written("a:20", &draws), written("b:20", &draws));
        }
        let expected: Vec<String> = (100..110).map(|number| number.to_string()).collect();
        assert!(seen.iter().eq(&expected), "{seen:?}");
    }

    #[test]
    fn a_key_of_a_set_is_written_whole() {
        let mut draws = Draws::new(Vec::new(), 1);
        let keys = KeySet::Random.keys(20);
        draws.count = 21;
        assert_eq!(written("n%20:random", &draws).as_bytes(), &keys[1]);
    }

    #[test]
    fn what_is_no_slot_is_refused() {
        for text in [
            "",
            "#",
            "#x",
            "1",
            "N",
            "n/0",
            "n%0",
            "n%",
            "n+5%3",
            "n*2",
            "n:0",
            "n:21",
            "n:",
            "n:fnv",
            "n%9:nobody",
            "n%9+1:fnv",
        ] {
            assert!(Piece::parse(text).is_err(), "{text}");
        }
        assert!(matches!(Piece::parse("#3").unwrap(), Piece::Filler(bytes) if bytes == b"abc"));
    }
}
