//! Strings combined bit by bit.

/// What becomes of the bits that stand at the same place in several strings: all of `X`, the first
/// string's, and `Y1`, `Y2` …, the others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// All of them are set.
    And,
    /// One or more of them are set.
    Or,
    /// An odd number of them is set.
    Xor,
    /// `X` is not set; there are no others.
    Not,
    /// `X` is set, and none of the others.
    Diff,
    /// `X` is not set, but one or more of the others.
    Diff1,
    /// `X` is set, and one or more of the others.
    AndOr,
    /// Exactly one of them is set.
    One,
}

/// Bytes that are combined from all strings before the next ones are: they stay in the nearest cache.
const BLOCK: usize = 8 << 10;

impl Operation {
    /// Combines `sources` into `out`, whatever that held. A source that is shorter goes on with zeros.
    pub fn combine(self, sources: &[&[u8]], out: &mut [u8]) {
        let Some((first, others)) = sources.split_first() else { return out.fill(0) };
        for (number, block) in out.chunks_mut(BLOCK).enumerate() {
            let from = number * BLOCK;
            let others = others.iter().map(|other| rest(other, from));
            self.combine_block(rest(first, from), others, block);
        }
    }

    fn combine_block<'s>(self, x: &[u8], ys: impl Iterator<Item = &'s [u8]>, out: &mut [u8]) {
        match self {
            Operation::And => {
                fold(out, x, |_, x| x);
                ys.for_each(|y| fold(out, y, |all, y| all & y));
            }
            Operation::Or => {
                fold(out, x, |_, x| x);
                union(out, ys);
            }
            Operation::Xor => {
                fold(out, x, |_, x| x);
                ys.for_each(|y| fold(out, y, |odd, y| odd ^ y));
            }
            Operation::Not => fold(out, x, |_, x| !x),
            Operation::Diff => {
                out.fill(0);
                union(out, ys);
                fold(out, x, |any, x| x & !any);
            }
            Operation::Diff1 => {
                out.fill(0);
                union(out, ys);
                fold(out, x, |any, x| any & !x);
            }
            Operation::AndOr => {
                out.fill(0);
                union(out, ys);
                fold(out, x, |any, x| any & x);
            }
            Operation::One => one(out, x, ys),
        }
    }
}

/// Adds the bits that are set in `sources`.
fn union<'s>(out: &mut [u8], sources: impl Iterator<Item = &'s [u8]>) {
    sources.for_each(|source| fold(out, source, |any, bits| any | bits));
}

/// The bits that are set in exactly one.
fn one<'s>(out: &mut [u8], x: &[u8], ys: impl Iterator<Item = &'s [u8]>) {
    let mut several = [0; BLOCK];
    fold(out, x, |_, x| x);
    for y in ys {
        several.iter_mut().zip(&*out).zip(y).for_each(|((several, any), y)| *several |= any & y);
        fold(out, y, |any, y| any | y);
    }
    fold(out, &several, |any, several| any & !several);
}

/// Replaces every byte of `out` by what `next` makes of it and of the byte of `source`.
fn fold(out: &mut [u8], source: &[u8], next: impl Fn(u8, u8) -> u8) {
    let (with, without) = out.split_at_mut(source.len().min(out.len()));
    with.iter_mut().zip(source).for_each(|(byte, other)| *byte = next(*byte, *other));
    without.iter_mut().for_each(|byte| *byte = next(*byte, 0));
}

/// The bytes of `source` from `from` on, if it has so many.
fn rest(source: &[u8], from: usize) -> &[u8] {
    source.get(from..).unwrap_or_default()
}
