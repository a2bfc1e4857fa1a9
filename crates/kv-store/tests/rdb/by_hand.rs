//! Values put together by hand: forms that no server at hand writes any more, and what is not to be read.
//!
//! All that is read here was restored by a Redis 7.0.15, a Redis 8.2.3 and a Valkey 9.1.2 with the
//! same result, but for the previews' forms, which only Redis 8.2.3 knows.

use std::collections::BTreeMap;

use kv_store::rdb::{Code, Error, Reason};

use crate::model::{Value, reason, value_of};

fn hash(fields: &[(&str, &str, Option<u64>)]) -> Value {
    let field = |(field, value, deadline): &(&str, &str, Option<u64>)| {
        (field.as_bytes().to_vec(), (value.as_bytes().to_vec(), *deadline))
    };
    Value::Hash(BTreeMap::from_iter(fields.iter().map(field)))
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| item.as_bytes().to_vec()).collect())
}

fn scores(members: &[(&str, f64)]) -> Value {
    let member = |(member, score): &(&str, f64)| (member.as_bytes().to_vec(), *score);
    Value::Zset(BTreeMap::from_iter(members.iter().map(member)))
}

/// A packed collection as a string of less than 64 bytes behind a code.
fn packed(code: u8, parts: &[&[u8]]) -> Vec<u8> {
    let bytes = parts.concat();
    assert!(bytes.len() < 64);
    [&[code, bytes.len() as u8], &bytes[..]].concat()
}

fn zipmap(parts: &[&[u8]]) -> Vec<u8> {
    packed(9, parts)
}

#[test]
fn zipmaps() {
    // Two fields; behind the second value two bytes are unused.
    let two = zipmap(&[b"\x02", b"\x01f\x03\x00val", b"\x02gg\x00\x02\0\0", b"\xff"]);
    let expected = Ok((Code::HashZipmap, hash(&[("f", "val", None), ("gg", "", None)])));
    assert_eq!(value_of(6, &two), expected);
    // A count of 254 says nothing; a length of 4 bytes may be short.
    let wide = zipmap(&[b"\xfe", b"\xfe\x01\0\0\0f\xfe\x03\0\0\0\x00val", b"\xff"]);
    assert_eq!(value_of(6, &wide).unwrap().1, hash(&[("f", "val", None)]));
}

#[test]
fn damaged_zipmaps() {
    let damaged: [&[&[u8]]; 9] = [
        &[b""],
        &[b"\xff"],
        &[b"\x01", b"\x01f\x01\x00v"],          // no end
        &[b"\x02", b"\x01f\x01\x00v", b"\xff"], // another count
        &[b"\x01", b"\x01f", b"\xff"],          // no value
        &[b"\x01", b"\x01f\x01\x01v", b"\xff"], // more unused than there is
        &[b"\x01", b"\x09f\x01\x00v", b"\xff"], // a field beyond the end
        &[b"\x01", b"\xfe\xff\xff\xff\xfff\x01\x00v", b"\xff"],
        &[b"\x01", b"\x01f\x01\x00v", b"\xff", b"\xff"], // bytes behind the end
    ];
    for parts in damaged {
        assert_eq!(reason(6, &zipmap(parts)), Reason::Packed, "{parts:?}");
    }
    assert_eq!(reason(6, &zipmap(&[b"\x00\xff"])), Reason::Empty);
    let twice = zipmap(&[b"\x02", b"\x01f\x01\x00v", b"\x01f\x01\x00w", b"\xff"]);
    assert_eq!(reason(6, &twice), Reason::Duplicate);
}

