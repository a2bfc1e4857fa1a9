//! Members chosen by chance.

use std::collections::HashSet;

use fastrand::Rng;

use super::SetRef;
use crate::hashing;
use crate::listpack::Value;

/// Of a table, members are drawn one by one if they are at most the so manieth part of all; else it is
/// walked once.
const DRAWN_PART: usize = 4;

impl<'a> SetRef<'a> {
    /// A member, each as likely; `None` if there is none.
    pub fn random(self, rng: &mut Rng) -> Option<Value<'a>> {
        match self {
            SetRef::Table(table, now) => table.random(now, rng).map(Value::Bytes),
            empty if empty.is_empty() => None,
            SetRef::Ints(set) => set.get(rng.usize(..set.len())).map(Value::Int),
            SetRef::Listpack(list) => {
                let at = list.seek(rng.usize(..list.len()))?;
                list.entry(at).map(|(member, _)| member)
            }
        }
    }

    /// `count` different members, or all there are; each choice is as likely. Their order is no matter of
    /// chance.
    pub fn sample(self, count: usize, rng: &mut Rng) -> Vec<Value<'a>> {
        let mut left = self.len();
        let mut wanted = count.min(left);
        if matches!(self, SetRef::Table(..)) && wanted < left / DRAWN_PART {
            return self.drawn(wanted, rng);
        }
        let mut chosen = Vec::with_capacity(wanted);
        for member in self {
            // So many of those that are left are wanted, each as likely as another.
            if rng.usize(..left) < wanted {
                chosen.push(member);
                wanted -= 1;
                if wanted == 0 {
                    break;
                }
            }
            left -= 1;
        }
        chosen
    }

    /// `count` different members of many more, drawn one by one; what has been drawn before is put back.
    fn drawn(self, count: usize, rng: &mut Rng) -> Vec<Value<'a>> {
        let mut chosen = HashSet::with_capacity_and_hasher(count, hashing::state());
        while chosen.len() < count
            && let Some(member) = self.random(rng)
        {
            chosen.insert(member);
        }
        chosen.into_iter().collect()
    }

    /// `count` members, each chosen among all, until `visit` says that it is enough.
    pub fn draws(self, count: usize, rng: &mut Rng, mut visit: impl FnMut(Value<'a>) -> bool) {
        if let SetRef::Table(..) = self {
            (0..count).map_while(|_| self.random(rng)).all(visit);
            return;
        }
        // An entry of a listpack is only found by a walk: that is done once.
        let members: Vec<Value<'a>> = self.iter().collect();
        if !members.is_empty() {
            (0..count).all(|_| visit(members[rng.usize(..members.len())]));
        }
    }
}
