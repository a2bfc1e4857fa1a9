//! The record: a key, its value and its deadline in one allocation behind an 8-byte pointer.
//!
//! ```text
//! ┌ header 8 ───────────────────────────┬ optional ────────────────┬──────┬─────────────────────┐
//! │ meta:u32 │ key_len:u16 │ value_len:u16 │ wide:u64 │ deadline:u64 │ key  │ value, or a handle  │
//! └─────────────────────────────────────┴──────────────────────────┴──────┴─────────────────────┘
//! meta: kind (3 bits) │ flags (5 bits) │ access clock (24 bits)
//! ```
//!
//! - `wide` is there for keys of 64 KiB and more and holds their length, `key_len` being 0.
//! - `deadline` is there once the key has had a time to live; [`NO_DEADLINE`] means it has none now.
//! - A value up to [`INLINE_MAX`] bytes lies behind the key; for a longer one a handle lies there,
//!   aligned to 8 bytes. The bytes are shared ([`Bytes`]): a copy of the key, or a reader that is slower
//!   than the lock may last, holds them without copying them.
//! - A small collection lies behind the key, packed as a [`listpack`](crate::listpack) or an
//!   [`intset`](crate::intset); for a large one a pointer to it lies there. See `collections.rs`.
//!
//! The allocation is one of the [slab](crate::slab)'s, whose size classes are 8 bytes apart, so an
//! overwrite of the same length happens in place, and of about the same one often.

#![expect(unsafe_code, reason = "the record manages its own allocation")]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;

use crate::collection::Collection;
use crate::value::{Handle, ValueBuf};
use crate::{short, slab};

/// Longest value, in bytes, that lies in the record itself.
pub const INLINE_MAX: usize = 4096;

/// The deadline field of a record whose time to live was taken away again.
const NO_DEADLINE: u64 = u64::MAX;
/// Longest key whose length is in `key_len`; that of a longer one is in the `wide` field.
const NARROW_MAX: usize = u16::MAX as usize;
/// Size of what stands for a value longer than [`INLINE_MAX`].
const HANDLE: usize = size_of::<Handle>();
// The slab aligns to 8.
const _: () = assert!(align_of::<Handle>() == 8 && HANDLE <= INLINE_MAX);

const KIND_MASK: u32 = 0b111;
/// The field `deadline` is there. The flag's value is the field's size: see [`key_offset`].
const DEADLINE: u32 = 8;
/// The field `wide` is there. The flag's value is twice the field's size.
const WIDE: u32 = 16;
/// The value does not lie in the record: a handle to it does.
const OUTSIDE: u32 = 1 << 5;
/// Of a string: it was changed piecewise.
const EDITED: u32 = 1 << 6;
/// Of a packed collection: its form is a set of integers. (The same bit: kinds differ.)
const INTS: u32 = EDITED;
/// Of a large collection: elements of it have deadlines.
const TIMED: u32 = 1 << 7;
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
    /// A list of strings.
    List = 4,
    /// Fields, each with a value.
    Hash = 5,
    /// Strings without order or duplicates.
    Set = 6,
    /// Strings ordered by their scores.
    Zset = 7,
}

/// Bits of a kind that are clear in strings and frames alone.
const COLLECTION: u32 = 0b110;

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

// SAFETY: a record owns its allocation and what that points to (`Bytes` is Send and Sync).
unsafe impl Send for Record {}
// SAFETY: through `&Record` only `meta` changes, atomically.
unsafe impl Sync for Record {}

impl Record {
    /// A record of `key` with a value of `kind`; `deadline` in milliseconds, if it has one.
    pub fn new(key: &[u8], kind: Kind, value: &[u8], deadline: Option<u64>) -> Record {
        if value.len() <= INLINE_MAX {
            Record::build(key, kind as u32, value, deadline)
        } else {
            Record::with_handle(key, kind as u32, Handle::copied(value), deadline)
        }
    }

