//! Counts the replies of a closed loop and checks each; the usual ones without looking at every byte.

use crate::expected::{Expected, Part};
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

/// Answers to one request: as they are told from others, and, if their length is known, that length
/// and the texts at some offsets that are the same in each.
#[derive(Clone, Debug)]
struct Answer {
    expected: Reply,
    pattern: Option<(usize, Vec<Part>)>,
}

impl Answer {
    /// The length of a right answer, if the bytes are known to begin with one.
    fn begins(&self, bytes: &[u8]) -> Option<usize> {
        let (len, parts) = self.pattern.as_ref()?;
        let right =
            bytes.len() >= *len && parts.iter().all(|(at, text)| bytes[*at..].starts_with(text));
        right.then_some(*len)
    }
}

/// Counts the replies of one connection.
#[derive(Debug)]
pub struct Counter {
    /// To the requests of a recipe, which take turns.
    answers: Vec<Answer>,
    turn: usize,
    scanner: Scanner,
    tally: Tally,
}

impl Counter {
    /// For replies to one recipe.
    #[must_use]
    pub fn new(recipe: &Recipe) -> Counter {
        let of =
            |expected: &Expected| Answer { expected: expected.reply(), pattern: expected.fixed() };
        Counter {
            answers: recipe.expected().iter().map(of).collect(),
            turn: 0,
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
            if self.scanner.is_between_replies() {
                while let Some(len) = self.answers[self.turn].begins(bytes) {
                    self.tally.replies += 1;
                    bytes = &bytes[len..];
                    self.next_turn();
                }
            }
            let (reply, read) = self.scanner.next(bytes)?;
            bytes = &bytes[read..];
            if let Some(reply) = reply {
                self.tally.count(reply, self.answers[self.turn].expected, &self.scanner);
                self.next_turn();
            }
        }
        Ok(self.tally.replies - before)
    }

    fn next_turn(&mut self) {
        self.turn += 1;
        if self.turn == self.answers.len() {
            self.turn = 0;
        }
    }

    /// What was counted since the last time that this was asked. The next reply is to the first request
    /// of the recipe.
    pub(crate) fn take(&mut self) -> Tally {
        self.turn = 0;
        std::mem::take(&mut self.tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the bytes cut in two at every offset.
    fn check(recipe: &str, bytes: &[u8], expected: (u64, u64, u64)) {
        let recipe: Recipe = recipe.parse().unwrap();
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
        for reply in ["+PONG", ":", "$0", "$700", "*10 $64", "*20 $6 $16", "*0 $1"] {
            let text = format!("ASK -> {reply}");
            let recipe: Recipe = text.parse().unwrap();
            check(&text, &recipe.canned().repeat(3), (3, 0, 0));
        }
        check("PUSH -> : ; POP -> $1", b":8\r\n$1\r\na\r\n:-1\r\n$1\r\nb\r\n", (4, 0, 0));
    }

    #[test]
    fn wrong_replies_are_told() {
        let text = b"$2\r\nab\r\n$-1\r\n$3\r\nabc\r\n-ERR a\r\n+OK\r\n$2\r\nab\r\n";
        check("GET -> $2", text, (6, 1, 3));
        check("SET -> +OK", b"+OK\r\n-OOM x\r\n:1\r\n", (3, 1, 1));
        check("PUSH -> : ; POP -> $1", b"$1\r\na\r\n:1\r\n:1\r\n$1\r\na\r\n", (4, 0, 2));
        check("GET -> *2 $1", b"*2\r\n$1\r\na\r\n$2\r\nab\r\n*1\r\n$1\r\na\r\n", (2, 0, 2));
        let mut counter = Counter::new(&"GET -> $2".parse().unwrap());
        counter.feed(b"$2\r\nab\r\n-ERR first\r\n-ERR second\r\n").unwrap();
        assert_eq!(counter.take().first_wrong.as_deref(), Some("ERR first"));
    }

    #[test]
    fn the_first_request_is_answered_first_whatever_was_counted_before() {
        let mut counter = Counter::new(&"PUSH -> : ; POP -> $1".parse().unwrap());
        counter.feed(b"+OK\r\n").unwrap();
        assert_eq!(counter.take().unexpected, 1);
        counter.feed(b":1\r\n$1\r\na\r\n").unwrap();
        assert_eq!(counter.take(), Tally { replies: 2, ..Tally::default() });
    }
}
