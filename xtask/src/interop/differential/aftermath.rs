//! What follows requests whose effect on the store is chance: it makes the two servers alike again.
//!
//! It is derived from the request, so that it stays beside it when a difference is made small.

use super::Words;
use super::compare::{is_limited, is_unsorted};

/// Commands, the key that they change by chance or otherwise than ours, if they do, and the lines that
/// follow; `%` is that key.
type Aftermath = (&'static [&'static str], fn(&Words) -> Option<&Vec<u8>>, &'static [&'static str]);

const AFTERMATHS: [Aftermath; 5] = [
    (&["SPOP"], |request| request.get(1), &["SCARD %", "DEL %"]),
    // Which of several as far away are among the nearest is not defined.
    (&["GEOSEARCHSTORE"], |request| request.get(1).filter(|_| is_limited(request)), STORED),
    (
        &["GEORADIUS", "GEORADIUSBYMEMBER"],
        |request| stored(request).filter(|_| is_limited(request)),
        STORED,
    ),
    // What has no order is stored in any.
    (&["SORT"], |request| stored(request).filter(|_| is_unsorted(request)), &["LLEN %", "DEL %"]),
    // The real server makes a sorted set large that it sorts. Another is made of it.
    (&["SORT", "SORT_RO"], |request| request.get(1), &["ZRANGESTORE % % 0 -1"]),
];

/// Looks at how much was stored, and removes it.
const STORED: &[&str] = &["ZCARD %", "DEL %"];

/// The requests to send right after `request`.
pub(super) fn of(request: &Words) -> Vec<Words> {
    let named = |name: &&str| request[0].eq_ignore_ascii_case(name.as_bytes());
    let changed = AFTERMATHS.iter().filter(|(names, ..)| names.iter().any(named));
    let changed = changed.filter_map(|(_, key, lines)| Some((key(request)?, lines)));
    changed.flat_map(|(key, lines)| lines.iter().map(|line| follow(line, key))).collect()
}

fn follow(line: &str, key: &[u8]) -> Words {
    let word = |word: &str| if word == "%" { key.to_vec() } else { word.as_bytes().to_vec() };
    line.split(' ').map(word).collect()
}

/// The last key behind `STORE` or `STOREDIST`.
fn stored(request: &Words) -> Option<&Vec<u8>> {
    let mut pairs = request.windows(2).rev();
    let names = |word: &[u8]| {
        word.eq_ignore_ascii_case(b"STORE") || word.eq_ignore_ascii_case(b"STOREDIST")
    };
    pairs.find(|pair| names(&pair[0])).map(|pair| &pair[1])
}
