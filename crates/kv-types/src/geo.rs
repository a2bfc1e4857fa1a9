//! Positions on the earth as scores of a sorted set, and what lies within a shape.
//!
//! The world (up to 85 degrees of latitude, as Web Mercator has it) is halved 26 times in each direction. A
//! position's score is the 52 bits of these choices, a bit of longitude and one of latitude in turn: so all
//! positions in a [`Cell`] of the grid, at any fineness, have scores that follow each other.
//!
//! Shapes, cells and distances are those of Redis, to the last digit: programs store and compare them.

mod cell;
mod shape;

pub use cell::{Area, Cell, STEPS};
pub use shape::Shape;

/// Most degrees of longitude, east or west.
pub const MAX_LONGITUDE: f64 = 180.0;
/// Most degrees of latitude, north or south.
pub const MAX_LATITUDE: f64 = 85.05112878;

/// Metres from the centre to the surface: the quadratic mean of the earth's radii.
const RADIUS: f64 = 6_372_797.560856;
/// One degree, as an angle.
const DEGREE: f64 = std::f64::consts::PI / 180.0;

/// A position, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

impl Position {
    /// Whether it is one that has a score.
    pub fn is_valid(self) -> bool {
        self.longitude.abs() <= MAX_LONGITUDE && self.latitude.abs() <= MAX_LATITUDE
    }

    /// Its score: that of the finest cell it is in.
    pub fn score(self) -> f64 {
        Cell::of(self, STEPS).bits() as f64
    }

    /// The position in the middle of the finest cell of a score.
    pub fn of_score(score: f64) -> Position {
        Cell::of_score(score).area().middle()
    }

    /// Metres to another position, along a great circle.
    pub fn distance(self, other: Position) -> f64 {
        let half = |from: f64, to: f64| ((to * DEGREE - from * DEGREE) / 2.0).sin();
        let across = half(self.longitude, other.longitude);
        if across == 0.0 {
            return self.distance_in_latitude(other);
        }
        let along = half(self.latitude, other.latitude);
        let cosines = (self.latitude * DEGREE).cos() * (other.latitude * DEGREE).cos();
        let haversine = along * along + cosines * across * across;
        2.0 * RADIUS * haversine.sqrt().asin()
    }

    /// Metres to the parallel of another position.
    fn distance_in_latitude(self, other: Position) -> f64 {
        RADIUS * (other.latitude * DEGREE - self.latitude * DEGREE).abs()
    }

    /// Its *geohash*, the text of 11 characters that others know positions by; the last is always `0`.
    pub fn geohash(self) -> [u8; 11] {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        // Latitudes go to the poles here.
        let bits = cell::interleaved(self, 90.0, STEPS);
        let mut text = [b'0'; 11];
        for (at, letter) in text[..10].iter_mut().enumerate() {
            *letter = ALPHABET[(bits >> (47 - 5 * at) & 31) as usize];
        }
        text
    }
}

#[cfg(test)]
mod tests;
