//! OBJECT

use kv_protocol::ReplyWriter;
use kv_types::list::ListRef;
use kv_types::{Collection, Form, Kind, Record, integer};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

/// Longest string, in bytes, that Redis stores beside its object's header and calls `embstr`.
const EMBSTR_MAX: usize = 44;

pub(crate) static OBJECT: Command = Command {
    name: "OBJECT",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells how a value is stored; a container of subcommands.",
    arity: Arity::AtLeast(2),
    flags: Flags::empty(),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Any,
    examples: "> SET k v\nOK\n> OBJECT ENCODING k\n\"embstr\"",
    handler: Handler::Container {
        alone: None,
        subcommands: &[&ENCODING, &FREQ, &IDLETIME, &REFCOUNT],
    },
};

static ENCODING: Command = Command {
    name: "OBJECT ENCODING",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Names how the value at a key is stored, in Redis's words (as embstr or listpack); or frame.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY,
    keys: Keys::One(2, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> SET k 12\nOK\n> OBJECT ENCODING k\n\"int\"\n> APPEND k 3\n(integer) 3\n> OBJECT ENCODING k\n\"raw\"",
    handler: Handler::Fn(|ctx, args, out| {
        look(ctx, args, out, |_, record, out| out.bulk(encoding(record).as_bytes()))
    }),
};

static FREQ: Command = Command {
    name: "OBJECT FREQ",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells how often a key is used; an error unless a policy that counts it is chosen.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY,
    keys: Keys::One(2, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Int, Shape::Null]),
    examples: "> OBJECT FREQ missing\n(nil)",
    handler: Handler::Fn(freq),
};

static IDLETIME: Command = Command {
    name: "OBJECT IDLETIME",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells how many seconds ago a key was last used; it counts to half a year and starts anew.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY,
    keys: Keys::One(2, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Int, Shape::Null]),
    examples: "> SET k v\nOK\n~ 3000\n> OBJECT IDLETIME k\n(integer) 3",
    handler: Handler::Fn(|ctx, args, out| {
        look(ctx, args, out, |clock, record, out| out.int(record.idle(clock).into()))
    }),
};

static REFCOUNT: Command = Command {
    name: "OBJECT REFCOUNT",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Tells how many keys use the stored value: always 1, no value is shared for good.",
    arity: Arity::Exactly(3),
    flags: Flags::READONLY,
    keys: Keys::One(2, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Int, Shape::Null]),
    examples: "> SET k v\nOK\n> OBJECT REFCOUNT k\n(integer) 1\n> OBJECT REFCOUNT missing\n(nil)",
    handler: Handler::Fn(|ctx, args, out| look(ctx, args, out, |_, _, out| out.int(1))),
};

/// Answers what `tell` says of the record at the key, given the access clock; a null if there is no
/// record.
fn look(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    tell: fn(u32, &Record, &mut ReplyWriter<'_>),
) -> Result<(), Error> {
    let key = args.key()?;
    let clock = ctx.view.clock();
    match ctx.look(key) {
        Some(record) => tell(clock, record, out),
        None => out.null(),
    }
    Ok(())
}

fn freq(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    if ctx.look(key).is_some() {
        return Err(Error::new(
            "An LFU maxmemory policy is not selected, access frequency not tracked. Please note \
             that when switching between policies at runtime LRU and LFU data will take some time \
             to adjust.",
        ));
    }
    out.null();
    Ok(())
}

/// The encoding that Redis would have chosen, or has the same of; programs test for it.
pub(in crate::commands) fn encoding(record: &Record) -> &'static str {
    let value = record.value();
    match record.form() {
        Some(Form::Listpack(_)) => return "listpack",
        Some(Form::Ints(_)) => return "intset",
        Some(Form::Large(Collection::List(_))) if ListRef::of(record).is_quicklist() => {
            return "quicklist";
        }
        // It is in parts, but one listpack could have it.
        Some(Form::Large(Collection::List(_))) => return "listpack",
        Some(Form::Large(Collection::Hash(_) | Collection::Set(_))) => return "hashtable",
        Some(Form::Large(Collection::Zset(_))) => return "skiplist",
        None => {}
    }
    match record.kind() {
        Kind::Frame => "frame",
        Kind::String if record.is_edited() => "raw",
        Kind::String if integer::parse(value).is_some() => "int",
        Kind::String if value.len() <= EMBSTR_MAX => "embstr",
        _ => "raw",
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::generic::testing::stage_with;
    use crate::testing::check;

    #[test]
    fn encodings() {
        let (short, long) = ("x".repeat(44), "x".repeat(45));
        check(&format!(
            "> SET k {short}\nOK\n> OBJECT ENCODING k\n\"embstr\"\n> SET k {long}\nOK
             > OBJECT ENCODING k\n\"raw\"\n> SET k -9223372036854775808\nOK\n> OBJECT ENCODING k\n\"int\"
             > SET k 9223372036854775808\nOK\n> OBJECT ENCODING k\n\"embstr\"\n> SET k 1\nOK
             > SETRANGE k 0 2\n(integer) 1\n> OBJECT ENCODING k\n\"raw\"\n> COPY k l\n(integer) 1
             > OBJECT ENCODING l\n\"raw\"\n> RENAME l m\nOK\n> OBJECT ENCODING m\n\"raw\"
             > INCR m\n(integer) 3\n> OBJECT ENCODING m\n\"int\"\n> OBJECT ENCODING missing\n(nil)",
        ));
        stage_with(&[("n", 1.into()), ("null", Frame::Null)])
            .play("> OBJECT ENCODING n\n\"frame\"\n> OBJECT ENCODING null\n\"frame\"");
    }

    #[test]
    fn what_counts_as_a_use() {
        let uses = ["GET k", "SET k v", "APPEND k v", "TOUCH k", "EXPIRE k 99", "RENAME k k2"];
        for used in uses {
            let key = if used.starts_with("RENAME") { "k2" } else { "k" };
            let mut stage = stage_with(&[]);
            stage.play("> SET k v\n(integer) 1\n~ 5000");
            stage.run(used);
            stage.play(&format!("> OBJECT IDLETIME {key}\n(integer) 0"));
        }
        for looked_at in ["EXISTS k", "TYPE k", "TTL k", "OBJECT ENCODING k", "SCAN 0", "KEYS *"] {
            let mut stage = stage_with(&[]);
            stage.play("> SET k v\n(integer) 1\n~ 5000");
            stage.run(looked_at);
            stage.play("> OBJECT IDLETIME k\n(integer) 5\n> OBJECT IDLETIME missing\n(nil)");
        }
    }

    #[test]
    fn errors() {
        check(
            "> OBJECT\n(error) ERR wrong number of arguments for 'object' command
             > OBJECT FOO a b\n(error) ERR unknown subcommand 'FOO'. Try OBJECT HELP.
             > OBJECT ENCODING\n(error) ERR wrong number of arguments for 'object|encoding' command
             > SET k v PX 5\nOK\n> OBJECT FREQ k
             (error) ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.
             ~ 6\n> OBJECT FREQ k\n(nil)\n> OBJECT REFCOUNT k\n(nil)",
        );
    }
}
