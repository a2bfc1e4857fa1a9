//! A hash table of short strings that keeps them in its buckets.
//!
//! A bucket is one [`Blob`] of about ten entries: a byte of each one's hash, its size, and its bytes. So an
//! entry takes a few bytes more than its key and value, a lookup reads two places in memory, and a change
//! writes one bucket anew. Buckets are split and joined one at a time (linear hashing), so no change takes
//! long, and a clone shares all buckets with the original until one of the two changes them.
//!
//! An entry may have a deadline. The table does not know the time: who reads asks [`Entry::is_live`], and
//! who may change the table calls [`Table::expire`].

use std::ops::ControlFlow;

use fastrand::Rng;

use crate::blob::Blob;
use crate::hashing::hash;
use crate::linear;
use crate::segments::Segments;
use crate::short;

mod bucket;
mod deadlines;
mod lanes;
mod long;
#[cfg(test)]
mod tests;

use bucket::{Body, Bucket, Entries, Raw};
use deadlines::Deadlines;
use long::Long;

/// A bucket is added when there are more entries than so many to each …
const LOAD: usize = 10;
/// … and the last one taken away when there are fewer than so many to each of the others.
const LOAD_MIN: usize = 6;
/// Cache lines that are asked for of a bucket in which a key is sought: most buckets have no more.
const BUCKET_LINES: usize = 6;
/// Buckets that a random entry is sought in, before it is sought in all from one on.
const RANDOM_TRIES: usize = 1000;

/// Of two tables, buckets are compared as a whole unless one has more than so many times the buckets of the
/// other: looking up each entry is quicker then.
const REACHED_MAX: usize = 4;

/// Strings, each with a value (which may be empty) and perhaps a deadline.
#[derive(Clone, Debug)]
pub struct Table {
    buckets: Segments<Blob, 64>,
    len: usize,
    /// Bytes that the buckets take.
    bytes: usize,
    /// No bucket has more entries.
    fullest: usize,
    long: Long,
    deadlines: Deadlines,
}

/// An entry of a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The string it is found by.
    pub key: &'a [u8],
    /// What belongs to it.
    pub value: &'a [u8],
    /// The last moment (milliseconds) at which it is there, if it has one.
    pub deadline: Option<u64>,
}

impl Entry<'_> {
    /// Whether its time is not over at `now` (milliseconds).
    #[inline]
    pub fn is_live(self, now: u64) -> bool {
        self.deadline.is_none_or(|at| now <= at)
    }
}

impl Default for Table {
    fn default() -> Table {
        let mut buckets = Segments::default();
        buckets.push(Blob::new());
        Table {
            buckets,
            len: 0,
            bytes: 0,
            fullest: 0,
            long: Long::default(),
            deadlines: Deadlines::default(),
        }
    }
}

/// The part of a hash that tells most entries of a bucket apart. The low bits have told the bucket.
#[inline]
fn fingerprint(hash: u64) -> u8 {
    (hash >> 56) as u8
}

