//! Reading a log: what a process finds when it starts.

mod segment;

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::disk::Disk;
use crate::log::manifest::{Base, Manifest};
use crate::log::names;
use segment::{SegmentReader, Step};

/// What is done with a last segment whose end a crash has torn (`aof-load-truncated`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TornTail {
    /// Its whole frames count, the rest is cut off when the log is started.
    Cut,
    /// It is an error.
    Refuse,
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The disk's answer.
    #[error("{}: {error}", file.display())]
    Disk {
        /// The file, or the directory if none is concerned.
        file: PathBuf,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// A file is not as it was written.
    #[error("{}: damaged at byte {offset}: {reason}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// How many bytes before that are sound.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// The end of the last segment is torn, and that is to be an error.
    #[error("{}: torn at byte {offset}: {reason}", file.display())]
    Torn {
        /// The file.
        file: PathBuf,
        /// How many bytes before that are sound.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// There are files of a log and no manifest that says which of them are the history.
    #[error("{}: the manifest is missing", file.display())]
    NoManifest {
        /// Where it should be.
        file: PathBuf,
    },
}

/// Reads a log: first its base, by its [path](Recovery::base), which is another's task; then all frames in
/// the order in which they were appended. It changes nothing on the disk.
///
/// Memory is needed for the longest frame, and no frame is longer than its file.
pub struct Recovery {
    disk: Arc<dyn Disk>,
    torn_tail: TornTail,
    manifest: Option<Manifest>,
    /// Segments that were not begun yet, with their lengths if they are sealed.
    segments: VecDeque<(u64, Option<u64>)>,
    reader: Option<SegmentReader>,
    last: Option<Last>,
    torn: Option<Torn>,
    payload: Vec<u8>,
    frames: u64,
}

/// What was read, from which a log can go on: see [`Log::start`](crate::Log::start).
#[derive(Debug)]
pub struct Recovered {
    pub(crate) manifest: Option<Manifest>,
    pub(crate) last: Option<Last>,
    /// How many frames there were.
    pub frames: u64,
    /// What of the last segment's end is not whole.
    pub torn: Option<Torn>,
}

/// The end of a last segment that is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// The segment.
    pub file: PathBuf,
    /// How many of its bytes are sound.
    pub offset: u64,
    /// How many bytes come after that.
    pub bytes: u64,
    /// What is wrong there.
    pub reason: String,
}

/// The segment to which the earlier process wrote.
#[derive(Debug)]
pub(crate) struct Last {
    pub(crate) number: u64,
    /// Up to the end of its last whole frame.
    pub(crate) length: u64,
    /// How many bytes were certainly on the disk, by the last mark.
    pub(crate) synced: u64,
    pub(crate) has_frames: bool,
}

impl Recovery {
    /// Reads the manifest.
    ///
    /// # Errors
    /// If it is damaged, or something it names is missing.
    pub fn open(disk: Arc<dyn Disk>, torn_tail: TornTail) -> Result<Recovery, RecoverError> {
        let of_disk = |name: &str| {
            let file = disk.path(name);
            move |error| RecoverError::Disk { file, error }
        };
        let manifest = match Manifest::load(&*disk).map_err(of_disk(names::MANIFEST))? {
            Some(Ok(manifest)) => Some(manifest),
            Some(Err(flaw)) => {
                let file = disk.path(names::MANIFEST);
                let (offset, reason) = (flaw.offset, flaw.reason);
                return Err(RecoverError::Damaged { file, offset, reason });
            }
            None => None,
        };
        let files = disk.list().map_err(of_disk(""))?;
        if manifest.is_none() && files.iter().any(|name| names::parse(name).is_some()) {
            return Err(RecoverError::NoManifest { file: disk.path(names::MANIFEST) });
        }
        let mut segments = VecDeque::new();
        if let Some(Manifest { base, sealed, open }) = &manifest {
            let named_base = match base {
                Base::File(number) => Some(names::base(*number)),
                Base::Empty | Base::Unknown => None,
            };
            segments.extend(sealed.iter().map(|seg| (seg.number, Some(seg.length))));
            segments.extend(open.iter().map(|number| (*number, None)));
            let named = segments.iter().map(|(number, _)| names::segment(*number));
            if let Some(missing) = named_base.into_iter().chain(named).find(|n| !files.contains(n))
            {
                let reason = "the manifest names this file, and it is missing".to_owned();
                return Err(RecoverError::Damaged { file: disk.path(&missing), offset: 0, reason });
            }
        }
        Ok(Recovery {
            disk,
            torn_tail,
            manifest,
            segments,
            reader: None,
            last: None,
            torn: None,
            payload: Vec::new(),
            frames: 0,
        })
    }

