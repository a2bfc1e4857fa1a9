//! ZRANDMEMBER

use std::collections::HashSet;

use fastrand::Rng;
use kv_protocol::ReplyWriter;
use kv_types::zset::{Element, ZsetRef};

use super::listing::{ELEMENTS, Scores};
use super::zset;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::commands::element::reply_element;
use crate::{Args, Ctx, Error};

pub(crate) static ZRANDMEMBER: Command = Command {
    name: "ZRANDMEMBER",
    group: Group::SortedSet,
    since: "0.1.0",
    complexity: "O(log(N)) for each element returned of a sorted set of N",
    summary: "Returns random elements of the sorted set at a key: one member, several different ones, or, for a negative count, ones that may repeat.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        Arg::Optional(&Arg::Block(
            "options",
            &[Arg::Int("count"), Arg::Optional(&Arg::Token("WITHSCORES"))],
        )),
    ],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null, ELEMENTS]),
    examples: "> ZADD z 1 a\n(integer) 1\n> ZRANDMEMBER z\n\"a\"\n> ZRANDMEMBER z 5 WITHSCORES\n1) \"a\"\n2) \"1\"\n> ZRANDMEMBER z -2\n1) \"a\"\n2) \"a\"",
    handler: Handler::Fn(zrandmember),
};

fn zrandmember(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    let wanted = wanted(args)?;
    let mut rng = ctx.session.rng.fork();
    let zset = zset(ctx, key)?;
    match wanted {
        None if zset.is_empty() => out.null(),
        None => reply_element(drawn(zset, &mut rng).0, out),
        Some((_, scores)) if zset.is_empty() => scores.begin(0, out),
        Some((count, scores)) => match usize::try_from(count) {
            Ok(count) => {
                let ranks = sample(zset.len(), count, &mut rng).into_iter();
                scores.answer(ranks.map(|rank| at(zset, rank)), out);
            }
            Err(_) => {
                let count = count.unsigned_abs() as usize;
                scores.begin(count, out);
                for _ in 0..count {
                    scores.write(drawn(zset, &mut rng), out);
                    // Nobody reads what is longer than a reply may be.
                    if out.overflowed() {
                        break;
                    }
                }
            }
        },
    }
    Ok(())
}

/// How many, and whether with scores, if it is said.
fn wanted(args: &mut Args<'_>) -> Result<Option<(i64, Scores)>, Error> {
    if args.is_empty() {
        return Ok(None);
    }
    let count = args.signed_count()?;
    if args.is_empty() {
        return Ok(Some((count, Scores::Left)));
    }
    if !args.token("WITHSCORES") {
        return Err(Error::Syntax);
    }
    args.finish()?;
    if count.unsigned_abs() > (i64::MAX / 2) as u64 {
        return Err(Error::new("value is out of range"));
    }
    Ok(Some((count, Scores::Paired)))
}

/// The element of `rank`, which must be there.
fn at(zset: ZsetRef<'_>, rank: usize) -> Element<'_> {
    zset.range(rank..rank + 1).next().expect("there is an element of this rank")
}

/// Any element, each as likely; there must be one.
fn drawn<'z>(zset: ZsetRef<'z>, rng: &mut Rng) -> Element<'z> {
    at(zset, rng.usize(..zset.len()))
}

/// Up to `count` different ranks below `len`, each set of them as likely (Floyd's way: as many draws as
/// there are ranks, and no list of all).
fn sample(len: usize, count: usize, rng: &mut Rng) -> HashSet<usize> {
    let mut ranks = HashSet::new();
    for last in len - count.min(len)..len {
        if !ranks.insert(rng.usize(..=last)) {
            ranks.insert(last);
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn members_are_different_or_may_repeat() {
        for count in [20, 200] {
            let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
            for n in 0..count {
                stage.run(&format!("ZADD z {n} m{n}"));
            }
            for (wanted, found) in [(7, 7), (count, count), (count + 1, count)] {
                let command = format!("ZRANDMEMBER z {wanted}");
                let Some(Frame::Array(mut members)) = stage.run(&command) else { panic!() };
                members.sort_by_key(|member| format!("{member:?}"));
                members.dedup();
                assert_eq!(members.len(), found);
            }
            let Some(Frame::Array(many)) = stage.run("ZRANDMEMBER z -300 WITHSCORES") else {
                panic!()
            };
            assert_eq!(many.len(), 300);
            for pair in many {
                let Frame::Array(pair) = pair else { panic!("{pair:?}") };
                let [Frame::Bulk(member), Frame::Double(score)] = &pair[..] else {
                    panic!("{pair:?}")
                };
                assert_eq!(&member[..], format!("m{score}").as_bytes());
            }
        }
    }

    #[test]
    fn errors_in_redis_order() {
        check(
            "> ZRANDMEMBER z\n(nil)\n> ZRANDMEMBER z -5 WITHSCORES\n(empty array)\n> ZRANDMEMBER z x y\n(error) ERR value is not an integer or out of range
             > ZRANDMEMBER z 1 y\n(error) ERR syntax error\n> ZRANDMEMBER z 1 WITHSCORES y\n(error) ERR syntax error
             > ZRANDMEMBER z 4611686018427387904 WITHSCORES\n(error) ERR value is out of range
             > ZRANDMEMBER z -9223372036854775808\n(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
             > SET k v\nOK\n> ZRANDMEMBER k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