/// Redis 7.4 changed its forms for deadlines of fields before it was released; the new ones are among the
/// real dumps.
#[test]
fn deadlines_of_previews() {
    let expected = hash(&[("f", "v", Some(4_000_000_000_000)), ("g", "12", None)]);
    let deadline = 4_000_000_000_000u64.to_be_bytes();
    let strings = [&b"\x16\x02\x81"[..], &deadline, b"\x01f\x01v\x00\x01g\xc0\x0c"].concat();
    assert_eq!(value_of(12, &strings), Ok((Code::HashTtlPreview, expected.clone())));
    let deadline = 4_000_000_000_000u64.to_le_bytes();
    let entries =
        [&b"\x81f\x02\x81v\x02\xf4"[..], &deadline, b"\x09\x81g\x02\x0c\x01\x00\x01"].concat();
    let listpack = packed(23, &[b"\x1e\0\0\0\x06\0", &entries, b"\xff"]);
    assert_eq!(value_of(12, &listpack), Ok((Code::HashListpackTtlPreview, expected)));
}

#[test]
fn the_same_code_is_another_form_in_another_version() {
    // One field: Valkey's deadline is behind it, and Redis's preview had it in front.
    let valkey = [&b"\x16\x01\x01f\x01v"[..], &5u64.to_le_bytes()].concat();
    let preview = b"\x16\x01\x05\x01f\x01v";
    let expected = hash(&[("f", "v", Some(5))]);
    assert_eq!(value_of(80, &valkey), Ok((Code::HashTtl, expected.clone())));
    assert_eq!(value_of(12, preview), Ok((Code::HashTtlPreview, expected)));
    assert!(value_of(80, preview).is_err() && value_of(12, &valkey).is_err());
}

#[test]
fn deadlines_that_are_none() {
    let valkey = |deadline: i64| [&b"\x16\x01\x01f\x01v"[..], &deadline.to_le_bytes()].concat();
    assert_eq!(value_of(80, &valkey(-1)).unwrap().1, hash(&[("f", "v", None)]));
    assert_eq!(reason(80, &valkey(-2)), Reason::Deadline);
    let relative = |earliest: i64, later: u8| {
        [&[24][..], &earliest.to_le_bytes(), &[1, later], b"\x01f\x01v"].concat()
    };
    assert_eq!(value_of(12, &relative(0, 0)).unwrap().1, hash(&[("f", "v", None)]));
    assert_eq!(value_of(12, &relative(7, 1)).unwrap().1, hash(&[("f", "v", Some(7))]));
    assert_eq!(value_of(12, &relative(7, 3)).unwrap().1, hash(&[("f", "v", Some(9))]));
    assert_eq!(reason(12, &relative(-1, 0)), Reason::Deadline);
    assert_eq!(reason(12, &relative(i64::MAX, 2)), Reason::Deadline);
    // In a listpack, the number of milliseconds must be one.
    let text = packed(23, &[b"\x10\0\0\0\x03\0", b"\x81f\x02\x81v\x02\x81x\x02", b"\xff"]);
    assert_eq!(reason(12, &text), Reason::Deadline);
}

#[test]
fn strings() {
    assert_eq!(
        value_of(11, b"\x00\x81\0\0\0\0\0\0\0\x02hi").unwrap().1,
        Value::String(b"hi".into())
    );
    assert_eq!(reason(11, b"\x00\x82\x02hi"), Reason::Length);
    assert_eq!(reason(11, b"\x00\xc4\x02hi"), Reason::Encoding);
    assert_eq!(reason(11, b"\x00\x80\xff\xff\xff\xffhi"), Reason::TooLong);
    assert_eq!(reason(11, b"\x00\x81\xff\xff\xff\xff\xff\xff\xff\xffhi"), Reason::TooLong);
    // Compressed: 3 bytes may yield 264, so 5 cannot announce 500; nor 512 MiB and one.
    assert_eq!(reason(11, b"\x00\xc3\x05\x41\xf4\x00a\xe0\xf0\x00"), Reason::Lzf);
    assert_eq!(reason(11, b"\x00\xc3\x05\x80\x20\x00\x00\x01\x00a\xe0\xf0\x00"), Reason::TooLong);
    assert_eq!(reason(11, b"\x00\xc3\xc0\x05\x05hello"), Reason::Encoding);
}

