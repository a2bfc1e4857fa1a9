//! Records in the format: what `DUMP`, `RESTORE` and snapshots do to them.
//!
//! What is packed in a record is written as it is. What is read is held in the way that a Valkey 9.1 would
//! hold it after a `RESTORE` with the same settings, as far as `OBJECT ENCODING` tells:
//!
//! | what is read | stays packed |
//! |---|---|
//! | a packed set, hash or sorted set | if it has not too many elements; how long they are does not count |
//! | a set, hash or sorted set by its elements | while all that its commands ask for is so |
//! | a hash by its elements and deadlines | never |
//! | a list | if it is one packed node, and not too long |
//! | a list that is a ziplist | never |

use bytes::Bytes;
use kv_types::hash::{self, HashTable};
use kv_types::list::{CHUNK_MAX, End, List, ListMut};
use kv_types::listpack::{Digits, Listpack, Value};
use kv_types::set::{self, SetTable};
use kv_types::zset::{self, SortedTree, ZsetRef};
use kv_types::{Collection, Form, Kind, Limits, PACKED_MAX, Record, intset};

use super::head::write_deadline;
use super::sink::Collection as Of;
use super::{
    Code, Entry, Error, Node, Output, Packed, Reader, Sink, Text, Writer, decode, seal, unseal,
};
use crate::ctx::text_of;

/// The dump of the value in `record` as it is at `now` (milliseconds); see [`write`].
///
/// # Errors
/// As [`write`].
pub(crate) fn dump(record: &Record, now: u64, compress: bool) -> Result<Vec<u8>, crate::Error> {
    let mut writer = Writer::new(Vec::new(), compress);
    let code = write(record, now, Entry::new(&mut writer))?;
    let mut dump = writer.into_inner();
    seal(&mut dump, code.version());
    Ok(dump)
}

/// Writes the value of `record`, which has elements at `now` (milliseconds) if it is a collection; those
/// whose time is over are left out. What a native client stored is written as the text it reads as.
///
/// # Errors
/// [`WrongType`](crate::Error::WrongType) for a frame that has no text: nothing in the format stands for it.
pub(crate) fn write<O: Output>(
    record: &Record,
    now: u64,
    entry: Entry<'_, O>,
) -> Result<Code, crate::Error> {
    Ok(match record.kind() {
        Kind::Frame => entry.string(text_of(record)?),
        _ => write_plain(record, now, entry),
    })
}

/// Writes the key of `record` and its value as an entry of a snapshot, as they are at `now` (milliseconds);
/// which form the value was given. Nothing is written of what has ended.
pub(crate) fn write_key<O: Output>(
    record: &Record,
    now: u64,
    writer: &mut Writer<O>,
) -> Option<Code> {
    if record.is_over(now) {
        return None;
    }
    if let Some(deadline) = record.deadline() {
        write_deadline(writer, deadline);
    }
    let entry = Entry::keyed(writer, record.key());
    Some(match record.kind() {
        // None is a string: a client would read it as another value then.
        Kind::Frame => entry.frame(record.value()),
        _ => write_plain(record, now, entry),
    })
}

/// As [`write`], of anything but a frame.
fn write_plain<O: Output>(record: &Record, now: u64, entry: Entry<'_, O>) -> Code {
    match (record.form(), record.kind()) {
        (None, _) => entry.string(record.value()),
        (Some(Form::Ints(bytes)), _) => entry.intset(bytes),
        (Some(Form::Listpack(list)), Kind::Set) => entry.set_listpack(list.bytes()),
        (Some(Form::Listpack(list)), Kind::Hash) => entry.hash_listpack(list.bytes()),
        (Some(Form::Listpack(list)), Kind::Zset) => entry.zset_listpack(list.bytes()),
        (Some(Form::Listpack(list)), _) => {
            entry.list(1, std::iter::once(Node::Packed(list.bytes())))
        }
        (Some(Form::Large(collection)), _) => write_large(collection, now, entry),
    }
}

