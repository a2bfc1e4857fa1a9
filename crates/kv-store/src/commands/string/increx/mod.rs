//! INCREX

mod number;

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::expiry::{self, Requested};
use crate::float::Extended;
use crate::{Args, Ctx, Error, Event, Key};
use number::{Number, Role, step};

/// As Redis 8.8 has it. Its numbers with fractions are of the format that INCRBYFLOAT computes in.
pub(crate) static INCREX: Command = Command {
    name: "INCREX",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Adds to the number at a key unless it would leave its bounds, and sets its time to live; returns the number and by how much it is more.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Effect, // arithmetic is not done twice, and a relative time to live is logged as a deadline
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::OneOf(
            "increment",
            &[
                Arg::Option("BYFLOAT", &Arg::Float("float")),
                Arg::Option("BYINT", &Arg::Int("integer")),
            ],
        )),
        Arg::Optional(&Arg::Token("SATURATE")),
        Arg::Optional(&Arg::Option("LBOUND", &Arg::String("lowerbound"))),
        Arg::Optional(&Arg::Option("UBOUND", &Arg::String("upperbound"))),
        Arg::Optional(&Arg::OneOf(
            "expiration",
            &[expiry::EX, expiry::PX, expiry::EXAT, expiry::PXAT, Arg::Token("PERSIST")],
        )),
        Arg::Optional(&Arg::Token("ENX")),
    ],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Int, Shape::Bulk])),
    examples: "> INCREX k EX 60 ENX\n1) (integer) 1\n2) (integer) 1\n> INCREX k BYINT 5 UBOUND 3\n1) (integer) 1\n2) (integer) 0\n> INCREX k BYINT 5 UBOUND 3 SATURATE\n1) (integer) 3\n2) (integer) 2\n> TTL k\n(integer) 60",
    handler: Handler::Fn(increx),
};

/// Options as they were sent. Each is given once.
#[derive(Default)]
struct Options<'a> {
    by_int: Option<&'a [u8]>,
    by_float: Option<&'a [u8]>,
    lower: Option<&'a [u8]>,
    upper: Option<&'a [u8]>,
    saturate: Option<()>,
    ttl: Option<Requested<'a>>,
    persist: Option<()>,
    enx: Option<()>,
}

/// What becomes of the time to live.
#[derive(Clone, Copy)]
enum Expiry {
    Keep,
    Persist,
    At(u64),
    /// At this time, if the key had no end.
    AtIfNone(u64),
}

fn increx(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let options = Options::take(args)?;
    match options.by_float {
        Some(by) => run::<Extended>(ctx, key, Some(by), &options, out),
        None => run::<i64>(ctx, key, options.by_int, &options, out),
    }
}

/// Counts in numbers of one kind.
fn run<N: Number>(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    by: Option<&[u8]>,
    options: &Options<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let number =
        |text: Option<&[u8]>, role, default| text.map_or(Ok(default), |text| N::parse(text, role));
    let by = number(by, Role::Increment, N::ONE)?;
    let bounds =
        (number(options.lower, Role::Lower, N::MIN)?, number(options.upper, Role::Upper, N::MAX)?);
    if bounds.0 > bounds.1 {
        return Err(Error::new("LBOUND can't be greater than UBOUND"));
    }
    let expiry = options.expiry(ctx.now())?;
    let now = number(ctx.string(key)?, Role::Value, N::ZERO)?;
    let (number, applied) = match step(now, by, bounds, options.saturate.is_some())? {
        Some((sum, applied)) => {
            apply(ctx, key, sum, expiry)?;
            (sum, applied)
        }
        None => (now, N::ZERO),
    };
    out.array(2);
    number.reply(out);
    applied.reply(out);
    Ok(())
}

/// Sets the number and when the key ends. One whose end has passed already is removed.
fn apply<N: Number>(
    ctx: &mut Ctx<'_>,
    key: Key<'_>,
    number: N,
    expiry: Expiry,
) -> Result<(), Error> {
    let ends = ctx.deadline(key).flatten().is_some();
    let at = match expiry {
        Expiry::At(at) => Some(at),
        Expiry::AtIfNone(at) if !ends => Some(at),
        _ => None,
    };
    if at.is_some_and(|at| at <= ctx.now()) {
        return ctx.remove(key, Event::DEL).map(drop);
    }
    number.put(ctx, key)?;
    match (at, expiry) {
        (Some(at), _) => ctx.set_deadline(key, Some(at), Event::EXPIRE).map(drop),
        (None, Expiry::Persist) if ends => ctx.set_deadline(key, None, Event::PERSIST).map(drop),
        _ => Ok(()),
    }
}

