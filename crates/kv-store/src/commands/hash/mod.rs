//! Commands on hashes.

mod fields;
pub(super) mod hdel;
pub(super) mod hexists;
pub(super) mod hexpire;
pub(super) mod hget;
pub(super) mod hgetall;
pub(super) mod hgetdel;
pub(super) mod hgetex;
pub(super) mod hincrby;
pub(super) mod hincrbyfloat;
pub(super) mod hlen;
pub(super) mod hmget;
pub(super) mod hpersist;
pub(super) mod hrandfield;
pub(super) mod hscan;
pub(super) mod hset;
pub(super) mod hsetex;
pub(super) mod hsetnx;
pub(super) mod hstrlen;
pub(super) mod httl;

use kv_types::Kind;
use kv_types::hash::HashRef;

use crate::{Ctx, Error, Key};

/// The hash at `key`, read for its fields; one without any if the key is missing.
#[inline]
fn hash<'c>(ctx: &'c mut Ctx<'_>, key: Key<'_>) -> Result<HashRef<'c>, Error> {
    let now = ctx.now();
    let record = ctx.collection(key, Kind::Hash)?;
    Ok(record.and_then(|record| HashRef::new(record, now)).unwrap_or(HashRef::EMPTY))
}
