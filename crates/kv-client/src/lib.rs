//! The async client of kv, for both dialects, with a blocking facade.
