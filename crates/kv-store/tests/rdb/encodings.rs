//! How a Valkey 9.1.2 with its own settings holds what it has restored: each row was asked of one.

use kv_store::rdb::{Writer, seal};
use kv_types::{intset, listpack};

use crate::store::{Shop, ok};

type Bytes = Vec<u8>;

/// A dump of what `write` writes behind this code.
fn value(code: u8, write: impl FnOnce(&mut Writer<Bytes>)) -> Bytes {
    let mut writer = Writer::new(vec![code], false);
    write(&mut writer);
    let mut dump = writer.into_inner();
    seal(&mut dump, 11);
    dump
}

fn strings(code: u8, count: usize, elements: &[Bytes]) -> Bytes {
    value(code, |writer| {
        writer.number(count as u64);
        elements.iter().for_each(|element| writer.string(element));
    })
}

fn blob(code: u8, bytes: &[u8]) -> Bytes {
    value(code, |writer| writer.blob(bytes))
}

fn blobs(code: u8, nodes: &[(Option<u64>, Bytes)]) -> Bytes {
    value(code, |writer| {
        writer.number(nodes.len() as u64);
        for (kind, bytes) in nodes {
            kind.iter().for_each(|kind| writer.number(*kind));
            writer.blob(bytes);
        }
    })
}

fn pack(elements: &[Bytes]) -> Bytes {
    let mut pack = listpack::EMPTY.to_vec();
    elements.iter().for_each(|element| listpack::push(&mut pack, element));
    pack
}

fn ziplist(elements: &[Bytes]) -> Bytes {
    let (mut entries, mut before, mut last) = (Vec::new(), 0u8, 0);
    for element in elements {
        last = entries.len();
        let head = [0x40, element.len() as u8];
        let head = if element.len() < 64 { &head[1..] } else { &head[..] };
        entries.extend_from_slice(&[&[before], head, element].concat());
        before = (entries.len() - last) as u8;
    }
    let (total, tail) = (entries.len() as u32 + 11, last as u32 + 10);
    let count = elements.len() as u16;
    let head = [&total.to_le_bytes()[..], &tail.to_le_bytes(), &count.to_le_bytes()].concat();
    [&head[..], &entries, &[0xff]].concat()
}

/// `count` different texts of `len` bytes.
fn texts(count: usize, len: usize) -> Vec<Bytes> {
    (0..count).map(|n| format!("{n:x>len$}").into_bytes()).collect()
}

/// As many names, each with a text of `len` bytes.
fn fields(count: usize, len: usize) -> Vec<Bytes> {
    texts(count, 3).into_iter().zip(texts(count, len)).flat_map(|(f, v)| [f, v]).collect()
}

/// Members of `len` bytes, each with a score in order.
fn scored(count: usize, len: usize) -> Vec<Bytes> {
    let mut members = texts(count, len);
    members.sort();
    members.into_iter().flat_map(|member| [member, b"1".to_vec()]).collect()
}

fn scores(count: usize, len: usize) -> Bytes {
    value(5, |writer| {
        writer.number(count as u64);
        for member in texts(count, len) {
            writer.string(&member);
            writer.double(1.0);
        }
    })
}

fn numbers(count: i64) -> Vec<Bytes> {
    (0..count).map(|n| n.to_string().into_bytes()).collect()
}

fn ints(count: i64) -> Bytes {
    intset::of(&(0..count).collect::<Vec<_>>())
}

fn check(rows: &[(&str, Bytes)]) {
    let mut shop = Shop::new();
    for (row, (encoding, dump)) in rows.iter().enumerate() {
        assert_eq!(shop.restore("k", dump), ok(), "row {row}");
        assert_eq!(shop.value("k").1, *encoding, "row {row}");
    }
}

#[test]
fn lists() {
    let (few, many) = (texts(2, 5), texts(90, 100));
    let packed = |elements: &[Bytes]| (Some(2), pack(elements));
    check(&[
        ("listpack", blobs(18, &[packed(&few)])),
        ("quicklist", blobs(18, &[packed(&few), packed(&few)])),
        ("listpack", blobs(18, &[packed(&[]), packed(&few)])),
        ("quicklist", blobs(18, &[(Some(1), b"a".to_vec())])),
        ("quicklist", blobs(18, &[(Some(1), b"a".to_vec()), packed(&few)])),
        ("quicklist", blobs(18, &[packed(&many)])),
        ("quicklist", blobs(18, &[packed(&texts(1, 9000))])),
        ("listpack", strings(1, 2, &few)),
        ("listpack", strings(1, 79, &many[..79])),
        ("quicklist", strings(1, 80, &many[..80])),
        ("quicklist", blob(10, &ziplist(&few))),
        ("listpack", blobs(14, &[(None, ziplist(&few))])),
        ("quicklist", blobs(14, &[(None, ziplist(&few)), (None, ziplist(&few))])),
        ("quicklist", blobs(14, &[(None, ziplist(&many))])),
    ]);
}

#[test]
fn sets() {
    let mixed = |count| [numbers(count), vec![b"a".to_vec()]].concat();
    check(&[
        ("intset", blob(11, &ints(512))),
        ("hashtable", blob(11, &ints(513))),
        ("listpack", blob(20, &pack(&numbers(3)))),
        ("listpack", blob(20, &pack(&texts(128, 65)))),
        ("hashtable", blob(20, &pack(&texts(129, 5)))),
        ("intset", strings(2, 512, &numbers(512))),
        ("hashtable", strings(2, 513, &numbers(513))),
        ("listpack", strings(2, 128, &texts(128, 64))),
        ("hashtable", strings(2, 129, &texts(129, 5))),
        ("hashtable", strings(2, 1, &texts(1, 65))),
        ("listpack", strings(2, 128, &mixed(127))),
        ("hashtable", strings(2, 129, &mixed(128))),
    ]);
}

#[test]
fn hashes() {
    let zipmap = |len: u8| {
        let value = vec![b'v'; len.into()];
        blob(9, &[&[1, 1, b'f', len, 0], &value[..], &[0xff]].concat())
    };
    check(&[
        ("listpack", blob(16, &pack(&fields(512, 3)))),
        ("listpack", blob(16, &pack(&fields(2, 65)))),
        ("hashtable", blob(16, &pack(&fields(513, 3)))),
        ("listpack", blob(13, &ziplist(&fields(512, 3)))),
        ("listpack", blob(13, &ziplist(&fields(2, 65)))),
        ("hashtable", blob(13, &ziplist(&fields(513, 3)))),
        ("listpack", strings(4, 512, &fields(512, 64))),
        ("hashtable", strings(4, 2, &fields(2, 65))),
        ("hashtable", strings(4, 513, &fields(513, 3))),
        ("listpack", zipmap(64)),
        ("hashtable", zipmap(65)),
    ]);
}

#[test]
fn sorted_sets() {
    check(&[
        ("listpack", blob(17, &pack(&scored(128, 3)))),
        ("listpack", blob(17, &pack(&scored(2, 65)))),
        ("skiplist", blob(17, &pack(&scored(129, 3)))),
        ("listpack", blob(12, &ziplist(&scored(128, 3)))),
        ("listpack", blob(12, &ziplist(&scored(2, 65)))),
        ("skiplist", blob(12, &ziplist(&scored(129, 3)))),
        ("listpack", scores(128, 64)),
        ("skiplist", scores(129, 3)),
        ("skiplist", scores(2, 65)),
    ]);
}
