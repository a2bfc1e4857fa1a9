//! What follows requests whose effect on the store is chance: it makes the two servers alike again.
//!
//! It is derived from the request, so that it stays beside it when a difference is made small.

use super::Words;
use super::compare::is_unsorted;

/// Commands, where the key is that they change by chance, if they do, and what follows, on that key.
type Aftermath = (&'static [&'static str], fn(&Words) -> Option<&Vec<u8>>, &'static [&'static str]);

const AFTERMATHS: [Aftermath; 2] = [
    (&["SPOP"], |request| request.get(1), &["SCARD", "DEL"]),
    (&["SORT"], |request| stored(request).filter(|_| is_unsorted(request)), &["LLEN", "DEL"]),
];

/// The requests to send right after `request`.
pub(super) fn of(request: &Words) -> Vec<Words> {
    let named = |name: &&str| request[0].eq_ignore_ascii_case(name.as_bytes());
    let aftermath = AFTERMATHS.iter().find(|(names, ..)| names.iter().any(named));
    let changed = aftermath.and_then(|(_, key, commands)| Some((key(request)?, commands)));
    let follow = |(key, commands): (&Vec<u8>, &&[&str])| {
        commands.iter().map(|name| vec![name.as_bytes().to_vec(), key.clone()]).collect()
    };
    changed.map(follow).unwrap_or_default()
}

/// The last key behind `STORE`.
fn stored(request: &Words) -> Option<&Vec<u8>> {
    let mut pairs = request.windows(2).rev();
    pairs.find(|pair| pair[0].eq_ignore_ascii_case(b"STORE")).map(|pair| &pair[1])
}
