//! What is asked, and what the answer must be, as a line of text:
//!
//! ```text
//! GET key:{r%100000} -> $64
//! SET key:{n} {#64} PX 86400000 -> +OK
//! LPUSH list:{r%1000} {#16} -> : ; LPOP list:{r%1000} -> $16
//! HGETALL hash:{r%1000} -> *20 $6 $16
//! ```
//!
//! A request is words and, behind an arrow, its answer: `+OK` (this simple string), `:` (any integer),
//! `$16` (a bulk string of 16 bytes), `*20 $6 $16` (an array of 20 bulk strings, of 6 and of 16 bytes
//! in turn). Several requests with semicolons between them are always sent together.
//!
//! Braces hold what changes from one sending to the next: a number, always of as many digits, as many
//! as stand behind a colon or 12. `n` is how often the recipe has been sent before; any other letter is
//! a random number, the same wherever the letter stands, and a new one in each sending. A number may
//! be divided, reduced by a modulus, and added to, in this order: `{n/1000%100+7:3}`. Instead of
//! digits it can be written as a key of a set that collides in weak hashes: `{r%20000:fnv}` is one of
//! 20,000 such keys. `{#64}` is 64 bytes that never change.

use std::str::FromStr;

use anyhow::{Context, Result};

use crate::expected::Expected;
use crate::slot::{Draws, Number, Piece};

/// One or more requests that are sent together, and their answers.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The requests one after another; where numbers belong are zeros.
    bytes: Vec<u8>,
    /// Numbers, and where they belong.
    numbers: Vec<(usize, Number)>,
    /// First words of the requests.
    commands: Vec<String>,
    expected: Vec<Expected>,
}

impl FromStr for Recipe {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Recipe> {
        let (bytes, numbers) = (Vec::new(), Vec::new());
        let (commands, expected) = (Vec::new(), Vec::new());
        let mut recipe = Recipe { bytes, numbers, commands, expected };
        let words: Vec<&str> = text.split_whitespace().collect();
        for request in words.split(|word| *word == ";") {
            recipe.add(request).with_context(|| format!("recipe: {text}"))?;
        }
        Ok(recipe)
    }
}

impl Recipe {
    fn add(&mut self, request: &[&str]) -> Result<()> {
        let arrow = request.iter().position(|word| *word == "->").context("-> and a reply?")?;
        let (words, reply) = (&request[..arrow], &request[arrow + 1..]);
        self.commands.push((*words.first().context("there is no command")?).to_owned());
        self.expected.push(Expected::parse(reply)?);
        self.bytes.extend(format!("*{}\r\n", words.len()).bytes());
        for word in words {
            self.add_word(word)?;
        }
        Ok(())
    }

    fn add_word(&mut self, mut word: &str) -> Result<()> {
        let (mut bytes, mut numbers) = (Vec::new(), Vec::new());
        while let Some((before, behind)) = word.split_once('{') {
            let (inside, rest) = behind.split_once('}').context("a brace is not closed")?;
            bytes.extend(before.bytes());
            match Piece::parse(inside)? {
                Piece::Filler(filler) => bytes.extend(filler),
                Piece::Number(number) => {
                    let at = bytes.len();
                    bytes.resize(at + number.len(), b'0');
                    numbers.push((at, number));
                }
            }
            word = rest;
        }
        bytes.extend(word.bytes());
        self.bytes.extend(format!("${}\r\n", bytes.len()).bytes());
        let start = self.bytes.len();
        self.numbers.extend(numbers.into_iter().map(|(at, number)| (start + at, number)));
        self.bytes.extend(bytes);
        self.bytes.extend(b"\r\n");
        Ok(())
    }