    /// A record that takes over `value` as it is, part of an allocation of `allocated` bytes, all of
    /// which it is charged with. A value that is short enough to lie in the record is copied.
    pub fn adopt(
        key: &[u8],
        kind: Kind,
        value: Bytes,
        allocated: usize,
        deadline: Option<u64>,
    ) -> Record {
        if value.len() <= INLINE_MAX {
            return Record::build(key, kind as u32, &value, deadline);
        }
        debug_assert!(value.len() <= allocated);
        Record::with_handle(key, kind as u32, Handle { bytes: value, allocated }, deadline)
    }

    fn with_handle(key: &[u8], meta: u32, handle: Handle, deadline: Option<u64>) -> Record {
        let (record, _) = Record::head(key, meta | OUTSIDE, HANDLE, deadline);
        // SAFETY: `head` has made room for a handle there, aligned, and nothing is there yet.
        unsafe { record.handle_place().write(handle) };
        record
    }

    /// Allocates and fills a record whose value, `tail`, lies in it.
    #[inline]
    fn build(key: &[u8], meta: u32, tail: &[u8], deadline: Option<u64>) -> Record {
        debug_assert!(tail.len() <= INLINE_MAX && meta & OUTSIDE == 0);
        let (record, tail_at) = Record::head(key, meta, tail.len(), deadline);
        // SAFETY: `head` has made room for as many bytes there, and `tail` is other memory.
        unsafe { short::copy(tail, record.0.cast::<u8>().add(tail_at)) };
        record
    }

