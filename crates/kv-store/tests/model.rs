//! Random commands against a model that is too simple to be wrong: an ordered map and a clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kv_protocol::Frame;
use kv_store::{Clock, ManualClock, Store};
use proptest::collection::vec;
use proptest::prelude::*;

const START: u64 = 1_000_000;

#[derive(Clone, Debug)]
enum Step {
    Set(u8, String),
    SetFor(u8, String, u16),
    SetIfMissing(u8, String),
    SetMany(Vec<(u8, String)>),
    Get(u8),
    GetMany(Vec<u8>),
    Delete(Vec<u8>),
    Append(u8, String),
    Add(u8, i64),
    Expire(u8, u16),
    Persist(u8),
    Remaining(u8),
    Rename(u8, u8),
    Copy(u8, u8),
    Exists(Vec<u8>),
    Wind(u16),
    Sweep,
    Keys,
    Flush,
}

fn key() -> impl Strategy<Value = u8> {
    0u8..6
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c]{0,8}",
        3 => (-20i64..20).prop_map(|n| n.to_string()),
        // Long enough to be shared rather than inline.
        1 => (4090usize..4110).prop_map(|n| "x".repeat(n)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (key(), value()).prop_map(|(k, v)| Step::Set(k, v)),
        (key(), value(), 1u16..200).prop_map(|(k, v, t)| Step::SetFor(k, v, t)),
        (key(), value()).prop_map(|(k, v)| Step::SetIfMissing(k, v)),
        vec((key(), value()), 1..4).prop_map(Step::SetMany),
        key().prop_map(Step::Get),
        vec(key(), 1..5).prop_map(Step::GetMany),
        vec(key(), 1..4).prop_map(Step::Delete),
        (key(), value()).prop_map(|(k, v)| Step::Append(k, v)),
        (key(), -5i64..5).prop_map(|(k, n)| Step::Add(k, n)),
        (key(), 1u16..200).prop_map(|(k, t)| Step::Expire(k, t)),
        key().prop_map(Step::Persist),
        key().prop_map(Step::Remaining),
        (key(), key()).prop_map(|(a, b)| Step::Rename(a, b)),
        (key(), key()).prop_map(|(a, b)| Step::Copy(a, b)),
        vec(key(), 1..4).prop_map(Step::Exists),
        (1u16..150).prop_map(Step::Wind),
        Just(Step::Sweep),
        Just(Step::Keys),
        Just(Step::Flush),
    ]
}

/// What is at a key, and when it ends.
type Entry = (String, Option<u64>);

#[derive(Default)]
struct Model {
    now: u64,
    entries: BTreeMap<u8, Entry>,
}

impl Model {
    fn drop_expired(&mut self) {
        let now = self.now;
        self.entries.retain(|_, (_, end)| end.is_none_or(|end| now <= end));
    }

    fn get(&self, key: u8) -> Frame {
        self.entries.get(&key).map_or(Frame::Null, |(value, _)| Frame::from(value.as_str()))
    }

    /// Plays a step; the reply it must have.
    fn play(&mut self, step: &Step) -> Frame {
        self.drop_expired();
        let ok = || Frame::Simple("OK".into());
        let error = |text: &'static str| Frame::Error(text.into());
        let count = |n: usize| Frame::Integer(n as i64);
        match step.clone() {
            Step::Set(k, v) => {
                self.entries.insert(k, (v, None));
                ok()
            }
            Step::SetFor(k, v, t) => {
                self.entries.insert(k, (v, Some(self.now + u64::from(t))));
                ok()
            }
            Step::SetIfMissing(k, v) => {
                let missing = !self.entries.contains_key(&k);
                self.entries.entry(k).or_insert((v, None));
                count(usize::from(missing))
            }
            Step::SetMany(pairs) => {
                self.entries.extend(pairs.into_iter().map(|(k, v)| (k, (v, None))));
                ok()
            }
            Step::Get(k) => self.get(k),
            Step::GetMany(keys) => Frame::Array(keys.iter().map(|&k| self.get(k)).collect()),
            Step::Delete(keys) => {
                count(keys.iter().filter(|k| self.entries.remove(k).is_some()).count())
            }
            Step::Append(k, v) => {
                let (value, _) = self.entries.entry(k).or_default();
                value.push_str(&v);
                let len = value.len();
                // Appending nothing to a missing key still makes it.
                count(len)
            }
            Step::Add(k, n) => {
                let value = self.entries.get(&k).map_or("0", |(value, _)| value.as_str());
                let Ok(number) = value.parse::<i64>() else {
                    return error("ERR value is not an integer or out of range");
                };
                if number.to_string() != value {
                    return error("ERR value is not an integer or out of range");
                }
                self.entries.entry(k).or_default().0 = (number + n).to_string();
                Frame::Integer(number + n)
            }
            Step::Expire(k, t) => match self.entries.get_mut(&k) {
                Some((_, end)) => {
                    *end = Some(self.now + u64::from(t));
                    count(1)
                }
                None => count(0),
            },
            Step::Persist(k) => {
                count(usize::from(self.entries.get_mut(&k).is_some_and(|e| e.1.take().is_some())))
            }
            Step::Remaining(k) => Frame::Integer(match self.entries.get(&k) {
                None => -2,
                Some((_, None)) => -1,
                Some((_, Some(end))) => (end - self.now) as i64,
            }),
            Step::Rename(a, b) => match self.entries.remove(&a) {
                None => error("ERR no such key"),
                Some(entry) => {
                    self.entries.insert(b, entry);
                    ok()
                }
            },
            Step::Copy(a, b) if a == b => error("ERR source and destination objects are the same"),
            Step::Copy(a, b) => match self.entries.get(&a).cloned() {
                Some(entry) if !self.entries.contains_key(&b) => {
                    self.entries.insert(b, entry);
                    count(1)
                }
                _ => count(0),
            },
            Step::Exists(keys) => {
                count(keys.iter().filter(|k| self.entries.contains_key(k)).count())
            }
            Step::Wind(by) => {
                self.now += u64::from(by);
                Frame::Null
            }
            Step::Sweep => Frame::Null,
            Step::Keys => {
                Frame::Array(self.entries.keys().map(|k| Frame::from(name(*k).as_str())).collect())
            }
            Step::Flush => {
                let removed = self.entries.len();
                self.entries.clear();
                count(removed)
            }
        }
    }
}

