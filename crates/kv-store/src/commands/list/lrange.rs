//! LRANGE

use std::ops::Range;

use kv_protocol::ReplyWriter;
use kv_types::list::{List, ListRef};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::commands::span::ranks;
use crate::ctx::LATER;
use crate::session::Rest;
use crate::{Args, Ctx, Error};

pub(crate) static LRANGE: Command = Command {
    name: "LRANGE",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements returned, and steps of hundreds to the first",
    summary: "Returns the elements of the list at a key from one number to another, both included.",
    arity: Arity::Exactly(4),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Int("start"), Arg::Int("stop")],
    reply: Shape::Array(&Shape::Bulk),
    examples: "> RPUSH l a b c\n(integer) 3\n> LRANGE l 1 -1\n1) \"b\"\n2) \"c\"\n> LRANGE l 3 9\n(empty array)",
    handler: Handler::Fn(lrange),
};

fn lrange(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, start, stop) = (args.key()?, args.int()?, args.int()?);
    let Some(list) = super::list(ctx, key)? else {
        out.array(0);
        return Ok(());
    };
    let range = ranks(start, stop, list.len());
    out.array(range.len());
    match list {
        ListRef::Large(list) if range.len() > LATER => {
            let rest = Elements { list: list.clone(), range };
            ctx.reply_later(rest);
        }
        list => {
            let elements = list.iter_from(range.start).take(range.len());
            elements.for_each(|element| reply_element(element, out));
        }
    }
    Ok(())
}

/// The elements of a list as it was, of which those in `range` are still to be written.
struct Elements {
    list: List,
    range: Range<usize>,
}

impl Rest for Elements {
    fn write(&mut self, enough: usize, out: &mut ReplyWriter<'_>) -> bool {
        let mut elements = self.list.iter_from(self.range.start);
        while !self.range.is_empty() && out.len() < enough {
            if let Some(element) = elements.next() {
                reply_element(element, out);
            }
            self.range.start += 1;
        }
        self.range.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn ranges() {
        check(
            "> RPUSH l a 2 c\n(integer) 3\n> LRANGE l 0 0\n1) \"a\"\n> LRANGE l -100 100\n1) \"a\"\n2) \"2\"\n3) \"c\"
             > LRANGE l -2 -2\n1) \"2\"\n> LRANGE l 2 1\n(empty array)\n> LRANGE l -100 -4\n(empty array)
             > LRANGE missing 0 -1\n(empty array)",
        );
    }

    #[test]
    fn a_long_reply_is_written_in_slices_and_is_of_one_moment() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        for n in 0..500 {
            stage.run(&format!("RPUSH l {n} a b c d"));
        }
        let whole = stage.slices("LRANGE l 0 -1", usize::MAX).concat();
        assert!(whole.starts_with(b"*2500\r\n$1\r\n0\r\n"));
        let slices = stage.slices("LRANGE l 0 -1", 1000);
        assert!(slices.len() > 10, "{}", slices.len());
        assert!(slices.iter().all(|slice| slice.len() < 1100));
        assert!(slices.concat() == whole);
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LRANGE k x 1\n(error) ERR value is not an integer or out of range
             > LRANGE k 0 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
