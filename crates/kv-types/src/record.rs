//! The record: a key, its value and its deadline in one allocation behind an 8-byte pointer.
//!
//! ```text
//! ┌ header 8 ───────────────────────────┬ optional ────────────────┬──────┬─────────────────────┐
//! │ meta:u32 │ key_len:u16 │ value_len:u16 │ wide:u64 │ deadline:u64 │ key  │ value, or pointer 8 │
//! └─────────────────────────────────────┴──────────────────────────┴──────┴─────────────────────┘
//! meta: kind (3 bits) │ flags (5 bits) │ access clock (24 bits)
//! ```
//!
//! - `wide` is there for keys of 64 KiB and more and holds their length.
//! - `deadline` is there once the key has had a time to live; [`NO_DEADLINE`] means it has none now.
//! - A value up to [`INLINE_MAX`] bytes lies behind the key; a longer one is shared (`Arc`): a copy of
//!   the key, or a reader that is slower than the lock may last, holds it without copying it.
//!
//! Allocations come in size classes ([`size_class`]), so an overwrite of about the same length
//! happens in place.

#![expect(unsafe_code, reason = "the record manages its own allocation")]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Longest value, in bytes, that lies in the record itself.
pub const INLINE_MAX: usize = 4096;

/// The deadline field of a record whose time to live was taken away again.
const NO_DEADLINE: u64 = u64::MAX;
/// The `key_len` of a record whose key length is in the `wide` field.
const WIDE_KEY: u16 = u16::MAX;
/// Size of the pointer that stands for a value longer than [`INLINE_MAX`].
const POINTER: usize = size_of::<*const Vec<u8>>();
/// Every record is aligned for its header's and its optional fields' words.
const ALIGN: usize = 8;

const KIND_MASK: u32 = 0b111;
const DEADLINE: u32 = 1 << 3;
const SHARED: u32 = 1 << 4;
const EDITED: u32 = 1 << 5;
const ACCESS_SHIFT: u32 = 8;
/// The access clock counts in 24 bits and wraps.
const ACCESS_MASK: u32 = (1 << 24) - 1;

/// What a record's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A string of bytes.
    String = 0,
    /// One encoded frame of the native dialect (a number, null, array, dictionary …), as it was sent.
    Frame = 1,
}

#[repr(C)]
struct Header {
    /// Kind and flags change only through `&mut`; the access clock also through `&`, hence atomic.
    meta: AtomicU32,
    key_len: u16,
    value_len: u16,
}

/// A key with its value and deadline: one pointer to one allocation.
///
/// Invariant: the pointer is to a live allocation of `layout()`, written by `build`.
#[repr(transparent)]
pub struct Record(NonNull<Header>);

// SAFETY: a record owns its allocation and what that points to (`Arc<Vec<u8>>` is Send and Sync).
unsafe impl Send for Record {}
// SAFETY: through `&Record` only `meta` changes, atomically.
unsafe impl Sync for Record {}

impl Record {
    /// A record of `key` with a value of `kind`; `deadline` in milliseconds, if it has one.
    pub fn new(key: &[u8], kind: Kind, value: &[u8], deadline: Option<u64>) -> Record {
        if value.len() <= INLINE_MAX {
            Record::build(key, kind as u32, value, deadline)
        } else {
            Record::with_shared(key, kind as u32, Arc::new(value.to_vec()), deadline)
        }
    }

    fn with_shared(key: &[u8], meta: u32, value: Arc<Vec<u8>>, deadline: Option<u64>) -> Record {
        Record::build(key, meta | SHARED, &exposed(value).to_ne_bytes(), deadline)
    }