    /// The requests that are sent together.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.expected.len()
    }

    /// The commands of the requests.
    #[must_use]
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// Bytes of all its requests; each sending has as many.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The answers, one for each request.
    pub(crate) fn expected(&self) -> &[Expected] {
        &self.expected
    }

    /// The bytes of all answers, for servers that do not think.
    #[must_use]
    pub fn canned(&self) -> Vec<u8> {
        self.expected.iter().flat_map(Expected::canned).collect()
    }
}

/// Sendings of a recipe, one after another in memory, whose numbers are written anew each time they
/// are sent. One batch stays in the cache; a pool of many batches would be read from memory.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    stride: usize,
    numbers: Vec<(usize, Number)>,
    draws: Draws,
}

impl Batch {
    /// As many sendings as leave at a time at most.
    pub(crate) fn new(recipe: &Recipe, sendings: usize, seed: u64) -> Batch {
        let numbers = recipe.numbers.clone();
        let letters = numbers.iter().filter_map(|(_, number)| number.letter()).collect();
        let draws = Draws::new(letters, seed);
        Batch { bytes: recipe.bytes.repeat(sendings), stride: recipe.bytes.len(), numbers, draws }
    }

    /// That many sendings with their next numbers.
    pub(crate) fn next(&mut self, sendings: usize) -> &[u8] {
        let bytes = &mut self.bytes[..sendings * self.stride];
        for sending in bytes.chunks_exact_mut(self.stride) {
            self.draws.draw();
            for (at, number) in &self.numbers {
                number.write(&self.draws, &mut sending[*at..*at + number.len()]);
            }
            self.draws.count();
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(recipe: &str, sendings: usize) -> String {
        let recipe: Recipe = recipe.parse().unwrap();
        let bytes = Batch::new(&recipe, sendings, 1).next(sendings).to_vec();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn requests_are_what_a_client_would_send() {
        assert_eq!(sent("PING -> +PONG", 1), "*1\r\n$4\r\nPING\r\n");
        let expected = "*5\r\n$3\r\nSET\r\n$16\r\nkey:000000000007\r\n$3\r\nabc\r\n\
                        $2\r\nPX\r\n$4\r\n5000\r\n";
        assert_eq!(sent("SET key:{n+7} {#3} PX 5000 -> +OK", 1), expected);
        let expected = "*3\r\n$4\r\nMGET\r\n$7\r\na0b1c12\r\n$0\r\n\r\n";
        assert_eq!(sent("MGET a{n:1}b{n+1:1}c{n+12:2} {#0} -> *2 $0", 1), expected);
    }

    #[test]
    fn each_sending_has_its_numbers_and_its_requests_share_them() {
        let text = sent("SADD s:{r:3} {n:1} -> : ; SREM s:{r:3} {n:1} -> :", 3);
        let words: Vec<&str> = text.split("\r\n").filter(|w| !w.starts_with(['*', '$'])).collect();
        let sendings: Vec<&[&str]> = words.chunks_exact(6).collect();
        assert_eq!(sendings.len(), 3);
        for (at, sending) in sendings.iter().enumerate() {
            assert_eq!((sending[0], sending[3]), ("SADD", "SREM"));
            assert_eq!((sending[1], sending[2]), (sending[4], sending[5]));
            assert_eq!(sending[2], at.to_string());
        }
        assert_ne!(sendings[0][1], sendings[1][1]);
    }

    #[test]
    fn a_recipe_knows_its_requests_and_answers() {
        let recipe: Recipe = "LPUSH l {#2} -> : ; LPOP l -> $2".parse().unwrap();
        assert_eq!(recipe.requests(), 2);
        assert_eq!(recipe.commands(), ["LPUSH", "LPOP"]);
        assert_eq!(recipe.canned(), b":1\r\n$2\r\n..\r\n");
    }

    #[test]
    fn what_is_no_recipe_is_refused() {
        for text in
            ["", "GET k", "-> +OK", "GET k ->", "GET {r -> $1", "GET k -> $1 ;", "GET {} -> $1"]
        {
            assert!(text.parse::<Recipe>().is_err(), "{text}");
        }
    }
}
