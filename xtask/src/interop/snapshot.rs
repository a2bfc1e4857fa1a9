//! Snapshots that one server writes and another loads: ours and the real ones, both ways. And the logs of the
//! real ones, which are imported.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use kv_client::Protocol;
use kv_client::blocking::Client;
use kv_persist::aof;
use kv_persist::rdb::{Options, load_file, save};
use kv_protocol::Frame;
use kv_store::{Ended, Session, Store};

use super::exchange::samples::{self, KEY, Sample};
use crate::server::Server;
use crate::workspace;

/// A real server: its name, and samples that it does not load of us or cannot make, by the start of their
/// names, with the reason.
struct Real {
    name: &'static str,
    path: PathBuf,
}

/// Samples that are left out: at whom, the start of their names, and why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("Redis 7", "hash with deadlines", "fields have deadlines since Redis 7.4"),
    ("Redis 7", "set, small", "small sets are packed since Redis 7.2, and its snapshots are older"),
    (
        "Redis 8",
        "hash with deadlines",
        "what Valkey and this store write of deadlines is refused by Redis",
    ),
];

/// Lets each of the servers load what we have written, and us load what it has.
///
/// # Errors
/// If a file is refused, or a value is another afterwards.
pub(super) fn run(real: Vec<(&'static str, PathBuf)>) -> Result<()> {
    for (name, path) in real {
        let real = Real { name, path };
        let directory = workspace::target().join("interop-snapshot").join(name.replace(' ', "-"));
        fs::create_dir_all(&directory)?;
        let theirs = real.gives(&directory).with_context(|| format!("from {name} to us"))?;
        let ours = real.takes(&directory).with_context(|| format!("from us to {name}"))?;
        println!("snapshot: {theirs} keys of {name} and {ours} keys to it: well");
        for preamble in ["yes", "no"] {
            let logged =
                real.logs(&directory, preamble).with_context(|| format!("log of {name}"))?;
            println!("log: {logged} keys of {name}, base as a snapshot: {preamble}: well");
        }
        fs::remove_dir_all(&directory)?;
    }
    Ok(())
}

impl Real {
    fn start(&self, directory: &Path) -> Result<Server> {
        let directory = directory.to_str().context("a path that is no text")?;
        let args = ["--dir", directory, "--dbfilename", "dump.rdb"];
        Server::peer(&self.path, &args, None)
    }

    fn loads(&self, sample: &Sample) -> bool {
        let left_out = |&(name, start, _): &(&str, &str, &str)| {
            name == self.name && sample.name.starts_with(start)
        };
        !LEFT_OUT.iter().any(left_out)
    }

    /// It makes all values that it can and saves them, we load them. How many keys that were.
    fn gives(&self, directory: &Path) -> Result<usize> {
        let server = self.start(directory)?;
        let mut theirs = Remote::connect(&server)?;
        let kept = self.made();
        kept.iter().try_for_each(|sample| make(&mut theirs, sample))?;
        theirs.ask(&["SAVE"])?;
        let store = Store::builder().build();
        let options = Options { threads: 2, ended: Ended::Drop };
        let summary = load_file(&directory.join("dump.rdb"), &store, options, &mut |_| ())?;
        ensure!(summary.has_checksum && summary.keys() == kept.len() as u64, "{summary}");
        compare(&mut theirs, &mut store.session(), &kept)
    }

    /// It makes all values that it can, half of them before its log is rewritten and half of them after, and we
    /// import the log. How many keys that were. Its base is a snapshot, or commands.
    fn logs(&self, directory: &Path, preamble: &str) -> Result<usize> {
        let directory = directory.join(format!("log-{preamble}"));
        fs::create_dir_all(&directory)?;
        let path = directory.to_str().context("a path that is no text")?;
        // With another policy Redis may answer before it writes, if it is syncing at that moment.
        let args = ["--dir", path, "--appendonly", "yes", "--appendfsync", "always"];
        let args = [&args[..], &["--aof-use-rdb-preamble", preamble]].concat();
        let server = Server::peer(&self.path, &args, None)?;
        let mut theirs = Remote::connect(&server)?;
        let kept = self.made();
        let (before, after) = kept.split_at(kept.len() / 2);
        before.iter().try_for_each(|sample| make(&mut theirs, sample))?;
        theirs.ask(&["BGREWRITEAOF"])?;
        while theirs.is_rewriting()? {}
        after.iter().try_for_each(|sample| make(&mut theirs, sample))?;
        // What was answered was written before.
        let manifest = directory.join("appendonlydir/appendonly.aof.manifest");
        let files = aof::Manifest::read(&manifest)?.files(&manifest);
        let store = Store::builder().build();
        let options = aof::Options { threads: 2, allow_torn: false };
        let imported = aof::load(&files, &store, options, &mut |_| ())?;
        ensure!(imported.snapshot.is_some() == (preamble == "yes"), "{imported}");
        compare(&mut theirs, &mut store.session(), &kept)
    }

    /// The values that it can make.
    fn made(&self) -> Vec<Sample> {
        // Deadlines of fields come in forms of both here, where the server has them.
        let makes = |sample: &Sample| !(sample.has_deadlines && self.name == "Redis 7");
        samples::all().into_iter().filter(makes).collect()
    }

    /// We make all values that it loads and save them; it loads them. How many keys that were.
    fn takes(&self, directory: &Path) -> Result<usize> {
        let store = Store::builder().build();
        let mut ours = store.session();
        let kept: Vec<Sample> =
            samples::all().into_iter().filter(|sample| self.loads(sample)).collect();
        kept.iter().try_for_each(|sample| make(&mut ours, sample))?;
        let file = directory.join("dump.rdb");
        write(&store, &file)?;
        self.check(&file)?;
        let server = self.start(directory)?;
        compare(&mut Remote::connect(&server)?, &mut ours, &kept)
    }

    /// Has the server's own check look at a file: it is the server under another name.
    fn check(&self, file: &Path) -> Result<()> {
        let name = if self.name == "Valkey" { "valkey-check-rdb" } else { "redis-check-rdb" };
        let mut command = Command::new(&self.path);
        let printed = workspace::output(command.arg0(name).arg(file))?;
        ensure!(printed.contains("RDB looks OK"), "{name} prints:\n{printed}");
        Ok(())
    }
}

fn write(store: &Arc<Store>, file: &Path) -> Result<()> {
    let (snapshot, ()) = store.snapshot(|_| ())?;
    let (file, _) = save(snapshot, File::create(file)?, &[("kv-ver", env!("CARGO_PKG_VERSION"))])?;
    file.sync_all()?;
    Ok(())
}

/// Who answers requests.
trait Ask {
    fn ask(&mut self, words: &[impl AsRef<[u8]>]) -> Result<Frame>;
}

struct Remote(Client);

impl Remote {
    fn connect(server: &Server) -> Result<Remote> {
        let client = Client::builder(server.redis.to_string()).protocol(Protocol::Resp2);
        Ok(Remote(client.connect_blocking()?))
    }

    fn is_rewriting(&mut self) -> Result<bool> {
        let info = self.ask(&["INFO", "persistence"])?;
        let info = info.as_str().context("no text")?;
        let marks = ["aof_rewrite_in_progress:1", "aof_rewrite_scheduled:1"];
        Ok(marks.iter().any(|mark| info.contains(mark)))
    }
}

impl Ask for Remote {
    fn ask(&mut self, words: &[impl AsRef<[u8]>]) -> Result<Frame> {
        Ok(self.0.call(words.iter().map(AsRef::as_ref))?)
    }
}

impl Ask for Session {
    fn ask(&mut self, words: &[impl AsRef<[u8]>]) -> Result<Frame> {
        match self.call(words) {
            Frame::Error(text) => Err(anyhow::anyhow!("{}", String::from_utf8_lossy(&text))),
            reply => Ok(reply),
        }
    }
}

/// Makes a value, at its name as the key.
fn make(at: &mut impl Ask, sample: &Sample) -> Result<()> {
    for line in &sample.lines {
        at.ask(line).with_context(|| format!("{} cannot be made", sample.name))?;
    }
    at.ask(&["RENAME", KEY, &sample.name])?;
    Ok(())
}

/// Checks that two have the same values at the names of these samples, and no others.
fn compare(theirs: &mut impl Ask, ours: &mut impl Ask, samples: &[Sample]) -> Result<usize> {
    let count = Frame::Integer(samples.len() as i64);
    for who in [&mut theirs.ask(&["DBSIZE"])?, &mut ours.ask(&["DBSIZE"])?] {
        ensure!(*who == count, "{who:?} keys, and not {count:?}");
    }
    for sample in samples {
        let (here, there) = (content(ours, sample)?, content(theirs, sample)?);
        ensure!(here == there, "{}: here {here:?}, there {there:?}", sample.name);
    }
    Ok(samples.len())
}

/// The type of a value, its elements, and when these end.
type Content = (Frame, Vec<Vec<u8>>, BTreeMap<Vec<u8>, Frame>);

fn content(at: &mut impl Ask, sample: &Sample) -> Result<Content> {
    let key = &sample.name[..];
    let kind = at.ask(&["TYPE", key])?;
    let (request, size): (&[&str], usize) = match kind.as_str() {
        Some("list") => (&["LRANGE", key, "0", "-1"], 0),
        Some("set") => (&["SMEMBERS", key], 1),
        Some("hash") => (&["HGETALL", key], 2),
        Some("zset") => (&["ZRANGE", key, "0", "-1", "WITHSCORES"], 0),
        _ => (&["GET", key], 0),
    };
    let mut elements = match at.ask(request)? {
        Frame::Array(items) => items,
        value => vec![value],
    };
    if kind.as_str() == Some("zset") {
        // They are printed in several ways.
        for score in elements.iter_mut().skip(1).step_by(2) {
            *score =
                Frame::from(format!("{:?}", score.as_str().context("no score")?.parse::<f64>()?));
        }
    }
    let texts = elements.iter().map(|element| Some(element.as_bytes()?.to_vec()));
    let mut texts: Vec<Vec<u8>> = texts.collect::<Option<_>>().context("no text")?;
    if size > 0 {
        let mut groups: Vec<Vec<Vec<u8>>> = texts.chunks(size).map(<[_]>::to_vec).collect();
        groups.sort_unstable();
        texts = groups.concat();
    }
    let mut ends = BTreeMap::new();
    if sample.has_deadlines {
        for field in texts.iter().step_by(2) {
            let request = [&b"HPEXPIRETIME"[..], key.as_bytes(), b"FIELDS", b"1", field];
            ends.insert(field.clone(), at.ask(&request)?);
        }
    }
    Ok((kind, texts, ends))
}