    /// Allocates and fills a record whose in-line part of the value is `tail`.
    fn build(key: &[u8], meta: u32, tail: &[u8], deadline: Option<u64>) -> Record {
        let wide = key.len() >= usize::from(WIDE_KEY);
        let meta = if deadline.is_some() { meta | DEADLINE } else { meta };
        let header = Header {
            meta: AtomicU32::new(meta),
            key_len: if wide { WIDE_KEY } else { key.len() as u16 },
            value_len: tail.len() as u16,
        };
        let key_at = key_offset(wide, deadline.is_some());
        let layout = layout(key_at + key.len() + tail.len());
        // SAFETY: the layout's size is at least the header's, so not zero.
        let memory = unsafe { alloc(layout) };
        let Some(record) = NonNull::new(memory.cast::<Header>()) else {
            handle_alloc_error(layout)
        };
        // SAFETY: the allocation is `key_at + key + tail` bytes long at least and aligned to 8;
        // every write below stays inside it, and key and tail are other memory.
        unsafe {
            record.write(header);
            let mut field = memory.add(size_of::<Header>()).cast::<u64>();
            if wide {
                field.write(key.len() as u64);
                field = field.add(1);
            }
            if let Some(at) = deadline {
                field.write(at);
            }
            ptr::copy_nonoverlapping(key.as_ptr(), memory.add(key_at), key.len());
            ptr::copy_nonoverlapping(tail.as_ptr(), memory.add(key_at + key.len()), tail.len());
        }
        Record(record)
    }

    fn header(&self) -> &Header {
        // SAFETY: the type's invariant.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    fn meta(&self) -> u32 {
        self.header().meta.load(Ordering::Relaxed)
    }

    fn has(&self, flag: u32) -> bool {
        self.meta() & flag != 0
    }

    fn set_flag(&mut self, flag: u32, on: bool) {
        let meta = self.meta();
        let meta = if on { meta | flag } else { meta & !flag };
        self.header().meta.store(meta, Ordering::Relaxed);
    }

    fn is_wide(&self) -> bool {
        self.header().key_len == WIDE_KEY
    }

    /// Pointer to byte `offset` of the allocation.
    fn at(&self, offset: usize) -> *mut u8 {
        debug_assert!(offset <= self.layout().size());
        // SAFETY: callers pass offsets within the layout, which the header describes.
        unsafe { self.0.as_ptr().cast::<u8>().add(offset) }
    }

    #[inline]
    fn key_at(&self) -> usize {
        key_offset(self.is_wide(), self.has(DEADLINE))
    }

    #[inline]
    fn key_len(&self) -> usize {
        match self.header().key_len {
            // SAFETY: a wide record has its key length in the first field behind the header.
            WIDE_KEY => unsafe { self.at(size_of::<Header>()).cast::<u64>().read() as usize },
            len => usize::from(len),
        }
    }

    fn layout(&self) -> Layout {
        let tail = usize::from(self.header().value_len);
        let key_len = match self.header().key_len {
            // SAFETY: as in `key_len`.
            WIDE_KEY => unsafe { self.0.as_ptr().add(1).cast::<u64>().read() as usize },
            len => usize::from(len),
        };
        layout(self.key_at() + key_len + tail)
    }

    /// The key.
    #[inline]
    pub fn key(&self) -> &[u8] {
        // SAFETY: `key_len` bytes of key lie at `key_at`, written when the record was built.
        unsafe { std::slice::from_raw_parts(self.at(self.key_at()), self.key_len()) }
    }

    /// Whether this is the record of `key`.
    #[inline]
    pub fn matches(&self, key: &[u8]) -> bool {
        self.key() == key
    }

    /// Where the record lies: for prefetching, not for reading.
    #[inline]
    pub fn address(&self) -> *const u8 {
        self.0.as_ptr().cast()
    }

    /// What the value is.
    #[inline]
    pub fn kind(&self) -> Kind {
        match self.meta() & KIND_MASK {
            0 => Kind::String,
            _ => Kind::Frame,
        }
    }

    /// The value's bytes.
    #[inline]
    pub fn value(&self) -> &[u8] {
        if self.has(SHARED) {
            return self.shared();
        }
        let (at, len) = (self.key_at() + self.key_len(), usize::from(self.header().value_len));
        // SAFETY: `value_len` bytes lie behind the key.
        unsafe { std::slice::from_raw_parts(self.at(at), len) }
    }

    /// The pointer that stands behind the key of a record with a shared value.
    fn shared_pointer(&self) -> *const Vec<u8> {
        debug_assert!(self.has(SHARED));
        let at = self.at(self.key_at() + self.key_len());
        // SAFETY: a shared record's tail is the pointer's address, at any alignment.
        ptr::with_exposed_provenance(unsafe { at.cast::<usize>().read_unaligned() })
    }

    fn shared(&self) -> &Vec<u8> {
        // SAFETY: the pointer came from `Arc::into_raw`, and this record owns one reference.
        unsafe { &*self.shared_pointer() }
    }

