//! The command line prompt of kv.
fn main() {}
