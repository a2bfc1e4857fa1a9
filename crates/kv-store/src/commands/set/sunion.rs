//! SUNION and SUNIONSTORE

use kv_types::listpack::Value;
use kv_types::set::{SetRef, union, union_of};

use super::sources;
use crate::Event;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Log, Shape};

pub(crate) static SUNION: Command = Command {
    name: "SUNION",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members of all sets",
    summary: "Returns the members of the sets at all keys, each once.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: sources::READ,
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Set(&Shape::Bulk),
    examples: "> SADD a 1 2\n(integer) 2\n> SADD b 2\n(integer) 1\n> SUNION a b\n1) \"1\"\n2) \"2\"",
    handler: Handler::Fn(|ctx, args, out| sources::answer(ctx, args, out, unite)),
};

pub(crate) static SUNIONSTORE: Command = Command {
    name: "SUNIONSTORE",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members of all sets but the largest, or of all if they are few",
    summary: "Puts the members of the sets at all other keys at the first, each once, and returns their number.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: sources::STORE,
    log: Log::Verbatim,
    args: &[Arg::Key("destination"), Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Int,
    examples: "> SADD a 1 2\n(integer) 2\n> SADD b 2 3\n(integer) 2\n> SUNIONSTORE c a b\n(integer) 3",
    handler: Handler::Fn(|ctx, args, out| {
        sources::store(ctx, args, out, union_of, Event::SUNIONSTORE)
    }),
};

fn unite<'s>(sets: &[SetRef<'s>], show: &mut dyn FnMut(Value<'s>)) {
    union(sets, show);
}

#[cfg(test)]
mod tests {
    use crate::commands::set::testing::{encoding_after, members};
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn each_member_comes_once() {
        let long = "l".repeat(65);
        let fill = [
            "SADD a 1 2 3".to_owned(),
            "SADD b 3 x".to_owned(),
            format!("SADD c {long} x 2"),
            "SADD d 2 y".to_owned(),
        ];
        let all = members(&fill, "SUNION a b c d missing");
        assert_eq!(all, ["1", "2", "3", &long, "x", "y"].map(str::to_owned).into());
        assert_eq!(members(&fill, "SUNION b b"), ["3", "x"].map(str::to_owned).into());
        assert!(members(&fill, "SUNION missing").is_empty());
    }

    #[test]
    fn a_store_replaces_whatever_was_there() {
        check(
            "> SADD a 1\n(integer) 1\n> SADD b 2\n(integer) 1\n> SET c v EX 10\nOK
             > SUNIONSTORE c a b\n(integer) 2\n> TTL c\n(integer) -1\n> SMEMBERS c\n1) \"1\"\n2) \"2\"
             > SUNIONSTORE a a b\n(integer) 2\n> SUNIONSTORE a missing\n(integer) 0\n> EXISTS a\n(integer) 0",
        );
    }

    #[test]
    fn how_a_result_is_held() {
        let range =
            |from: u32, to: u32| -> String { (from..to).map(|n| format!(" {n}")).collect() };
        let store = "SUNIONSTORE s a b".to_owned();
        let ints = |to: u32| {
            [format!("SADD a{}", range(0, 300)), format!("SADD b{}", range(300, to)), store.clone()]
        };
        assert_eq!(encoding_after(&ints(512)), "intset");
        assert_eq!(encoding_after(&ints(513)), "hashtable");
        let mixed =
            |to: u32| [format!("SADD a{}", range(0, to)), "SADD b x".to_owned(), store.clone()];
        assert_eq!(encoding_after(&mixed(127)), "listpack");
        assert_eq!(encoding_after(&mixed(128)), "hashtable");
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> SUNION missing k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SUNIONSTORE d k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SUNION\n(error) ERR wrong number of arguments for 'sunion' command",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("SADD a 1", "0 a sadd"),
            ("SUNIONSTORE d a", "0 d sunionstore"),
            ("SUNIONSTORE d x", "0 d del"),
        ]);
    }
}
