//! CLIENT GETNAME, SETNAME, SETINFO: what a client says about itself

use kv_protocol::ReplyWriter;

use super::SIMPLE;
use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(super) static GETNAME: Command = Command {
    name: "CLIENT GETNAME",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Returns the connection's name, or a null if it has none.",
    arity: Arity::Exactly(2),
    flags: SIMPLE,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> CLIENT SETNAME worker-1\nOK\n> CLIENT GETNAME\n\"worker-1\"",
    handler: Handler::Fn(getname),
};

pub(super) static SETNAME: Command = Command {
    name: "CLIENT SETNAME",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Names the connection; an empty name takes the name away.",
    arity: Arity::Exactly(3),
    flags: SIMPLE,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::String("connection-name")],
    reply: Shape::Ok,
    examples: "> CLIENT SETNAME worker-1\nOK\n> CLIENT SETNAME \"\"\nOK",
    handler: Handler::Fn(setname),
};

pub(super) static SETINFO: Command = Command {
    name: "CLIENT SETINFO",
    group: Group::Connection,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Notes which client library is at the other end, and its version.",
    arity: Arity::Exactly(4),
    flags: SIMPLE,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::OneOf(
        "attr",
        &[
            Arg::Option("LIB-NAME", &Arg::String("libname")),
            Arg::Option("LIB-VER", &Arg::String("libver")),
        ],
    )],
    reply: Shape::Ok,
    examples: "> CLIENT SETINFO LIB-NAME kv-client\nOK",
    handler: Handler::Fn(setinfo),
};

fn getname(
    ctx: &mut Ctx<'_>,
    _args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    match &*ctx.session.client.texts.lock().name {
        "" => out.null(),
        name => out.bulk(name.as_bytes()),
    }
    Ok(())
}

fn setname(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let name = printable(args.bytes()?, "Client names")?;
    ctx.session.client.texts.lock().name = name.to_owned();
    out.ok();
    Ok(())
}

fn setinfo(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (option, value) = (args.bytes()?, args.bytes()?);
    let mut texts = ctx.session.client.texts.lock();
    let text = match &*option.to_ascii_uppercase() {
        b"LIB-NAME" => &mut texts.lib_name,
        b"LIB-VER" => &mut texts.lib_ver,
        _ => return Err(Error::quoting("Unrecognized option '", option, "'")),
    };
    *text = printable(value, &String::from_utf8_lossy(option))?.to_owned();
    out.ok();
    Ok(())
}

/// The text, if it is of visible ASCII only, so that it stays one word in a line of `CLIENT LIST`;
/// `what` is named by the error.
pub(in crate::commands::connection) fn printable<'a>(
    text: &'a [u8],
    what: &str,
) -> Result<&'a str, Error> {
    match std::str::from_utf8(text) {
        Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(text),
        _ => Err(Error::new(format!(
            "{what} cannot contain spaces, newlines or special characters."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn names() {
        check(
            "
            > CLIENT GETNAME
            (nil)
            > CLIENT SETNAME a~!b
            OK
            > CLIENT SETNAME \"a b\"
            (error) ERR Client names cannot contain spaces, newlines or special characters.
            > CLIENT SETNAME \"\\xc3\\xa9\"
            (error) ERR Client names cannot contain spaces, newlines or special characters.
            > CLIENT GETNAME
            \"a~!b\"
            > CLIENT SETNAME \"\"
            OK
            > CLIENT GETNAME
            (nil)
            ",
        );
    }

    #[test]
    fn libraries() {
        check(
            "
            > CLIENT SETINFO lib-name redis-py(x)
            OK
            > CLIENT SETINFO Lib-Ver 1.2
            OK
            > CLIENT SETINFO lib-name \"a b\"
            (error) ERR lib-name cannot contain spaces, newlines or special characters.
            > CLIENT SETINFO lib-foo \"a b\"
            (error) ERR Unrecognized option 'lib-foo'
            > CLIENT SETINFO LIB-NAME
            (error) ERR wrong number of arguments for 'client|setinfo' command
            ",
        );
    }
}
