//! The record: a key, its value and its deadline in one allocation behind an 8-byte pointer.
//!
//! ```text
//! ┌ header 8 ───────────────────────────┬ optional ────────────────┬──────┬─────────────────────┐
//! │ meta:u32 │ key_len:u16 │ value_len:u16 │ wide:u64 │ deadline:u64 │ key  │ value, or pointer 8 │
//! └─────────────────────────────────────┴──────────────────────────┴──────┴─────────────────────┘
//! meta: kind (3 bits) │ flags (5 bits) │ access clock (24 bits)
//! ```
//!
//! - `wide` is there for keys of 64 KiB and more and holds their length, `key_len` being 0.
//! - `deadline` is there once the key has had a time to live; [`NO_DEADLINE`] means it has none now.
//! - A value up to [`INLINE_MAX`] bytes lies behind the key; a longer one is shared (`Arc`): a copy of
//!   the key, or a reader that is slower than the lock may last, holds it without copying it.
//!
//! The allocation is one of the [slab](crate::slab)'s, whose size classes are 8 bytes apart, so an
//! overwrite of the same length happens in place, and of about the same one often.

#![expect(unsafe_code, reason = "the record manages its own allocation")]

use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{short, slab};

/// Longest value, in bytes, that lies in the record itself.
pub const INLINE_MAX: usize = 4096;

/// The deadline field of a record whose time to live was taken away again.
const NO_DEADLINE: u64 = u64::MAX;
/// Longest key whose length is in `key_len`; that of a longer one is in the `wide` field.
const NARROW_MAX: usize = u16::MAX as usize;
/// Size of the pointer that stands for a value longer than [`INLINE_MAX`].
const POINTER: usize = size_of::<*const Vec<u8>>();

