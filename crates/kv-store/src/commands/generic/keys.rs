//! KEYS

use kv_protocol::ReplyWriter;
use kv_types::glob;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static KEYS: Command = Command {
    name: "KEYS",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N) for N keys in the database",
    summary: "Returns all keys that match a pattern; SCAN does it piece by piece.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::DANGEROUS),
    keys: Keys::None, // the shards are locked one after the other, so that others are not held up
    log: Log::Nothing,
    args: &[Arg::Pattern("pattern")],
    reply: Shape::Array(&Shape::Bulk),
    examples: "> MSET one 1 two 2\nOK\n> KEYS t*\n1) \"two\"\n> KEYS [xy]\n(empty array)",
    handler: Handler::Fn(keys),
};

fn keys(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let pattern = args.pattern()?;
    let mut count = 0;
    let array = out.begin_array();
    ctx.view.walk(ctx.session.db, |record| {
        if glob::matches(pattern, record.key()) {
            out.bulk(record.key());
            count += 1;
        }
    });
    out.end(array, count);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn a_pattern_has_a_longest_length() {
        let (fits, long) = ("*".repeat(1024), "*".repeat(1025));
        check(&format!(
            "> KEYS {fits}\n(empty array)\n> KEYS {long}\n(error) ERR pattern is too long"
        ));
        check(&format!("> KEYS {}\n(empty array)", "a".repeat(2000)));
    }

    #[test]
    fn patterns() {
        check(
            "> SET user:1 a\nOK\n> KEYS user:?\n1) \"user:1\"\n> KEYS user:1\n1) \"user:1\"\n> KEYS user
             (empty array)\n> KEYS \"\"\n(empty array)\n> SET \"\" a\nOK\n> KEYS \"\"\n1) \"\"",
        );
    }

    #[test]
    fn expired_keys_and_other_databases_are_left_out() {
        check(
            "> SET a 1 PX 5\nOK\n> SET b 1\nOK\n~ 6\n> KEYS *\n1) \"b\"\n> SELECT 1\nOK
             > KEYS *\n(empty array)",
        );
    }
}