    /// Puts another value in place of the shared one, which is handed back.
    fn replace_shared(&mut self, value: Arc<Vec<u8>>) -> Arc<Vec<u8>> {
        let pointer = self.shared_pointer();
        let at = self.at(self.key_at() + self.key_len());
        // SAFETY: the tail of a shared record is an address's eight bytes, at any alignment. The
        // reference that the old address stands for is handed over, and named nowhere else now.
        unsafe {
            at.cast::<usize>().write_unaligned(exposed(value));
            Arc::from_raw(pointer)
        }
    }

    /// When the key ends, in milliseconds, if it has a time to live.
    #[inline]
    pub fn deadline(&self) -> Option<u64> {
        if !self.has(DEADLINE) {
            return None;
        }
        // SAFETY: the flag says that the field is there.
        let at = unsafe { self.deadline_field().read() };
        (at != NO_DEADLINE).then_some(at)
    }

    fn deadline_field(&self) -> *mut u64 {
        self.at(size_of::<Header>() + if self.is_wide() { 8 } else { 0 }).cast()
    }

    /// Sets or takes away the deadline (milliseconds).
    pub fn set_deadline(&mut self, deadline: Option<u64>) {
        if self.has(DEADLINE) {
            // SAFETY: the flag says that the field is there; `&mut` makes the write exclusive.
            unsafe { self.deadline_field().write(deadline.unwrap_or(NO_DEADLINE)) };
        } else if deadline.is_some() {
            self.rebuild(deadline);
        }
    }

    /// Moves the record into a new allocation with a deadline field.
    fn rebuild(&mut self, deadline: Option<u64>) {
        let meta = self.meta();
        let tail_at = self.key_at() + self.key_len();
        // SAFETY: the tail lies behind the key.
        let tail = unsafe {
            std::slice::from_raw_parts(self.at(tail_at), usize::from(self.header().value_len))
        };
        let moved = Record::build(self.key(), meta, tail, deadline);
        // The new record has taken over the shared value's reference with the pointer.
        self.set_flag(SHARED, false);
        *self = moved;
    }

    /// Replaces the value, keeping key and deadline; in place when the size class allows.
    pub fn set_value(&mut self, kind: Kind, value: &[u8]) {
        let keep = self.meta() & !(KIND_MASK | EDITED | SHARED) | kind as u32;
        let inline = value.len() <= INLINE_MAX && !self.has(SHARED);
        let key_end = self.key_at() + self.key_len();
        if inline && layout(key_end + value.len()) == self.layout() {
            // SAFETY: the allocation, a size class, is long enough for key and new value; `&mut`
            // makes the write exclusive, and `value` is other memory.
            unsafe {
                ptr::copy_nonoverlapping(value.as_ptr(), self.at(key_end), value.len());
                (*self.0.as_ptr()).value_len = value.len() as u16;
            }
            self.header().meta.store(keep, Ordering::Relaxed);
            return;
        }
        let mut fresh = Record::new(self.key(), kind, value, self.deadline());
        let shared = fresh.meta() & (SHARED | DEADLINE);
        fresh.header().meta.store(keep & !(SHARED | DEADLINE) | shared, Ordering::Relaxed);
        std::mem::swap(self, &mut fresh);
    }

    /// The same value under another key; the deadline goes along.
    pub fn with_key(&self, key: &[u8]) -> Record {
        let flags = self.meta() & (KIND_MASK | EDITED);
        if self.has(SHARED) {
            let pointer = self.shared_pointer();
            // SAFETY: this record owns a reference, so the count is at least one; `from_raw` takes
            // over the reference that is added here.
            let value = unsafe {
                Arc::increment_strong_count(pointer);
                Arc::from_raw(pointer)
            };
            return Record::with_shared(key, flags, value, self.deadline());
        }
        Record::build(key, flags, self.value(), self.deadline())
    }

    /// Lets `edit` change the value's bytes, of any length before and after; key, kind and deadline
    /// stay. The record counts as [edited](Record::is_edited) afterwards.
    ///
    /// A shared value is changed in place unless somebody else still holds it.
    pub fn edit<R>(&mut self, edit: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let kind = self.kind();
        let result;
        if self.has(SHARED) {
            // The record holds an empty value while foreign code runs: whatever happens there, it
            // stays whole, and its old value has one owner.
            let mut value = self.replace_shared(Arc::default());
            result = edit(Arc::make_mut(&mut value));
            if value.len() > INLINE_MAX {
                self.replace_shared(value);
            } else {
                self.set_value(kind, &value);
            }
        } else {
            let mut value = self.value().to_vec();
            result = edit(&mut value);
            self.set_value(kind, &value);
        }
        self.set_flag(EDITED, true);
        result
    }

