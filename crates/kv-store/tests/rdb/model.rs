//! What a value is, without how it is stored.

use std::collections::{BTreeMap, BTreeSet};

use kv_store::rdb::{self, Code, Collection, Error, Reader, Reason, Sink, Text};

type Bytes = Vec<u8>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    String(Bytes),
    List(Vec<Bytes>),
    Set(BTreeSet<Bytes>),
    Hash(BTreeMap<Bytes, (Bytes, Option<u64>)>),
    Zset(BTreeMap<Bytes, f64>),
}

impl Value {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Value::String(_) => false,
            Value::List(items) => items.is_empty(),
            Value::Set(members) => members.is_empty(),
            Value::Hash(fields) => fields.is_empty(),
            Value::Zset(members) => members.is_empty(),
        }
    }
}

/// A sink that makes a [`Value`].
#[derive(Default)]
pub(crate) struct Builder(pub(crate) Option<Value>);

impl Builder {
    fn value(&mut self) -> &mut Value {
        self.0.as_mut().expect("an element comes after its collection has begun")
    }
}

impl Sink for Builder {
    fn string(&mut self, value: Text<'_>) {
        assert!(self.0.is_none());
        self.0 = Some(Value::String(value.to_vec()));
    }

    fn begin(&mut self, kind: Collection, _len: usize) {
        assert!(self.0.is_none());
        self.0 = Some(match kind {
            Collection::List => Value::List(Vec::new()),
            Collection::Set => Value::Set(BTreeSet::new()),
            Collection::Hash => Value::Hash(BTreeMap::new()),
            Collection::Zset => Value::Zset(BTreeMap::new()),
        });
    }

    fn item(&mut self, item: &[u8]) {
        match self.value() {
            Value::List(items) => items.push(item.to_vec()),
            other => panic!("an item of {other:?}"),
        }
    }

    fn member(&mut self, member: &[u8]) -> bool {
        match self.value() {
            Value::Set(members) => members.insert(member.to_vec()),
            other => panic!("a member of {other:?}"),
        }
    }

    fn field(&mut self, field: &[u8], value: &[u8], deadline: Option<u64>) -> bool {
        match self.value() {
            Value::Hash(fields) => {
                fields.insert(field.to_vec(), (value.to_vec(), deadline)).is_none()
            }
            other => panic!("a field of {other:?}"),
        }
    }

    fn scored(&mut self, member: &[u8], score: f64) -> bool {
        assert!(!score.is_nan());
        match self.value() {
            Value::Zset(members) => members.insert(member.to_vec(), score).is_none(),
            other => panic!("a member of {other:?}"),
        }
    }
}

/// The value in what is in front of a dump's footer, and the code of its form.
pub(crate) fn value_of(version: u16, bytes: &[u8]) -> Result<(Code, Value), Error> {
    let mut reader = Reader::new(bytes);
    let code = Code::read(reader.byte()?, version, 0)?;
    let mut builder = Builder::default();
    rdb::decode(code, &mut reader, &mut builder)?;
    reader.finish()?;
    let value = builder.0.expect("a value was read without an error");
    assert!(!value.is_empty(), "an empty collection was read");
    Ok((code, value))
}

/// As [`value_of`], of a whole dump.
pub(crate) fn restore(dump: &[u8]) -> Result<(Code, Value), Error> {
    let (version, bytes) = rdb::unseal(dump)?;
    value_of(version, bytes)
}

/// The reason why these bytes are refused.
pub(crate) fn reason(version: u16, bytes: &[u8]) -> Reason {
    match value_of(version, bytes) {
        Ok(value) => panic!("{bytes:?} is {value:?}"),
        Err(error) => error.reason,
    }
}
