//! The record's changes of shape, and what it says of its memory.

use super::*;

#[test]
fn a_record_is_one_pointer_and_small() {
    assert_eq!(size_of::<Option<Record>>(), 8);
    let record = Record::new(&[b'k'; 16], Kind::String, &[b'v'; 16], None);
    assert_eq!(record.memory(), 40);
    assert_eq!(Record::memory_of(16, 16, false), 40);
    let record = Record::new(&[b'k'; 16], Kind::String, &[b'v'; 64], None);
    assert_eq!(record.memory(), 88);
}

#[test]
fn fields_survive_every_change_of_shape() {
    for key_len in [0, 1, 16, 65_534, 65_535, 65_536, 70_000] {
        let key = vec![b'k'; key_len];
        for first in [0, 10, INLINE_MAX, INLINE_MAX + 1, 100_000] {
            for second in [0, 12, INLINE_MAX, INLINE_MAX + 1] {
                let mut record = Record::new(&key, Kind::String, &vec![b'a'; first], None);
                record.touch(77);
                record.set_deadline(Some(5));
                assert_eq!((record.value().len(), record.deadline()), (first, Some(5)));
                record.set_value(Kind::Frame, &vec![b'b'; second]);
                assert_eq!(record.key(), key);
                assert_eq!(record.value(), vec![b'b'; second]);
                assert_eq!((record.kind(), record.deadline()), (Kind::Frame, Some(5)));
                assert_eq!(record.touched(), 77);
                record.set_deadline(None);
                assert_eq!(record.deadline(), None);
                let copy = record.with_key(b"other");
                drop(record);
                assert_eq!((copy.key(), copy.value().len()), (&b"other"[..], second));
            }
        }
    }
}

#[test]
fn idleness_counts_across_the_wrap_of_the_clock() {
    let record = Record::new(b"k", Kind::String, b"v", None);
    record.touch(ACCESS_MASK - 1);
    assert_eq!(record.idle(ACCESS_MASK - 1), 0);
    assert_eq!(record.idle(ACCESS_MASK + 4), 5);
}

#[test]
fn edits_change_any_length_and_leave_copies_alone() {
    for (from, to) in [(3, 5), (3, INLINE_MAX + 9), (INLINE_MAX + 9, 3), (9000, 9001)] {
        let mut record = Record::new(b"k", Kind::String, &vec![b'a'; from], Some(9));
        let copy = record.with_key(b"copy");
        assert!(!record.is_edited());
        record.edit(|value| value.resize(to, b'z'));
        assert!(record.is_edited());
        assert_eq!((record.value().len(), record.deadline()), (to, Some(9)));
        record.edit_in_place(|value| value[0] = b'!');
        assert_eq!(record.value()[0], b'!');
        assert_eq!(copy.value(), vec![b'a'; from]);
        assert!(record.memory() >= to);
    }
}

#[test]
fn a_panic_in_an_edit_leaves_a_whole_record() {
    for len in [3, INLINE_MAX + 9] {
        let mut record = Record::new(b"k", Kind::String, &vec![b'a'; len], Some(9));
        let edit = std::panic::AssertUnwindSafe(|| record.edit(|_| panic!("on purpose")));
        assert!(std::panic::catch_unwind(edit).is_err());
        assert!(record.value().iter().all(|byte| *byte == b'a'));
        assert_eq!((record.key(), record.deadline()), (&b"k"[..], Some(9)));
    }
}

#[test]
fn an_overwrite_of_the_same_class_stays_in_place() {
    let mut record = Record::new(b"key", Kind::String, b"12345", None);
    let before = record.0;
    record.set_value(Kind::String, b"1234");
    assert_eq!(record.0, before);
    record.set_value(Kind::String, &[b'x'; 200]);
    assert_eq!(record.value(), [b'x'; 200]);
}

#[test]
fn a_record_matches_its_key_alone() {
    for len in (0..100).chain([65_535, 65_536]) {
        for deadline in [None, Some(9)] {
            let mut key: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let record = Record::new(&key, Kind::String, b"value", deadline);
            assert!(record.matches(&key));
            // The value lies behind the key: a longer or shorter key must not reach into it.
            key.push(b'v');
            assert!(!record.matches(&key));
            key.pop();
            for at in (0..len).step_by(1 + len / 50) {
                key[at] ^= 0x80;
                assert!(!record.matches(&key), "{len} {at}");
                key[at] ^= 0x80;
            }
            if key.pop().is_some() {
                assert!(!record.matches(&key));
            }
        }
    }
}

