//! RESTORE

use kv_protocol::ReplyWriter;
use kv_types::integer;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{self, Unit};
use crate::ctx::LATEST;
use crate::rdb::record::Restore;
use crate::rdb::{self, Reason};
use crate::{Args, Ctx, Error, Event, Key};

pub(crate) static RESTORE: Command = Command {
    name: "RESTORE",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for a value of N bytes",
    summary: "Sets a key to a value that DUMP has returned here, in a Redis or in a Valkey; a time to live of 0 is none.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::DANGEROUS),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Int("ttl"),
        Arg::String("serialized-value"),
        Arg::Optional(&Arg::Token("REPLACE")),
        Arg::Optional(&Arg::Token("ABSTTL")),
        Arg::Optional(&Arg::Option("IDLETIME", &Arg::Int("seconds"))),
        Arg::Optional(&Arg::Option("FREQ", &Arg::Int("frequency"))),
    ],
    reply: Shape::Ok,
    examples: r#"> RESTORE k 1000 "\x00\xc0\n\x06\x00\xf8r?\xc5\xfb\xfb_("
OK
> GET k
"10"
> PTTL k
(integer) 1000"#,
    handler: Handler::Fn(restore),
};

/// How often a key was used is not counted: such a number is looked at and no more.
const MAX_FREQUENCY: i64 = 255;
/// Most seconds that a record can have been idle: what its clock counts.
const MAX_IDLE: u64 = (1 << 24) - 1;

#[derive(Default)]
struct Options {
    replace: bool,
    /// The time to live is a Unix time.
    absolute: bool,
    /// Seconds since the last use.
    idle: Option<u64>,
    frequency: bool,
}

fn options(args: &mut Args<'_>) -> Result<Options, Error> {
    let mut options = Options::default();
    while !args.is_empty() {
        match args.one_of(&["REPLACE", "ABSTTL", "IDLETIME", "FREQ"]) {
            Some("REPLACE") => options.replace = true,
            Some("ABSTTL") => options.absolute = true,
            Some("IDLETIME") if !args.is_empty() && !options.frequency => {
                let idle = u64::try_from(args.int()?);
                let idle = idle.map_err(|_| Error::new("Invalid IDLETIME value, must be >= 0"))?;
                options.idle = Some(idle);
            }
            Some("FREQ") if !args.is_empty() && options.idle.is_none() => {
                if !(0..=MAX_FREQUENCY).contains(&args.int()?) {
                    return Err(Error::new("Invalid FREQ value, must be >= 0 and <= 255"));
                }
                options.frequency = true;
            }
            _ => return Err(Error::Syntax),
        }
    }
    Ok(options)
}

fn restore(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, ttl, dump) = (args.key()?, args.bytes()?, args.bytes()?);
    let options = options(args)?;
    if !options.replace && ctx.exists(key) {
        return Err(Error::coded("BUSYKEY", "Target key name already exists."));
    }
    let deadline = deadline(ttl, options.absolute, ctx.now())?;
    let (now, limits, max_string) = (ctx.now(), ctx.limits(), ctx.max_string());
    let restore = Restore { deadline, now, limits, max_string };
    let record = restore.record(key.bytes(), dump).map_err(refused)?;
    // What has ended already, or all whose elements have, is removed: that is what setting it comes to.
    match record.filter(|_| deadline.is_none_or(|at| at > now)) {
        None => drop(ctx.remove(key, Event::DEL)?),
        Some(record) => {
            ctx.put_record(key, record, Event::RESTORE)?;
            if let Some(idle) = options.idle {
                set_idle(ctx, key, idle);
            }
        }
    }
    out.ok();
    Ok(())
}

/// Lets it seem as if the key was used for the last time `idle` seconds ago.
fn set_idle(ctx: &Ctx<'_>, key: Key<'_>, idle: u64) {
    if let Some(record) = ctx.peek(key) {
        record.touch(ctx.view.clock().wrapping_sub(idle.min(MAX_IDLE) as u32));
    }
}

/// When the key is to end, in Unix milliseconds.
fn deadline(ttl: &[u8], absolute: bool, now: u64) -> Result<Option<u64>, Error> {
    let unit = if absolute { Unit::UnixMillis } else { Unit::Millis };
    match integer::parse(ttl).ok_or(Error::NotInteger)? {
        0 => Ok(None),
        ttl @ 1.. => Ok(Some(expiry::deadline(ttl, unit, now).unwrap_or(LATEST))),
        _ => Err(Error::new("Invalid TTL value, must be >= 0")),
    }
}

