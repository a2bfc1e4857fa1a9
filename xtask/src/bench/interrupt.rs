//! Ctrl-C and SIGTERM: a run ends at its next step as if it had failed, so that servers are ended and the
//! machine's settings put back on the way out.

use std::cell::Cell;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Tells whether somebody wants the run to end.
pub(super) struct Interrupt {
    signals: Receiver<()>,
    /// Once wanted, it stays so.
    came: Cell<bool>,
}

impl Interrupt {
    /// Takes over the signals; once in a process.
    pub(super) fn listen() -> Result<Interrupt> {
        let (sender, signals) = channel();
        ctrlc::set_handler(move || {
            // A second signal may find nobody who listens: the run is ending already.
            let _ = sender.send(());
        })
        .context("cannot heed ctrl-c")?;
        Ok(Interrupt { signals, came: Cell::new(false) })
    }

    /// Fails if the run is to end.
    pub(super) fn check(&self) -> Result<()> {
        self.rest(Duration::ZERO)
    }

    /// Lets servers come to rest; fails if the run is to end.
    pub(super) fn rest(&self, time: Duration) -> Result<()> {
        if self.came.get() || self.signals.recv_timeout(time) != Err(RecvTimeoutError::Timeout) {
            self.came.set(true);
            bail!("interrupted");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_ends_all_that_follows() {
        let (sender, signals) = channel();
        let interrupt = Interrupt { signals, came: Cell::new(false) };
        assert!(interrupt.check().is_ok() && interrupt.check().is_ok());
        sender.send(()).unwrap();
        assert!(interrupt.rest(Duration::from_secs(600)).is_err());
        assert!(interrupt.check().is_err());
    }
}