    /// Whether there is no history: neither a base nor any segment was ever named here.
    pub fn is_new(&self) -> bool {
        self.manifest.as_ref().is_none_or(|manifest| manifest.base == Base::Unknown)
    }

    /// The path of the RDB file from which the frames go on, if they do not begin with an empty store.
    pub fn base(&self) -> Option<PathBuf> {
        self.base_name().map(|name| self.disk.path(&name))
    }

    /// The name of that file on the disk.
    pub fn base_name(&self) -> Option<String> {
        match self.manifest.as_ref()?.base {
            Base::File(number) => Some(names::base(number)),
            Base::Empty | Base::Unknown => None,
        }
    }

    /// The bytes of all segments that were not begun yet: to show progress.
    ///
    /// # Errors
    /// If the disk does not say.
    pub fn bytes_ahead(&self) -> Result<u64, RecoverError> {
        let sizes = self.segments.iter().map(|(number, _)| {
            let name = names::segment(*number);
            self.disk.size(&name).map_err(|error| self.disk_error(&name, error))
        });
        sizes.sum()
    }

    /// The next frame: the bytes of one append. `None` when there are no more.
    ///
    /// # Errors
    /// If a file cannot be read or is damaged; then the history ends here. Entries of this frame are not given
    /// out.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, RecoverError> {
        loop {
            let Some(mut reader) = self.reader.take() else {
                let Some((number, sealed)) = self.segments.pop_front() else { return Ok(None) };
                self.reader = Some(self.open_segment(number, sealed)?);
                continue;
            };
            let step = reader.next(&mut self.payload);
            match step.map_err(|error| self.disk_error(&reader.name, error))? {
                Step::Frame => {
                    self.frames += 1;
                    self.reader = Some(reader);
                    return Ok(Some(&self.payload));
                }
                Step::End => self.end_segment(&reader),
                Step::Bad(reason) => {
                    self.check_tear(&reader, reason)?;
                    self.end_segment(&reader);
                }
            }
        }
    }

    /// Reads what is left, and says what was read.
    ///
    /// # Errors
    /// Those of [`Recovery::next_frame`].
    pub fn finish(mut self) -> Result<Recovered, RecoverError> {
        while self.next_frame()?.is_some() {}
        let Recovery { manifest, last, frames, torn, .. } = self;
        Ok(Recovered { manifest, last, frames, torn })
    }

    fn open_segment(
        &self,
        number: u64,
        sealed: Option<u64>,
    ) -> Result<SegmentReader, RecoverError> {
        let name = names::segment(number);
        let opened = SegmentReader::open(&*self.disk, number, sealed.is_some());
        let reader = match opened.map_err(|error| self.disk_error(&name, error))? {
            Ok(reader) => reader,
            Err(reason) => return Err(self.damaged(&name, 0, reason)),
        };
        match sealed.filter(|length| *length != reader.length) {
            Some(length) => {
                let reason = format!("it has {} bytes and had {length}", reader.length);
                Err(self.damaged(&name, length.min(reader.length), reason))
            }
            None => Ok(reader),
        }
    }

    fn end_segment(&mut self, reader: &SegmentReader) {
        if !reader.is_sealed {
            let SegmentReader { number, offset: length, synced, has_frames, .. } = *reader;
            self.last = Some(Last { number, length, synced, has_frames });
        }
    }

    /// Whether what is wrong with a segment may be the work of a crash.
    fn check_tear(&mut self, reader: &SegmentReader, reason: String) -> Result<(), RecoverError> {
        let (name, offset) = (&reader.name, reader.offset);
        if reader.is_sealed {
            return Err(self.damaged(name, offset, reason));
        }
        let synced = reader
            .synced_by_later_marks(&*self.disk)
            .map_err(|error| self.disk_error(name, error))?;
        if synced > offset {
            let reason = format!("{reason}; it was on the disk, up to byte {synced}");
            return Err(self.damaged(name, offset, reason));
        }
        let file = self.disk.path(name);
        if self.torn_tail == TornTail::Refuse {
            return Err(RecoverError::Torn { file, offset, reason });
        }
        self.torn = Some(Torn { file, offset, bytes: reader.length - offset, reason });
        Ok(())
    }

    fn damaged(&self, name: &str, offset: u64, reason: String) -> RecoverError {
        RecoverError::Damaged { file: self.disk.path(name), offset, reason }
    }

    fn disk_error(&self, name: &str, error: io::Error) -> RecoverError {
        RecoverError::Disk { file: self.disk.path(name), error }
    }
}
