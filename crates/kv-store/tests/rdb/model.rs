//! What a value is, without how it is stored.

use std::collections::BTreeMap;

use kv_store::rdb::{self, Code, Collection, Error, Packed, Reader, Reason, Sink, Text};

type Bytes = Vec<u8>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    String(Bytes),
    Frame(Bytes),
    List(Vec<Bytes>),
    Set(BTreeMap<Bytes, Option<u64>>),
    Hash(BTreeMap<Bytes, (Bytes, Option<u64>)>),
    Zset(BTreeMap<Bytes, f64>),
}

impl Value {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Value::String(_) | Value::Frame(_) => false,
            Value::List(items) => items.is_empty(),
            Value::Set(members) => members.is_empty(),
            Value::Hash(fields) => fields.is_empty(),
            Value::Zset(members) => members.is_empty(),
        }
    }
}

/// A sink that makes a [`Value`].
#[derive(Default)]
struct Builder {
    value: Option<Value>,
    /// Whether it takes elements that are packed, and how many such packs there were.
    takes_packed: bool,
    packs: usize,
}

impl Builder {
    fn value(&mut self) -> &mut Value {
        self.value.as_mut().expect("an element comes after its collection has begun")
    }

    /// Adds an element that was packed, or a pair of two.
    fn unpacked(&mut self, texts: &[Vec<u8>]) {
        let is_new = match (self.value(), texts) {
            (Value::List(items), [item]) => {
                items.push(item.clone());
                true
            }
            (Value::Set(members), [member]) => members.insert(member.clone(), None).is_none(),
            (Value::Hash(fields), [field, value]) => {
                fields.insert(field.clone(), (value.clone(), None)).is_none()
            }
            (Value::Zset(members), [member, score]) => {
                let score = std::str::from_utf8(score).expect("ASCII").parse().expect("a score");
                members.insert(member.clone(), score).is_none()
            }
            (value, texts) => panic!("{texts:?} packed for {value:?}"),
        };
        assert!(is_new, "nothing that is packed is there twice");
    }
}

impl Sink for Builder {
    fn string(&mut self, value: Text<'_>) {
        assert!(self.value.is_none());
        self.value = Some(Value::String(value.to_vec()));
    }

    fn frame(&mut self, frame: &[u8]) {
        assert!(self.value.is_none());
        self.value = Some(Value::Frame(frame.to_vec()));
    }

    fn begin(&mut self, kind: Collection, _len: usize) {
        assert!(self.value.is_none());
        self.value = Some(match kind {
            Collection::List => Value::List(Vec::new()),
            Collection::Set => Value::Set(BTreeMap::new()),
            Collection::Hash => Value::Hash(BTreeMap::new()),
            Collection::Zset => Value::Zset(BTreeMap::new()),
        });
    }

    fn packed(&mut self, packed: Packed<'_>) -> bool {
        self.packs += 1;
        if self.takes_packed {
            let size = match self.value() {
                Value::Hash(_) | Value::Zset(_) => 2,
                _ => 1,
            };
            let texts: Vec<Vec<u8>> = match packed {
                Packed::Intset(set) => set.iter().map(|n| n.to_string().into_bytes()).collect(),
                Packed::Listpack(list) => list.iter().map(|value| value.to_vec()).collect(),
            };
            texts.chunks(size).for_each(|texts| self.unpacked(texts));
        }
        self.takes_packed
    }

    fn item(&mut self, item: &[u8]) {
        match self.value() {
            Value::List(items) => items.push(item.to_vec()),
            other => panic!("an item of {other:?}"),
        }
    }

    fn member(&mut self, member: &[u8], deadline: Option<u64>) -> bool {
        match self.value() {
            Value::Set(members) => members.insert(member.to_vec(), deadline).is_none(),
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

/// The value in what is in front of a dump's footer, and the code of its form: the same whether the sink
/// takes elements that are packed or not.
pub(crate) fn value_of(version: u16, bytes: &[u8]) -> Result<(Code, Value), Error> {
    let (code, value, _) = read(version, bytes, false)?;
    let packed = read(version, bytes, true).expect("what is read one by one is read packed");
    assert_eq!((code, &value), (packed.0, &packed.1));
    Ok((code, value))
}

/// Whether the elements are offered packed.
pub(crate) fn is_offered_packed(version: u16, bytes: &[u8]) -> bool {
    read(version, bytes, false).expect("a value").2 > 0
}

fn read(version: u16, bytes: &[u8], takes_packed: bool) -> Result<(Code, Value, usize), Error> {
    let mut reader = Reader::new(bytes);
    let code = Code::read(reader.byte()?, version, 0)?;
    let mut builder = Builder { takes_packed, ..Builder::default() };
    rdb::decode(code, &mut reader, &mut builder)?;
    reader.finish()?;
    let value = builder.value.expect("a value was read without an error");
    assert!(!value.is_empty(), "an empty collection was read");
    Ok((code, value, builder.packs))
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
