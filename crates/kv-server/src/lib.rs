//! The tokio transport of kv as a library: listeners, connections, settings, logs.