    /// Allocates a record and fills it up to its tail, of `tail` bytes; also says where that begins.
    ///
    /// Of `meta`, the flags of optional fields are not looked at.
    #[inline]
    fn head(key: &[u8], meta: u32, tail: usize, deadline: Option<u64>) -> (Record, usize) {
        let wide = key.len() > NARROW_MAX;
        let fields = if wide { WIDE } else { 0 } | if deadline.is_some() { DEADLINE } else { 0 };
        let meta = meta & !(WIDE | DEADLINE) | fields;
        let header = Header {
            meta: AtomicU32::new(meta),
            key_len: if wide { 0 } else { key.len() as u16 },
            value_len: tail as u16,
        };
        let key_at = key_offset(meta);
        let tail_at = tail_offset(meta, key_at + key.len());
        let memory = slab::allocate(tail_at + tail);
        let record = memory.cast::<Header>();
        // SAFETY: the allocation is long enough for header, fields, key and tail, and aligned to 8;
        // every write below stays inside it, and the key is other memory.
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
        }
        (Record(record), tail_at)
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
        tail_offset(self.meta(), self.key_at() + self.key_len())
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
            4 => Kind::List,
            5 => Kind::Hash,
            6 => Kind::Set,
            7 => Kind::Zset,
            _ => Kind::Frame,
        }
    }

    /// The value's bytes: those of a string, a frame, or a packed collection; none of a large one.
    #[inline]
    pub fn value(&self) -> &[u8] {
        if self.has(OUTSIDE) {
            return self.shared().map_or(&[], |shared| shared);
        }
        let at = self.key_at() + self.key_len();
        // SAFETY: `value_len` bytes lie behind the key.
        unsafe { std::slice::from_raw_parts(self.at(at), usize::from(self.header().value_len)) }
    }

    /// The value, if it is a string that lies in the record, as most are.
    #[inline]
    pub fn short_string(&self) -> Option<&[u8]> {
        let meta = self.meta();
        if meta & (KIND_MASK | OUTSIDE) != Kind::String as u32 {
            return None;
        }
        let at = key_offset(meta) + self.key_len();
        // SAFETY: `value_len` bytes lie behind the key.
        Some(unsafe {
            std::slice::from_raw_parts(self.at(at), usize::from(self.header().value_len))
        })
    }

    /// The string, if it does not lie in the record: a clone of this outlives the record and every
    /// change of it, and copies nothing.
    #[inline]
    pub fn shared(&self) -> Option<&Bytes> {
        self.handle().map(|handle| &handle.bytes)
    }

    /// Where the handle lies that stands for the value.
    #[inline]
    fn handle_place(&self) -> *mut Handle {
        debug_assert!(self.meta() & (OUTSIDE | COLLECTION) == OUTSIDE);
        self.at(self.tail_at()).cast()
    }

    #[inline]
    fn handle(&self) -> Option<&Handle> {
        let has_handle = self.meta() & (OUTSIDE | COLLECTION) == OUTSIDE;
        // SAFETY: the flag says that a handle lies there, that of a string; `tail_at` aligns it.
        has_handle.then(|| unsafe { &*self.handle_place() })
    }

    /// Puts another handle in place of the one that is there, which is handed back.
    fn replace_handle(&mut self, handle: Handle) -> Handle {
        // SAFETY: callers have found the flag set, so a handle lies there; `&mut` makes this
        // exclusive.
        unsafe { self.handle_place().replace(handle) }
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
        if meta & COLLECTION != 0 {
            return self.move_collection(deadline);
        }
        let moved = if self.has(OUTSIDE) {
            let handle = self.replace_handle(Handle::empty());
            Record::with_handle(self.key(), meta, handle, deadline)
        } else {
            Record::build(self.key(), meta, self.value(), deadline)
        };
        *self = moved;
    }

    /// Replaces the value and notes an access at `clock`, if that is all there is to do: the record has
    /// no deadline, its value lies in it, and the new one fits the same size class. Whether it did.
    #[inline]
    pub fn overwrite(&mut self, kind: Kind, value: &[u8], clock: u32) -> bool {
        let meta = self.meta();
        if meta & DEADLINE != 0 || !self.overwrite_bytes(meta, value) {
            return false;
        }
        let clock = (clock & ACCESS_MASK) << ACCESS_SHIFT;
        self.header().meta.store(meta & WIDE | kind as u32 | clock, Ordering::Relaxed);
        true
    }

    /// Replaces the value, keeping key and deadline; in place when the size class allows.
    pub fn set_value(&mut self, kind: Kind, value: &[u8]) {
        let meta = self.meta();
        if self.overwrite_bytes(meta, value) {
            let meta = meta & !(KIND_MASK | EDITED) | kind as u32;
            self.header().meta.store(meta, Ordering::Relaxed);
        } else {
            self.replace_value(kind, value);
        }
    }

    /// Writes another value's bytes over those there are, if they lie in the record, whose `meta` this
    /// is, and the size class allows; whether it did.
    #[inline]
    fn overwrite_bytes(&mut self, meta: u32, value: &[u8]) -> bool {
        if meta & OUTSIDE != 0 || value.len() > INLINE_MAX {
            return false;
        }
        let tail_at = key_offset(meta) + self.key_len();
        let now = tail_at + usize::from(self.header().value_len);
        if slab::size_of_class_for(tail_at + value.len()) != slab::size_of_class_for(now) {
            return false;
        }
        // SAFETY: the allocation, a size class, is long enough for key and new value; `&mut` makes the
        // write exclusive, and `value` is other memory.
        unsafe {
            short::copy(value, self.0.cast::<u8>().add(tail_at));
            (*self.0.as_ptr()).value_len = value.len() as u16;
        }
        true
    }

    #[inline(never)]
    fn replace_value(&mut self, kind: Kind, value: &[u8]) {
        self.replace_record(|key, deadline| Record::new(key, kind, value, deadline));
    }

    /// Moves the record into a new allocation with another value, made by `fresh` from the key and the
    /// deadline.
    fn replace_record(&mut self, fresh: impl FnOnce(&[u8], Option<u64>) -> Record) {
        const KEEP: u32 = !(KIND_MASK | EDITED | TIMED | OUTSIDE | DEADLINE | WIDE);
        let mut fresh = fresh(self.key(), self.deadline());
        let meta = self.meta() & KEEP | fresh.meta() & !KEEP;
        fresh.header().meta.store(meta, Ordering::Relaxed);
        std::mem::swap(self, &mut fresh);
    }

    /// The same value under another key; the deadline goes along.
    pub fn with_key(&self, key: &[u8]) -> Record {
        let flags = self.meta() & (KIND_MASK | EDITED);
        if let Some(handle) = self.handle() {
            return Record::with_handle(key, flags, handle.clone(), self.deadline());
        }
        if self.meta() & COLLECTION != 0 {
            return self.collection_with_key(key);
        }
        Record::build(key, flags, self.value(), self.deadline())
    }

    /// Lets `edit` change the value's bytes, of any length before and after; key, kind and deadline
    /// stay. The record counts as [edited](Record::is_edited) afterwards.
    ///
    /// A shared value is changed in place unless somebody else still holds it.
    ///
    /// # Panics
    /// If the value is a collection.
    pub fn edit<R>(&mut self, edit: impl FnOnce(&mut ValueBuf) -> R) -> R {
        let kind = self.kind();
        assert!(kind as u32 & COLLECTION == 0, "a collection is not edited as a string");
        let result;
        if self.has(OUTSIDE) {
            // The record holds an empty value while foreign code runs: whatever happens there, it
            // stays whole, and its old value has one owner.
            let mut value = ValueBuf::from(self.replace_handle(Handle::empty()));
            result = edit(&mut value);
            if value.len() > INLINE_MAX {
                self.replace_handle(value.into());
            } else {
                self.set_value(kind, &value);
            }
        } else {
            let mut value = ValueBuf::copied(self.value());
            result = edit(&mut value);
            if value.len() > INLINE_MAX {
                self.replace_record(|key, deadline| {
                    Record::with_handle(key, kind as u32, value.into(), deadline)
                });
            } else {
                self.set_value(kind, &value);
            }
        }
        self.set_flag(EDITED, true);
        result
    }

    /// Changes bytes of a string without changing its length; see [`Record::edit`] for the rest.
    pub fn edit_in_place<R>(&mut self, edit: impl FnOnce(&mut [u8]) -> R) -> R {
        if self.has(OUTSIDE) {
            return self.edit(|value| edit(value));
        }
        assert!(self.meta() & COLLECTION == 0, "a collection is not edited as a string");
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

    /// Drops what does not lie in the record.
    fn drop_outside(&mut self) {
        if self.meta() & COLLECTION != 0 {
            // SAFETY: what lies outside of a collection's record is the collection; the record is being
            // dropped.
            drop(unsafe { self.take_large() });
            return;
        }
        // SAFETY: the flag says that a handle lies there, and nobody looks at it again.
        unsafe { self.handle_place().drop_in_place() };
    }

    /// Bytes this record takes from the slab, and from the allocator for a shared value.
    #[inline]
    pub fn memory(&self) -> usize {
        let (meta, tail_at) = (self.meta(), self.tail_at());
        let own = slab::size_of_class_for(tail_at + usize::from(self.header().value_len));
        if meta & OUTSIDE == 0 {
            return own;
        }
        let tail = self.at(tail_at);
        if meta & COLLECTION == 0 {
            // SAFETY: the flags say that a handle lies there; `tail_at` aligns it.
            return own + unsafe { &*tail.cast::<Handle>() }.memory();
        }
        // SAFETY: the flags say that a pointer to a collection lies there; `tail_at` aligns it.
        own + size_of::<Collection>() + unsafe { &*tail.cast::<Large>() }.memory()
    }

    /// Bytes a record made by [`Record::new`] would take, without making it.
    pub fn memory_of(key: usize, value: usize, deadline: bool) -> usize {
        let (flag, tail, shared) = match value <= INLINE_MAX {
            true => (0, value, 0),
            false => (OUTSIDE, HANDLE, Handle::memory_of(value)),
        };
        let wide = if key > NARROW_MAX { WIDE } else { 0 };
        let meta = flag | wide | if deadline { DEADLINE } else { 0 };
        slab::size_of_class_for(tail_offset(meta, key_offset(meta) + key) + tail) + shared
    }
}

impl Drop for Record {
    #[inline]
    fn drop(&mut self) {
        if self.has(OUTSIDE) {
            self.drop_outside();
        }
        // SAFETY: the type's invariant: allocated for a number of bytes in this size class.
        unsafe { slab::free(self.0.cast(), self.len()) };
    }
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

/// Where the tail begins when the key ends at `key_end`: right there, but for a handle, which is
/// aligned.
#[inline]
const fn tail_offset(meta: u32, key_end: usize) -> usize {
    if meta & OUTSIDE == 0 { key_end } else { key_end.next_multiple_of(align_of::<Handle>()) }
}

mod collections;
use collections::Large;
pub use collections::{LargeMut, PACKED_MAX, Tail};

#[cfg(test)]
mod tests;
