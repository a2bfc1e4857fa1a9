//! Registers while they are worked with: a byte each.

use super::element::Element;
use super::{Encoding, Fault, Hll, REGISTERS, dense, estimate, sparse};

/// All registers of a HyperLogLog, or the highest of several.
#[derive(Clone, Debug)]
pub struct Registers([u8; REGISTERS]);

impl Default for Registers {
    fn default() -> Registers {
        Registers::new()
    }
}

impl Registers {
    /// Those of an empty one.
    pub fn new() -> Registers {
        Registers([0; REGISTERS])
    }

    /// Each one's value, 0 to 63.
    pub fn values(&self) -> &[u8; REGISTERS] {
        &self.0
    }

    /// Raises each to that of `other`, if that is higher: they are then those of both sets together.
    ///
    /// # Errors
    /// [`Fault::Corrupt`]; some may have been raised then.
    pub fn merge(&mut self, other: Hll<'_>) -> Result<(), Fault> {
        match other.encoding() {
            Encoding::Dense => dense::merge(other.registers(), &mut self.0),
            Encoding::Sparse => sparse::merge(other.registers(), &mut self.0)?,
        }
        Ok(())
    }

    /// Counts, as [`Hll::count`] does.
    pub fn count(&self) -> u64 {
        let mut histogram = [0; 64];
        self.0.iter().for_each(|value| histogram[usize::from(value % 64)] += 1);
        estimate::cardinality(&histogram)
    }

    /// Elements that leave these registers, in their order.
    pub(super) fn elements(&self) -> impl Iterator<Item = Element> + '_ {
        let elements = self.0.iter().enumerate();
        elements.filter(|(_, rank)| **rank > 0).map(|(register, &rank)| Element { register, rank })
    }
}
