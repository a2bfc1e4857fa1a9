//! Collections in a record: small ones packed behind the key, large ones behind a pointer.

use std::mem;
use std::ops::{Deref, DerefMut, Range};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{
    COLLECTION, DEADLINE, Header, INTS, KIND_MASK, Kind, OUTSIDE, Record, TIMED, tail_offset,
};
use crate::buffer::Buffer;
use crate::collection::{Collection, Form};
use crate::listpack::{self, Listpack};
use crate::{intset, short, slab};

/// Most bytes of a collection that is packed in its record: what a length of 16 bits can say.
pub const PACKED_MAX: usize = u16::MAX as usize;

/// Most bytes of a packed collection without elements, in either form; those of one element are more.
const PACKED_NONE: usize = intset::EMPTY.len();
const _: () = assert!(listpack::EMPTY.len() <= PACKED_NONE);

/// A pointer to a collection lies in the record.
pub(super) type Large = Box<Collection>;
const LARGE: usize = size_of::<Large>();

impl Record {
    /// A record of `key` with an empty collection of `kind`; `deadline` in milliseconds, if it has one.
    ///
    /// # Panics
    /// If `kind` is not that of a collection.
    pub fn collection(key: &[u8], kind: Kind, deadline: Option<u64>) -> Record {
        Record::packed(key, kind, &listpack::EMPTY, false, deadline)
    }

    /// A record of `key` with a packed collection of `kind`: the bytes of a set of integers if `ints`,
    /// else of a listpack, well formed in either case.
    ///
    /// # Panics
    /// If `kind` is not that of a collection, or the bytes are more than [`PACKED_MAX`].
    pub fn packed(
        key: &[u8],
        kind: Kind,
        bytes: &[u8],
        ints: bool,
        deadline: Option<u64>,
    ) -> Record {
        assert!(kind as u32 & COLLECTION != 0 && bytes.len() <= PACKED_MAX);
        let meta = kind as u32 | if ints { INTS } else { 0 };
        let (record, tail_at) = Record::head(key, meta, bytes.len(), deadline);
        // SAFETY: `head` has made room for as many bytes there, and they are other memory.
        unsafe {
            let tail = record.0.as_ptr().cast::<u8>().add(tail_at);
            ptr::copy_nonoverlapping(bytes.as_ptr(), tail, bytes.len());
        }
        record
    }

    /// A record of `key` with a large collection.
    pub fn large(key: &[u8], collection: Collection, deadline: Option<u64>) -> Record {
        Record::with_large(key, Box::new(collection), deadline)
    }

    fn with_large(key: &[u8], large: Large, deadline: Option<u64>) -> Record {
        let timed = if large.earliest().is_some() { TIMED } else { 0 };
        let meta = large.kind() as u32 | OUTSIDE | timed;
        let (record, _) = Record::head(key, meta, LARGE, deadline);
        // SAFETY: `head` has made room for a pointer there, aligned, and nothing is there yet.
        unsafe { record.large_place().write(large) };
        record
    }

    /// Where the pointer lies.
    #[inline]
    fn large_place(&self) -> *mut Large {
        debug_assert!(self.has(OUTSIDE) && self.meta() & COLLECTION != 0);
        self.at(self.tail_at()).cast()
    }

    #[inline]
    fn is_large(&self) -> bool {
        let meta = self.meta();
        meta & OUTSIDE != 0 && meta & COLLECTION != 0
    }

    /// The collection, if it is a large one.
    #[inline]
    pub fn large_ref(&self) -> Option<&Collection> {
        // SAFETY: the flags say that a pointer lies there; `tail_at` aligns it.
        self.is_large().then(|| unsafe { &**self.large_place() })
    }

