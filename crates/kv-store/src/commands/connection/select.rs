//! SELECT

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static SELECT: Command = Command {
    name: "SELECT",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Chooses the database that the connection works on.",
    arity: Arity::Exactly(2),
    flags: Flags::LOADING.and(Flags::STALE).and(Flags::FAST).and(Flags::ALLOW_BUSY),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Int("index")],
    reply: Shape::Ok,
    examples: "> SELECT 1\nOK\n> SELECT 16\n(error) ERR DB index is out of range",
    handler: Handler::Fn(select),
};

fn select(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let db = ctx.database(args.int32()?)?;
    ctx.session.select(db);
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn databases_are_apart() {
        check(
            "
            > SET k zero
            OK
            > SELECT 15
            OK
            > GET k
            (nil)
            > SELECT 0
            OK
            > GET k
            \"zero\"
            ",
        );
    }

    #[test]
    fn numbers_that_are_no_database() {
        check(
            "
            > SELECT -1
            (error) ERR DB index is out of range
            > SELECT 16
            (error) ERR DB index is out of range
            > SELECT x
            (error) ERR value is not an integer or out of range
            > SELECT 99999999999999999999
            (error) ERR value is not an integer or out of range
            > SELECT 4294967296
            (error) ERR value is out of range, value must between -2147483648 and 2147483647
            > SELECT
            (error) ERR wrong number of arguments for 'select' command
            ",
        );
    }
}
