//! The kv-server binary.
fn main() {}
