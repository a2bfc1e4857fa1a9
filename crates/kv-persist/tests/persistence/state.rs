//! All that a store has, at a time.

use std::sync::Arc;

use kv_store::Store;
use kv_store::protocol::Frame;
use kv_store::testing;
pub(crate) use kv_store::testing::State;

/// Databases that tests use.
const DATABASES: usize = 4;

/// What `store` has.
pub(crate) fn state(store: &Arc<Store>) -> State {
    testing::state(store, DATABASES)
}

/// What is left of a state at a later time.
pub(crate) fn at(state: &State, now_ms: u64) -> State {
    let lives = |value: &Vec<Frame>| match value[1] {
        Frame::Integer(end) => end < 0 || end.unsigned_abs() > now_ms,
        _ => panic!("{value:?}"),
    };
    state.iter().filter(|(_, value)| lives(value)).map(|(k, v)| (k.clone(), v.clone())).collect()
}
