//! HyperLogLogs: how many distinct elements a set had, told from a few kilobytes.
//!
//! One lies in the bytes of a string, in the layout that Redis gave it, so that such a string can be
//! read, copied and sent like any other:
//!
//! ```text
//! ┌ "HYLL" 4 ┬ encoding 1 ┬ unused 3 ┬ count 8, little-endian ┬ registers … ┐
//! └──────────┴────────────┴──────────┴────────────────────────┴─────────────┘
//! ```
//!
//! - An [element's](Element) hash names one of 16,384 registers and a rank; the register holds the
//!   highest rank that it was named with.
//! - The registers are *dense*, 6 bits each, or, as long as they are few, *sparse*: runs of registers
//!   of the same value ([`Run`]).
//! - The count is that of the last time somebody counted; its highest bit says that registers have
//!   changed since.
//!
//! A string that anybody may have written can be anything: whatever it holds is a [`Fault`] or a count,
//! never a panic.

mod dense;
mod element;
mod estimate;
mod registers;
mod sparse;
#[cfg(test)]
mod tests;

pub use element::Element;
pub use registers::Registers;
pub use sparse::{Run, Runs};

use crate::ValueBuf;
use sparse::{Cursor, Raised};

/// How many registers there are.
pub const REGISTERS: usize = 1 << 14;

const MAGIC: &[u8] = b"HYLL";
const ENCODING: usize = 4;
/// Where the count lies.
const COUNT: std::ops::Range<usize> = 8..16;
/// The bit of the count's last byte that says that it is old.
const OLD: u8 = 0x80;
/// Bytes before the registers.
const HEADER: usize = 16;
/// Bytes of one whose registers are dense.
const DENSE_LEN: usize = HEADER + REGISTERS * 6 / 8;

/// An empty one: one run of all registers, and a count that is to be made.
pub const EMPTY: [u8; HEADER + 2] = *b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff";

/// Why a string cannot be used as a HyperLogLog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is none.
    Foreign,
    /// It looks like one, but its registers are not 16,384.
    Corrupt,
}

/// How the registers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 6 bits each.
    Dense = 0,
    /// As runs.
    Sparse = 1,
}

/// A HyperLogLog as it lies in a string.
///
/// Invariant: the header is whole, and dense registers are all there; sparse ones may be anything.
#[derive(Clone, Copy, Debug)]
pub struct Hll<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

impl<'a> Hll<'a> {
    /// The HyperLogLog that `bytes` are.
    ///
    /// # Errors
    /// [`Fault::Foreign`] if the header or the length says that they are none.
    pub fn parse(bytes: &'a [u8]) -> Result<Hll<'a>, Fault> {
        if bytes.len() < HEADER || !bytes.starts_with(MAGIC) {
            return Err(Fault::Foreign);
        }
        let encoding = match bytes[ENCODING] {
            0 if bytes.len() == DENSE_LEN => Encoding::Dense,
            1 => Encoding::Sparse,
            _ => return Err(Fault::Foreign),
        };
        Ok(Hll { bytes, encoding })
    }

    /// How the registers are written.
    pub fn encoding(self) -> Encoding {
        self.encoding
    }

    fn registers(self) -> &'a [u8] {
        &self.bytes[HEADER..]
    }

    /// Whether adding this element would change nothing.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] if its register is not there.
    pub fn holds(self, element: Element) -> Result<bool, Fault> {
        let value = match self.encoding {
            Encoding::Dense => dense::get(self.registers(), element.register),
            Encoding::Sparse => sparse::get(self.registers(), element.register)?,
        };
        Ok(value >= element.rank)
    }

    /// The runs of sparse registers; none of dense ones.
    pub fn runs(self) -> Runs<'a> {
        match self.encoding {
            Encoding::Dense => Runs::new(&[]),
            Encoding::Sparse => Runs::new(self.registers()),
        }
    }

    /// The count, if no register has changed since it was made.
    pub fn known_count(self) -> Option<u64> {
        let mut count = [0; 8];
        count.copy_from_slice(&self.bytes[COUNT]);
        (count[7] & OLD == 0).then_some(u64::from_le_bytes(count))
    }

    /// Counts: about how many distinct elements were added, with a standard error of 0.81 %.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn count(self) -> Result<u64, Fault> {
        let histogram = match self.encoding {
            Encoding::Dense => dense::histogram(&dense::read(self.registers())),
            Encoding::Sparse => sparse::histogram(self.registers())?,
        };
        Ok(estimate::cardinality(&histogram))
    }
}

