//! The data structures of kv: the one-allocation record and the glob matcher.
