//! Ctrl-C and SIGTERM: a run ends at its next step as if it had failed, so that servers are ended and the
//! machine's settings put back on the way out.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Tells whether somebody wants the run to end.
pub(super) struct Interrupt(Receiver<()>);

impl Interrupt {
    /// Takes over the signals; once in a process.
    pub(super) fn listen() -> Result<Interrupt> {
        let (sender, receiver) = channel();
        // A second signal finds nobody who listens: the run is ending already.
        ctrlc::set_handler(move || {
            let _ = sender.send(());
        })
        .context("cannot heed ctrl-c")?;
        Ok(Interrupt(receiver))
    }

    /// Fails if the run is to end.
    pub(super) fn check(&self) -> Result<()> {
        match self.0.try_recv() {
            Err(TryRecvError::Empty) => Ok(()),
            _ => bail!("interrupted"),
        }
    }

    /// Lets servers come to rest; fails if the run is to end.
    pub(super) fn rest(&self, time: Duration) -> Result<()> {
        match self.0.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            _ => bail!("interrupted"),
        }
    }
}
