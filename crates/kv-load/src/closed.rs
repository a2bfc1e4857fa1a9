//! The closed loop: each connection sends a batch, waits for all its replies, and sends the next.
//! It finds the cost of a request and the most that a server can do; it says nothing of latency, since
//! a slow server slows down its questions too.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::books::Books;
use crate::counter::{Counter, Tally};
use crate::recipe::{Batch, Recipe};
use crate::socket::{Poll, Socket};

/// Bytes read at a time.
const READ: usize = 256 * 1024;

/// How long a load goes on.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// That many requests; a multiple of those of the recipe.
    Requests(u64),
    /// That time; batches that are under way when it is over are waited for.
    Time(Duration),
}

/// A load.
#[derive(Clone, Debug)]
pub struct Closed {
    /// Where the server listens.
    pub server: SocketAddr,
    /// Connections.
    pub connections: usize,
    /// Requests of a batch; a multiple of those of the recipe.
    pub depth: usize,
    /// What is asked.
    pub recipe: Recipe,
    /// Where random numbers begin.
    pub seed: u64,
    /// Database to select first, if it is not the first.
    pub database: u32,
    /// Load before the measured one, on the same connections.
    pub warm_up: Duration,
    /// The measured load.
    pub bound: Bound,
    /// The process whose CPU time is of interest.
    pub watch: Option<u32>,
}

/// What a load has shown.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct ClosedReport {
    /// Requests that were answered.
    pub requests: u64,
    /// Time they took, in seconds.
    pub seconds: f64,
    /// Requests per second.
    pub rate: f64,
    /// Replies that were errors.
    pub errors: u64,
    /// Replies of the wrong type or length.
    pub unexpected: u64,
    /// The first wrong reply.
    pub first_wrong: Option<String>,
    /// CPU time of the watched process per request, in microseconds.
    pub server_cpu_us: Option<f64>,
    /// Time in which it could have run and others ran instead, per request, in microseconds.
    pub server_waited_us: Option<f64>,
    /// CPU time of the load itself per request, in microseconds.
    pub load_cpu_us: f64,
}

struct Connection {
    socket: Socket,
    counter: Counter,
    awaited: u64,
}

struct Engine {
    poll: Poll,
    connections: Vec<Connection>,
    batch: Batch,
    /// Requests that a sending of the recipe has.
    together: u64,
    depth: u64,
    buffer: Vec<u8>,
}

impl Closed {
    /// Runs the load.
    ///
    /// # Errors
    /// If the server is not there, goes away, or does not speak the protocol; if the depth or the number
    /// of requests is none of whole sendings. Wrong replies are not errors here, they are counted.
    pub fn run(&self) -> Result<ClosedReport> {
        ensure!(self.connections > 0 && self.depth > 0, "there must be connections and depth");
        let together = self.recipe.requests();
        let whole = match self.bound {
            Bound::Requests(requests) => requests.is_multiple_of(together as u64),
            Bound::Time(_) => true,
        };
        let whole = whole && self.depth.is_multiple_of(together);
        ensure!(whole, "{together} requests are sent together, and not a part of them");
        let mut engine = Engine::start(self)?;
        if !self.warm_up.is_zero() {
            engine.phase(Bound::Time(self.warm_up))?;
        }
        let look = || -> Result<_> {
            Ok((self.watch.map(Books::of).transpose()?, Books::of(std::process::id())?))
        };
        let (before, own_before) = look().context("before the load")?;
        let start = Instant::now();
        let tally = engine.phase(self.bound)?;
        let seconds = start.elapsed().as_secs_f64();
        let (after, own_after) = look().context("after the load")?;
        let watched = before.zip(after).map(|(b, a)| a.each_since(b, tally.replies));
        Ok(ClosedReport {
            requests: tally.replies,
            seconds,
            rate: tally.replies as f64 / seconds,
            errors: tally.errors,
            unexpected: tally.unexpected,
            server_cpu_us: watched.map(|(ran, _)| ran),
            server_waited_us: watched.map(|(_, waited)| waited),
            load_cpu_us: own_after.each_since(own_before, tally.replies).0,
            first_wrong: tally.first_wrong,
        })
    }
}

