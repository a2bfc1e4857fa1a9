//! Values that one server dumps and another restores: ours and the real ones, both ways.

pub(super) mod samples;

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use kv_client::blocking::Client;
use kv_client::{Error, Frame, Protocol};
use samples::{KEY, Sample};

use crate::server::Server;

/// Dumps up to this many bytes are damaged at every byte; of longer ones, at some.
const SHORT: usize = 200;
const STEP: usize = 97;

/// Values that do not arrive: from whom, at whom, the start of their names, and why.
const EXCUSES: &[(&str, &str, &str, &str)] = &[
    ("ours", "Redis 7", "hash with deadlines", NO_DEADLINES),
    ("Redis 7", "ours", "hash with deadlines", NO_DEADLINES),
    (
        "ours",
        "Redis 8",
        "hash with deadlines",
        "Redis and Valkey each have a form for deadlines that the other refuses; ours is Valkey's",
    ),
    ("ours", "Redis 7", "set, small", "small sets are packed since Redis 7.2"),
];
const NO_DEADLINES: &str = "fields have deadlines since Redis 7.4 and Valkey 9";

/// A server that takes part.
struct Party {
    name: &'static str,
    client: Client,
}

/// Exchanges all values between our server and each of `real`, which are named.
///
/// # Errors
/// If a value is refused or another afterwards.
pub(super) fn run(ours: &Server, real: &[(&'static str, Server)]) -> Result<()> {
    let ours = Party::connect("ours", ours.redis)?;
    let samples = samples::all();
    for (name, server) in real {
        let real = Party::connect(name, server.redis)?;
        let mut failures = Vec::new();
        for (from, to) in [(&ours, &real), (&real, &ours)] {
            for sample in &samples {
                let passed = pass(from, to, sample);
                let way = format!("{} from {} to {}", sample.name, from.name, to.name);
                match (passed, excuse(from, to, sample)) {
                    (Ok(()), None) => {}
                    (Ok(()), Some(_)) => {
                        failures.push(format!("{way}: arrives, despite its excuse"))
                    }
                    (Err(_), Some(why)) => println!("  {way}: does not arrive: {why}"),
                    (Err(error), None) => failures.push(format!("{way}: {error:#}")),
                }
            }
        }
        if !failures.is_empty() {
            bail!("values did not arrive as they were:\n{}", failures.join("\n"));
        }
        println!("exchange with {name}: {} values, both ways: well", samples.len());
    }
    let damaged = samples.iter().map(|sample| damage(&ours, sample)).sum::<Result<usize>>()?;
    println!("exchange: {damaged} damaged dumps are refused and change nothing");
    Ok(())
}

fn excuse(from: &Party, to: &Party, sample: &Sample) -> Option<&'static str> {
    let found = EXCUSES.iter().find(|(giver, taker, start, _)| {
        (*giver, *taker) == (from.name, to.name) && sample.name.starts_with(start)
    });
    found.map(|(.., why)| *why)
}

/// What a server has at a key.
#[derive(Debug, PartialEq)]
struct Content {
    kind: Frame,
    /// In order, where there is one.
    elements: Frame,
    /// When fields end, by the fields.
    deadlines: Vec<(Vec<u8>, i64)>,
}

/// Makes a value at `from` and lets it be restored at `to`: it must be the same there, and in the form that
/// it has when it is made there.
fn pass(from: &Party, to: &Party, sample: &Sample) -> Result<()> {
    from.make(sample)?;
    let (dump, content) = (from.dump()?, from.content(sample)?);
    to.make(sample)?;
    let form = to.ask(&["OBJECT", "ENCODING", KEY])?;
    to.ask(&["DEL", KEY])?;
    to.restore(&dump).context("RESTORE")?;
    let arrived = to.content(sample)?;
    ensure!(arrived == content, "it is {arrived:?} and was {content:?}");
    let restored = to.ask(&["OBJECT", "ENCODING", KEY])?;
    ensure!(restored == form, "it is a {restored:?} and was made as a {form:?}");
    Ok(())
}

/// Restores the dump of a value at our server with each byte changed and at each length that is too short.
/// How many that were.
fn damage(ours: &Party, sample: &Sample) -> Result<usize> {
    ours.make(sample)?;
    let dump = ours.dump()?;
    let mut damaged = Vec::new();
    for at in (0..dump.len()).step_by(if dump.len() <= SHORT { 1 } else { STEP }) {
        let mut flipped = dump.clone();
        flipped[at] = !flipped[at];
        damaged.extend([flipped, dump[..at].to_vec()]);
    }
    for payload in &damaged {
        let answer = ours.restore(payload);
        ensure!(answer.is_err(), "{}: restored from {payload:02x?}", sample.name);
    }
    ensure!(ours.dump()? == dump, "{}: it has changed", sample.name);
    ensure!(ours.ask(&["DBSIZE"])? == Frame::Integer(1), "{}: there are other keys", sample.name);
    Ok(damaged.len())
}

impl Party {
    fn connect(name: &'static str, address: SocketAddr) -> Result<Party> {
        let client = Client::builder(address.to_string()).protocol(Protocol::Resp2);
        Ok(Party { name, client: client.connect_blocking().context(name)? })
    }

    fn ask(&self, words: &[impl AsRef<[u8]>]) -> Result<Frame, Error> {
        self.client.call(words.iter().map(AsRef::as_ref))
    }

    /// Makes a value, and has nothing else.
    fn make(&self, sample: &Sample) -> Result<()> {
        self.ask(&["FLUSHALL"])?;
        for line in &sample.lines {
            self.ask(line).with_context(|| format!("{} cannot make it", self.name))?;
        }
        Ok(())
    }

    fn dump(&self) -> Result<Vec<u8>> {
        let reply = self.ask(&["DUMP", KEY])?;
        Ok(reply.as_bytes().context("DUMP")?.to_vec())
    }

    fn restore(&self, dump: &[u8]) -> Result<Frame, Error> {
        self.ask(&[b"RESTORE", KEY.as_bytes(), b"0", dump, b"REPLACE"])
    }

    fn content(&self, sample: &Sample) -> Result<Content> {
        let kind = self.ask(&["TYPE", KEY])?;
        let (line, per_element): (&[&str], usize) = match kind.as_str() {
            Some("string") => (&["GET", KEY], 0),
            Some("list") => (&["LRANGE", KEY, "0", "-1"], 0),
            Some("set") => (&["SMEMBERS", KEY], 1),
            Some("hash") => (&["HGETALL", KEY], 2),
            Some("zset") => (&["ZRANGE", KEY, "0", "-1", "WITHSCORES"], 0),
            other => bail!("a value of type {other:?}"),
        };
        let elements = match self.ask(line)? {
            elements if kind.as_str() == Some("zset") => scored(elements)?,
            elements => unordered(elements, per_element),
        };
        let deadlines = if sample.has_deadlines { self.deadlines(&elements)? } else { Vec::new() };
        Ok(Content { kind, elements, deadlines })
    }

    /// When the fields of pairs end.
    fn deadlines(&self, pairs: &Frame) -> Result<Vec<(Vec<u8>, i64)>> {
        let pairs = pairs.as_array().context("no pairs")?;
        let fields: Vec<&[u8]> = pairs.iter().step_by(2).filter_map(Frame::as_bytes).collect();
        let count = fields.len().to_string();
        let words = [b"HPEXPIRETIME", KEY.as_bytes(), b"FIELDS", count.as_bytes()];
        let reply = self.ask(&[&words[..], &fields].concat())?;
        let ends = reply.as_array().context("no list")?.iter().filter_map(Frame::as_int);
        Ok(fields.into_iter().map(<[u8]>::to_vec).zip(ends).collect())
    }
}

/// Members and scores, these as they are printed here: the servers print them in several ways.
fn scored(reply: Frame) -> Result<Frame> {
    let pairs = reply.as_array().context("no list")?.chunks_exact(2);
    let scored = pairs.map(|pair| {
        let score: f64 = pair[1].as_str().context("no score")?.parse()?;
        Ok([pair[0].clone(), Frame::Double(score)])
    });
    Ok(Frame::Array(scored.collect::<Result<Vec<_>>>()?.concat()))
}

/// Elements of so many items each in one order; 0 leaves them as they are.
fn unordered(reply: Frame, per_element: usize) -> Frame {
    match reply {
        Frame::Array(items) if per_element > 0 => {
            let mut elements: Vec<&[Frame]> = items.chunks(per_element).collect();
            elements.sort_by_key(|element| element[0].as_bytes());
            Frame::Array(elements.concat())
        }
        other => other,
    }
}
