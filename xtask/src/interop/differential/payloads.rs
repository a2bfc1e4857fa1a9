//! Dumps to restore: of every type, whole and damaged.

use std::sync::LazyLock;

use kv_store::rdb::{Entry, Node, dump};

use super::values::Values;

type Entries<'e> = Entry<'e, Vec<u8>>;

/// The elements `a`, `12`, `bc` as they are packed.
const LISTPACK: &[u8] = &[16, 0, 0, 0, 3, 0, 0x81, b'a', 2, 12, 1, 0x82, b'b', b'c', 3, 0xff];

static DUMPS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let long = vec![b'x'; 150];
    let members = [&b"a"[..], b"b", b"1", b"-7", b""];
    let numbers = [&b"1"[..], b"22", b"-333"];
    let pairs = [(&b"a"[..], &b"1"[..]), (b"f", b"x"), (b"", b"")];
    let scores = [(&b"a"[..], 1.0), (b"b", -0.5), (b"c", f64::INFINITY), (b"d", 1.0)];
    let dumped = |write: &dyn Fn(Entries<'_>) -> _| dump(false, write);
    vec![
        dumped(&|entry| entry.string(b"hello")),
        dumped(&|entry| entry.string(b"-12")),
        dumped(&|entry| entry.string(&long)),
        // Of one node: more are a large list in the real server until it has few left.
        dumped(&|entry| entry.list(1, [Node::Packed(LISTPACK)].into_iter())),
        dumped(&|entry| entry.list(1, [Node::Plain(&long)].into_iter())),
        dumped(&|entry| entry.set(members.len(), members.into_iter())),
        dumped(&|entry| entry.set(numbers.len(), numbers.into_iter())),
        dumped(&|entry| entry.set(2, [&long[..], b"a"].into_iter())),
        dumped(&|entry| entry.hash(pairs.len(), pairs.into_iter())),
        dumped(&|entry| entry.hash(1, [(&b"a"[..], &long[..])].into_iter())),
        dumped(&|entry| entry.zset(scores.len(), scores.into_iter())),
        dumped(&|entry| entry.zset(1, [(&long[..], 0.1)].into_iter())),
    ]
});

/// A dump, once in a while damaged.
pub(super) fn pick(values: &mut Values) -> Vec<u8> {
    let at = values.rng.usize(..DUMPS.len());
    let mut dump = DUMPS[at].clone();
    if values.once_in(8) {
        let at = values.rng.usize(..dump.len());
        dump[at] ^= 1;
    }
    dump
}