    /// How the elements are held, if the value is a collection.
    #[inline]
    pub fn form(&self) -> Option<Form<'_>> {
        let meta = self.meta();
        if meta & COLLECTION == 0 {
            return None;
        }
        Some(match self.large_ref() {
            Some(collection) => Form::Large(collection),
            None if meta & INTS != 0 => Form::Ints(self.value()),
            None => Form::Listpack(Listpack::new(self.value())),
        })
    }

    /// Whether the value is a collection without elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        let meta = self.meta();
        match self.large_ref() {
            _ if meta & COLLECTION == 0 => false,
            Some(collection) => collection.is_empty(),
            None => usize::from(self.header().value_len) <= PACKED_NONE,
        }
    }

    /// The bytes of a packed collection, to be changed.
    ///
    /// # Panics
    /// If the value is no packed collection.
    #[inline]
    pub fn packed_mut(&mut self) -> Tail<'_> {
        assert!(self.meta() & COLLECTION != 0 && !self.has(OUTSIDE), "not packed");
        Tail(self)
    }

    /// The large collection, to be changed.
    #[inline]
    pub fn large_mut(&mut self) -> Option<LargeMut<'_>> {
        if !self.is_large() {
            return None;
        }
        // SAFETY: the flags say that a pointer lies there, aligned, and the record is exclusive.
        let collection = unsafe { &mut **self.large_place() };
        Some(LargeMut { meta: &self.header().meta, collection })
    }

    /// Replaces the collection by a packed one of the same kind: the bytes of a set of integers if
    /// `ints`, else of a listpack. Key and deadline stay.
    ///
    /// # Panics
    /// As [`packed`](Record::packed).
    pub fn set_packed(&mut self, bytes: &[u8], ints: bool) {
        let kind = self.kind();
        self.replace_record(|key, deadline| Record::packed(key, kind, bytes, ints, deadline));
    }

    /// Replaces the value by a large collection. Key and deadline stay.
    pub fn set_large(&mut self, collection: Collection) {
        self.replace_record(|key, deadline| Record::large(key, collection, deadline));
    }

    /// Whether elements have deadlines.
    #[inline]
    pub fn is_timed(&self) -> bool {
        self.has(TIMED)
    }

    /// The first moment (milliseconds) after which the key's time is over, or that of some of its elements.
    #[inline]
    pub fn due(&self) -> Option<u64> {
        let meta = self.meta();
        if meta & (DEADLINE | TIMED) == 0 {
            return None;
        }
        let elements = self.large_ref().and_then(Collection::earliest);
        self.deadline().into_iter().chain(elements).min()
    }

    /// Whether the time of the key, or of all its elements, is over at `now` (milliseconds).
    #[inline]
    pub fn is_over(&self, now: u64) -> bool {
        let meta = self.meta();
        meta & (DEADLINE | TIMED) != 0 && self.is_over_at(now)
    }

    fn is_over_at(&self, now: u64) -> bool {
        self.deadline().is_some_and(|at| now > at)
            || self.has(TIMED) && self.large_ref().is_some_and(|large| large.is_over(now))
    }

    /// Whether elements have deadlines, and the first of those is before `now` (milliseconds).
    #[inline]
    pub fn has_due_elements(&self, now: u64) -> bool {
        self.has(TIMED)
            && self.large_ref().and_then(Collection::earliest).is_some_and(|at| now > at)
    }

    /// The same collection under another key.
    pub(super) fn collection_with_key(&self, key: &[u8]) -> Record {
        match self.large_ref() {
            Some(collection) => Record::large(key, collection.clone(), self.deadline()),
            None => {
                let ints = self.has(INTS);
                Record::packed(key, self.kind(), self.value(), ints, self.deadline())
            }
        }
    }

    /// Moves a collection into a new allocation, for a deadline field.
    pub(super) fn move_collection(&mut self, deadline: Option<u64>) {
        let moved = if self.has(OUTSIDE) {
            // SAFETY: there is one, and the old record is given back without it.
            let large = unsafe { self.take_large() };
            Record::with_large(self.key(), large, deadline)
        } else {
            Record::packed(self.key(), self.kind(), self.value(), self.has(INTS), deadline)
        };
        moved.touch(self.touched());
        mem::replace(self, moved).give_back();
    }

    /// Frees the record but for its large collection, which is handed back if there is one.
    pub fn into_large(mut self) -> Option<Collection> {
        self.large_ref()?;
        // SAFETY: there is one, and the record is given back without it.
        let large = unsafe { self.take_large() };
        self.give_back();
        Some(*large)
    }

    /// Frees the record alone, not what it points to.
    fn give_back(self) {
        // SAFETY: the type's invariant; the record is forgotten, so it is freed once.
        unsafe { slab::free(self.0.cast(), self.len()) };
        mem::forget(self);
    }

    /// Takes the collection out of a record that is about to be freed.
    ///
    /// # Safety
    /// The value is a large collection, and nobody looks at it again, not even when the record is dropped.
    pub(super) unsafe fn take_large(&mut self) -> Large {
        // SAFETY: a pointer lies there, and this is the last time that it is read.
        unsafe { self.large_place().read() }
    }
}

/// The bytes of a collection that is packed in its record.
///
/// At most [`PACKED_MAX`]: who adds to them makes the collection large instead.
pub struct Tail<'r>(&'r mut Record);

impl Buffer for Tail<'_> {
    #[inline]
    fn bytes(&self) -> &[u8] {
        self.0.value()
    }

    fn splice(&mut self, range: Range<usize>, parts: &[&[u8]]) {
        let record = &mut *self.0;
        let (tail_at, len) = (record.tail_at(), usize::from(record.header().value_len));
        assert!(range.start <= range.end && range.end <= len, "{range:?} of {len} bytes");
        let added: usize = parts.iter().map(|part| part.len()).sum();
        let fresh = len - range.len() + added;
        assert!(fresh <= PACKED_MAX, "a packed collection of {fresh} bytes");
        let (hole, rest) = (tail_at + range.start, tail_at + range.end);
        let same_class =
            slab::size_of_class_for(tail_at + fresh) == slab::size_of_class_for(tail_at + len);
        let from = record.0.as_ptr().cast::<u8>();
        let to = if same_class { from } else { slab::allocate(tail_at + fresh).as_ptr() };
        // SAFETY: both allocations are long enough: `tail_at + len` bytes are written in the old one,
        // and `tail_at + fresh` have room in the new one (which may be the same, hence `copy`, and the
        // rest before the hole is filled). `parts` are other memory: `record` is exclusive.
        unsafe {
            ptr::copy(from.add(rest), to.add(hole + added), len - range.end);
            if !same_class {
                ptr::copy_nonoverlapping(from, to, hole);
            }
            let mut at = ptr::NonNull::new_unchecked(to).add(hole);
            for part in parts {
                short::copy(part, at);
                at = at.add(part.len());
            }
            if !same_class {
                let moved = Record(ptr::NonNull::new_unchecked(to).cast::<Header>());
                mem::replace(record, moved).give_back();
            }
            (*record.0.as_ptr()).value_len = fresh as u16;
        }
    }

    fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        let len = usize::from(self.0.header().value_len);
        assert!(at + bytes.len() <= len);
        // SAFETY: so many bytes lie there, and the record is exclusive, so `bytes` are other memory.
        unsafe {
            let to = self.0.at(self.0.tail_at() + at);
            short::copy(bytes, ptr::NonNull::new_unchecked(to));
        }
    }
}