fn name(key: u8) -> String {
    format!("key:{key}")
}

/// The step as a request; `None` for what is no command.
fn request(step: &Step) -> Option<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
    let with_keys = |command: &str, keys: &[u8]| {
        std::iter::once(command.to_owned()).chain(keys.iter().map(|&k| name(k))).collect()
    };
    Some(match step {
        Step::Set(k, v) => words(&["SET", &name(*k), v]),
        Step::SetFor(k, v, t) => words(&["SET", &name(*k), v, "PX", &t.to_string()]),
        Step::SetIfMissing(k, v) => words(&["SETNX", &name(*k), v]),
        Step::SetMany(pairs) => {
            let pairs = pairs.iter().flat_map(|(k, v)| [name(*k), v.clone()]);
            std::iter::once("MSET".to_owned()).chain(pairs).collect()
        }
        Step::Get(k) => words(&["GET", &name(*k)]),
        Step::GetMany(keys) => with_keys("MGET", keys),
        Step::Delete(keys) => with_keys("DEL", keys),
        Step::Append(k, v) => words(&["APPEND", &name(*k), v]),
        Step::Add(k, n) => words(&["INCRBY", &name(*k), &n.to_string()]),
        Step::Expire(k, t) => words(&["PEXPIRE", &name(*k), &t.to_string()]),
        Step::Persist(k) => words(&["PERSIST", &name(*k)]),
        Step::Remaining(k) => words(&["PTTL", &name(*k)]),
        Step::Rename(a, b) => words(&["RENAME", &name(*a), &name(*b)]),
        Step::Copy(a, b) => words(&["COPY", &name(*a), &name(*b)]),
        Step::Exists(keys) => with_keys("EXISTS", keys),
        Step::Keys => words(&["KEYS", "key:*"]),
        Step::Flush => words(&["FLUSH"]),
        Step::Wind(_) | Step::Sweep => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_store_does_what_the_model_does(steps in vec(step(), 1..120)) {
        let clock = Arc::new(ManualClock::at_millis(START));
        let time: Arc<dyn Clock> = clock.clone();
        let store = Store::builder().clock(time).seed([9, 8, 7, 6]).build();
        let mut session = store.session();
        let mut model = Model { now: START, ..Model::default() };
        for step in &steps {
            let expected = model.play(step);
            match step {
                Step::Wind(by) => clock.wind(Duration::from_millis(u64::from(*by))),
                Step::Sweep => {
                    store.sweep();
                    // After a sweep no key is left whose time is over.
                    model.drop_expired();
                    let left = model.entries.len() as i64;
                    prop_assert_eq!(session.call(["DBSIZE"]), Frame::Integer(left));
                }
                _ => {
                    let request = request(step).expect("a command");
                    let mut reply = session.call(&request);
                    if let (Step::Keys, Frame::Array(names)) = (step, &mut reply) {
                        names.sort_by_key(|name| name.as_bytes().map(<[u8]>::to_vec));
                    }
                    // FLUSH counts keys whose time is over but that nobody has met yet.
                    if !matches!(step, Step::Flush) {
                        prop_assert_eq!(reply, expected, "{:?}", request);
                    }
                }
            }
        }
        // All is accounted for: an emptied store counts no key and no byte.
        session.call(["FLUSHALL"]);
        prop_assert_eq!(session.call(["DBSIZE"]), Frame::Integer(0));
    }
}
