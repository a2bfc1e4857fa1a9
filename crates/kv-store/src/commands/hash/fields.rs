//! `FIELDS numfields field …`, as the commands have it that come with options, and what ends fields.

use kv_types::Record;
use kv_types::hash::HashRef;

use crate::args::Texts;
use crate::command::Arg;
use crate::commands::expiry::{Unit, deadline};
use crate::{Args, Error};

/// The word in front of the number of fields.
const WORD: &str = "FIELDS";

/// `FIELDS numfields field [field …]`, as an argument of a declaration.
pub(super) const FIELDS: Arg = Arg::Option(
    WORD,
    &Arg::Block("fields", &[Arg::Int("numfields"), Arg::Multiple(&Arg::String("field"))]),
);

/// How many arguments are left when all options in front of `FIELDS` are read. It is sought first: the first
/// such word that something follows ends the options, whatever they are.
///
/// # Errors
/// [`Error::FieldCount`] if it is not there.
pub(super) fn behind_options(args: &Args<'_>) -> Result<usize, Error> {
    let mut ahead = *args;
    while ahead.remaining() > 1 {
        let left = ahead.remaining();
        if ahead.token(WORD) {
            return Ok(left);
        }
        ahead.value()?;
    }
    Err(Error::FieldCount)
}

/// Takes the word, the number and the fields, each of `texts` arguments (two with values), and nothing is
/// left.
///
/// # Errors
/// [`Error::Syntax`] without the word, [`Error::NotInteger`] for the number, `miscounted` if it is not that
/// of the fields.
pub(super) fn counted<'a>(
    args: &mut Args<'a>,
    texts: usize,
    miscounted: Error,
) -> Result<Texts<'a>, Error> {
    if !args.token(WORD) {
        return Err(Error::Syntax);
    }
    let count = usize::try_from(args.int()?).unwrap_or(0);
    if count == 0 || count.checked_mul(texts) != Some(args.remaining()) {
        return Err(miscounted);
    }
    args.texts()
}

/// The deadline in Unix milliseconds that `number` states. Of a field it may be now or past, but neither
/// before 1970 nor a negative time from now. `command` is named by an error.
pub(super) fn field_deadline(
    number: &[u8],
    unit: Unit,
    now: u64,
    command: &'static str,
) -> Result<u64, Error> {
    let number = kv_types::integer::parse(number).ok_or(Error::NotInteger)?;
    let at = if number < 0 { None } else { deadline(number, unit, now) };
    at.ok_or(Error::InvalidExpire(command))
}

/// When `field` of the hash in `record` ends (milliseconds), `Some(None)` if it stays; `None` if it is not
/// there.
pub(super) fn deadline_of(record: &Record, field: &[u8], now: u64) -> Option<Option<u64>> {
    HashRef::new(record, now)?.deadline(field)
}
