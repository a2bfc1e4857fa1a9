//! What is asked, and what the answer must be.

use crate::keys::{KEY_BYTES, Keys};
use crate::scanner::Reply;

/// Keys of one [`Verb::Mget10`] or [`Verb::Mset10`].
const MANY: usize = 10;

/// A kind of request.
#[derive(
    Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// `PING`
    Ping,
    /// `GET` of a key that is there.
    Get,
    /// `SET` of a key, with a time to live if there is one.
    Set,
    /// `INCR` of a key that is absent or a number.
    Incr,
    /// `MGET` of ten keys that are there.
    Mget10,
    /// `MSET` of ten keys.
    Mset10,
}

/// A kind of request with all that determines its length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recipe {
    /// The request.
    pub verb: Verb,
    /// Bytes of each value, set or expected.
    pub value_bytes: usize,
    /// Milliseconds that a set key lives.
    pub ttl_ms: Option<u64>,
}

impl Recipe {
    /// A recipe without a time to live.
    #[must_use]
    pub const fn new(verb: Verb, value_bytes: usize) -> Recipe {
        Recipe { verb, value_bytes, ttl_ms: None }
    }

    /// What a server must answer.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let len = self.value_bytes;
        match self.verb {
            Verb::Ping | Verb::Set | Verb::Mset10 => Reply::Status,
            Verb::Get => Reply::Bulk(len),
            Verb::Incr => Reply::Integer,
            Verb::Mget10 => Reply::Bulks { count: MANY, len },
        }
    }

    /// The bytes of an answer, for servers that do not think.
    #[must_use]
    pub fn canned(&self) -> Vec<u8> {
        let bulk = bulk(&value(self.value_bytes));
        match self.verb {
            Verb::Ping => b"+PONG\r\n".to_vec(),
            Verb::Set | Verb::Mset10 => b"+OK\r\n".to_vec(),
            Verb::Get => bulk,
            Verb::Incr => b":1\r\n".to_vec(),
            Verb::Mget10 => [format!("*{MANY}\r\n").into_bytes(), bulk.repeat(MANY)].concat(),
        }
    }

    /// One request, and where in it keys belong.
    #[must_use]
    pub fn request(&self) -> (Vec<u8>, Vec<usize>) {
        let key = [b'?'; KEY_BYTES];
        let value = value(self.value_bytes);
        let ttl = self.ttl_ms.map(|ttl| ttl.to_string()).unwrap_or_default();
        let mut words: Vec<&[u8]> = match self.verb {
            Verb::Ping => vec![b"PING"],
            Verb::Get => vec![b"GET", &key],
            Verb::Set => vec![b"SET", &key, &value],
            Verb::Incr => vec![b"INCR", &key],
            Verb::Mget10 => vec![b"MGET"],
            Verb::Mset10 => vec![b"MSET"],
        };
        for _ in 0..MANY {
            match self.verb {
                Verb::Mget10 => words.push(&key),
                Verb::Mset10 => words.extend([&key[..], &value]),
                _ => {}
            }
        }
        if self.verb == Verb::Set && self.ttl_ms.is_some() {
            words.extend([b"PX", ttl.as_bytes()]);
        }
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        let mut keys = Vec::new();
        for word in words {
            let bulk = bulk(word);
            if word == key {
                keys.push(request.len() + bulk.len() - 2 - KEY_BYTES);
            }
            request.extend(bulk);
        }
        (request, keys)
    }
}

/// The bytes of a value: nothing that repeats within a cache line.
fn value(len: usize) -> Vec<u8> {
    (b'a'..=b'z').chain(b'A'..=b'Z').chain(b'0'..=b'9').cycle().take(len).collect()
}

fn bulk(word: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", word.len()).as_bytes(), word, b"\r\n"].concat()
}

/// Requests of one kind, one after another in memory, whose keys are written anew each time they are
/// sent. One batch stays in the cache; a pool of many batches would be read from memory.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    stride: usize,
    keys: Vec<usize>,
}

impl Batch {
    /// As many requests as are sent at a time at most.
    pub(crate) fn new(recipe: &Recipe, depth: usize) -> Batch {
        let (request, keys) = recipe.request();
        Batch { stride: request.len(), bytes: request.repeat(depth), keys }
    }

    /// That many requests with their next keys.
    pub(crate) fn next(&mut self, requests: usize, keys: &mut Keys) -> &[u8] {
        let bytes = &mut self.bytes[..requests * self.stride];
        for request in bytes.chunks_exact_mut(self.stride) {
            for at in &self.keys {
                keys.write(&mut request[*at..*at + KEY_BYTES]);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(recipe: Recipe) -> String {
        let mut keys = Keys::sequence("key:", 7).unwrap();
        let bytes = Batch::new(&recipe, 1).next(1, &mut keys).to_vec();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn requests_are_what_a_client_would_send() {
        assert_eq!(one(Recipe::new(Verb::Ping, 0)), "*1\r\n$4\r\nPING\r\n");
        let get = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000007\r\n";
        assert_eq!(one(Recipe::new(Verb::Get, 3)), get);
        let set = Recipe { verb: Verb::Set, value_bytes: 3, ttl_ms: Some(5000) };
        let expected = "*5\r\n$3\r\nSET\r\n$16\r\nkey:000000000007\r\n$3\r\nabc\r\n\
                        $2\r\nPX\r\n$4\r\n5000\r\n";
        assert_eq!(one(set), expected);
        let mset = one(Recipe::new(Verb::Mset10, 1));
        assert!(mset.starts_with("*21\r\n$4\r\nMSET\r\n$16\r\nkey:000000000007\r\n$1\r\na\r\n"));
        assert!(mset.ends_with("$16\r\nkey:000000000016\r\n$1\r\na\r\n"), "{mset}");
    }

    #[test]
    fn a_value_of_a_keys_length_is_no_key() {
        let (_, keys) = Recipe::new(Verb::Set, KEY_BYTES).request();
        assert_eq!(keys.len(), 1);
    }

    #[test]
    fn a_batch_has_a_new_key_in_each_request() {
        let mut keys = Keys::sequence("key:", 0).unwrap();
        let mut batch = Batch::new(&Recipe::new(Verb::Get, 1), 3);
        let text = String::from_utf8(batch.next(2, &mut keys).to_vec()).unwrap();
        assert_eq!(text.matches("GET").count(), 2);
        assert!(text.contains("key:000000000000") && text.contains("key:000000000001"));
    }
}
