//! A disk for tests: it fails when told to, and a crash leaves of it what a real one might leave.
//!
//! Operations that change something (`create`, `open`, `write`, `sync`, `truncate`, `rename`, `remove`,
//! `sync_directory`) are numbered from 0. A test first runs its scenario whole and asks for the number of
//! [`operations`](FaultyDisk::operations); then it runs it again with a [`Fault`] at each of them.
//!
//! What a crash leaves, by a seeded choice:
//! - of writes that were not synced: all, nothing, a part up to some byte, or some sectors and others not
//!   (which are zeros where the file was shorter before);
//! - of names that were created, renamed or removed and whose directory was not synced: any subset.

mod crash;
mod file;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile};
use crash::{Inode, NameChange};
use file::OpenFile;

/// What goes wrong at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies in the middle: the operation happens wholly, in part or not at all, and all later
    /// ones fail. [`FaultyDisk::after_power_loss`] is what a new process finds.
    Crash,
    /// No space is left: a write stops half-way; of other operations nothing happens.
    NoSpace,
    /// The device does not answer: like `NoSpace`, but a failed sync drops what was not synced.
    Broken,
    /// A write takes only some of the bytes and says so. Nothing happens to other operations.
    Short,
}

/// The disk. Clones are the same disk.
#[derive(Clone)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    random: fastrand::Rng,
    inodes: Vec<Inode>,
    /// Names as processes see them.
    names: BTreeMap<String, usize>,
    /// Names as they are on the disk, and the changes that are not there yet.
    synced_names: BTreeMap<String, usize>,
    changes: Vec<NameChange>,
    operations: u64,
    faults: HashMap<u64, Fault>,
    full: bool,
    dead: bool,
}

impl FaultyDisk {
    /// An empty disk; `seed` decides all that is left to chance.
    pub fn new(seed: u64) -> FaultyDisk {
        FaultyDisk::with(State {
            random: fastrand::Rng::with_seed(seed),
            inodes: Vec::new(),
            names: BTreeMap::new(),
            synced_names: BTreeMap::new(),
            changes: Vec::new(),
            operations: 0,
            faults: HashMap::new(),
            full: false,
            dead: false,
        })
    }

    fn with(state: State) -> FaultyDisk {
        FaultyDisk { state: Arc::new(Mutex::new(state)) }
    }

    /// How many operations were asked for up to now: the number of the next one.
    pub fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// Plans a fault at the operation with this number.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.state.lock().faults.insert(operation, fault);
    }

    /// While a disk is full no bytes can be written and no files made.
    pub fn set_full(&self, full: bool) {
        self.state.lock().full = full;
    }

    /// While what this returns is held, no operation ends.
    pub fn hold(&self) -> impl Drop {
        self.state.lock()
    }

    /// Whether a planned crash has come.
    pub fn is_dead(&self) -> bool {
        self.state.lock().dead
    }

    /// The disk as a new process finds it after the power was lost.
    pub fn after_power_loss(&self) -> FaultyDisk {
        FaultyDisk::with(crash::after_power_loss(&mut self.state.lock()))
    }

    /// The disk as a new process finds it after the old one was killed: all that was written is there.
    pub fn after_kill(&self) -> FaultyDisk {
        let state = self.state.lock();
        FaultyDisk::with(State {
            random: state.random.clone(),
            inodes: state.inodes.clone(),
            names: state.names.clone(),
            synced_names: state.synced_names.clone(),
            changes: state.changes.clone(),
            operations: 0,
            faults: HashMap::new(),
            full: false,
            dead: false,
        })
    }

    /// The bytes of a file.
    ///
    /// # Panics
    /// If there is no such file.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.state.lock();
        state.inodes[state.names[name]].seen.clone()
    }

    /// Puts a file there, synced: for damage.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state.lock();
        let inode = state.inodes.len();
        state.inodes.push(Inode::synced(bytes.to_vec()));
        state.names.insert(name.to_owned(), inode);
        state.synced_names.insert(name.to_owned(), inode);
    }

    /// A copy of the disk that shares nothing with this one, all of it synced and without faults.
    pub fn copy(&self) -> FaultyDisk {
        let copy = FaultyDisk::new(0);
        let state = self.state.lock();
        for (name, &inode) in &state.names {
            copy.put(name, &state.inodes[inode].seen);
        }
        copy
    }
}

impl State {
    /// Counts an operation and says what goes wrong with it.
    fn begin(&mut self) -> io::Result<Option<Fault>> {
        if self.dead {
            return Err(dead());
        }
        let fault = self.faults.get(&self.operations).copied();
        self.operations += 1;
        self.dead = fault == Some(Fault::Crash);
        Ok(fault)
    }

    /// An operation that happens or does not: `change` makes it.
    fn step<T>(&mut self, change: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        match self.begin()? {
            None | Some(Fault::Short) => change(self),
            Some(Fault::NoSpace) => Err(no_space()),
            Some(Fault::Broken) => Err(broken()),
            Some(Fault::Crash) => {
                if self.random.bool() {
                    change(self)?;
                }
                Err(dead())
            }
        }
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change_name(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }
}

impl Disk for FaultyDisk {
    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.state.lock().step(|state| {
            if state.full {
                return Err(no_space());
            }
            if let Ok(inode) = state.find(name) {
                state.inodes[inode].truncate(0);
                return Ok(inode);
            }
            let inode = state.inodes.len();
            state.inodes.push(Inode::default());
            state.change_name(NameChange::Set(name.to_owned(), inode));
            Ok(inode)
        })?;
        Ok(Box::new(OpenFile::new(&self.state, inode)))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.state.lock().step(|state| state.find(name))?;
        Ok(Box::new(OpenFile::new(&self.state, inode)))
    }

    fn read(&self, name: &str, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let state = self.state.lock();
        let mut reader = Cursor::new(state.inodes[state.find(name)?].seen.clone());
        reader.set_position(offset);
        Ok(Box::new(reader))
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        let state = self.state.lock();
        Ok(state.inodes[state.find(name)?].seen.len() as u64)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.state.lock().step(|state| {
            let inode = state.find(from)?;
            state.change_name(NameChange::Rename(from.to_owned(), to.to_owned(), inode));
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.state.lock().step(|state| {
            state.find(name)?;
            state.change_name(NameChange::Remove(name.to_owned()));
            Ok(())
        })
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state.lock().names.keys().cloned().collect())
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.state.lock().step(|state| {
            state.synced_names = state.names.clone();
            state.changes.clear();
            Ok(())
        })
    }
}

fn dead() -> io::Error {
    io::Error::other("the process is dead")
}

fn no_space() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

fn broken() -> io::Error {
    io::Error::other("Input/output error")
}
