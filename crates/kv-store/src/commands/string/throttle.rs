//! CL.THROTTLE

use kv_protocol::{Arg as Sent, ReplyWriter};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Deadline, Error, Event};

/// As the module redis-cell has it. The key holds a Unix time in nanoseconds, as text.
pub(crate) static THROTTLE: Command = Command {
    name: "CL.THROTTLE",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Asks a rate limiter for leave to do something; returns whether it is refused, the limit, what is left of it, and in how many seconds to try again (-1 if not refused) and all is left again.",
    arity: Arity::AtLeast(5),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Int("max-burst"),
        Arg::Int("count-per-period"),
        Arg::Int("period"),
        Arg::Optional(&Arg::Int("quantity")),
    ],
    reply: Shape::Array(&Shape::Int),
    examples: "> CL.THROTTLE user:1 0 30 60\n1) (integer) 0\n2) (integer) 1\n3) (integer) 0\n4) (integer) -1\n5) (integer) 2\n> CL.THROTTLE user:1 0 30 60\n1) (integer) 1\n2) (integer) 1\n3) (integer) 0\n4) (integer) 2\n5) (integer) 2",
    handler: Handler::Fn(throttle),
};

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const NANOS_PER_MILLI: i128 = 1_000_000;
const NANOS_PER_MICRO: i128 = 1000;

/// How much is allowed: `limit` at once, and one more every `interval` nanoseconds.
struct Rate {
    limit: i128,
    interval: i128,
}

/// What the limiter says. Times are in nanoseconds.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    limited: bool,
    /// How much is left.
    remaining: i128,
    /// When to try again, if that can help.
    retry_after: Option<i128>,
    /// When all is left again.
    reset_after: i128,
}

impl Rate {
    /// Takes what is allowed.
    fn take(args: &mut Args<'_>) -> Result<Rate, Error> {
        let (burst, count, period) = (args.int()?, args.int()?, args.int()?);
        if burst < 0 || count < 1 || period < 1 {
            return Err(Error::NotPositive);
        }
        let interval = i128::from(period) * NANOS_PER_SECOND / i128::from(count);
        let rate = Rate { limit: i128::from(burst) + 1, interval };
        // More than one in a nanosecond is no limit that a clock could tell, and what takes centuries
        // is none either.
        if interval == 0 || rate.tolerance() > i64::MAX.into() {
            return Err(Error::new("rate is out of range"));
        }
        Ok(rate)
    }

    /// For how long the limit is used up that was used up at once.
    fn tolerance(&self) -> i128 {
        self.interval.saturating_mul(self.limit)
    }

    /// The generic cell rate algorithm. `due` is when, at a steady pace, the next one would come: what
    /// was allowed before is done by then. It is moved if so many more are allowed at `now`.
    fn ask(&self, due: &mut i128, now: i128, quantity: i128) -> Verdict {
        let tolerance = self.tolerance();
        let from = now.max(*due);
        // Anything above the limit is too much.
        let next = from + self.interval * quantity.min(self.limit + 1);
        let early = next - tolerance - now;
        let limited = early > 0;
        if !limited {
            *due = next;
        }
        let reset_after = if limited { from } else { next } - now;
        Verdict {
            limited,
            remaining: ((tolerance - reset_after) / self.interval).max(0),
            // What is more than the limit will not be allowed later either.
            retry_after: (limited && quantity <= self.limit).then_some(early),
            reset_after,
        }
    }
}

fn throttle(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let rate = Rate::take(args)?;
    let quantity = if args.is_empty() { 1 } else { args.int()? };
    args.finish()?;
    if quantity < 0 {
        return Err(Error::NotPositive);
    }
    let now = i128::from(ctx.session.now_us) * NANOS_PER_MICRO;
    let mut due = ctx.int(key)?.map_or(now, i128::from);
    let verdict = rate.ask(&mut due, now, quantity.into());
    // To ask for nothing is to look.
    if !verdict.limited && quantity > 0 {
        let due = i64::try_from(due).map_err(|_| Error::Overflow)?;
        // The key ends when it would say no more than a missing one does.
        let ends = due as u64 / NANOS_PER_MILLI as u64 + 1;
        let text = itoa::Buffer::new().format(due).to_owned();
        ctx.put(key, Sent::Bytes(text.as_bytes()), Deadline::At(ends), Event::SET)?;
    }
    out.array(5);
    out.int(i64::from(verdict.limited));
    for number in [
        rate.limit,
        verdict.remaining,
        verdict.retry_after.map_or(-1, seconds),
        seconds(verdict.reset_after),
    ] {
        out.int(i64::try_from(number).unwrap_or(i64::MAX));
    }
    Ok(())
}

