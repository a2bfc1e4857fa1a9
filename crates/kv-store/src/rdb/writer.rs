//! Writing the parts that values are made of.

use kv_types::integer;

use super::length::Length;
use super::lzf::Compressor;

/// Strings up to this length, in bytes, are not compressed: little could come of it.
const COMPRESS_ABOVE: usize = 20;
/// What compression must save, in bytes, to be worth it.
const SAVED: usize = 4;
/// Longest text of a number of 32 bits.
const MAX_INT32: usize = "-2147483648".len();

/// Where encoded bytes go.
pub trait Output {
    /// Takes the next bytes.
    fn put(&mut self, bytes: &[u8]);
}

impl Output for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Writes lengths, strings and numbers.
#[derive(Debug)]
pub struct Writer<O> {
    out: O,
    /// There if strings are to be compressed, with room for their compressed bytes.
    compressor: Option<(Compressor, Vec<u8>)>,
}

impl<O: Output> Writer<O> {
    /// A writer to `out`. If it is to `compress`, strings of more than 20 bytes are compressed where that
    /// makes them shorter.
    pub fn new(out: O, compress: bool) -> Writer<O> {
        Writer { out, compressor: compress.then(Default::default) }
    }

    /// Where the bytes go.
    pub fn get_mut(&mut self) -> &mut O {
        &mut self.out
    }

    /// The same, when nothing more is to be written.
    pub fn into_inner(self) -> O {
        self.out
    }

    /// Writes a byte.
    pub fn byte(&mut self, byte: u8) {
        self.out.put(&[byte]);
    }

    /// Writes a number in as few bytes as it needs: a length, a count.
    pub fn number(&mut self, number: u64) {
        Length::Plain(number).write(&mut self.out);
    }

    /// Writes a string: a number if it is the text of one that has up to 32 bits, else its bytes.
    pub fn string(&mut self, text: &[u8]) {
        let number = if text.len() <= MAX_INT32 { integer::parse(text) } else { None };
        match number.map(i32::try_from) {
            Some(Ok(number)) => self.int(number),
            _ => self.blob(text),
        }
    }

    fn int(&mut self, number: i32) {
        if let Ok(number) = i8::try_from(number) {
            Length::Int8.write(&mut self.out);
            self.out.put(&number.to_le_bytes());
        } else if let Ok(number) = i16::try_from(number) {
            Length::Int16.write(&mut self.out);
            self.out.put(&number.to_le_bytes());
        } else {
            Length::Int32.write(&mut self.out);
            self.out.put(&number.to_le_bytes());
        }
    }

    /// Writes a string of which it is known that it is no number: a packed collection.
    pub fn blob(&mut self, bytes: &[u8]) {
        if bytes.len() > COMPRESS_ABOVE
            && let Some((compressor, compressed)) = &mut self.compressor
        {
            compressed.clear();
            if compressor.compress(bytes, bytes.len() - SAVED, compressed) {
                Length::Lzf.write(&mut self.out);
                Length::Plain(compressed.len() as u64).write(&mut self.out);
                Length::Plain(bytes.len() as u64).write(&mut self.out);
                self.out.put(compressed);
                return;
            }
        }
        self.number(bytes.len() as u64);
        self.out.put(bytes);
    }

    /// Writes a floating-point number as 8 bytes.
    pub fn double(&mut self, number: f64) {
        self.out.put(&number.to_le_bytes());
    }

    /// Writes a point in time in Unix milliseconds as 8 bytes; −1 stands for none.
    pub fn deadline(&mut self, deadline: Option<u64>) {
        let millis = deadline.map_or(-1, |at| i64::try_from(at).unwrap_or(i64::MAX));
        self.out.put(&millis.to_le_bytes());
    }
}
