//! KEYS

use std::ops::Range;
use std::sync::Arc;

use kv_protocol::ReplyWriter;
use kv_types::glob;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::keyspace::{SHARDS, Scratch, View};
use crate::session::Rest;
use crate::{Args, Ctx, Error, Store};

pub(crate) static KEYS: Command = Command {
    name: "KEYS",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for N keys in the database",
    summary: "Returns all keys that match a pattern; SCAN does it piece by piece.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::DANGEROUS),
    keys: Keys::None, // the shards are locked one after the other, so that others are not held up
    log: Log::Nothing,
    args: &[Arg::Pattern("pattern")],
    reply: Shape::Array(&Shape::Bulk),
    examples: "> MSET one 1 two 2\nOK\n> KEYS t*\n1) \"two\"\n> KEYS [xy]\n(empty array)",
    handler: Handler::Fn(keys),
};

/// Keys of a database that are looked at in one go, about.
const SLICE: u64 = 4000;

/// Other clients of the thread have their turn between one slice of the database and the next.
fn keys(ctx: &mut Ctx<'_>, args: &mut Args<'_>, _out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let pattern = args.pattern()?;
    let db = ctx.session.db;
    let keys = ctx.store.keyspace.totals(db).keys.max(1);
    let step = (SHARDS as u64 * SLICE).div_ceil(keys).min(SHARDS as u64) as usize;
    let store = ctx.store.handle();
    let search = Search { store, db, now: ctx.now(), pattern: pattern.into(), step, next: 0 };
    ctx.reply_later(Matches { search, found: Found::default(), answered: None });
    Ok(())
}

/// Keys that match, one after the other.
#[derive(Default)]
struct Found {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

/// A search that goes on from step to step.
struct Search {
    store: Arc<Store>,
    db: usize,
    now: u64,
    pattern: Box<[u8]>,
    /// Shards to a step.
    step: usize,
    /// The first shard of the next one.
    next: usize,
}

impl Search {
    /// Looks through some shards; whether those were the last.
    fn step(&mut self, found: &mut Found) -> bool {
        let shards: Range<usize> = self.next..SHARDS.min(self.next + self.step);
        self.next = shards.end;
        let mut scratch = Scratch::default();
        let view = View::new(&self.store.keyspace, &mut scratch, self.now, false);
        view.walk(self.db, shards, |record| {
            if glob::matches(&self.pattern, record.key()) {
                found.bytes.extend_from_slice(record.key());
                found.ends.push(found.bytes.len());
            }
        });
        self.next == SHARDS
    }
}

/// The reply: first all is found, since its number comes first in the reply.
struct Matches {
    search: Search,
    found: Found,
    /// How many keys have been written, once their number has.
    answered: Option<usize>,
}

impl Rest for Matches {
    fn write(&mut self, enough: usize, out: &mut ReplyWriter<'_>) -> bool {
        let answered = match &mut self.answered {
            Some(answered) => answered,
            None => {
                // Who wants all at once waits for it.
                while !self.search.step(&mut self.found) {
                    if enough != usize::MAX {
                        return false;
                    }
                }
                out.array(self.found.ends.len());
                self.answered.insert(0)
            }
        };
        while *answered < self.found.ends.len() && out.len() < enough {
            let start = answered.checked_sub(1).map_or(0, |before| self.found.ends[before]);
            out.bulk(&self.found.bytes[start..self.found.ends[*answered]]);
            *answered += 1;
        }
        *answered == self.found.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn a_pattern_has_a_longest_length() {
        let (fits, long) = ("*".repeat(1024), "*".repeat(1025));
        check(&format!(
            "> KEYS {fits}\n(empty array)\n> KEYS {long}\n(error) ERR pattern is too long"
        ));
        check(&format!("> KEYS {}\n(empty array)", "a".repeat(2000)));
    }

    #[test]
    fn a_large_database_is_searched_in_slices() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        for n in 0..super::SLICE * 3 {
            stage.run(&format!("SET {n} v"));
        }
        let count = |reply| match reply {
            Some(Frame::Array(keys)) => {
                keys.iter().map(Frame::pretty).collect::<BTreeSet<_>>().len() as u64
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(count(stage.run("KEYS *")), super::SLICE * 3);
        assert_eq!(count(stage.run("KEYS ?")), 10);
        assert_eq!(count(stage.run("KEYS nosuch")), 0);
        let slices = stage.slices("KEYS 1*", 1000);
        assert!(slices.len() > 3, "{}", slices.len());
        assert!(slices.concat().starts_with(b"*3111\r\n$"));
    }

    #[test]
    fn patterns() {
        check(
            "> SET user:1 a\nOK\n> KEYS user:?\n1) \"user:1\"\n> KEYS user:1\n1) \"user:1\"\n> KEYS user
             (empty array)\n> KEYS \"\"\n(empty array)\n> SET \"\" a\nOK\n> KEYS \"\"\n1) \"\"",
        );
    }

    #[test]
    fn expired_keys_and_other_databases_are_left_out() {
        check(
            "> SET a 1 PX 5\nOK\n> SET b 1\nOK\n~ 6\n> KEYS *\n1) \"b\"\n> SELECT 1\nOK
             > KEYS *\n(empty array)",
        );
    }
}