#[test]
fn a_records_memory_is_what_was_announced() {
    for key in [0, 16, 1000, 65_535, 65_536] {
        for value in [0, 7, 64, 500, INLINE_MAX, INLINE_MAX + 1] {
            for deadline in [None, Some(1)] {
                let record =
                    Record::new(&vec![b'k'; key], Kind::String, &vec![b'v'; value], deadline);
                let announced = Record::memory_of(key, value, deadline.is_some());
                assert_eq!(record.memory(), announced, "{key} {value} {deadline:?}");
                assert!(record.memory() >= 8 + key + value);
            }
        }
    }
}

/// A large value that begins within its allocation, as one does that was received in a request.
fn received(room: usize) -> Bytes {
    let mut request = Vec::with_capacity(9000 + room);
    request.resize(9000, b'a');
    Bytes::from(request).slice(40..)
}

#[test]
fn a_value_is_adopted_as_it_is() {
    let value = received(100);
    let place = value.as_ptr();
    let record = Record::adopt(b"key", Kind::Frame, value, 9100, Some(7));
    assert_eq!(record.value().as_ptr(), place);
    assert_eq!((record.key(), record.kind()), (&b"key"[..], Kind::Frame));
    assert_eq!((record.deadline(), record.value().len()), (Some(7), 8960));
    assert_eq!(record.memory(), Record::memory_of(3, 9100, true));
    // One that is short lies in the record, and the allocation is let go.
    let value = received(0);
    let record = Record::adopt(b"key", Kind::String, value.slice(..9), 9000, None);
    assert!(record.shared().is_none() && value.is_unique());
    assert_eq!((record.value(), record.memory()), (&b"aaaaaaaaa"[..], 24));
}

#[test]
fn copies_and_readers_share_the_value() {
    let mut record = Record::new(b"key", Kind::String, &[b'a'; 9000], None);
    let place = record.value().as_ptr();
    let copy = record.with_key(&[b'k'; 70_000]);
    let read = record.shared().expect("it is long").clone();
    record.set_deadline(Some(4));
    for value in [record.value(), copy.value(), &read] {
        assert_eq!(value.as_ptr(), place);
    }
    record.set_value(Kind::String, b"short");
    drop(record);
    drop(copy);
    assert!(read.is_unique());
    assert_eq!(read, [b'a'; 9000][..]);
    assert!(Record::new(b"key", Kind::String, &[0; INLINE_MAX], None).shared().is_none());
}

#[test]
fn a_value_that_nobody_else_holds_grows_in_place() {
    for mut record in [
        Record::new(b"key", Kind::String, &[b'a'; 9000], None),
        Record::adopt(b"key", Kind::String, received(0), 9000, None),
    ] {
        // The first growth takes an allocation with room, the ones that follow use it.
        record.edit(|value| value.extend_from_slice(b"!"));
        let (place, memory) = (record.value().as_ptr(), record.memory());
        for _ in 0..1000 {
            record.edit(|value| value.extend_from_slice(b"!"));
            record.edit_in_place(|value| value[0] = b'b');
        }
        assert_eq!((record.value().as_ptr(), record.memory()), (place, memory));
        assert!(record.value().ends_with(b"!!!") && record.value().starts_with(b"ba"));
        let read = record.shared().expect("it is long").clone();
        record.edit(|value| value[1] = b'c');
        assert!(record.value().as_ptr() != place && read.starts_with(b"ba"));
    }
    // Room behind the value is used though there is more in front of it.
    let mut record = Record::adopt(b"key", Kind::String, received(10), 9010, None);
    let (place, memory) = (record.value().as_ptr(), record.memory());
    record.edit(|value| value.extend_from_slice(b"0123456789"));
    assert_eq!((record.value().as_ptr(), record.memory()), (place, memory));
    record.edit(|value| value.extend_from_slice(b"."));
    assert!(record.value().ends_with(b"a0123456789."));
    assert_eq!(record.memory(), Record::memory_of(3, 2 * 8970, false));
}

#[test]
fn memory_follows_every_edit() {
    let mut record = Record::new(b"key", Kind::String, b"", None);
    let before = record.memory();
    for len in [10, INLINE_MAX, INLINE_MAX + 1, 50_000, 49_000, 100_000] {
        record.edit(|value| value.resize(len, b'x'));
        assert_eq!(record.value(), vec![b'x'; len]);
        assert!(record.memory() > len && record.memory() < 2 * len + 200);
    }
    record.edit(|value| value.resize(0, b'x'));
    assert_eq!((record.memory(), record.value()), (before, &b""[..]));
}
