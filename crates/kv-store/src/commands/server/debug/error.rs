//! DEBUG ERROR

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(super) static ERROR: Command = Command {
    name: "DEBUG ERROR",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) for a text of N bytes",
    summary: "Answers an error of this text, for clients to try how they take it.",
    arity: Arity::Exactly(3),
    flags: super::FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::String("text")],
    reply: Shape::Any,
    examples: "> DEBUG ERROR \"OOPS it went wrong\"\n(error) OOPS it went wrong",
    handler: Handler::Fn(error),
};

fn error(_: &mut Ctx<'_>, args: &mut Args<'_>, _: &mut ReplyWriter<'_>) -> Result<(), Error> {
    Err(Error::Quoting(args.bytes()?.into()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn it_stays_on_one_line() {
        check("> DEBUG ERROR \"a\\r\\nb\"\n(error) a  b");
    }
}