    /// Changes bytes of the value without changing its length; see [`Record::edit`] for the rest.
    pub fn edit_in_place<R>(&mut self, edit: impl FnOnce(&mut [u8]) -> R) -> R {
        if self.has(SHARED) {
            return self.edit(|value| edit(value));
        }
        self.set_flag(EDITED, true);
        let (at, len) = (self.key_at() + self.key_len(), usize::from(self.header().value_len));
        // SAFETY: `value_len` bytes lie behind the key, and `&mut self` makes the slice exclusive.
        edit(unsafe { std::slice::from_raw_parts_mut(self.at(at), len) })
    }

    /// Whether the value was changed piecewise since it was last set as a whole.
    pub fn is_edited(&self) -> bool {
        self.has(EDITED)
    }

    /// Notes an access at `clock`, any 24-bit count; readers may do so under a shared lock.
    #[inline]
    pub fn touch(&self, clock: u32) {
        let meta = self.meta();
        let fresh = (clock & ACCESS_MASK) << ACCESS_SHIFT | meta & !(ACCESS_MASK << ACCESS_SHIFT);
        // Most reads of a hot key fall into the same tick: leave its cache line unwritten then.
        if meta != fresh {
            self.header().meta.store(fresh, Ordering::Relaxed);
        }
    }

    /// The clock of the last [`touch`](Record::touch), modulo 2^24.
    pub fn touched(&self) -> u32 {
        self.meta() >> ACCESS_SHIFT
    }

    /// How far `clock` is past the last [`touch`](Record::touch), modulo 2^24.
    pub fn idle(&self, clock: u32) -> u32 {
        clock.wrapping_sub(self.touched()) & ACCESS_MASK
    }

    /// Bytes this record takes from the allocator, its shared value included.
    pub fn memory(&self) -> usize {
        let shared = if self.has(SHARED) {
            size_of::<Vec<u8>>() + 2 * size_of::<usize>() + self.shared().capacity()
        } else {
            0
        };
        self.layout().size() + shared
    }

    /// Bytes a record made by [`Record::new`] would take, without making it.
    pub fn memory_of(key: usize, value: usize, deadline: bool) -> usize {
        let (tail, shared) = match value <= INLINE_MAX {
            true => (value, 0),
            false => (POINTER, size_of::<Vec<u8>>() + 2 * size_of::<usize>() + value),
        };
        let key_at = key_offset(key >= usize::from(WIDE_KEY), deadline);
        layout(key_at + key + tail).size() + shared
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.has(SHARED) {
            // SAFETY: the record owns one reference, given up here and never used again.
            drop(unsafe { Arc::from_raw(self.shared_pointer()) });
        }
        // SAFETY: allocated with this layout: the header's lengths describe it, and an overwrite in
        // place keeps the size class.
        unsafe { dealloc(self.0.as_ptr().cast(), self.layout()) };
    }
}

/// The address of a value whose reference is given up, to be taken back from that address.
fn exposed(value: Arc<Vec<u8>>) -> usize {
    Arc::into_raw(value).expose_provenance()
}

/// A record stands in a set under its key, so it equals and hashes as its key does.
impl PartialEq for Record {
    fn eq(&self, other: &Record) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Record {}

impl std::hash::Hash for Record {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("key", &String::from_utf8_lossy(self.key()))
            .field("kind", &self.kind())
            .field("deadline", &self.deadline())
            .finish_non_exhaustive()
    }
}

#[inline]
fn key_offset(wide: bool, deadline: bool) -> usize {
    size_of::<Header>() + usize::from(wide) * 8 + usize::from(deadline) * 8
}

#[inline]
fn layout(bytes: usize) -> Layout {
    // A size class is a multiple of 8 and far below isize::MAX: keys end at 512 MiB.
    Layout::from_size_align(size_class(bytes), ALIGN).expect("record sizes fit a layout")
}

