//! What a server keeps of one writer: as it should be, and as it is found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, Result, bail};
use kv_protocol::Frame;

use super::wire::{Wire, text, texts};

/// The list to which all writers push.
pub(super) const SHARED: &str = "shared";

/// A value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    Text(String),
    List(VecDeque<String>),
    Set(BTreeSet<String>),
}

/// When a key ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    Never,
    /// In milliseconds since 1970, later than any round.
    At(u64),
    /// Before anybody looks.
    Soon,
}

/// What is kept at a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Kept {
    pub(super) value: Value,
    pub(super) end: End,
}

/// Keys of one writer, with what is kept at them.
#[derive(Clone, Debug, Default)]
pub(super) struct State(BTreeMap<String, Kept>);

impl State {
    pub(super) fn get(&self, key: &str) -> Option<&Kept> {
        self.0.get(key)
    }

    /// What somebody sees who looks after the round.
    pub(super) fn seen(&self, key: &str) -> Option<&Kept> {
        self.0.get(key).filter(|kept| kept.end != End::Soon)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn put(&mut self, key: &str, value: Value, end: End) {
        self.0.insert(key.to_owned(), Kept { value, end });
    }

    pub(super) fn set(&mut self, key: &str, text: impl Into<String>) {
        self.put(key, Value::Text(text.into()), End::Never);
    }

    pub(super) fn end(&mut self, key: &str, end: End) {
        if let Some(kept) = self.0.get_mut(key) {
            kept.end = end;
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Kept> {
        self.0.remove(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.0.get(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Changes a list, which is made and removed as needed.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        change: impl FnOnce(&mut VecDeque<String>) -> T,
    ) -> T {
        let empty = || Kept { value: Value::List(VecDeque::new()), end: End::Never };
        let kept = self.0.entry(key.to_owned()).or_insert_with(empty);
        let mut other = VecDeque::new();
        // A key of another kind is a list nowhere: it stays and is found to differ.
        let list = if let Value::List(list) = &mut kept.value { list } else { &mut other };
        let done = change(list);
        if kept.value == Value::List(VecDeque::new()) {
            self.0.remove(key);
        }
        done
    }

    /// Changes a set, as a list.
    pub(super) fn members<T>(
        &mut self,
        key: &str,
        change: impl FnOnce(&mut BTreeSet<String>) -> T,
    ) -> T {
        let empty = || Kept { value: Value::Set(BTreeSet::new()), end: End::Never };
        let kept = self.0.entry(key.to_owned()).or_insert_with(empty);
        let mut other = BTreeSet::new();
        let set = if let Value::Set(set) = &mut kept.value { set } else { &mut other };
        let done = change(set);
        if kept.value == Value::Set(BTreeSet::new()) {
            self.0.remove(key);
        }
        done
    }
}

/// The database of a writer: one of four writes to another than the first.
pub(super) fn database(writer: usize) -> &'static str {
    if writer % 4 == 3 { "1" } else { "0" }
}

/// The prefix of a writer's keys.
pub(super) fn prefix(writer: usize) -> String {
    format!("w{writer}:")
}

/// Where a writer's pushes to the shared list are kept in its state.
pub(super) fn pushes(writer: usize) -> String {
    format!("{SHARED}:{writer}")
}

/// How a writer's push to the shared list is written.
pub(super) fn tag(writer: usize, number: u64) -> String {
    format!("{writer}:{number}")
}

/// What a server keeps: of each writer, and the shared list as a whole.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) states: Vec<State>,
    pub(super) shared: Vec<String>,
}

/// Reads what a server keeps.
pub(super) fn read(wire: &mut Wire, writers: usize) -> Result<Found> {
    let mut states = vec![State::default(); writers];
    for (writer, state) in states.iter_mut().enumerate() {
        wire.ask(&["SELECT", database(writer)])?;
        let mut keys = texts(&wire.ask(&["KEYS", &format!("{}*", prefix(writer))])?)?;
        keys.sort();
        let types: Vec<Vec<&str>> = keys.iter().map(|key| vec!["TYPE", key.as_str()]).collect();
        let types = wire.ask_all(&types)?;
        let mut asked = Vec::with_capacity(2 * keys.len());
        for (key, kind) in keys.iter().zip(&types) {
            asked.push(match text(kind).as_deref() {
                Some("list") => vec!["LRANGE", key, "0", "-1"],
                Some("set") => vec!["SMEMBERS", key],
                // It may have expired since.
                Some("string" | "none") => vec!["GET", key],
                other => bail!("{key} is a {other:?}"),
            });
            asked.push(vec!["PEXPIRETIME", key]);
        }
        let replies = wire.ask_all(&asked)?;
        for ((key, request), reply) in keys.iter().zip(asked.chunks(2)).zip(replies.chunks(2)) {
            let value = match request[0][0] {
                "LRANGE" => Value::List(texts(&reply[0])?.into()),
                "SMEMBERS" => Value::Set(texts(&reply[0])?.into_iter().collect()),
                _ => match text(&reply[0]) {
                    Some(text) => Value::Text(text),
                    None => continue,
                },
            };
            let end = match reply[1] {
                Frame::Integer(-1) => End::Never,
                Frame::Integer(at) if at >= 0 => End::At(at as u64),
                _ => continue,
            };
            state.put(key, value, end);
        }
    }
    wire.ask(&["SELECT", "0"])?;
    let shared = texts(&wire.ask(&["LRANGE", SHARED, "0", "-1"])?)?;
    for item in &shared {
        let (writer, _) = item.split_once(':').context("a push of nobody")?;
        let writer: usize = writer.parse().context("a push of nobody")?;
        let state = states.get_mut(writer).context("a push of nobody")?;
        state.list(&pushes(writer), |list| list.push_back(item.clone()));
    }
    Ok(Found { states, shared })
}
