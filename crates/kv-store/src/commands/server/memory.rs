//! MEMORY

use kv_protocol::ReplyWriter;
use kv_types::Record;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static MEMORY: Command = Command {
    name: "MEMORY",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells what takes memory; a container of subcommands.",
    arity: Arity::AtLeast(2),
    flags: Flags::empty(),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Any,
    examples: "> SET k v\nOK\n> MEMORY USAGE k\n(integer) 24",
    handler: Handler::Container { alone: None, subcommands: &[&USAGE] },
};

static USAGE: Command = Command {
    name: "MEMORY USAGE",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells how many bytes a key and its value take, its place in the table included.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::One(2, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key"), Arg::Optional(&Arg::Option("SAMPLES", &Arg::Int("count")))],
    reply: Shape::OneOf(&[Shape::Int, Shape::Null]),
    examples: "> SET k v\nOK\n> MEMORY USAGE k SAMPLES 5\n(integer) 24\n> MEMORY USAGE missing\n(nil)",
    handler: Handler::Fn(usage),
};

/// The number of samples is read for its errors only: memory is counted, not estimated.
fn usage(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    while !args.is_empty() {
        if !args.token("SAMPLES") {
            return Err(Error::Syntax);
        }
        if args.int()? < 0 {
            return Err(Error::Syntax);
        }
    }
    match ctx.peek(key) {
        Some(record) => out.int((record.memory() + size_of::<Record>()) as i64),
        None => out.null(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_types::Record;

    use crate::testing::check;

    #[test]
    fn it_is_the_record_and_its_slot() {
        for (length, deadline) in [(1, false), (100, true), (5000, false)] {
            let value = "v".repeat(length);
            let bytes = Record::memory_of(3, length, deadline) + 8;
            let expire = if deadline { "EX 5" } else { "" };
            check(&format!(
                "> SET key {value} {expire}\nOK\n> MEMORY USAGE key\n(integer) {bytes}"
            ));
        }
    }

    #[test]
    fn samples() {
        check(
            "> SET k v PX 5\nOK\n> MEMORY USAGE k samples 0 SAMPLES 9\n(integer) 32
             > MEMORY USAGE k SAMPLES\n(error) ERR syntax error\n> MEMORY USAGE k FOO 1\n(error) ERR syntax error
             > MEMORY USAGE k SAMPLES -1\n(error) ERR syntax error
             > MEMORY USAGE missing SAMPLES x\n(error) ERR value is not an integer or out of range
             ~ 6\n> MEMORY USAGE k\n(nil)\n> MEMORY USAGE
             (error) ERR wrong number of arguments for 'memory|usage' command
             > MEMORY FOO\n(error) ERR unknown subcommand 'FOO'. Try MEMORY HELP.",
        );
    }
}
