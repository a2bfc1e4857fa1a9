//! What Redis 8 has and Valkey has not: operators of BITOP, compared with a Redis 8.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::play::{Servers, play};
use super::{Words, declarations, report};

const OPERATORS: [&str; 4] = ["DIFF", "DIFF1", "ANDOR", "ONE"];

/// Strings of several lengths, and what is none.
const MAKING: [&str; 5] =
    ["SET a foobar", "SET b \x0f\u{7f}abcdefghijk", "SET c xyz", "SETBIT d 70 1", "RPUSH l x"];

/// Keys that an operator is given.
const KEYS: [&str; 10] =
    ["a", "a b", "b a", "a b c", "c b a d", "missing", "a missing", "missing a b", "a l", "l"];

/// Compares what the operators answer and leave, and how they are declared.
///
/// # Errors
/// If anything differs.
pub(super) fn compare(servers: Servers) -> Result<()> {
    declarations::compare_arguments(servers, "bitop")?;
    let lines = MAKING.iter().map(|line| (*line).to_owned());
    let asked = OPERATORS.iter().flat_map(|operator| {
        KEYS.iter().flat_map(move |keys| {
            [format!("BITOP {operator} d {keys}"), "GET d".into(), "BITOP OR d a b".into()]
        })
    });
    let requests: Vec<Words> = lines
        .chain(asked)
        .map(|line| line.split(' ').map(|word| word.as_bytes().to_vec()).collect())
        .collect();
    if let Some(found) = play(servers, 3, &requests, &BTreeSet::new())? {
        bail!(
            "operators of Redis 8 differ:\n{}",
            report::difference(&requests[..=found.at], &found, "as above")
        );
    }
    println!("differential: {} requests as Redis 8 alone answers them", requests.len());
    Ok(())
}
