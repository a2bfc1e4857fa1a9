//! Commands on sorted sets.

mod algebra;
mod listing;
mod range;
pub(super) mod zadd;
pub(super) mod zcard;
pub(super) mod zcount;
pub(super) mod zdiff;
pub(super) mod zinter;
pub(super) mod zintercard;
pub(super) mod zmpop;
pub(super) mod zpop;
pub(super) mod zrandmember;
pub(super) mod zrange;
pub(super) mod zrangestore;
pub(super) mod zrank;
pub(super) mod zrem;
pub(super) mod zremrange;
pub(super) mod zscan;
pub(super) mod zscore;
pub(super) mod zunion;

use kv_types::Kind;
use kv_types::zset::ZsetRef;

use crate::{Ctx, Error, Key};

/// The sorted set at `key`, read for its elements; one without any if the key is missing.
#[inline]
pub(super) fn zset<'c>(ctx: &'c mut Ctx<'_>, key: Key<'_>) -> Result<ZsetRef<'c>, Error> {
    let record = ctx.collection(key, Kind::Zset)?;
    Ok(record.and_then(ZsetRef::new).unwrap_or(ZsetRef::EMPTY))
}
