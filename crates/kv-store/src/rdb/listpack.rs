//! Interim: replaced by kv_types::listpack when it is there.

use super::Text;

#[derive(Clone, Copy, Debug)]
pub(super) struct Listpack<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Listpack<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Listpack<'a>> {
        let total = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
        let count = u16::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
        let mut rest = bytes.get(6..)?.strip_suffix(&[0xff])?;
        let mut len = 0;
        while !rest.is_empty() {
            (_, rest) = entry(rest)?;
            len += 1;
        }
        let fits = total == bytes.len() && (count == u16::MAX || usize::from(count) == len);
        fits.then_some(Listpack { bytes, len })
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn len(self) -> usize {
        self.len
    }

    pub(super) fn texts(self) -> impl Iterator<Item = Text<'a>> + Clone + use<'a> {
        Texts(&self.bytes[6..self.bytes.len() - 1])
    }
}

#[derive(Clone)]
struct Texts<'a>(&'a [u8]);

impl<'a> Iterator for Texts<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        let (text, rest) = entry(self.0)?;
        self.0 = rest;
        Some(text)
    }
}

fn entry(bytes: &[u8]) -> Option<(Text<'_>, &[u8])> {
    let (head, rest) = bytes.split_first()?;
    let (text, rest) = match head {
        0..0x80 => (i64::from(*head).into(), rest),
        0x80..0xc0 => text(usize::from(head & 0x3f), rest)?,
        0xc0..0xe0 => {
            let (low, rest) = rest.split_first()?;
            let n = i64::from(head & 0x1f) << 8 | i64::from(*low);
            ((if n >= 1 << 12 { n - (1 << 13) } else { n }).into(), rest)
        }
        0xe0..0xf0 => {
            let (low, rest) = rest.split_first()?;
            text(usize::from(head & 0xf) << 8 | usize::from(*low), rest)?
        }
        0xf0 => {
            let (len, rest) = rest.split_first_chunk()?;
            text(u32::from_le_bytes(*len) as usize, rest)?
        }
        0xf1 => int::<2>(rest)?,
        0xf2 => int::<3>(rest)?,
        0xf3 => int::<4>(rest)?,
        0xf4 => int::<8>(rest)?,
        _ => return None,
    };
    let size = bytes.len() - rest.len();
    let backlen = match size {
        ..=127 => 1,
        ..16383 => 2,
        ..2097151 => 3,
        ..268435455 => 4,
        _ => 5,
    };
    let (back, rest) = rest.split_at_checked(backlen)?;
    let mut value = 0usize;
    for (i, b) in back.iter().enumerate() {
        if (b & 0x80 != 0) != (i > 0) {
            return None;
        }
        value = value << 7 | usize::from(b & 0x7f);
    }
    (value == size).then_some((text, rest))
}

fn text(len: usize, bytes: &[u8]) -> Option<(Text<'_>, &[u8])> {
    let (text, rest) = bytes.split_at_checked(len)?;
    Some((Text::Borrowed(text), rest))
}

fn int<const N: usize>(bytes: &[u8]) -> Option<(Text<'_>, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<N>()?;
    let mut high = [0; 8];
    high[8 - N..].copy_from_slice(number);
    Some(((i64::from_le_bytes(high) >> (8 * (8 - N))).into(), rest))
}