impl Table {
    /// How many entries there are, those included whose time is over.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    fn view(&self, bucket: usize) -> Bucket<'_> {
        Bucket(self.buckets.get(bucket).bytes())
    }

    #[inline]
    fn entry<'a>(&'a self, raw: Raw<'a>) -> Entry<'a> {
        let (key, value) = match raw.body {
            Body::Short { key, value } => (key, value),
            Body::Long(number) => self.long.get(number),
        };
        Entry { key, value, deadline: raw.deadline }
    }

    /// Asks for what leads to a key with this hash: its place among the buckets at the first `step`, its
    /// bucket at the next; whether there is another one.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u64, step: usize) -> bool {
        let bucket = linear::bucket_of(hash, self.buckets.len());
        match step {
            0 => self.buckets.prefetch(bucket),
            _ => self.buckets.get(bucket).prefetch(BUCKET_LINES),
        }
        step == 0
    }

    /// Bucket and number of the entry of `key`, and the entry.
    #[inline]
    fn lookup(&self, key: &[u8], hash: u64) -> Option<((usize, usize), Entry<'_>)> {
        let bucket = linear::bucket_of(hash, self.buckets.len());
        self.buckets.get(bucket).prefetch(BUCKET_LINES);
        let (at, entry) = self.view(bucket).find_map(fingerprint(hash), |raw| {
            let entry = self.entry(raw);
            short::equal(entry.key, key).then_some(entry)
        })?;
        Some(((bucket, at), entry))
    }

    /// Bucket and number of the entry of `key`.
    #[inline]
    fn find(&self, key: &[u8], hash: u64) -> Option<(usize, usize)> {
        self.lookup(key, hash).map(|(place, _)| place)
    }

    /// The entry of `key`, whether its time is over or not.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<Entry<'_>> {
        self.lookup(key, hash(key)).map(|(_, entry)| entry)
    }

    /// Sets the value and the deadline of `key`; whether it is new.
    pub fn insert(&mut self, key: &[u8], value: &[u8], deadline: Option<u64>) -> bool {
        let hash = hash(key);
        let Some((place, there)) = self.lookup(key, hash) else {
            self.add(hash, key, value, deadline);
            return true;
        };
        let fits = there.value.len() == value.len() && there.deadline == deadline;
        match self.view(place.0).offset_of(there.value) {
            Some(start) if fits => {
                let bytes = self.buckets.get_mut(place.0).bytes_mut();
                bytes[start..start + value.len()].copy_from_slice(value);
            }
            _ => self.replace(place, hash, (key, value), deadline),
        }
        false
    }

    /// Adds `key`, unless it is there, whether its time is over or not; whether it was not.
    pub fn insert_new(&mut self, key: &[u8], value: &[u8], deadline: Option<u64>) -> bool {
        let hash = hash(key);
        let new = self.find(key, hash).is_none();
        if new {
            self.add(hash, key, value, deadline);
        }
        new
    }

    fn add(&mut self, hash: u64, key: &[u8], value: &[u8], deadline: Option<u64>) {
        self.len += 1;
        if self.len > self.buckets.len() * LOAD {
            self.grow();
        }
        let body = match bucket::is_short(key, value) {
            true => Body::Short { key, value },
            false => Body::Long(self.long.push(key, value)),
        };
        let bucket = linear::bucket_of(hash, self.buckets.len());
        let view = self.view(bucket);
        let fullest = self.fullest.max(view.len() + 1);
        let fresh = view.with(fingerprint(hash), Raw { deadline, body });
        self.fullest = fullest;
        self.put(bucket, fresh);
        self.deadlines.change(hash, None, deadline);
    }

    /// Gives the entry at `place` another value and another deadline.
    fn replace(
        &mut self,
        (bucket, at): (usize, usize),
        hash: u64,
        (key, value): (&[u8], &[u8]),
        deadline: Option<u64>,
    ) {
        let raw = self.view(bucket).entry(at);
        let before = raw.deadline;
        let body = match raw.body {
            Body::Long(number) if !bucket::is_short(key, value) => {
                self.long.set_value(number, value);
                Body::Long(number)
            }
            Body::Long(number) => {
                self.remove_long(number);
                Body::Short { key, value }
            }
            Body::Short { .. } if bucket::is_short(key, value) => Body::Short { key, value },
            Body::Short { .. } => Body::Long(self.long.push(key, value)),
        };
        let fresh = self.view(bucket).with_changed(at, Raw { deadline, body });
        self.put(bucket, fresh);
        self.deadlines.change(hash, before, deadline);
    }

    /// Sets or takes away the deadline of `key`; whether it is there.
    pub fn set_deadline(&mut self, key: &[u8], deadline: Option<u64>) -> bool {
        let hash = hash(key);
        let Some((bucket, at)) = self.find(key, hash) else { return false };
        let view = self.view(bucket);
        let raw = view.entry(at);
        let before = raw.deadline;
        if before != deadline {
            let fresh = view.with_changed(at, Raw { deadline, ..raw });
            self.put(bucket, fresh);
            self.deadlines.change(hash, before, deadline);
        }
        true
    }

    /// Removes `key`; whether it was there.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        let hash = hash(key);
        let found = self.find(key, hash);
        if let Some(place) = found {
            self.remove_at(place, hash);
        }
        found.is_some()
    }

    fn remove_at(&mut self, (bucket, at): (usize, usize), hash: u64) {
        let view = self.view(bucket);
        let raw = view.entry(at);
        let (deadline, number) = match raw {
            Raw { deadline, body: Body::Long(number) } => (deadline, Some(number)),
            Raw { deadline, body: Body::Short { .. } } => (deadline, None),
        };
        let fresh = view.without(at);
        self.put(bucket, fresh);
        if let Some(number) = number {
            self.remove_long(number);
        }
        self.len -= 1;
        self.deadlines.change(hash, deadline, None);
        if self.len < (self.buckets.len() - 1) * LOAD_MIN {
            self.shrink();
        }
    }

    /// Removes a long entry that no bucket names any more, or will not when this is done.
    fn remove_long(&mut self, number: u32) {
        if let Some(last) = self.long.last()
            && last != number
        {
            // The last one takes its number.
            let hash = hash(self.long.get(last).0);
            let bucket = linear::bucket_of(hash, self.buckets.len());
            let view = self.view(bucket);
            let names_last = |raw: Raw<'_>| matches!(raw.body, Body::Long(it) if it == last);
            if let Some(at) = view.find(fingerprint(hash), names_last) {
                let moved = Raw { body: Body::Long(number), ..view.entry(at) };
                let fresh = view.with_changed(at, moved);
                self.put(bucket, fresh);
            }
        }
        self.long.swap_remove(number);
    }

    /// Replaces a bucket.
    #[inline]
    fn put(&mut self, bucket: usize, fresh: Blob) {
        let place = self.buckets.get_mut(bucket);
        self.bytes = self.bytes + fresh.memory() - place.memory();
        *place = fresh;
    }

    /// Adds a bucket, which takes what belongs there from the one it is split from.
    fn grow(&mut self) {
        let buckets = self.buckets.len() + 1;
        let source = linear::split_from(buckets);
        let [stay, go] = self
            .view(source)
            .split(|raw| linear::bucket_of(hash(self.entry(raw).key), buckets) == buckets - 1);
        self.buckets.push(Blob::new());
        self.put(source, stay);
        self.put(buckets - 1, go);
    }

    /// Takes the last bucket away: what is there returns to the one it was split from.
    fn shrink(&mut self) {
        let target = linear::split_from(self.buckets.len());
        let Some(last) = self.buckets.pop() else { return };
        self.bytes -= last.memory();
        let joined = self.view(target).joined(Bucket(&last));
        self.fullest = self.fullest.max(Bucket(&joined).len());
        self.put(target, joined);
    }

    /// All entries, those included whose time is over.
    pub fn iter(&self) -> Iter<'_> {
        Iter { table: self, bucket: 0, entries: Entries::default() }
    }

    /// Shows `visit` the entries whose keys the other table has, too, each with that of the other, until it
    /// says that it is enough. Entries are shown whose time is over.
    ///
    /// It is quickest if this table is the smaller one.
    pub fn common<'a, B>(
        &'a self,
        other: &'a Table,
        mut visit: impl FnMut(Entry<'a>, Entry<'a>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let (buckets, others) = (self.buckets.len(), other.buckets.len());
        if others > buckets * REACHED_MAX {
            let mut both = self.iter().filter_map(|ours| Some((ours, other.get(ours.key)?)));
            return both.try_for_each(|(ours, theirs)| visit(ours, theirs));
        }
        // All tables have one hash, so the bucket of an entry tells where it is in the other.
        for bucket in 0..buckets {
            for reached in linear::reached(bucket, buckets, others) {
                self.view(bucket).pairs(other.view(reached), |ours, theirs| {
                    let (ours, theirs) = (self.entry(ours), other.entry(theirs));
                    match short::equal(ours.key, theirs.key) {
                        true => visit(ours, theirs),
                        false => ControlFlow::Continue(()),
                    }
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// How many buckets there are.
    pub fn bucket_count(&self) -> usize {
        self.buckets.len()
    }

    /// The entries of one bucket: for walks in steps, over a table that does not change meanwhile.
    ///
    /// # Panics
    /// If there are not so many buckets.
    #[inline]
    pub fn bucket(&self, at: usize) -> impl Iterator<Item = Entry<'_>> + Clone {
        self.view(at).iter().map(|raw| self.entry(raw))
    }

    /// Shows `visit` the entries at `cursor`, about a bucket's worth; 0 starts a walk. Returns the cursor to go
    /// on with, 0 when the walk is over.
    ///
    /// What is in the table from the start of a walk to its end is shown, however it changes meanwhile.
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(Entry<'a>)) -> u64 {
        linear::scan(cursor, self.buckets.len(), |bucket| self.bucket(bucket).for_each(&mut visit))
    }

    /// Shows `visit` entries whose time is not over at `now` (milliseconds), as [`scan`](Table::scan) does, until
    /// it has looked at `count` or is at the end. Returns the cursor to go on with, 0 at the end.
    pub fn scan_live<'a>(
        &'a self,
        mut cursor: u64,
        count: usize,
        now: u64,
        mut visit: impl FnMut(Entry<'a>),
    ) -> u64 {
        let mut seen = 0;
        loop {
            cursor = self.scan(cursor, |entry| {
                seen += 1;
                if entry.is_live(now) {
                    visit(entry);
                }
            });
            if cursor == 0 || seen >= count {
                return cursor;
            }
        }
    }

    /// Any entry, each as likely as any other, those included whose time is over.
    pub fn random(&self, rng: &mut Rng) -> Option<Entry<'_>> {
        if self.is_empty() {
            return None;
        }
        // A place in a bucket, whether there is an entry or not: so full buckets are not too rare.
        for _ in 0..RANDOM_TRIES {
            let view = self.view(rng.usize(..self.buckets.len()));
            let at = rng.usize(..self.fullest);
            if at < view.len() {
                return Some(self.entry(view.entry(at)));
            }
        }
        let first = rng.usize(..self.buckets.len());
        let all = (first..self.buckets.len()).chain(0..first);
        all.flat_map(|bucket| self.bucket(bucket)).next()
    }

    /// Any entry whose time is not over at `now` (milliseconds), each as likely as any other.
    pub fn random_live(&self, now: u64, rng: &mut Rng) -> Option<Entry<'_>> {
        for _ in 0..RANDOM_TRIES {
            let entry = self.random(rng)?;
            if entry.is_live(now) {
                return Some(entry);
            }
        }
        let live = self.live_len(now);
        if live == 0 {
            return None;
        }
        self.iter().filter(|entry| entry.is_live(now)).nth(rng.usize(..live))
    }

    /// The first moment (milliseconds) after which an entry's time is over, if one has a deadline.
    #[inline]
    pub fn earliest(&self) -> Option<u64> {
        self.deadlines.earliest()
    }

    /// How many entries there are whose time is not over at `now` (milliseconds). It takes time by the
    /// number of the others.
    #[inline]
    pub fn live_len(&self, now: u64) -> usize {
        self.len - self.deadlines.over(now)
    }

    /// Whether an entry has a deadline that is not over at `now` (milliseconds).
    pub fn has_deadlines(&self, now: u64) -> bool {
        self.deadlines.are_left(now)
    }

    /// Removes the entries whose time is over at `now` (milliseconds); how many.
    pub fn expire(&mut self, now: u64) -> usize {
        let mut expired = 0;
        while let Some((deadline, hash)) = self.deadlines.first()
            && now > deadline
        {
            let bucket = linear::bucket_of(hash, self.buckets.len());
            let is_it = |raw: Raw<'_>| {
                raw.deadline == Some(deadline) && self::hash(self.entry(raw).key) == hash
            };
            match self.view(bucket).find(fingerprint(hash), is_it) {
                Some(at) => {
                    self.remove_at((bucket, at), hash);
                    expired += 1;
                }
                None => {
                    debug_assert!(false, "a deadline of no entry");
                    self.deadlines.change(hash, Some(deadline), None);
                }
            }
        }
        expired
    }

    /// Frees a part at each step.
    pub fn dismantle(self) -> impl Iterator<Item = ()> {
        self.buckets.dismantle().chain(self.long.dismantle())
    }

    /// Bytes of memory that it takes, those included that it shares with clones.
    #[inline]
    pub fn memory(&self) -> usize {
        self.buckets.memory() + self.bytes + self.long.memory() + self.deadlines.memory()
    }
}

/// The entries of a [`Table`].
#[derive(Clone)]
pub struct Iter<'a> {
    table: &'a Table,
    /// The next bucket.
    bucket: usize,
    /// What is left of the one before.
    entries: Entries<'a>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Entry<'a>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            if let Some(raw) = self.entries.next() {
                return Some(self.table.entry(raw));
            }
            if self.bucket == self.table.buckets.len() {
                return None;
            }
            self.entries = self.table.view(self.bucket).iter();
            self.bucket += 1;
        }
    }
}