/// Writes a fresh count into `bytes`, which must be a HyperLogLog's.
///
/// # Panics
/// If they are too short to be.
pub fn set_count(bytes: &mut [u8], count: u64) {
    bytes[COUNT].copy_from_slice(&count.to_le_bytes());
}

/// Says that the count is old.
fn set_old(bytes: &mut [u8]) {
    bytes[COUNT.end - 1] |= OLD;
}

/// Adds elements; whether a register has changed. Sparse registers become dense when they would take,
/// with the header, more than `sparse_max` bytes.
///
/// # Errors
/// [`Fault`], if `value` is no HyperLogLog or one of damaged registers; nothing has changed then.
pub fn add(
    value: &mut ValueBuf,
    elements: impl IntoIterator<Item = Element>,
    sparse_max: usize,
) -> Result<bool, Fault> {
    attempt(value, |value, encoding| {
        let mut changed = false;
        for element in elements {
            changed |= raise(value, encoding, &mut Cursor::start(), element, sparse_max)?;
        }
        if changed {
            set_old(value);
        }
        Ok(changed)
    })
}

/// Lets `change` work on the value, or on a copy if the registers may turn out to be damaged.
fn attempt<R>(
    value: &mut ValueBuf,
    change: impl FnOnce(&mut ValueBuf, &mut Encoding) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let mut encoding = Hll::parse(value)?.encoding();
    if encoding == Encoding::Dense {
        return change(value, &mut encoding);
    }
    let mut copy = ValueBuf::copied(value);
    let result = change(&mut copy, &mut encoding)?;
    *value = copy;
    Ok(result)
}

/// Raises a register to an element's rank, unless it is as high; whether it has changed.
fn raise(
    value: &mut ValueBuf,
    encoding: &mut Encoding,
    cursor: &mut Cursor,
    element: Element,
    sparse_max: usize,
) -> Result<bool, Fault> {
    if *encoding == Encoding::Sparse {
        match sparse::raise(value, cursor, element, sparse_max)? {
            Raised::Not => return Ok(false),
            Raised::Done => return Ok(true),
            Raised::NoRoom => {
                make_dense(value)?;
                *encoding = Encoding::Dense;
            }
        }
    }
    Ok(dense::raise(&mut value[HEADER..], element))
}

/// Makes sparse registers dense; whether they were sparse.
///
/// # Errors
/// [`Fault`]; nothing has changed then.
pub fn make_dense(value: &mut ValueBuf) -> Result<bool, Fault> {
    let hll = Hll::parse(value)?;
    if hll.encoding == Encoding::Dense {
        return Ok(false);
    }
    let mut registers = Registers::new();
    registers.merge(hll)?;
    value.resize(DENSE_LEN, 0);
    value[ENCODING] = Encoding::Dense as u8;
    dense::write(&mut value[HEADER..], registers.values());
    Ok(true)
}

/// Raises all registers of `value` to those of `registers`, which are dense afterwards if that is asked
/// for or if they do not fit into `sparse_max` bytes. The count is old then.
///
/// # Errors
/// [`Fault`], if `value` is no HyperLogLog or one of damaged registers; nothing has changed then.
pub fn raise_all(
    value: &mut ValueBuf,
    registers: &Registers,
    dense: bool,
    sparse_max: usize,
) -> Result<(), Fault> {
    if dense {
        make_dense(value)?;
    }
    attempt(value, |value, encoding| {
        if *encoding == Encoding::Dense {
            let mut all = registers.clone();
            all.raise_all(&dense::read(&value[HEADER..]));
            dense::write(&mut value[HEADER..], all.values());
            set_old(value);
            return Ok(());
        }
        let mut cursor = Cursor::start();
        for element in registers.elements() {
            raise(value, encoding, &mut cursor, element, sparse_max)?;
        }
        set_old(value);
        Ok(())
    })
}
