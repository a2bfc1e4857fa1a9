//! A connection that asks for compaction and snapshots while others write.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Result, bail};
use fastrand::Rng;
use kv_protocol::Frame;

use super::wire::{Wire, encode, text};

/// Between two looks at what the server does.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Of a hundred, how many are compactions; the others are snapshots.
const REWRITES: u8 = 75;

/// What a server was doing when it was last asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Doing {
    #[default]
    Nothing,
    Rewrite,
    Snapshot,
}

pub(super) struct Compactor {
    random: Rng,
    pub(super) doing: Doing,
    /// Compactions and snapshots that were begun.
    pub(super) rewrites: usize,
}

impl Compactor {
    pub(super) fn new(random: Rng) -> Compactor {
        Compactor { random, doing: Doing::Nothing, rewrites: 0 }
    }

    /// Asks again and again, until the round is over.
    ///
    /// # Errors
    /// If it refuses for another reason than that it is busy.
    pub(super) fn run(
        &mut self,
        mut wire: Wire,
        within: Duration,
        over: &Receiver<()>,
    ) -> Result<()> {
        // A random part of the round passes first: what is interrupted is at any of its steps.
        while lasts(over, within.mul_f64(self.random.f64() / 3.0)) {
            let (command, begun) = match self.random.u8(0..100) < REWRITES {
                true => ("BGREWRITEAOF", Doing::Rewrite),
                false => ("BGSAVE", Doing::Snapshot),
            };
            match ask(&mut wire, &[command])? {
                None => break,
                Some(Frame::Error(error)) => {
                    let error = String::from_utf8_lossy(&error).into_owned();
                    if !error.contains("progress") {
                        bail!("{command}: {error}");
                    }
                }
                Some(_) => {
                    self.rewrites += 1;
                    self.doing = begun;
                }
            }
            if !self.await_end(&mut wire, over)? {
                break;
            }
        }
        Ok(())
    }

    /// Waits until nothing is going on; false if the round is over.
    fn await_end(&mut self, wire: &mut Wire, over: &Receiver<()>) -> Result<bool> {
        while lasts(over, LOOK_AGAIN) {
            let Some(info) = ask(wire, &["INFO", "persistence"])? else { return Ok(false) };
            let info = text(&info).unwrap_or_default();
            let has = |name: &str| info.lines().any(|line| line.trim() == format!("{name}:1"));
            self.doing = if has("aof_rewrite_in_progress") || has("aof_rewrite_scheduled") {
                Doing::Rewrite
            } else if has("rdb_bgsave_in_progress") {
                Doing::Snapshot
            } else {
                Doing::Nothing
            };
            if self.doing == Doing::Nothing {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a round lasts so much longer.
fn lasts(over: &Receiver<()>, time: Duration) -> bool {
    over.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
}

/// Asks; `None` if the server is gone.
fn ask(wire: &mut Wire, words: &[&str]) -> Result<Option<Frame>> {
    let mut bytes = Vec::new();
    encode(words, &mut bytes);
    if !wire.send(&bytes) {
        return Ok(None);
    }
    wire.receive()
}
