//! Counts the replies of a closed loop and checks each; the usual ones without looking at every byte.

use crate::recipe::Recipe;
use crate::scanner::{Malformed, Reply, Scanner};

/// What has been answered.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Replies, wrong ones too.
    pub replies: u64,
    /// Errors among them.
    pub errors: u64,
    /// Replies of another type or length than the recipe's, errors left out.
    pub unexpected: u64,
    /// The first wrong one.
    pub first_wrong: Option<String>,
}

impl Tally {
    /// Takes a reply that is not at once known to be right.
    pub(crate) fn count(&mut self, reply: Reply, expected: Reply, scanner: &Scanner) {
        self.replies += 1;
        if reply == expected {
            return;
        }
        let error = reply == Reply::Error;
        *(if error { &mut self.errors } else { &mut self.unexpected }) += 1;
        self.first_wrong.get_or_insert_with(|| match error {
            true => scanner.last_error().to_owned(),
            false => format!("{reply:?} instead of {expected:?}"),
        });
    }

    /// Adds what another connection has counted.
    pub(crate) fn add(&mut self, other: Tally) {
        self.replies += other.replies;
        self.errors += other.errors;
        self.unexpected += other.unexpected;
        self.first_wrong = self.first_wrong.take().or(other.first_wrong);
    }
}

/// The parts of a right reply that are the same in each: its length, and the texts at some offsets.
#[derive(Clone, Debug)]
struct Pattern {
    len: usize,
    parts: Vec<(usize, Vec<u8>)>,
}

impl Pattern {
    /// Of replies whose length is known; long ones are cheap to scan anyway.
    fn of(recipe: &Recipe) -> Option<Pattern> {
        let canned = recipe.canned();
        let parts = match recipe.reply() {
            Reply::Status => vec![(0, canned.clone())],
            Reply::Bulk(len) => bulk_parts(0, len).to_vec(),
            Reply::Bulks { count, len } => {
                let head = format!("*{count}\r\n").into_bytes();
                let each = (canned.len() - head.len()) / count;
                let bulks = (0..count).flat_map(|at| bulk_parts(head.len() + at * each, len));
                std::iter::once((0, head.clone())).chain(bulks).collect()
            }
            _ => return None,
        };
        Some(Pattern { len: canned.len(), parts })
    }

    fn begins(&self, bytes: &[u8]) -> bool {
        bytes.len() >= self.len
            && self.parts.iter().all(|(at, text)| bytes[*at..].starts_with(text))
    }
}

fn bulk_parts(at: usize, len: usize) -> [(usize, Vec<u8>); 2] {
    let head = format!("${len}\r\n").into_bytes();
    let end = at + head.len() + len;
    [(at, head), (end, b"\r\n".to_vec())]
}

/// Counts the replies of one connection.
#[derive(Debug)]
pub struct Counter {
    pattern: Option<Pattern>,
    expected: Reply,
    scanner: Scanner,
    tally: Tally,
}

impl Counter {
    /// For replies to one recipe.
    #[must_use]
    pub fn new(recipe: &Recipe) -> Counter {
        Counter {
            pattern: Pattern::of(recipe),
            expected: recipe.reply(),
            scanner: Scanner::default(),
            tally: Tally::default(),
        }
    }

    /// Takes what came from the connection; returns how many replies ended in it.
    ///
    /// # Errors
    /// If it is not replies.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<u64, Malformed> {
        let before = self.tally.replies;
        while !bytes.is_empty() {
            if let Some(pattern) = &self.pattern
                && self.scanner.is_between_replies()
            {
                while pattern.begins(bytes) {
                    self.tally.replies += 1;
                    bytes = &bytes[pattern.len..];
                }
            }
            let (reply, read) = self.scanner.next(bytes)?;
            bytes = &bytes[read..];
            if let Some(reply) = reply {
                self.tally.count(reply, self.expected, &self.scanner);
            }
        }
        Ok(self.tally.replies - before)
    }

    /// What was counted since the last time that this was asked.
    pub(crate) fn take(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Verb;

    /// Feeds the bytes cut in two at every offset.
    fn check(recipe: Recipe, bytes: &[u8], expected: (u64, u64, u64)) {
        for cut in 0..=bytes.len() {
            let mut counter = Counter::new(&recipe);
            let ended = counter.feed(&bytes[..cut]).unwrap() + counter.feed(&bytes[cut..]).unwrap();
            let tally = counter.take();
            let counted = (tally.replies, tally.errors, tally.unexpected);
            assert_eq!((counted, ended), (expected, expected.0), "{recipe:?} cut at {cut}");
        }
    }

    #[test]
    fn right_replies_are_counted() {
        for verb in [Verb::Ping, Verb::Get, Verb::Set, Verb::Incr, Verb::Mget10, Verb::Mset10] {
            for value_bytes in [0, 1, 64, 700] {
                let recipe = Recipe::new(verb, value_bytes);
                check(recipe, &recipe.canned().repeat(3), (3, 0, 0));
            }
        }
    }

    #[test]
    fn wrong_replies_are_told() {
        let get = Recipe::new(Verb::Get, 2);
        check(get, b"$2\r\nab\r\n$-1\r\n$3\r\nabc\r\n-ERR a\r\n+OK\r\n$2\r\nab\r\n", (6, 1, 3));
        check(Recipe::new(Verb::Set, 2), b"+OK\r\n-OOM x\r\n:1\r\n", (3, 1, 1));
        let mut counter = Counter::new(&get);
        counter.feed(b"$2\r\nab\r\n-ERR first\r\n-ERR second\r\n").unwrap();
        assert_eq!(counter.take().first_wrong.as_deref(), Some("ERR first"));
    }
}
