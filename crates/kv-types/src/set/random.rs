//! Members chosen by chance.

use fastrand::Rng;

use super::SetRef;
use crate::chance;
use crate::listpack::Value;

impl<'a> SetRef<'a> {
    /// A member, each as likely; `None` if there is none.
    pub fn random(self, rng: &mut Rng) -> Option<Value<'a>> {
        match self {
            SetRef::Table(table, now) => {
                table.random_live(now, rng).map(|entry| Value::Bytes(entry.key))
            }
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
        let len = self.len();
        if matches!(self, SetRef::Table(..)) && chance::are_few(count, len) {
            return chance::drawn(count, |member| *member, || self.random(rng));
        }
        chance::sample(self.iter(), len, count, rng)
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
