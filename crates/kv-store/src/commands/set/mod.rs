//! Commands on sets.

pub(super) mod sadd;
pub(super) mod saddex;
pub(super) mod scard;
pub(super) mod sdiff;
pub(super) mod sinter;
pub(super) mod sintercard;
pub(super) mod sismember;
pub(super) mod smembers;
pub(super) mod smove;
mod sources;
pub(super) mod spop;
pub(super) mod srandmember;
pub(super) mod srem;
pub(super) mod sscan;
pub(super) mod sunion;
#[cfg(test)]
mod testing;

use kv_types::Kind;
use kv_types::set::SetRef;

use crate::{Ctx, Error, Key};

/// The set at `key`, read for its members; one without any if the key is missing.
fn set<'c>(ctx: &'c mut Ctx<'_>, key: Key<'_>) -> Result<SetRef<'c>, Error> {
    let now = ctx.now();
    let record = ctx.collection(key, Kind::Set)?;
    Ok(record.and_then(|record| SetRef::new(record, now)).unwrap_or(SetRef::EMPTY))
}
