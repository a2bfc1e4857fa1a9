//! Entries are run again.

use std::sync::Arc;

use kv_protocol::{Frame, Protocol, ReplyWriter, RequestBuf, Tree};

use super::entry::{self, Entry};
use crate::clients::Peer;
use crate::{Session, Store};

/// Runs what a journal has kept, in its order.
///
/// What it does is not appended to a journal again, and is done whatever the store refuses to others at that time.
pub struct Replayer {
    session: Session,
    request: RequestBuf,
}

/// Why entries could not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// They are no entries.
    #[error("not an entry: {0}")]
    Malformed(String),
    /// A command, which did something once, has answered an error.
    #[error("'{command}' answered: {reply}")]
    Refused {
        /// Its name.
        command: String,
        /// What it answered.
        reply: String,
    },
}

/// How many entries there are in what was appended together. They are not run.
///
/// # Errors
/// If they are no entries.
pub fn entries(mut entries: &[u8]) -> Result<u64, ReplayError> {
    let mut count = 0;
    while !entries.is_empty() {
        entry::read(&mut entries).map_err(|error| ReplayError::Malformed(error.to_string()))?;
        count += 1;
    }
    Ok(count)
}

impl Replayer {
    pub(crate) fn new(store: &Arc<Store>) -> Replayer {
        let mut session = store.connect(Peer::default(), Protocol::Native);
        session.trust();
        Replayer { session, request: RequestBuf::new() }
    }

    /// Runs entries that were appended together; returns how many there were.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be run. Those before it have been run.
    pub fn replay(&mut self, mut entries: &[u8]) -> Result<u64, ReplayError> {
        let mut count = 0;
        while !entries.is_empty() {
            let malformed = |error: entry::Malformed| ReplayError::Malformed(error.to_string());
            match entry::read(&mut entries).map_err(malformed)? {
                Entry::Expiry { place, key } => self.session.expire(place, key),
                Entry::Request { place, mut args } => {
                    self.request.clear();
                    while let Some(arg) = args.next().map_err(malformed)? {
                        self.request.push_arg(arg);
                    }
                    self.session.place(place);
                    self.run()?;
                }
            }
            count += 1;
        }
        Ok(count)
    }

    fn run(&mut self) -> Result<(), ReplayError> {
        let mut tree = Tree::new();
        let mut out = ReplyWriter::tree(&mut tree, Protocol::Native);
        self.session.execute(self.request.as_request(), &mut out);
        match tree.into_frame() {
            Some(Frame::Error(reply)) => {
                let name = self.request.as_request().arg(0).and_then(|name| name.text());
                let command = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
                let reply = String::from_utf8_lossy(&reply).into_owned();
                Err(ReplayError::Refused { command, reply })
            }
            _ => Ok(()),
        }
    }
}
