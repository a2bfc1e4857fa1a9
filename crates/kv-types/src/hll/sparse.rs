//! Registers as runs of the same value, each in a byte or two:
//!
//! ```text
//! 00llllll            l + 1 zeros
//! 01llllll llllllll   l + 1 zeros, the high bits first
//! 1vvvvvll            l + 1 registers of value v + 1
//! ```
//!
//! The bytes that a set of elements ends up in depend on the order in which they came, and on each
//! step: the steps are Redis's, so that the bytes are, too.

use super::element::Element;
use super::estimate::Histogram;
use super::{Fault, HEADER, REGISTERS};
use crate::ValueBuf;

/// Most zeros in one byte.
const SHORT_ZEROS: usize = 64;
/// Most registers of a value in one byte.
const MAX_VALUES: usize = 4;
/// The highest value that there is.
const MAX_VALUE: u8 = 32;
/// Runs that are looked at, when one of them has changed, for neighbours to be made one.
const MERGED_RUNS: usize = 5;

/// Registers of the same value, one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Their value, 0 to 32.
    pub value: u8,
    /// How many they are: up to 16,384 zeros, up to 4 others.
    pub len: usize,
    /// Bytes that the run is written in: 2 for the long form of zeros, else 1.
    pub size: usize,
}

/// What a long run's second byte is where a string ends with its first: a zero, which Redis has behind
/// every string. Nothing that this writes ends so.
const CUT: u8 = 0;

impl Run {
    /// The first run of `bytes`, if there is one.
    fn read(bytes: &[u8]) -> Option<Run> {
        match *bytes.first()? {
            byte if byte & 0x80 != 0 => {
                Some(Run { value: (byte >> 2 & 31) + 1, len: usize::from(byte & 3) + 1, size: 1 })
            }
            byte if byte & 0x40 == 0 => Some(Run { value: 0, len: usize::from(byte) + 1, size: 1 }),
            byte => {
                let low = *bytes.get(1).unwrap_or(&CUT);
                Some(Run {
                    value: 0,
                    len: (usize::from(byte & 63) << 8 | usize::from(low)) + 1,
                    size: 2,
                })
            }
        }
    }
}

/// The byte of a run of a value that is not zero.
fn run_of(value: u8, len: usize) -> u8 {
    0x80 | (value - 1) << 2 | (len - 1) as u8
}

/// The runs of sparse registers.
#[derive(Clone, Debug)]
pub struct Runs<'a>(&'a [u8]);

impl<'a> Runs<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Runs<'a> {
        Runs(bytes)
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let run = Run::read(self.0)?;
        self.0 = self.0.get(run.size..).unwrap_or_default();
        Some(run)
    }
}

/// Lets `each` see all runs with their first registers. They must be of all registers exactly.
fn whole(bytes: &[u8], mut each: impl FnMut(usize, Run)) -> Result<(), Fault> {
    let mut first = 0;
    for run in Runs(bytes) {
        if first + run.len > REGISTERS {
            return Err(Fault::Corrupt);
        }
        each(first, run);
        first += run.len;
    }
    if first == REGISTERS { Ok(()) } else { Err(Fault::Corrupt) }
}

/// A register's value.
pub(super) fn get(bytes: &[u8], register: usize) -> Result<u8, Fault> {
    let mut end = 0;
    let mut runs = Runs(bytes).filter(|run| {
        end += run.len;
        register < end
    });
    runs.next().map(|run| run.value).ok_or(Fault::Corrupt)
}

/// How many registers have each value.
pub(super) fn histogram(bytes: &[u8]) -> Result<Histogram, Fault> {
    let mut counts = [0; 64];
    whole(bytes, |_, run| counts[usize::from(run.value)] += run.len as u32)?;
    Ok(counts)
}

/// Raises `registers` to these.
pub(super) fn merge(bytes: &[u8], registers: &mut [u8; REGISTERS]) -> Result<(), Fault> {
    whole(bytes, |first, run| {
        if run.value > 0 {
            registers[first..][..run.len]
                .iter_mut()
                .for_each(|value| *value = run.value.max(*value));
        }
    })
}

/// Where a run lies in a value, and the first of its registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    at: usize,
    first: usize,
}

impl Cursor {
    /// The first run.
    pub(super) fn start() -> Cursor {
        Cursor { at: HEADER, first: 0 }
    }
}

/// What has become of an attempt to raise a register.
pub(super) enum Raised {
    /// It is as high already.
    Not,
    /// It is raised.
    Done,
    /// The value would be too high or the string too long for sparse registers; nothing has changed.
    NoRoom,
}

/// Raises a register to an element's rank, unless it is as high, in a string of up to `longest` bytes.
///
/// The search begins at `cursor`, which is then moved to where one for a higher register may begin: two
/// runs before the one that was found, as a change reaches back to the run before it.
pub(super) fn raise(
    value: &mut ValueBuf,
    cursor: &mut Cursor,
    element: Element,
    longest: usize,
) -> Result<Raised, Fault> {
    let Element { register, rank } = element;
    if rank > MAX_VALUE {
        return Ok(Raised::NoRoom);
    }
    let mut before = None;
    let mut found = *cursor;
    let run = loop {
        let run = value.get(found.at..).and_then(Run::read).ok_or(Fault::Corrupt)?;
        if register < found.first + run.len {
            break run;
        }
        *cursor = before.replace(found).unwrap_or(*cursor);
        found = Cursor { at: found.at + run.size, first: found.first + run.len };
    };
    if run.value >= rank {
        return Ok(Raised::Not);
    }
    if found.at + run.size > value.len() {
        return Err(Fault::Corrupt);
    }
    let split = Split::of(run, register - found.first, rank);
    let runs = split.bytes();
    if runs.len() > run.size && value.len() + runs.len() - run.size > longest {
        return Ok(Raised::NoRoom);
    }
    value.splice(found.at..found.at + run.size, runs);
    merge_neighbours(value, before.unwrap_or(found).at);
    Ok(Raised::Done)
}

/// The bytes of up to three runs.
#[derive(Default)]
struct Split {
    bytes: [u8; 5],
    len: usize,
}

impl Split {
    /// A run of which the register at `at` is raised to `rank`.
    fn of(run: Run, at: usize, rank: u8) -> Split {
        let mut split = Split::default();
        split.push(run.value, at);
        split.push(rank, 1);
        split.push(run.value, run.len - at - 1);
        split
    }

    /// Adds a run, which may be of no register at all.
    fn push(&mut self, value: u8, len: usize) {
        match (value, len) {
            (_, 0) => {}
            (0, 1..=SHORT_ZEROS) => self.push_byte((len - 1) as u8),
            (0, _) => {
                self.push_byte(0x40 | ((len - 1) >> 8) as u8);
                self.push_byte((len - 1) as u8);
            }
            _ => self.push_byte(run_of(value, len)),
        }
    }

    fn push_byte(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Makes one run of two neighbours of the same value, from the run at `at` on, some runs far.
fn merge_neighbours(value: &mut ValueBuf, mut at: usize) {
    for _ in 0..MERGED_RUNS {
        let Some(run) = value.get(at..).and_then(Run::read) else { return };
        match value.get(at + run.size..).and_then(Run::read) {
            Some(next)
                if run.value > 0 && next.value == run.value && run.len + next.len <= MAX_VALUES =>
            {
                let merged = run_of(run.value, run.len + next.len);
                value.splice(at..at + 2, &[merged]);
            }
            _ => at += run.size,
        }
    }
}
