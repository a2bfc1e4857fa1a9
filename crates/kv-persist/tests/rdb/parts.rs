//! Parts of files that are no entries.

use crate::files::{call, file, load, stage};

#[test]
fn what_is_skipped_is_told() {
    let parts = [
        &b"\xfa\x09redis-ver\x058.2.3"[..],
        b"\xf5\x1b#!lua name=mylib\nthe code..",
        b"\xf7\x81\x45\xe2\x3f\xef\x8b\x50\x04\x03\x02\x02\x05\x03abc\0",
        b"\xf3\x03job\x01\x02\x03",
        b"\xfe\x02\xfb\x02\x01\xf4\x05\x01\0\0\x01k\x01v\xf4\x06\x01\0\xf8\x05\0\x01l\x01w",
        b"\xf9\x05\xfd\xff\xff\xff\x7f\0\x01m\x01w",
    ];
    let mut to = stage();
    let summary = load(&to, &file(11, &parts.concat())).expect("a snapshot");
    assert_eq!(summary.aux, [("redis-ver".to_owned(), "8.2.3".to_owned())]);
    assert_eq!(summary.functions, [b"#!lua name=mylib\nthe code.."]);
    assert_eq!(summary.modules.len(), 1);
    assert_eq!(summary.warnings().len(), 2);
    assert!(summary.warnings()[0].ends_with("#!lua name=mylib"), "{:?}", summary.warnings());
    assert_eq!((summary.keys(), summary.databases[&2].expiring), (3, 1));
    call(&mut to, [b"SELECT", b"2"]);
    assert_eq!(call(&mut to, [b"GET", b"k"]).as_bytes(), Some(&b"v"[..]));
    assert_eq!(call(&mut to, [b"OBJECT", b"IDLETIME", b"l"]).as_int(), Some(5));
    let at = i64::from(i32::MAX) * 1000;
    assert_eq!(call(&mut to, [b"PEXPIRETIME", b"m"]).as_int(), Some(at));
}
