//! What follows requests whose effect on the store is chance: it makes the two servers alike again.
//!
//! It is derived from the request, so that it stays beside it when a difference is made small.

use super::Words;

/// A command, where the key is that it changes by chance, if it does, and the commands that follow, on
/// that key.
type Aftermath = (&'static str, fn(&Words) -> Option<&Vec<u8>>, &'static [&'static str]);

const AFTERMATHS: [Aftermath; 1] = [("SPOP", |request| request.get(1), &["SCARD", "DEL"])];

/// The requests to send right after `request`.
pub(super) fn of(request: &Words) -> Vec<Words> {
    let is = |name: &str| request[0].eq_ignore_ascii_case(name.as_bytes());
    let Some((_, key, commands)) = AFTERMATHS.iter().find(|(name, ..)| is(name)) else {
        return Vec::new();
    };
    let follow = |key: &Vec<u8>| {
        commands.iter().map(|name| vec![name.as_bytes().to_vec(), key.clone()]).collect()
    };
    key(request).map(follow).unwrap_or_default()
}