/// The size an allocation of `bytes` is rounded up to: multiples of 8 up to 64, then four steps to
/// each doubling. These are the classes of jemalloc and mimalloc, so the rounding wastes nothing
/// that they would not.
#[inline]
fn size_class(bytes: usize) -> usize {
    let step = match bytes {
        0..=64 => 8,
        _ => 1usize << ((bytes - 1).ilog2() - 2),
    };
    bytes.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_pointer_and_small() {
        assert_eq!(size_of::<Option<Record>>(), 8);
        let record = Record::new(&[b'k'; 16], Kind::String, &[b'v'; 16], None);
        assert_eq!(record.memory(), 40);
        assert_eq!(Record::memory_of(16, 16, false), 40);
    }

    #[test]
    fn size_classes_step_as_allocators_do() {
        let classes = [(1, 8), (40, 40), (65, 80), (81, 96), (128, 128), (129, 160), (4097, 5120)];
        for (bytes, class) in classes {
            assert_eq!(size_class(bytes), class, "{bytes}");
        }
    }

    #[test]
    fn fields_survive_every_change_of_shape() {
        for key_len in [0, 1, 16, 65_534, 65_535, 70_000] {
            let key = vec![b'k'; key_len];
            for first in [0, 10, INLINE_MAX, INLINE_MAX + 1, 100_000] {
                for second in [0, 12, INLINE_MAX, INLINE_MAX + 1] {
                    let mut record = Record::new(&key, Kind::String, &vec![b'a'; first], None);
                    record.touch(77);
                    record.set_deadline(Some(5));
                    assert_eq!((record.value().len(), record.deadline()), (first, Some(5)));
                    record.set_value(Kind::Frame, &vec![b'b'; second]);
                    assert_eq!(record.key(), key);
                    assert_eq!(record.value(), vec![b'b'; second]);
                    assert_eq!((record.kind(), record.deadline()), (Kind::Frame, Some(5)));
                    assert_eq!(record.touched(), 77);
                    record.set_deadline(None);
                    assert_eq!(record.deadline(), None);
                    let copy = record.with_key(b"other");
                    drop(record);
                    assert_eq!((copy.key(), copy.value().len()), (&b"other"[..], second));
                }
            }
        }
    }

    #[test]
    fn idleness_counts_across_the_wrap_of_the_clock() {
        let record = Record::new(b"k", Kind::String, b"v", None);
        record.touch(ACCESS_MASK - 1);
        assert_eq!(record.idle(ACCESS_MASK - 1), 0);
        assert_eq!(record.idle(ACCESS_MASK + 4), 5);
    }

    #[test]
    fn edits_change_any_length_and_leave_copies_alone() {
        for (from, to) in [(3, 5), (3, INLINE_MAX + 9), (INLINE_MAX + 9, 3), (9000, 9001)] {
            let mut record = Record::new(b"k", Kind::String, &vec![b'a'; from], Some(9));
            let copy = record.with_key(b"copy");
            assert!(!record.is_edited());
            record.edit(|value| value.resize(to, b'z'));
            assert!(record.is_edited());
            assert_eq!((record.value().len(), record.deadline()), (to, Some(9)));
            record.edit_in_place(|value| value[0] = b'!');
            assert_eq!(record.value()[0], b'!');
            assert_eq!(copy.value(), vec![b'a'; from]);
            assert!(record.memory() >= to);
        }
    }

    #[test]
    fn a_panic_in_an_edit_leaves_a_whole_record() {
        for len in [3, INLINE_MAX + 9] {
            let mut record = Record::new(b"k", Kind::String, &vec![b'a'; len], Some(9));
            let edit = std::panic::AssertUnwindSafe(|| record.edit(|_| panic!("on purpose")));
            assert!(std::panic::catch_unwind(edit).is_err());
            assert!(record.value().iter().all(|byte| *byte == b'a'));
            assert_eq!((record.key(), record.deadline()), (&b"k"[..], Some(9)));
        }
    }

    #[test]
    fn an_overwrite_of_the_same_class_stays_in_place() {
        let mut record = Record::new(b"key", Kind::String, b"12345", None);
        let before = record.0;
        record.set_value(Kind::String, b"1234");
        assert_eq!(record.0, before);
        record.set_value(Kind::String, &[b'x'; 200]);
        assert_eq!(record.value(), [b'x'; 200]);
    }
}