#[test]
fn lists() {
    // A node may be empty as long as not all are.
    let empty = b"\x02\x07\x07\0\0\0\0\0\xff";
    let nodes = |parts: &[&[u8]]| [&[18, parts.len() as u8], &parts.concat()[..]].concat();
    assert_eq!(value_of(10, &nodes(&[empty, b"\x01\x01a"])).unwrap().1, list(&["a"]));
    assert_eq!(reason(10, &nodes(&[empty, empty])), Reason::Empty);
    assert_eq!(reason(10, &nodes(&[b"\x03\x01a"])), Reason::Node);
    assert_eq!(reason(10, &nodes(&[b"\x02\x01a"])), Reason::Packed);
    let empty = b"\x0b\x0b\0\0\0\x0a\0\0\0\0\0\xff";
    assert_eq!(reason(7, &[b"\x0e\x01", &empty[..]].concat()), Reason::Empty);
    assert_eq!(reason(6, &[b"\x0a", &empty[..]].concat()), Reason::Empty);
    assert_eq!(reason(6, b"\x01\x00"), Reason::Empty);
    // More elements than there are bytes.
    assert_eq!(reason(6, b"\x01\x80\xff\xff\xff\xff\x01a"), Reason::Truncated);
}

#[test]
fn sets() {
    assert_eq!(reason(6, b"\x02\x00"), Reason::Empty);
    assert_eq!(reason(6, b"\x02\x02\x01a\x01a"), Reason::Duplicate);
    // The number 5 and the text "5" are the same member.
    assert_eq!(reason(6, b"\x02\x02\x015\xc0\x05"), Reason::Duplicate);
    let set = |count: &[u8], entries: &[u8]| {
        let size = (entries.len() + 7) as u8;
        packed(20, &[&[size, 0, 0, 0], count, entries, b"\xff"])
    };
    let two = set(b"\x02\0", b"\x05\x01\x816\x02");
    assert_eq!(
        value_of(11, &two).unwrap().1,
        Value::Set([(b"5".to_vec(), None), (b"6".to_vec(), None)].into())
    );
    assert_eq!(reason(11, &set(b"\x02\0", b"\x05\x01\x815\x02")), Reason::Duplicate);
    assert_eq!(reason(11, &set(b"\x00\0", b"")), Reason::Empty);
    assert_eq!(reason(11, &set(b"\x01\0", b"\x05\x01\x06\x01")), Reason::Packed);
    assert_eq!(reason(11, &packed(11, &[b"\x02\0\0\0\0\0\0\0"])), Reason::Empty);
}

/// A form of this store's own.
#[test]
fn sets_with_deadlines() {
    let set = |count: u8, members: &[(&[u8], i64)]| {
        let member = |(member, deadline): &(&[u8], i64)| {
            [&[member.len() as u8], *member, &deadline.to_le_bytes()].concat()
        };
        [vec![128, count], members.iter().flat_map(member).collect()].concat()
    };
    let expected = Value::Set([(b"a".to_vec(), Some(5)), (b"b".to_vec(), None)].into());
    let two = value_of(6, &set(2, &[(b"a", 5), (b"b", -1)]));
    assert_eq!(two, Ok((Code::SetTtl, expected)));
    assert_eq!(reason(6, &set(2, &[(b"a", 5), (b"a", -1)])), Reason::Duplicate);
    assert_eq!(reason(6, &set(1, &[(b"a", -2)])), Reason::Deadline);
    assert_eq!(reason(6, &set(2, &[(b"a", 5)])), Reason::Truncated);
    assert_eq!(reason(6, &set(0, &[])), Reason::Empty);
}

