//! Values that a store restores: it has them as they were, holds them as a Valkey would, and dumps them
//! as it got them.

use std::time::Duration;

use kv_protocol::{Frame, Protocol};
use kv_store::Registry;
use kv_store::rdb::{Code, Node, dump};
use kv_store::testing::{START, Stage};

use crate::dumps;
use crate::model::{self, Value};

pub(crate) fn ok() -> Frame {
    Frame::Simple("OK".into())
}

/// A store, and the words for what is done with it here.
pub(crate) struct Shop(pub(crate) Stage);

impl Shop {
    pub(crate) fn new() -> Shop {
        Shop(Stage::new(Protocol::Resp2, Registry::builtin()))
    }

    pub(crate) fn call<const N: usize>(&mut self, request: [&[u8]; N]) -> Frame {
        self.0.session.call(request)
    }

    pub(crate) fn text<const N: usize>(&mut self, request: [&str; N]) -> String {
        match self.call(request.map(str::as_bytes)) {
            Frame::Bulk(text) => String::from_utf8_lossy(&text).into_owned(),
            other => format!("{other:?}"),
        }
    }

    /// Puts the value of a dump at a key, whatever is there.
    pub(crate) fn restore(&mut self, key: &str, dump: &[u8]) -> Frame {
        self.call([b"RESTORE", key.as_bytes(), b"0", dump, b"REPLACE"])
    }

    /// The same, of a dump that must be sound.
    pub(crate) fn restored(&mut self, key: &str, dump: &[u8]) {
        assert_eq!(self.restore(key, dump), ok());
    }

    pub(crate) fn dump(&mut self, key: &str) -> Vec<u8> {
        match self.call([b"DUMP", key.as_bytes()]) {
            Frame::Bulk(dump) => dump.to_vec(),
            other => panic!("{key} is not there: {other:?}"),
        }
    }

