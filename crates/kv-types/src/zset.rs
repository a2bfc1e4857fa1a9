//! Members in the order of their scores.

mod index;
mod iter;
mod leaf;
mod node;
mod place;
#[cfg(test)]
mod tests;
mod tree;

pub use iter::Iter;
pub use place::{Element, Place, order};
pub use tree::SortedTree;