impl<'a> Options<'a> {
    /// Takes the rest of the arguments.
    fn take(args: &mut Args<'a>) -> Result<Options<'a>, Error> {
        const WORDS: &[&str] =
            &["BYINT", "BYFLOAT", "LBOUND", "UBOUND", "SATURATE", "PERSIST", "ENX"];
        let mut options = Options::default();
        while !args.is_empty() {
            if let Some(asked) = Requested::take(args)? {
                once(&mut options.ttl, asked)?;
                continue;
            }
            match args.one_of(WORDS) {
                Some("BYINT") => once(&mut options.by_int, args.bytes()?)?,
                Some("BYFLOAT") => once(&mut options.by_float, args.bytes()?)?,
                Some("LBOUND") => once(&mut options.lower, args.bytes()?)?,
                Some("UBOUND") => once(&mut options.upper, args.bytes()?)?,
                Some("SATURATE") => once(&mut options.saturate, ())?,
                Some("PERSIST") => once(&mut options.persist, ())?,
                Some("ENX") => once(&mut options.enx, ())?,
                _ => return Err(Error::Syntax),
            }
        }
        let persists = options.persist.is_some();
        if options.by_int.is_some() && options.by_float.is_some()
            || persists && (options.ttl.is_some() || options.enx.is_some())
        {
            return Err(Error::Syntax);
        }
        if options.enx.is_some() && options.ttl.is_none() {
            return Err(Error::new("ENX flag requires an expiration"));
        }
        Ok(options)
    }

    /// What becomes of the time to live, at `now` milliseconds.
    fn expiry(&self, now: u64) -> Result<Expiry, Error> {
        Ok(match (self.ttl, self.enx) {
            (Some(asked), None) => Expiry::At(asked.deadline(now, "increx")?),
            (Some(asked), Some(())) => Expiry::AtIfNone(asked.deadline(now, "increx")?),
            (None, _) if self.persist.is_some() => Expiry::Persist,
            (None, _) => Expiry::Keep,
        })
    }
}

/// Notes an option that must not have been given yet.
fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), Error> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::testing::{check_events, native};
    use crate::testing::{Stage, check};

    #[test]
    fn integers_within_bounds() {
        check(
            "> INCREX k\n1) (integer) 1\n2) (integer) 1\n> INCREX k BYINT -11 LBOUND -10 UBOUND 0\n1) (integer) -10\n2) (integer) -11
             > INCREX k BYINT -1 LBOUND -10\n1) (integer) -10\n2) (integer) 0\n> GET k\n\"-10\"\n> OBJECT ENCODING k\n\"int\"
             > INCREX missing BYINT 5 LBOUND 10\n1) (integer) 0\n2) (integer) 0\n> EXISTS missing\n(integer) 0
             > SET k 9223372036854775800\nOK\n> INCREX k BYINT 8\n1) (integer) 9223372036854775800\n2) (integer) 0
             > INCREX k saturate byint 8\n1) (integer) 9223372036854775807\n2) (integer) 7
             > INCREX k UBOUND -9223372036854775808 SATURATE\n(error) ERR applied increment would overflow
             > GET k\n\"9223372036854775807\"",
        );
    }

    #[test]
    fn fractions_within_bounds() {
        check(
            "> SET k 1.5\nOK\n> INCREX k BYFLOAT 0.25\n1) \"1.75\"\n2) \"0.25\"\n> INCREX k BYFLOAT 100 UBOUND 42.5\n1) \"1.75\"\n2) \"0\"
             > INCREX k BYFLOAT 100 UBOUND 42.5 SATURATE\n1) \"42.5\"\n2) \"40.75\"\n> GET k\n\"42.5\"
             > INCREX m BYFLOAT -1e4932 LBOUND -0.5\n1) \"0\"\n2) \"0\"\n> EXISTS m\n(integer) 0
             > SET k 45.93\nOK\n> INCREX k BYFLOAT 97.5\n1) \"143.42999999999999999\"\n2) \"97.5\"
             > SET k inf\nOK\n> INCREX k BYFLOAT 1\n(error) ERR value cannot be Infinity\n> GET k\n\"inf\"",
        );
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        let reply = stage.session.call(["INCREX", "k", "BYFLOAT", "0.5"]);
        assert_eq!(reply, Frame::Array(vec![Frame::Double(0.5), Frame::Double(0.5)]));
    }

    #[test]
    fn times_to_live() {
        check(
            "> INCREX k EX 10\n1) (integer) 1\n2) (integer) 1\n> INCREX k PX 5 ENX\n1) (integer) 2\n2) (integer) 1
             > TTL k\n(integer) 10\n> INCREX k\n1) (integer) 3\n2) (integer) 1\n> TTL k\n(integer) 10
             > INCREX k BYINT 9 UBOUND 5 PERSIST\n1) (integer) 3\n2) (integer) 0\n> TTL k\n(integer) 10
             > INCREX k PERSIST\n1) (integer) 4\n2) (integer) 1\n> TTL k\n(integer) -1
             > INCREX k ENX PXAT 1700000000005\n1) (integer) 5\n2) (integer) 1\n> PTTL k\n(integer) 5
             > INCREX k EXAT 1 ENX\n1) (integer) 6\n2) (integer) 1\n> INCREX k EXAT 1\n1) (integer) 7\n2) (integer) 1
             > EXISTS k\n(integer) 0",
        );
    }

    #[test]
    fn each_change_is_announced() {
        check_events(&[
            ("INCREX k", "0 k incrby"),
            ("INCREX k BYFLOAT 0.5 EX 9", "0 k incrbyfloat, 0 k expire"),
            ("INCREX k BYFLOAT 0.5 EX 5 ENX", "0 k incrbyfloat"),
            ("INCREX k BYFLOAT 1 UBOUND 0", ""),
            ("INCREX k BYFLOAT 1 PERSIST", "0 k incrbyfloat, 0 k persist"),
            ("INCREX k BYFLOAT 1 PERSIST", "0 k incrbyfloat"),
            ("INCREX k BYFLOAT 1 EXAT 1", "0 k del"),
            ("INCREX k EXAT 1", ""),
        ]);
    }

    #[test]
    fn options_that_are_refused() {
        for options in [
            "FOO",
            "SAT",
            "BYINT",
            "BYINT 1 BYFLOAT 1",
            "BYINT 1 BYINT 1",
            "LBOUND 0 LBOUND 0",
            "SATURATE SATURATE",
            "EX 10 PX 10",
            "EX 10 EX 10",
            "PERSIST EX 10",
            "PERSIST ENX",
            "PERSIST PERSIST",
            "EX 10 ENX ENX",
        ] {
            check(&format!("> INCREX k {options}\n(error) ERR syntax error"));
        }
        check(
            "> INCREX k ENX\n(error) ERR ENX flag requires an expiration
             > INCREX k BYINT 1.5\n(error) ERR Increment is not an integer or out of range
             > INCREX k BYFLOAT x\n(error) ERR Increment is not a valid float
             > INCREX k BYFLOAT inf\n(error) ERR BYFLOAT increment cannot be Infinity
             > INCREX k LBOUND 1.5\n(error) ERR LBOUND is not an integer or out of range
             > INCREX k BYFLOAT 1 UBOUND x\n(error) ERR UBOUND is not a valid float
             > INCREX k LBOUND 2 UBOUND 1 EX 0\n(error) ERR LBOUND can't be greater than UBOUND
             > INCREX k EX 0\n(error) ERR invalid expire time in 'increx' command
             > INCREX k PX x\n(error) ERR value is not an integer or out of range
             > SET k x\nOK\n> INCREX k\n(error) ERR value is not an integer or out of range
             > INCREX k BYFLOAT 1\n(error) ERR value is not a valid float
             > SADD s x\n(integer) 1\n> INCREX s\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn a_stored_number_stays_a_number() {
        let increx = |by: &str| vec!["INCREX".into(), "n".into(), by.into(), 1.into()];
        let replies = native([
            vec!["SET".into(), "n".into(), 41.into()],
            increx("BYINT"),
            vec!["GET".into(), "n".into()],
            increx("BYFLOAT"),
            vec!["GET".into(), "n".into()],
        ]);
        assert_eq!(replies[2], 42.into());
        assert_eq!(replies[4], 43.0.into());
    }
}