/// Whole seconds that are no fewer than so many nanoseconds.
fn seconds(nanos: i128) -> i128 {
    (nanos + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::check_events;
    use crate::testing::check;

    const SECOND: i128 = NANOS_PER_SECOND;
    const MILLI: i128 = NANOS_PER_MILLI;

    #[test]
    fn five_at_once_and_one_each_second() {
        let rate = Rate { limit: 5, interval: SECOND };
        // When, how many, whether limited, what remains, when to retry, when all is left again.
        let story = [
            (0, 6, true, 5, None, 0),
            (0, 1, false, 4, None, 1000),
            (0, 1, false, 3, None, 2000),
            (0, 3, false, 0, None, 5000),
            (0, 1, true, 0, Some(1000), 5000),
            (3000, 1, false, 2, None, 3000),
            (3100, 1, false, 1, None, 3900),
            (4000, 1, false, 1, None, 4000),
            (8000, 1, false, 4, None, 1000),
            (9500, 1, false, 4, None, 1000),
            (9500, 0, false, 4, None, 1000),
            (9500, 2, false, 2, None, 3000),
            (9500, 5, true, 2, Some(3000), 3000),
        ];
        let start = 1_700_000_000 * SECOND;
        let mut due = start;
        for (at, quantity, limited, remaining, retry, reset) in story {
            let retry_after = retry.map(|millis: i128| millis * MILLI);
            let expected = Verdict { limited, remaining, retry_after, reset_after: reset * MILLI };
            let verdict = rate.ask(&mut due, start + at * MILLI, quantity);
            assert_eq!(verdict, expected, "{quantity} at {at} ms");
        }
    }

    #[test]
    fn the_key_ends_when_all_is_left_again() {
        let reply = |numbers: [i64; 5]| {
            let lines = (1..).zip(numbers).map(|(at, n)| format!("{at}) (integer) {n}\n"));
            lines.collect::<String>()
        };
        check(&format!(
            "> CL.THROTTLE k 2 1 10\n{}> CL.THROTTLE k 2 1 10 2\n{}> CL.THROTTLE k 2 1 10\n{}~ 500
             > CL.THROTTLE k 2 1 10 0\n{}> PTTL k\n(integer) 29501\n> TYPE k\nstring\n> GET k\n\"1700000030000000000\"
             > CL.THROTTLE k 2 1 10 9\n{}~ 29502\n> EXISTS k\n(integer) 0\n> CL.THROTTLE k 2 1 10 0\n{}> EXISTS k\n(integer) 0",
            reply([0, 3, 2, -1, 10]),
            reply([0, 3, 0, -1, 30]),
            reply([1, 3, 0, 10, 30]),
            reply([0, 3, 0, -1, 30]),
            reply([1, 3, 0, -1, 30]),
            reply([0, 3, 3, -1, 0]),
        ));
    }

    #[test]
    fn what_is_refused() {
        for line in ["-1 1 1", "0 0 1", "0 1 0", "0 1 -1", "0 1 1 -1"] {
            check(&format!(
                "> CL.THROTTLE k {line}\n(error) ERR value is out of range, must be positive"
            ));
        }
        check(
            "> CL.THROTTLE k 0 1\n(error) ERR wrong number of arguments for 'cl.throttle' command
             > CL.THROTTLE k 0 1 1 1 1\n(error) ERR syntax error
             > CL.THROTTLE k x 1 1\n(error) ERR value is not an integer or out of range
             > CL.THROTTLE k 0 9223372036854775807 1\n(error) ERR rate is out of range
             > CL.THROTTLE k 9223372036854775807 1 9223372036854775807\n(error) ERR rate is out of range
             > CL.THROTTLE k 9223372035 1 1 9223372036\n(error) ERR increment or decrement would overflow
             > CL.THROTTLE k 0 1 1 9223372036854775807\n1) (integer) 1\n2) (integer) 1\n3) (integer) 1\n4) (integer) -1\n5) (integer) 0
             > EXISTS k\n(integer) 0\n> SET k x\nOK\n> CL.THROTTLE k 0 1 1\n(error) ERR value is not an integer or out of range
             > SADD s x\n(integer) 1\n> CL.THROTTLE s 0 1 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn only_what_is_allowed_is_announced() {
        check_events(&[
            ("CL.THROTTLE k 0 1 10", "0 k set, 0 k expire"),
            ("CL.THROTTLE k 0 1 10", ""),
            ("CL.THROTTLE k 0 1 10 0", ""),
            ("~ 10002", ""),
            ("CL.THROTTLE k 0 1 10", "0 k expired, 0 k set, 0 k expire"),
        ]);
    }
}