/// A large collection, to be changed: its record notes what it must when this is dropped.
pub struct LargeMut<'r> {
    /// The record's.
    meta: &'r AtomicU32,
    collection: &'r mut Collection,
}

impl Deref for LargeMut<'_> {
    type Target = Collection;

    #[inline]
    fn deref(&self) -> &Collection {
        self.collection
    }
}

impl DerefMut for LargeMut<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Collection {
        self.collection
    }
}

impl Drop for LargeMut<'_> {
    #[inline]
    fn drop(&mut self) {
        let (kind, timed) = (self.kind() as u32, self.earliest().is_some());
        let meta = self.meta.load(Ordering::Relaxed);
        let meta = meta & !(KIND_MASK | TIMED) | kind | if timed { TIMED } else { 0 };
        self.meta.store(meta, Ordering::Relaxed);
    }
}

const _: () = assert!(align_of::<Large>() == 8 && tail_offset(OUTSIDE, 1) == 8);

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::hash::HashTable;
    use crate::set::SetTable;

    type Splice = (usize, usize, Vec<u8>, Option<Option<u64>>);

    fn splice() -> impl Strategy<Value = Splice> {
        (any::<usize>(), any::<usize>(), vec(any::<u8>(), 0..60), any::<Option<Option<u64>>>())
    }

    proptest! {
        #[test]
        fn packed_bytes_are_edited_as_a_vector(
            key in vec(any::<u8>(), 0..40),
            steps in vec(splice(), 0..40),
        ) {
            let mut record = Record::packed(&key, Kind::Set, b"", true, None);
            let (mut model, mut deadline) = (Vec::<u8>::new(), None);
            record.touch(77);
            for (start, end, added, changed) in steps {
                let start = start % (model.len() + 1);
                let end = start + end % (model.len() - start + 1);
                let (first, second) = added.split_at(added.len() / 3);
                record.packed_mut().splice(start..end, &[first, second]);
                model.splice(start..end, added);
                if let Some(changed) = changed {
                    deadline = changed.map(|at| at.min(u64::MAX - 1));
                    record.set_deadline(deadline);
                }
                prop_assert_eq!(record.key(), &key[..]);
                prop_assert_eq!((record.deadline(), record.touched()), (deadline, 77));
                prop_assert!(matches!(record.form(), Some(Form::Ints(bytes)) if bytes == model));
                let copy = record.with_key(b"other");
                prop_assert!(matches!(copy.form(), Some(Form::Ints(bytes)) if bytes == model));
            }
        }
    }

    #[test]
    fn forms_follow_each_other() {
        let mut record = Record::collection(b"key", Kind::Hash, Some(9));
        assert!(matches!(record.form(), Some(Form::Listpack(list)) if list.is_empty()));
        record.set_large(Collection::Hash(HashTable::default()));
        assert!(matches!(record.form(), Some(Form::Large(Collection::Hash(_)))));
        assert!(record.large_mut().is_some());
        assert_eq!(
            (record.key(), record.deadline(), record.kind()),
            (&b"key"[..], Some(9), Kind::Hash)
        );
        assert!(record.memory() > size_of::<Collection>());
        record.set_deadline(None);
        let copy = record.with_key(b"other");
        assert!(matches!(copy.form(), Some(Form::Large(Collection::Hash(_)))));
        let mut plain = Record::large(b"k", Collection::Set(SetTable::default()), None);
        plain.set_deadline(Some(5));
        assert_eq!((plain.kind(), plain.deadline(), plain.due()), (Kind::Set, Some(5), Some(5)));
        assert!(plain.is_over(6) && !plain.is_over(5));
        plain.set_value(Kind::String, b"text");
        assert_eq!(
            (plain.kind(), plain.value(), plain.form().is_none()),
            (Kind::String, &b"text"[..], true)
        );
        record.set_packed(&listpack::EMPTY, false);
        assert!(matches!(record.form(), Some(Form::Listpack(_))));
        assert!(record.large_mut().is_none());
    }
}
