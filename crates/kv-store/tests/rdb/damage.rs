//! Damaged dumps: an error or a value, never a panic, whatever the bytes are.

use kv_protocol::Frame;
use kv_store::rdb::{Error, NEWEST, Reason, crc64, unseal};
use proptest::prelude::*;

use crate::dumps;
use crate::model::{restore, value_of};
use crate::store::{Shop, every_form, ok};

/// Puts a checksum that fits behind damaged bytes.
fn resealed(body: &[u8]) -> Vec<u8> {
    [body, &crc64(0, body).to_le_bytes()].concat()
}

#[test]
fn every_truncation_is_refused() {
    for dump in dumps::all() {
        let (version, value) = unseal(&dump.bytes).unwrap();
        for len in 0..value.len() {
            let result = value_of(version, &value[..len]);
            assert!(result.is_err(), "{}: {len}", dump.commands.join("; "));
        }
        for len in 0..dump.bytes.len() {
            match restore(&dump.bytes[..len]).map_err(|error| error.reason) {
                Err(Reason::Checksum) => {}
                // Of 256 checksums one fits the bytes without their last too: a number's high byte.
                Err(Reason::Version(version)) => {
                    assert!(len == dump.bytes.len() - 1 && version > NEWEST);
                }
                other => panic!("{}: {len}: {other:?}", dump.commands.join("; ")),
            }
        }
    }
}

#[test]
fn every_byte_behind_is_refused() {
    for dump in dumps::all() {
        let Ok((version, value)) = unseal(&dump.bytes) else { unreachable!() };
        let longer = [value, b"\0"].concat();
        if dump.expected().is_some() {
            let trailing = Error { at: value.len(), reason: Reason::Trailing };
            assert_eq!(value_of(version, &longer), Err(trailing));
        }
    }
}

#[test]
fn every_flip_is_found_by_the_checksum() {
    for mut dump in dumps::all() {
        for at in 0..dump.bytes.len() {
            let bit = 1 << (at % 8);
            dump.bytes[at] ^= bit;
            let result = restore(&dump.bytes).map_err(|error| error.reason);
            assert_eq!(result, Err(Reason::Checksum));
            dump.bytes[at] ^= bit;
        }
    }
}

/// A value or an error: `value_of` asserts what holds of values.
#[test]
fn every_flip_is_survived_without_a_checksum() {
    for dump in dumps::all() {
        let (version, value) = unseal(&dump.bytes).unwrap();
        let mut value = value.to_vec();
        for at in 0..value.len() {
            for bit in 0..8 {
                value[at] ^= 1 << bit;
                drop(value_of(version, &value));
                value[at] ^= 1 << bit;
            }
        }
        let mut body = [&value, &version.to_le_bytes()[..]].concat();
        for at in value.len()..body.len() {
            for bit in 0..8 {
                body[at] ^= 1 << bit;
                drop(restore(&resealed(&body)));
                body[at] ^= 1 << bit;
            }
        }
    }
}

/// A store with one key, at which damaged dumps are restored.
struct Victim {
    shop: Shop,
    refused: usize,
    taken: usize,
}

impl Victim {
    fn new() -> Victim {
        let mut shop = Shop::new();
        assert_eq!(shop.call([b"SET", b"k", b"before"]), ok());
        Victim { shop, refused: 0, taken: 0 }
    }

    /// Either the key gets a value that is sound, as it is if it can be dumped, or there is an error
    /// and nothing changes.
    fn restore(&mut self, dump: &[u8]) {
        let reply = self.shop.restore("k", dump);
        if reply == ok() {
            self.taken += 1;
            // A deadline may have become one that is over, and nothing is left then.
            if self.shop.call([b"EXISTS", b"k"]) == Frame::Integer(1) {
                self.shop.value("k");
            }
            assert_eq!(self.shop.call([b"SET", b"k", b"before"]), ok());
        } else {
            self.refused += 1;
            let error = reply.as_error().expect("neither OK nor an error");
            assert!(error == b"ERR Bad data format" || error.starts_with(b"ERR DUMP payload"));
            assert_eq!(self.shop.call([b"GET", b"k"]), Frame::Bulk("before".into()));
        }
        assert_eq!(self.shop.call([b"DBSIZE"]), Frame::Integer(1));
    }
}

/// What the damage does to a store: every bit flipped and every length cut, with a checksum that fits and
/// without.
#[test]
fn a_store_takes_what_is_sound_or_stays_as_it_is() {
    let mut victim = Victim::new();
    for (_, dump) in every_form() {
        // Of the long ones the beginning, and a few bytes of the rest, which is more of the same.
        let step = if dump.len() < 400 { 1 } else { 139 };
        for at in (0..dump.len()).filter(|at| *at < 50 || at % step == 0) {
            for bit in 0..8 {
                let mut damaged = dump.clone();
                damaged[at] ^= 1 << bit;
                let before = victim.taken;
                victim.restore(&damaged);
                assert_eq!(victim.taken, before, "the checksum finds every flip");
                if at < dump.len() - 8 {
                    victim.restore(&resealed(&damaged[..dump.len() - 8]));
                }
            }
            victim.restore(&dump[..at]);
            victim.restore(&resealed(&dump[..at]));
        }
    }
    assert!(victim.taken > 3_000 && victim.refused > 15_000, "{} {}", victim.taken, victim.refused);
    assert!(victim.shop.0.store.used_memory() < 10_000);
}

proptest! {
    #[test]
    fn noise_behind_every_code(
        code in prop_oneof![0u8..30, Just(128)],
        version in prop_oneof![Just(11u16), Just(12), Just(80)],
        noise in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = [&[code], &noise[..]].concat();
        drop(value_of(version, &bytes));
    }

    #[test]
    fn several_bytes_changed(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let dumps = dumps::all();
        let dump = which.get(&dumps);
        let (version, value) = unseal(&dump.bytes).unwrap();
        let mut value = value.to_vec();
        for (at, byte) in changes {
            let at = at.index(value.len());
            value[at] = byte;
        }
        drop(value_of(version, &value));
    }
}
