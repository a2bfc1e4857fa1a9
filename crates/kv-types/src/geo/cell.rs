//! Cells of the grid.

use std::ops::Range;

use super::{MAX_LATITUDE, MAX_LONGITUDE, Position};

/// How often the finest cells are halved in each direction.
pub const STEPS: u32 = 26;

/// Bits of latitude in the bits of a cell; those of longitude lie between them.
const LATITUDE: u64 = 0x5555_5555_5555_5555;

/// A cell of the grid: what is left of the world when it is halved so often in each direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    bits: u64,
    steps: u32,
}

/// What a cell covers, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// The south-western corner.
    pub min: Position,
    /// The north-eastern corner.
    pub max: Position,
}

impl Area {
    /// The position in the middle.
    pub fn middle(self) -> Position {
        let middle = |min: f64, max: f64, most: f64| ((min + max) / 2.0).clamp(-most, most);
        Position {
            longitude: middle(self.min.longitude, self.max.longitude, MAX_LONGITUDE),
            latitude: middle(self.min.latitude, self.max.latitude, MAX_LATITUDE),
        }
    }
}

impl Cell {
    /// The cell of a position after so many steps.
    pub fn of(position: Position, steps: u32) -> Cell {
        Cell { bits: interleaved(position, MAX_LATITUDE, steps), steps }
    }

    /// The finest cell of a score, whatever the score is: one that is no cell's is read as the machines do that
    /// Redis mostly runs on.
    pub fn of_score(score: f64) -> Cell {
        const TOO_LARGE: f64 = (1u128 << 64) as f64;
        let bits = match score {
            score if score < 0.0 => score as i64 as u64,
            score if score < TOO_LARGE => score as u64,
            _ => 0,
        };
        Cell { bits, steps: STEPS }
    }

    /// Its bits.
    pub fn bits(self) -> u64 {
        self.bits
    }

    /// The scores of all positions in it, that of the end apart.
    pub fn scores(self) -> Range<f64> {
        let unused = 2 * (STEPS - self.steps);
        (self.bits << unused) as f64..((self.bits + 1) << unused) as f64
    }

    /// What it covers.
    pub fn area(self) -> Area {
        let degrees = |at: u32, most: f64| {
            -most + f64::from(at) / (1u64 << self.steps) as f64 * (most - -most)
        };
        let (longitude, latitude) = (every_other(self.bits >> 1), every_other(self.bits));
        let corner = |longitude: u32, latitude: u32| Position {
            longitude: degrees(longitude, MAX_LONGITUDE),
            latitude: degrees(latitude, MAX_LATITUDE),
        };
        Area {
            min: corner(longitude, latitude),
            max: corner(longitude.wrapping_add(1), latitude.wrapping_add(1)),
        }
    }

    /// The cell so many cells to the east and to the north, each -1, 0 or 1. Whoever leaves the world comes back
    /// on its other side. (The eastern and the northern edge of the world lie in no cell: 0 stays there.)
    pub fn neighbour(self, east: i32, north: i32) -> Cell {
        let used = u64::MAX >> (64 - 2 * self.steps);
        let moved = |direction: u64, by: i32| {
            let mask = direction & used;
            match by {
                // The bits of the other direction are set, so that a carry passes over them …
                1 => (self.bits | !mask).wrapping_add(1) & mask,
                // … or empty, for a borrow.
                -1 => (self.bits & mask).wrapping_sub(mask & mask.wrapping_neg()) & mask,
                _ => self.bits & direction,
            }
        };
        Cell { bits: moved(!LATITUDE, east) | moved(LATITUDE, north), steps: self.steps }
    }
}

/// The bits of a position's longitude and latitude in turn, latitudes going to `most` degrees.
pub(super) fn interleaved(position: Position, most: f64, steps: u32) -> u64 {
    let fraction = |degrees: f64, most: f64| {
        ((degrees - -most) / (most - -most) * (1u64 << steps) as f64) as u32
    };
    let latitude = spread(fraction(position.latitude, most));
    latitude | spread(fraction(position.longitude, MAX_LONGITUDE)) << 1
}

/// Puts a zero bit in front of each bit.
fn spread(bits: u32) -> u64 {
    let mut bits = u64::from(bits);
    for (shift, mask) in [
        (16, 0x0000_FFFF_0000_FFFF),
        (8, 0x00FF_00FF_00FF_00FF),
        (4, 0x0F0F_0F0F_0F0F_0F0F),
        (2, 0x3333_3333_3333_3333),
        (1, LATITUDE),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// Every other bit, from the lowest on.
fn every_other(bits: u64) -> u32 {
    let mut bits = bits & LATITUDE;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0F0F_0F0F_0F0F_0F0F),
        (4, 0x00FF_00FF_00FF_00FF),
        (8, 0x0000_FFFF_0000_FFFF),
        (16, 0x0000_0000_FFFF_FFFF),
    ] {
        bits = (bits | bits >> shift) & mask;
    }
    bits as u32
}
