//! The open loop: requests leave when a schedule says so, whether or not earlier ones are answered, and
//! latency counts from the instant at which a request was due. A server that stalls for a second
//! is seen stalling by every request of that second, as its users would see it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::books::Books;
use crate::counter::Tally;
use crate::latency::{Latencies, Quantiles, Window};
use crate::recipe::{Batch, Recipe};
use crate::scanner::{Reply, Scanner};
use crate::schedule::Schedule;
use crate::socket::{Poll, Socket};

/// Bytes read at a time.
const READ: usize = 64 * 1024;

/// Requests that may be under way; a server that is further behind does not keep up, and the
/// load gives up instead of filling the memory.
const MAX_UNDER_WAY: u64 = 4_000_000;

/// How long the last replies may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A load.
#[derive(Clone, Debug)]
pub struct Open {
    /// Where the server listens.
    pub server: SocketAddr,
    /// Connections; requests take them in turn.
    pub connections: usize,
    /// Requests a second.
    pub rate: f64,
    /// For how long.
    pub time: Duration,
    /// What is asked: two kinds of single requests, at random.
    pub recipes: [Recipe; 2],
    /// How many of 100 requests are of the first kind.
    pub first_percent: u8,
    /// The process whose CPU time is of interest.
    pub watch: Option<u32>,
}

/// What a load has shown.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct OpenReport {
    /// Requests that were answered.
    pub requests: u64,
    /// From the first request to the last reply, in seconds.
    pub seconds: f64,
    /// Requests a second that were asked for.
    pub rate_wanted: f64,
    /// Replies a second.
    pub rate_achieved: f64,
    /// Replies that were errors.
    pub errors: u64,
    /// Replies of the wrong type or length.
    pub unexpected: u64,
    /// The first wrong reply.
    pub first_wrong: Option<String>,
    /// From when a request was due to its reply.
    pub latency: Quantiles,
    /// From when a request was due to when it was sent: the part of a latency that is not the server's,
    /// but this program's, or the machine's that did not run it.
    pub send_lag: Quantiles,
    /// Tenths of a second.
    pub series: Vec<Window>,
    /// CPU time of the watched process per request, in microseconds.
    pub server_cpu_us: Option<f64>,
    /// Time in which it could have run and others ran instead, per request, in microseconds.
    pub server_waited_us: Option<f64>,
}

struct Connection {
    socket: Socket,
    scanner: Scanner,
    /// When each request that is under way was due, and of which kind it is.
    under_way: VecDeque<(Duration, usize)>,
}

struct Engine<'a> {
    load: &'a Open,
    /// Answers to each kind.
    expected: [Reply; 2],
    poll: Poll,
    connections: Vec<Connection>,
    latencies: Latencies,
    send_lag: Latencies,
    tally: Tally,
    start: Instant,
}

impl Open {
    /// Runs the load.
    ///
    /// # Errors
    /// If the server is not there, goes away, does not speak the protocol or does not keep up.
    pub fn run(&self) -> Result<OpenReport> {
        ensure!(self.connections > 0 && self.rate > 0.0, "there must be connections and a rate");
        let single = self.recipes.iter().all(|recipe| recipe.requests() == 1);
        ensure!(single, "a schedule is for single requests");
        let poll = Poll::new()?;
        let mut connections = Vec::new();
        for number in 0..self.connections {
            let socket = Socket::connect(self.server, &poll, number as u64)?;
            let (scanner, under_way) = (Scanner::default(), VecDeque::new());
            connections.push(Connection { socket, scanner, under_way });
        }
        let spent = || self.watch.map(Books::of).transpose();
        let before = spent()?;
        let (latencies, send_lag) = (Latencies::new(self.time)?, Latencies::new(self.time)?);
        let expected = self.recipes.each_ref().map(|recipe| recipe.expected()[0].reply());
        let (tally, start) = (Tally::default(), Instant::now());
        let mut engine =
            Engine { load: self, expected, poll, connections, latencies, send_lag, tally, start };
        engine.follow()?;
        let seconds = engine.start.elapsed().as_secs_f64();
        let Engine { latencies, send_lag, tally, .. } = engine;
        let replies = tally.replies as f64;
        let watched = before.zip(spent()?).map(|(b, a)| a.each_since(b, tally.replies));
        Ok(OpenReport {
            requests: tally.replies,
            seconds,
            rate_wanted: self.rate,
            rate_achieved: replies / seconds,
            errors: tally.errors,
            unexpected: tally.unexpected,
            first_wrong: tally.first_wrong,
            latency: latencies.quantiles(),
            send_lag: send_lag.quantiles(),
            series: latencies.series(),
            server_cpu_us: watched.map(|(ran, _)| ran),
            server_waited_us: watched.map(|(_, waited)| waited),
        })
    }
}

impl Engine<'_> {
    /// Sends what is due and reads what has come, without ever sleeping: a sleeper wakes late, and
    /// its lateness would pass for the server's.
    fn follow(&mut self) -> Result<()> {
        let load = self.load;
        let schedule = Schedule::new(load.rate, load.time);
        let [first, second] = &load.recipes;
        let mut batches = [Batch::new(first, 1, 1), Batch::new(second, 1, 2)];
        let mut random = fastrand::Rng::with_seed(1);
        let mut buffer = vec![0; READ];
        let mut sent = 0;
        while self.tally.replies < schedule.total() {
            let now = self.start.elapsed();
            let due = schedule.due_by(now);
            let sent_before = sent;
            while sent < due {
                let at = (sent % self.connections.len() as u64) as usize;
                let kind = usize::from(random.u8(0..100) >= load.first_percent);
                let due = schedule.due(sent);
                self.connections[at].socket.keep(batches[kind].next(1));
                self.connections[at].under_way.push_back((due, kind));
                self.send_lag.record(due, now.saturating_sub(due));
                sent += 1;
            }
            let touched = (sent - sent_before).min(self.connections.len() as u64);
            for number in sent - touched..sent {
                let at = (number % self.connections.len() as u64) as usize;
                self.connections[at].socket.flush_unless_blocked(&self.poll)?;
            }
            self.receive(&mut buffer)?;
            ensure!(sent - self.tally.replies < MAX_UNDER_WAY, "the server does not keep up");
            if now > load.time + PATIENCE {
                bail!("{} replies did not come", sent - self.tally.replies);
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Result<()> {
        let events = self.poll.wait(false)?;
        for event in &events {
            let number = event.data.u64() as usize;
            let connection = &mut self.connections[number];
            if connection.socket.backlog() > 0 {
                connection.socket.flush(&self.poll)?;
            }
            let Some(read) = connection.socket.read(buffer)? else { continue };
            ensure!(read > 0, "the server has closed connection {number}");
            let now = self.start.elapsed();
            let mut rest = &buffer[..read];
            while !rest.is_empty() {
                let (reply, length) = connection.scanner.next(rest)?;
                rest = &rest[length..];
                let Some(reply) = reply else { break };
                let Some((due, kind)) = connection.under_way.pop_front() else {
                    bail!("a reply that nobody asked for");
                };
                self.tally.count(reply, self.expected[kind], &connection.scanner);
                self.latencies.record(due, now.saturating_sub(due));
            }
        }
        self.poll.give_back(events);
        Ok(())
    }
}
