//! Values in Redis's format: read as real servers wrote them, damaged in every way, written and read
//! again.

mod by_hand;
mod damage;
mod dumps;
mod encodings;
mod model;
mod round_trip;
mod store;

use kv_store::rdb::{Code, Reason, dump, unseal};

use model::{Value, is_offered_packed, reason, restore};

#[test]
fn what_real_servers_dump() {
    for dump in dumps::all() {
        let what = dump.commands.join("; ");
        match dump.expected() {
            Some(expected) => {
                let (_, value) =
                    restore(&dump.bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(value, expected, "{what}");
            }
            None => {
                let (version, bytes) = unseal(&dump.bytes).unwrap();
                assert_eq!(reason(version, bytes), Reason::Unsupported("streams"), "{what}");
            }
        }
    }
}

/// All forms that real servers at hand write; the others are in `by_hand`.
#[test]
fn the_dumps_are_of_every_form() {
    let mut codes: Vec<u8> = dumps::all().iter().map(|dump| dump.bytes[0]).collect();
    codes.sort_unstable();
    codes.dedup();
    let streams = [15, 19, 21];
    codes.retain(|code| !streams.contains(code));
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 16, 17, 18, 20, 22, 24, 25]);
}

/// Strings are written byte for byte as Valkey writes them, but for what compression makes of them.
#[test]
fn strings_are_written_as_valkey_writes_them() {
    let mut compared = 0;
    for real in dumps::all() {
        let Some(Value::String(value)) = real.expected() else { continue };
        let plain = real.commands[0] == "CONFIG SET rdbcompression no";
        let ours = dump(!plain, |entry| entry.string(&value));
        assert_eq!(restore(&ours), Ok((Code::String, Value::String(value))));
        assert!(ours.len() <= real.bytes.len(), "{}", real.commands[0]);
        if plain || real.bytes.len() < 30 {
            assert_eq!(ours[..ours.len() - 10], *real.value());
            compared += 1;
        }
    }
    assert!(compared > 20);
}

/// What Redis packs, in whatever way, is offered packed as this store packs it.
#[test]
fn what_is_packed_is_offered_packed() {
    for real in dumps::all().iter().filter(|real| real.expected().is_some()) {
        let (version, value) = unseal(&real.bytes).unwrap();
        let packed = matches!(value[0], 10..=14 | 16..=20);
        let what = real.commands.join("; ");
        assert_eq!(is_offered_packed(version, value), packed, "{what}");
    }
    // The number 5 as text, and in two bytes: it is packed anew.
    for value in
        [b"\x14\x0a\x0a\0\0\0\x01\0\x815\x02\xff", b"\x14\x0a\x0a\0\0\0\x01\0\xc0\x05\x02\xff"]
    {
        assert!(is_offered_packed(11, value), "{value:?}");
    }
    let out_of_order = b"\x11\x11\x11\0\0\0\x04\0\x81a\x02\x02\x01\x81b\x02\x01\x01\xff";
    assert!(!is_offered_packed(11, out_of_order));
}
