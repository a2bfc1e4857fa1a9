//! SPOP

use kv_protocol::ReplyWriter;
use kv_types::Kind;
use kv_types::set::{self, SetRef};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static SPOP: Command = Command {
    name: "SPOP",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(1), or O(N) for a count of N; of a small set, or for a large part of one, O(its members)",
    summary: "Removes random members from the set at a key and returns them; an empty set goes.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Effect, // the members are chosen by chance
    args: &[Arg::Key("key"), Arg::Optional(&Arg::Int("count"))],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null, Shape::Set(&Shape::Bulk)]),
    examples: "> SADD s a\n(integer) 1\n> SPOP s\n\"a\"\n> SPOP s\n(nil)\n> SPOP s 2\n(empty array)",
    handler: Handler::Fn(spop),
};

fn spop(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let count = args.last_count()?;
    let mut rng = ctx.session.rng.fork();
    let (is_logged, mut gone) = (ctx.is_logged(), Vec::new());
    let popped = ctx.update_collection(key, Kind::Set, Missing::Leave, |record, limits| {
        if let Some(count) = count {
            out.set(SetRef::new(record, 0).map_or(0, SetRef::len).min(count));
        }
        let wanted = count.unwrap_or(1);
        set::pop(record, wanted, limits, &mut rng, |member| {
            out.bulk(member);
            if is_logged {
                gone.push(member.to_vec());
            }
        });
        Ok(((), if wanted > 0 { &[Event::SPOP] } else { &[] }))
    })?;
    if is_logged {
        let words: Vec<&[u8]> =
            [b"SREM", key.bytes()].into_iter().chain(gone.iter().map(Vec::as_slice)).collect();
        ctx.log_as(words);
    }
    match (popped, count) {
        (None, None) => out.null(),
        (None, Some(_)) => out.set(0),
        (Some(()), _) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::commands::set::testing::encoding_after;
    use crate::testing::{Stage, check};

    #[test]
    fn what_is_popped_is_gone() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        for member in ["1", "a", &"x".repeat(65)] {
            stage.run(&format!("SADD s {member} b c d"));
            let Some(Frame::Set(popped)) = stage.run("SPOP s 3") else { panic!() };
            assert_eq!(popped.len(), 3);
            for member in popped {
                let is_there =
                    stage.session.call([b"SISMEMBER", &b"s"[..], member.as_bytes().unwrap()]);
                assert_eq!(is_there, 0.into());
            }
            stage.play("> SCARD s\n(integer) 1");
            let Some(Frame::Bulk(last)) = stage.run("SPOP s") else { panic!() };
            assert!(!last.is_empty());
            stage.play("> EXISTS s\n(integer) 0\n> SPOP s\n(nil)");
        }
    }

    #[test]
    fn counts() {
        check(
            "> SPOP s 0\n(empty array)\n> SADD s 1 2\n(integer) 2\n> SPOP s 0\n(empty array)\n> SCARD s\n(integer) 2
             > SPOP s 9223372036854775807\n…",
        );
        check(
            "> SADD s 1 2\n(integer) 2\n> SPOP s 3\n1) \"1\"\n2) \"2\"\n> EXISTS s\n(integer) 0
             > SPOP s -1\n(error) ERR value is out of range, must be positive
             > SPOP s x\n(error) ERR value is out of range, must be positive
             > SPOP s x y\n(error) ERR syntax error
             > SET k v\nOK\n> SPOP k -1\n(error) ERR value is out of range, must be positive
             > SPOP k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SPOP k 0\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn resp3_has_sets() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        assert_eq!(stage.run("SPOP s 1"), Some(Frame::Set(vec![])));
        assert_eq!(stage.run("SPOP s"), Some(Frame::Null));
        stage.run("SADD s a");
        assert_eq!(stage.run("SPOP s 0"), Some(Frame::Set(vec![])));
    }

    #[test]
    fn a_large_set_may_become_small_again() {
        let fill: Vec<String> = (0..900).map(|n| format!("SADD s {n}")).collect();
        for (popped, encoding) in [(771, "hashtable"), (772, "listpack")] {
            let commands = [&fill[..], &[format!("SPOP s {popped}")]].concat();
            assert_eq!(encoding_after(&commands), encoding, "{popped}");
        }
    }

    #[test]
    fn events() {
        check_events(&[
            ("SADD s a b c", "0 s sadd"),
            ("SPOP s 0", ""),
            ("SPOP s", "0 s spop"),
            ("SPOP s 9", "0 s spop, 0 s del"),
            ("SPOP s", ""),
        ]);
    }
}
