//! SDIFF and SDIFFSTORE

use kv_types::listpack::Value;
use kv_types::set::{SetRef, difference, gathers, made_of};
use kv_types::{Limits, Record};

use super::sources;
use crate::Event;
use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Log, Shape};

pub(crate) static SDIFF: Command = Command {
    name: "SDIFF",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members of all sets",
    summary: "Returns the members of the set at the first key that the sets at the others do not have.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY,
    keys: sources::READ,
    log: Log::Nothing,
    args: &[Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Set(&Shape::Bulk),
    examples: "> SADD a 1 2\n(integer) 2\n> SADD b 2\n(integer) 1\n> SDIFF a b\n1) \"1\"",
    handler: Handler::Fn(|ctx, args, out| sources::answer(ctx, args, out, subtract)),
};

pub(crate) static SDIFFSTORE: Command = Command {
    name: "SDIFFSTORE",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members of all sets",
    summary: "Puts the members of the set at the second key that the sets at the others do not have at the first, and returns their number.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM),
    keys: sources::STORE,
    log: Log::Verbatim,
    args: &[Arg::Key("destination"), Arg::Multiple(&Arg::Key("key"))],
    reply: Shape::Int,
    examples: "> SADD a 1 2\n(integer) 2\n> SADD b 2\n(integer) 1\n> SDIFFSTORE c a b\n(integer) 1",
    handler: Handler::Fn(|ctx, args, out| {
        sources::store(ctx, args, out, stored, Event::SDIFFSTORE)
    }),
};

fn subtract<'s>(sets: &[SetRef<'s>], show: &mut dyn FnMut(Value<'s>)) {
    if let Some((first, others)) = sets.split_first() {
        difference(*first, others, show);
    }
}

/// The result is held as Redis holds it: where that takes members away from a copy of the first set, in a
/// way that had room for all of it.
fn stored(key: &[u8], sets: &[SetRef<'_>], limits: &Limits) -> Record {
    let mut members = Vec::new();
    subtract(sets, &mut |member| members.push(member));
    match sets.split_first() {
        Some((first, others)) if gathers(*first, others) => {
            made_of(key, &members, &first.iter().collect::<Vec<_>>(), limits)
        }
        _ => made_of(key, &members, &members, limits),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::set::testing::{encoding_after, members};
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn only_the_first_set_gives_members() {
        let long = "l".repeat(65);
        let fill = [
            format!("SADD a 1 2 3 x y {long}"),
            "SADD b 3 z".to_owned(),
            "SADD c 2 7".to_owned(),
            format!("SADD d x {long}"),
        ];
        assert_eq!(members(&fill, "SDIFF a b c d missing"), ["1", "y"].map(str::to_owned).into());
        assert_eq!(members(&fill, "SDIFF b a"), ["z"].map(str::to_owned).into());
        assert!(members(&fill, "SDIFF a b a").is_empty());
        assert!(members(&fill, "SDIFF missing a").is_empty());
        assert_eq!(members(&fill, "SDIFF a").len(), 6);
    }

    #[test]
    fn a_store_replaces_whatever_was_there() {
        check(
            "> SADD a 1 2\n(integer) 2\n> SADD b 2\n(integer) 1\n> SET c v EX 10\nOK
             > SDIFFSTORE c a b\n(integer) 1\n> TTL c\n(integer) -1\n> SMEMBERS c\n1) \"1\"
             > SDIFFSTORE a b a\n(integer) 0\n> EXISTS a\n(integer) 0\n> SDIFFSTORE b b missing\n(integer) 1",
        );
    }

    #[test]
    fn how_a_result_is_held() {
        let fill = |count: u32| -> Vec<String> {
            let many: String = (0..count).map(|n| format!(" x{n}")).collect();
            let most: String = (0..count - 5).map(|n| format!(" x{n}")).collect();
            vec![format!("SADD a{many} 7"), format!("SADD b{most}"), "SADD c z".to_owned()]
        };
        let after = |count: u32, store: &str| {
            encoding_after(&[&fill(count)[..], &[store.to_owned()]].concat())
        };
        // Of two sets, members of the first are looked for in the second.
        assert_eq!(after(200, "SDIFFSTORE s a b"), "listpack");
        // Of more, it may be a copy of the first from which others are taken away.
        assert_eq!(after(200, "SDIFFSTORE s a b c"), "listpack");
        assert_eq!(after(200, "SDIFFSTORE s a c c c"), "hashtable");
        assert_eq!(after(200, "SDIFFSTORE s a b c c c"), "hashtable");
        assert_eq!(after(100, "SDIFFSTORE s a b c c c"), "listpack");
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> SDIFF missing k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SDIFFSTORE d k\n(error) WRONGTYPE Operation against a key holding the wrong kind of value
             > SDIFF\n(error) ERR wrong number of arguments for 'sdiff' command",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("SADD a 1", "0 a sadd"),
            ("SDIFFSTORE d a x", "0 d sdiffstore"),
            ("SDIFFSTORE d a a", "0 d del"),
        ]);
    }
}