fn write_large<O: Output>(collection: &Collection, now: u64, entry: Entry<'_, O>) -> Code {
    match collection {
        Collection::List(list) if list.is_quicklist() => {
            entry.list(list.chunks().count(), list.chunks().map(node))
        }
        Collection::List(list) => entry.list(1, std::iter::once(Node::Packed(&list.to_listpack()))),
        Collection::Set(table) => {
            let (len, live) = (table.live_len(now), table.iter().filter(|it| it.is_live(now)));
            match table.has_deadlines(now) {
                true => entry.set_ttl(len, live.map(|it| (it.key, it.deadline))),
                false => entry.set(len, live.map(|it| it.key)),
            }
        }
        Collection::Hash(table) => {
            let (len, live) = (table.live_len(now), table.iter().filter(|it| it.is_live(now)));
            match table.has_deadlines(now) {
                true => entry.hash_ttl(len, live.map(|it| (it.key, it.value, it.deadline))),
                false => entry.hash(len, live.map(|it| (it.key, it.value))),
            }
        }
        Collection::Zset(tree) => {
            let elements = ZsetRef::Tree(tree).iter().rev();
            entry.zset(tree.len(), elements.map(|(member, score)| (Text::from(member), score)))
        }
    }
}

/// A chunk of a quicklist as a node.
fn node(chunk: Listpack<'_>) -> Node<'_> {
    match chunk.entry(chunk.start()) {
        // Of the long ones each has one element.
        Some((Value::Bytes(element), _)) if chunk.bytes().len() > CHUNK_MAX => Node::Plain(element),
        _ => Node::Packed(chunk.bytes()),
    }
}

/// How a value is to be restored.
pub(crate) struct Restore {
    /// When the key ends, in Unix milliseconds.
    pub(crate) deadline: Option<u64>,
    /// What time it is, in Unix milliseconds.
    pub(crate) now: u64,
    pub(crate) limits: Limits,
    /// Most bytes of a string.
    pub(crate) max_string: usize,
}

impl Restore {
    /// The record of `key` with the value of a dump; none if it is a collection and the time of all its
    /// elements is over.
    ///
    /// # Errors
    /// What is wrong with the dump.
    pub(crate) fn record(&self, key: &[u8], dump: &[u8]) -> Result<Option<Record>, Error> {
        let (version, value) = unseal(dump)?;
        let mut reader = Reader::new(value).with_max_string(self.max_string);
        let code = Code::read(reader.byte()?, version, 0)?;
        let record = self.value(key, code, &mut reader)?;
        reader.finish()?;
        Ok(record)
    }

    /// The record of `key` with the value that comes next, whose code has been read; none if it is a
    /// collection and the time of all its elements is over.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub(crate) fn value(
        &self,
        key: &[u8],
        code: Code,
        reader: &mut Reader<'_>,
    ) -> Result<Option<Record>, Error> {
        // Most values are short strings, which need no detour.
        if code == Code::String {
            let text = reader.string()?;
            return Ok(Some(string_record(key, text, self.deadline)));
        }
        // What is at hand until the value begins is not looked at.
        let record = Record::new(key, Kind::String, b"", self.deadline);
        let mut builder = Builder { record, limits: self.limits, code };
        decode(code, reader, &mut builder)?;
        Ok(builder.finish(self.now))
    }
}

fn string_record(key: &[u8], value: Text<'_>, deadline: Option<u64>) -> Record {
    match value {
        Text::Owned(value) => {
            let allocated = value.capacity();
            Record::adopt(key, Kind::String, Bytes::from(value), allocated, deadline)
        }
        value => Record::new(key, Kind::String, &value, deadline),
    }
}

/// Bytes that Redis takes for what an element of a list needs beside its own, before it is packed.
const ESTIMATE: usize = 8;

/// Makes a record of what is read.
struct Builder {
    record: Record,
    limits: Limits,
    code: Code,
}

impl Builder {
    /// Replaces the collection, which has no elements yet, by one that is large.
    fn make_large(&mut self) {
        self.record.set_large(match self.record.kind() {
            Kind::Hash => Collection::Hash(HashTable::default()),
            Kind::Set => Collection::Set(SetTable::default()),
            Kind::Zset => Collection::Zset(SortedTree::default()),
            _ => Collection::List(List::default()),
        });
    }