impl Engine {
    fn start(load: &Closed) -> Result<Engine> {
        let poll = Poll::new()?;
        let mut connections = Vec::new();
        for number in 0..load.connections {
            let socket = Socket::connect(load.server, &poll, number as u64)?;
            let counter = Counter::new(&load.recipe);
            connections.push(Connection { socket, counter, awaited: 0 });
        }
        let mut engine = Engine {
            poll,
            connections,
            batch: Batch::new(&load.recipe, load.depth / load.recipe.requests(), load.seed),
            together: load.recipe.requests() as u64,
            depth: load.depth as u64,
            buffer: vec![0; READ],
        };
        if load.database > 0 {
            engine.select(load.database)?;
        }
        Ok(engine)
    }

    fn select(&mut self, database: u32) -> Result<()> {
        let request = format!("SELECT {database}\r\n");
        for connection in &mut self.connections {
            connection.socket.send(request.as_bytes(), &self.poll)?;
            connection.awaited = 1;
        }
        let tally = self.drain()?;
        ensure!(tally.errors == 0, "no database {database}: {:?}", tally.first_wrong);
        Ok(())
    }

    /// Waits for all replies that are under way.
    fn drain(&mut self) -> Result<Tally> {
        self.follow(|_| 0)
    }

    /// Sends and waits until the bound is reached and all is answered.
    fn phase(&mut self, bound: Bound) -> Result<Tally> {
        let start = Instant::now();
        let depth = self.depth;
        let mut left = match bound {
            Bound::Requests(requests) => requests,
            Bound::Time(_) => u64::MAX,
        };
        let mut next = move || {
            if let Bound::Time(time) = bound
                && start.elapsed() >= time
            {
                left = 0;
            }
            let requests = depth.min(left);
            left -= requests;
            requests
        };
        for number in 0..self.connections.len() {
            self.ask(number, next())?;
        }
        self.follow(|_| next())
    }

    /// Sends that many requests.
    fn ask(&mut self, number: usize, requests: u64) -> Result<()> {
        let connection = &mut self.connections[number];
        connection.awaited = requests;
        if requests > 0 {
            let bytes = self.batch.next((requests / self.together) as usize);
            connection.socket.send(bytes, &self.poll)?;
        }
        Ok(())
    }

    /// Reads replies, and asks `next` how many requests a connection sends when its batch is answered.
    fn follow(&mut self, mut next: impl FnMut(usize) -> u64) -> Result<Tally> {
        let mut busy = self.connections.iter().filter(|c| c.awaited > 0).count();
        while busy > 0 {
            let events = self.poll.wait(true)?;
            for event in &events {
                let number = event.data.u64() as usize;
                if self.turn(number)? {
                    let requests = next(number);
                    self.ask(number, requests)?;
                    busy -= usize::from(requests == 0);
                }
            }
            self.poll.give_back(events);
        }
        let mut tally = Tally::default();
        for connection in &mut self.connections {
            tally.add(connection.counter.take());
        }
        Ok(tally)
    }

    /// Sends and reads what can be; says whether the batch is answered now.
    fn turn(&mut self, number: usize) -> Result<bool> {
        let connection = &mut self.connections[number];
        if connection.socket.backlog() > 0 {
            connection.socket.flush(&self.poll)?;
        }
        let Some(read) = connection.socket.read(&mut self.buffer)? else { return Ok(false) };
        if read == 0 {
            bail!("the server has closed connection {number}");
        }
        let replies = connection.counter.feed(&self.buffer[..read])?;
        if replies > connection.awaited {
            bail!("{replies} replies where {} were awaited", connection.awaited);
        }
        connection.awaited -= replies;
        Ok(replies > 0 && connection.awaited == 0)
    }
}
