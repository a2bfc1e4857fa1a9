//! Dumps of real servers.

use crate::model::Value;

/// A dump, and the commands that made the value.
pub(crate) struct Dump {
    pub(crate) commands: Vec<&'static str>,
    /// How a Valkey 9.1.2 holds the value when it has restored it, if that says anything.
    pub(crate) encoding: Option<&'static str>,
    pub(crate) bytes: Vec<u8>,
}

/// All dumps of the file.
pub(crate) fn all() -> Vec<Dump> {
    let paragraphs = include_str!("dumps.txt").split("\n\n");
    paragraphs
        .filter_map(|paragraph| {
            let lines = || paragraph.lines().filter(|line| !line.starts_with('#'));
            let commands: Vec<_> = lines().filter_map(|line| line.strip_prefix("> ")).collect();
            let encoding = lines().find_map(|line| line.strip_prefix("= "));
            let hex: String = lines().filter(|line| !line.starts_with(['>', '='])).collect();
            let bytes = hex.as_bytes().chunks(2).map(|pair| {
                u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16)
                    .expect("hexadecimal")
            });
            (!commands.is_empty()).then(|| Dump { commands, encoding, bytes: bytes.collect() })
        })
        .collect()
}

impl Dump {
    /// What is in front of the footer.
    pub(crate) fn value(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - 10]
    }

    /// The value that the commands make; `None` for a kind that cannot be loaded.
    pub(crate) fn expected(&self) -> Option<Value> {
        let mut value = None;
        for command in &self.commands {
            let words: Vec<Vec<u8>> = command.split(' ').map(word).collect();
            run(&words, &mut value);
        }
        value
    }
}

/// `x*9` is nine times `x`.
fn word(word: &str) -> Vec<u8> {
    match word.split_once('*') {
        Some((part, times)) => part.repeat(times.parse().expect("a number")).into_bytes(),
        None => word.trim_matches('"').as_bytes().to_vec(),
    }
}

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &[u8]) -> T {
    std::str::from_utf8(text).expect("ASCII").parse().expect("a number")
}

fn run(words: &[Vec<u8>], value: &mut Option<Value>) {
    let (name, rest) = words.split_first().expect("a name");
    let args = rest.get(1..).expect("a key");
    let pairs = || args.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    match (&name[..], &mut *value) {
        (b"CONFIG" | b"DEBUG" | b"XADD", _) => {}
        (b"SET", _) => *value = Some(Value::String(args[0].clone())),
        (b"RPUSH", _) => *value = Some(Value::List(args.to_vec())),
        (b"SADD", _) => {
            *value = Some(Value::Set(args.iter().map(|member| (member.clone(), None)).collect()))
        }
        (b"HSET" | b"HMSET", _) => {
            *value = Some(Value::Hash(pairs().map(|(f, v)| (f, (v, None))).collect()));
        }
        (b"ZADD", _) => {
            *value = Some(Value::Zset(pairs().map(|(s, m)| (m, number(&s))).collect()));
        }
        (b"HPEXPIREAT", Some(Value::Hash(fields))) => {
            for field in &args[3..] {
                fields.get_mut(field).expect("a field").1 = Some(number(&args[0]));
            }
        }
        (b"HPERSIST", Some(Value::Hash(fields))) => {
            for field in &args[2..] {
                fields.get_mut(field).expect("a field").1 = None;
            }
        }
        (name, _) => panic!("no command: {}", String::from_utf8_lossy(name)),
    }
}
