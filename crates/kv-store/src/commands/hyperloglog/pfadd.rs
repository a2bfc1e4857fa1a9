//! PFADD

use kv_protocol::ReplyWriter;
use kv_types::hll::{self, Element, Fault, Hll};
use smallvec::SmallVec;

use super::{refused, sparse_max};
use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::text_of;
use crate::{Args, Ctx, Error, Event};

pub(crate) static PFADD: Command = Command {
    name: "PFADD",
    group: Group::HyperLogLog,
    since: "0.1.0",
    complexity: "O(1) for each element",
    summary: "Adds elements to the HyperLogLog at a key, which is made if it is missing; 1 if that changed it, 0 if not.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST),
    keys: Keys::One(1, Access::Write),
    log: Log::Verbatim,
    args: &[Arg::Key("key"), Arg::Optional(&Arg::Multiple(&Arg::String("element")))],
    reply: Shape::Int,
    examples: "> PFADD k a b c\n(integer) 1\n> PFADD k a\n(integer) 0\n> PFCOUNT k\n(integer) 3",
    handler: Handler::Fn(pfadd),
};

fn pfadd(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let key = args.key()?;
    let mut elements: SmallVec<[Element; 16]> = SmallVec::new();
    while !args.is_empty() {
        elements.push(Element::of(args.bytes()?));
    }
    let found = ctx.peek(key);
    let missing = found.is_none();
    if let Some(record) = found {
        let hll = Hll::parse(text_of(record)?).map_err(refused)?;
        // Most elements change nothing, and then nothing need be copied.
        if all_held(hll, &elements).map_err(refused)? {
            out.int(0);
            return Ok(());
        }
    }
    let sparse_max = sparse_max(ctx);
    let changed = ctx.edit_if(key, Event::PFADD, |value| {
        if missing {
            value.extend_from_slice(&hll::EMPTY);
        }
        let changed = hll::add(value, elements, sparse_max);
        (changed, changed == Ok(true))
    })?;
    out.int(i64::from(changed.map_err(refused)? || missing));
    Ok(())
}

fn all_held(hll: Hll<'_>, elements: &[Element]) -> Result<bool, Fault> {
    for element in elements {
        if !hll.holds(*element)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::check_events;
    use crate::testing::check;

    #[test]
    fn the_bytes_are_those_of_a_real_server() {
        check(
            "> PFADD k a\n(integer) 1\n> GET k\n\"HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80q\\xa6\\x84NW\"
             > TYPE k\nstring\n> OBJECT ENCODING k\n\"raw\"\n> STRLEN k\n(integer) 21",
        );
    }

    #[test]
    fn without_elements_the_key_is_made() {
        check(
            "> PFADD k\n(integer) 1\n> GETRANGE k 15 -1\n\"\\x80\\x7f\\xff\"\n> PFADD k\n(integer) 0\n> PFCOUNT k\n(integer) 0\n> STRLEN k\n(integer) 18
             > PEXPIRE k 5\n(integer) 1\n> PFADD k x\n(integer) 1\n~ 6\n> PFADD k x\n(integer) 1",
        );
    }

    #[test]
    fn the_setting_says_when_registers_become_dense() {
        check(
            "> CONFIG SET hll-sparse-max-bytes 23\nOK\n> PFADD k a\n(integer) 1\n> PFDEBUG ENCODING k\nsparse
             > PFADD k b\n(integer) 1\n> PFDEBUG ENCODING k\ndense\n> PFADD k a b c\n(integer) 1
             > PFADD k a b c\n(integer) 0\n> PFCOUNT k\n(integer) 3\n> STRLEN k\n(integer) 12304",
        );
    }

    #[test]
    fn only_changes_are_events() {
        check_events(&[
            ("PFADD k", "0 k pfadd"),
            ("PFADD k", ""),
            ("PFADD k a a", "0 k pfadd"),
            ("PFADD k a", ""),
            ("PFDEBUG TODENSE k", ""),
            ("PFADD k a", ""),
            ("PFADD k b", "0 k pfadd"),
        ]);
    }
}
