//! What is read of a snapshot, in a store of its own.

use std::sync::Arc;

use kv_store::protocol::Frame;
use kv_store::rdb::{Code, NEWEST, Reader, Sink, Text, decode, seal};
use kv_store::testing::{self, State};
use kv_store::{ManualClock, Session, Snapshot, Store};

/// A store with a clock of its own, whose collections are large from the third element on.
pub(crate) fn store(now_ms: u64) -> (Arc<Store>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at_millis(now_ms));
    let packed = ["hash-max-listpack-entries", "set-max-listpack-entries"].into_iter().chain([
        "zset-max-listpack-entries",
        "list-max-listpack-size",
        "set-max-intset-entries",
    ]);
    let builder = Store::builder().clock(clock.clone());
    (packed.fold(builder, |it, name| it.set(name, "2").expect("a setting")).build(), clock)
}

/// All that `store` has.
pub(crate) fn state(store: &Arc<Store>) -> State {
    testing::state(store, 4)
}

/// Passes over a value.
struct Skip;

impl Sink for Skip {
    fn string(&mut self, _: Text<'_>) {}
    fn frame(&mut self, _: &[u8]) {}
    fn begin(&mut self, _: kv_store::rdb::Collection, _: usize) {}
    fn item(&mut self, _: &[u8]) {}
    fn member(&mut self, _: &[u8], _: Option<u64>) -> bool {
        true
    }
    fn field(&mut self, _: &[u8], _: &[u8], _: Option<u64>) -> bool {
        true
    }
    fn scored(&mut self, _: &[u8], _: f64) -> bool {
        true
    }
}

/// Restores keys as they stand in a snapshot into a database.
pub(crate) fn restore(session: &mut Session, db: usize, mut entries: &[u8]) {
    session.call(["SELECT", &db.to_string()]);
    while !entries.is_empty() {
        let mut reader = Reader::new(entries);
        let mut deadline = "0".to_owned();
        let mut code = reader.byte().expect("a whole entry");
        if code == 0xFC {
            deadline = u64::from_le_bytes(reader.array().expect("a whole entry")).to_string();
            code = reader.byte().expect("a whole entry");
        }
        let key = reader.string().expect("a whole entry").to_vec();
        let start = reader.at();
        let code_read = Code::read(code, NEWEST, 0).expect("a code");
        decode(code_read, &mut reader, &mut Skip).expect("a value");
        let mut dump = [&[code], &entries[start..reader.at()]].concat();
        seal(&mut dump, NEWEST);
        let words = [b"RESTORE", &key[..], deadline.as_bytes(), &dump, b"ABSTTL"];
        assert_eq!(
            session.call(words),
            Frame::Simple("OK".into()),
            "{:?}",
            key.escape_ascii().to_string()
        );
        entries = &entries[reader.at()..];
    }
}

/// The state that `snapshot` shows, as it is at `now_ms`, or a moment before: `RESTORE` takes no key that ends
/// at this very millisecond.
pub(crate) fn shown(mut snapshot: Snapshot, now_ms: u64) -> State {
    let (copy, _clock) = store(now_ms - 1);
    let mut session = copy.session();
    let (mut entries, mut last) = (vec![], 0);
    while let Some(db) = snapshot.read(&mut entries) {
        assert!(db >= last && !entries.is_empty());
        restore(&mut session, db, &entries);
        entries.clear();
        last = db;
    }
    assert!(entries.is_empty());
    state(&copy)
}
