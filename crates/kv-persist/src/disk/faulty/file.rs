//! An open file of the faulty disk.

use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;

use super::super::DiskFile;
use super::{Fault, State, broken, dead, no_space};

pub(super) struct OpenFile {
    state: Arc<Mutex<State>>,
    inode: usize,
}

impl OpenFile {
    pub(super) fn new(state: &Arc<Mutex<State>>, inode: usize) -> OpenFile {
        OpenFile { state: Arc::clone(state), inode }
    }
}

impl OpenFile {
    /// Writes at `at`, or at the end. Returns how many bytes that took.
    fn write_at(&mut self, at: Option<u64>, bytes: &[u8]) -> io::Result<usize> {
        let state = &mut *self.state.lock();
        let fault = state.begin()?;
        let part = state.random.usize(..=bytes.len());
        let file = &mut state.inodes[self.inode];
        let at = at.map_or(file.seen.len(), |at| at as usize);
        match fault {
            None if state.full => Err(no_space()),
            None => {
                file.write(at, bytes);
                Ok(bytes.len())
            }
            Some(Fault::Short) => {
                // None at all would be an error, not a short write.
                let part = part.max(1).min(bytes.len());
                file.write(at, &bytes[..part]);
                Ok(part)
            }
            // A real write would have said how many bytes went in, and failed when called again. That the
            // bytes are there and the call fails is no easier for the caller.
            Some(fault) => {
                file.write(at, &bytes[..part]);
                Err(match fault {
                    Fault::NoSpace => no_space(),
                    Fault::Broken => broken(),
                    _ => dead(),
                })
            }
        }
    }
}

impl Write for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_at(None, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for OpenFile {
    fn sync(&mut self) -> io::Result<()> {
        let state = &mut *self.state.lock();
        let fault = state.begin()?;
        let file = &mut state.inodes[self.inode];
        match fault {
            None | Some(Fault::Short) => {
                file.sync();
                Ok(())
            }
            Some(Fault::Crash) => {
                // How much has got there by then is decided with the rest of what the crash leaves.
                if state.random.bool() {
                    file.sync();
                }
                Err(dead())
            }
            Some(Fault::NoSpace) => {
                file.fail_sync(&mut state.random);
                Err(no_space())
            }
            Some(Fault::Broken) => {
                file.fail_sync(&mut state.random);
                Err(broken())
            }
        }
    }

    fn overwrite(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            done += self.write_at(Some(offset + done as u64), &bytes[done..])?;
        }
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let inode = self.inode;
        self.state.lock().step(|state| {
            state.inodes[inode].truncate(length as usize);
            Ok(())
        })
    }
}
