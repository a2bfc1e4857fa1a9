//! What is written is read as it was.

use std::collections::BTreeMap;

use kv_store::rdb::{Code, Entry, Node, Writer, dump};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::model::{Value, restore};

/// Texts of all kinds: numbers, short and long, compressible and not.
fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string().into_bytes()),
        any::<i16>().prop_map(|n| n.to_string().into_bytes()),
        vec(any::<u8>(), 0..30),
        vec(0u8..2, 0..400),
        (0usize..20_000).prop_map(|len| vec![b'x'; len]),
    ]
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![any::<i32>().prop_map(f64::from), any::<f64>()]
        .prop_filter("a score is a number", |score| !score.is_nan())
}

proptest! {
    #[test]
    fn strings(value in text(), compress: bool) {
        let bytes = dump(compress, |entry| entry.string(&value));
        prop_assert_eq!(restore(&bytes), Ok((Code::String, Value::String(value))));
    }

    #[test]
    fn lists(items in vec(text(), 1..20), compress: bool) {
        let bytes = dump(compress, |entry| entry.list(items.len(), items.iter().map(|item| Node::Plain(item))));
        prop_assert_eq!(restore(&bytes), Ok((Code::ListNodes, Value::List(items))));
    }

    #[test]
    fn sets(members in btree_map(text(), Just(None), 1..20), compress: bool) {
        let bytes = dump(compress, |entry| {
            entry.set(members.len(), members.keys().map(|member| &member[..]))
        });
        prop_assert_eq!(restore(&bytes), Ok((Code::Set, Value::Set(members))));
    }

    #[test]
    fn sets_with_deadlines(
        members in btree_map(text(), proptest::option::of(0..i64::MAX as u64), 1..20),
        compress: bool,
    ) {
        let bytes = dump(compress, |entry| {
            entry.set_ttl(members.len(), members.iter().map(|(member, at)| (&member[..], *at)))
        });
        prop_assert_eq!(restore(&bytes), Ok((Code::SetTtl, Value::Set(members))));
    }

    #[test]
    fn hashes(fields in btree_map(text(), text(), 1..20), compress: bool) {
        let bytes = dump(compress, |entry| {
            entry.hash(fields.len(), fields.iter().map(|(field, value)| (&field[..], &value[..])))
        });
        let expected = fields.into_iter().map(|(field, value)| (field, (value, None))).collect();
        prop_assert_eq!(restore(&bytes), Ok((Code::Hash, Value::Hash(expected))));
    }

    #[test]
    fn hashes_with_deadlines(
        fields in btree_map(text(), (text(), proptest::option::of(0..i64::MAX as u64)), 1..20),
        compress: bool,
    ) {
        let bytes = dump(compress, |entry| {
            let elements = fields.iter().map(|(field, (value, at))| (&field[..], &value[..], *at));
            entry.hash_ttl(fields.len(), elements)
        });
        prop_assert_eq!(restore(&bytes), Ok((Code::HashTtl, Value::Hash(fields))));
    }

    #[test]
    fn sorted_sets(members in btree_map(text(), score(), 1..20), compress: bool) {
        let bytes = dump(compress, |entry| {
            entry.zset(members.len(), members.iter().map(|(member, score)| (&member[..], *score)))
        });
        prop_assert_eq!(restore(&bytes), Ok((Code::Zset, Value::Zset(members))));
    }
}

#[test]
fn packed_bytes_are_written_as_they_are() {
    let listpack = b"\x0e\0\0\0\x02\0\x81a\x02\x07\x01\x00\xff";
    let listpack = &[&listpack[..11], b"\xff"].concat()[..];
    let listpack = &[&[listpack.len() as u8][..], &listpack[1..]].concat()[..];
    let intset = b"\x02\0\0\0\x01\0\0\0\x05\0";
    let single = |text: &str| text.as_bytes().to_vec();
    let cases = [
        (
            dump(true, |entry| entry.set_listpack(listpack)),
            Code::SetListpack,
            Value::Set(BTreeMap::from([(single("a"), None), (single("7"), None)])),
        ),
        (
            dump(true, |entry| entry.hash_listpack(listpack)),
            Code::HashListpack,
            Value::Hash(BTreeMap::from([(single("a"), (single("7"), None))])),
        ),
        (
            dump(true, |entry| entry.zset_listpack(listpack)),
            Code::ZsetListpack,
            Value::Zset(BTreeMap::from([(single("a"), 7.0)])),
        ),
        (
            dump(true, |entry| entry.intset(intset)),
            Code::SetIntset,
            Value::Set(BTreeMap::from([(single("5"), None)])),
        ),
        (
            dump(true, |entry| {
                entry.list(2, [Node::Packed(listpack), Node::Plain(b"12")].into_iter())
            }),
            Code::ListNodes,
            Value::List(vec![single("a"), single("7"), single("12")]),
        ),
    ];
    for (bytes, code, value) in cases {
        assert_eq!(restore(&bytes), Ok((code, value)));
        assert_eq!(bytes[bytes.len() - 10..][..2], code.version().to_le_bytes());
    }
}

#[test]
fn a_key_lies_between_code_and_value() {
    let mut writer = Writer::new(Vec::new(), true);
    assert_eq!(Entry::keyed(&mut writer, b"12").string(b"v"), Code::String);
    assert_eq!(writer.into_inner(), b"\x00\xc0\x0c\x01v");
}

/// Redis refuses an empty element that is a node by itself.
#[test]
fn an_empty_element_lies_in_a_listpack() {
    let bytes = dump(true, |entry| entry.list(1, [Node::Plain(b"")].into_iter()));
    assert_eq!(bytes[..13], *b"\x12\x01\x02\x09\x09\0\0\0\x01\0\x80\x01\xff");
    assert_eq!(restore(&bytes), Ok((Code::ListNodes, Value::List(vec![vec![]]))));
}
