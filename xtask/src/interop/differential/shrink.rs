//! Making a difference small: the fewest requests that still show it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Words;
use super::peer::Reply;
use super::play::{Difference, Servers, play};

/// Most attempts at leaving requests out.
const MAX_ATTEMPTS: usize = 2000;

/// Of `requests`, whose last is answered differently, those that it takes for that; and the replies.
///
/// # Errors
/// If a connection fails.
pub(super) fn shrink(
    servers: Servers,
    protocol: u8,
    requests: &[Words],
    found: Difference,
    known: &BTreeSet<String>,
) -> Result<(Vec<Words>, Difference)> {
    let mut kept: Vec<Words> = requests.to_vec();
    let mut found = found;
    // Waiting for replies that never come would take too long.
    let silent = found.ours == Reply::Nothing || found.theirs == Reply::Nothing;
    let mut chunk = if silent { 0 } else { kept.len() / 2 };
    let mut attempts = 0;
    while chunk > 0 {
        // From the end to the start, so that what uses a key goes before what makes it.
        let mut end = kept.len().saturating_sub(1);
        let mut removed = false;
        while end > 0 && attempts < MAX_ATTEMPTS {
            let start = end.saturating_sub(chunk);
            let fewer = [&kept[..start], &kept[end..]].concat();
            attempts += 1;
            match play(servers, protocol, &fewer, known)? {
                Some(difference) if difference.at + 1 == fewer.len() => {
                    (kept, found, removed) = (fewer, difference, true);
                }
                _ => {}
            }
            end = start;
        }
        chunk = if removed && chunk == 1 { 1 } else { chunk / 2 };
    }
    Ok((kept, found))
}