    /// The value at a key, which is of the kind of `like`, as the commands that read it tell.
    fn read(&mut self, key: &str, like: &Value) -> Value {
        let key = key.as_bytes();
        let pairs = |texts: Vec<Vec<u8>>| {
            texts.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect::<Vec<_>>()
        };
        match like {
            Value::String(_) => Value::String(self.texts([b"GET", key]).swap_remove(0)),
            Value::Frame(_) => panic!("it is not read as text"),
            Value::List(_) => Value::List(self.texts([b"LRANGE", key, b"0", b"-1"])),
            Value::Set(_) => {
                let members = self.texts([b"SMEMBERS", key]);
                Value::Set(members.into_iter().map(|member| (member, None)).collect())
            }
            Value::Hash(_) => {
                let fields = pairs(self.texts([b"HGETALL", key]));
                let with_deadline = |(field, value): (Vec<u8>, Vec<u8>)| {
                    let request = [&b"HPEXPIRETIME"[..], key, b"FIELDS", b"1", &field];
                    let deadline = match self.call(request) {
                        Frame::Array(deadlines) => deadlines[0].as_int().expect("a time"),
                        other => panic!("{other:?}"),
                    };
                    (field, (value, u64::try_from(deadline).ok()))
                };
                Value::Hash(fields.into_iter().map(with_deadline).collect())
            }
            Value::Zset(_) => {
                let members = pairs(self.texts([b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"]));
                let score = |text: &[u8]| {
                    std::str::from_utf8(text).expect("ASCII").parse().expect("a score")
                };
                Value::Zset(members.into_iter().map(|(m, s)| (m, score(&s))).collect())
            }
        }
    }

    fn texts<const N: usize>(&mut self, request: [&[u8]; N]) -> Vec<Vec<u8>> {
        match self.call(request) {
            Frame::Bulk(text) => vec![text.to_vec()],
            Frame::Array(texts) => {
                texts.iter().map(|text| text.as_bytes().expect("a text").to_vec()).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    /// The value at a key, and how it is held.
    pub(crate) fn value(&mut self, key: &str) -> (Value, String) {
        let dump = self.dump(key);
        let (_, value) = model::restore(&dump).expect("what is dumped is a value");
        (value, self.text(["OBJECT", "ENCODING", key]))
    }
}

#[test]
fn dumps_of_real_servers() {
    let mut shop = Shop::new();
    for real in dumps::all() {
        let what = real.commands.join("; ");
        let reply = shop.restore("k", &real.bytes);
        let Some(expected) = real.expected() else {
            assert_eq!(reply.as_error(), Some(&b"ERR Bad data format"[..]), "{what}");
            continue;
        };
        assert_eq!(reply, ok(), "{what}");
        let (value, encoding) = shop.value("k");
        assert!(value == expected, "{what}");
        assert_eq!(encoding, real.encoding.unwrap_or(&encoding), "{what}");
        let again = shop.dump("k");
        shop.restored("l", &again);
        let (same, as_before) = shop.value("l");
        assert!(same == value, "{what}");
        // What may be packed now: a hash whose deadlines are gone, and a list so short that it is dumped as
        // one node, whatever it was.
        if !what.contains("HPERSIST") && encoding != "quicklist" {
            assert_eq!(as_before, encoding, "{what}");
        }
        assert!(shop.read("k", &expected) == expected, "{what}");
    }
}

/// A value of every kind, packed and large, with how it is held.
pub(crate) fn every_form() -> Vec<(&'static str, Vec<u8>)> {
    let small: Vec<Vec<u8>> = (0..40).map(|n| format!("el{n}").into_bytes()).collect();
    let many: Vec<Vec<u8>> = (0..700).map(|n| format!("el{n}").into_bytes()).collect();
    let long = [b"a".to_vec(), vec![b'x'; 70]];
    let few = &small[..9];
    let numbers: Vec<Vec<u8>> =
        (0..100).map(|n: i64| (n * n * n - 50).to_string().into_bytes()).collect();
    let far = |n: usize| n.is_multiple_of(2).then_some(START + 1_000_000 + n as u64);
    let set = |elements: &[Vec<u8>]| {
        dump(true, |entry| entry.set(elements.len(), elements.iter().map(|e| &e[..])))
    };
    let hash = |elements: &[Vec<u8>]| {
        let pairs = elements.iter().zip(elements.iter().rev());
        dump(true, |entry| entry.hash(elements.len(), pairs.map(|(f, v)| (&f[..], &v[..]))))
    };
    let zset = |elements: &[Vec<u8>]| {
        let scored = elements.iter().enumerate().map(|(n, e)| (&e[..], n as f64 / 3.0));
        dump(true, |entry| entry.zset(elements.len(), scored))
    };
    let list = |elements: &[Vec<u8>]| {
        dump(true, |entry| entry.list(elements.len(), elements.iter().map(|e| Node::Plain(e))))
    };
    let one_node = |elements: &[Vec<u8>]| {
        let mut pack = kv_types::listpack::EMPTY.to_vec();
        elements.iter().for_each(|e| kv_types::listpack::push(&mut pack, e));
        dump(true, |entry| entry.list(1, [Node::Packed(&pack)].into_iter()))
    };
    vec![
        ("int", dump(true, |entry| entry.string(b"12"))),
        ("embstr", dump(true, |entry| entry.string(b"hello"))),
        ("raw", dump(true, |entry| entry.string(&[b'x'; 9000]))),
        ("listpack", one_node(&small)),
        ("listpack", one_node(&numbers)),
        ("quicklist", list(&many)),
        ("quicklist", list(&[vec![b'x'; 9000], b"y".to_vec(), b"5".to_vec()])),
        ("intset", set(&numbers)),
        ("listpack", set(&small)),
        ("hashtable", set(&many)),
        ("hashtable", set(&long)),
        ("listpack", hash(&small)),
        ("hashtable", hash(&many)),
        ("hashtable", hash(&long)),
        ("listpack", zset(&small)),
        ("skiplist", zset(&many)),
        ("skiplist", zset(&long)),
        (
            "hashtable",
            dump(true, |entry| {
                let members = few.iter().enumerate().map(|(n, e)| (&e[..], far(n)));
                entry.set_ttl(few.len(), members)
            }),
        ),
        (
            "hashtable",
            dump(true, |entry| {
                let fields = few.iter().enumerate().map(|(n, e)| (&e[..], &e[..], far(n)));
                entry.hash_ttl(few.len(), fields)
            }),
        ),
    ]
}

#[test]
fn what_is_restored_is_dumped_as_it_was() {
    let mut shop = Shop::new();
    for (encoding, dump) in every_form() {
        let (code, expected) = model::restore(&dump).unwrap();
        let what = format!("{code:?} as {encoding}");
        shop.restored("k", &dump);
        assert!(shop.value("k") == (expected.clone(), encoding.to_owned()), "{what}");
        // Once more, with a time to live, and without compression.
        let again = shop.dump("k");
        shop.0.store.settings().change(&[("rdbcompression", "no")]).unwrap();
        let plain = shop.dump("k");
        shop.0.store.settings().change(&[("rdbcompression", "yes")]).unwrap();
        for dump in [again, plain] {
            let ends = (START + 500).to_string();
            let request = [&b"RESTORE"[..], b"l", ends.as_bytes(), &dump, b"REPLACE", b"ABSTTL"];
            assert_eq!(shop.call(request), ok());
            assert!(shop.value("l") == (expected.clone(), encoding.to_owned()), "{what}");
            assert_eq!(shop.call([b"PTTL", b"l"]), Frame::Integer(500));
        }
        // A copy is dumped as the original.
        assert_eq!(shop.call([b"COPY", b"k", b"copy", b"REPLACE"]), Frame::Integer(1));
        assert!(shop.value("copy") == (expected, encoding.to_owned()), "{what}");
    }
}

#[test]
fn settings_decide_what_is_packed() {
    let mut shop = Shop::new();
    let settings = [
        ("hash-max-listpack-entries", "10"),
        ("set-max-listpack-entries", "10"),
        ("set-max-intset-entries", "10"),
        ("zset-max-listpack-entries", "10"),
        ("list-max-listpack-size", "10"),
    ];
    let dumps: Vec<Vec<u8>> = every_form()
        .into_iter()
        .filter(|(encoding, _)| ["listpack", "intset"].contains(encoding))
        .map(|(_, dump)| {
            // As packed bytes: that is how the default settings let it be dumped.
            shop.restored("k", &dump);
            shop.dump("k")
        })
        .collect();
    shop.0.store.settings().change(&settings).unwrap();
    for dump in dumps {
        let (code, expected) = model::restore(&dump).unwrap();
        let encoding = match code {
            Code::ListNodes => "quicklist",
            Code::ZsetListpack => "skiplist",
            Code::SetIntset | Code::SetListpack | Code::HashListpack => "hashtable",
            other => panic!("{other:?} is not packed"),
        };
        shop.restored("k", &dump);
        assert_eq!(shop.value("k"), (expected, encoding.to_owned()), "{code:?}");
    }
}

#[test]
fn elements_whose_time_is_over_are_neither_dumped_nor_restored() {
    let ends = |at: [Option<u64>; 3]| {
        let of = move |n: usize| (&b"abc"[n..n + 1], at[n]);
        let set = dump(true, |entry| entry.set_ttl(3, (0..3).map(of)));
        let field = move |n: usize| (of(n).0, &b"v"[..], of(n).1);
        let hash = dump(true, |entry| entry.hash_ttl(3, (0..3).map(field)));
        [set, hash]
    };
    let left = |value: &Value| match value {
        Value::Set(members) => members.len(),
        Value::Hash(fields) => fields.len(),
        other => panic!("{other:?}"),
    };
    let mut shop = Shop::new();
    for dump in ends([Some(START + 10), Some(START + 20), Some(START - 1)]) {
        shop.restored("k", &dump);
        assert_eq!(left(&shop.value("k").0), 2);
        let before = shop.dump("k");
        shop.0.clock.wind(Duration::from_millis(11));
        assert_eq!(left(&shop.value("k").0), 1);
        // What was dumped before is restored as it is now.
        shop.restored("l", &before);
        assert_eq!(shop.value("l"), shop.value("k"));
        shop.0.clock.wind(Duration::from_millis(10));
        assert_eq!(shop.call([b"DUMP", b"k"]), Frame::Null);
        shop.restored("l", &before);
        assert_eq!(shop.call([b"EXISTS", b"l"]), Frame::Integer(0));
        assert_eq!(shop.call([b"SET", b"m", b"v"]), ok());
        shop.restored("m", &before);
        assert_eq!(shop.call([b"EXISTS", b"m"]), Frame::Integer(0));
        shop = Shop::new();
    }
    // Those that have no deadlines any more are dumped as if they had never had any.
    for (dump, code) in ends([Some(START - 1), None, None]).into_iter().zip([Code::Set, Code::Hash])
    {
        shop.restored("k", &dump);
        let again = shop.dump("k");
        assert_eq!(model::restore(&again).unwrap().0, code);
    }
}

#[test]
fn large_values_come_and_go_whole() {
    let element = |n: usize| format!("element:{n:09}").into_bytes();
    let all: Vec<Vec<u8>> = (0..20_000).map(element).collect();
    let dumps = [
        dump(true, |entry| entry.set(all.len(), all.iter().map(|e| &e[..]))),
        dump(true, |entry| entry.hash(all.len(), all.iter().map(|e| (&e[..], &e[4..])))),
        dump(true, |entry| {
            entry.zset(all.len(), all.iter().enumerate().map(|(n, e)| (&e[..], (n % 77) as f64)))
        }),
        dump(true, |entry| entry.list(all.len(), all.iter().map(|e| Node::Plain(e)))),
    ];
    let mut shop = Shop::new();
    for dump in dumps {
        let (_, expected) = model::restore(&dump).unwrap();
        let before = shop.0.store.used_memory();
        shop.restored("k", &dump);
        let held = shop.0.store.used_memory() - before;
        assert!((300_000..3_000_000).contains(&held), "{held} bytes");
        assert!(shop.value("k").0 == expected);
        assert_eq!(shop.call([b"DEL", b"k"]), Frame::Integer(1));
    }
}
