//! Writing values, in forms that Redis 7.2 and Valkey 9 read.
//!
//! The exceptions are deadlines of elements. For those of fields each of the two has a form that the other
//! refuses, and what is written is Valkey's ([`Code::HashTtl`]). For those of a set's members neither has
//! one ([`Code::SetTtl`]), nor for what only the native dialect can store ([`Code::Frame`]).

use std::ops::Deref;

use super::{Code, Output, Writer, seal};

/// Where a value is to be written: behind its code, and in a snapshot behind its key.
#[derive(Debug)]
pub struct Entry<'w, O> {
    writer: &'w mut Writer<O>,
    key: Option<&'w [u8]>,
}

const PLAIN: u8 = 1;
const PACKED: u8 = 2;
/// A listpack of one empty element: Redis does not take it by itself.
const EMPTY_ELEMENT: &[u8] = &[9, 0, 0, 0, 1, 0, 0x80, 1, 0xff];

/// Some elements of a list.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// One large element.
    Plain(&'a [u8]),
    /// Elements as a listpack.
    Packed(&'a [u8]),
}

/// The dump of a value, which `write` writes: with the lowest version that its form needs. If it is to
/// `compress`, strings are compressed where that makes them shorter.
pub fn dump(compress: bool, write: impl FnOnce(Entry<'_, Vec<u8>>) -> Code) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), compress);
    let code = write(Entry::new(&mut writer));
    let mut dump = writer.into_inner();
    seal(&mut dump, code.version());
    dump
}

/// Every method writes the value it is given and tells the form it chose. Where elements come one by one
/// they are counted before: there must be `len` of them, and one at least.
impl<'w, O: Output> Entry<'w, O> {
    /// A value by itself.
    pub fn new(writer: &'w mut Writer<O>) -> Self {
        Entry { writer, key: None }
    }

    /// The value of `key`.
    pub fn keyed(writer: &'w mut Writer<O>, key: &'w [u8]) -> Self {
        Entry { writer, key: Some(key) }
    }

    fn begin(self, code: Code) -> (&'w mut Writer<O>, Code) {
        self.writer.byte(code.byte());
        if let Some(key) = self.key {
            self.writer.string(key);
        }
        (self.writer, code)
    }

    /// A string.
    pub fn string(self, value: &[u8]) -> Code {
        let (writer, code) = self.begin(Code::String);
        writer.string(value);
        code
    }

    /// A frame of the native dialect, as it was sent.
    pub fn frame(self, frame: &[u8]) -> Code {
        self.blob(Code::Frame, frame)
    }

    fn blob(self, code: Code, bytes: &[u8]) -> Code {
        let (writer, code) = self.begin(code);
        writer.blob(bytes);
        code
    }

    fn elements<T>(
        self,
        code: Code,
        len: usize,
        elements: impl Iterator<Item = T>,
        write: impl Fn(&mut Writer<O>, T),
    ) -> Code {
        let (writer, code) = self.begin(code);
        writer.number(len as u64);
        let mut written = 0;
        for element in elements {
            write(writer, element);
            written += 1;
        }
        debug_assert_eq!(written, len, "as many elements as there were said to be");
        code
    }

    /// A list of `len` nodes.
    pub fn list<'a>(self, len: usize, nodes: impl Iterator<Item = Node<'a>>) -> Code {
        self.elements(Code::ListNodes, len, nodes, |writer, node| {
            let (kind, bytes) = match node {
                Node::Plain(b"") => (PACKED, EMPTY_ELEMENT),
                Node::Plain(element) => (PLAIN, element),
                Node::Packed(elements) => (PACKED, elements),
            };
            writer.byte(kind);
            writer.blob(bytes);
        })
    }

    /// A set as the sorted array of integers that it is.
    pub fn intset(self, bytes: &[u8]) -> Code {
        self.blob(Code::SetIntset, bytes)
    }

    /// A set as the listpack that it is.
    pub fn set_listpack(self, bytes: &[u8]) -> Code {
        self.blob(Code::SetListpack, bytes)
    }

    /// A set of these members.
    pub fn set<'a>(self, len: usize, members: impl Iterator<Item = &'a [u8]>) -> Code {
        self.elements(Code::Set, len, members, Writer::string)
    }

    /// A set of these members, with deadlines (Unix milliseconds) where they have one.
    pub fn set_ttl<'a>(
        self,
        len: usize,
        members: impl Iterator<Item = (&'a [u8], Option<u64>)>,
    ) -> Code {
        self.elements(Code::SetTtl, len, members, |writer, (member, deadline)| {
            writer.string(member);
            writer.deadline(deadline);
        })
    }

    /// A hash as the listpack of fields and values that it is.
    pub fn hash_listpack(self, bytes: &[u8]) -> Code {
        self.blob(Code::HashListpack, bytes)
    }

    /// A hash of these fields and values.
    pub fn hash<'a>(self, len: usize, fields: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Code {
        self.elements(Code::Hash, len, fields, |writer, (field, value)| {
            writer.string(field);
            writer.string(value);
        })
    }

    /// A hash of these fields and values, with deadlines (Unix milliseconds) where they have one.
    pub fn hash_ttl<'a>(
        self,
        len: usize,
        fields: impl Iterator<Item = (&'a [u8], &'a [u8], Option<u64>)>,
    ) -> Code {
        self.elements(Code::HashTtl, len, fields, |writer, (field, value, deadline)| {
            writer.string(field);
            writer.string(value);
            writer.deadline(deadline);
        })
    }

    /// A sorted set as the listpack of members and scores that it is.
    pub fn zset_listpack(self, bytes: &[u8]) -> Code {
        self.blob(Code::ZsetListpack, bytes)
    }

    /// A sorted set of these members and scores, in any order. (Redis writes the highest score first:
    /// each member then is added at the front when it is loaded.)
    pub fn zset<M: Deref<Target = [u8]>>(
        self,
        len: usize,
        members: impl Iterator<Item = (M, f64)>,
    ) -> Code {
        self.elements(Code::Zset, len, members, |writer, (member, score)| {
            writer.string(&member);
            writer.double(score);
        })
    }
}