#[test]
fn sorted_sets() {
    let score = |score: f64| [&b"\x05\x01\x01a"[..], &score.to_le_bytes()].concat();
    assert_eq!(value_of(8, &score(-0.5)).unwrap().1, scores(&[("a", -0.5)]));
    assert_eq!(reason(8, &score(f64::NAN)), Reason::Number);
    let decimals = b"\x03\x03\x01a\xff\x01b\xfe\x01c\x04-1e3";
    let expected = scores(&[("a", f64::NEG_INFINITY), ("b", f64::INFINITY), ("c", -1000.0)]);
    assert_eq!(value_of(6, decimals).unwrap().1, expected);
    for no_decimal in [&b"\xfd"[..], b"\x00", b"\x03abc", b"\x03nan", b"\x021x"] {
        assert_eq!(reason(6, &[b"\x03\x01\x01a", no_decimal].concat()), Reason::Number);
    }
    assert_eq!(reason(6, b"\x03\x02\x01a\x011\x01a\x012"), Reason::Duplicate);

    let packed = |entries: &[u8], count: u8| {
        packed(17, &[&[entries.len() as u8 + 7, 0, 0, 0, count, 0], entries, b"\xff"])
    };
    // Out of order, which Redis lets pass.
    let unsorted = packed(b"\x81a\x02\x02\x01\x81b\x02\x01\x01", 4);
    assert_eq!(value_of(10, &unsorted).unwrap().1, scores(&[("a", 2.0), ("b", 1.0)]));
    assert_eq!(reason(10, &packed(b"\x81a\x02\x02\x01\x81b\x02", 3)), Reason::Packed);
    assert_eq!(reason(10, &packed(b"\x81a\x02\x02\x01\x81a\x02\x03\x01", 4)), Reason::Duplicate);
    assert_eq!(reason(10, &packed(b"\x81a\x02\x83nan\x04", 2)), Reason::Number);
    assert_eq!(reason(10, &packed(b"\x81a\x02\x81x\x02", 2)), Reason::Number);
}

#[test]
fn ziplists() {
    let pair = |tail: u8, count: u8, entries: &[u8]| {
        let size = entries.len() as u8 + 11;
        packed(13, &[&[size, 0, 0, 0, tail, 0, 0, 0, count, 0], entries, b"\xff"])
    };
    let expected = hash(&[("f", "12", None)]);
    assert_eq!(value_of(6, &pair(13, 2, b"\x00\x01f\x03\xfd")).unwrap().1, expected);
    // The size of the entry before may take 5 bytes, whatever it is.
    let wide = pair(13, 2, b"\x00\x01f\xfe\x03\0\0\0\xfd");
    assert_eq!(value_of(6, &wide).unwrap().1, expected);
    let damaged = [
        pair(12, 2, b"\x00\x01f\x03\xfd"),          // another last entry
        pair(13, 1, b"\x00\x01f\x03\xfd"),          // another count
        pair(13, 2, b"\x00\x01f\x02\xfd"),          // another size before
        pair(13, 2, b"\x01\x01f\x03\xfd"),          // something before the first
        pair(13, 2, b"\x00\x01f\x03\xc1"),          // no such head
        pair(13, 2, b"\x00\x01f\x03\xc0\0"),        // cut short
        pair(10, 1, b"\x00\x01f"),                  // a field without a value
        packed(13, &[b"\x0b\0\0\0\x0a\0\0\0\0\0"]), // no end
    ];
    for bytes in damaged {
        assert_eq!(reason(6, &bytes), Reason::Packed, "{bytes:?}");
    }
    let twice = pair(18, 4, b"\x00\x01f\x03\xfd\x02\x01f\x03\xfd");
    assert_eq!(reason(6, &twice), Reason::Duplicate);
}

#[test]
fn an_error_says_where() {
    let list = b"\x01\x03\x01a\xc5\x01b";
    assert_eq!(value_of(6, list), Err(Error { at: 4, reason: Reason::Encoding }));
    assert_eq!(value_of(6, b"\x63"), Err(Error { at: 0, reason: Reason::UnknownType(0x63) }));
    let text = value_of(6, list).unwrap_err().to_string();
    assert_eq!(text, "not an encoding that can be here (at byte 4)");
}
