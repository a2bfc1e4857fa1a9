//! TIME

use kv_protocol::ReplyWriter;

use crate::command::{Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static TIME: Command = Command {
    name: "TIME",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the Unix time in seconds, and the microseconds of the present second.",
    arity: Arity::Exactly(1),
    flags: Flags::LOADING.and(Flags::STALE).and(Flags::FAST),
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::Array(&Shape::Bulk),
    examples: "> TIME\n1) \"1700000000\"\n2) \"0\"",
    handler: Handler::Fn(time),
};

fn time(ctx: &mut Ctx<'_>, _args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let now = ctx.session.now_us;
    out.array(2);
    out.bulk_int((now / 1_000_000) as i64);
    out.bulk_int((now % 1_000_000) as i64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn seconds_and_microseconds() {
        check("~ 1234\n> TIME\n1) \"1700000001\"\n2) \"234000\"");
        check("> TIME now\n(error) ERR wrong number of arguments for 'time' command");
    }
}