    fn list(&mut self) -> ListMut<'_> {
        ListMut::new(&mut self.record, self.limits.list)
    }

    /// The next node of a list, which has elements.
    fn node(&mut self, node: Listpack<'_>) {
        let is_ziplist = self.code == Code::ListZiplist;
        let mut list = self.list();
        let is_all = list.view().is_empty() && list.allows(node.bytes().len(), node.len());
        if is_all && !is_ziplist {
            return list.replace(node);
        }
        list.make_quicklist();
        let mut digits = Digits::new();
        for item in node.iter() {
            list.push(End::Back, &[item.text(&mut digits)]);
        }
    }

    fn finish(mut self, now: u64) -> Option<Record> {
        if self.record.has_due_elements(now)
            && let Some(mut large) = self.record.large_mut()
        {
            large.expire(now);
        }
        (!self.record.is_empty()).then_some(self.record)
    }
}

impl Sink for Builder {
    fn string(&mut self, value: Text<'_>) {
        self.record = string_record(self.record.key(), value, self.record.deadline());
    }

    fn frame(&mut self, frame: &[u8]) {
        self.record.set_value(Kind::Frame, frame);
    }

    fn begin(&mut self, of: Of, len: usize) {
        let (key, deadline) = (self.record.key(), self.record.deadline());
        self.record = match of {
            Of::List => Record::collection(key, Kind::List, deadline),
            Of::Set => Record::packed(key, Kind::Set, &intset::EMPTY, true, deadline),
            Of::Hash => Record::collection(key, Kind::Hash, deadline),
            Of::Zset => Record::collection(key, Kind::Zset, deadline),
        };
        let is_large = match self.code {
            Code::HashTtl
            | Code::HashTtlPreview
            | Code::HashTtlRelative
            | Code::HashListpackTtl
            | Code::HashListpackTtlPreview
            | Code::SetTtl => true,
            Code::Set => len > self.limits.set_ints,
            Code::Hash => len > self.limits.hash.entries,
            Code::Zset | Code::ZsetDecimal => len > self.limits.zset.entries,
            _ => false,
        };
        if is_large {
            self.make_large();
        }
    }

    fn packed(&mut self, packed: Packed<'_>) -> bool {
        let (bytes, len, is_ints) = match packed {
            Packed::Intset(set) => (set.bytes(), set.len(), true),
            Packed::Listpack(list) => (list.bytes(), list.len(), false),
        };
        let fits = match (self.record.kind(), packed) {
            (Kind::List, Packed::Listpack(list)) => {
                self.node(list);
                return true;
            }
            (Kind::Hash, _) => len <= 2 * self.limits.hash.entries,
            (Kind::Zset, _) => len <= 2 * self.limits.zset.entries,
            (_, Packed::Intset(_)) => len <= self.limits.set_ints,
            (_, Packed::Listpack(_)) => len <= self.limits.set.entries,
        };
        let fits = fits && bytes.len() <= PACKED_MAX;
        match fits {
            true => self.record.set_packed(bytes, is_ints),
            false => self.make_large(),
        }
        fits
    }

    fn item(&mut self, item: &[u8]) {
        let is_list_of_strings = self.code == Code::List;
        let mut list = self.list();
        let (bytes, len) = (list.view().packed_len(), list.view().len());
        if !is_list_of_strings || !list.allows(bytes + item.len() + ESTIMATE, len + 1) {
            list.make_quicklist();
        }
        list.push(End::Back, &[item]);
    }

    fn member(&mut self, member: &[u8], deadline: Option<u64>) -> bool {
        match deadline {
            Some(at) => set::add_until(&mut self.record, member, at, true),
            None => set::add(&mut self.record, member, &self.limits),
        }
    }

    fn field(&mut self, field: &[u8], value: &[u8], deadline: Option<u64>) -> bool {
        match deadline {
            Some(at) => hash::set_until(&mut self.record, field, value, at),
            None => hash::set(&mut self.record, field, value, &self.limits),
        }
    }

    fn scored(&mut self, member: &[u8], score: f64) -> bool {
        let mut is_new = true;
        zset::update(&mut self.record, member, &self.limits, |old| {
            is_new = old.is_none();
            Some(score)
        });
        is_new
    }
}
