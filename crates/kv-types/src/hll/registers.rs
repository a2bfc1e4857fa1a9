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
            Encoding::Dense => self.raise_all(&dense::read(other.registers())),
            Encoding::Sparse => sparse::merge(other.registers(), &mut self.0)?,
        }
        Ok(())
    }

    /// Raises each to one of these, if that is higher.
    pub(super) fn raise_all(&mut self, others: &[u8; REGISTERS]) {
        self.0.iter_mut().zip(others).for_each(|(value, other)| *value = (*value).max(*other));
    }

    /// Counts, as [`Hll::count`] does.
    pub fn count(&self) -> u64 {
        estimate::cardinality(&dense::histogram(&self.0))
    }

    /// Elements that leave these registers, in their order.
    pub(super) fn elements(&self) -> impl Iterator<Item = Element> + '_ {
        let elements = self.0.iter().enumerate();
        elements.filter(|(_, rank)| **rank > 0).map(|(register, &rank)| Element { register, rank })
    }
}
