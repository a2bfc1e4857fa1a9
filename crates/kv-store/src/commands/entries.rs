//! Replies of all that a large hash or set holds.

use kv_protocol::ReplyWriter;
use kv_types::listpack::Value;
use kv_types::table::Table;

use crate::Ctx;
use crate::commands::element::reply_element;
use crate::session::Rest;

/// What of each entry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The field, or the member.
    Keys,
    /// The value.
    Values,
    /// The field, then the value.
    Both,
}

impl Part {
    /// Writes it.
    #[inline]
    pub(crate) fn write(self, key: Value<'_>, value: Value<'_>, out: &mut ReplyWriter<'_>) {
        if self != Part::Values {
            reply_element(key, out);
        }
        if self != Part::Keys {
            reply_element(value, out);
        }
    }
}

/// Leaves the entries of `table` that are there at `now` (milliseconds) to be written when the locks are
/// gone, as they are now.
pub(crate) fn reply_later(ctx: &mut Ctx<'_>, table: Table, now: u64, part: Part) {
    ctx.reply_later(Entries { table, now, part, bucket: 0 });
}

/// The entries of a table as it was at a time, of which those in the first buckets have been written.
struct Entries {
    table: Table,
    now: u64,
    part: Part,
    bucket: usize,
}

impl Rest for Entries {
    fn write(&mut self, enough: usize, out: &mut ReplyWriter<'_>) -> bool {
        while self.bucket < self.table.bucket_count() && out.len() < enough {
            let live = self.table.bucket(self.bucket).filter(|entry| entry.is_live(self.now));
            live.for_each(|entry| {
                self.part.write(Value::Bytes(entry.key), Value::Bytes(entry.value), out);
            });
            self.bucket += 1;
        }
        self.bucket == self.table.bucket_count()
    }
}
