//! SINTER and SINTERSTORE

use std::ops::ControlFlow;

use kv_types::listpack::Value;
use kv_types::set::{SetRef, intersection, made_of};
use kv_types::{Limits, Record};

use super::sources;
use crate::Event;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Log, Shape};

pub(crate) static SINTER: Command = Command {
    name: "SINTER",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N*M) for the N members of the smallest of M sets",
    summary: "Returns the members that the sets at all keys have in common; none if a key is missing.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: sources::READ,
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Set(&Shape::Bulk),
    examples: "> SADD a 1 2 3\n(integer) 3\n> SADD b 2 4\n(integer) 2\n> SINTER a b\n1) \"2\"",
    handler: Handler::Fn(|ctx, args, out| sources::answer(ctx, args, out, intersect)),
};

pub(crate) static SINTERSTORE: Command = Command {
    name: "SINTERSTORE",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N*M) for the N members of the smallest of M sets",
    summary: "Puts the members that the sets at all other keys have in common at the first, and returns their number.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: sources::STORE,
    log: Log::Verbatim,
    args: &[Arg::Key("destination"), Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Int,
    examples: "> SADD a 1 2 3\n(integer) 3\n> SADD b 2 4\n(integer) 2\n> SINTERSTORE c a b\n(integer) 1\n> SMEMBERS c\n1) \"2\"",
    handler: Handler::Fn(|ctx, args, out| {
        sources::store(ctx, args, out, stored, Event::SINTERSTORE)
    }),
};

fn intersect<'s>(sets: &[SetRef<'s>], show: &mut dyn FnMut(Value<'s>)) {
    let _ = intersection(sets, |member| {
        show(member);
        ControlFlow::Continue(())
    });
}

fn stored(key: &[u8], sets: &[SetRef<'_>], limits: &Limits) -> Record {
    let mut members = Vec::new();
    intersect(sets, &mut |member| members.push(member));
    made_of(key, &members, &members, limits)
}

#[cfg(test)]
mod tests {
    use crate::commands::set::testing::{encoding_after, members};
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn sets_of_every_form_meet() {
        let forms = ["1 2 3 4", "2 3 x y", &format!("3 2 z {}", "l".repeat(65))];
        for a in forms {
            for b in forms {
                let fill = [format!("SADD a {a}"), format!("SADD b {b}")];
                let common = members(&fill, "SINTER a b c");
                assert!(common.is_empty());
                let common = members(&fill, "SINTER a b");
                let expected: Vec<&str> =
                    a.split(' ').filter(|m| b.split(' ').any(|n| n == *m)).collect();
                assert_eq!(common.len(), expected.len(), "{a} and {b}");
                assert!(expected.iter().all(|member| common.contains(*member)));
            }
        }
        check(
            "> SADD a 2 1\n(integer) 2\n> SINTER a\n1) \"1\"\n2) \"2\"\n> SINTER a a a\n1) \"1\"\n2) \"2\"",
        );
    }

    #[test]
    fn a_store_replaces_whatever_was_there() {
        check(
            "> SADD a 1 2\n(integer) 2\n> SADD b 2 3\n(integer) 2\n> SET c v EX 10\nOK
             > SINTERSTORE c a b\n(integer) 1\n> TTL c\n(integer) -1\n> TYPE c\nset
             > SINTERSTORE a a b\n(integer) 1\n> SMEMBERS a\n1) \"2\"
             > SINTERSTORE c a missing\n(integer) 0\n> EXISTS c\n(integer) 0
             > SET c v\nOK\n> SINTERSTORE c missing\n(integer) 0\n> EXISTS c\n(integer) 0",
        );
    }

    #[test]
    fn deadlines_of_members_are_not_stored() {
        check(
            "> SADDEX a 1 x\n(integer) 1\n> SADDEX b 1 y\n(integer) 1\n> SADD b x\n(integer) 1
             > SINTERSTORE c a b\n(integer) 1\n~ 1001\n> SINTER a b\n(empty array)\n> SMEMBERS c\n1) \"x\"
             > OBJECT ENCODING c\n\"listpack\"",
        );
    }

    #[test]
    fn how_a_result_is_held() {
        let fill = ["SADD a 1 2 x".to_owned(), "SADD b 1 2 y".to_owned()];
        let store = ["SINTERSTORE s a b".to_owned()];
        assert_eq!(encoding_after(&[&fill[..], &store].concat()), "intset");
        let more = ["SADD b x".to_owned()];
        assert_eq!(encoding_after(&[&fill[..], &more, &store].concat()), "listpack");
        let range = |to: u32| -> String { (0..to).map(|n| format!(" {n}")).collect() };
        let many = [format!("SADD a{}", range(600)), format!("SADD b{}", range(600))];
        assert_eq!(encoding_after(&[&many[..], &store].concat()), "hashtable");
        let fewer = [format!("SADD a{}", range(600)), format!("SADD b x{}", range(512))];
        assert_eq!(encoding_after(&[&fewer[..], &store].concat()), "intset");
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> SINTER missing k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SADD s a\n(integer) 1\n> SINTERSTORE s k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SINTERSTORE k s\n(integer) 1\n> SINTER\n(error) ERR wrong number of arguments for 'sinter' command
             > SINTERSTORE d\n(error) ERR wrong number of arguments for 'sinterstore' command",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("SADD a 1", "0 a sadd"),
            ("SINTERSTORE d a", "0 d sinterstore"),
            ("SINTERSTORE d a x", "0 d del"),
            ("SINTERSTORE d a x", ""),
        ]);
    }
}
