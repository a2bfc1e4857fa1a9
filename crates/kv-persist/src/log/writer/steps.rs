//! What the writer does with files.

use std::io;
use std::time::Duration;

use super::super::manifest::{Base, Manifest};
use super::super::segment::Segment;
use super::super::{Health, LogError};
use super::Writer;

impl Writer {
    /// Writes all that was taken, each chunk to its segment.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        loop {
            self.drop_lost();
            let Some(chunk) = self.taken.front_mut() else { break };
            match &mut self.current {
                Some(segment) if segment.number == chunk.segment => {
                    segment.write(chunk)?;
                    let (end, gap) = (chunk.end, chunk.gap);
                    self.take_off(end);
                    if gap {
                        self.distrust("an entry is too long for the log".to_owned());
                    }
                }
                _ => {
                    let next = chunk.segment;
                    self.advance(next)?;
                }
            }
        }
        let current = self.current.as_ref().map_or(self.lost, |segment| segment.number);
        if self.target > current { self.advance(self.target) } else { Ok(()) }
    }

    /// Drops what should go to segments that cannot be written to. The next base will have it.
    fn drop_lost(&mut self) {
        while let Some(chunk) = self.taken.front().filter(|chunk| chunk.segment <= self.lost) {
            let end = chunk.end;
            self.take_off(end);
            self.synced = end;
        }
    }

    /// The first chunk is done with.
    fn take_off(&mut self, end: u64) {
        self.written = end;
        if let Some(chunk) = self.taken.pop_front() {
            self.shared.queue.give_back(chunk.bytes);
        }
        self.shared.set_written(end);
    }

    /// Goes on to segment `number`. The old one is on the disk as a whole by then, and named with its length,
    /// before the first frame goes to the new one.
    fn advance(&mut self, number: u64) -> io::Result<()> {
        self.sync();
        if self.next.as_ref().is_none_or(|next| next.number != number) {
            let salt = fastrand::u64(..);
            self.next = Some(Segment::create(&*self.disk, number, salt)?);
        }
        let mut sealed = self.sealed.clone();
        sealed.extend(self.current.as_ref().and_then(Segment::sealed));
        if self.distrust.is_none() {
            let base = self.manifest.base;
            self.commit(Manifest { base, sealed: sealed.clone(), open: Some(number) })?;
        }
        self.sealed = sealed;
        self.current = self.next.take();
        Ok(())
    }

    fn commit(&mut self, manifest: Manifest) -> io::Result<()> {
        manifest.commit(&*self.disk)?;
        self.manifest = manifest;
        Ok(())
    }

    pub(super) fn sync_if_due(&mut self) {
        let sync_in = self.pace.sync_in(self.shared.policy(), self.clock.now_us());
        if self.sync_wanted || sync_in == Some(Duration::ZERO) {
            self.sync();
        }
    }

    /// Syncs the current segment, if that is needed.
    fn sync(&mut self) {
        let Some(segment) = self.current.as_mut().filter(|segment| segment.is_dirty()) else {
            return;
        };
        let before = self.clock.now_us();
        let synced = segment.sync();
        let now = self.clock.now_us();
        self.pace.synced(now, now.saturating_sub(before));
        self.shared.count_sync();
        match synced {
            Ok(()) => self.synced = self.written,
            Err(error) => self.distrust(error.to_string()),
        }
    }

    /// Leaves the current segment, as it cannot be trusted any more.
    fn distrust(&mut self, why: String) {
        if let Some(segment) = self.current.take() {
            self.lost = segment.number;
        }
        self.sealed.clear();
        self.distrust = Some(Health::NeedsRewrite(why));
    }

    /// Tells those who wait what is kept.
    pub(super) fn publish(&mut self) {
        if self.distrust.is_none() {
            self.shared.set_kept(self.synced);
        }
    }

    /// Installs a base, if that is asked for.
    pub(super) fn install(&mut self) -> io::Result<()> {
        let Some(number) = self.install.as_ref().map(|(number, _)| *number) else {
            return Ok(());
        };
        let mut drained = self.drain();
        let current = self.current.as_ref().map(|segment| segment.number);
        if let (Err(error), true) = (&drained, current.is_some_and(|current| current < number)) {
            // The base has what could not be written before the cut: no need to write it.
            self.distrust(error.to_string());
            self.lost = number - 1;
            drained = self.drain();
        }
        if number <= self.lost {
            let why = "a sync has failed since the base was begun".to_owned();
            self.end_install(Err(LogError::NotKept(why)));
            return Ok(());
        }
        if self.current.is_none() {
            return drained;
        }
        // If later frames cannot be written, the base is installed all the same: that frees the space of what is
        // old.
        self.name_all_from(number)?;
        let manifest = self.manifest.clone();
        self.end_install(Ok(manifest));
        Ok(())
    }

    /// Makes a base and the segments after it the history.
    fn name_all_from(&mut self, number: u64) -> io::Result<()> {
        let open = self.current.as_ref().map(|segment| segment.number);
        let sealed = self.sealed.iter().filter(|segment| segment.number >= number).copied();
        let sealed = sealed.collect::<Vec<_>>();
        self.commit(Manifest { base: Base::File(number), sealed: sealed.clone(), open })?;
        self.sealed = sealed;
        self.distrust = None;
        let base = super::super::names::base(number);
        self.shared.set_base(self.disk.size(&base).unwrap_or_default());
        Ok(())
    }

    fn end_install(&mut self, answer: Result<Manifest, LogError>) {
        self.installed = self.install.take().map(|(_, asker)| (asker, answer));
    }

    /// Names the current segment as one that is complete.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        let mut sealed = self.sealed.clone();
        sealed.extend(self.current.as_ref().and_then(Segment::sealed));
        self.commit(Manifest { base: self.manifest.base, sealed, open: None })
    }
}
