//! Looking through a snapshot without a store.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use kv_store::LoadError;
use kv_store::rdb::{Collection, Head, Packed, Reader, Sink, Text, decode};

use super::Error;
use super::input::Input;
use super::load::{finish, open};
use super::run::{Work, run};
use super::summary::Summary;

/// Looks through the snapshot in a file, with `threads` threads: everything that would keep it from being
/// loaded is an error here, but for keys that are there twice and databases that a store does not have.
///
/// # Errors
/// What is wrong with the file, and where.
pub fn check(path: &Path, threads: usize) -> Result<Summary, Error> {
    let (file, len) = open(path)?;
    let mut input = Input::new(file, Some(len));
    let summary = check_from(&mut input, threads)?;
    finish(&mut input)?;
    Ok(summary)
}

/// As [`check`], of the snapshot that `input` begins with; something else may follow.
pub(crate) fn check_from<R: Read>(input: &mut Input<R>, threads: usize) -> Result<Summary, Error> {
    run(input, &Check, threads, &mut |_| ())
}

struct Check;

impl Work for Check {
    type Decoded = ();

    fn decode(
        &self,
        _: u64,
        head: &Head<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Option<()>, LoadError> {
        decode(head.code, reader, &mut Seen::default())?;
        Ok(Some(()))
    }

    fn add(&self, (): ()) -> Result<(), LoadError> {
        Ok(())
    }

    fn expect(&self, _: u64, _: u64) {}
}

/// Remembers the elements of a collection, to find those that are there twice.
#[derive(Default)]
struct Seen {
    names: HashSet<Box<[u8]>>,
}

impl Sink for Seen {
    fn string(&mut self, _: Text<'_>) {}

    fn frame(&mut self, _: &[u8]) {}

    fn begin(&mut self, _: Collection, _: usize) {}

    fn packed(&mut self, _: Packed<'_>) -> bool {
        // That nothing is in it twice was seen before it was offered.
        true
    }

    fn item(&mut self, _: &[u8]) {}

    fn member(&mut self, member: &[u8], _: Option<u64>) -> bool {
        self.names.insert(member.into())
    }

    fn field(&mut self, field: &[u8], _: &[u8], _: Option<u64>) -> bool {
        self.names.insert(field.into())
    }

    fn scored(&mut self, member: &[u8], _: f64) -> bool {
        self.names.insert(member.into())
    }
}
