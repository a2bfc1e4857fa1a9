//! PLACEHOLDER until kv_types::table is there.
#![allow(missing_docs)]
use std::collections::BTreeMap;
use std::collections::btree_map;

use fastrand::Rng;

use crate::listpack::{Digits, Value};

#[derive(Clone, Debug, Default)]
pub struct SetTable {
    map: BTreeMap<Vec<u8>, Option<u64>>,
}

fn live(deadline: &Option<u64>, now: u64) -> bool {
    deadline.is_none_or(|at| now <= at)
}

#[derive(Clone)]
pub struct Iter<'a>(btree_map::Iter<'a, Vec<u8>, Option<u64>>, u64);

impl<'a> Iterator for Iter<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        let now = self.1;
        self.0.find(|(_, d)| live(d, now)).map(|(m, _)| &m[..])
    }
}

impl SetTable {
    pub fn dismantle(self) -> impl Iterator<Item = ()> {
        self.map.into_iter().map(drop)
    }
    pub fn len(&self) -> usize {
        self.map.len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn memory(&self) -> usize {
        self.map.len() * 64
    }
    pub fn earliest(&self) -> Option<u64> {
        self.map.values().flatten().min().copied()
    }
    pub fn live_len(&self, now: u64) -> usize {
        self.iter(now).count()
    }
    pub fn expire(&mut self, now: u64) -> usize {
        let before = self.len();
        self.map.retain(|_, d| live(d, now));
        before - self.len()
    }
    pub fn contains(&self, member: &[u8], now: u64) -> bool {
        self.map.get(member).is_some_and(|d| live(d, now))
    }
    pub fn deadline(&self, member: &[u8], now: u64) -> Option<Option<u64>> {
        self.map.get(member).copied().filter(|d| live(d, now))
    }
    pub fn insert(&mut self, member: &[u8]) -> bool {
        if self.map.contains_key(member) {
            return false;
        }
        self.map.insert(member.to_vec(), None);
        true
    }
    pub fn set_deadline(&mut self, member: &[u8], deadline: Option<u64>) -> bool {
        self.map.get_mut(member).map(|d| *d = deadline).is_some()
    }
    pub fn remove(&mut self, member: &[u8]) -> bool {
        self.map.remove(member).is_some()
    }
    pub fn iter(&self, now: u64) -> Iter<'_> {
        Iter(self.map.iter(), now)
    }
    pub fn random(&self, now: u64, rng: &mut Rng) -> Option<&[u8]> {
        let n = self.live_len(now);
        if n == 0 { None } else { self.iter(now).nth(rng.usize(..n)) }
    }
    pub fn scan<'a>(
        &'a self,
        _cursor: u64,
        _count: usize,
        now: u64,
        visit: impl FnMut(&'a [u8]),
    ) -> u64 {
        self.iter(now).for_each(visit);
        0
    }
}

impl<'m> FromIterator<Value<'m>> for SetTable {
    fn from_iter<I: IntoIterator<Item = Value<'m>>>(members: I) -> SetTable {
        let (mut table, mut digits) = (SetTable::default(), Digits::new());
        for member in members {
            table.insert(member.text(&mut digits));
        }
        table
    }
}
