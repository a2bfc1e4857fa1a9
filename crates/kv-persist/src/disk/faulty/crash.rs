//! What is on the disk, and what a loss of power leaves of it.

use std::collections::{BTreeMap, HashMap};

use super::State;

/// What a disk writes as a whole.
const SECTOR_BYTES: usize = 512;

/// The bytes of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Inode {
    /// As processes see them.
    pub(super) seen: Vec<u8>,
    /// As they are on the disk, and the changes that are not there yet.
    synced: Vec<u8>,
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

/// A change to the directory.
#[derive(Debug, Clone)]
pub(super) enum NameChange {
    Set(String, usize),
    Rename(String, String, usize),
    Remove(String),
}

impl Inode {
    pub(super) fn synced(bytes: Vec<u8>) -> Inode {
        Inode { seen: bytes.clone(), synced: bytes, changes: Vec::new() }
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        let change = Change::Write(at, bytes.to_vec());
        change.apply(&mut self.seen);
        self.changes.push(change);
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.changes.push(Change::Truncate(length));
        self.seen.truncate(length);
    }

    /// Brings the changes to the disk. Those that a failed sync has dropped stay lost.
    pub(super) fn sync(&mut self) {
        for change in self.changes.drain(..) {
            change.apply(&mut self.synced);
        }
    }

    /// A sync that fails: some changes may have got there, and the others are forgotten. Processes still
    /// see them, as the pages are now held to be clean.
    pub(super) fn fail_sync(&mut self, random: &mut fastrand::Rng) {
        self.synced = self.after_power_loss(random);
        self.changes.clear();
    }

    fn after_power_loss(&self, random: &mut fastrand::Rng) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        match random.u8(..4) {
            0 => {}
            1 => self.changes.iter().for_each(|change| change.apply(&mut bytes)),
            2 => {
                let whole = random.usize(..=self.changes.len());
                self.changes[..whole].iter().for_each(|change| change.apply(&mut bytes));
                if let Some(Change::Write(at, written)) = self.changes.get(whole) {
                    let torn = written[..random.usize(..=written.len())].to_vec();
                    Change::Write(*at, torn).apply(&mut bytes);
                }
            }
            _ => self.changes.iter().for_each(|change| change.apply_some(&mut bytes, random)),
        }
        bytes
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Truncate(length) => bytes.truncate(*length),
            Change::Write(at, written) => {
                let end = at + written.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*at..end].copy_from_slice(written);
            }
        }
    }

    /// Applies some sectors of a write.
    fn apply_some(&self, bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
        let Change::Write(at, written) = self else {
            return if random.bool() {
                self.apply(bytes)
            };
        };
        let mut from = 0;
        while from < written.len() {
            let sector_end = ((at + from) / SECTOR_BYTES + 1) * SECTOR_BYTES - at;
            let to = sector_end.min(written.len());
            if random.bool() {
                Change::Write(at + from, written[from..to].to_vec()).apply(bytes);
            }
            from = to;
        }
    }
}

impl NameChange {
    pub(super) fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            NameChange::Set(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            NameChange::Rename(from, to, inode) => {
                names.remove(from);
                names.insert(to.clone(), *inode);
            }
            NameChange::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

/// What a new process finds; all of it is on the disk.
pub(super) fn after_power_loss(state: &mut State) -> State {
    let random = &mut state.random;
    let mut names = state.synced_names.clone();
    // Most file systems keep the order of such changes, none must.
    let all = random.bool();
    for change in &state.changes {
        if all || random.bool() {
            change.apply(&mut names);
        }
    }
    let inodes = state.inodes.iter().map(|inode| Inode::synced(inode.after_power_loss(random)));
    State {
        inodes: inodes.collect(),
        synced_names: names.clone(),
        names,
        random: random.fork(),
        changes: Vec::new(),
        operations: 0,
        faults: HashMap::new(),
        full: false,
        dead: false,
    }
}
