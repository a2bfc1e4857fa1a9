//! AUTH

use kv_protocol::ReplyWriter;

use crate::clients::DEFAULT_USER;
use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static AUTH: Command = Command {
    name: "AUTH",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Authenticates the connection: there is one user, `default`, without a password.",
    arity: Arity::AtLeast(2),
    flags: super::ALWAYS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::String("username")), Arg::String("password")],
    reply: Shape::Ok,
    examples: "> AUTH default anything\nOK\n> AUTH somebody secret\n(error) WRONGPASS invalid username-password pair or user is disabled.",
    handler: Handler::Fn(auth),
};

fn auth(_ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    match args.remaining() {
        1 => Err(Error::new(
            "AUTH <password> called without any password configured for the default user. \
             Are you sure your configuration is correct?",
        )),
        2 => {
            authenticate(args.bytes()?, args.bytes()?)?;
            out.ok();
            Ok(())
        }
        _ => Err(Error::Syntax),
    }
}

/// Whether a user of this name and password may come in: the default user has no password, so any
/// will do, and there is no other.
pub(super) fn authenticate(user: &[u8], _password: &[u8]) -> Result<(), Error> {
    if user == DEFAULT_USER.as_bytes() {
        return Ok(());
    }
    Err(Error::coded("WRONGPASS", "invalid username-password pair or user is disabled."))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn one_user_without_a_password() {
        check(
            "
            > AUTH secret
            (error) ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?
            > AUTH default x
            OK
            > AUTH Default x
            (error) WRONGPASS invalid username-password pair or user is disabled.
            > AUTH a b c
            (error) ERR syntax error
            > AUTH
            (error) ERR wrong number of arguments for 'auth' command
            ",
        );
    }
}
