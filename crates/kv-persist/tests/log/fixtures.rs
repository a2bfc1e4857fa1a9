//! Logs that were written by earlier versions: what was ever written keeps being read.

use std::path::Path;
use std::sync::Arc;

use kv_persist::disk::Directory;
use kv_persist::{Recovery, Torn, TornTail};

use crate::stage::entry;

/// Format 1: a segment that was sealed, and one that a crash has torn.
#[test]
fn format_1() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/log/fixtures/1");
    let mut recovery =
        Recovery::open(Arc::new(Directory::open(&path).unwrap()), TornTail::Cut).unwrap();
    assert_eq!((recovery.is_new(), recovery.base()), (false, None));
    for number in 0..6 {
        assert_eq!(recovery.next_frame().unwrap(), Some(&entry(number)[..]), "entry {number}");
    }
    assert_eq!(recovery.next_frame().unwrap(), None);
    let torn = Torn {
        file: path.join("appendonly.2.log"),
        offset: 1115,
        bytes: 52,
        reason: "a frame has 51 bytes, and 44 are left".to_owned(),
    };
    assert_eq!(recovery.finish().unwrap().torn, Some(torn));
}
