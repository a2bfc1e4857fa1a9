//! Directories for data that only one chore needs, on a real disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};

use crate::workspace;

/// File systems that are no disk.
const IN_MEMORY: &[&str] = &["tmpfs", "ramfs"];

/// Distinguishes the directories of this process.
static MADE: AtomicU64 = AtomicU64::new(0);

/// A directory of its own; it is removed with all that is in it when this is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    is_kept: bool,
}

impl Scratch {
    /// Makes one in a folder.
    ///
    /// # Errors
    /// If that is not possible.
    pub(crate) fn within(folder: &Path) -> Result<Scratch> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("kv-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Scratch { path, is_kept: false })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it where it is, for somebody to look at.
    pub(crate) fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            eprintln!("{} is left: {error}", self.path.display());
        }
    }
}

/// The system's folder for what is temporary if that is on a disk, else where cargo builds.
pub(crate) fn on_disk() -> PathBuf {
    let temporary = std::env::temp_dir();
    let is_disk = file_system(&temporary).is_some_and(|kind| !IN_MEMORY.contains(&&*kind));
    if is_disk { temporary } else { workspace::target() }
}

/// The kind of file system that a folder is on, as `mount` names it.
pub(crate) fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let fields = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let around = fields.filter(|(at, _)| folder.starts_with(at));
    // Of two that are mounted at the same place the later one is seen.
    around.max_by_key(|(at, _)| at.len()).map(|(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_goes_unless_it_is_kept() {
        let (one, mut two) = (
            Scratch::within(&std::env::temp_dir()).unwrap(),
            Scratch::within(&std::env::temp_dir()).unwrap(),
        );
        let paths = [one.path().to_owned(), two.path().to_owned()];
        two.keep();
        drop((one, two));
        assert_eq!(paths.each_ref().map(|path| path.exists()), [false, true]);
        fs::remove_dir(&paths[1]).unwrap();
    }

    #[test]
    fn the_kind_of_a_file_system_is_known() {
        assert_eq!(file_system(Path::new("/proc")).as_deref(), Some("proc"));
        assert!(file_system(&on_disk()).is_some());
    }
}
