//! What leads to an element of a large collection is asked for ahead.

use crate::cache;
use crate::collection::Collection;
use crate::hashing::hash;

/// Has the processor fetch what a command will read of a large collection on its way to an element.
///
/// Each step reads what the one before has asked for. So a single one gains nothing; of several, for as many
/// commands, all take a step, then all the next one, and the processor waits for memory once for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Fetch<'a> {
    collection: &'a Collection,
    hash: u64,
    step: usize,
}

impl<'a> Fetch<'a> {
    /// What leads to `element` of `collection`; of a list, nothing.
    #[inline]
    pub fn new(collection: &'a Collection, element: &[u8]) -> Fetch<'a> {
        let start: *const Collection = collection;
        (0..size_of::<Collection>())
            .step_by(cache::LINE)
            .for_each(|at| cache::prefetch(start.wrapping_byte_add(at)));
        Fetch { collection, hash: hash(element), step: 0 }
    }

    /// Takes the next step; whether there is another one.
    #[inline]
    pub fn step(&mut self) -> bool {
        let step = self.step;
        self.step += 1;
        match self.collection {
            // Its ends are reached by one step each, which gains nothing.
            Collection::List(_) => false,
            Collection::Hash(table) => table.prefetch(self.hash, step),
            Collection::Set(set) => set.prefetch(self.hash, step),
            Collection::Zset(tree) => tree.prefetch(self.hash, step),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::{End, List};
    use crate::set::SetTable;
    use crate::zset::SortedTree;

    /// How many steps there are.
    fn steps(collection: &Collection, element: &[u8]) -> usize {
        let mut fetch = Fetch::new(collection, element);
        let mut steps = 1;
        while fetch.step() {
            steps += 1;
        }
        steps
    }

    #[test]
    fn there_are_as_many_steps_as_places_to_go_by() {
        let (mut list, mut set, mut zset) =
            (List::new(), SetTable::default(), SortedTree::default());
        for number in 0..2000 {
            let member = format!("member:{number}");
            list.push(End::Back, member.as_bytes());
            set.insert(member.as_bytes(), b"", None);
            zset.set(member.as_bytes(), f64::from(number));
        }
        let (list, set, zset) =
            (Collection::List(list), Collection::Set(set), Collection::Zset(zset));
        for element in [&b"member:1"[..], b"member:1999", b"missing", b""] {
            // None; the directory and a bucket; the same of the index, then a leaf's place and the leaf.
            assert_eq!([&list, &set, &zset].map(|it| steps(it, element)), [1, 2, 4]);
        }
    }

    #[test]
    fn nothing_leads_to_elements_of_empty_collections() {
        for empty in [
            Collection::List(List::new()),
            Collection::Set(SetTable::default()),
            Collection::Zset(SortedTree::default()),
        ] {
            assert!(steps(&empty, b"element") > 0);
        }
    }
}
