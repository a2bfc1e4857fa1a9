//! From registers to a count: the estimator of Otmar Ertl, "New cardinality estimation algorithms for
//! HyperLogLog sketches" (2017), in the order of steps that Redis computes it in, so that all bits of
//! the result are the same.

use super::REGISTERS;
use super::element::MAX_RANK;

/// How many registers have each value.
pub(super) type Histogram = [u32; 64];

/// 1 / (2 ln 2)
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// The number of elements that leave registers like these.
pub(super) fn cardinality(histogram: &Histogram) -> u64 {
    let most = usize::from(MAX_RANK);
    let registers = REGISTERS as f64;
    let mut sum = registers * tau((registers - f64::from(histogram[most])) / registers);
    for count in histogram[1..most].iter().rev() {
        sum = (sum + f64::from(*count)) * 0.5;
    }
    sum += registers * sigma(f64::from(histogram[0]) / registers);
    (ALPHA * registers * registers / sum).round() as u64
}

/// What the registers of the highest value add, of which the others are a part of `x`.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        y *= 0.5;
        let before = z;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

/// What the registers that are zero add, which are a part of `x` of all.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}
