//! SADD

use kv_protocol::ReplyWriter;
use kv_types::{Kind, set};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event};

pub(crate) static SADD: Command = Command {
    name: "SADD",
    group: Group::Set,
    since: "0.1.0",
    complexity: "O(N) for N members given",
    summary: "Adds members to the set at a key, which is made if it is missing, and returns how many are new.",
    arity: Arity::AtLeast(3),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Multiple(&Arg::String("member"))],
    reply: Shape::Int,
    examples: "> SADD colours red green red\n(integer) 2\n> SADD colours red\n(integer) 0\n> SCARD colours\n(integer) 2",
    handler: Handler::Fn(sadd),
};

fn sadd(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, members) = (args.key()?, args.texts()?);
    let added = ctx.update_collection(key, Kind::Set, Missing::Create, |record, limits| {
        set::prepare(record, members[0], members.len(), limits);
        let added = members.iter().filter(|member| set::add(record, member, limits)).count();
        Ok((added, if added > 0 { &[Event::SADD] } else { &[] }))
    })?;
    out.int(added.unwrap_or(0) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use kv_protocol::Frame;

    use crate::commands::set::testing::encoding_after;
    use crate::commands::testing::native;
    use crate::testing::check;

    #[test]
    fn new_members_are_counted_and_the_time_to_live_stays() {
        check(
            "> SADD s a b a\n(integer) 2\n> EXPIRE s 10\n(integer) 1\n> SADD s b c \"\"\n(integer) 2
             > TTL s\n(integer) 10\n> SCARD s\n(integer) 4\n> SISMEMBER s \"\"\n(integer) 1
             ~ 10001\n> SADD s x\n(integer) 1\n> SMEMBERS s\n1) \"x\"\n> TTL s\n(integer) -1",
        );
    }

    #[test]
    fn how_a_set_is_held() {
        let encodings = [
            ("SADD s 1 2 3", "intset"),
            ("SADD s 1 2 a", "listpack"),
            ("SADD s a 1 2", "listpack"),
            ("SADD s 01", "listpack"),
        ];
        for (command, encoding) in encodings {
            assert_eq!(encoding_after(&[command.to_owned()]), encoding, "{command}");
        }
        let many =
            |range: std::ops::Range<u32>| -> String { range.map(|n| format!(" {n}")).collect() };
        assert_eq!(encoding_after(&[format!("SADD s{}", many(0..512))]), "intset");
        assert_eq!(encoding_after(&[format!("SADD s{}", many(0..513))]), "hashtable");
        assert_eq!(encoding_after(&[format!("SADD s a{}", many(0..127))]), "listpack");
        assert_eq!(encoding_after(&[format!("SADD s a{}", many(0..128))]), "hashtable");
        // As many members as given might be added, even if none is.
        let again = ["SADD s a".to_owned(), format!("SADD s{}", " a".repeat(129))];
        assert_eq!(encoding_after(&again), "hashtable");
        let changed = ["CONFIG SET set-max-intset-entries 2".to_owned(), "SADD s 1 2".to_owned()];
        assert_eq!(encoding_after(&changed), "intset");
        let more = ["SADD s 3".to_owned()];
        assert_eq!(encoding_after(&[&changed[..], &more].concat()), "hashtable");
    }

    #[test]
    fn errors() {
        check(
            "> SADD s\n(error) ERR wrong number of arguments for 'sadd' command
             > SET k v\nOK\n> SADD k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn members_of_native_clients() {
        let replies = native([
            vec!["SADD".into(), "s".into(), 1.into(), "1".into(), "a".into()],
            vec!["SADD".into(), "s".into(), "b".into(), Frame::Array(vec![])],
            vec!["SCARD".into(), "s".into()],
        ]);
        assert_eq!(replies[0], 2.into());
        assert!(replies[1].as_error().is_some());
        assert_eq!(replies[2], 2.into());
    }

    #[test]
    fn events() {
        check_events(&[("SADD s a", "0 s sadd"), ("SADD s a", ""), ("SADD s a b", "0 s sadd")]);
    }
}
