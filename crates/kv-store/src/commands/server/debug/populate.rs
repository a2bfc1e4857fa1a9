//! DEBUG POPULATE

use std::io::Write;

use kv_protocol::{Arg as Sent, ReplyWriter};
use kv_types::Record;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Deadline, Error, Event};

/// Bytes of memory that one call may fill, about: it holds up everybody else meanwhile.
const MAX_BYTES: usize = 4 << 30;

pub(super) static POPULATE: Command = Command {
    name: "DEBUG POPULATE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for N keys",
    summary: "Makes keys prefix:0, prefix:1 … with values value:0, value:1 … cut or padded to a size.",
    arity: Arity::AtLeast(3),
    flags: super::FLAGS.and(Flags::WRITE),
    keys: Keys::Database(Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Int("count"),
        Arg::Optional(&Arg::Block(
            "form",
            &[Arg::String("prefix"), Arg::Optional(&Arg::Int("size"))],
        )),
    ],
    reply: Shape::Ok,
    examples: "> DEBUG POPULATE 2\nOK\n> MGET key:0 key:1\n1) \"value:0\"\n2) \"value:1\"",
    handler: Handler::Fn(populate),
};

fn populate(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let count = number(args)?;
    let prefix = if args.is_empty() { b"key" } else { args.bytes()? };
    let size = if args.is_empty() { 0 } else { number(args)? };
    args.finish()?;
    // A key ends in a colon and a number of up to twenty digits, as a value does.
    let longest = |bytes: usize| bytes.saturating_add(":18446744073709551615".len());
    let size_of_value = size.max(longest("value".len()));
    let fits = size <= ctx.max_string() && prefix.len() <= MAX_BYTES;
    if !fits
        || Record::memory_of(longest(prefix.len()), size_of_value, false).saturating_mul(count)
            > MAX_BYTES
    {
        return Err(Error::new("DEBUG POPULATE makes at most 4 GiB of keys and values"));
    }
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for number in 0..count {
        key.clear();
        value.clear();
        key.extend_from_slice(prefix);
        // Writing to a Vec cannot fail, here and below.
        let _ = write!(key, ":{number}");
        let _ = write!(value, "value:{number}");
        if size > 0 {
            value.resize(size, 0);
        }
        let key = ctx.view.key_in(ctx.db(), &key)?;
        if !ctx.exists(key) {
            ctx.put(key, Sent::Bytes(&value), Deadline::Clear, Event::SET)?;
        }
    }
    out.ok();
    Ok(())
}

/// A count; Redis has one answer for what is none.
fn number(args: &mut Args<'_>) -> Result<usize, Error> {
    let number = args.int().map_err(|_| Error::NotPositive)?;
    usize::try_from(number).map_err(|_| Error::NotPositive)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn prefix_and_size() {
        check(
            "> SET a:1 mine\nOK\n> DEBUG POPULATE 3 a\nOK\n> MGET a:0 a:1 a:2 a:3
             1) \"value:0\"\n2) \"mine\"\n3) \"value:2\"\n4) (nil)
             > DEBUG POPULATE 1 b 3\nOK\n> GET b:0\n\"val\"\n> DEBUG POPULATE 1 c 9\nOK
             > GET c:0\n\"value:0\\x00\\x00\"\n> DEBUG POPULATE 0 d\nOK\n> DBSIZE\n(integer) 5",
        );
    }

    #[test]
    fn errors_and_limits() {
        check(
            "> DEBUG POPULATE x\n(error) ERR value is out of range, must be positive
             > DEBUG POPULATE -1\n(error) ERR value is out of range, must be positive
             > DEBUG POPULATE 1 a x\n(error) ERR value is out of range, must be positive
             > DEBUG POPULATE 1 a 1 b\n(error) ERR syntax error
             > DEBUG POPULATE 9223372036854775807
             (error) ERR DEBUG POPULATE makes at most 4 GiB of keys and values
             > DEBUG POPULATE 1 a 9223372036854775807
             (error) ERR DEBUG POPULATE makes at most 4 GiB of keys and values\n> DBSIZE\n(integer) 0",
        );
    }
}