/// What a client is told of a dump that is refused.
fn refused(error: rdb::Error) -> Error {
    match error.reason {
        Reason::Checksum | Reason::Version(_) => {
            Error::new("DUMP payload version or checksum are wrong")
        }
        _ => Error::new("Bad data format"),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::generic::testing::stage_with;
    use crate::testing::check;

    /// `SET k hello`, then `DUMP k`, on a Redis 7.0.15.
    const HELLO: &str = r#""\x00\x05hello\x0a\x00\x63\x72\xdf\x76\x65\x34\x20\x0a""#;

    #[test]
    fn nothing_is_replaced_unless_asked() {
        check(&format!(
            "> SET k v EX 10\nOK\n> RESTORE k 0 {HELLO}\n(error) BUSYKEY Target key name already exists.
             > GET k\n\"v\"\n> RESTORE k 0 {HELLO} REPLACE\nOK\n> GET k\n\"hello\"\n> TTL k\n(integer) -1
             > SET l v PX 5\nOK\n~ 6\n> RESTORE l 0 {HELLO}\nOK",
        ));
    }

    #[test]
    fn times_to_live() {
        check(&format!(
            "> RESTORE k 1500 {HELLO}\nOK\n> PTTL k\n(integer) 1500\n~ 1501\n> GET k\n(nil)
             > RESTORE k 1700000002000 {HELLO} absttl ABSTTL\nOK\n> PTTL k\n(integer) 499
             > RESTORE k 1 {HELLO} ABSTTL\n(error) BUSYKEY Target key name already exists.
             > RESTORE k 1 {HELLO} ABSTTL REPLACE\nOK\n> EXISTS k\n(integer) 0
             > RESTORE k 1 {HELLO} ABSTTL\nOK\n> EXISTS k\n(integer) 0
             > RESTORE k 9223372036854775807 {HELLO}\nOK\n> GET k\n\"hello\"",
        ));
    }

    #[test]
    fn what_is_known_of_its_uses() {
        check(&format!(
            "> RESTORE k 0 {HELLO} IDLETIME 100 IDLETIME 70\nOK\n> OBJECT IDLETIME k\n(integer) 70
             > RESTORE k 0 {HELLO} REPLACE\nOK\n> OBJECT IDLETIME k\n(integer) 0
             > RESTORE k 0 {HELLO} REPLACE IDLETIME 9223372036854775807\nOK
             > OBJECT IDLETIME k\n(integer) 16777215
             > RESTORE k 0 {HELLO} REPLACE FREQ 0 FREQ 255\nOK",
        ));
    }

    /// What is looked at first is what a Valkey 9.1.2 looks at first.
    #[test]
    fn errors() {
        check(&format!(
            "> RESTORE k 0\n(error) ERR wrong number of arguments for 'restore' command
             > RESTORE k x {HELLO} FOO\n(error) ERR syntax error
             > RESTORE k 0 {HELLO} IDLETIME\n(error) ERR syntax error
             > RESTORE k 0 {HELLO} FREQ\n(error) ERR syntax error
             > RESTORE k 0 {HELLO} FREQ 1 IDLETIME x\n(error) ERR syntax error
             > RESTORE k 0 {HELLO} IDLETIME 1 FREQ x\n(error) ERR syntax error
             > RESTORE k 0 {HELLO} IDLETIME x\n(error) ERR value is not an integer or out of range
             > RESTORE k 0 {HELLO} IDLETIME -1\n(error) ERR Invalid IDLETIME value, must be >= 0
             > RESTORE k 0 {HELLO} FREQ x\n(error) ERR value is not an integer or out of range
             > RESTORE k 0 {HELLO} FREQ 256\n(error) ERR Invalid FREQ value, must be >= 0 and <= 255
             > RESTORE k x bad\n(error) ERR value is not an integer or out of range
             > RESTORE k -1 bad\n(error) ERR Invalid TTL value, must be >= 0
             > RESTORE k -1 {HELLO} ABSTTL\n(error) ERR Invalid TTL value, must be >= 0
             > SET taken v\nOK\n> RESTORE taken x bad FOO\n(error) ERR syntax error
             > RESTORE taken x bad\n(error) BUSYKEY Target key name already exists.
             > RESTORE k 0 bad\n(error) ERR DUMP payload version or checksum are wrong
             > RESTORE taken 0 bad REPLACE\n(error) ERR DUMP payload version or checksum are wrong
             > RESTORE k 0 \"\"\n(error) ERR DUMP payload version or checksum are wrong
             > DBSIZE\n(integer) 1",
        ));
    }

    #[test]
    fn a_collection_comes_back_as_it_was() {
        let mut stage = stage_with(&[]);
        stage.play(
            "> RPUSH l a 2 c\n(integer) 3\n> HSET h f v n 12\n(integer) 2
             > HPEXPIRE h 500 FIELDS 1 f\n1) (integer) 1\n> SADDEX s 1 a\n(integer) 1
             > SADD s b\n(integer) 1\n> ZADD z 1.5 m\n(integer) 1",
        );
        for key in ["l", "h", "s", "z"] {
            let dump = stage
                .run(&format!("DUMP {key}"))
                .and_then(|dump| dump.as_bytes().map(<[u8]>::to_vec));
            stage.run(&format!("DEL {key}"));
            let request = [&b"RESTORE"[..], key.as_bytes(), b"9000", &dump.unwrap()];
            assert!(stage.session.call(request).as_error().is_none());
        }
        stage.play(
            "> LRANGE l 0 -1\n1) \"a\"\n2) \"2\"\n3) \"c\"\n> HPTTL h FIELDS 2 f n
             1) (integer) 500\n2) (integer) -1\n> ZSCORE z m\n\"1.5\"\n> SISMEMBER s a\n(integer) 1\n~ 1001
             > SISMEMBER s a\n(integer) 0\n> SMEMBERS s\n1) \"b\"\n> HGETALL h\n1# \"n\" => \"12\"
             > PTTL l\n(integer) 7999",
        );
    }

    #[test]
    fn bad_data_changes_nothing() {
        let mut dump = b"\x00\x06hello".to_vec();
        crate::rdb::seal(&mut dump, 10);
        let mut stage = stage_with(&[]);
        stage.play("> SET k v\n(integer) 1");
        for options in [&["REPLACE"][..], &["REPLACE", "ABSTTL"]] {
            let request = [&b"RESTORE"[..], b"k", b"1", &dump].into_iter();
            let options = options.iter().map(|option| option.as_bytes());
            let reply = stage.session.call(request.chain(options));
            assert_eq!(reply.as_error(), Some(&b"ERR Bad data format"[..]));
        }
        stage.play("> GET k\n\"v\"");
    }
}
