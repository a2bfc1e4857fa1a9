//! Random command streams, answered alike by our server and a real one.
//!
//! Streams come in episodes: an empty store, a fresh connection and [`EPISODE`] requests that the
//! episode's seed determines. So a difference is replayed by its episode alone, and is made small
//! by leaving out requests before it.

mod aftermath;
mod compare;
mod declarations;
mod exceptions;
mod generate;
mod operators;
mod payloads;
mod peer;
mod play;
mod report;
mod samples;
mod shrink;
mod tame;
mod values;
mod vocabulary;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Result, bail};
use kv_store::Registry;

pub(crate) use play::Servers;

/// A request: the command's name and its arguments.
type Words = Vec<Vec<u8>>;

/// Requests of one episode.
const EPISODE: u64 = 2000;

/// Findings after which a run ends.
const MAX_FINDINGS: usize = 100;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// How many commands to send, in each protocol.
    #[arg(long, default_value_t = Options::default().commands)]
    commands: u64,
    /// Determines the commands, together with --only.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// RESP2 or RESP3 alone.
    #[arg(long, value_parser = clap::value_parser!(u8).range(2..=3))]
    protocol: Option<u8>,
    /// Only these commands, as in `SET,GET`; a container stands for its subcommands.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { commands: 1_000_000, seed: 1, protocol: None, only: Vec::new() }
    }
}

/// Compares the two servers, and ours with a Redis 8 where that alone has something.
///
/// # Errors
/// If a reply differs that no documented exception allows to, or a server does not answer.
pub(crate) fn run(servers: Servers, redis_8: SocketAddr, options: &Options) -> Result<()> {
    println!("differential: documented exceptions:");
    exceptions::list().chain(samples::exact()).for_each(|line| println!("  {line}"));
    let protocols = options.protocol.map_or(vec![2, 3], |protocol| vec![protocol]);
    let mut findings = BTreeSet::new();
    declarations::compare(servers)?;
    operators::compare(Servers { theirs: redis_8, ..servers })?;
    for protocol in protocols {
        stream(servers, options, protocol, &mut findings)?;
    }
    if !findings.is_empty() {
        bail!("{} kinds of replies differ", findings.len());
    }
    Ok(())
}

/// Compares the two servers over all episodes of one protocol.
fn stream(
    servers: Servers,
    options: &Options,
    protocol: u8,
    findings: &mut BTreeSet<String>,
) -> Result<()> {
    let Options { commands, seed, ref only, .. } = *options;
    let only: Vec<String> = only.iter().map(|name| name.to_uppercase()).collect();
    let started = Instant::now();
    let mut sent = 0;
    while sent < commands && findings.len() < MAX_FINDINGS {
        let episode = sent / EPISODE;
        let length = EPISODE.min(commands - sent);
        let seed = seed.wrapping_add(episode);
        let requests = requests(&only, seed, protocol, length);
        sent += length;
        let Some(found) = play::play(servers, protocol, &requests, findings)? else { continue };
        let at = found.at;
        let class = report::class(&found);
        let only =
            if only.is_empty() { String::new() } else { format!(" --only {}", only.join(",")) };
        let replay = format!(
            "cargo xtask interop differential --seed {seed} --commands {length} --protocol {protocol}{only}",
        );
        let (least, found) = shrink::shrink(servers, protocol, &requests[..=at], found, findings)?;
        println!("\nDIFFERENCE at command {at} of episode {episode}, seed {seed}, RESP{protocol}:");
        println!("{}", report::difference(&least, &found, &replay));
        findings.insert(class);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("differential: {sent} commands in RESP{protocol}, seed {seed}, {seconds:.0} s");
    Ok(())
}

/// The requests of one episode.
fn requests(only: &[String], seed: u64, protocol: u8, length: u64) -> Vec<Words> {
    let registry = Registry::builtin();
    let mut generator = generate::Generator::new(&registry, only, seed, protocol);
    let requests: Vec<Words> = (0..length).map(|_| generator.next()).collect();
    [requests, generator.readings()].concat()
}
