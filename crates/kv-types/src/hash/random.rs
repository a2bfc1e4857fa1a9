//! Fields chosen by chance.

use fastrand::Rng;

use super::{HashRef, Pair, pair};
use crate::chance;

impl<'a> HashRef<'a> {
    /// A field with its value, each as likely; `None` if there is none.
    pub fn random(self, rng: &mut Rng) -> Option<Pair<'a>> {
        match self {
            HashRef::Table(table, now) => table.random_live(now, rng).map(pair),
            empty if empty.is_empty() => None,
            HashRef::Listpack(list) => {
                let (field, at) = list.entry(list.seek(2 * rng.usize(..list.len() / 2))?)?;
                list.entry(at).map(|(value, _)| (field, value))
            }
        }
    }

    /// `count` different fields with their values, or all there are; each choice is as likely. Their order
    /// is no matter of chance.
    pub fn sample(self, count: usize, rng: &mut Rng) -> Vec<Pair<'a>> {
        let len = self.len();
        if matches!(self, HashRef::Table(..)) && chance::are_few(count, len) {
            return chance::drawn(count, |(field, _)| *field, || self.random(rng));
        }
        chance::sample(self.iter(), len, count, rng)
    }

    /// `count` fields with their values, each chosen among all, until `visit` says that it is enough.
    pub fn draws(self, count: usize, rng: &mut Rng, mut visit: impl FnMut(Pair<'a>) -> bool) {
        if let HashRef::Table(..) = self {
            (0..count).map_while(|_| self.random(rng)).all(visit);
            return;
        }
        // An entry of a listpack is only found by a walk: that is done once.
        let pairs: Vec<Pair<'a>> = self.iter().collect();
        if !pairs.is_empty() {
            (0..count).all(|_| visit(pairs[rng.usize(..pairs.len())]));
        }
    }
}