const KIND_MASK: u32 = 0b111;
/// The field `deadline` is there. The flag's value is the field's size: see [`key_offset`].
const DEADLINE: u32 = 8;
/// The field `wide` is there. The flag's value is twice the field's size.
const WIDE: u32 = 16;
const SHARED: u32 = 1 << 5;
const EDITED: u32 = 1 << 6;
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
/// Invariant: the pointer is to a live object of the slab, allocated for `len()` bytes or for another
/// number in the same size class, and written by `build`.
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
    ///
    /// Of `meta`, the flags of optional fields are not looked at.
    #[inline]
    fn build(key: &[u8], meta: u32, tail: &[u8], deadline: Option<u64>) -> Record {
        debug_assert!(tail.len() <= INLINE_MAX);
        let wide = key.len() > NARROW_MAX;
        let fields = if wide { WIDE } else { 0 } | if deadline.is_some() { DEADLINE } else { 0 };
        let meta = meta & !(WIDE | DEADLINE) | fields;
        let header = Header {
            meta: AtomicU32::new(meta),
            key_len: if wide { 0 } else { key.len() as u16 },
            value_len: tail.len() as u16,
        };
        let key_at = key_offset(meta);
        let memory = slab::allocate(key_at + key.len() + tail.len());
        let record = memory.cast::<Header>();
        // SAFETY: the allocation is `key_at + key + tail` bytes long at least and aligned to 8;
        // every write below stays inside it, and key and tail are other memory.
        unsafe {
            record.write(header);
            if fields != 0 {
                let mut field = record.add(1).cast::<u64>();
                if wide {
                    field.write(key.len() as u64);
                    field = field.add(1);
                }
                if let Some(at) = deadline {
                    field.write(at);
                }
            }
            short::copy(key, memory.add(key_at));
            short::copy(tail, memory.add(key_at + key.len()));
        }
        Record(record)
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: the type's invariant.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    fn meta(&self) -> u32 {
        self.header().meta.load(Ordering::Relaxed)
    }

    #[inline]
    fn has(&self, flag: u32) -> bool {
        self.meta() & flag != 0
    }

    fn set_flag(&mut self, flag: u32, on: bool) {
        let meta = self.meta();
        let meta = if on { meta | flag } else { meta & !flag };
        self.header().meta.store(meta, Ordering::Relaxed);
    }

    /// Pointer to byte `offset` of the allocation.
    #[inline]
    fn at(&self, offset: usize) -> *mut u8 {
        debug_assert!(offset <= self.len());
        // SAFETY: callers pass offsets within the allocation, which the header describes.
        unsafe { self.0.as_ptr().cast::<u8>().add(offset) }
    }

    #[inline]
    fn key_at(&self) -> usize {
        key_offset(self.meta())
    }

    #[inline]
    fn key_len(&self) -> usize {
        if self.has(WIDE) {
            // SAFETY: the flag says that the first field behind the header is the key's length.
            return unsafe { self.0.as_ptr().add(1).cast::<u64>().read() as usize };
        }
        usize::from(self.header().key_len)
    }

    /// Where the tail begins: the value, or what stands for it.
    #[inline]
    fn tail_at(&self) -> usize {
        self.key_at() + self.key_len()
    }

    /// How many bytes of the allocation are written.
    #[inline]
    fn len(&self) -> usize {
        self.tail_at() + usize::from(self.header().value_len)
    }

    /// The key.
    #[inline]
    pub fn key(&self) -> &[u8] {
        // SAFETY: `key_len` bytes of key lie at `key_at`, written when the record was built.
        unsafe { std::slice::from_raw_parts(self.at(self.key_at()), self.key_len()) }
    }

    /// Whether this is the record of `key`: as comparing with [`Record::key`], but quicker for short
    /// keys, which a table does once or twice in each lookup.
    #[inline]
    pub fn matches(&self, key: &[u8]) -> bool {
        short::equal(self.key(), key)
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
        let (at, len) = (self.tail_at(), usize::from(self.header().value_len));
        // SAFETY: `value_len` bytes lie behind the key.
        unsafe { std::slice::from_raw_parts(self.at(at), len) }
    }

    /// The pointer that stands behind the key of a record with a shared value.
    fn shared_pointer(&self) -> *const Vec<u8> {
        debug_assert!(self.has(SHARED));
        let at = self.at(self.tail_at());
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
        let at = self.at(self.tail_at());
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

    #[inline]
    fn deadline_field(&self) -> *mut u64 {
        self.at(size_of::<Header>() + (self.meta() & WIDE) as usize / 2).cast()
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
        // SAFETY: the tail lies behind the key.
        let tail = unsafe {
            let len = usize::from(self.header().value_len);
            std::slice::from_raw_parts(self.at(self.tail_at()), len)
        };
        let moved = Record::build(self.key(), meta, tail, deadline);
        // The new record has taken over the shared value's reference with the pointer.
        self.set_flag(SHARED, false);
        *self = moved;
    }

    /// Replaces the value and notes an access at `clock`, if that is all there is to do: the record has
    /// no deadline, its value lies in it, and the new one fits the same size class. Whether it did.
    #[inline]
    pub fn overwrite(&mut self, kind: Kind, value: &[u8], clock: u32) -> bool {
        let (meta, tail_at) = (self.meta(), self.tail_at());
        let now = tail_at + usize::from(self.header().value_len);
        if meta & (SHARED | DEADLINE) != 0
            || value.len() > INLINE_MAX
            || slab::size_of_class_for(tail_at + value.len()) != slab::size_of_class_for(now)
        {
            return false;
        }
        // SAFETY: the allocation, a size class, is long enough for key and new value; `&mut` makes the
        // write exclusive, and `value` is other memory.
        unsafe {
            short::copy(value, self.0.cast::<u8>().add(tail_at));
            (*self.0.as_ptr()).value_len = value.len() as u16;
        }
        let keep = meta & WIDE;
        let clock = (clock & ACCESS_MASK) << ACCESS_SHIFT;
        self.header().meta.store(keep | kind as u32 | clock, Ordering::Relaxed);
        true
    }

    /// Replaces the value, keeping key and deadline; in place when the size class allows.
    pub fn set_value(&mut self, kind: Kind, value: &[u8]) {
        let (meta, tail_at) = (self.meta(), self.tail_at());
        let class = slab::size_of_class_for(self.len());
        if meta & SHARED == 0
            && value.len() <= INLINE_MAX
            && slab::size_of_class_for(tail_at + value.len()) == class
        {
            // SAFETY: the allocation, a size class, is long enough for key and new value; `&mut`
            // makes the write exclusive, and `value` is other memory.
            unsafe {
                short::copy(value, self.0.cast::<u8>().add(tail_at));
                (*self.0.as_ptr()).value_len = value.len() as u16;
            }
            let meta = meta & !(KIND_MASK | EDITED) | kind as u32;
            self.header().meta.store(meta, Ordering::Relaxed);
            return;
        }
        self.replace_value(kind, value);
    }

    /// Moves the record into a new allocation with another value.
    #[inline(never)]
    fn replace_value(&mut self, kind: Kind, value: &[u8]) {
        const KEEP: u32 = !(KIND_MASK | EDITED | SHARED | DEADLINE | WIDE);
        let mut fresh = Record::new(self.key(), kind, value, self.deadline());
        let meta = self.meta() & KEEP | fresh.meta() & !KEEP;
        fresh.header().meta.store(meta, Ordering::Relaxed);
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
        let (at, len) = (self.tail_at(), usize::from(self.header().value_len));
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

    /// Bytes this record takes from the slab, and from the allocator for a shared value.
    #[inline]
    pub fn memory(&self) -> usize {
        let own = slab::size_of_class_for(self.len());
        if self.has(SHARED) { own + shared_memory(self.shared().capacity()) } else { own }
    }

    /// Bytes a record made by [`Record::new`] would take, without making it.
    pub fn memory_of(key: usize, value: usize, deadline: bool) -> usize {
        let (tail, shared) = match value <= INLINE_MAX {
            true => (value, 0),
            false => (POINTER, shared_memory(value)),
        };
        let wide = if key > NARROW_MAX { WIDE } else { 0 };
        let key_at = key_offset(wide | if deadline { DEADLINE } else { 0 });
        slab::size_of_class_for(key_at + key + tail) + shared
    }
}

impl Drop for Record {
    #[inline]
    fn drop(&mut self) {
        if self.has(SHARED) {
            // SAFETY: the record owns one reference, given up here and never used again.
            drop(unsafe { Arc::from_raw(self.shared_pointer()) });
        }
        // SAFETY: the type's invariant: allocated for a number of bytes in this size class.
        unsafe { slab::free(self.0.cast(), self.len()) };
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

/// Where the key begins: behind the header and the optional fields that `meta` says are there.
#[inline]
fn key_offset(meta: u32) -> usize {
    size_of::<Header>() + (meta & DEADLINE) as usize + (meta & WIDE) as usize / 2
}

/// What a shared value of this capacity takes: bytes, vector and the two counts before it.
fn shared_memory(capacity: usize) -> usize {
    capacity + size_of::<Vec<u8>>() + 2 * size_of::<usize>()
}

#[cfg(test)]
mod tests;
