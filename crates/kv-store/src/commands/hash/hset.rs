//! HSET, HMSET

use kv_protocol::ReplyWriter;
use kv_types::{Kind, hash};

use crate::args::Texts;
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::Missing;
use crate::{Args, Ctx, Error, Event, Key};

pub(crate) static HSET: Command = Command {
    name: "HSET",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Sets fields of the hash at a key, which is made if it is missing, and returns how many are new; a field that is set stays for good.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Multiple(&Arg::Block("data", &[Arg::String("field"), Arg::String("value")])),
    ],
    reply: Shape::Int,
    examples: "> HSET h a 1 b 2\n(integer) 2\n> HSET h b 3 c 4\n(integer) 1\n> HGETALL h\n1) \"a\"\n2) \"1\"\n3) \"b\"\n4) \"3\"\n5) \"c\"\n6) \"4\"",
    handler: Handler::Fn(hset),
};

pub(crate) static HMSET: Command = Command {
    name: "HMSET",
    group: Group::Hash,
    since: "0.1.0",
    complexity: "O(N) for N fields given",
    summary: "Sets fields of the hash at a key, which is made if it is missing, as HSET does, and says OK.",
    arity: Arity::AtLeast(4),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[
        Arg::Key("key"),
        Arg::Multiple(&Arg::Block("data", &[Arg::String("field"), Arg::String("value")])),
    ],
    reply: Shape::Ok,
    examples: "> HMSET h a 1 b 2\nOK\n> HGET h b\n\"2\"",
    handler: Handler::Fn(hmset),
};

fn hset(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let added = set(ctx, args, "hset")?;
    out.int(added as i64);
    Ok(())
}

fn hmset(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    set(ctx, args, "hmset")?;
    out.ok();
    Ok(())
}

/// Sets the fields; how many are new. `command` is named by an error.
fn set(ctx: &mut Ctx<'_>, args: &mut Args<'_>, command: &'static str) -> Result<usize, Error> {
    let (key, data) = (args.key()?, args.texts()?);
    if data.len() % 2 != 0 {
        return Err(Error::Arity(command.into()));
    }
    put(ctx, key, &data)
}

fn put(ctx: &mut Ctx<'_>, key: Key<'_>, data: &Texts<'_>) -> Result<usize, Error> {
    let added = ctx.update_collection(key, Kind::Hash, Missing::Create, |record, limits| {
        hash::reserve(record, data.len() / 2, limits);
        let pairs = data.chunks_exact(2);
        let added = pairs.filter(|pair| hash::set(record, pair[0], pair[1], limits)).count();
        Ok((added, &[Event::HSET]))
    })?;
    Ok(added.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use crate::commands::testing::{check_events, native};
    use crate::testing::check;

    #[test]
    fn new_fields_are_counted_and_the_time_to_live_stays() {
        check(
            "> HSET h a 1 a 2 b 3\n(integer) 2\n> EXPIRE h 10\n(integer) 1\n> HMSET h a x \"\" \"\"\nOK
             > HSET h \"\" 07 b 3\n(integer) 0\n> HMGET h a b \"\"\n1) \"x\"\n2) \"3\"\n3) \"07\"\n> TTL h\n(integer) 10
             ~ 10001\n> HSET h c 1\n(integer) 1\n> HGETALL h\n1) \"c\"\n2) \"1\"\n> TTL h\n(integer) -1",
        );
    }

    #[test]
    fn how_a_hash_is_held() {
        let long = "x".repeat(65);
        for (fields, encoding) in [
            ("a 1".to_owned(), "listpack"),
            (format!("a {long}"), "hashtable"),
            (format!("{long} a"), "hashtable"),
        ] {
            check(&format!(
                "> HSET h {fields}\n(integer) 1\n> OBJECT ENCODING h\n\"{encoding}\"
                 > HSET h b 1\n(integer) 1\n> HDEL h a {long}\n(integer) 1\n> OBJECT ENCODING h\n\"{encoding}\""
            ));
        }
        let fields: String = (0..513).map(|n| format!(" f{n} {n}")).collect();
        check(&format!(
            "> HSET h{fields}\n(integer) 513\n> OBJECT ENCODING h\n\"hashtable\"\n> HLEN h\n(integer) 513
             > HGET h f512\n\"512\"\n> HMSET i{}\nOK\n> OBJECT ENCODING i\n\"listpack\"",
            fields.strip_suffix(" f512 512").expect("the last one")
        ));
    }

    #[test]
    fn errors() {
        check(
            "> SET s v\nOK\n> HSET s a 1 b\n(error) ERR wrong number of arguments for 'hset' command
             > HMSET s a 1 b\n(error) ERR wrong number of arguments for 'hmset' command
             > HSET s a\n(error) ERR wrong number of arguments for 'hset' command
             > HSET s a 1\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }

    #[test]
    fn events() {
        check_events(&[
            ("HSET h a 1", "0 h hset"),
            ("HMSET h a 1 b 2", "0 h hset"),
            ("HSET h a", ""),
        ]);
    }

    #[test]
    fn a_native_number_is_its_text_and_other_frames_are_refused() {
        let replies = native([
            vec!["HSET".into(), "h".into(), "a".into(), 5.into()],
            vec!["HGET".into(), "h".into(), "a".into()],
            vec!["HSET".into(), "h".into(), "b".into(), 1.into(), "a".into(), Frame::Array(vec![])],
            vec!["HLEN".into(), "h".into()],
        ]);
        assert_eq!(replies[..2], [1.into(), "5".into()]);
        assert!(replies[2].as_error().is_some());
        assert_eq!(replies[3], 1.into());
    }
}
