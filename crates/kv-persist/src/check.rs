//! Looking through files without loading them into a store.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kv_store::entries;

use crate::disk::Directory;
use crate::log::names::MANIFEST;
use crate::{OpenError, Recovery, TornTail, aof, rdb};

/// Looks through what `path` names, as loading would, and says what is in it: a snapshot; a log or a Redis server's
/// append-only files, by their folder or any file of them; or a whole data directory. Text, one thing a line.
///
/// # Errors
/// What is wrong, where, and why. A torn end is none, and is said.
pub fn check(path: &Path) -> Result<String, OpenError> {
    let io = |error| OpenError::Directory { path: path.to_owned(), error };
    let kind = std::fs::metadata(path).map_err(io)?;
    if kind.is_dir() {
        return check_directory(path);
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut magic = [0; 5];
    let mut file = std::fs::File::open(path).map_err(io)?;
    let read = std::io::Read::read(&mut file, &mut magic).map_err(io)?;
    match &magic[..read] {
        b"REDIS" | b"VALKE" => check_snapshot(path),
        // What it is a part of says whether it is whole.
        b"KVLOG" => check_log(folder),
        _ if path.file_name().is_some_and(|name| name == MANIFEST) => check_log(folder),
        _ if path.file_name().is_some_and(|name| name == aof::MANIFEST) => check_import(path),
        _ => check_files(&[path.to_owned()]),
    }
}

/// Looks through what is at a path.
type Looker = fn(&Path) -> Result<String, OpenError>;

fn check_directory(path: &Path) -> Result<String, OpenError> {
    if path.join(MANIFEST).exists() {
        return check_log(path);
    }
    if path.join(aof::MANIFEST).exists() {
        return check_import(&path.join(aof::MANIFEST));
    }
    let mut text = String::new();
    let parts: [(&str, Looker); 3] = [
        ("dump.rdb", check_snapshot),
        ("appendonlydir", check_directory),
        ("appendonly.aof", |path| check_files(&[path.to_owned()])),
    ];
    for (name, check) in parts {
        if path.join(name).exists() {
            // Writing to a String cannot fail, here and below.
            let _ = write!(text, "{name}\n{}", check(&path.join(name))?);
        }
    }
    if text.is_empty() {
        text.push_str("nothing that could be loaded\n");
    }
    Ok(text)
}

fn check_snapshot(path: &Path) -> Result<String, OpenError> {
    let summary = rdb::check(path, rdb::threads());
    let summary = summary.map_err(|error| OpenError::Snapshot { path: path.to_owned(), error })?;
    Ok(summary.to_string())
}

fn check_import(manifest: &Path) -> Result<String, OpenError> {
    check_files(&aof::Manifest::read(manifest)?.files(manifest))
}

fn check_files(files: &[PathBuf]) -> Result<String, OpenError> {
    let options = aof::Options { threads: rdb::threads(), allow_torn: true };
    Ok(aof::check(files, options)?.to_string())
}

fn check_log(folder: &Path) -> Result<String, OpenError> {
    let failed = |error| OpenError::Directory { path: folder.to_owned(), error };
    let disk = Arc::new(Directory::open(folder).map_err(failed)?);
    let mut recovery = Recovery::open(disk, TornTail::Cut)?;
    let mut text = recovery.base().map_or(Ok(String::new()), |base| check_snapshot(&base))?;
    let mut count = 0;
    while let Some(frame) = recovery.next_frame()? {
        let more = entries(frame);
        count += more.map_err(|error| OpenError::Replay { number: count, error })?;
    }
    let recovered = recovery.finish()?;
    let _ = writeln!(text, "log: {} frames, {count} entries", recovered.frames);
    if let Some(torn) = recovered.torn {
        let (file, at) = (torn.file.display(), torn.offset);
        let _ = writeln!(
            text,
            "torn: {file}, byte {at}: {} bytes are lost: {}",
            torn.bytes, torn.reason
        );
    }
    Ok(text)
}
