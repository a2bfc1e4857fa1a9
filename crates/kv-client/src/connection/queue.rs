//! Batches that wait to be sent.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;

use tokio::sync::mpsc::UnboundedReceiver;

use super::batch::Batch;
use crate::error::Error;

/// What callers have handed in and no connection has sent, in order. It has no bound of its own:
/// every batch holds a share of the budget.
#[derive(Debug)]
pub(crate) struct Queue {
    arrivals: UnboundedReceiver<Batch>,
    waiting: VecDeque<Batch>,
}

/// All clients are gone, hence all callers.
#[derive(Debug)]
pub(crate) struct NoClients;

impl Queue {
    pub(crate) fn new(arrivals: UnboundedReceiver<Batch>) -> Queue {
        Queue { arrivals, waiting: VecDeque::new() }
    }

    /// The next batch. Safe to drop half-way.
    pub(crate) async fn next(&mut self) -> Result<Batch, NoClients> {
        match self.waiting.pop_front() {
            Some(batch) => Ok(batch),
            None => self.arrivals.recv().await.ok_or(NoClients),
        }
    }

    /// The next batch, if there is one already.
    pub(crate) fn ready(&mut self) -> Option<Batch> {
        self.waiting.pop_front().or_else(|| self.arrivals.try_recv().ok())
    }

    /// Waits until there is a batch.
    pub(crate) async fn wait(&mut self) -> Result<(), NoClients> {
        let batch = self.next().await?;
        self.put_back([batch].into());
        Ok(())
    }

    /// Puts batches in front of the others.
    pub(crate) fn put_back(&mut self, mut batches: VecDeque<Batch>) {
        batches.append(&mut self.waiting);
        self.waiting = batches;
    }

    /// Runs `work` while batches arrive; notices meanwhile when there's nobody left to work for,
    /// and when callers have gone, gives their shares back.
    pub(crate) async fn during<T>(
        &mut self,
        work: impl Future<Output = T>,
    ) -> Result<T, NoClients> {
        self.waiting.retain(|batch| !batch.is_cancelled());
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                arrived = self.arrivals.recv() => self.waiting.push_back(arrived.ok_or(NoClients)?),
            }
        }
    }

    /// Fails everything that waits.
    pub(crate) fn fail(&mut self, error: &Error) {
        while let Some(batch) = self.ready() {
            batch.fail(error);
        }
    }
}
