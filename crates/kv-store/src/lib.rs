//! The kv engine: keyspace, command registry, dispatch, expiry. Synchronous and embeddable.
