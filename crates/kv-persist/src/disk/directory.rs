//! A directory of the operating system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{Disk, DiskFile};

/// A [`Disk`] on a directory of the file system.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Takes the directory at `path`, and makes it (its parent must be there) if it is not there.
    ///
    /// # Errors
    /// If it can be neither made nor used.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Directory> {
        let path = path.into();
        match fs::create_dir(&path) {
            Ok(()) => {
                // The new directory is itself a name, in its parent.
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                sync(parent.unwrap_or(Path::new(".")))?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::read_dir(&path)?;
            }
            Err(error) => return Err(error),
        }
        Ok(Directory { path })
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

impl Disk for Directory {
    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = File::create(self.path(name))?;
        Ok(Box::new(OsFile { file, end: 0, cut: true }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).open(self.path(name))?;
        let end = file.metadata()?.len();
        Ok(Box::new(OsFile { file, end, cut: false }))
    }

    fn read(&self, name: &str, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(self.path(name))?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(file))
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.path(name))?.len())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            // Names that are no text are not ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn sync_directory(&self) -> io::Result<()> {
        sync(&self.path)
    }
}

struct OsFile {
    file: File,
    /// Where the next write goes. (Append mode would do that too, but could overwrite nothing.)
    end: u64,
    /// Whether the file was cut since the last sync. A data sync promises what is needed to read the
    /// data; that a file is shorter need not be part of it.
    cut: bool,
}

impl Write for OsFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write_at(bytes, self.end)?;
        self.end += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for OsFile {
    fn sync(&mut self) -> io::Result<()> {
        if self.cut {
            self.file.sync_all()?;
            self.cut = false;
            return Ok(());
        }
        self.file.sync_data()
    }

    fn overwrite(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.cut = true;
        self.file.set_len(length)?;
        self.end = length;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::replace;
    use super::*;

    fn read(disk: &Directory, name: &str, offset: u64) -> String {
        let mut text = String::new();
        disk.read(name, offset).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn files_grow_at_their_ends_and_are_replaced_whole() {
        let path = std::env::temp_dir().join(format!("kv-directory-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        let disk = Directory::open(&path).unwrap();
        let mut file = disk.create("a").unwrap();
        file.write_all(b"hello world").unwrap();
        file.truncate(5).unwrap();
        file.write_all(b", you").unwrap();
        file.sync().unwrap();
        disk.open("a").unwrap().write_all(b"!").unwrap();
        assert_eq!(
            (read(&disk, "a", 0), read(&disk, "a", 7)),
            ("hello, you!".into(), "you!".into())
        );
        assert_eq!(disk.size("a").unwrap(), 11);
        assert_eq!(disk.create("a").map(|_| disk.size("a").unwrap()).unwrap(), 0);

        let failed = replace(&disk, "a", |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!((read(&disk, "a", 0), disk.list().unwrap()), (String::new(), vec!["a".into()]));
        assert_eq!(replace(&disk, "a", |out| out.write_all(b"__ole")).unwrap(), 5);
        let mut file = disk.open("a").unwrap();
        file.overwrite(0, b"wh").unwrap();
        file.write_all(b"!").unwrap();
        assert_eq!(read(&disk, "a", 0), "whole!");
        disk.rename("a", "b").unwrap();
        let disk = Directory::open(&path).unwrap();
        assert_eq!(
            (read(&disk, "b", 0), disk.list().unwrap()),
            ("whole!".into(), vec!["b".into()])
        );
        disk.remove("b").unwrap();
        assert!(disk.open("b").is_err());
        disk.create("file").unwrap();
        assert!(Directory::open(path.join("file")).is_err());
        fs::remove_dir_all(&path).unwrap();
    }
}
